"""Sentences made in code find the message they were made from."""

import pytest

from app.language.extraction import chosen_in, sentences_in
from app.language.languages import preferred
from app.language.numbers import localized
from app.language.phrasebook import Phrasebook, know

BOOK = Phrasebook(
    "de",
    {
        "The first token takes {0}{1}, less than {2} are needed.": (
            "Das erste Token braucht {0}{1}, nötig sind weniger als {2}."
        ),
        "with {0} at once": "bei {0} gleichzeitig",
        "{0} requests": "{0} Anfragen",
        "one request": "eine Anfrage",
        "{0} more than the first": "{0} mehr als die erste",
        "as fast": "ebenso schnell",
        "{0} and {1}": "{0} und {1}",
        "{0} {1}, as seen.": "{0} {1}, wie gesehen.",
        "unknown": "unbekannt",
        "Old prices: {0}. Ask for a quote.": "Alte Preise: {0}. Ein Angebot einholen.",
    },
)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("unknown", "unbekannt"),
        (
            "The first token takes 3.5\u202fs with 4 requests at once, less than 3\u202fs are "
            "needed.",
            "Das erste Token braucht 3,5\u202fs bei 4 Anfragen gleichzeitig, nötig sind weniger "
            "als 3\u202fs.",
        ),
        (
            "The first token takes 1.0\u202fs, less than 3\u202fs are needed.",
            "Das erste Token braucht 1,0\u202fs, nötig sind weniger als 3\u202fs.",
        ),
        (
            "200\u202f€ more than the first and as fast.",
            "200\u202f€ mehr als die erste und ebenso schnell.",
        ),
        (
            "Old prices: Qwen3.5 and Llama 3.1. Ask for a quote.",
            "Alte Preise: Qwen3.5 und Llama 3.1. Ein Angebot einholen.",
        ),
        ("RTX 5090, as seen.", "RTX 5090, wie gesehen."),
        ("RTX, as seen.", "RTX, wie gesehen."),
        ("  unknown ", "  unbekannt "),
        ("GeForce RTX 5090", "GeForce RTX 5090"),
        ("Llama 3.1 8B", "Llama 3.1 8B"),
        ("1\u202f234.5\u202ftok/s", "1\u202f234,5\u202ftok/s"),
        ("", ""),
    ],
)
def test_a_sentence_is_turned(english: str, german: str) -> None:
    assert BOOK(english) == german


def test_a_noun_keeps_its_capital_within_a_sentence() -> None:
    book = Phrasebook(
        "de",
        {
            "Power": "Leistung",
            "Open": "Offen",
            "What {0} takes, its power included.": "Was {0} braucht, mit seiner Leistung.",
        },
    )
    assert book("power") == "Leistung"
    assert book("open") == "offen"


def test_what_no_message_made_is_told() -> None:
    heard: list[str] = []
    book = Phrasebook("fr", {"unknown": "inconnu"}, missing=heard.append)
    assert book("A sentence nobody wrote down") == "A sentence nobody wrote down"
    assert heard == ["A sentence nobody wrote down"]


def test_sentences_of_code_are_found() -> None:
    source = '''
"""A doc string is none."""
WORDS = {"yes": "meets", "no": "misses"}
def f(n, x):
    """Nor is this."""
    if n < 0:
        raise ValueError("only for programmers")
    return f"{n} {'person' if n == 1 else 'people'} wait{chr(8239)}{x:g} s " + f"{n}-{x}"
FIELD = Field(description="Only the REST reference says this")
'''
    assert set(sentences_in(source)) == {
        "meets",
        "misses",
        "person",
        "people",
        "{0} {1} wait\u202f{2} s",
    }


def test_words_a_template_chooses_between_are_found() -> None:
    source = (
        """{{ "one request" if n == 1 else "Several" }}{{ m.icon("yes") }}{% set x = "No way" %}"""
    )
    assert chosen_in(source) == ["one request", "Several", "No way"]


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("1.8", "1,8"),
        ("−0.4 %", "−0,4 %"),
        ("12 346", "12 346"),
        ("1.8–3.5 s", "1,8–3,5 s"),
        ("llama.cpp 0.9.1", "llama.cpp 0.9.1"),
        ("Qwen2.5", "Qwen2.5"),
    ],
)
def test_figures_take_the_sign_of_the_language(text: str, german: str) -> None:
    assert localized(text, "de") == german
    assert localized(text, "en") == text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("it,fr;q=0.4,en;q=0.3", "fr"),
        ("en-GB,de;q=0.9", "en"),
        ("fr;q=0, de;q=0.1", "de"),
        ("de;q=nonsense", "en"),
        ("zh," * 5000, "en"),
    ],
)
def test_the_browser_says_which_language(header: str, language: str) -> None:
    assert preferred(header) == language


def test_a_name_of_the_catalogue_stays_though_messages_have_its_words() -> None:
    book = Phrasebook("de", {"mini": "klein", "{0} instead of {1}": "{0} statt {1}"})
    assert book("mini") == "klein"
    know(["Ling mini 2.0 16B", "A (mini)"])
    assert book("Ling mini 2.0 16B instead of A (mini)") == "Ling mini 2.0 16B statt A (mini)"


def test_what_a_term_is_called_is_found_though_it_is_one_word() -> None:
    assert chosen_in('<p>In the {{ term("median-error", "median") }}</p>') == ["median"]
    assert chosen_in('{{ term("placement", name) }}{{ figure(x, "plain") }}') == []
