"""`rigwise`: the service and its answers on the command line."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn
from alembic.util.exc import CommandError as AlembicError
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app import __version__
from app.accuracy.calibrate import calibrate, cross_validated, write
from app.accuracy.cross_validation import BYS
from app.accuracy.files import MeasurementFileError, read_measurements, write_rows
from app.accuracy.record import AccuracyError, ClassAccuracy
from app.accuracy.report import predict_rows, summary_of, table_of
from app.advisor.advise import advise
from app.advisor.answer import Recommendations
from app.advisor.query import question_from_query
from app.builds.assess import assess
from app.builds.assessment import Assessment, Cost, Evidence, EvidenceRun, Interval, Verdict
from app.builds.problems import InvalidSpecError
from app.builds.query import problems_of
from app.builds.spec import BuildSpec
from app.builds.words import grouped, seconds, significant
from app.catalogue.seed import load_seed, report_on_seed
from app.catalogue.seed_files import SEED_DIR
from app.catalogue.snapshot import catalogue_from_seed
from app.database import migrate, open_database
from app.database.digests import DamagedError
from app.evidence.calibration import CalibrationError, load_calibration
from app.logs import configure_logging
from app.main import create_app, serve_app
from app.operating.backup import BackupError
from app.operating.commands import add_backup_commands
from app.operating.sentences import sentence_of
from app.serving.connections import PatientConnection
from app.settings import SettingsError, read_settings
from app.start import start
from app.tokens import SCOPES, Token, TokenError, create_token, list_tokens, revoke_token

#: Seconds that requests under way have to end when the service is told to, and that a connection
#: may stay idle.
GRACE_S: Final = 10
KEEP_ALIVE_S: Final = 5
USAGE_ERROR: Final = 2
MARKS: Final = {"yes": "✓ meets", "no": "✗ misses", "maybe": "? open", "unknown": "? unknown"}


class CommandError(Exception):
    """What was asked cannot be done; the message is the one sentence shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 where it did what was asked, 2 with a sentence on stderr where not."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except InvalidSpecError as error:
        for problem in error.problems:
            _complain(f"{problem.field}: {problem.message}" if problem.field else problem.message)
        return USAGE_ERROR
    except (SQLAlchemyError, AlembicError, DamagedError) as error:
        _complain(sentence_of(error))
        return USAGE_ERROR
    except (
        BackupError,
        CommandError,
        TokenError,
        SettingsError,
        CalibrationError,
        AccuracyError,
        MeasurementFileError,
        FileNotFoundError,
    ) as error:
        _complain(str(error))
        return USAGE_ERROR
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone: nothing left to say
        return 0
    return code


def _complain(sentence: str) -> None:
    sys.stderr.write(f"rigwise: {sentence}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rigwise", description="What to buy to run language models on your own hardware."
    )
    parser.add_argument("--version", action="version", version=f"rigwise {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the web service (HOST, PORT, DATABASE_URL)")
    serve.add_argument("--workers", type=int, default=1, help="server processes (default 1)")
    serve.set_defaults(run=_serve)

    commands.add_parser("migrate", help="bring the database up to date").set_defaults(run=_migrate)

    seed = commands.add_parser("seed", help="load the catalogue that comes with the program")
    seed.add_argument("--report", action="store_true", help="only check the files and tell")
    seed.add_argument("--json", action="store_true", help="tell as JSON")
    seed.set_defaults(run=_seed)

    estimate = commands.add_parser("estimate", help="assess a build")
    estimate.add_argument(
        "--spec", required=True, metavar="FILE", help="BuildSpec as JSON; - for standard input"
    )
    estimate.add_argument("--json", action="store_true", help="the Assessment as the API gives it")
    estimate.set_defaults(run=_estimate)

    add_backup_commands(commands)

    advise = commands.add_parser("advise", help="which builds do what is asked, best first")
    advise.add_argument(
        "query",
        metavar="QUERY",
        help='the question as a link of the page says it: "people=20&budget=15000&model=qwen3-32b"',
    )
    advise.add_argument("--json", action="store_true", help="the answer as the API gives it")
    advise.set_defaults(run=_advise)

    calibrate = commands.add_parser(
        "calibrate", help="fit the estimator on the shipped measurements (some minutes)"
    )
    calibrate.add_argument("--output", metavar="DIR", help="where to write (default: seed)")
    calibrate.set_defaults(run=_calibrate)

    accuracy = commands.add_parser("accuracy", help="how right the estimator is")
    which = accuracy.add_mutually_exclusive_group(required=True)
    which.add_argument("--measurements", metavar="FILE", help="predict every row of a CSV")
    which.add_argument(
        "--cross-validate", choices=BYS, help="refit without each group, predict the group"
    )
    accuracy.add_argument("--output", metavar="FILE", help="one row for every row of FILE")
    accuracy.add_argument("--json", metavar="FILE", help="the summary as JSON")
    accuracy.add_argument(
        "--with-excluded", action="store_true", help="put rows set aside as suspect back in"
    )
    accuracy.set_defaults(run=_accuracy)

    token = commands.add_parser("token", help="who may edit the catalogue")
    actions = token.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a token; it is shown once")
    create.add_argument("--name", required=True, help="who uses it; stands in the history")
    create.add_argument(
        "--scope",
        action="append",
        choices=tuple(SCOPES),
        help=f"what it may do (default edit); {'; '.join(f'{s}: {w}' for s, w in SCOPES.items())}",
    )
    create.add_argument("--days", type=int, help="how long it is good (default: until revoked)")
    create.set_defaults(run=_token_create)
    listing = actions.add_parser("list", help="all tokens, without their secrets")
    listing.add_argument("--json", action="store_true", help="tell as JSON")
    listing.set_defaults(run=_token_list)
    revoke = actions.add_parser("revoke", help="end a token and its sign-ins at once")
    revoke.add_argument("--name", required=True)
    revoke.set_defaults(run=_token_revoke)

    commands.add_parser("openapi", help="print the REST API's description").set_defaults(
        run=_openapi
    )
    return parser


