"""Imports as the faces of the product need them: figures read from fields, links into a build."""

import math
from collections.abc import Mapping
from typing import Final

from app.builds.problems import InvalidSpecError, Problem
from app.builds.query import spec_to_query
from app.builds.spec import BuildSpec, DeploymentSpec, GpuSlot, MachineSpec
from app.catalogue.importers.config_keys import CORRECTABLE
from app.catalogue.importers.drafts import CpuDraft, Draft, GpuDraft, ModelDraft
from app.catalogue.importers.hugging_face import FACTS
from app.catalogue.imports import Imported
from app.catalogue.snapshot import Catalogue
from app.estimator.numbers import GIB

#: Figures of a model that are no whole numbers.
_FRACTIONS: Final = frozenset(
    {"params_total_b", "params_active_b", "active_read_per_token_b", "params_published_b"}
)
_LARGEST: Final = 1e15
#: Everything `figures_of` reads, and whether it is a whole number.
FIGURES: Final[Mapping[str, bool]] = {key: key not in _FRACTIONS for key in (*CORRECTABLE, *FACTS)}


def figures_of(values: Mapping[str, str]) -> dict[str, float]:
    """Figures somebody gave about a model, by the key of a config or the name of a fact.

    Raises:
        InvalidSpecError: a key nobody asks for, or no figure.
    """
    found: dict[str, float] = {}
    problems: list[Problem] = []
    for key, raw in values.items():
        text = raw.strip()
        if not text:
            continue
        if key not in CORRECTABLE and key not in FACTS:
            problems.append(Problem(key[:80], f"There is no figure called “{key[:80]}”."))
            continue
        figure = _figure(text)
        if figure is None:
            problems.append(Problem(key, "Use a plain number such as 12.5."))
        elif key not in _FRACTIONS and figure != int(figure):
            problems.append(Problem(key, "Use a whole number."))
        elif key in _FRACTIONS and not 0 < figure <= 1e5:
            problems.append(Problem(key, "Use billions, above 0: 8.03 for an 8B model."))
        else:
            found[key] = figure
    if problems:
        raise InvalidSpecError(problems)
    return found


def _figure(text: str) -> float | None:
    if len(text) > 40 or not text.isascii() or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= _LARGEST else None


#: What an estimate of speed cannot do without, by kind of draft.
_NEEDED: Final[Mapping[type[Draft], Mapping[str, str]]] = {
    ModelDraft: {
        "params_total_b": "parameters",
        "params_active_b": "active parameters",
        "n_layers": "layers",
        "n_full_attention_layers": "layers with full attention",
        "hidden_size": "hidden size",
        "n_heads": "attention heads",
        "n_kv_heads": "KV heads",
        "head_dim": "size of a head",
        "vocab_size": "vocabulary",
        "kv_bytes_per_token_f16": "KV cache per token",
        "kv_fixed_bytes_per_seq": "KV cache per sequence",
        "architecture": "whether it is dense or a mixture",
        "attention": "kind of attention",
    },
    GpuDraft: {
        "memory_gib": "memory",
        "bandwidth_gbs": "bandwidth",
        "fp32_tflops": "FP32 rate",
        "architecture": "architecture",
        "memory_type": "type of memory",
    },
    CpuDraft: {
        "cores": "cores",
        "memory_channels": "memory channels",
        "memory_mts_max": "memory speed",
        "isa": "vector instructions",
    },
}


def wanting(draft: Draft) -> list[str]:
    """What an estimate with this will say is unknown; empty where nothing is."""
    needed = _NEEDED[type(draft)]
    missing = [words for field, words in needed.items() if getattr(draft, field) in (None, ())]
    if isinstance(draft, CpuDraft) and not (
        draft.all_core_ghz or draft.base_ghz or draft.boost_ghz
    ):
        missing.append("a clock")
    return missing


def build_of(imported: Imported, catalogue: Catalogue) -> BuildSpec:
    """A question that names the import, to go on from; a file's own format and size come along."""
    draft = imported.draft
    if isinstance(draft, ModelDraft):
        known = draft.weights_format and catalogue.known("quantizations", draft.weights_format)
        deployment = DeploymentSpec(model=imported.name)
        if known:
            deployment = deployment.model_copy(update={"quantization": known})
        machine = MachineSpec()
        if draft.weights_bytes:
            machine = MachineSpec(
                overrides={"model.weights_gib": round(draft.weights_bytes / GIB, 3) or 0.001}
            )
        return BuildSpec(machine=machine, deployment=deployment)
    if isinstance(draft, GpuDraft):
        return BuildSpec(machine=MachineSpec(gpus=(GpuSlot(gpu=imported.name),)))
    return BuildSpec(machine=MachineSpec(cpu=imported.name))


def configure_query(imported: Imported, catalogue: Catalogue) -> str:
    """The configurator's query string of `build_of`."""
    return spec_to_query(build_of(imported, catalogue))
