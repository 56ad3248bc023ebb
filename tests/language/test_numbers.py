"""Numbers as people write them: read back as printed, and asked about where they could be two."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.builds.words import grouped
from app.language.languages import LANGUAGES, Language
from app.language.numbers import AmbiguousNumberError, in_field, localized, plain_number

languages = st.sampled_from(LANGUAGES)
decimals = st.decimals(-(10**9), 10**9, places=6) | st.integers(-(10**9), 10**9).map(Decimal)
SPACES = (" ", "\u00a0", "\u202f", "\u2009", "'", "\u2019")


def written(value: Decimal) -> str:
    """As a link has it."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(text: str, language: Language, *, whole: bool = False) -> Decimal | tuple[str, str] | None:
    """The number, None for no number, both where it could be two."""
    try:
        plain = plain_number(text, language, whole=whole)
    except AmbiguousNumberError as error:
        return error.grouped, error.decimal
    return None if plain is None else Decimal(plain)


@given(decimals, languages)
def test_what_a_field_shows_is_read_back(value: Decimal, language: Language) -> None:
    assert read(in_field(written(value), language), language) == value


@given(st.integers(0, 10**12), st.integers(0, 6), languages)
def test_what_we_print_is_read_back_or_asked_about(
    digits: int, places: int, language: Language
) -> None:
    value = Decimal(digits).scaleb(-places)
    printed = localized(grouped(value, places), language)
    found = read(printed, language)
    if places == 3 and 1 <= value < 1000 and digits % 10 == 0:  # 1.500
        assert found == (str(digits), written(value))
    else:
        assert found == value, printed


@given(st.integers(1, 10**9), st.sampled_from(["", ".5", ",25", ".125"]), languages)
def test_groups_of_three_are_read_with_any_sign_between_them(
    whole: int, tail: str, language: Language
) -> None:
    expected = Decimal(whole) + Decimal("0" + tail.replace(",", "."))
    for sign in (*SPACES, "." if tail.startswith(",") else ","):
        if sign in ".," and (not tail or whole < 1000):
            continue
        text = f"{whole:,}".replace(",", sign) + tail
        if whole >= 1000 or len(tail) != 4:
            assert read(text, language) == expected, text


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"), languages)
def test_nothing_is_silently_a_thousand_times_off(
    head: int, tail: int, sign: str, language: Language
) -> None:
    text = f"{head}{sign}{tail:03d}"
    grouped_reading, decimal = Decimal(f"{head}{tail:03d}"), Decimal(f"{head}.{tail:03d}")
    found = read(text, language)
    if language == "en" and sign == ",":
        assert found == grouped_reading
    elif sign == ("." if language == "en" else ",") and tail % 10:
        assert found == decimal
    else:
        assert found == (str(grouped_reading), written(decimal))
    # a count of cards or tokens has no decimals: three digits are a group
    assert read(text, language, whole=True) == grouped_reading


@given(st.text(alphabet="0123456789., '\u202f-+e\u2212", max_size=12), languages)
def test_what_is_read_keeps_its_digits(text: str, language: Language) -> None:
    found = plain_or_none(text, language)
    if found is not None and "e" not in text:
        digits = [c for c in text if c.isdigit()]
        kept = [c for c in found if c.isdigit()]
        assert kept in (digits, ["0", *digits])
        assert Decimal(found).is_finite()


def plain_or_none(text: str, language: Language) -> str | None:
    try:
        return plain_number(text, language)
    except AmbiguousNumberError:
        return None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12,5", "12.5"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234,567", "1234.567"),
        ("1'234.5", "1234.5"),
        ("1.234.567", "1234567"),
        ("0,28", "0.28"),
        ("0.125", "0.125"),
        (",5", "0.5"),
        ("5,", "5"),
        ("\u22123,5", "-3.5"),
        ("1e5", "100000"),
        ("1234,567", "1234.567"),
    ],
)
def test_what_is_clear_in_itself_is_the_same_in_every_language(
    language: Language, text: str, value: str
) -> None:
    assert read(text, language) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1 23", "12 34 567", "1.2.3", "1,23,456", "1 234.5,6", "1.", "٣", "1_000", "9" * 99],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read(text, "de") == (Decimal(1) if text == "1." else None)
