"""From settings to a world that can answer: database migrated, catalogue loaded, limits set."""

import gc
from dataclasses import dataclass

from sqlalchemy import Engine

from app.accuracy.record import ACCURACY_FILE, AccuracyRecord, load_accuracy
from app.builds.assess import World, load_world
from app.builds.assessment import VerdictLimits
from app.catalogue.imports import ImportStore, with_imports
from app.catalogue.kinds import KINDS
from app.catalogue.seed import load_seed
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, read_state
from app.database import migrate, open_database, verify_file
from app.database.digests import DamagedError
from app.language.phrasebook import know
from app.logs import ERRORS
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Started:
    """What a running service works with."""

    world: World
    accuracy: AccuracyRecord
    database: Engine
    state: int
    """Number of the catalogue's state that was loaded."""


def start(settings: Settings) -> Started:
    """Bring the database up to date and load everything an answer needs.

    Starting again changes nothing. A database that is damaged is not served: a SQLite file is read
    from end to end, and the catalogue has to be the one that was stored.

    Raises:
        DamagedError: the database is damaged.
        alembic.util.exc.CommandError: the database is at a revision this release does not know.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be opened, migrated or read.
        CalibrationError: the calibration file cannot be used.
        AccuracyError: the file of the last accuracy run cannot be used.
        FileNotFoundError: a seed file is missing.
    """
    database = open_database(settings.database_url)
    gc.disable()  # all that is read now stays
    try:
        verify_file(database)
        migrate(database)
        load_seed(database)
        state, catalogue = read_catalogue(database)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        database.dispose()
        ERRORS.error("database not readable", exc_info=error)
        raise DamagedError("A value in the database cannot be read.") from error
    except BaseException:
        database.dispose()
        raise
    finally:
        gc.enable()
    return Started(
        world=load_world(catalogue, SEED_DIR, limits_of(settings)),
        accuracy=load_accuracy(SEED_DIR / ACCURACY_FILE),
        database=database,
        state=state,
    )


def read_catalogue(
    database: Engine, known: tuple[int, Catalogue] | None = None
) -> tuple[int, Catalogue]:
    """The newest state of the catalogue with its number; names of imports lead somewhere in it.

    ``known``: a state that was read before, of which what did not change is taken over.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    state, catalogue = read_state(database, known)
    know(fact.name for kind in KINDS for fact in catalogue.of_kind(kind).values())
    return state, with_imports(catalogue, ImportStore(database).find)


def settle_memory() -> None:
    """Tell the garbage collector that what is there now will stay.

    It would else look through the whole catalogue again and again: a quarter of the time of an
    answer. What a catalogue that was replaced leaves behind is collected first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def limits_of(settings: Settings) -> VerdictLimits:
    """The limits between interactive, background, off-line and not viable."""
    return VerdictLimits.model_validate(settings, from_attributes=True)