def _serve(options: argparse.Namespace) -> int:
    settings = read_settings()
    configure_logging(settings.log_level)
    # what keeps it from starting is said here, once, instead of by every server process
    started = start(settings)
    alone = options.workers == 1
    if not alone:
        started.database.dispose()
    uvicorn.run(
        partial(serve_app, started) if alone else "app.main:serve_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=options.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        # a new worker imports all of the program before it first answers its parent
        timeout_worker_healthcheck=60,
        http=PatientConnection,
    )
    return 0


def _migrate(_: argparse.Namespace) -> int:
    database = open_database(read_settings().database_url)
    migrate(database)
    database.dispose()
    return 0


def _seed(options: argparse.Namespace) -> int:
    if options.report:
        report = report_on_seed()
    else:
        database = open_database(read_settings().database_url)
        migrate(database)
        report = load_seed(database)
        database.dispose()
    if options.json:
        _say(
            json.dumps(
                {
                    "revision": report.revision,
                    "changed": report.changed,
                    "complete": report.complete,
                    "files": [asdict(file) for file in report.files],
                },
                indent=2,
            )
        )
        return 0
    state = "checked" if options.report else ("loaded" if report.changed else "already loaded")
    for line in (f"Catalogue {report.revision}: {state}.", *report.lines()):
        _say(line)
    return 0


def _token_create(options: argparse.Namespace) -> int:
    with _own_database() as database:
        secret = create_token(database, options.name, options.scope or ("edit",), options.days)
    _say(secret)
    sys.stderr.write("This token is shown only now: keep it where you keep passwords.\n")
    return 0


def _token_list(options: argparse.Namespace) -> int:
    with _own_database() as database:
        tokens = list_tokens(database)
    if options.json:
        _say(json.dumps([_token_facts(token) for token in tokens], indent=2))
        return 0
    for token in tokens:
        facts = _token_facts(token)
        ends = f", until {facts['expires_at'][:10]}" if facts["expires_at"] else ""
        used = f"last used {facts['last_used_on']}" if facts["last_used_on"] else "never used"
        _say(f"{token.name}: {', '.join(facts['scopes'])}; {facts['state']}{ends}; {used}")
    if not tokens:
        _say("There is no token: editing is switched off.")
    return 0


def _token_revoke(options: argparse.Namespace) -> int:
    with _own_database() as database:
        revoke_token(database, options.name)
    _say(f"The token {options.name!r} is revoked; whoever signed in with it is signed out.")
    return 0


def _token_facts(token: Token) -> dict[str, Any]:
    now = datetime.now(UTC)
    state = "good" if token.is_good(now) else "revoked" if token.revoked_at else "expired"
    return {
        "name": token.name,
        "scopes": sorted(token.scopes),
        "state": state,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "last_used_on": token.last_used_on.isoformat() if token.last_used_on else None,
    }


@contextmanager
def _own_database() -> Iterator[Engine]:
    """The database of the settings, brought up to date."""
    database = open_database(read_settings().database_url)
    try:
        migrate(database)
        yield database
    finally:
        database.dispose()


def _estimate(options: argparse.Namespace) -> int:
    spec = _read_spec(options.spec)
    started = start(read_settings())
    try:
        assessment = assess(spec, started.world)
    finally:
        started.database.dispose()
    _say(assessment.model_dump_json() if options.json else _in_words(assessment))
    return 0


def _advise(options: argparse.Namespace) -> int:
    spec = question_from_query(options.query.rpartition("?")[2])
    started = start(read_settings())
    try:
        found = advise(spec, started.world)
    finally:
        started.database.dispose()
    _say(found.model_dump_json() if options.json else _list_in_words(found))
    return 0


