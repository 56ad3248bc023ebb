"""How a finding of the checks is written down."""

from app.builds.assessment import Check, Level


def finding(level: Level, code: str, field: str, message: str, fix: str | None = None) -> Check:
    """One finding; ``field`` is the dotted BuildSpec path it belongs to."""
    return Check(level=level, code=code, field=field, message=message, fix=fix)
