"""Rigwise beside other estimators, on the same measured runs: `make bench-accuracy`.

Which runs: every usable row of seed/measurements whose device, model and format the catalogue
holds, whose prompts and context stay within 4096 tokens, and that is of one of these groups.

* One request alone (single GPU, Apple, unified SoC, multi-GPU split, CPU only): llama.cpp and
  what is built on it, and MLX; decode speed stated without its prompt. One row for each device,
  number of cards, model, format and engine: the one with the least context, then with the prompt
  nearest to 512 tokens, then the newest.
* Serving: vLLM, SGLang or TensorRT-LLM on a GPU that aiconfigurator has, one card or a tensor
  split, prompts of up to 16384 tokens. One row for each of those and each band of requests at a
  time (1, 2-8, 9-32, 33-128, more), chosen alike.

A peer that has no such device, model, format or kind of run has not answered; that is counted,
and is no error. Errors are absolute, relative to the measured figure; bias is the median of
predicted over measured.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.accuracy.predict import Prediction
from app.accuracy.rows import NoMatch, Question, questions_of
from app.catalogue.facts import MeasurementFacts
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import Catalogue, catalogue_from_seed
from app.estimator.calibration import Calibration
from app.evidence.calibration import load_calibration
from scripts.peers.aiconfigurator import BACKENDS, SYSTEMS

ROOT = Path(__file__).resolve().parent.parent
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
PEERS = ("whichllm", "llmcalculator", "servcalc", "llmfit", "aiconfigurator")
PEER_TIMEOUT_S = 900
AT_A_TIME = 2
MARKS = ("<!-- table: begin -->", "<!-- table: end -->")
GROUPS = ("single GPU", "Apple", "unified SoC", "multi-GPU split", "CPU only", "serving")
ALONE_ENGINES = ("llama.cpp", "ik_llama.cpp", "llamafile", "ollama", "mlx")
ALONE_TOKENS, SERVED_TOKENS = 4096, 16384
BANDS = (1, 8, 32, 128)


#: Said under the table: what Rigwise's figures are. Goes with `rigwise_prediction`.
RIGWISE_BASIS = "rigwise: every run predicted by a fit that never saw its hardware"


def rigwise_prediction(
    row: MeasurementFacts, question: Question, catalogue: Catalogue, calibration: Calibration
) -> Prediction:
    """What Rigwise says of a run whose hardware its fit never saw; NoMatch where nothing."""
    found = _held_out().get((row.row_id, question.quantity))
    if found is None:
        raise NoMatch("not among the held-out runs")
    typical, factor, device_class = found
    return Prediction(typical / factor, typical, typical * factor, "calibrated", device_class)


@cache
def _held_out() -> dict[tuple[str, str], tuple[float, float, str]]:
    """Predictions with the hardware left out, as `rigwise calibrate` wrote them."""
    points = json.loads((SEED_DIR / "accuracy.json").read_text(encoding="utf-8"))["points"]
    return {
        (row, quantity): (typical, factor or 3.0, device_class)
        for row, quantity, device_class, _, typical, factor in points
    }


# ---------------------------------------------------------------------------------------------
# Which runs


@dataclass(frozen=True)
class Case:
    """A measured run, and what everybody is asked about it."""

    row: MeasurementFacts
    group: str
    questions: dict[str, Question]  # decode, prefill, ttft


def select(catalogue: Catalogue) -> list[Case]:
    """The cases, by the rule at the top of this file."""
    chosen: dict[tuple[Any, ...], Case] = {}
    for row in sorted(catalogue.measurements, key=_preference):
        group = group_of(row, catalogue)
        key = (group, *_key(row, group))
        if group is None or key in chosen:
            continue
        try:
            questions = {
                q.quantity.split("_")[0]: q
                for q in questions_of(row, catalogue)
                if _comparable(q, group)
            }
        except NoMatch:
            continue
        if questions:
            chosen[key] = Case(row, group, questions)
    return sorted(chosen.values(), key=lambda c: (GROUPS.index(c.group), c.row.row_id))


def group_of(row: MeasurementFacts, catalogue: Catalogue) -> str | None:
    """The group a row counts in; None where it is of no kind compared here."""
    engine = row.engine_slug or ""
    if not row.usable or None in (row.model_slug, row.quantization_slug):
        return None
    tokens = max(row.prompt_tokens or 0, row.context_depth or 0)
    if engine in BACKENDS:
        lengths = row.prompt_tokens and row.generated_tokens and row.concurrency
        split = row.parallelism == "tensor" if (row.gpu_count or 1) > 1 else True
        fits = row.gpu_slug in SYSTEMS and row.kind in ("gpu", "multi-gpu")
        return "serving" if lengths and split and fits and tokens <= SERVED_TOKENS else None
    if not engine.startswith(ALONE_ENGINES) or (row.concurrency or 1) > 1:
        return None
    if row.decode_kind not in (None, "pure") or tokens > ALONE_TOKENS:
        return None
    if row.kind == "cpu":
        return "CPU only" if row.cpu_slug else None
    gpu = catalogue.gpus.get(row.gpu_slug or "")
    if gpu is None or row.parallelism not in (None, "none", "layer"):
        return None
    if row.kind == "multi-gpu":
        return "multi-GPU split" if row.parallelism == "layer" and not gpu.unified_memory else None
    if (row.gpu_count or 1) > 1 or row.kind not in ("gpu", "apple", "soc"):
        return None
    if gpu.segment == "apple":
        return "Apple"
    return "unified SoC" if gpu.unified_memory else "single GPU"


def _key(row: MeasurementFacts, group: str | None) -> tuple[Any, ...]:
    device = row.cpu_slug if group == "CPU only" else row.gpu_slug
    users = sum((row.concurrency or 1) > band for band in BANDS) if group == "serving" else 0
    cards = row.gpu_count or 1
    return (device, cards, row.model_slug, row.quantization_slug, row.engine_slug, users)


def _preference(row: MeasurementFacts) -> tuple[Any, ...]:
    depth = row.prompt_tokens or 0 if row.context_depth is None else row.context_depth
    newest = [-int(part) for part in (row.observed_on or "0").split("-") if part.isdigit()]
    return (depth, abs((row.prompt_tokens or 512) - 512), newest, row.row_id)


def _comparable(question: Question, group: str) -> bool:
    """Serving rows state times to the first token, the rest prompt speeds."""
    return question.quantity != ("prefill_tps" if group == "serving" else "ttft_ms")


def case_of(case: Case, catalogue: Catalogue) -> dict[str, Any]:
    """A case as the peers read it."""
    row = case.row

    def facts(kind: str, slug: str | None) -> dict[str, Any] | None:
        return catalogue.get(kind, slug).model_dump(mode="json") if slug else None

    cpu_run = case.group == "CPU only"
    words = f"{row.offload_note} {row.notes}"
    expert = next((w for w in words.replace(";", " ").split() if w[:2] == "EP" and w[2:]), "")
    return {
        "id": row.row_id,
        "group": case.group,
        "gpu": None if cpu_run else facts("gpus", row.gpu_slug),
        "gpu_count": row.gpu_count or 1,
        "cpu": facts("cpus", row.cpu_slug),
        "memory_gib": row.memory_gib,
        "model": facts("models", row.model_slug),
        "quantization": row.quantization_slug,
        "weights_gib": row.weights_gib,
        "engine": row.engine_slug,
        "expert_parallel": int(expert[2:]) if expert[2:].isdigit() else None,
        **{name: _load(question, row) for name, question in case.questions.items()},
    }


def _load(question: Question, row: MeasurementFacts) -> dict[str, Any]:
    """Lengths and crowd. Prompts of a served run are as long as its source says: which request
    a median is of is our own reading, and must not count against others.
    """
    work = question.spec.workload
    stated = row.prompt_tokens if question.quantity == "ttft_ms" else None
    return {
        "prompt_tokens": round(stated) if stated else work.prompt_tokens,
        "generated_tokens": work.generated_tokens,
        "cached_tokens": work.cached_tokens or 0,
        "concurrency": work.concurrency,
        "whole_run": question.whole_run,
    }


# ---------------------------------------------------------------------------------------------
# What each says


def ask_rigwise(cases: Sequence[Case], catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """Our answers, in the form of a peer's."""
    calibration = load_calibration(SEED_DIR / "calibration.json")
    answers: dict[str, dict[str, Any]] = {}
    for case in cases:
        answer: dict[str, Any] = {}
        for name, question in case.questions.items():
            try:
                said = rigwise_prediction(case.row, question, catalogue, calibration)
            except NoMatch as reason:
                answer.setdefault("unanswered", str(reason))
                continue
            answer["ttft_ms" if name == "ttft" else name] = said.typical
            if name == "decode":
                answer |= {"low": said.low, "high": said.high}
        answers[case.row.row_id] = answer
    return answers


