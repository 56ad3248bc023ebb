"""What depends on the data alone is made once for it, and anew for other data."""

from dataclasses import replace

from app.latest import Latest
from app.pages.form import choices
from app.pages.home import assessed_presets
from tests.pages.conftest import Site


def test_the_latest_answer_is_kept_and_no_older_one() -> None:
    made: list[tuple[object, ...]] = []
    latest: Latest[object, int] = Latest(lambda *asked: made.append(asked) or len(made))
    one, two = object(), object()
    assert [latest.of(one), latest.of(one), latest.of(two), latest.of(two)] == [1, 1, 2, 2]
    assert latest.of(one) == 3
    assert made == [(one,), (two,), (one,)]


def test_another_detail_is_another_question() -> None:
    latest: Latest[object, str] = Latest(lambda _, day: f"as of {day}")
    world = object()
    assert [latest.of(world, "Monday"), latest.of(world, "Tuesday")] == [
        "as of Monday",
        "as of Tuesday",
    ]


def test_the_forms_lists_are_made_once_for_a_catalogue(site: Site) -> None:
    catalogue = site.world.catalogue
    kept = choices(catalogue)
    assert choices(catalogue) is kept
    without = replace(catalogue, cpus={})
    assert choices(without)["cpu"] == []
    assert choices(catalogue) == kept


def test_the_nine_answers_are_kept_for_a_world(site: Site) -> None:
    assert assessed_presets(site.world) is assessed_presets(site.world)
