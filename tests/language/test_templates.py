"""Templates in another language: the words turned, everything else as it was."""

from pathlib import Path

import pytest
from jinja2 import Environment

from app.language.templates import messages_in, tokens_of, turned

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def shouted(source: str) -> str:
    return turned(source, str.upper)


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ("<p>First token</p>", ["First token"]),
        ("<p>\n  First\n  token </p>", ["First token"]),
        ("<p>{{ a }} of {{ b }} runs</p>", ["{0} of {1} runs"]),
        ("<p>An <a href='/x'>answer</a> here</p>", ["An <0>answer</0> here"]),
        ("<p><span>first token</span> <strong>{{ s }}</strong></p>", ["first token"]),
        ("<p>{% if a %}yes, indeed{% else %}no{% endif %}</p>", ["yes, indeed", "no"]),
        ('<a title="Go on" href="/go on">{{ x }}</a>', ["Go on"]),
        ('<button aria-label="Source of {{ about }}">i</button>', ["Source of {0}", "i"]),
        ('<img alt="{% if a %}One{% else %}Two{% endif %}">', ["One", "Two"]),
        ('<meta name="description" content="What it is"><meta name="robots" content="no">', None),
        ("<script>let word = 1;</script><pre>make run</pre>{# a note #}", []),
        ("<p>{{ a }} · {{ b }}</p>", []),
        ("<p>One<br>two <em>three</em></p>", ["One", "two <0>three</0>"]),
    ],
)
def test_its_messages_are_found(source: str, messages: list[str] | None) -> None:
    assert messages_in(source) == (["What it is"] if messages is None else messages)


def test_values_and_elements_may_change_places() -> None:
    said = {"{0} of <1>{3}</1> runs": "<1>{3}</1>: {0}"}
    source = "<p>{{ a }} of <b>{{ n }}</b> runs</p>"
    assert turned(source, lambda m: said[m]) == "<p><b>{{ n }}</b>: {{ a }}</p>"


def test_names_for_machines_stay() -> None:
    made = shouted('<p class="{{ kind }}" data-x="a {{ b }}">text <code>{{ c }}</code></p>')
    assert 'class="{{ ( kind )|asis }}"' in made
    assert 'data-x="a {{ ( b )|asis }}"' in made
    assert "TEXT" in made
    assert "<code>" in made
    macro = shouted('{% macro to(x) %}href="{{ x }}" title="go there"{% endmacro %}')
    assert macro == '{% macro to(x) %}href="{{ ( x )|asis }}" title="GO THERE"{% endmacro %}'
    assert "|asis" not in shouted('<p title="{{ kind }} here">{{ b }}</p>')


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.name)
def test_a_template_turned_into_itself_says_the_same(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    same = turned(source, lambda message: message)
    assert " ".join(same.replace(" ", "").split()) != ""
    environment = Environment(autoescape=True)
    environment.filters |= dict.fromkeys(("asis", "capital", "query"), str)
    environment.parse(same)
    assert messages_in(same) == messages_in(source)


def test_tokens_of_a_message() -> None:
    assert tokens_of("{0} of <1>{3}</1>, <4/>") == ["</1>", "<1>", "<4/>", "{0}", "{3}"]
