"""Sentences made in code, in another language.

Code below the pages says its sentences in English, as f-strings: ``f"needs {gib(need)} more"``. The
catalogue of a language holds each as a message with numbered gaps, "needs {0} more", found in the
source by `extraction`. A sentence is turned by finding the message it was made from: what fills the
gaps is turned in the same way, or stays where it is a name. So answers keep one spelling wherever
they are stored or compared, and a share can be read in any language.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from app.language.languages import LANGUAGES, Language
from app.language.numbers import localized
from app.language.vocabulary import Vocabulary, prose

_HERE: Final = Path(__file__).parent
_GAP: Final = re.compile(r"\{(\d+)\}")
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
_RUN: Final = re.compile(r"((?:\{\d+\} ?)*\{\d+\})")
#: Between two sentences, or between parts that a sentence lists.
_BREAKS: Final = (
    r"(?<=[.!?])\s+",
    r" \(|\)",
    r"(?<=[:;])\s+| · | — | \+ ",
    r",\s|× [\d.,]+ ",
    r"\b\d+ × ",  # how many of a part
    r"(?<=^[A-D])\s",  # the builds of a comparison
    r",\s(?=[^,]*$)",
    r"(?<=[\d%€–])[ \u202f](?=[a-z])",
)
_SENTENCE_END: Final = re.compile(r"[a-z0-9)%][.!?]\s+[A-Z]")
_SPACES: Final = re.compile(r" (?=[ .,;:])| $")
_ADDRESS: Final = ("http://", "https://", "/")
#: Messages that are tried on one text.
_TRIED: Final = 30
#: How deep gaps within gaps are followed.
_DEPTH: Final = 6
_KEPT: Final = 20_000
_WORD: Final = re.compile(r"\w+")
#: A word with a capital that no sentence begins with.
_WITHIN: Final = re.compile(r"(?<=[^\W\d_A-Z]\s)[A-ZÄÖÜ]\w+")
#: Signs that are looked at for one text, over and over: sentences of the program take half as many
#: at most; what somebody typed in could be put together in more ways than there is time for.
_MOST_SIGNS: Final = 100_000
_signs_left: ContextVar[list[int]] = ContextVar("signs_left")


class _TooManyWaysError(Exception):
    """A text that was not made by the program, and may be put together in any number of ways."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message with gaps: what it looks like, and what it is in the other language.

    Gaps without a word between them are one run: where one ends shows only in what they hold.
    """

    shape: re.Pattern[str]
    runs: tuple[tuple[int, ...], ...]  # the numbers of the gaps in each run, from left to right
    head: str  # what it begins with; empty where that is a gap
    anchor: str  # the longest of its words in one piece: quick to look for
    words: frozenset[str]  # stand in every text it made, whatever its gaps hold
    said: str
    more: bool  # its last gap holds whatever follows its last sentence

    @staticmethod
    def of(source: str, said: str) -> "Message":
        """From the two texts of a catalogue's entry."""
        pieces = _RUN.split(source)
        literals = pieces[0::2]
        runs = tuple(tuple(int(n) for n in _GAP.findall(run)) for run in pieces[1::2])
        shape = "(.*?)".join(re.escape(literal) for literal in literals)
        more = len(literals) > 1 and not literals[-1] and literals[-2].endswith((". ", ": ", "; "))
        anchor = max(literals, key=len)
        return Message(
            re.compile(shape, re.DOTALL),
            runs,
            literals[0],
            anchor,
            _whole_words(literals),
            said,
            more,
        )


def _whole_words(literals: Sequence[str]) -> frozenset[str]:
    """The words between gaps that touch none: beside a gap a word may be part of a longer one."""
    last = len(literals) - 1
    return frozenset(
        found[0]
        for i, literal in enumerate(literals)
        for found in _WORD.finditer(literal)
        if (i == 0 or found.start() > 0) and (i == last or found.end() < len(literal))
    )


