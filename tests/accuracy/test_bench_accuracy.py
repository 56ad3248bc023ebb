"""The comparison with other estimators: which runs it takes, and the table. No peer is needed."""

import json
import random

import pytest

from app.catalogue.snapshot import Catalogue, catalogue_from_seed
from scripts.bench_accuracy import (
    ALONE_TOKENS,
    GROUPS,
    MARKS,
    Case,
    case_of,
    refreshed,
    scores_of,
    select,
    table,
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return catalogue_from_seed()


@pytest.fixture(scope="module")
def cases(catalogue: Catalogue) -> list[Case]:
    return select(catalogue)


def test_the_choice_does_not_depend_on_the_order_of_rows(
    catalogue: Catalogue, cases: list[Case]
) -> None:
    rows = list(catalogue.measurements)
    random.Random(1).shuffle(rows)  # noqa: S311
    shuffled = select(Shuffled(catalogue, rows))  # type: ignore[arg-type]
    assert [c.row.row_id for c in shuffled] == [c.row.row_id for c in cases]


class Shuffled:
    """A catalogue whose measurements come in another order."""

    def __init__(self, catalogue: Catalogue, rows: list[object]) -> None:
        self._catalogue = catalogue
        self.measurements = tuple(rows)

    def __getattr__(self, name: str) -> object:
        return getattr(self._catalogue, name)


def test_every_group_has_cases_of_its_kind(cases: list[Case]) -> None:
    assert {c.group for c in cases} == set(GROUPS)
    for case in cases:
        assert case.row.usable
        if case.group != "serving":
            assert (case.row.concurrency or 1) == 1
            assert (case.row.context_depth or 0) <= ALONE_TOKENS
            assert "ttft" not in case.questions
    assert len({c.row.row_id for c in cases}) == len(cases)


def test_a_case_can_be_sent_to_another_program(catalogue: Catalogue, cases: list[Case]) -> None:
    first = {c.group: c for c in reversed(cases)}
    for case in first.values():
        sent = json.loads(json.dumps(case_of(case, catalogue)))
        assert sent["model"]["slug"] == case.row.model_slug
        assert (sent["gpu"] is None) == (case.group == "CPU only")


def test_the_table_counts_what_was_answered(cases: list[Case]) -> None:
    alone = [c for c in cases if c.group == "single GPU" and "decode" in c.questions][:3]
    ids = [c.row.row_id for c in alone]
    measured = [c.questions["decode"].measured for c in alone]
    ours = {i: {"decode": m, "low": m, "high": m} for i, m in zip(ids, measured, strict=True)}
    theirs = {ids[0]: {"decode": measured[0] * 1.5}, ids[1]: {"unanswered": "no such card"}}
    scores = scores_of(alone, {"rigwise": ours, "other": theirs})
    own, other = (s for s in scores if s.group == "single GPU")
    assert (own.answered, own.decode_median, own.decode_bias, own.covered) == (3, 0, 1, 1)
    assert (other.answered, other.decode_median, other.covered) == (1, pytest.approx(0.5), None)
    assert (other.ours_decode, other.ours_prefill) == (0, None)
    lines = table(scores).splitlines()
    assert lines[2] == "single GPU"
    theirs_and_ours = ["50%", "50%", "x1.50", "-", "-", "-", "0%", "-"]
    assert lines[4].split() == ["other", "1", "of", "3", *theirs_and_ours]


def test_the_table_in_a_document_is_replaced() -> None:
    old = f"before {MARKS[0]} old {MARKS[1]} after"
    once = refreshed(old, "new", "2026-11-21")
    assert "old" not in once
    assert "new" in once
    assert once.startswith("before ")
    assert once.endswith(" after")
    assert refreshed(once, "new", "2026-11-21") == once
    with pytest.raises(ValueError, match="no marks"):
        refreshed("no such place", "new", "2026-11-21")
