"""Schemathesis: the service answers as openapi.json says, whatever it is asked and in what order.

Of each operation 200 questions are made from the description, some as described and some not, with
a fixed seed, and put to the application in this process; then operations follow each other by the
links of the description. `positive_data_acceptance` may see 422 and 413, as no schema can say which
slugs the catalogue has. `negative_data_rejection` stays away from bodies that are a build, a
question or an import: links and forms give these as text, so "8" counts as 8 in JSON as well.
Tokens have a table of their own in tests/security/test_tokens.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    unsupported_method,
)
from starlette.types import Receive, Scope, Send

from app.builds.assess import World
from app.main import create_app
from app.serving.searches import Searches
from app.settings import Settings
from app.tokens import create_token
from tests.advisor.small import subset
from tests.soak import report_line, times

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = schemathesis.openapi.from_path(ROOT / "openapi.json")
DESCRIPTION.config.update(base_url="http://testserver", request_timeout=120)
DESCRIPTION.config.checks.positive_data_acceptance.expected_statuses += ["413", "422"]
DESCRIPTION.config.checks.negative_data_rejection.expected_statuses += ["413"]  # wrong by length
EXAMPLES = times(200, 2_000)
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: Bodies that are read as leniently as a form.
LENIENT = ("estimates", "sweeps", "comparisons", "upgrades", "shares", "recommendations", "imports")
#: With POST or PATCH these are addresses of a kind "changes" or of an entry of a kind "edits".
SHARED = ("/api/v1/catalogue/changes", "/api/v1/catalogue/edits/{edit}/undo")


@schemathesis.serializer("application/jsonl", "application/x-ndjson")
def as_it_is(_: Any, value: Any) -> bytes:
    """Of a file of lines, whatever was made up for it."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class SmallMarket(Searches):
    """Searches as ever, among two machines' parts: the whole market takes seconds a question."""

    def __init__(self, world: World) -> None:
        super().__init__()
        kept = {
            "cpus": {"amd-ryzen-9-9950x", "amd-ryzen-ai-max-395"},
            "gpus": {"nvidia-geforce-rtx-5090", "nvidia-geforce-rtx-3090"},
            "memory-modules": {"udimm-ddr5-5600-48gb"},
            "systems": {"framework-desktop-128gb-ryzen-ai-max-395"},
            "models": {"qwen3-32b", "qwen2.5-14b-instruct"},
            "quantizations": {"q4_k_m", "f16"},
        }
        catalogue = subset(world.catalogue, kept, world.catalogue.prices)
        self.small = replace(world, catalogue=catalogue)

    async def answer(self, spec: Any, world: World, **how: Any) -> Any:
        return await super().answer(spec, self.small, **how)

    async def value(self, model: str, quantization: str, world: World, *how: Any) -> Any:
        return await super().value(model, quantization, self.small, *how)


class StartedOnce:
    """An application that goes on when Schemathesis ends it, as it does after each operation."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.over = False
        self._running = app.router.lifespan_context(app)
        self._state: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app({**scope, "state": dict(self._state)}, receive, send)
            return
        await receive()
        if self._state is None:
            self._state = await self._running.__aenter__()
            self.app.state.searches = SmallMarket(self.app.state.world)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self.over:
            await self._running.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def asking(folder: Path) -> Iterator[dict[str, Any]]:
    """How the application is asked: through no socket, with a token that may edit."""
    url = f"sqlite:///{folder / 'rigwise.db'}"
    settings = Settings(database_url=url, shares_per_hour=1_000_000, api_per_minute=0)
    app = create_app(settings)
    once = StartedOnce(app)
    with asgi.get_client(once) as session:
        secret = create_token(app.state.database, "Ada", ["edit"])
        yield {"session": session, "headers": {"Authorization": f"Bearer {secret}"}}
        with asgi.get_client(once):  # Schemathesis may have ended it already
            once.over = True
            asgi.shutdown_lifespans()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One application for all operations."""
    with asking(tmp_path_factory.mktemp("contract")) as found:
        yield found


@pytest.fixture
def walked(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """One of its own, so that a walk does not depend on what was asked before."""
    with asking(tmp_path) as found:
        yield found


@DESCRIPTION.parametrize()
@QUICK
def test_every_answer_is_as_described(case: Case, asked: dict[str, Any]) -> None:
    left_out = [ignored_auth]
    if case.path.rpartition("/")[2] in LENIENT or "/v1/imports/" in case.path:
        left_out.append(negative_data_rejection)
    if case.path in SHARED:
        left_out.append(unsupported_method)
    case.call_and_validate(**asked, excluded_checks=left_out)


def test_operations_follow_each_other_by_the_links(walked: dict[str, Any]) -> None:
    """Shares and imports are read back, edits are undone; on the way anything may be asked."""
    followed: set[str] = set()

    class Walk(DESCRIPTION.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return walked

        def validate_response(self, response: Any, case: Case, **_: Any) -> None:
            if response.status_code in (200, 201):
                followed.add(f"{case.method} {case.operation.path}")
            left_out = [ignored_auth, negative_data_rejection, unsupported_method]
            case.validate_response(response, excluded_checks=left_out)

    Walk.run(settings=settings(QUICK, max_examples=times(60, 600), stateful_step_count=8))
    assert {"GET /api/v1/shares/{slug}", "GET /api/v1/imports/{slug}"} <= followed
    report_line("T10", f"{EXAMPLES} questions of each operation, {len(followed)} followed in walks")
