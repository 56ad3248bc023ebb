"""Words of the report and its files that are not part of the assessment, in one place."""

from app.builds.answers.verdicts import WORDS

CLASS_WORDS = {name: word.lower() for name, word in WORDS.items()}
MARK_WORDS = {"yes": "meets", "no": "misses", "maybe": "open", "unknown": "unknown"}
VAT_WORDS = {"included": "with VAT", "excluded": "before tax", "unknown": "VAT not stated"}
TRUST = {"measured": "●", "calibrated": "◐", "theoretical": "○", "unknown": "?"}
