"""BuildSpec as a query string and back: the configurator's URL is its state.

The keys are short because people paste these links. Values equal to the default are left out, so
one question has one canonical URL. Reading raises `InvalidSpecError` with the field's path.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ValidationError

from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import GPU_SLOTS, OVERRIDE_KEYS, BuildSpec
from app.builds.words import grouped

#: query key -> path in the BuildSpec. GPU slots repeat with a number: gpu, gpus, gpu2, gpus2, ...
KEYS: dict[str, tuple[str, ...]] = {
    "system": ("machine", "system"),
    "cpu": ("machine", "cpu"),
    "sockets": ("machine", "sockets"),
    "module": ("machine", "memory", "module"),
    "modules": ("machine", "memory", "count"),
    "nodes": ("machine", "nodes"),
    "link": ("machine", "link"),
    "model": ("deployment", "model"),
    "quant": ("deployment", "quantization"),
    "kv": ("deployment", "kv_dtype"),
    "engine": ("deployment", "engine"),
    "context": ("deployment", "context_tokens"),
    "placement": ("deployment", "placement"),
    "gpu_layers": ("deployment", "gpu_layers"),
    "cpu_expert_layers": ("deployment", "cpu_expert_layers"),
    "ubatch": ("deployment", "ubatch_tokens"),
    "flash_attention": ("deployment", "flash_attention"),
    "engine_date": ("deployment", "engine_date"),
    "use_case": ("workload", "use_case"),
    "prompt": ("workload", "prompt_tokens"),
    "generate": ("workload", "generated_tokens"),
    "cached": ("workload", "cached_tokens"),
    "users": ("workload", "concurrency"),
    "together": ("workload", "together"),
    "measured_decode": ("workload", "measured_decode_tps"),
    "measured_prefill": ("workload", "measured_prefill_tps"),
    "currency": ("economics", "currency"),
    "years": ("economics", "years"),
    "hours": ("economics", "hours_per_day"),
    "kwh": ("economics", "electricity_per_kwh"),
    "condition": ("economics", "condition"),
    "owned": ("economics", "owned_gpus"),
    "quote": ("economics", "quoted_price"),
    "demand": ("economics", "requests_per_hour"),
    "country": ("economics", "electricity_country"),
    "cooling": ("economics", "cooling_factor"),
    "shipping": ("economics", "shipping"),
    "spares": ("economics", "spares_share"),
    "loss": ("economics", "depreciation_per_year"),
    "admin_hours": ("economics", "admin_hours_per_month"),
    "admin_rate": ("economics", "admin_rate_per_hour"),
}
MAX_FIELDS = 100
GPU_KEYS = tuple("gpu" if i == 0 else f"gpu{i + 1}" for i in range(GPU_SLOTS))
GPU_COUNT_KEYS = tuple("gpus" if i == 0 else f"gpus{i + 1}" for i in range(GPU_SLOTS))
_KEY_OF_PATH = {path: key for key, path in KEYS.items()}
_DEFAULTS = BuildSpec().model_dump(mode="json")


def numbers_among(model: type[BaseModel], keys: Mapping[str, tuple[str, ...]]) -> dict[str, bool]:
    """Those of the keys whose field of ``model`` is a number, and whether it is a whole one."""
    found = {}
    for key, path in keys.items():
        types = _types_at(model, path)
        if {int, float, Decimal} & types:
            found[key] = not {float, Decimal} & types
    return found


def _types_at(model: type[BaseModel], path: tuple[str, ...]) -> set[Any]:
    """The types a field may have; of a part of the model the part's own class among them."""
    annotation = model.model_fields[path[0]].annotation
    types = set(get_args(annotation)) or {annotation}
    part = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
    return types if part is None or len(path) == 1 else _types_at(part, path[1:])


#: Settings that are numbers, and whether they are whole ones.
NUMBERS: dict[str, bool] = {
    **numbers_among(BuildSpec, KEYS),
    **dict.fromkeys(GPU_COUNT_KEYS, True),
    **dict.fromkeys(OVERRIDE_KEYS, False),
}


def field_to_key(field: str) -> str:
    """The form field a BuildSpec path belongs to: ``machine.gpus.1.gpu`` -> ``gpu2``."""
    parts = tuple(field.split("."))
    if parts[:2] == ("machine", "gpus"):
        slot = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else 0
        keys = GPU_COUNT_KEYS if parts[-1] == "count" else GPU_KEYS
        return keys[min(slot, GPU_SLOTS - 1)]
    if parts[:2] == ("machine", "overrides"):
        return ".".join(p for p in parts[2:] if p != "[key]")
    if parts == ("machine", "memory"):
        return "module"
    return _KEY_OF_PATH.get(parts, field)


