"""Words of the report and its files that are not part of the assessment, in one place."""

from app.builds.answers.verdicts import WORDS
from app.exports.safe import shortened
from app.language.speaking import AsIs, said

CLASS_WORDS = {name: word.lower() for name, word in WORDS.items()}
MARK_WORDS = {"yes": "meets", "no": "misses", "maybe": "open", "unknown": "unknown"}
VAT_WORDS = {"included": "with VAT", "excluded": "before tax", "unknown": "VAT not stated"}
TRUST = {"measured": "●", "calibrated": "◐", "theoretical": "○", "unknown": "?"}


def short_name(name: str, most: int) -> str:
    """A name in the language being spoken for a narrow place: up to its comma where it is long."""
    whole = said(name)
    return AsIs(shortened(whole if len(whole) <= most else whole.partition(",")[0], most))


def cut(words: str, most: int) -> str:
    """An English text in the language being spoken, shortened where it has over ``most`` signs.

    What is whole in English is whole in every language, though it may take more signs there.
    """
    if isinstance(words, AsIs):
        return AsIs(shortened(words, most * 4 // 3))
    bounded = shortened(words, most)
    if bounded.endswith("…"):
        return AsIs(shortened(said(shortened(words, 2 * most)), most))
    return AsIs(said(bounded))
