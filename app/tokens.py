"""Who may change the catalogue: tokens, and the sessions that browsers open with them.

A token or session is 256 random bits. Only its SHA-256 is stored: whoever reads the database
cannot sign in with what is there.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, DateTime, Engine, Table, delete, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Field, SQLModel

SCOPES: Final[dict[str, str]] = {
    "history": "sees who made each change",
    "edit": "changes facts and prices, imports files, undoes",
    "publish": "takes what people imported into the catalogue",
}
SECRET_BYTES: Final = 32
PREFIX: Final = "rw_"
"""So that a token in the wrong place is recognised as one."""
_NAME: Final = re.compile(r"[\w][\w .@+-]{0,79}")


class TokenError(ValueError):
    """A token cannot be made or revoked as asked; the message says why."""


class TokenRow(SQLModel, table=True):
    """A stored token."""

    __tablename__ = "tokens"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, index=True, max_length=80)
    scopes: str = Field(max_length=80, description="Names separated by spaces")
    secret_sha256: str = Field(unique=True, index=True, max_length=64)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    last_used_on: date | None = None


class SessionRow(SQLModel, table=True):
    """A browser that signed in."""

    __tablename__ = "editor_sessions"

    id: int | None = Field(default=None, primary_key=True)
    secret_sha256: str = Field(unique=True, index=True, max_length=64)
    token_id: int = Field(foreign_key="tokens.id", index=True)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it may be shown: everything but the secret."""

    id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_on: date | None

    def allows(self, scope: str) -> bool:
        """Whether it may do that. Who may change something may see who changed it."""
        return scope in self.scopes or scope == "history"

    def is_good(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def create_token(
    database: Engine, name: str, scopes: Iterable[str], days: int | None = None
) -> str:
    """Make a token; its secret is given back once and can never be read again.

    Args:
        database: Where it is kept.
        name: Who uses it; stands in the history of every edit.
        scopes: Some of `SCOPES`.
        days: How long it is good; without an end where None.

    Raises:
        TokenError: the name is taken or unusable, a scope is unknown, the days are not positive.
    """
    wanted = frozenset(scopes)
    if not _NAME.fullmatch(name):
        raise TokenError("A name is 1 to 80 letters, digits, spaces or any of . @ + - _")
    if not wanted or wanted - SCOPES.keys():
        raise TokenError(f"A scope is one of: {', '.join(SCOPES)}.")
    if days is not None and not 1 <= days <= 3650:
        raise TokenError("A token is good for 1 to 3650 days.")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    now = datetime.now(UTC)
    table = _table(TokenRow)
    with database.begin() as connection:
        if connection.execute(select(table.c.id).where(table.c.name == name)).first() is not None:
            raise TokenError(f"There is a token called {name!r} already; names are used once.")
        connection.execute(
            insert(table),
            {
                "name": name,
                "scopes": " ".join(s for s in SCOPES if s in wanted),
                "secret_sha256": _hash(secret),
                "created_at": now,
                "expires_at": None if days is None else now + timedelta(days=days),
            },
        )
    return secret


def list_tokens(database: Engine) -> list[Token]:
    """All tokens, oldest first, revoked ones too."""
    table = _table(TokenRow)
    with database.connect() as connection:
        rows = connection.execute(select(table).order_by(table.c.id)).mappings().all()
    return [_token(dict(row)) for row in rows]


def revoke_token(database: Engine, name: str) -> None:
    """End a token and every session opened with it.

    Raises:
        TokenError: there is no such token, or it was revoked before.
    """
    table, sessions = _table(TokenRow), _table(SessionRow)
    with database.begin() as connection:
        row = connection.execute(select(table).where(table.c.name == name)).mappings().first()
        if row is None:
            raise TokenError(f"There is no token called {name!r}.")
        if row["revoked_at"] is not None:
            raise TokenError(f"The token {name!r} was revoked before.")
        now = datetime.now(UTC)
        connection.execute(update(table).where(table.c.id == row["id"]).values(revoked_at=now))
        connection.execute(delete(sessions).where(sessions.c.token_id == row["id"]))


def any_token(database: Engine) -> bool:
    """Whether anybody could sign in at all."""
    now = datetime.now(UTC)
    return any(token.is_good(now) for token in list_tokens(database))


def find_token(database: Engine, secret: str) -> Token | None:
    """The token with this secret, if it is good; notes the day it was used."""
    table = _table(TokenRow)
    with database.connect() as connection:
        row = _by_secret(connection, table, secret)
    return None if row is None else _used(database, row)


def open_session(database: Engine, secret: str, hours: float) -> tuple[Token, str] | None:
    """Sign a browser in with a token: the token, and the session's own secret.

    None where the token is not good. Sessions that have ended are cleared away.
    """
    table, sessions = _table(TokenRow), _table(SessionRow)
    now = datetime.now(UTC)
    with database.connect() as connection:
        row = _by_secret(connection, table, secret)
    token = None if row is None else _used(database, row)
    if token is None:
        return None
    with database.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.expires_at < now))
        opened = secrets.token_urlsafe(SECRET_BYTES)
        ends = now + timedelta(hours=hours)
        connection.execute(
            insert(sessions),
            {"secret_sha256": _hash(opened), "token_id": token.id, "expires_at": ends},
        )
    return token, opened


