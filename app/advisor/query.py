"""AdvisorSpec as a query string and back: the page's address is its state."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from pydantic import ValidationError

from app.advisor.question import AdvisorSpec
from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import (
    MAX_FIELDS,
    numbers_among,
    problems_of,
    spec_from_mapping,
    spec_to_query,
    value_at,
)
from app.builds.query import written as written_figure
from app.builds.spec import BuildSpec, MachineSpec

#: query key -> path in the AdvisorSpec. Lists are written with commas between their entries.
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "goal": ("goal",),
    "service": ("service",),
    "people": ("demand", "people"),
    "per_hour": ("demand", "requests_per_hour"),
    "active": ("demand", "active_requests"),
    "use_case": ("demand", "mix"),
    "model": ("models", "models"),
    "must": ("models", "must_run"),
    "size_min": ("models", "size_min_b"),
    "since": ("models", "released_since"),
    "quant": ("models", "quantizations"),
    "bits_min": ("models", "bits_min"),
    "engine": ("models", "engines"),
    "kv": ("models", "kv_dtype"),
    "context": ("models", "context_tokens"),
    "budget": ("limits", "budget"),
    "currency": ("limits", "currency"),
    "condition": ("limits", "condition"),
    "watts_max": ("limits", "watts_max"),
    "vendor": ("limits", "gpu_vendors"),
    "form": ("limits", "form_factors"),
    "ram_min": ("limits", "ram_gib_min"),
    "open_frame": ("limits", "open_frame"),
    "owned_gpu": ("owned", "gpus"),
    "own": ("owned", "machine"),
    "top": ("top",),
}
NOT_A_MACHINE: Final = (
    "This does not describe a machine. Put it together in the configurator and copy its address."
)
LISTS: Final = frozenset(
    {"use_case", "model", "must", "quant", "engine", "vendor", "form", "owned_gpu"}
)
#: Settings that are numbers, and whether they are whole ones.
NUMBERS: Final = numbers_among(AdvisorSpec, {k: p for k, p in KEYS.items() if k not in LISTS})
_KEY_OF_PATH: Final = {path: key for key, path in KEYS.items()}
_DEFAULTS: Final = AdvisorSpec().model_dump(mode="json")


def question_from_pairs(pairs: Iterable[tuple[str, str]]) -> AdvisorSpec:
    """Read a submitted form or a link; empty values mean "not given", lists may repeat their key.

    Raises:
        InvalidSpecError: unknown keys, and values of the wrong type or out of bounds.
    """
    tree: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, raw in pairs:
        value = raw.strip()
        if not value:
            continue
        if key not in KEYS:
            problems.append(Problem(key[:80], f"There is no setting called “{key[:80]}”."))
        elif key in LISTS:
            entries = [entry.strip() for entry in value.split(",") if entry.strip()]
            _list_at(tree, KEYS[key]).extend(_entry(key, entry) for entry in entries)
        elif key == "own":
            try:
                _put(tree, KEYS[key], _machine(value))
            except (InvalidSpecError, ValueError):
                problems.append(Problem("owned.machine", NOT_A_MACHINE))
        else:
            _put(tree, KEYS[key], value)
    try:
        found = AdvisorSpec.model_validate(tree)
    except ValidationError as error:
        problems.extend(problems_of(error))
        raise InvalidSpecError(problems) from error
    if problems:
        raise InvalidSpecError(problems)
    return found


def question_from_query(query: str) -> AdvisorSpec:
    """Read a query string.

    Raises:
        InvalidSpecError: as `question_from_pairs`, and where there are too many settings.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=False, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        sentence = f"A link holds at most {MAX_FIELDS} settings."
        raise InvalidSpecError([Problem("", sentence)]) from error
    return question_from_pairs(pairs)


def question_to_query(spec: AdvisorSpec) -> str:
    """The canonical query string: defaults left out, keys in a fixed order."""
    given = spec.model_dump(mode="json")
    pairs = []
    for key, path in KEYS.items():
        value = value_at(given, path)
        if value is None or value == value_at(_DEFAULTS, path):
            continue
        pairs.append((key, _written(key, value, spec)))
    return urlencode(pairs)


def field_to_key(field: str) -> str:
    """The form field an AdvisorSpec path belongs to: ``limits.budget`` -> ``budget``."""
    parts = tuple(field.split("."))
    for length in range(len(parts), 0, -1):
        if parts[:length] in _KEY_OF_PATH:
            return _KEY_OF_PATH[parts[:length]]
    return field


def values_of(spec: AdvisorSpec) -> Mapping[str, str]:
    """What stands in each field of a form that shows ``spec``."""
    given = spec.model_dump(mode="json")
    return {
        key: "" if (value := value_at(given, path)) is None else _written(key, value, spec)
        for key, path in KEYS.items()
    }


def _entry(key: str, entry: str) -> Any:
    """One entry of a list as the specification wants it: ``uc2:3`` is a share, ``2xSLUG`` cards."""
    if key == "use_case":
        name, _, share = entry.partition(":")
        return {"use_case": name, **({"share": share} if share else {})}
    if key == "owned_gpu":
        count, times, name = entry.partition("x")
        if times and count.strip().isdigit():
            return {"gpu": name.strip(), "count": count.strip()}
        return {"gpu": entry}
    return entry


def _machine(query: str) -> Any:
    """A machine as the configurator's link says it; the whole address may be given."""
    pairs = parse_qsl(query.rpartition("?")[2], max_num_fields=MAX_FIELDS)
    return spec_from_mapping(dict(pairs)).machine.model_dump()


def _written(key: str, value: Any, spec: AdvisorSpec) -> str:
    if key == "use_case":
        shares = [f"{part['use_case']}:{written_figure(part['share'])}" for part in value]
        return ",".join(shares) if len(value) > 1 else str(value[0]["use_case"])
    if key == "owned_gpu":
        return ",".join(f"{slot['count']}x{slot['gpu']}" for slot in value)
    if key == "own":
        machine: MachineSpec = spec.owned.machine or MachineSpec()
        return spec_to_query(BuildSpec(machine=machine))
    if key in LISTS:
        return ",".join(value)
    return written_figure(value)


def _list_at(tree: dict[str, Any], path: tuple[str, ...]) -> list[Any]:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    found: list[Any] = tree.setdefault(path[-1], [])
    return found


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value
