"""The catalogue as the rest of the program sees it: immutable, in memory, keyed by revision.

Built from the database when a process starts, or straight from the seed files where no database
is wanted. Both ways give equal snapshots.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeVar, cast, overload

from sqlalchemy import Engine, func, select
from sqlmodel import Session

from app.catalogue import facts
from app.catalogue.columns import plain_decimal
from app.catalogue.digests import verify
from app.catalogue.editing.tables import EditRow
from app.catalogue.kinds import KINDS
from app.catalogue.seed_files import SEED_DIR, Alias, frozen, read_seed
from app.catalogue.tables import TABLES, AliasRow, RevisionRow
from app.database import consistent
from app.database.digests import DamagedError

F = TypeVar("F", bound=facts.Fact)

_BRAND: Final = re.compile(
    r"^(geforce|radeon|instinct|tesla|apple|ryzen-threadripper|ryzen-\d|ryzen|core-ultra-\d"
    r"|core-i\d|core|xeon)-"
)


class UnknownKind(LookupError):  # noqa: N818  # says what is wrong, as its caller reads it
    """There is no such kind of catalogue entry."""

    def __init__(self, kind: str) -> None:
        """Name the kind that was asked for."""
        super().__init__(f"No catalogue kind is called {kind!r}.")
        self.kind = kind


class UnknownSlug(LookupError):  # noqa: N818  # likewise
    """Nothing in the catalogue has this slug or alias.

    ``suggestions`` holds the closest slugs, best first.
    """

    def __init__(self, kind: str, given: str, suggestions: tuple[str, ...]) -> None:
        """Say what was looked for and what comes close."""
        hint = f" Did you mean {' or '.join(suggestions)}?" if suggestions else ""
        super().__init__(f"Nothing in {kind} is called {given!r}.{hint}")
        self.kind = kind
        self.given = given
        self.suggestions = suggestions


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything the catalogue knows at one revision."""

    revision: str
    cpus: Mapping[str, facts.CpuFacts]
    gpus: Mapping[str, facts.GpuFacts]
    memory_modules: Mapping[str, facts.MemoryModuleFacts]
    platforms: Mapping[str, facts.PlatformFacts]
    systems: Mapping[str, facts.SystemFacts]
    interconnects: Mapping[str, facts.InterconnectFacts]
    models: Mapping[str, facts.ModelFacts]
    quantizations: Mapping[str, facts.QuantizationFacts]
    engines: Mapping[str, facts.EngineFacts]
    use_cases: Mapping[str, facts.UseCaseFacts]
    prices: tuple[facts.PriceFacts, ...]
    exchange_rates: tuple[facts.ExchangeRateFacts, ...]
    measurements: tuple[facts.MeasurementFacts, ...]
    aliases: tuple[Alias, ...]
    sources: tuple[str, ...]
    _by_kind: Mapping[str, Mapping[str, facts.Fact]] = field(repr=False, compare=False)
    _canonical: Mapping[str, Mapping[str, str]] = field(repr=False, compare=False)
    _prices: Mapping[tuple[str, str], tuple[facts.PriceFacts, ...]] = field(
        repr=False, compare=False
    )

    def of_kind(self, kind: str) -> Mapping[str, facts.Fact]:
        """All entries of a kind by slug.

        Raises:
            UnknownKind: there is no such kind.
        """
        try:
            return self._by_kind[kind]
        except KeyError:
            raise UnknownKind(kind) from None

    @overload
    def get(self, kind: Literal["cpus"], name: str) -> facts.CpuFacts: ...
    @overload
    def get(self, kind: Literal["gpus"], name: str) -> facts.GpuFacts: ...
    @overload
    def get(self, kind: Literal["memory-modules"], name: str) -> facts.MemoryModuleFacts: ...
    @overload
    def get(self, kind: Literal["platforms"], name: str) -> facts.PlatformFacts: ...
    @overload
    def get(self, kind: Literal["systems"], name: str) -> facts.SystemFacts: ...
    @overload
    def get(self, kind: Literal["interconnects"], name: str) -> facts.InterconnectFacts: ...
    @overload
    def get(self, kind: Literal["models"], name: str) -> facts.ModelFacts: ...
    @overload
    def get(self, kind: Literal["quantizations"], name: str) -> facts.QuantizationFacts: ...
    @overload
    def get(self, kind: Literal["engines"], name: str) -> facts.EngineFacts: ...
    @overload
    def get(self, kind: Literal["use-cases"], name: str) -> facts.UseCaseFacts: ...
    @overload
    def get(self, kind: Literal["prices"], name: str) -> facts.PriceFacts: ...
    @overload
    def get(self, kind: Literal["measurements"], name: str) -> facts.MeasurementFacts: ...
    @overload
    def get(self, kind: str, name: str) -> facts.Fact: ...
    def get(self, kind: str, name: str) -> facts.Fact:
        """The entry with this slug, alias or unambiguous bare name ("RTX 4090").

        Raises:
            UnknownKind: there is no such kind.
            UnknownSlug: nothing is called that; carries the closest slugs.
        """
        entries = self.of_kind(kind)
        return entries[self.resolve(kind, name)]

    def resolve(self, kind: str, name: str) -> str:
        """The canonical slug of a slug, alias or unambiguous bare name.

        Raises:
            UnknownKind: there is no such kind.
            UnknownSlug: nothing is called that; carries the closest slugs.
        """
        known = self.known(kind, name)
        if known is not None:
            return known
        wanted, names = slugify(name), self._canonical[kind]
        close = difflib.get_close_matches(wanted, names, n=12, cutoff=0.6)
        suggestions = tuple(dict.fromkeys(names[match] for match in close))[:5]
        raise UnknownSlug(kind, name, suggestions)

    def known(self, kind: str, name: str) -> str | None:
        """As `resolve`, with ``None`` for an unknown name: no search for what comes close.

        Raises:
            UnknownKind: there is no such kind.
        """
        entries = self.of_kind(kind)
        return name if name in entries else self._canonical[kind].get(slugify(name))

    def prices_of(self, item_kind: str, slug: str) -> tuple[facts.PriceFacts, ...]:
        """All prices of one item, newest first and undated last.

        Args:
            item_kind: As in ``PriceFacts.item_kind``: ``gpu``, ``system``, ``cloud-gpu-hour``...
            slug: Canonical slug of the item.
        """
        return self._prices.get((item_kind, slug), ())

    def memory_prices_of(self, memory_type: str) -> tuple[facts.PriceFacts, ...]:
        """All prices of memory of a type, newest first; each has ``memory_gib`` to divide by."""
        return self._prices.get(("memory-type", memory_type), ())


