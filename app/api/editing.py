"""Changing the catalogue over REST, with a bearer token.

Every edit says why and where its values can be read, and names the version of the item it was made
from, so that two editors at once lose nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from app.api.bodies import require_json
from app.api.caching import version_in
from app.builds.problems import InvalidSpecError, Problem
from app.catalogue.editing import edits
from app.catalogue.editing.imports import Comparison, apply_file, compare_file
from app.catalogue.editing.store import Edited
from app.catalogue.kinds import KINDS
from app.serving.access import holder
from app.serving.following import Follower
from app.serving.state import TheDatabase, TheFollower
from app.tokens import Token

router = APIRouter(tags=["editing"])

KindName = StrEnum("KindName", {name: name for name in KINDS})  # type: ignore[misc]
Editor = Annotated[Token, Depends(holder("edit"))]
Text = Annotated[str, Field(max_length=4_000)]
Cell = bool | int | float | Text | Annotated[list[Text], Field(max_length=200)] | None
Values = Annotated[dict[Annotated[str, Field(max_length=80)], Cell], Field(max_length=120)]
Slug = Annotated[str, Field(min_length=1, max_length=160)]
Version = Annotated[
    str,
    Field(max_length=16, description="`Item-Version` of the entry as you read it"),
]
IfMatch = Annotated[
    str | None,
    Header(max_length=200, description="In place of `version`: `ETag` of the entry as you read it"),
]
Reason = Annotated[str, Field(max_length=500, description="Why, in a few words")]
Source = Annotated[
    str, Field(max_length=1_000, description="Address where the new values can be read")
]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    reason: Reason


class ChangeIn(_Given):
    """New values of some fields of an entry."""

    changes: Values = Field(description="Field to value; null makes it unknown")
    version: Version | None = None
    source: Source


class NewIn(_Given):
    """A new entry. A price without a slug is named after its item and day."""

    item: Values
    source: Source


class WithdrawIn(_Given):
    """A price that is to count no longer."""

    price: Slug
    version: Version
    source: Source


class ConfirmIn(_Given):
    """A price that was seen again today."""

    price: Slug
    source: Source
    reason: Reason = "Seen again at the same price."


class UndoIn(_Given):
    """Why an edit is taken back."""


class ImportIn(_Given):
    """A file in the seed's schema."""

    kind: KindName
    csv: str = Field(max_length=1_048_576, description="The file's text, header first")
    source: Source
    apply: bool = Field(default=False, description="False: only compare")
    revision: str | None = Field(
        default=None,
        max_length=64,
        description="To apply: `revision` of the comparison that is to be applied",
    )


class EditMade(BaseModel):
    """What an edit led to."""

    edit: int = Field(description="Its number in the history")
    kind: str
    slug: str
    version: str | None = Field(description="Of the entry now; null where it is no more")
    revision: str = Field(description="Of the catalogue now")
    served: bool = Field(description="Whether this server answers from it already")

    @classmethod
    def of(cls, done: Edited, follower: Follower) -> "EditMade":
        """Serve the catalogue an edit led to, and say so."""
        return cls(
            edit=done.id,
            kind=done.kind,
            slug=done.slug,
            version=done.version,
            revision=done.revision,
            served=follower.refresh(),
        )


class FieldChange(BaseModel):
    """One field, before and after."""

    field: str
    old: Any
    new: Any


class RowProblem(BaseModel):
    """Why a row is rejected."""

    field: str
    message: str


class RowCompared(BaseModel):
    """One row of a file, and what applying it does."""

    line: int
    slug: str
    outcome: Literal["added", "changed", "unchanged", "rejected"]
    changes: list[FieldChange]
    reasons: list[RowProblem]


class ImportedFile(BaseModel):
    """A file compared with the catalogue, and whether it was applied."""

    kind: str
    applied: bool
    revision: str = Field(description="Compared with; of the result where it was applied")
    added: int
    changed: int
    unchanged: int
    rejected: int
    rows: list[RowCompared]


@router.post("/catalogue/withdrawals", status_code=201, dependencies=[Depends(require_json)])
def withdraw(
    given: WithdrawIn, editor: Editor, database: TheDatabase, follower: TheFollower
) -> EditMade:
    """Let a price count no longer; it stays listed, with `usable` false."""
    return _made(
        follower,
        lambda: edits.withdraw_price(
            database,
            given.price,
            version=given.version,
            reason=given.reason,
            source=given.source,
            who=editor.name,
        ),
    )


