"""The sentences in the code, and those that templates choose between.

An f-string becomes a message with a gap for each value; a text of several words one as it is, and
so does a word that stands for another: in a table of words, or where one of two is chosen. Doc
strings, descriptions for the REST reference and what is raised for programmers are no sentences of
a page.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment, nodes

#: Calls whose texts nobody reads on a page.
_NOT_SHOWN: Final = frozenset(
    {
        *("ValueError", "TypeError", "KeyError", "RuntimeError", "DamagedError"),
        *("compile", "getLogger", "TypeVar", "verified"),
    }
)
#: Arguments that only the REST reference shows.
_REFERENCE: Final = frozenset({"description", "pattern", "alias"})
#: What is for a program: markup, patterns, addresses, headers.
_CODE: Final = re.compile(r"[<>\\]|%\{|^(?:/|https?:|SELECT|M\d|PRAGMA)|^[\w-]+/[\w*+-]+$|; ?\w+=")
_WORD: Final = re.compile(r"^[^\W\d_]{2,}(?:-[^\W\d_]{3,})*$")


def sentences_in(source: str, *, reference: bool = False) -> list[str]:
    """All messages of a Python file, in order, once each.

    ``reference``: descriptions of fields are read on pages as well.
    """
    found = sorted(_messages(ast.parse(source), reference), key=lambda message: message[0])
    return list(dict.fromkeys(message.strip(" ") for _, message in found))


def chosen_in(source: str) -> list[str]:
    """Texts in the expressions of a template: words it chooses between or hands to a macro."""
    tree = Environment(autoescape=True).parse(source)
    found: dict[str, None] = {}
    for node in tree.find_all((nodes.Output, nodes.Assign, nodes.Call, nodes.Macro)):
        for constant in node.find_all(nodes.Const):
            if isinstance(constant.value, str) and _is_chosen(constant.value):
                found.setdefault(constant.value.strip(" "))
        if isinstance(node, nodes.Call) and getattr(node.node, "name", "") == "term":
            # what it is called where it stands, also where that is one word
            words = [arg.value for arg in node.args[1:] if isinstance(arg, nodes.Const)]
            found.update(dict.fromkeys(word for word in words if _WORD.match(word)))
    return list(found)


def _is_chosen(text: str) -> bool:
    several = len(text.split()) > 1
    named = text[:1].isupper() and text.isalpha() and not text.isupper()
    return (several or named) and not _CODE.search(text) and any(c.isalpha() for c in text)


def _messages(tree: ast.Module, reference: bool) -> Iterator[tuple[int, str]]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        waiting.extend(_read_children(node, reference))
        if isinstance(node, ast.JoinedStr):
            message = _with_gaps(node)
            if _is_said(message):
                yield node.lineno, message
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            message = _numbered(node.value)
            if _is_said(message):
                yield node.lineno, message
        else:
            for part in _words(node):
                if isinstance(part, ast.Constant) and _is_word(part.value):
                    yield part.lineno, str(part.value)


def _words(node: ast.AST) -> list[ast.expr]:
    """Where single words stand for something: of two one is chosen, or a table holds them."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Dict):
        return list(node.values)
    if isinstance(node, ast.Subscript) and _name(node.value) == "Literal":
        return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    return []


def _read_children(node: ast.AST, reference: bool) -> Iterator[ast.AST]:
    doc = _doc_string(node)
    for name, value in ast.iter_fields(node):
        if isinstance(node, ast.JoinedStr) and name == "values":
            for part in value:  # its own words are in the message; its values may hold more
                if isinstance(part, ast.FormattedValue):
                    yield part.value
            continue
        if isinstance(node, ast.keyword) and node.arg in _REFERENCE and not reference:
            continue
        if isinstance(node, ast.Call) and _name(node.func) in _NOT_SHOWN:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and child is not doc:
                yield child


def _doc_string(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            return first
    return None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _with_gaps(text: ast.JoinedStr) -> str:
    message, gaps = "", 0
    for part in text.values:
        if isinstance(part, ast.Constant):
            message += str(part.value)
        elif (fixed := _fixed(part)) is not None:
            message += fixed
        else:
            message += f"{{{gaps}}}"
            gaps += 1
    return message


def _numbered(text: str) -> str:
    """A text that is filled in with ``format``, its gaps numbered as those of an f-string."""
    count = itertools.count()
    return re.sub(r"\{[a-z_]*\}", lambda _: f"{{{next(count)}}}", text)


def _fixed(part: ast.expr) -> str | None:
    """What ``{chr(8239)}`` stands for: a narrow space that the source shall show."""
    value = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(value, ast.Call) and _name(value.func) == "chr":
        number = value.args[0]
        if isinstance(number, ast.Constant) and isinstance(number.value, int):
            return chr(number.value)
    return None


def _is_said(text: str) -> bool:
    """Several words: no key, no pattern, no address."""
    words = [word for word in text.split() if any(c.isalpha() for c in word)]
    return len(text.split()) > 1 and bool(words) and not _CODE.search(text)


def _is_word(value: object) -> bool:
    """One word that people may read: no identifier, no unit."""
    return isinstance(value, str) and bool(_WORD.match(value.strip()))
