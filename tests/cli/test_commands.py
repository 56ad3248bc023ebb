"""`rigwise` on the command line: the same answers as the service, and one sentence where not."""

import io
import json
import sys
from pathlib import Path

import pytest

from app import __version__
from app.advisor.query import question_from_query
from app.cli import main
from tests.client import Client
from tests.databases import NewDatabase
from tests.searches import FAST

SPEC = {"machine": {"gpus": [{"gpu": "nvidia-geforce-rtx-4090", "count": 2}]}}


@pytest.fixture
def own_database(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new database for this command."""
    url = new_database()
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    """A build in a file."""
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(SPEC), encoding="utf-8")
    return path


@pytest.mark.usefixtures("own_database")
def test_an_estimate_is_the_one_the_api_gives(
    spec_file: Path, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", "--spec", str(spec_file), "--json"]) == 0
    assert capsys.readouterr().out == client.post("/api/v1/estimates", json=SPEC).text + "\n"


@pytest.mark.usefixtures("own_database")
def test_an_estimate_reads_from_a_pipe_and_speaks_to_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(SPEC).encode())))
    assert main(["estimate", "--spec", "-"]) == 0
    out = capsys.readouterr().out
    assert "GeForce RTX 4090" in out
    assert "tok/s" in out
    assert all(f"uc{n}" in out for n in (1, 2, 3, 4))


@pytest.mark.usefixtures("own_database")
def test_advice_is_the_one_the_api_gives(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    query = f"{FAST}&budget=4000&top=2"
    assert main(["advise", query, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    body = question_from_query(query).model_dump(mode="json")
    asked = client.post("/api/v1/recommendations", json=body).json()
    for answer in (printed, asked):
        del answer["searched"]["seconds"]
    assert printed == asked
    assert main(["advise", f"/advisor?{query}"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(asked["sentence"])
    for build in asked["builds"]:
        assert f"{build['rank']}. {build['title']}" in shown
        assert build["machine"] in shown


@pytest.mark.usefixtures("own_database")
def test_advice_says_what_would_make_it_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", f"{FAST}&budget=500"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Nothing within these limits")
    assert "Raise the budget. Then " in shown


@pytest.mark.usefixtures("own_database")
def test_a_bad_question_is_refused_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", "people=many&colour=red"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "demand.people: Use a whole number." in shown.err
    assert "There is no setting called “colour”." in shown.err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "Invalid JSON"),
        ('{"colour": 1}', "colour: There is no such field."),
        ('{"machine": {"sockets": 0}}', "machine.sockets: Use 1 or more."),
        ('{"machine": {"cpu": "nothing-like-it"}}', "machine.cpu: The catalogue has no CPU"),
    ],
)
@pytest.mark.usefixtures("own_database")
def test_a_bad_build_is_refused_in_sentences(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    assert main(["estimate", "--spec", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("rigwise: ")
    assert sentence in shown.err
    assert "Traceback" not in shown.err


def test_a_missing_file_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", "--spec", "/nothing/here.json"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("RIGWISE_BODY_LIMIT_BYTES", "1"),
        ("RIGWISE_INTERACTIVE_TTFT_S", "nan"),
        ("RIGWISE_LOG_LEVLE", "info"),
        ("DATABASE_URL", "sqlite:////proc/nothing/here.db"),
    ],
)
def test_a_bad_setting_stops_the_start_in_one_sentence(
    name: str,
    value: str,
    spec_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["estimate", "--spec", str(spec_file)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("rigwise: ")
    assert error.count("\n") == 1


@pytest.mark.usefixtures("own_database")
def test_the_seed_is_loaded_once_and_completely(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate"]) == 0
    assert main(["seed", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["changed"]
    assert first["complete"]
    assert all(file["read"] == file["loaded"] for file in first["files"])
    assert main(["seed"]) == 0
    assert "already loaded" in capsys.readouterr().out


def test_the_seed_report_needs_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", "--report"]) == 0
    assert "cpus.csv" in capsys.readouterr().out


def test_openapi_prints_the_committed_description(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == 0
    root = Path(__file__).resolve().parents[2]
    assert capsys.readouterr().out == (root / "openapi.json").read_text(encoding="utf-8")


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"rigwise {__version__}\n"


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(
    own_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "list"]) == 0
    assert "editing is switched off" in capsys.readouterr().out
    assert main(["token", "create", "--name", "Ada", "--scope", "edit", "--days", "30"]) == 0
    made = capsys.readouterr()
    secret = made.out.strip()
    assert secret.startswith("rw_")
    assert "shown only now" in made.err
    assert main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("Ada: edit; good, until ")
    assert "never used" in listed
    assert secret not in listed
    assert main(["token", "create", "--name", "Ada"]) == 2
    assert "already" in capsys.readouterr().err
    assert main(["token", "revoke", "--name", "Ada"]) == 0
    assert main(["token", "revoke", "--name", "Ada"]) == 2
    capsys.readouterr()
    assert main(["token", "list", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [(t["name"], t["scopes"], t["state"]) for t in facts] == [("Ada", ["edit"], "revoked")]
