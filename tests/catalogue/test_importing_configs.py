"""A config.json becomes model facts: published counts within 1 %, KV bytes exact, or a question."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.importers.drafts import check_of
from app.catalogue.importers.hugging_face import read_config, read_mapping
from app.catalogue.importers.json_text import UnreadableError
from app.catalogue.snapshot import Catalogue
from tests.catalogue.configs import PUBLISHED, llama

SMALL = llama(64, 2, 4, 2, 128, 1000, tie_word_embeddings=True)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_config_gives_the_published_count_and_kv_bytes(
    name: str, catalogue: Catalogue
) -> None:
    model = PUBLISHED[name]
    row = catalogue.models[model.slug] if model.slug else None
    published = model.published_b
    if published is None:
        assert row is not None
        published = row.params_published_b or row.params_total_b
    reading = read_mapping(model.config, given={"params_published_b": published or 0})
    draft = reading.draft
    assert reading.asks == ()
    check = check_of(draft)
    assert check.agrees, check.words
    kv, fixed = model.kv_bytes, model.fixed_bytes
    if kv is None:
        assert row is not None
        kv, fixed = row.kv_bytes_per_token_f16, row.kv_fixed_bytes_per_seq
    assert (draft.kv_bytes_per_token_f16, draft.kv_fixed_bytes_per_seq) == (kv, fixed)


COMPARED = (
    "architecture",
    "attention",
    "n_layers",
    "n_full_attention_layers",
    "n_linear_layers",
    "hidden_size",
    "n_heads",
    "n_kv_heads",
    "head_dim",
    "n_experts",
    "n_experts_per_token",
    "sliding_window",
    "kv_lora_rank",
)


@pytest.mark.parametrize("name", [n for n, model in PUBLISHED.items() if model.slug])
def test_an_imported_model_is_the_catalogues(name: str, catalogue: Catalogue) -> None:
    model = PUBLISHED[name]
    row, draft = catalogue.models[model.slug or ""], read_mapping(model.config).draft
    for fact in COMPARED:
        if getattr(row, fact) is not None:
            assert getattr(draft, fact) == getattr(row, fact), fact
    if row.count_check != "not computed":
        assert draft.params_total_b == pytest.approx(
            row.params_total_b, rel=5e-4
        )  # some rows leave biases out
        assert draft.params_active_b == pytest.approx(row.params_active_b, rel=1e-3)
        assert draft.active_read_per_token_b == pytest.approx(row.active_read_per_token_b, rel=1e-3)


def test_every_kind_of_attention_in_the_catalogue_is_among_them(catalogue: Catalogue) -> None:
    covered = {read_mapping(model.config).draft.attention for model in PUBLISHED.values()}
    assert covered >= {m.attention for m in catalogue.models.values() if m.attention}
    assert len(PUBLISHED) >= 20


def test_what_is_missing_is_asked_for_and_then_computed() -> None:
    config = {k: v for k, v in SMALL.items() if k != "vocab_size"}
    first = read_mapping(config)
    assert [ask.key for ask in first.asks] == ["vocab_size"]
    assert first.draft.params_total_b is None
    assert first.draft.kv_bytes_per_token_f16 == 2 * 2 * 2 * 16 * 2
    second = read_mapping(config, given={"vocab_size": 1000})
    assert second.asks == ()
    assert second.draft.params_total_b == read_mapping(SMALL).draft.params_total_b
    assert second.draft.sources["vocab_size"] == "Your figure"


def test_what_nobody_can_count_stays_unknown() -> None:
    found = read_mapping({**SMALL, "model_type": "gemma3n_text", "sliding_window": 512})
    assert found.draft.params_total_b is None
    assert "params_total_b" in {ask.key for ask in found.asks}
    told = read_mapping(
        {**SMALL, "model_type": "gemma3n_text", "sliding_window": 512},
        given={"params_total_b": 7.85},
    )
    assert told.draft.params_total_b == 7.85


def test_an_unknown_kind_of_model_is_said_to_be_one() -> None:
    found = read_mapping({**SMALL, "model_type": "brandnew"})
    assert any("brandnew" in note for note in found.draft.notes)
    untold = {k: v for k, v in SMALL.items() if k != "tie_word_embeddings"}
    assert read_mapping({**untold, "model_type": "brandnew"}).draft.params_total_b is None


def test_the_check_says_whether_the_counts_agree() -> None:
    computed = read_mapping(SMALL).draft.params_total_b or 0
    near = check_of(read_mapping(SMALL, given={"params_published_b": computed * 1.005}).draft)
    assert near.agrees is True
    assert "agrees" in near.words
    far = check_of(read_mapping(SMALL, given={"params_published_b": computed * 1.05}).draft)
    assert far.agrees is False
    assert "differs" in far.words
    assert check_of(read_mapping(SMALL).draft).agrees is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "nothing in it"),
        ("  \n", "nothing in it"),
        ("[]", "JSON object"),
        ("{", "not JSON"),
        ("{'a': 1}", "not JSON"),
        ('{"hidden_size": NaN}', "NaN"),
        ('{"hidden_size": -Infinity}', "Infinity"),
        ('{"hidden_size": 1e999}', "too large"),
        ('{"hidden_size": ' + "9" * 5000 + "}", "digits"),
        ('{"hidden_size": 1, "hidden_size": 2}', "twice"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "deep"),
        ("[" * 100_000, "deep"),
        ('{"tokenizer_class": "x"}', "does not look like"),
        (json.dumps({**SMALL, "hidden_size": 0}), "is 0"),
        (json.dumps({**SMALL, "hidden_size": -5}), "out of bounds"),
        (json.dumps({**SMALL, "hidden_size": 64.5}), "whole number"),
        (json.dumps({**SMALL, "num_hidden_layers": 10**8}), "out of bounds"),
        (json.dumps({**SMALL, "hidden_size": 10**17}), "out of bounds"),
        (json.dumps({**SMALL, "layer_types": ["full_attention"]}), "kinds of 1 layers"),
        (json.dumps({**SMALL, "vocab_size": 10**9, "hidden_size": 10**9}), "out of bounds"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(text: str, word: str) -> None:
    with pytest.raises(UnreadableError, match=word) as refused:
        read_config(text)
    assert str(refused.value).endswith((".", "{."))
    assert len(str(refused.value)) < 250


def test_a_file_that_is_not_text_is_refused() -> None:
    with pytest.raises(UnreadableError, match="UTF-8"):
        read_config(b"GGUF\xff\xfe\x00")


def test_infinity_of_a_time_step_is_read_as_not_stated() -> None:
    text = json.dumps(SMALL)[:-1] + ', "time_step_limit": [0.0, Infinity]}'
    assert read_config(text).draft.hidden_size == 64


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PUBLISHED)), st.data())
def test_any_value_under_any_key_gives_a_reading_or_a_sentence(name: str, data: Any) -> None:
    config = dict(PUBLISHED[name].config)
    key = data.draw(st.sampled_from(sorted(config)))
    config[key] = data.draw(_JSON)
    with suppress(UnreadableError):
        read_mapping(config).draft.row("import.any")