@dataclass(frozen=True, slots=True)
class Turned:
    """A text in another language, and what of it no message made.

    ``left`` counts words that some message has; ``pieces`` are the texts, names in them too.
    """

    said: str
    left: int = 0
    pieces: tuple[str, ...] = ()

    @staticmethod
    def joined(said: str, parts: Iterable["Turned"]) -> "Turned":
        """A text put together of parts."""
        whole = list(parts)
        pieces = tuple(chain.from_iterable(part.pieces for part in whole))
        return Turned(said, sum(part.left for part in whole), pieces)


#: Names of the catalogue, which are the same in every language.
_names: Final[set[str]] = set()


def know(names: Iterable[str]) -> None:
    """Leave these texts as they are from now on, wherever a sentence holds one."""
    _names.update(names)


@dataclass
class Phrasebook:
    """All messages of one language. ``missing`` hears of every text that none of them made.

    Several messages may look as if they had made a sentence. The one that leaves fewest words
    unturned did; of equals the one with most words of its own.
    """

    language: Language
    messages: Mapping[str, str]
    missing: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        known = {**dict(_without_ends(self.messages)), **self.messages}
        self._exact = {s: t for s, t in known.items() if not _GAP.search(s)}
        self._nouns = _nouns_in(known.values())
        # what has no word of its own, such as "M{0}", looks like too much and turns nothing
        gapped = [source for source in known if _GAP.search(source) and _LETTERS.search(source)]
        gapped.sort(key=lambda source: -len(_GAP.sub("", source)))
        self._shaped = [Message.of(source, known[source]) for source in gapped]
        self._by_word, self._wordless = _index(self._shaped)
        self._foreign = lru_cache(maxsize=_KEPT)(Vocabulary.of(known).foreign)
        self._turn = lru_cache(maxsize=_KEPT)(self._best)
        self._parts = lru_cache(maxsize=_KEPT)(self._best_parts)
        # apart from the parts: a sentence said before is looked up once, not gap by gap
        self._whole = lru_cache(maxsize=_KEPT)(self._turned)

    def __call__(self, text: str) -> str:
        """The text in this language; what no message made stays, with the language's figures."""
        turned = self._whole(text)
        if self.missing is not None:
            for piece in turned.pieces:
                self.missing(piece)
        return turned.said

    def _turned(self, text: str) -> Turned:
        """The text turned; as it is where that takes too long."""
        _signs_left.set([_MOST_SIGNS])
        try:
            turned = self._part(text, _DEPTH)
        except _TooManyWaysError:
            turned = Turned(text, self._left(text), (text,))
        # what was not said by the program, such as a note, stays in the language of its maker
        unsaid = sum(len(prose(piece)) for piece in turned.pieces)
        if turned.left and unsaid * 3 > len(prose(text)):
            return Turned(localized(text, self.language), turned.left, turned.pieces)
        return turned

    def message(self, message: str) -> str:
        """One message of a template, by its own words; as it is where it has no translation."""
        said = self.messages.get(message)
        if said is None and self.missing is not None:
            self.missing(message)
        return message if said is None else said

    def _part(self, text: str, depth: int) -> Turned:
        """A text with what stands around it."""
        bare = text.strip()
        if not any(letter.isalpha() for letter in bare):
            return Turned(localized(text, self.language))
        if bare.startswith(_ADDRESS):
            return Turned(text)
        start = text.index(bare)
        turned = self._turn(bare, depth)
        return Turned.joined(text[:start] + turned.said + text[start + len(bare) :], [turned])

    def _best(self, text: str, depth: int) -> Turned:
        signs = _signs_left.get()
        signs[0] -= len(text)
        if signs[0] < 0:
            raise _TooManyWaysError
        variants = list(_variants(text))
        known = self._word_for_word(text) or self._enumerated(text)
        if known is not None:
            return Turned(known)
        if text in _names:
            return Turned(text)
        left = self._left(text)
        best = Turned(localized(text, self.language), left, (text,) if prose(text) else ())
        if depth:
            limit = _Limit(left or 1)
            ways = chain(
                self._shaped_like(variants, depth, limit),
                # words that are all strange are one name, and not the parts of a list
                self._pieces(text, depth, limit) if left or not prose(text) else (),
            )
            for found in ways:  # each better than the one before
                best, limit.left = found, found.left
                if not found.left:
                    break
        return best

    def _word_for_word(self, text: str) -> str | None:
        """The text of a message without gaps."""
        for variant in _variants(text):
            if variant.text in self._exact:
                return variant.back(self._exact[variant.text], self._nouns)
        return None

    def _enumerated(self, text: str) -> str | None:
        """A list, "a, b and c", whose every item is a message; None where one is not."""
        head, joint, last = text.rpartition(" and ")
        items = [*head.split(", "), last] if joint else text.split(", ")
        turned = [self._word_for_word(item) for item in items if item]
        if len(items) < 2 or len(turned) < len(items) or None in turned:
            return None
        said = [item for item in turned if item is not None]
        pair = self.messages.get("{0} and {1}") if joint else "{0}, {1}"
        if pair is None:
            return None
        return pair.replace("{0}", ", ".join(said[:-1])).replace("{1}", said[-1])

    def _shaped_like(
        self, variants: Sequence["_Variant"], depth: int, limit: "_Limit"
    ) -> Iterator[Turned]:
        tried = 0
        for message, variant in self._may_have_made(variants):
            match = message.shape.fullmatch(variant.text)
            if match is None:
                continue
            within = match.groups()[:-1] if message.more else match.groups()
            if any(_SENTENCE_END.search(part) for part in within):
                continue
            for parts in (match.groups(), *_later(message, match, variant.text)):
                found = self._filled(message, parts, depth - 1, limit)
                if found is not None:
                    yield Turned.joined(variant.back(found.said, self._nouns), [found])
            tried += 1
            if tried == _TRIED:
                return

    def _may_have_made(
        self, variants: Sequence["_Variant"]
    ) -> Iterator[tuple[Message, "_Variant"]]:
        """Messages whose rarest word is there, those with most words of their own first."""
        places: list[tuple[int, int]] = []
        for i, variant in enumerate(variants):
            words = set(_WORD.findall(variant.text))
            known = (self._by_word[word] for word in words if word in self._by_word)
            places += ((place, i) for place in chain(self._wordless, *known))
        for place, i in sorted(places):
            message, variant = self._shaped[place], variants[i]
            if variant.text.startswith(message.head) and message.anchor in variant.text:
                yield message, variant

    def _filled(
        self, message: Message, parts: Sequence[str], depth: int, limit: "_Limit"
    ) -> Turned | None:
        values: dict[int, Turned] = {}
        left = 0
        for run, part in zip(message.runs, parts, strict=True):
            held = self._parts(part, len(run), depth)
            values |= zip(run, held, strict=True)
            left += sum(turned.left for turned in held)
            if left >= limit.left:
                return None
        said = _GAP.sub(lambda gap: values[int(gap[1])].said, message.said)
        # a space between two gaps is in the message and in what the second holds, if it holds any
        said = _SPACES.sub("", said)
        return Turned.joined(said, values.values())

    def _best_parts(self, text: str, count: int, depth: int) -> Sequence[Turned]:
        """What so many gaps beside each other hold, turned; the last ones may be empty."""
        whole: Sequence[Turned] = [self._part(text, depth), *[Turned("")] * (count - 1)]
        if count == 1 or not whole[0].left:
            return whole
        best, left = whole, whole[0].left
        for space in re.finditer(r"[ ,]", text):
            head = self._part(text[: space.start()], depth)
            if head.left >= left:
                continue
            tail = self._parts(text[space.start() :], count - 1, depth)
            both = head.left + sum(t.left for t in tail)
            if both < left:
                best, left = [head, *tail], both
                if not left:
                    break
        return best

    def _pieces(self, text: str, depth: int, limit: "_Limit") -> Iterator[Turned]:
        """Every piece of what is listed or said one after another by itself."""
        for between in _BREAKS:
            parts = re.split(f"({between})", text)
            if len(parts) == 1:
                continue
            turned: list[Turned] = []
            left = 0
            for i, part in enumerate(parts):
                turned.append(self._part(part, depth - 1) if i % 2 == 0 else Turned(part))
                left += turned[-1].left
                if left >= limit.left:
                    break
            else:
                yield Turned.joined("".join(part.said for part in turned), turned)

    def _left(self, text: str) -> int:
        """How many words of a text are still to turn; what no message has is a name."""
        return sum(not self._foreign(word) for word in prose(text))