@router.post("/catalogue/confirmations", status_code=201, dependencies=[Depends(require_json)])
def confirm(
    given: ConfirmIn, editor: Editor, database: TheDatabase, follower: TheFollower
) -> EditMade:
    """Say that a price is still the same today: a new price beside the old one."""
    return _made(
        follower,
        lambda: edits.confirm_price(
            database,
            given.price,
            today=datetime.now(UTC).date(),
            reason=given.reason,
            source=given.source,
            who=editor.name,
        ),
    )


@router.post("/catalogue/edits/{edit}/undo", status_code=201, dependencies=[Depends(require_json)])
def undo(
    edit: int, given: UndoIn, editor: Editor, database: TheDatabase, follower: TheFollower
) -> EditMade:
    """Take an edit back, as an edit of its own. Refused where a later one touches its fields."""
    if not 0 < edit < 2**31:
        raise HTTPException(404, f"There is no edit {edit}.")
    return _made(
        follower,
        lambda: edits.undo(database, edit, reason=given.reason, who=editor.name),
    )


@router.post("/catalogue/imports", dependencies=[Depends(require_json)])
def import_file(
    given: ImportIn, editor: Editor, database: TheDatabase, follower: TheFollower
) -> ImportedFile:
    """Compare a file with the catalogue; with `apply` and the comparison's `revision`, apply it.

    All of it is applied in one transaction, without the rejected rows, as one revision.
    """
    compared = compare_file(database, given.kind.value, given.csv, given.source)
    if not given.apply:
        return _compared(compared, applied=False)
    made = apply_file(
        database,
        given.kind.value,
        given.csv,
        revision=given.revision or "",
        reason=given.reason,
        source=given.source,
        who=editor.name,
    )
    follower.refresh()
    return _compared(compared, applied=True).model_copy(update={"revision": made[-1].revision})


@router.post("/catalogue/{kind}", status_code=201, dependencies=[Depends(require_json)])
def add_entry(
    kind: KindName, given: NewIn, editor: Editor, database: TheDatabase, follower: TheFollower
) -> EditMade:
    """Add an entry to a kind."""
    return _made(
        follower,
        lambda: edits.add(
            database,
            kind.value,
            given.item,
            reason=given.reason,
            source=given.source,
            who=editor.name,
        ),
    )


@router.patch("/catalogue/{kind}/{slug:path}", dependencies=[Depends(require_json)])
def change_entry(
    kind: KindName,
    slug: str,
    given: ChangeIn,
    editor: Editor,
    database: TheDatabase,
    follower: TheFollower,
    if_match: IfMatch = None,
) -> EditMade:
    """Change fields of an entry, named by the catalogue's own slug.

    Answered 409, or 412 where `If-Match` says what you read, with both values of each field, where
    somebody else changed the entry since.
    """
    version = _version_read(given.version, if_match)
    return _made(
        follower,
        lambda: edits.change(
            database,
            kind.value,
            slug,
            given.changes,
            version=version,
            reason=given.reason,
            source=given.source,
            who=editor.name,
        ),
    )


def _version_read(version: str | None, if_match: str | None) -> str:
    """The version an edit was made from, as the body or the header tells it."""
    told = {version, None if if_match is None else version_in(if_match)} - {None}
    if len(told) != 1:
        both = "`version` and If-Match name two versions of the entry."
        none = "Send the entry's Item-Version, or its ETag in If-Match."
        raise InvalidSpecError([Problem("version", both if told else none)])
    (found,) = told
    return str(found)


def _made(follower: Follower, make: Callable[[], Edited]) -> EditMade:
    """Make an edit and serve the catalogue it leads to."""
    try:
        done = make()
    except LookupError as error:
        raise HTTPException(404, str(error)) from error
    return EditMade.of(done, follower)


def _compared(compared: Comparison, *, applied: bool) -> ImportedFile:
    return ImportedFile(
        kind=compared.kind,
        applied=applied,
        revision=compared.revision,
        added=compared.count("added"),
        changed=compared.count("changed"),
        unchanged=compared.count("unchanged"),
        rejected=compared.count("rejected"),
        rows=[
            RowCompared(
                line=row.line,
                slug=row.slug,
                outcome=row.outcome,
                changes=[FieldChange(**change) for change in row.changes],
                reasons=[RowProblem(field=p.field, message=p.message) for p in row.reasons],
            )
            for row in compared.rows
        ],
    )
