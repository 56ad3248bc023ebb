"""The advisor's form: what stands in each field, what is wrong, and good questions to start from.

A form cannot write every setting of a link by itself: cards somebody owns are a list and a number
in the form and ``2xSLUG`` in the link. `settings_of` turns the one into the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.advisor.query import LISTS, field_to_key, question_from_query, values_of
from app.advisor.query import NUMBERS as SETTINGS
from app.advisor.question import FORM_FACTORS, GOALS, SERVICES, VENDORS, AdvisorSpec
from app.builds.problems import InvalidSpecError, Problem
from app.builds.spec import CONDITIONS, CURRENCIES, GPU_SLOTS
from app.catalogue.snapshot import Catalogue, UnknownSlug
from app.latest import Latest
from app.pages import options
from app.pages.options import Group, Option

Pairs = Sequence[tuple[str, str]]

#: Models of each size that many people run, chosen by hand on 2026-11-21; any of them will do.
LEVELS: Final = {
    "Small, 8 to 9 B: short texts, quick answers": (
        "llama-3.1-8b-instruct",
        "qwen3-8b",
        "qwen3.5-9b",
    ),
    "Medium, 20 to 33 B: documents, everyday work": (
        "gpt-oss-20b",
        "mistral-small-3.2-24b-instruct-2506",
        "gemma-3-27b-it",
        "qwen3-32b",
    ),
    "For code, 24 to 33 B": (
        "qwen3-coder-30b-a3b-instruct",
        "qwen2.5-coder-32b-instruct",
        "devstral-small-2-24b-instruct-2512",
    ),
    "Large, 70 to 120 B: hard questions": (
        "gpt-oss-120b",
        "llama-3.3-70b-instruct",
        "qwen2.5-72b-instruct",
        "glm-4.5-air",
    ),
}
SMALL, MEDIUM, CODE, LARGE = (",".join(slugs) for slugs in LEVELS.values())
#: What stands in the form before anything was asked: an answer within seconds for most people.
START: Final = f"use_case=uc2&model={MEDIUM}&quant=q4_k_m"
_TWO_3090: Final = (
    "own=cpu%3Damd-ryzen-9-5950x%26gpu%3Dnvidia-geforce-rtx-3090%26gpus%3D2"
    "%26module%3Dudimm-ddr4-3200-32gb%26modules%3D4"
)


@dataclass(frozen=True, slots=True)
class Example:
    """A question worth asking, as a link."""

    title: str
    words: str
    query: str


EXAMPLES: Final = (
    Example(
        "20 people ask their documents, 10 000 €",
        "The fastest build within the budget, a medium model.",
        f"goal=fastest&people=20&model={MEDIUM}&quant=q4_k_m&budget=10000",
    ),
    Example(
        "Coding alone, 3 000 €",
        "The fastest build that runs a model for code.",
        f"goal=fastest&use_case=uc3&model={CODE}&quant=q4_k_m&budget=3000",
    ),
    Example(
        "200 people and a large model, 60 000 €",
        "The build that serves most people.",
        f"goal=most-users&people=200&model={LARGE}&quant=q4_k_m&budget=60000",
    ),
    Example(
        "A small box under 200 W",
        "The cheapest mini PC that runs a medium model.",
        f"model={MEDIUM}&quant=q4_k_m&watts_max=200&form=mini-pc",
    ),
    Example(
        "What runs on our box with two RTX 3090?",
        "The largest models at Q4_K_M; nothing is bought.",
        f"goal=best-model&quant=q4_k_m&{_TWO_3090}",
    ),
)

CARD_KEYS: Final = tuple("card" if i == 0 else f"card{i + 1}" for i in range(GPU_SLOTS))
CARDS_KEYS: Final = tuple("cards" if i == 0 else f"cards{i + 1}" for i in range(GPU_SLOTS))
#: Fields with numbers, and whether these are whole ones.
NUMBERS: Final = {**SETTINGS, **dict.fromkeys(CARDS_KEYS, True)}
#: Fields that fold away, by the fold they are in.
FOLDS: Final = {
    "uses": ("use_case2", "use_case3", "service", "per_hour", "active"),
    "models": ("must", "size_min", "since", "quant", "bits_min", "engine", "kv", "context"),
    "limits": ("vendor", "form", "watts_max", "condition", "ram_min", "open_frame", "top"),
    "owned": (*CARD_KEYS, *CARDS_KEYS, "own"),
}
LABELS: Final = {
    "use_case": "What for",
    "people": "People",
    "budget": "Budget",
    "currency": "Currency",
    "goal": "Show first",
    "model": "Model",
    "service": "How quick",
    "per_hour": "Requests an hour, each",
    "active": "Requests at the same time",
    "must": "A model that has to fit as well",
    "size_min": "Models of at least",
    "since": "Released since",
    "quant": "Quantisation",
    "bits_min": "Bits a weight, at least",
    "engine": "Engine",
    "kv": "KV cache",
    "context": "Context",
    "vendor": "GPUs made by",
    "form": "Kind of machine",
    "watts_max": "Watts at most",
    "condition": "New or used",
    "ram_min": "Main memory at least",
    "open_frame": "Open frame",
    "top": "Builds listed",
    "card": "Cards you own",
    "own": "The box you own",
}
_GOALS: Final = {
    "cheapest": "the cheapest that will do",
    "fastest": "the fastest",
    "most-users": "what serves most people",
    "best-model": "the largest model",
}
_SERVICES: Final = {
    "interactive": "interactive: people wait for it",
    "background": "background: ready within minutes",
    "off-line": "off-line: done within hours",
    "any": "no matter how slow",
}
_CONDITIONS: Final = {"new": "new", "used": "used", "any": "new or used, the cheaper"}
_FORM_FACTORS: Final = {
    "self-build": "Built from parts",
    "desktop": "Desktop",
    "mini-pc": "Mini PC",
    "laptop": "Laptop",
    "workstation": "Workstation",
    "gpu-server": "GPU server",
    "rack-server": "Rack server",
    "soc-board": "Board",
    "cluster": "Cluster",
}
_VENDORS: Final = {"none": "no GPU at all"}


@dataclass(frozen=True, slots=True)
class AdvisorForm:
    """Everything the form's template reads."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)
    other_problems: list[str] = field(default_factory=list)
    closed: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def card_rows(self) -> int:
        """One row more than are in use, so that another kind can always be added."""
        used = [i for i, key in enumerate(CARD_KEYS) if self.values.get(key)]
        return min(max(used, default=-1) + 2, GPU_SLOTS)

    def label(self, key: str) -> str:
        """What a field is called on the page."""
        return LABELS.get(key, key)

    def changed(self, fold: str) -> int:
        """How many fields of a fold differ from what stands there before anything was asked."""
        return sum(self.values.get(key, "") != _START.get(key, "") for key in FOLDS[fold])

    def wrong(self, fold: str) -> bool:
        """Whether a field of a fold needs another look."""
        return any(key in self.problems for key in FOLDS[fold])

    def ticked(self, key: str, value: str) -> bool:
        """Whether one box of several is ticked."""
        return value in self.values.get(key, "").split(",")


