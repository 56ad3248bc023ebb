"""An answer that carries as much as an answer could."""

from app.builds.assessment import Assessment


def bloated(answer: Assessment) -> Assessment:
    """As much of everything as could be, with names as long as could be."""
    long = "Extraordinarily long name of a part that somebody typed in by hand " * 3
    line = answer.cost.lines[0]
    lines = [
        line.model_copy(update={"item": f"{i} {long}", "source": f"{i} {long}"}) for i in range(30)
    ]
    check = answer.checks[0].model_copy(update={"message": long * 4, "fix": long})
    cost = answer.cost.model_copy(
        update={
            "lines": lines,
            "assumptions": [long * 2] * 20,
            "unpriced": [long] * 9,
            "stale_prices": [long] * 9,
        }
    )
    verdicts = [v.model_copy(update={"name": long, "rule": long * 3}) for v in answer.verdicts] * 3
    return answer.model_copy(
        update={"title": long, "checks": [check] * 20, "cost": cost, "verdicts": verdicts}
    )