def find_session(database: Engine, secret: str) -> Token | None:
    """The token a session was opened with, while both are good."""
    table, sessions = _table(TokenRow), _table(SessionRow)
    with database.connect() as connection:
        session = _by_secret(connection, sessions, secret)
        if session is None or datetime.now(UTC) >= _utc(session["expires_at"]):
            return None
        found = select(table).where(table.c.id == session["token_id"])
        row = dict(connection.execute(found).mappings().one())
    return _used(database, row)


def close_session(database: Engine, secret: str) -> None:
    """Sign a browser out; nothing happens where it was not signed in."""
    sessions = _table(SessionRow)
    with database.begin() as connection:
        connection.execute(delete(sessions).where(sessions.c.secret_sha256 == _hash(secret)))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _by_secret(connection: Connection, table: Table, secret: str) -> dict[str, object] | None:
    wanted = _hash(secret)
    row = connection.execute(select(table).where(table.c.secret_sha256 == wanted)).mappings()
    found = row.first()
    if found is None or not hmac.compare_digest(str(found["secret_sha256"]), wanted):
        return None
    return dict(found)


def _used(database: Engine, row: dict[str, object]) -> Token | None:
    """The token of a row, if it is good; a day's first use is noted.

    Where it cannot be noted (no room, a busy database) the token is as good as before.
    """
    token, now = _token(row), datetime.now(UTC)
    if not token.is_good(now):
        return None
    if token.last_used_on != now.date():
        table = _table(TokenRow)
        statement = update(table).where(table.c.id == token.id)
        with suppress(OperationalError), database.begin() as connection:
            connection.execute(statement.values(last_used_on=now.date()))
    return token


def _token(row: dict[str, object]) -> Token:
    return Token(
        id=int(str(row["id"])),
        name=str(row["name"]),
        scopes=frozenset(str(row["scopes"]).split()),
        created_at=_utc(row["created_at"]),
        expires_at=None if row["expires_at"] is None else _utc(row["expires_at"]),
        revoked_at=None if row["revoked_at"] is None else _utc(row["revoked_at"]),
        last_used_on=row["last_used_on"] if isinstance(row["last_used_on"], date) else None,
    )


def _utc(moment: object) -> datetime:
    """SQLite gives times back without their zone; they were stored as UTC."""
    if not isinstance(moment, datetime):
        msg = f"not a time: {moment!r}"
        raise TypeError(msg)
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _table(row_class: type[SQLModel]) -> Table:
    table: Table = row_class.__table__  # type: ignore[attr-defined]
    return table
