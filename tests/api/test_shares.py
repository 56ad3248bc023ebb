"""A share never changes under its reader."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine
from sqlmodel import Session, col, select

from app.builds.assess import World, assess
from app.builds.shares import ShareRow, create_share, read_share
from app.builds.spec import BuildSpec
from app.database.digests import UNSEALED
from tests.client import Client

URL = "/api/v1/shares"
SPEC = {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]}}


def test_a_share_is_found_where_it_was_said_to_be(client: Client) -> None:
    created = client.post(URL, json={"spec": SPEC})
    assert created.status_code == 201
    body = created.json()
    assert re.fullmatch(r"[\w-]{22}", body["slug"])
    assert body["url"] == f"http://testserver/s/{body['slug']}"
    assert created.headers["Location"] == f"{URL}/{body['slug']}"
    found = client.get(created.headers["Location"])
    assert found.status_code == 200
    assert found.headers["X-Robots-Tag"] == "noindex"
    assert datetime.fromisoformat(found.json()["created_at"]).utcoffset() == UTC.utcoffset(None)


def test_what_is_read_is_what_was_issued_to_the_byte(app: FastAPI, client: Client) -> None:
    issued = client.post("/api/v1/estimates", json=SPEC).text
    slug = client.post(URL, json={"spec": SPEC}).json()["slug"]
    before = client.get(f"{URL}/{slug}").text
    assert issued in before
    with Session(app.state.database) as session:
        row = session.exec(select(ShareRow).where(col(ShareRow.slug) == slug)).one()
        # as if an older release had written it: still given back as it is
        row.assessment = row.assessment.replace(
            '"estimator_version":"', '"estimator_version":"0.0-'
        )
        row.digest = UNSEALED
        old = row.assessment
        session.commit()
    after = client.get(f"{URL}/{slug}").text
    assert old in after


def test_each_share_has_an_address_of_its_own(client: Client) -> None:
    slugs = {client.post(URL, json={"spec": SPEC}).json()["slug"] for _ in range(5)}
    assert len(slugs) == 5


def test_a_question_that_cannot_be_answered_is_not_shared(client: Client) -> None:
    answer = client.post(URL, json={"spec": {"machine": {"cpu": "nothing"}}})
    assert answer.status_code == 422
    assert client.post(URL, json={}).json()["errors"][0]["field"] == "spec"
    assert client.post(URL, json={"spec": {}, "price": 1}).status_code == 422


def test_an_unknown_share_reads_as_the_framework_has_it(client: Client) -> None:
    bodies = []
    for slug in ("nothing", "A" * 22):
        answer = client.get(f"{URL}/{slug}")
        assert answer.status_code == 404
        document = answer.json()
        bodies.append((document["title"], document["detail"]))
    assert bodies[0] == bodies[1]


def test_many_writers_at_once_all_get_their_share(app: FastAPI, world: World) -> None:
    assessment = assess(BuildSpec.model_validate(SPEC), world)

    def write(_: int) -> str:
        with Session(app.state.database) as session:
            slug = create_share(session, assessment).slug
            session.commit()
        return slug

    with ThreadPoolExecutor(8) as pool:
        slugs = list(pool.map(write, range(80)))
    with Session(app.state.database) as session:
        assert all(read_share(session, slug) is not None for slug in slugs)


@pytest.fixture
def full_disk(app: FastAPI) -> Iterator[None]:
    """A database that can be read and takes no changes."""
    usual = app.state.database
    path = usual.url.database
    app.state.database = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    yield
    app.state.database.dispose()
    app.state.database = usual


@pytest.mark.sqlite
@pytest.mark.usefixtures("full_disk")
def test_a_database_that_takes_no_changes_is_said_calmly(client: Client) -> None:
    answer = client.post(URL, json={"spec": SPEC})
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"]
    assert client.post("/api/v1/estimates", json=SPEC).status_code == 200
    assert client.get("/readyz").status_code == 200