def ask_peer(peer: str, cases: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A peer's answers, from its own program in the peers' environment."""
    with tempfile.TemporaryDirectory(prefix="peer-") as scratch:
        done = subprocess.run(
            [PEERS_PYTHON, "-W", "ignore", "-m", f"scripts.peers.{peer}"],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": scratch},
            input=json.dumps(cases),
            capture_output=True,
            text=True,
            timeout=PEER_TIMEOUT_S,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{peer} failed: {done.stderr.strip()[-2000:]}")
    answers: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return answers


# ---------------------------------------------------------------------------------------------
# How far off


@dataclass(frozen=True)
class Score:
    """One estimator on one group of cases."""

    group: str
    who: str
    cases: int
    answered: int
    decode_median: float | None
    decode_p90: float | None
    decode_bias: float | None
    covered: float | None
    prefill_median: float | None
    prefill_p90: float | None
    ours_decode: float | None  # Rigwise's medians on the cases this one answered
    ours_prefill: float | None


def score(
    group: str,
    who: str,
    cases: Iterable[Case],
    answers: dict[str, dict[str, Any]],
    ours: dict[str, dict[str, Any]],
) -> Score:
    """The errors of one estimator on some cases."""
    cases = list(cases)
    decode, prefill, our_decode, our_prefill = [], [], [], []
    inside: list[bool] = []
    answered = 0
    for case in cases:
        answer = answers.get(case.row.row_id, {})
        own = ours.get(case.row.row_id, {})
        said = False
        for name, question in case.questions.items():
            key = "ttft_ms" if name == "ttft" else name
            value = answer.get(key)
            if not value or not math.isfinite(value):
                continue
            said = True
            (decode if name == "decode" else prefill).append(value / question.measured)
            if own.get(key):
                kept = our_decode if name == "decode" else our_prefill
                kept.append(own[key] / question.measured)
            if name == "decode" and answer.get("low") is not None:
                inside.append(answer["low"] <= question.measured <= answer["high"])
        answered += said
    return Score(
        group,
        who,
        len(cases),
        answered,
        *_errors(decode),
        statistics.median(decode) if decode else None,
        sum(inside) / len(inside) if inside else None,
        *_errors(prefill),
        _errors(our_decode)[0],
        _errors(our_prefill)[0],
    )


def _errors(ratios: list[float]) -> tuple[float | None, float | None]:
    """Median and 90th percentile of the absolute relative error."""
    if not ratios:
        return None, None
    errors = sorted(abs(ratio - 1) for ratio in ratios)
    return statistics.median(errors), errors[math.ceil(0.9 * len(errors)) - 1]


def scores_of(cases: Sequence[Case], said: dict[str, dict[str, dict[str, Any]]]) -> list[Score]:
    """Every estimator on every group."""
    ours = said.get("rigwise", {})
    return [
        score(group, who, (c for c in cases if c.group == group), answers, ours)
        for group in GROUPS
        for who, answers in said.items()
    ]


def table(scores: Sequence[Score]) -> str:
    """The scores in aligned columns."""
    head = [
        (
            "",
            "answered",
            "decode error",
            "",
            "bias",
            "range",
            "prefill error",
            "",
            "Rigwise",
            "there",
        ),
        ("", "", "median", "p90", "", "covers", "median", "p90", "decode", "prefill"),
    ]
    lines: list[tuple[str, ...]] = [*head]
    for group in GROUPS:
        of_group = [s for s in scores if s.group == group and s.cases]
        if not of_group:
            continue
        first = "time to first token" if group == "serving" else ""
        lines.append((group, "", "", "", "", "", first, "", "", ""))
        lines += [_line(s) for s in of_group]
    widths = [max(len(line[i]) for line in lines if line not in head) for i in range(10)]
    widths = [max(w, *(len(h[i]) for h in head)) for i, w in enumerate(widths)]
    widths[6] = max(len("median"), 6)
    printed = [_aligned(line, widths).rstrip() for line in lines]
    return "\n".join([*printed, "", RIGWISE_BASIS])


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = line
    cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
    return "  ".join([first.ljust(widths[0]), *cells])


def _line(s: Score) -> tuple[str, ...]:
    def percent(value: float | None) -> str:
        return "-" if value is None else f"{value:.0%}"

    return (
        f"  {s.who}",
        f"{s.answered} of {s.cases}",
        percent(s.decode_median),
        percent(s.decode_p90),
        "-" if s.decode_bias is None else f"x{s.decode_bias:.2f}",
        percent(s.covered),
        percent(s.prefill_median),
        percent(s.prefill_p90),
        "" if s.who == "rigwise" else percent(s.ours_decode),
        "" if s.who == "rigwise" else percent(s.ours_prefill),
    )


def refreshed(text: str, printed: str, day: str) -> str:
    """A document with the table between its marks replaced.

    Raises ValueError where the document has no such marks.
    """
    before, _, rest = text.partition(MARKS[0])
    _, found, after = rest.partition(MARKS[1])
    if not found:
        raise ValueError("the document has no marks for the table")
    return f"{before}{MARKS[0]}\nAs printed on {day}:\n\n```text\n{printed}\n```\n{MARKS[1]}{after}"


def main() -> None:
    """Print the table, or everything as JSON."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("--json", action="store_true", help="every answer, as JSON")
    options.add_argument("--document", type=Path, help="put the table between its marks as well")
    options.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS)
    chosen = options.parse_args()
    catalogue = catalogue_from_seed()
    cases = select(catalogue)
    asked = [case_of(case, catalogue) for case in cases]
    said = {"rigwise": ask_rigwise(cases, catalogue)}
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        # the slow ones first
        running = {peer: pool.submit(ask_peer, peer, asked) for peer in reversed(chosen.peers)}
        said |= {peer: running[peer].result() for peer in chosen.peers}
    scores = scores_of(cases, said)
    if chosen.json:
        measured = {c.row.row_id: {n: q.measured for n, q in c.questions.items()} for c in cases}
        tree = {"scores": [asdict(s) for s in scores], "measured": measured, "answers": said}
        json.dump(tree, sys.stdout, indent=1)
    else:
        sys.stdout.write(table(scores) + "\n")
    if chosen.document:
        text = chosen.document.read_text()
        today = datetime.now(UTC).date().isoformat()
        chosen.document.write_text(refreshed(text, table(scores), today))


if __name__ == "__main__":
    main()
