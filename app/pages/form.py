"""The configurator's form: what stands in each field, what is wrong, what cannot be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.builds.assessment import Assessment
from app.builds.problems import Problem
from app.builds.query import (
    GPU_COUNT_KEYS,
    GPU_KEYS,
    KEYS,
    field_to_key,
    value_at,
    written,
)
from app.builds.spec import CONDITIONS, CURRENCIES, GPU_SLOTS, OVERRIDE_KEYS, BuildSpec
from app.catalogue.facts import CpuFacts, EngineFacts, GpuFacts, SystemFacts
from app.catalogue.importers.drafts import PREFIX
from app.catalogue.snapshot import Catalogue, UnknownSlug
from app.latest import Latest
from app.pages import options
from app.pages.options import Chosen, Group, Option
from app.pages.typed import Typed

#: Fields that fold away, by the fold they are in.
FOLDS = {
    "request": ("prompt", "generate"),
    "running": ("kv", "engine", "placement"),
    "expert": (
        "measured_decode",
        "measured_prefill",
        "cached",
        "together",
        "ubatch",
        "flash_attention",
        "engine_date",
        "gpu_layers",
        "cpu_expert_layers",
    ),
    "several": ("nodes", "link"),
    "figures": OVERRIDE_KEYS,
    "money": ("hours", "demand", "country", "kwh", "condition", "owned", "quote"),
    "owning": ("shipping", "spares", "loss", "cooling", "admin_hours", "admin_rate"),
}
#: What each field is called where it is spoken of away from its place.
LABELS = {
    "use_case": "Use case",
    "prompt": "Prompt",
    "generate": "Answer",
    "model": "Model",
    "quant": "Quantisation",
    "context": "Context",
    "engine": "Engine",
    "placement": "Placement",
    "kv": "KV cache",
    "measured_decode": "Your own decode speed",
    "measured_prefill": "Your own prefill speed",
    "cached": "Tokens in the cache already",
    "together": "Share that comes at once",
    "ubatch": "Prompt tokens per pass",
    "flash_attention": "Flash attention",
    "engine_date": "Age of the engine",
    "gpu_layers": "Layers on the GPUs",
    "cpu_expert_layers": "Layers with experts in RAM",
    "system": "Complete system",
    "cpu": "CPU",
    "sockets": "Sockets",
    "module": "Memory modules",
    "modules": "Number of modules",
    "nodes": "Machines",
    "link": "Link",
    "users": "Requests at the same time",
    "currency": "Currency",
    "years": "Years of use",
    "hours": "Hours under load a day",
    "kwh": "Electricity",
    "condition": "Prices of parts",
    "owned": "GPUs you have already",
    "quote": "Quote",
    "demand": "Requests an hour",
    "country": "Electricity of",
    "cooling": "Cooling",
    "shipping": "Shipping",
    "spares": "Spare parts",
    "loss": "Loss of value a year",
    "admin_hours": "Work a month",
    "admin_rate": "An hour of work",
    **dict.fromkeys(GPU_KEYS, "GPU"),
    **dict.fromkeys(GPU_COUNT_KEYS, "Number of GPUs"),
}
#: Own figures: what they are, and their unit.
OVERRIDES = {
    "cpu.cores": ("CPU cores", "per socket"),
    "cpu.all_core_ghz": ("CPU clock, all cores", "GHz"),
    "cpu.bandwidth_gbs": ("CPU memory bandwidth, measured", "GB/s"),
    "memory.size_gib": ("Memory of the CPU", "GiB"),
    "memory.mts": ("Memory speed", "MT/s"),
    "memory.channels": ("Memory channels in use", ""),
    "gpu.memory_gib": ("GPU memory, each", "GiB"),
    "gpu.bandwidth_gbs": ("GPU memory bandwidth, each", "GB/s"),
    "gpu.compute_tflops": ("GPU arithmetic, each", "TFLOP/s"),
    "gpu.tdp_w": ("GPU power, each", "W"),
    "model.weights_gib": ("Size of the model file", "GiB"),
}


@dataclass(frozen=True, slots=True)
class Form:
    """Everything the form's template reads."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)
    other_problems: list[str] = field(default_factory=list)
    closed: dict[str, dict[str, str]] = field(default_factory=dict)
    filled_in: dict[str, str] = field(default_factory=dict)
    """What the server takes where a field is left empty, for the field's placeholder."""

    @property
    def gpu_rows(self) -> int:
        """One row more than are in use, so that another kind can always be added."""
        used = [i for i, key in enumerate(GPU_KEYS) if self.values.get(key)]
        return min(max(used, default=-1) + 2, GPU_SLOTS)

    def label(self, key: str) -> str:
        """What a field is called on the page."""
        return LABELS.get(key) or OVERRIDES.get(key, (key, ""))[0]

    def changed(self, fold: str) -> int:
        """How many fields of a fold differ from their default."""
        return sum(self.values.get(key, "") != _DEFAULTS.get(key, "") for key in FOLDS[fold])

    def reasons(self) -> dict[str, Any]:
        """What the script cannot read from a whole page: what part of an option is its reason."""
        return {
            "closed": {
                key: [{"reason": reason} for reason in dict.fromkeys(closed.values())]
                for key, closed in self.closed.items()
            }
        }

    def state(self) -> dict[str, Any]:
        """What the page's script applies to the fields after an answer."""
        return {
            "problems": self.problems,
            "closed": {key: _by_reason(closed) for key, closed in self.closed.items()},
            "filled": self.filled_in,
            "changed": {fold: self.changed(fold) for fold in FOLDS},
        }


