"""Chart specifications: valid for the library, complete in the table, silent on the unknown."""

import pytest
from plotly import graph_objects

from app.builds.assess import assess
from app.builds.presets import load_presets
from app.builds.spec import BuildSpec
from app.pages.charts import charts_of
from tests.pages.builds import random_spec
from tests.pages.conftest import Site


def drawable(node: object) -> object:
    """The specification with colour names replaced, as the browser does."""
    if isinstance(node, dict):
        return {key: drawable(value) for key, value in node.items()}
    if isinstance(node, list):
        return [drawable(value) for value in node]
    return "#123456" if isinstance(node, str) and node.startswith("var(") else node


@pytest.mark.parametrize("row", range(9))
def test_every_specification_is_valid(site: Site, row: int) -> None:
    charts = charts_of(assess(load_presets()[row].spec, site.world))
    assert {"chart-use-cases", "chart-roofline"} <= {chart.id for chart in charts}
    for chart in charts:
        graph_objects.Figure(drawable(chart.spec))
        assert chart.question.endswith("?")
        assert chart.answer
        assert chart.summary
        assert chart.rows
        assert all(len(row_) == len(chart.headers) for row_ in chart.rows)


@pytest.mark.parametrize("seed", range(20))
def test_any_build_gives_charts_that_can_be_drawn(site: Site, seed: int) -> None:
    for chart in charts_of(assess(random_spec(site.world, seed), site.world)):
        graph_objects.Figure(drawable(chart.spec))


def test_without_a_machine_there_is_nothing_to_draw(site: Site) -> None:
    charts = charts_of(assess(BuildSpec(), site.world))
    assert all(chart.id != "chart-use-cases" for chart in charts)
