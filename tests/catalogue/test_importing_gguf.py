"""The head of a GGUF file: facts where it is sound, a sentence where it is not, never more."""

import random
import struct
import time
import tracemalloc
from contextlib import suppress

import pytest

from app.catalogue.importers.gguf import (
    LONGEST_STRING,
    MOST_KEYS,
    MOST_TENSORS,
    GgufError,
    LongArray,
    TruncatedError,
    read_header,
)
from app.catalogue.importers.gguf_model import bytes_of, read_gguf, reading_of, summary_from_text
from app.catalogue.importers.json_text import UnreadableError
from tests.catalogue.gguf_files import (
    ARRAY,
    STRING,
    U32,
    head,
    hybrid_head,
    llama_head,
    mixture_head,
    text,
)


@pytest.mark.parametrize("version", [2, 3])
def test_a_sound_head_tells_everything(version: int) -> None:
    reading, summary = read_gguf(llama_head(version=version))
    draft = reading.draft
    assert reading_of(summary_from_text(summary.model_dump_json())) == reading
    assert summary.version == version
    header = read_header(llama_head(version=version))
    assert reading.asks == ()
    assert (draft.name, reading.model_type) == ("Small Llama", "llama")
    assert header.metadata["tokenizer.ggml.tokens"] == LongArray(1000)
    layer = 2 * 256 + 2 * 256 * 256 + 2 * 256 * 128 + 3 * 256 * 512
    params = 2 * layer + 2 * 256 * 1000 + 256
    assert draft.params_total_b == params / 1e9
    assert draft.params_active_b == draft.params_total_b
    assert draft.active_read_per_token_b == (params - 256 * 1000) / 1e9
    assert draft.tied_embeddings is False
    assert draft.kv_bytes_per_token_f16 == 2 * 2 * 2 * 64 * 2
    assert draft.kv_fixed_bytes_per_seq == 0
    assert (draft.attention, draft.architecture, draft.n_layers) == ("gqa", "dense", 2)
    assert draft.weights_format == "q4_k_m"
    q4 = 2 * (2 * 256 * 256 + 256 * 128 + 2 * 256 * 512) * 144 // 256
    q6 = (2 * (256 * 128 + 256 * 512) + 2 * 256 * 1000) * 210 // 256
    assert draft.tensor_types == {"Q6_K": q6, "Q4_K": q4, "F32": 5 * 256 * 4}
    assert draft.weights_bytes == q4 + q6 + 5 * 256 * 4
    assert draft.bits_per_weight == 8 * draft.weights_bytes / params
    assert draft.sources["params_total_b"] == "Counted from the file's list of tensors"


def test_experts_rest_and_windows_are_where_the_family_has_them() -> None:
    draft = read_gguf(mixture_head())[0].draft
    experts = 4 * 3 * 256 * 256 * 8
    assert (draft.architecture, draft.n_experts, draft.n_experts_per_token) == ("moe", 8, 2)
    assert draft.params_total_b is not None
    assert draft.params_active_b is not None
    resting = draft.params_total_b - draft.params_active_b
    assert resting == pytest.approx(experts * 0.75 / 1e9)
    assert (draft.attention, draft.n_full_attention_layers) == ("sliding", 2)
    assert draft.kv_bytes_per_token_f16 == 2 * 2 * 2 * 64 * 2
    assert draft.kv_fixed_bytes_per_seq == 2 * 2 * 2 * 64 * 2 * 128
    assert draft.weights_format == "mxfp4"


def test_recurrent_layers_are_seen_in_the_tensors() -> None:
    draft = read_gguf(hybrid_head())[0].draft
    assert (draft.attention, draft.n_linear_layers) == ("hybrid-linear", 3)
    assert draft.kv_bytes_per_token_f16 == 2 * 2 * 64 * 2
    state = 8 * 32 * 32 * 4 + (2 * 4 * 32 + 8 * 32) * 3 * 2
    assert draft.kv_fixed_bytes_per_seq == 3 * state
    assert draft.tied_embeddings is True


@pytest.mark.parametrize("kept", [0, 3, 4, 7, 20, 24, 40, 300, 5000, 20_000])
def test_a_head_cut_short_says_which_part_is_missing_and_how_much(kept: int) -> None:
    whole = llama_head()
    with pytest.raises(TruncatedError) as refused:
        read_header(whole[:kept])
    assert kept < refused.value.needed <= len(whole)
    assert "is missing" in str(refused.value)
    assert f"{refused.value.needed:,} bytes" in str(refused.value)