def slugify(text: str) -> str:
    """Lower case, runs of other characters become one hyphen, dots and underscores stay."""
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-.")


def catalogue_from_seed(seed_dir: Path = SEED_DIR) -> Catalogue:
    """The snapshot of the seed files, without a database.

    Raises:
        FileNotFoundError: a seed file is missing.
    """
    content = read_seed(seed_dir)
    return _assemble(content.revision, content.facts, content.aliases)


def current_revision(session: Session) -> str | None:
    """The revision the database is at; None where nothing has been loaded."""
    statement = select(RevisionRow.__table__.c.revision)  # type: ignore[attr-defined]
    newest = RevisionRow.__table__.c.id.desc()  # type: ignore[attr-defined]
    return cast("str | None", session.execute(statement.order_by(newest).limit(1)).scalar())


def newest_state(engine: Engine) -> int | None:
    """Counts the states the database's catalogue has been in; None where it holds none."""
    column = RevisionRow.__table__.c.id  # type: ignore[attr-defined]
    with engine.connect() as connection:
        return cast("int | None", connection.execute(select(func.max(column))).scalar())


def read_state(engine: Engine, known: tuple[int, Catalogue] | None = None) -> tuple[int, Catalogue]:
    """The newest state's number and its snapshot, both of the same moment.

    Only kinds that were edited since the ``known`` state are read; the rest is taken from there.

    Raises:
        LookupError: the database holds no catalogue yet.
    """
    column = RevisionRow.__table__.c.id  # type: ignore[attr-defined]
    with consistent(engine) as connection, Session(bind=connection) as session:
        if known is None:
            catalogue = load_catalogue(session)
        else:
            catalogue = load_catalogue(session, known[1], _edited_since(session, known[0]))
        return cast("int", session.execute(select(func.max(column))).scalar()), catalogue


