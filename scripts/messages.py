"""Find every sentence of templates and code, and bring the catalogues of languages up to date.

`make messages` writes app/language/*.po: what is new is empty, what is gone is dropped. Translators
fill the empty ones in with any .po editor; a test fails while one is missing.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from app.language.extraction import chosen_in, sentences_in
from app.language.languages import LANGUAGES, Language
from app.language.templates import messages_in

ROOT: Final = Path(__file__).resolve().parents[1]
HERE: Final = ROOT / "app" / "language"
#: Rooms whose sentences people read on pages.
ROOMS: Final = (
    "accuracy",
    "advisor",
    "builds",
    "catalogue/editing",
    "catalogue/importers",
    "catalogue/queries.py",
    "database/troubles.py",
    "estimator/calibration.py",
    "exports",
    "pages",
    "serving/access.py",
    "serving/admission.py",
    "serving/deadlines.py",
    "serving/errors.py",
    "serving/following.py",
    "serving/middleware.py",
    "serving/searches.py",
    "tokens.py",
)


def main() -> None:
    """Write the catalogues, or with ``--check`` only say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    missing = 0
    for language in LANGUAGES:
        if language == "en":
            continue
        catalog = up_to_date(language)
        empty = [message for message in catalog if message.id and not message.string]
        missing += len(empty)
        print(f"{language}: {len(catalog)} messages, {len(empty)} to translate")
        if not check:
            (HERE / f"{language}.po").write_bytes(written(catalog))
    sys.exit(1 if check and missing else 0)


def up_to_date(language: Language) -> Catalog:
    """The catalogue with exactly the messages there are, and the translations it has of them."""
    path = HERE / f"{language}.po"
    known = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=language, abort_invalid=True)
    catalog = Catalog(locale=language, project="Rigwise", fuzzy=False)
    for place, message in found():
        before = known.get(message)
        catalog.add(message, before.string if before else "", locations=[(place, None)])
    return catalog


#: Words that sentences put beside figures, one by one.
WORDS: Final = (
    *("CPUs", "GPUs", "answers", "beaten", "becomes", "engines", "formats", "household", "misses"),
    *(
        "models",
        "modules",
        "systems",
        "tokens",
        "years",
        "today's",
        "usable memory",
        "none",
        "owned",
        "quoted",
        "work",
        "space",
        "network",
        "repairs",
        "Summary",
        "Bill",
        "Verdicts",
        "Assumptions",
        "Section",
        "Path",
        "Rule",
        "capacity",
        "limit",
        "per-gib",
        "launch-price",
        "heads",
        "bits",
        "memory types",
        "{0} or {1}",
        "EU household",
        "From {0} at {1} to {2} at {3}.",
    ),
)


def found() -> Iterator[tuple[str, str]]:
    """Every message with the file it is in."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        for message in [*messages_in(source), *chosen_in(source)]:
            yield path.relative_to(ROOT).as_posix(), message
    for room in ROOMS:
        start = ROOT / "app" / room
        for path in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
            for message in sentences_in(path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT).as_posix(), message
    for word in WORDS:
        yield "scripts/messages.py", word
    facts = ROOT / "app" / "catalogue" / "facts.py"
    for message in sentences_in(facts.read_text(encoding="utf-8"), reference=True):
        yield facts.relative_to(ROOT).as_posix(), message
    with (ROOT / "seed" / "use_cases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for field in ("name", "description"):
                if len((row.get(field) or "").split()) > 1:
                    yield "seed/use_cases.csv", row[field]


def written(catalog: Catalog) -> bytes:
    """The file's bytes: the same for the same messages, with no date in them."""
    file = BytesIO()
    write_po(file, catalog, width=100, sort_output=True, omit_header=True, include_lineno=False)
    head = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalog.locale}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return head.encode() + file.getvalue()


if __name__ == "__main__":
    main()