def spec_from_mapping(values: Mapping[str, str]) -> BuildSpec:
    """Read a submitted form or parsed query string; empty values mean "not given".

    Raises InvalidSpecError: unknown keys, and values of the wrong type or out of bounds.
    """
    tree: dict[str, Any] = {}
    slots: dict[int, dict[str, str]] = {}
    problems: list[Problem] = []
    for key, raw in values.items():
        value = raw.strip()
        if not value:
            continue
        if key in KEYS:
            _put(tree, KEYS[key], value)
        elif key in OVERRIDE_KEYS:
            tree.setdefault("machine", {}).setdefault("overrides", {})[key] = value
        elif (slot := _gpu_slot(key)) is not None:
            slots.setdefault(slot[0], {})[slot[1]] = value
        else:
            problems.append(Problem(key[:80], f"There is no setting called “{key[:80]}”."))
    gpus = [slots[i] for i in sorted(slots) if "gpu" in slots[i]]
    if gpus:
        tree.setdefault("machine", {})["gpus"] = gpus
    memory = tree.get("machine", {}).get("memory")
    if memory is not None and "module" not in memory:
        del tree["machine"]["memory"]  # a count without a module says nothing
    elif memory is not None:
        memory.setdefault("count", "1")
    try:
        spec = BuildSpec.model_validate(tree)
    except ValidationError as error:
        problems.extend(problems_of(error))
        raise InvalidSpecError(problems) from error
    if problems:
        raise InvalidSpecError(problems)
    return spec


def spec_from_query(query: str) -> BuildSpec:
    """Read a query string. Of a repeated key the last one counts, as in a form.

    Raises InvalidSpecError: as `spec_from_mapping`, and where there are too many settings.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=False, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        sentence = f"A link holds at most {MAX_FIELDS} settings."
        raise InvalidSpecError([Problem("", sentence)]) from error
    return spec_from_mapping(dict(pairs))


def spec_to_query(spec: BuildSpec) -> str:
    """The canonical query string: defaults left out, keys in a fixed order."""
    given = spec.model_dump(mode="json")
    pairs: list[tuple[str, str]] = []
    for key, path in KEYS.items():
        value = value_at(given, path)
        if value is not None and value != value_at(_DEFAULTS, path):
            pairs.append((key, written(value)))
        if key == "sockets":  # parts in the order people read them: CPU, GPUs, memory
            for i, slot in enumerate(given["machine"]["gpus"]):
                pairs.append((GPU_KEYS[i], slot["gpu"]))
                if slot["count"] != 1:
                    pairs.append((GPU_COUNT_KEYS[i], str(slot["count"])))
    pairs.extend((k, written(v)) for k, v in sorted(given["machine"]["overrides"].items()))
    return urlencode(pairs)


def problems_of(error: ValidationError) -> list[Problem]:
    """Pydantic's findings as sentences a person can act on."""
    return [
        Problem(".".join(str(p) for p in e["loc"]), sentence_of(dict(e))) for e in error.errors()
    ]


def sentence_of(error: dict[str, Any]) -> str:
    """One of pydantic's findings (its ``type``, ``msg`` and ``ctx``) as a sentence."""
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "greater_than_equal":
            return f"Use {_number(context['ge'])} or more."
        case "greater_than":
            return f"Use a number above {_number(context['gt'])}."
        case "less_than_equal":
            return f"Use {_number(context['le'])} or less."
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "Use a whole number."
        case "float_parsing" | "float_type" | "finite_number" | "decimal_parsing" | "decimal_type":
            return "Use a plain number such as 12.5."
        case "literal_error":
            return f"Use one of: {context['expected'].replace(chr(39), '')}."
        case "extra_forbidden":
            return "There is no such field."
        case "missing":
            return "This field is needed."
        case "too_long":
            return f"At most {context['max_length']} entries."
        case "string_too_short":
            return "This cannot be empty."
        case "string_too_long":
            return f"At most {context['max_length']} characters."
        case "string_pattern_mismatch":
            return "Use plain text without < and >."
        case "string_type":
            return "Use text."
        case "model_type" | "model_attributes_type" | "dict_type":
            return "Use a JSON object here."
        case "tuple_type" | "list_type":
            return "Use a JSON list here."
        case _:
            return str(error["msg"]) + "."


def _put(tree: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


def value_at(tree: dict[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at a path of a dumped BuildSpec; None where a part of the way is missing."""
    value: Any = tree
    for part in path:
        if value is None:
            return None
        value = value[part]
    return value


def _number(value: Any) -> str:
    """A bound as people write it: 10 000 and 0, not 10000.0 and 0.0."""
    return grouped(value) if value == int(value) else str(value)


def written(value: Any) -> str:
    """A value as it stands in a link or a field: 8, 12.5 and true, not 8.0 and True."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _gpu_slot(key: str) -> tuple[int, str] | None:
    if key in GPU_KEYS:
        return GPU_KEYS.index(key), "gpu"
    if key in GPU_COUNT_KEYS:
        return GPU_COUNT_KEYS.index(key), "count"
    return None