def _edited_since(session: Session, state: int) -> frozenset[str]:
    """Kinds with edits since a state; all of them where a release came."""
    columns = EditRow.__table__.c  # type: ignore[attr-defined]
    edits = select(columns.kind).where(columns.revision_id > state).distinct()
    kinds = frozenset(session.execute(edits).scalars())
    return kinds if kinds <= KINDS.keys() else frozenset(KINDS)


def load_catalogue(
    session: Session, known: Catalogue | None = None, kinds: Iterable[str] = tuple(KINDS)
) -> Catalogue:
    """The snapshot of the database as the session sees it.

    Where an older one is ``known``, only ``kinds`` are read and the rest is taken from it.

    Raises:
        LookupError: the database holds no catalogue yet.
        DamagedError: what was read is not what was stored.
    """
    revision = current_revision(session)
    if revision is None:
        msg = "The database holds no catalogue: load the seed first."
        raise LookupError(msg)
    anew = frozenset(KINDS if known is None else kinds)
    stored = {name: _stored(session, name) for name in anew}
    if known is not None and anew < KINDS.keys():
        verify(_recorded(session), stored, None)
        return _assemble(revision, stored, known.aliases, known)
    columns = AliasRow.__table__.c  # type: ignore[attr-defined]
    rows = session.execute(
        select(columns.kind, columns.alias, columns.slug, columns.note, columns.source).order_by(
            columns.id
        )
    )
    aliases = tuple(Alias(*row) for row in rows)
    verify(_recorded(session), stored, aliases)
    return _assemble(revision, stored, aliases)


def _recorded(session: Session) -> Mapping[str, str] | None:
    """The digests of the newest state."""
    columns = RevisionRow.__table__.c  # type: ignore[attr-defined]
    newest = select(columns.digests).order_by(columns.id.desc()).limit(1)
    return cast("Mapping[str, str] | None", session.execute(newest).scalar())


def _stored(session: Session, kind: str) -> tuple[facts.Fact, ...]:
    """All entries of a kind. Raises DamagedError: there is a value that no release has stored."""
    table = TABLES[kind].__table__
    model = frozen(KINDS[kind].facts)
    columns = [column for column in table.c if column.name != "id"]
    try:
        rows = session.execute(select(*columns).order_by(table.c.id)).mappings()
        return tuple(model.model_validate(dict(row)) for row in rows)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise DamagedError(f"In the database {kind} are not as they were stored.") from error


def _assemble(
    revision: str,
    found: Mapping[str, tuple[facts.Fact, ...]],
    aliases: tuple[Alias, ...],
    known: Catalogue | None = None,
) -> Catalogue:
    """A snapshot of what was ``found``; kinds that were not are those of a ``known`` one."""
    kept = {} if known is None else {k: e for k, e in known._by_kind.items() if k not in found}
    by_kind = MappingProxyType(
        {
            kind: kept[kind]
            if kind in kept
            else MappingProxyType({fact.slug: fact for fact in map(plain_fact, found[kind])})
            for kind in KINDS
        }
    )
    prices = cast("tuple[facts.PriceFacts, ...]", tuple(by_kind["prices"].values()))
    return Catalogue(
        revision=revision,
        cpus=_typed(by_kind, "cpus", facts.CpuFacts),
        gpus=_typed(by_kind, "gpus", facts.GpuFacts),
        memory_modules=_typed(by_kind, "memory-modules", facts.MemoryModuleFacts),
        platforms=_typed(by_kind, "platforms", facts.PlatformFacts),
        systems=_typed(by_kind, "systems", facts.SystemFacts),
        interconnects=_typed(by_kind, "interconnects", facts.InterconnectFacts),
        models=_typed(by_kind, "models", facts.ModelFacts),
        quantizations=_typed(by_kind, "quantizations", facts.QuantizationFacts),
        engines=_typed(by_kind, "engines", facts.EngineFacts),
        use_cases=_typed(by_kind, "use-cases", facts.UseCaseFacts),
        prices=prices,
        exchange_rates=tuple(_typed(by_kind, "exchange-rates", facts.ExchangeRateFacts).values()),
        measurements=tuple(_typed(by_kind, "measurements", facts.MeasurementFacts).values()),
        aliases=aliases,
        sources=_sources(by_kind, aliases),
        _by_kind=by_kind,
        _canonical=MappingProxyType(
            {
                kind: known._canonical[kind]
                if known is not None and kind in kept
                else _names(kind, entries, aliases)
                for kind, entries in by_kind.items()
            }
        ),
        _prices=known._prices if known is not None and "prices" in kept else _price_index(prices),
    )


