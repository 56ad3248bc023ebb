"""What whoever runs the service is told where the database cannot be used, and what to do then."""

from typing import Final

from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from app.database import troubles
from app.database.digests import DamagedError
from app.database.troubles import Trouble, trouble_of

_RESTORE: Final = "Restore the last backup with `rigwise restore FILE`."
_WHAT_TO_DO: Final[dict[Trouble, str]] = {
    troubles.FULL: "There is no room left where the database is: free some, then start again.",
    troubles.BUSY: "Another process has held the database for more than five seconds: "
    "end it, or try again.",
    troubles.READ_ONLY: "The database can only be read: "
    "let the user of the service write the file and its folder.",
    troubles.UNREACHABLE: "The database cannot be opened: DATABASE_URL has to name a file in a "
    "folder that can be written, or a PostgreSQL server that answers.",
    troubles.DAMAGED: f"The database is damaged. {_RESTORE}",
    troubles.ANOTHER_RELEASE: "The database is of another release than this one, or damaged: "
    f"use the release it was made with. {_RESTORE}",
    troubles.UNKNOWN: "The database cannot be used.",
}


def sentence_of(error: SQLAlchemyError | CommandError | DamagedError) -> str:
    """What is wrong and what to do about it, with the database's own words."""
    own = str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")
    what_to_do = _WHAT_TO_DO[trouble_of(error)]
    return f"{what_to_do} ({own})" if own else what_to_do
