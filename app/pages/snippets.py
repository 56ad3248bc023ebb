"""The question of a page as a program would ask it: for cURL, and for Python with httpx."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request

from app.advisor.question import AdvisorSpec
from app.builds.spec import BuildSpec

_API: Final = "api/v1"
_WIDTH: Final = 80


@dataclass(frozen=True, slots=True)
class Snippet:
    """One request, ready to be copied."""

    tool: str
    text: str


def estimate(request: Request, spec: BuildSpec) -> list[Snippet]:
    shows = 'print(answer["title"])\nprint(answer["speed"]["decode_tps"]["typical"], "tok/s")'
    return _post(request, "estimates", _given(spec), shows)


def share(request: Request, slug: str) -> list[Snippet]:
    shows = (
        'assessment = answer["assessment"]\n'
        'print(assessment["title"])\n'
        'print(assessment["speed"]["decode_tps"]["typical"], "tok/s")'
    )
    return _get(request, f"shares/{slug}", shows)


def recommendations(request: Request, question: AdvisorSpec) -> list[Snippet]:
    shows = (
        'for build in answer["builds"]:\n'
        '    print(build["rank"], build["title"], build["decode_tps"]["typical"], "tok/s")'
    )
    return _post(request, "recommendations", _given(question), shows)


def comparison(request: Request, specs: Iterable[BuildSpec]) -> list[Snippet]:
    shows = (
        'for build in answer["assessments"]:\n'
        '    print(build["title"], build["speed"]["decode_tps"]["typical"], "tok/s")'
    )
    return _post(request, "comparisons", {"specs": [_given(spec) for spec in specs]}, shows)


def sweep(request: Request, spec: BuildSpec, axis: str) -> list[Snippet]:
    shows = (
        'for point in answer["points"]:\n'
        '    print(point["label"], point["decode_tps"]["typical"], "tok/s")'
    )
    return _post(request, "sweeps", {"spec": _given(spec), "axis": axis}, shows)


def upgrades(request: Request, spec: BuildSpec) -> list[Snippet]:
    shows = (
        'for step in answer["paid"]:\n'
        '    print(step["label"], step["gained_tps"], "tok/s more for", step["extra_cost"])'
    )
    return _post(request, "upgrades", {"spec": _given(spec)}, shows)


def value(request: Request, asked: Mapping[str, str]) -> list[Snippet]:
    shows = (
        'for point in answer["points"]:\n'
        '    print(point["title"], point["tps_per_1000"], "tok/s per 1000")'
    )
    return _get(request, f"value?{urlencode(asked)}", shows)


def _given(spec: BuildSpec | AdvisorSpec) -> dict[str, Any]:
    """What differs from the defaults; the server fills in the rest."""
    return spec.model_dump(mode="json", exclude_defaults=True)


def _post(request: Request, path: str, body: dict[str, Any], shows: str) -> list[Snippet]:
    url = _url(request, path)
    sent = shlex.quote(json.dumps(body, ensure_ascii=False))
    curl = f"curl -s {url} \\\n  -H 'Content-Type: application/json' \\\n  -d {sent}"
    call = f'httpx.post(\n    "{url}", json=question, timeout=300\n)'
    question = f"question = {pformat(body, width=_WIDTH, sort_dicts=False)}\n"
    return [Snippet("cURL", curl), Snippet("Python", _python(question, call, shows))]


def _get(request: Request, path: str, shows: str) -> list[Snippet]:
    url = _url(request, path)
    call = f'httpx.get("{url}", timeout=300)'
    return [
        Snippet("cURL", f"curl -s {shlex.quote(url)}"),
        Snippet("Python", _python("", call, shows)),
    ]


def _python(question: str, call: str, shows: str) -> str:
    answer = f"answer = {call}.raise_for_status().json()\n"
    return f"import httpx\n\n{question}{answer}{shows}\n"


def _url(request: Request, path: str) -> str:
    return f"{request.base_url}{_API}/{path}"