def _typed(
    by_kind: Mapping[str, Mapping[str, facts.Fact]], kind: str, model: type[F]
) -> Mapping[str, F]:
    """Tell the type checker what the registry of kinds guarantees."""
    return cast("Mapping[str, F]", by_kind[kind])


def plain_fact(fact: facts.Fact) -> facts.Fact:
    """The fact with its amounts spelt without trailing zeros."""
    amounts = {
        name: plain_decimal(value)
        for name, value in fact
        if isinstance(value, Decimal) and plain_decimal(value).as_tuple() != value.as_tuple()
    }
    return fact.model_copy(update=amounts) if amounts else fact


def _sources(
    by_kind: Mapping[str, Mapping[str, facts.Fact]], aliases: tuple[Alias, ...]
) -> tuple[str, ...]:
    cited = {fact.source for entries in by_kind.values() for fact in entries.values()}
    return tuple(sorted(cited | {alias.source for alias in aliases}))


def _price_index(
    prices: tuple[facts.PriceFacts, ...],
) -> Mapping[tuple[str, str], tuple[facts.PriceFacts, ...]]:
    found: dict[tuple[str, str], list[facts.PriceFacts]] = {}
    for price in prices:
        if price.item_slug is not None:
            found.setdefault((price.item_kind, price.item_slug), []).append(price)
        if price.memory_type is not None:
            found.setdefault(("memory-type", price.memory_type), []).append(price)
    return MappingProxyType(
        {key: tuple(sorted(rows, key=_age, reverse=True)) for key, rows in found.items()}
    )


def _age(price: facts.PriceFacts) -> str:
    return "" if price.observed_from is None else price.observed_from.isoformat()


def _names(
    kind: str, entries: Mapping[str, facts.Fact], aliases: tuple[Alias, ...]
) -> Mapping[str, str]:
    """Every spelling that leads to exactly one slug: aliases, then bare names."""
    names = {slug: slug for slug in entries}
    for alias in aliases:
        if alias.kind == kind and alias.slug is not None:
            names.setdefault(slugify(alias.alias), alias.slug)
    if kind not in ("prices", "measurements"):
        for shortening in (_full_names, _unbranded_names, _unbracketed_names, _unsized_names):
            _add_unambiguous(names, shortening, entries)
    return MappingProxyType(names)


def _add_unambiguous(
    names: dict[str, str],
    shortening: Callable[[facts.Fact], set[str]],
    entries: Mapping[str, facts.Fact],
) -> None:
    """Add the names that lead to one entry only and that nothing clearer has taken."""
    meant: dict[str, set[str]] = {}
    for slug, fact in entries.items():
        for name in shortening(fact) - {""}:
            meant.setdefault(name, set()).add(slug)
    for name, slugs in meant.items():
        if len(slugs) == 1:
            names.setdefault(name, min(slugs))


def _full_names(fact: facts.Fact) -> set[str]:
    """The name as written, with and without the vendor, and a model's repository."""
    vendor = slugify(getattr(fact, "vendor", None) or "")
    names = {slugify(fact.name), slugify(f"{vendor} {fact.name}")}
    names.add(fact.slug.removeprefix(f"{vendor}-"))
    repository = getattr(fact, "hf_id", None)
    if repository:
        names.add(slugify(repository))
    return names


def _unbranded_names(fact: facts.Fact) -> set[str]:
    """Names without the brand word: "RTX 4090", "9950X"."""
    return {_BRAND.sub("", name) for name in _full_names(fact)}


def _unbracketed_names(fact: facts.Fact) -> set[str]:
    """Names without the part in brackets: "Radeon 8060S"."""
    short = slugify(re.sub(r"\s{0,4}\([^()]*\)", "", fact.name))
    return {short, _BRAND.sub("", short)}


def _unsized_names(fact: facts.Fact) -> set[str]:
    """Names without the memory size, where one size exists only."""
    names = _unbranded_names(fact) | _unbracketed_names(fact)
    return {re.sub(r"-\d+gb$", "", name) for name in names}
