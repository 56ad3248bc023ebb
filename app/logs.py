"""Logging: one JSON object a line on standard output."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

REQUESTS: Final = logging.getLogger("rigwise.requests")
ERRORS: Final = logging.getLogger("rigwise.errors")


class JsonLines(logging.Formatter):
    """A record as JSON: time, level, logger, message, whatever ``extra={"fields": ...}`` adds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its newline."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logging(level: str) -> None:
    """Send every logger's lines of at least ``level`` to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # one line a request is ours; uvicorn's own would be a second
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic").setLevel(max(logging.WARNING, root.level))
