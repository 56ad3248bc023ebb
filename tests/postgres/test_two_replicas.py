"""The same service on PostgreSQL, with two replicas that start together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from anyio.from_thread import BlockingPortal
from sqlalchemy import create_engine, func, select, text
from sqlmodel import Session

from app.catalogue.snapshot import Catalogue
from app.catalogue.tables import TABLES, RevisionRow
from app.settings import Settings
from app.start import Started, start
from app.tokens import create_token
from tests.client import Client
from tests.databases import PostgresServer
from tests.editing.conftest import Service, running
from tests.editing.test_following import seconds_until

pytestmark = pytest.mark.postgres
SPEC = {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090"}]}}


@pytest.fixture(scope="module")
def postgresql_url(postgres_server: PostgresServer) -> str:
    """The address of an empty database."""
    return postgres_server.new_database("replicas")


@pytest.fixture(scope="module")
def replicas(postgresql_url: str) -> Iterator[list[Started]]:
    """Two of them, started at the same moment on an empty database."""
    settings = Settings(database_url=postgresql_url)
    with ThreadPoolExecutor(2) as pool:
        started = list(pool.map(start, [settings, settings]))
    yield started
    for each in started:
        each.database.dispose()


@pytest.fixture(scope="module")
def clients(
    postgresql_url: str, replicas: list[Started], portal: BlockingPortal
) -> Iterator[list[Client]]:
    """One client for each replica."""
    assert replicas, "they have to have started together before"
    with (
        running(postgresql_url, portal) as one,
        running(postgresql_url, portal) as other,
        Client(one, portal) as first,
        Client(other, portal) as second,
    ):
        yield [first, second]


def test_exactly_one_migrates_and_seeds(replicas: list[Started], catalogue: Catalogue) -> None:
    with Session(replicas[0].database) as session:
        assert session.scalar(select(func.count()).select_from(RevisionRow)) == 1
        stored = session.scalar(select(func.count()).select_from(TABLES["cpus"]))
        heads = session.scalar(text("SELECT count(*) FROM alembic_version"))
    assert stored == len(catalogue.cpus)
    assert heads == 1


def test_the_catalogue_is_the_one_sqlite_gives(
    replicas: list[Started], catalogue: Catalogue
) -> None:
    assert replicas[0].world.catalogue == replicas[1].world.catalogue == catalogue


def test_an_answer_is_the_one_sqlite_gives(clients: list[Client], client: Client) -> None:
    texts = {c.post("/api/v1/estimates", json=SPEC).text for c in (*clients, client)}
    assert len(texts) == 1


def test_a_share_made_on_one_is_read_on_the_other(clients: list[Client]) -> None:
    one, other = clients
    place = one.post("/api/v1/shares", json={"spec": SPEC}).headers["Location"]
    answer = other.get(place)
    assert answer.status_code == 200
    assert one.post("/api/v1/estimates", json=SPEC).text in answer.text
    assert answer.text == one.get(place).text


def test_an_edit_on_one_shows_on_the_other_and_is_undone(
    postgresql_url: str, replicas: list[Started], portal: BlockingPortal
) -> None:
    secret = create_token(replicas[0].database, "Ada", ["edit"])
    slug, seed = "nvidia-geforce-rtx-4090", replicas[0].world.catalogue.revision
    with running(postgresql_url, portal) as one, running(postgresql_url, portal) as other:
        editor, reader = Service(one, portal, secret), Service(other, portal)
        seen = editor.version("gpus", slug)
        made = editor.change("gpus", slug, tdp_w=451, launch_price_usd="1600.10")
        assert made.status_code == 200, made.text
        assert seconds_until(lambda: reader.catalogue.revision == made.json()["revision"]) < 2
        told = reader.rest("GET", f"/gpus/{slug}").json()
        assert (told["tdp_w"], told["launch_price_usd"]) == (451, "1600.1")
        assert reader.rest("GET", f"/catalogue/changes?since={seed}").json()["total"] == 1
        late = Service(other, portal, secret).change_from(seen, "gpus", slug, tdp_w=452)
        assert late.status_code == 409
        assert late.json()["conflicts"][0]["theirs"] == 451
        undo = f"/catalogue/edits/{made.json()['edit']}/undo"
        assert editor.rest("POST", undo, {"reason": "a slip"}).json()["revision"] == seed
        assert seconds_until(lambda: reader.catalogue.revision == seed) < 2
        assert reader.catalogue == editor.catalogue


def test_it_is_ready(clients: list[Client]) -> None:
    assert [client.get("/readyz").status_code for client in clients] == [200, 200]


def test_connections_that_were_cut_are_opened_again(
    postgresql_url: str, clients: list[Client]
) -> None:
    engine = create_engine(postgresql_url)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with engine.connect() as connection:
        connection.execute(text(cut))
    engine.dispose()
    for client in clients:
        assert client.post("/api/v1/shares", json={"spec": SPEC}).status_code == 201