def wanted(data: bytes) -> int | None:
    """How many bytes a refusal asks for; None where the head is whole."""
    try:
        read_header(data)
    except TruncatedError as error:
        return error.needed
    return None


def test_asking_for_what_is_needed_ends() -> None:
    """Bringing what each refusal asks for gets nearer every time."""
    whole, kept, asked = llama_head(words=50), 0, 0
    while (needed := wanted(whole[:kept])) is not None:
        assert needed > kept
        kept, asked = needed, asked + 1
    assert kept == len(whole)
    assert asked < 1000


def states(count: int, keys: int, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, count, keys)


HOSTILE = {
    "another file": (b"PK\x03\x04" + b"\0" * 100, "not a GGUF"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
    "version 1": (states(0, 0, 1), "version 1"),
    "version 77": (states(0, 0, 77), "version 77"),
    "too many tensors": (states(MOST_TENSORS + 1, 0), "tensors"),
    "2^63 tensors": (states(2**63, 0), "tensors"),
    "too many keys": (states(0, MOST_KEYS + 1), "keys"),
    "2^64 - 1 keys": (states(0, 2**64 - 1), "keys"),
    "a key of 2^63 bytes": (states(0, 1) + struct.pack("<Q", 2**63), "bytes is stated"),
    "a text of 2^63 bytes": (
        states(0, 1) + text("a") + struct.pack("<IQ", STRING, 2**63),
        "bytes is stated",
    ),
    "a text above the bound": (
        states(0, 1) + text("a") + struct.pack("<IQ", STRING, LONGEST_STRING + 1),
        "bytes is stated",
    ),
    "an array of 2^63": (
        states(0, 1) + text("a") + struct.pack("<IIQ", ARRAY, U32, 2**63),
        "values",
    ),
    "an array of texts, one of 2^62": (
        states(0, 1) + text("a") + struct.pack("<IIQQ", ARRAY, STRING, 1, 2**62),
        "bytes is stated",
    ),
    "a million empty arrays stated": (
        states(0, 1) + text("a") + struct.pack("<IIQ", ARRAY, ARRAY, 1_000_000),
        "missing",
    ),
    "arrays in arrays in arrays": (
        states(0, 1)
        + text("a")
        + struct.pack("<IIQ", ARRAY, ARRAY, 1) * 1
        + struct.pack("<IQ", ARRAY, 1) * 8
        + b"\0" * 100,
        "arrays in arrays",
    ),
    "a type there is not": (states(0, 1) + text("a") + struct.pack("<I", 13), "type 13"),
    "a name twice": (head([("a", U32, 1), ("a", U32, 1)], []), "twice"),
    "a tensor twice": (head([], [("t", (1,), 0), ("t", (1,), 0)]), "Two tensors"),
    "five dimensions": (head([], [("t", (1, 1, 1, 1, 1), 0)]), "dimensions"),
    "a vast tensor": (head([], [("t", (2**40, 2**40), 0)]), "larger"),
    "a vast side": (head([], [("t", (2**63,), 0)]), "larger"),
    "an odd alignment": (head([("general.alignment", U32, 33)], []), "alignment"),
    "no alignment": (head([("general.alignment", U32, 0)], []), "alignment"),
    "no UTF-8": (head([("a", STRING, b"\xff\xfe")], []), "UTF-8"),
    "no architecture": (head([], []), "architecture"),
    "an architecture alone": (head([("general.architecture", STRING, "llama")], []), "look like"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_is_refused_in_a_sentence(name: str) -> None:
    data, word = HOSTILE[name]
    began = time.thread_time()
    with pytest.raises(UnreadableError, match=word) as refused:
        read_gguf(data)
    assert time.thread_time() - began < 0.5
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 300


def test_a_tensor_of_a_type_nobody_knows_leaves_the_bytes_open() -> None:
    whole = llama_head()
    kind = struct.pack("<I", 12)
    at = whole.rindex(b"blk.1.ffn_up.weight") + len("blk.1.ffn_up.weight") + 4 + 16
    assert whole[at : at + 4] == kind
    draft = read_gguf(whole[:at] + struct.pack("<I", 99) + whole[at + 4 :])[0].draft
    assert draft.weights_bytes is None
    assert draft.params_total_b == read_gguf(whole)[0].draft.params_total_b


def test_a_part_of_a_split_file_says_so() -> None:
    metadata = [
        ("general.architecture", STRING, "llama"),
        ("split.count", U32, 3),
        ("llama.block_count", U32, 2),
        ("llama.embedding_length", U32, 256),
        ("llama.attention.head_count", U32, 4),
        ("llama.feed_forward_length", U32, 512),
        ("llama.vocab_size", U32, 1000),
    ]
    draft = read_gguf(head(metadata, [("token_embd.weight", (256, 1000), 0)]))[0].draft
    assert draft.weights_bytes is None
    assert any("3 parts" in note for note in draft.notes)


def test_bytes_are_those_of_whole_blocks() -> None:
    (tensor,) = read_header(head([], [("t", (300, 2), 12)])).tensors
    assert bytes_of(tensor) == 2 * 2 * 144


@pytest.mark.parametrize("words", [262_144])
def test_a_large_tokenizer_is_walked_over_in_time(words: int) -> None:
    data = llama_head(words=words)
    began = time.thread_time()
    assert read_gguf(data)[0].draft.vocab_size == words
    assert time.thread_time() - began < 1


def arrays(count: int, size: int) -> bytes:
    """A head with nothing but arrays of numbers."""
    one = struct.pack("<IIQ", ARRAY, U32, size) + b"\x01\x02\x03\x04" * size
    return states(0, count) + b"".join(text(f"k{i}") + one for i in range(count))


@pytest.mark.parametrize(
    "data",
    [
        states(0, 1)
        + text("a")
        + struct.pack("<IIQ", ARRAY, ARRAY, 1_900_000)
        + struct.pack("<IQ", U32, 0) * 1_900_000,
        states(0, 1)
        + text("a")
        + struct.pack("<IIQ", ARRAY, STRING, 1_999_999)
        + b"\0" * 16_000_000,
        arrays(480, 4096),
    ],
    ids=["nested", "texts", "numbers"],
)
def test_the_worst_of_what_is_allowed_stays_small_and_short(data: bytes) -> None:
    began = time.thread_time()
    assert refusal(data)
    assert time.thread_time() - began < 1
    tracemalloc.start()
    refusal(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 * 2**20


def mutated(original: bytes, rng: random.Random) -> bytes:
    """One or a few changes such as broken, cut or hostile files have."""
    data = bytearray(original)
    for _ in range(rng.choice((1, 1, 1, 2, 5, 20))):
        at = rng.randrange(len(data)) if data else 0
        match rng.randrange(7):
            case 0 if data:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at:]
            case 2:
                huge = rng.choice((2**63, 2**64 - 1, 2**32, 2**31, 10**6, 2**20 + 1, 0))
                data[at : at + 8] = struct.pack("<Q", huge)
            case 3:
                nested = struct.pack("<IIQ", ARRAY, ARRAY, rng.choice((1, 2**20, 2**62)))
                data[at : at + 16] = nested
            case 4:
                data[at : at + 4] = struct.pack("<I", rng.randrange(2**32))
            case 5:
                data[at:at] = rng.randbytes(rng.randrange(64))
            case _:
                del data[at : at + rng.randrange(1, 64)]
    return bytes(data)


def refusal(data: bytes) -> str:
    """The sentence of a refusal; empty where there is none."""
    try:
        read_gguf(data)
    except UnreadableError as error:
        return str(error)
    return ""


def test_five_thousand_broken_heads_give_a_reading_or_a_sentence() -> None:
    """Each within a second and 64 MiB beyond what was brought."""
    rng = random.Random(20261121)  # noqa: S311  # the same files every time
    originals = [llama_head(words=40), mixture_head(), hybrid_head(), llama_head(400)]
    slowest = most = 0.0
    refused = sound = 0
    tracemalloc.start()
    try:
        for index in range(5000):
            data = mutated(originals[index % len(originals)], rng)
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            began = time.thread_time()
            sentence = refusal(data)
            sound += not sentence
            refused += 10 < len(sentence) < 400
            slowest = max(slowest, time.thread_time() - began)
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert refused + sound == 5000
    assert min(refused, sound) > 100
    assert slowest < 1
    assert most < 64 * 2**20


def test_noise_is_refused() -> None:
    rng = random.Random(7)  # noqa: S311
    for _ in range(300):
        with suppress(UnreadableError):
            read_gguf(b"GGUF" + struct.pack("<I", 3) + rng.randbytes(rng.randrange(400)))
        with pytest.raises(GgufError):
            read_header(rng.randbytes(200))