def _by_reason(closed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Closed options under their reasons, which many of them share."""
    found: dict[str, list[str]] = {}
    for value, reason in closed.items():
        found.setdefault(reason, []).append(value)
    return [{"reason": reason, "values": values} for reason, values in found.items()]


def values_of(spec: BuildSpec) -> dict[str, str]:
    """What stands in each field when the form shows ``spec``.

    One of a part is left to the field's placeholder, as the form is when the part is chosen: a
    page loaded again reads the same.
    """
    given = spec.model_dump(mode="json")
    values = {key: _shown(value_at(given, path)) for key, path in KEYS.items()}
    for i, slot in enumerate(given["machine"]["gpus"]):
        values[GPU_KEYS[i]] = slot["gpu"]
        values[GPU_COUNT_KEYS[i]] = str(slot["count"])
    for key, value in given["machine"]["overrides"].items():
        values[key] = _shown(value)
    for key in ("modules", *GPU_COUNT_KEYS):
        if values.get(key) == "1":
            values[key] = ""
    return values


def _shown(value: Any) -> str:
    return "" if value is None else written(value)


_DEFAULTS = values_of(BuildSpec())


def form_of(assessment: Assessment, catalogue: Catalogue) -> Form:
    """The form showing a question that was answered."""
    values = values_of(assessment.spec)
    chosen = chosen_in(values, catalogue)
    return Form(
        values=values,
        closed=options.closed_options(catalogue, chosen, assessment.fit.impossible),
        filled_in=filled_in(assessment, catalogue),
    )


def form_with_problems(
    raw: Mapping[str, str], typed: Typed, problems: list[Problem], catalogue: Catalogue
) -> Form:
    """The form as it was typed, with a sentence beside each field that needs another look."""
    known = {*KEYS, *GPU_KEYS, *GPU_COUNT_KEYS, *OVERRIDE_KEYS}
    by_key: dict[str, str] = {}
    others: list[str] = []
    for problem in problems:
        key = field_to_key(problem.field)
        if key in known:
            by_key.setdefault(key, problem.message)
        else:
            others.append(problem.message)
    values = {**_DEFAULTS, **typed.shown(raw, by_key)}
    return Form(
        values=values,
        problems=by_key,
        other_problems=others,
        closed=options.closed_options(catalogue, chosen_in(values, catalogue), {}),
    )


def chosen_in(values: Mapping[str, str], catalogue: Catalogue) -> Chosen:
    """The parts named in the form, as far as the catalogue knows them."""

    def find(kind: str, name: str | None) -> Any:
        if not name:
            return None
        try:
            return catalogue.get(kind, name)
        except UnknownSlug:
            return None

    system: SystemFacts | None = find("systems", values.get("system"))
    cpu: CpuFacts | None = find("cpus", values.get("cpu") or (system.cpu_slug if system else None))
    engine: EngineFacts | None = find("engines", values.get("engine"))
    cards: list[GpuFacts] = [c for key in GPU_KEYS if (c := find("gpus", values.get(key)))]
    if not cards and system is not None:
        own = find("gpus", system.gpu_slug)
        cards = [own] if own is not None else []
    return Chosen(cpu=cpu, gpus=tuple(cards), engine=engine)


def _lists(catalogue: Catalogue) -> dict[str, list[Group]]:
    return {
        "system": options.systems(catalogue),
        "cpu": options.cpus(catalogue),
        "module": options.modules(catalogue),
        "gpu": options.gpus(catalogue),
        "link": options.links(catalogue),
        "model": options.models(catalogue),
        "quant": options.quantizations(catalogue),
        "kv": options.kv_formats(catalogue),
        "engine": options.engines(catalogue),
        "placement": options.placements(),
        "flash_attention": [Group("", [Option("true", "On"), Option("false", "Off")])],
        "use_case": options.use_cases(catalogue),
        "country": options.tariffs(catalogue),
        "currency": [Group("", [Option(c, c) for c in CURRENCIES])],
        "condition": [Group("", [Option(c, c) for c in CONDITIONS])],
    }


_latest_lists: Latest[Catalogue, dict[str, list[Group]]] = Latest(_lists)


def choices(catalogue: Catalogue) -> dict[str, list[Group]]:
    """The lists of the form, the same ones while the catalogue is the same."""
    return _latest_lists.of(catalogue)


def choices_with_imports(form: Form, catalogue: Catalogue) -> dict[str, list[Group]]:
    """`choices`, with the imports that stand in the form at the head of their lists."""
    lists = choices(catalogue)
    for key, kind in _IMPORTABLE.items():
        keys = GPU_KEYS if key == "gpu" else (key,)
        named = [v for k in keys if (v := form.values.get(k, "")).startswith(PREFIX)]
        found = {name: fact for name in named if (fact := catalogue.of_kind(kind).get(name))}
        if found:
            own = [Option(name, f"{fact.name} · imported") for name, fact in found.items()]
            lists = {**lists, key: [Group("Imported", own), *lists[key]]}
    return lists


_IMPORTABLE = {"model": "models", "gpu": "gpus", "cpu": "cpus"}


def filled_in(assessment: Assessment, catalogue: Catalogue) -> dict[str, str]:
    """What the server took where the form was left empty, for those fields to show quietly."""
    resolved = assessment.resolved
    engine = catalogue.engines.get(str(resolved.get("engine")))
    found = {
        "engine": engine.name if engine else "",
        "prompt": _shown(resolved.get("prompt_tokens")),
        "generate": _shown(resolved.get("generated_tokens")),
        "kwh": _shown(assessment.cost.electricity_per_kwh),
    }
    return {key: value for key, value in found.items() if value}
