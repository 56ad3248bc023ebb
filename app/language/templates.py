"""Words of a template in another language, found by reading it.

A template is written in English, without marks. Before Jinja compiles it for a language its text is
cut into messages: what stands between block elements and statements, with inline elements as
``<1>…</1>`` and values as ``{0}``, and attributes that people read. Each message is replaced by its
translation, so that showing a page costs nothing more than in English, and nothing is forgotten:
`messages_in` finds the very same messages for the catalogue.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

Turn = Callable[[str], str]

#: Elements within a sentence; all others end it.
INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "cite", "code", "data", "dfn", "em", "i", "kbd", "q", "s", "small"}
    | {"span", "strong", "sub", "sup", "time", "u", "var", "wbr"}
)
#: Elements whose content is no prose.
OPAQUE: Final = frozenset({"script", "style", "pre", "code", "textarea"})
#: Attributes that are read or heard.
READ: Final = frozenset(
    {"title", "aria-label", "aria-description", "placeholder", "alt", "content"}
)
_VOID: Final = frozenset({"br", "wbr", "img", "input", "hr", "meta", "link", "use", "path"})
_JINJA: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_TAG_START: Final = re.compile(r"</?[a-zA-Z{]|<!")
_TAG_NAME: Final = re.compile(r"</?\s*([a-zA-Z][\w-]*)?")
_ATTRIBUTE: Final = re.compile(
    r"""(?<=[\s"'}])([a-z][a-z-]*)\s*=\s*"((?:\{\{.*?\}\}|\{%.*?%\}|[^"])*)\"""", re.DOTALL
)
#: An attribute that a macro writes into somebody else's tag.
_BARE: Final = re.compile(
    r"""(?<![\w-])[a-z][a-z-]*="(?:\{\{.*?\}\}|\{%.*?%\}|[^"<>])*\"""", re.DOTALL
)
_VALUE: Final = re.compile(r"\{\{(-?)(.*?)(-?)\}\}", re.DOTALL)
_TOKEN: Final = re.compile(r"\{(\d+)\}|<(\d+)>|</(\d+)>|<(\d+)/>")
_LETTER: Final = re.compile(r"[^\W\d_]")
_ENTITY: Final = re.compile(r"&\w+;")


@dataclass(slots=True)
class Token:
    """A piece of a template: text, a value, a tag, or something that ends a sentence."""

    kind: str  # "text", "value", "open", "close", "void", "break"
    raw: str
    name: str = ""


@dataclass(slots=True)
class Node:
    """Text, a value, or an inline element with what it holds."""

    raw: str
    kind: str
    children: list["Node"] = field(default_factory=list)
    end: str = ""

    @property
    def source(self) -> str:
        """As it stands in the template."""
        return self.raw + "".join(child.source for child in self.children) + self.end


def turned(source: str, turn: Turn) -> str:
    """The template with each message replaced by what ``turn`` makes of it.

    Values within attributes that nobody reads, and within code, are marked ``|asis``: they are
    names for machines, whatever language the page has.
    """
    return "".join(_written(run, turn) for run in _runs(list(_tokens(source, turn))))


def messages_in(source: str) -> list[str]:
    """All messages of a template, in order, once each."""
    found: dict[str, None] = {}

    def note(message: str) -> str:
        found.setdefault(message)
        return message

    turned(source, note)
    return list(found)


def tokens_of(message: str) -> list[str]:
    """The gaps and elements of a message, sorted: a translation has to have the same."""
    return sorted(match[0] for match in _TOKEN.finditer(message))


def _tokens(source: str, turn: Turn) -> Iterator[Token]:
    at, opaque = 0, ""
    while at < len(source):
        jinja, tag = _JINJA.search(source, at), _TAG_START.search(source, at)
        bare = None if opaque else _BARE.search(source, at)
        begins = [m.start() for m in (jinja, tag, bare) if m is not None]
        start = min(begins, default=len(source))
        if start > at:
            yield Token("break" if opaque else "text", source[at:start])
        if start == len(source):
            return
        if jinja is not None and jinja.start() == start:
            at = jinja.end()
            yield _statement_or_value(jinja[0], opaque)
            continue
        if bare is not None and bare.start() == start:
            at = bare.end()
            yield Token("break", _with_attributes(f" {bare[0]}", turn)[1:])
            continue
        at = _tag_end(source, start)
        token = _tag(source[start:at], turn)
        if not opaque and token.kind == "open" and token.name in OPAQUE:
            opaque = token.name
        elif opaque and token.name == opaque and token.raw.startswith("</"):
            opaque = ""
            yield Token("break", token.raw)
            continue
        yield Token("break", token.raw) if opaque else token


def _statement_or_value(raw: str, opaque: str) -> Token:
    if not raw.startswith("{{"):
        return Token("break", raw)
    return Token("break", _as_is(raw)) if opaque else Token("value", raw)


def _tag_end(source: str, start: int) -> int:
    """Behind the ">" that ends a tag: not one within quotes or within what Jinja reads."""
    at, quote = start + 1, ""
    while at < len(source):
        jinja = _JINJA.match(source, at)
        if jinja is not None:
            at = jinja.end()
            continue
        sign = source[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == ">":
            return at + 1
        at += 1
    return len(source)


def _tag(raw: str, turn: Turn) -> Token:
    match = _TAG_NAME.match(raw)
    name = (match[1] or "").lower() if match is not None else ""
    written = raw if raw.startswith("</") else _with_attributes(raw, turn)
    if name not in INLINE and name not in OPAQUE:
        return Token("break", written, name)
    if raw.startswith("</"):
        return Token("close", written, name)
    return Token("void" if name in _VOID or raw.endswith("/>") else "open", written, name)


def _with_attributes(raw: str, turn: Turn) -> str:
    """A tag whose readable attributes are turned, with all other values as they are."""
    named = re.search(r'name="(description|twitter:\w+)"|property="og:', raw)

    def replaced(match: re.Match[str]) -> str:
        name, value = match[1], match[2]
        if name not in READ or (name == "content" and not named):
            return _as_is(match[0])
        pieces = re.split(r"(\{%.*?%\}|\{#.*?#\})", value, flags=re.DOTALL)
        said = "".join(
            piece if i % 2 else _written([_node(t) for t in _plain_tokens(piece)], turn)
            for i, piece in enumerate(pieces)
        )
        return f'{name}="{said}"'

    out, at = "", 0
    for match in _ATTRIBUTE.finditer(raw):
        out += _as_is(raw[at : match.start()]) + replaced(match)
        at = match.end()
    return out + _as_is(raw[at:])


def _plain_tokens(text: str) -> Iterator[Token]:
    at = 0
    for match in _VALUE.finditer(text):
        if match.start() > at:
            yield Token("text", text[at : match.start()])
        yield Token("value", match[0])
        at = match.end()
    if at < len(text):
        yield Token("text", text[at:])


def _as_is(raw: str) -> str:
    return _VALUE.sub(r"{{\1 (\2)|asis \3}}", raw)


def _runs(tokens: Sequence[Token]) -> Iterator[list[Node]]:
    """Sentences: what stands between breaks, as trees; tags without a partner are breaks too."""
    run: list[Token] = []
    for token in tokens:
        if token.kind == "break":
            yield from _balanced(run)
            yield [Node(token.raw, "break")]
            run = []
        else:
            run.append(token)
    yield from _balanced(run)


def _balanced(run: Sequence[Token]) -> Iterator[list[Node]]:
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for i, token in enumerate(run):
        if token.kind == "open":
            waiting.append(i)
        elif token.kind == "close":
            same = [at for at in waiting if run[at].name == token.name]
            if same:
                partner[same[-1]] = i
                waiting = [at for at in waiting if at < same[-1]]
    alone = {
        i
        for i, token in enumerate(run)
        if token.kind in ("open", "close") and i not in partner and i not in partner.values()
    }
    part: list[Token] = []
    for i, token in enumerate(run):
        if i in alone:
            yield _tree(part)
            yield [Node(token.raw, "break")]
            part = []
        else:
            part.append(token)
    yield _tree(part)


def _tree(tokens: Sequence[Token]) -> list[Node]:
    top = Node("", "top")
    stack = [top]
    for token in tokens:
        if token.kind == "close":
            stack.pop().end = token.raw
            continue
        node = _node(token)
        stack[-1].children.append(node)
        if token.kind == "open":
            stack.append(node)
    return top.children


def _node(token: Token) -> Node:
    return Node(token.raw, "element" if token.kind == "open" else token.kind)


def _written(nodes: Sequence[Node], turn: Turn) -> str:
    """Nodes beside each other, turned: as one message where there is text between them."""
    if not any(node.kind == "text" and _has_letters(node.raw) for node in nodes):
        return "".join(
            node.raw + _written(node.children, turn) + node.end
            if node.kind == "element"
            else node.source
            for node in nodes
        )
    pieces: list[str] = []
    message = _message(nodes, pieces)
    said = turn(" ".join(message.split()))
    lead = message[: len(message) - len(message.lstrip())]
    tail = message[len(message.rstrip()) :]
    return lead + _filled(said, pieces) + tail


def _message(nodes: Sequence[Node], pieces: list[str]) -> str:
    """The message of nodes; ``pieces`` collects what its numbers stand for."""
    message = ""
    for node in nodes:
        number = len(pieces)
        if node.kind == "text":
            message += node.raw
        elif node.kind == "value":
            pieces.append(node.raw)
            message += f"{{{number}}}"
        elif node.kind == "element" and (node.children or node.end):
            pieces.extend((node.raw, node.end))
            message += f"<{number}>{_message(node.children, pieces)}</{number}>"
        else:
            pieces.append(node.source)
            message += f"<{number}/>"
    return message


def _filled(said: str, pieces: Sequence[str]) -> str:
    def piece(match: re.Match[str]) -> str:
        value, start, end, void = match.groups()
        if end is not None:
            return pieces[int(end) + 1]
        return pieces[int(value or start or void)]

    return _TOKEN.sub(piece, said)


def _has_letters(text: str) -> bool:
    return bool(_LETTER.search(_ENTITY.sub("", text)))
