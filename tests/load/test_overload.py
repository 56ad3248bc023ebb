"""T24: ten times more than it is made for. It says no early and calmly, and keeps answering."""

import asyncio

import pytest

from scripts.load import Ask, Outcome, get, hammer, message, waited_for
from tests.load.questions import new_estimate, preview
from tests.servers import Server
from tests.soak import report_line, times


async def _overrun(port: int, ask: Ask, connections: int, for_s: float) -> tuple[Outcome, Outcome]:
    """Many ask for something while somebody asks whether the process is well."""
    asked, well = await asyncio.gather(
        hammer(port, ask, connections=connections, for_s=for_s),
        hammer(
            port, lambda _: message("GET", "/healthz"), connections=1, for_s=for_s, pause_s=0.02
        ),
    )
    return asked, well


@pytest.mark.soak
@pytest.mark.parametrize(("what", "ask"), [("estimates", new_estimate), ("previews", preview)])
def test_ten_times_too_many_are_answered_or_told_to_come_back(
    server: Server, what: str, ask: Ask
) -> None:
    connections, for_s = times(ci=120, soak=500), times(ci=4, soak=60)
    asked, well = waited_for(_overrun(server.port, ask, connections, for_s))
    assert set(asked.statuses) <= {200, 429, 503}
    assert asked.statuses[200]
    assert asked.statuses[503]
    assert asked.without_retry_after == 0
    assert asked.lost == 0
    assert set(well.statuses) == {200}
    assert well.lost == 0
    after = waited_for(hammer(server.port, ask, connections=4, for_s=2))
    assert set(after.statuses) == {200}, "it has not recovered"
    report_line(
        "T24",
        f"{connections} connections, {what}: {asked.statuses[200]} answered, "
        f"{asked.statuses[503]} told to come back, {asked.lost} lost; "
        f"/healthz p99 {1000 * well.at(0.99):.0f} ms; "
        f"afterwards p99 {1000 * after.at(0.99):.0f} ms",
    )


def test_what_was_refused_is_counted(server: Server) -> None:
    waited_for(hammer(server.port, new_estimate, connections=100, for_s=1))
    numbers = bytes(waited_for(get(server.port, "/metrics")).body).decode()
    counted = dict(line.rsplit(" ", 1) for line in numbers.splitlines() if line[:1] != "#")
    assert float(counted['rigwise_refused_total{reason="busy"}']) > 0
    assert float(counted["rigwise_requests_running"]) == 0
    assert float(counted["rigwise_requests_waiting"]) == 0
    assert float(counted['rigwise_estimates_total{answer="new"}']) > 0
    route = 'rigwise_requests_total{method="POST",route="/api/v1/estimates",status="200"}'
    assert float(counted[route]) > 0