def settings_of(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What was submitted, as settings of a link: cards somebody owns become ``2xSLUG``.

    Raises:
        InvalidSpecError: a number of cards is no number.
    """
    given = list(pairs)
    form_only = dict(pair for pair in given if pair[0] in (*CARD_KEYS, *CARDS_KEYS))
    kept = [pair for pair in given if pair[0] not in (*CARD_KEYS, *CARDS_KEYS)]
    for card, count in zip(CARD_KEYS, CARDS_KEYS, strict=True):
        number = form_only.get(count, "").strip()
        if number and not number.isdecimal():
            raise InvalidSpecError([Problem("owned.gpus", "Use a whole number of cards.")])
        if slug := form_only.get(card, "").strip():
            kept.append(("owned_gpu", f"{number or '1'}x{slug}"))
    return kept


def is_canonical(pairs: Pairs) -> bool:
    """Whether an address holds settings as links write them, not as a form submits them."""
    keys = [key for key, _ in pairs]
    once = len(set(keys)) == len(keys)
    return once and settings_of(pairs) == list(pairs) and all(value for _, value in pairs)


def form_of(spec: AdvisorSpec) -> AdvisorForm:
    """The form showing a question."""
    return AdvisorForm(_in_fields(values_of(spec)))


def form_with_problems(pairs: Pairs, problems: Sequence[Problem], raw: Pairs = ()) -> AdvisorForm:
    """The form as it was typed, with a sentence beside each field that needs another look.

    ``raw`` is what stood in the fields before numbers were read.
    """
    values = dict.fromkeys(_START, "") | {key: _START[key] for key in _NEVER_EMPTY}
    typed: dict[str, list[str]] = {}
    for key, value in pairs:
        typed.setdefault(key, []).append(value)
    joined = {
        key: ",".join(v for v in some if v) if key in LISTS else some[-1]
        for key, some in typed.items()
    }
    values |= _in_fields(joined)
    by_key: dict[str, str] = {}
    others: list[str] = []
    for problem in problems:
        key = "own" if problem.field.startswith("machine.") else field_to_key(problem.field)
        key = "card" if key == "owned_gpu" or key in CARDS_KEYS else key
        if key in LABELS:
            by_key.setdefault(key, problem.message)
        else:
            others.append(problem.message)
    wrong = {*by_key, *(CARDS_KEYS if "card" in by_key else ())}
    values |= {key: text for key, text in raw if key in wrong and key in NUMBERS}
    return AdvisorForm(values, by_key, others)


def start_form() -> AdvisorForm:
    """The form before anything was asked."""
    return AdvisorForm(dict(_START))


def choices(catalogue: Catalogue) -> dict[str, list[Group]]:
    """The lists of the form, the same ones while the catalogue is the same."""
    return _latest_lists.of(catalogue)


def with_own(
    groups: list[Group], value: str, catalogue: Catalogue, kind: str, *, every: bool
) -> list[Group]:
    """A list with what a link asks for on top, where the list itself does not have it.

    ``every``: all that is named is asked for, not any of it.
    """
    if not value or any(option.value == value for group in groups for option in group.options):
        return groups
    names = []
    for slug in value.split(","):
        try:
            name, _, share = slug.partition(":")
            found = catalogue.get(kind, name).name
            names.append(f"{found}, share {share}" if share else found)
        except UnknownSlug:
            return groups
    return [
        Group("Asked for", [Option(value, (" and " if every else " or ").join(names))]),
        *groups,
    ]


def _lists(catalogue: Catalogue) -> dict[str, list[Group]]:
    lengths = {
        slug
        for slug, case in catalogue.use_cases.items()
        if case.prompt_tokens is not None and case.generated_tokens is not None
    }
    known = [
        Option(",".join(slugs), f"{words} ({', '.join(catalogue.models[s].name for s in slugs)})")
        for words, slugs in LEVELS.items()
        if all(slug in catalogue.models for slug in slugs)
    ]
    return {
        "use_case": [
            Group(group.label, [o for o in group.options if o.value in lengths])
            for group in options.use_cases(catalogue)
        ],
        "model": [Group("Any of a few well known", known), *options.models(catalogue)],
        "must": options.models(catalogue),
        "quant": options.quantizations(catalogue),
        "engine": options.engines(catalogue),
        "kv": options.kv_formats(catalogue),
        "card": options.gpus(catalogue),
        "currency": [Group("", [Option(c, c) for c in CURRENCIES])],
        "condition": [Group("", [Option(c, _CONDITIONS[c]) for c in CONDITIONS])],
        "goal": [Group("", [Option(g, _GOALS[g]) for g in GOALS])],
        "service": [Group("", [Option(s, _SERVICES[s]) for s in SERVICES])],
        "vendor": [Group("", [Option(v, _VENDORS.get(v, v)) for v in VENDORS])],
        "form": [Group("", [Option(f, _FORM_FACTORS[f]) for f in FORM_FACTORS])],
    }


_latest_lists: Latest[Catalogue, dict[str, list[Group]]] = Latest(_lists)


def _in_fields(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of a link as the form's fields hold them."""
    values = dict(settings)
    for i, entry in enumerate(filter(None, values.pop("owned_gpu", "").split(","))):
        count, times, slug = entry.partition("x")
        if i < GPU_SLOTS:
            values[CARD_KEYS[i]] = slug if times and count.isdigit() else entry
            values[CARDS_KEYS[i]] = count if times and count.isdigit() and count != "1" else ""
    uses = [use for use in values.get("use_case", "").split(",") if use]
    if 1 < len(uses) <= USE_ROWS:
        for key, use in zip(USE_KEYS, uses, strict=False):
            values[key] = use
    return values


USE_ROWS: Final = 3
#: Fields of further use cases; all of them are called ``use_case`` when they are sent.
USE_KEYS: Final = ("use_case", "use_case2", "use_case3")
#: Fields whose list has no empty entry.
_NEVER_EMPTY: Final = ("use_case", "currency", "goal", "service", "condition", "kv")
_START: Final = _in_fields(values_of(question_from_query(START)))