class _Limit:
    """Words left of the best way found so far: another way has to leave fewer."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


def _later(message: Message, first: re.Match[str], text: str) -> Iterator[Sequence[str]]:
    """The parts where words between gaps are taken as late as they are there: "{0} of {1}"."""
    if len(message.runs) > 1:
        last = _latest(message.shape.pattern).fullmatch(text)
        if last is not None and last.groups() != first.groups():
            yield last.groups()


@lru_cache
def _latest(shape: str) -> re.Pattern[str]:
    return re.compile(shape.replace("(.*?)", "(.*)"), re.DOTALL)


def _index(shaped: Sequence[Message]) -> tuple[Mapping[str, Sequence[int]], Sequence[int]]:
    """The places of messages by the rarest of their words, and of those without a whole word."""
    common = Counter(word for message in shaped for word in message.words)
    by_word: dict[str, list[int]] = {}
    wordless: list[int] = []
    for place, message in enumerate(shaped):
        rarest = min(message.words, key=lambda word: (common[word], word), default=None)
        (wordless if rarest is None else by_word.setdefault(rarest, [])).append(place)
    return by_word, wordless


@dataclass(frozen=True, slots=True)
class _Variant:
    """A text as it may have been before it began or ended a sentence."""

    text: str
    end: str = ""
    swapped: bool = False

    def back(self, said: str, nouns: AbstractSet[str]) -> str:
        """The turned text at the place of the other; ``nouns`` keep their capital everywhere."""
        if self.swapped and said:
            if not self.text[0].isupper():
                said = said[0].upper() + said[1:]
            elif _first_word(said) not in nouns:
                said = said[0].lower() + said[1:]
        return said + self.end


def _first_word(text: str) -> str:
    found = _WORD.match(text)
    return found[0] if found is not None else ""


def _nouns_in(translations: Iterable[str]) -> frozenset[str]:
    """Words that have a capital within a sentence, as every noun of German has."""
    return frozenset(word for said in translations for word in _WITHIN.findall(said))


def _without_ends(messages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Messages without the signs they begin or end with: where a text is split those are gone."""
    for source, said in messages.items():
        bare, bare_said = source.strip(" ,;:."), said.strip(" \u202f,;:.")
        if bare != source and bare and bare_said and any(c.isalpha() for c in bare):
            yield bare, bare_said


def _variants(text: str) -> Iterator[_Variant]:
    ends = [("", text)]
    if text[-1] in ".:;,!?":
        ends.append((text[-1], text[:-1]))
    for end, part in ends:
        yield _Variant(part, end)
        if part[:1].isalpha():
            yield _Variant(part[0].swapcase() + part[1:], end, swapped=True)


@lru_cache
def messages_of(language: Language) -> Mapping[str, str]:
    """The catalogue of a language, from its .po file; empty for English.

    Raises:
        babel.messages.pofile.PoFileError: the file is no catalogue.
    """
    if language == "en":
        return {}
    with (_HERE / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    return {
        message.id: message.string
        for message in catalog
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and message.id
        and message.string
        and not message.fuzzy
    }


@lru_cache
def phrasebook_of(language: Language) -> Phrasebook:
    """The phrasebook of a language."""
    return Phrasebook(language, messages_of(language))


def prepare(languages: Iterable[Language] = LANGUAGES) -> None:
    """Read the catalogues, so that the first reader of a language does not wait for its own."""
    for language in languages:
        phrasebook_of(language)