def _read_spec(name: str) -> BuildSpec:
    """Raises CommandError: no such file. InvalidSpecError: not a BuildSpec."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
    try:
        return BuildSpec.model_validate_json(raw)
    except ValidationError as error:
        raise InvalidSpecError(problems_of(error)) from error


def _calibrate(options: argparse.Namespace) -> int:
    catalogue = catalogue_from_seed()
    outcome = calibrate(catalogue, load_calibration(SEED_DIR / "calibration.json"))
    write(outcome, Path(options.output) if options.output else SEED_DIR)
    lines = [ClassAccuracy(**line) for line in outcome.accuracy["by"]["hardware"]]
    _say(f"Calibration {outcome.calibration['version']}. Hardware left out:\n{table_of(lines)}")
    return 0


def _accuracy(options: argparse.Namespace) -> int:
    catalogue = catalogue_from_seed()
    calibration = load_calibration(SEED_DIR / "calibration.json")
    if options.cross_validate:
        lines = cross_validated(
            catalogue, calibration, options.cross_validate, excluded=options.with_excluded
        )
        summary = {"by": options.cross_validate, "classes": [line.model_dump() for line in lines]}
    else:
        rows = read_measurements(Path(options.measurements), catalogue)
        matched = predict_rows(rows, catalogue, calibration)
        summary = summary_of(matched)
        lines = [ClassAccuracy(**line) for line in summary["classes"]]
        if options.output:
            write_rows(Path(options.output), matched)
        _say(f"{summary['matched']} of {summary['rows']} rows matched.")
        for reason, count in list(summary["unmatched"].items()):
            _say(f"{count:5d} not matched: {reason}")
    if options.json:
        text = json.dumps(summary, indent=2, ensure_ascii=False)
        Path(options.json).write_text(f"{text}\n", encoding="utf-8")
    _say(table_of(lines))
    return 0


def _openapi(_: argparse.Namespace) -> int:
    _say(json.dumps(create_app().openapi(), indent=2, ensure_ascii=False))
    return 0


def _in_words(assessment: Assessment) -> str:
    speed, cost = assessment.speed, assessment.cost
    lines = [
        assessment.title,
        assessment.fit.sentence,
        f"{_span(speed.decode_tps, _rate)}, first token {_span(speed.ttft_s, seconds)}, "
        f"{_price(cost)}. {speed.basis_sentence}",
        "",
        *(_row(verdict) for verdict in assessment.verdicts),
    ]
    found = [f"{check.level}: {check.message}" for check in assessment.checks]
    return "\n".join([*lines, "", *_evidence(assessment.evidence), "", *found]).rstrip()


def _list_in_words(found: Recommendations) -> str:
    currency = found.question.limits.currency
    lines = [found.sentence, found.demand.sentence, ""]
    for build in found.builds:
        people = build.people_served
        serves = f"serves up to {grouped(people)} people. " if people is not None else ""
        lines += [
            f"{build.rank:2d}. {build.title}: {build.model} {build.quantization}, {build.engine}",
            f"    {_span(build.decode_tps, _rate)}, first token {_span(build.ttft_s, seconds)}, "
            f"{_amount(build.purchase.typical, currency)}, {build.basis}",
            f"    {build.machine}",
            f"    {build.why} {serves[:1].upper()}{serves[1:]}".rstrip(),
            *(f"    but: {risk}" for risk in build.risks),
        ]
    lines += [f"{change.change}. {change.sentence}" for change in found.relaxations]
    lines += [
        f"Why not {miss.title}, {_amount(miss.cost, currency)}: {miss.sentence}"
        for miss in found.near_misses
    ]
    searched = found.searched
    looked = (
        f"{grouped(searched.orderable)} builds could be ordered, {grouped(searched.assessed)} "
        f"were worked out in {seconds(searched.seconds)}."
    )
    return "\n".join([*lines, "", looked])


def _amount(value: Decimal | None, currency: str) -> str:
    return "price unknown" if value is None else f"{grouped(value)} {currency}"


def _evidence(evidence: Evidence) -> list[str]:
    """Measured runs, one a line; of the very combination the line with the speed has told."""
    if not evidence.runs:
        return []
    measured = evidence.basis == "measured"
    head = "Runs of this very combination:" if measured else evidence.sentence
    return [head, *(f"  {_run(run)}" for run in evidence.runs)]


def _run(run: EvidenceRun) -> str:
    speed = "–" if run.decode_tps is None else _rate(run.decode_tps)
    seen = f" ({run.observed_on})" if run.observed_on else ""
    what = f"{run.hardware} · {run.model} {run.quantization} · {run.engine}{seen}"
    differs = f": {'; '.join(run.differs)}" if run.differs else ""
    return f"{speed:<12} {what}{differs}"


def _row(verdict: Verdict) -> str:
    return f"{verdict.use_case:<6} {MARKS[verdict.mark]:<10} {verdict.sentence}"


def _rate(tokens_per_second: float) -> str:
    return f"{significant(tokens_per_second)} tok/s"


def _span(interval: Interval, in_words: Callable[[float], str]) -> str:
    low, typical, high = interval.low, interval.typical, interval.high
    if typical is None:
        return "speed unknown" if in_words is _rate else "unknown"
    if low is None or high is None:
        return in_words(typical)
    return f"{in_words(typical)} ({in_words(low)} to {in_words(high)})"


def _price(cost: Cost) -> str:
    typical = cost.purchase.typical
    if typical is None:
        return "price unknown"
    old = " (in part at old prices)" if cost.stale_prices else ""
    return f"{'' if cost.complete else 'at least '}{grouped(typical)} {cost.currency}{old}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
