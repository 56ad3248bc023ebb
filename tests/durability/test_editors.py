"""Editors who write at once, through two processes: nothing lost, nobody locked out (T34)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.catalogue.editing.fields import version_of
from app.catalogue.editing.history import edits_since
from app.catalogue.seed import load_seed
from app.catalogue.snapshot import read_state
from app.database import migrate, open_database
from app.operating.backup import contents_of
from app.tokens import create_token
from tests.durability.process import serving
from tests.soak import report_line, times

pytestmark = pytest.mark.soak
EDITORS = 8
SHARED = "nvidia-geforce-rtx-4090"


class Editor:
    """Adds one to a figure again and again, as whoever is told that another came first."""

    def __init__(self, client: httpx.Client, name: str, secret: str, seen: dict[str, Any]) -> None:
        self._client = client
        self._name = name
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._seen = dict(seen)
        """Slug to what this editor believes: version and figure."""
        self.made: list[int] = []
        self.answers: Counter[int] = Counter()
        self.texts: list[str] = []

    def work(self, own: str, edits: int) -> None:
        """Every second edit is of the item that all change."""
        for number in range(edits):
            self._add_one(own if number % 2 else SHARED)

    def _add_one(self, slug: str) -> None:
        while True:
            version, figure = self._seen[slug]
            body = {
                "changes": {"tdp_w": figure + 1},
                "version": version,
                "reason": f"one more, says {self._name}",
                "source": "https://example.org/spec",
            }
            place = f"/api/v1/catalogue/gpus/{slug}"
            answer = self._client.patch(place, json=body, headers=self._headers)
            self.answers[answer.status_code] += 1
            told = answer.json()
            if answer.status_code == 200:
                self.made.append(told["edit"])
                self._seen[slug] = (told["version"], figure + 1)
                return
            if answer.status_code != 409:
                self.texts.append(answer.text)
                return
            theirs = [c["theirs"] for c in told["conflicts"] if c["field"] == "tdp_w"]
            # both wanted the same figure: no conflict of values, and yet not my edit
            self._seen[slug] = (told["version"], theirs[0] if theirs else figure + 1)


def test_no_edit_is_lost(url: str) -> None:
    edits = times(12, 500)
    engine = open_database(url)
    migrate(engine)
    load_seed(engine)
    _, catalogue = read_state(engine)
    slugs = [slug for slug, gpu in catalogue.gpus.items() if gpu.tdp_w and slug != SHARED][:EDITORS]
    seen = {
        slug: (version_of(catalogue.gpus[slug]), catalogue.gpus[slug].tdp_w)
        for slug in (SHARED, *slugs)
    }
    secrets = [create_token(engine, f"Editor {n}", ["edit"]) for n in range(EDITORS)]
    before = contents_of(engine).rows["edit"]
    with serving(url, workers=2) as service:
        clients = [service.client() for _ in range(EDITORS)]
        editors = [
            Editor(client, f"Editor {n}", secret, seen)
            for n, (client, secret) in enumerate(zip(clients, secrets, strict=True))
        ]
        with ThreadPoolExecutor(EDITORS) as pool:
            list(
                pool.map(
                    lambda pair: pair[0].work(pair[1], edits), zip(editors, slugs, strict=True)
                )
            )
        for client in clients:
            client.close()
        service.stop()
    assert [text for editor in editors for text in editor.texts] == []
    made = [number for editor in editors for number in editor.made]
    assert len(set(made)) == len(made) == EDITORS * edits
    assert contents_of(engine).rows["edit"] == before + len(made)
    _, now = read_state(engine)
    assert now.gpus[SHARED].tdp_w == seen[SHARED][1] + EDITORS * ((edits + 1) // 2)
    for slug in slugs:
        assert now.gpus[slug].tdp_w == seen[slug][1] + edits // 2
    last, stored = 0, set()
    while (page := edits_since(engine, after=last, limit=500)).items:
        stored.update(edit.id for edit in page.items)
        last = page.items[-1].id
    assert set(made) <= stored
    engine.dispose()
    answers = sum((editor.answers for editor in editors), Counter())
    report_line(
        "T34",
        f"{EDITORS} editors in 2 processes, {len(made)} edits made and found in the history, "
        f"{answers[409]} told that another came first, 0 refused, 0 lost",
    )
