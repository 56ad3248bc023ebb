"""GET /evidence/accuracy: the tables of the accuracy run, unchanged."""

import json

from app.catalogue.seed_files import SEED_DIR
from tests.client import Client

PATH = "/api/v1/evidence/accuracy"


def test_the_tables_are_those_of_the_file(client: Client) -> None:
    tree = json.loads((SEED_DIR / "accuracy.json").read_text(encoding="utf-8"))
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {name: value for name, value in tree.items() if name != "points"}


def test_an_unchanged_answer_is_short(client: Client) -> None:
    tag = client.get(PATH).headers["etag"]
    again = client.get(PATH, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.headers["etag"] == tag
    assert again.content == b""
