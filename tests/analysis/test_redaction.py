"""Redaction: what leaks and what is eaten over written sentences, and what `Redactor` promises."""

import json
import unicodedata
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from analysis.redaction import (
    KnownValue,
    PersonalDataKind,
    Redactor,
    contains_personal_data,
    known_from_texts,
    known_from_value,
    strip_invisible,
)


class Case(NamedTuple):
    """A sentence and the parts of it that are personal."""

    text: str
    hidden: list[str]


CASES = [
    Case(**json.loads(line))
    for line in Path(__file__).with_name("redaction_cases.jsonl").read_text("utf-8").splitlines()
]
LETTERS = st.text(st.sampled_from("aAbß1 2-_@.:/#+([])'\n\u0301\u200d\u00ad é漢👍"), max_size=80)


def is_hidden(part: str, text: str) -> bool:
    return part not in Redactor().redact(text)


def false_alarms(case: Case) -> list[str]:
    spans = [(case.text.index(part), len(part)) for part in case.hidden]
    return [
        case.text[match.start : match.end]
        for match in contains_personal_data(case.text)
        if not any(match.start < at + size and match.end > at for at, size in spans)
    ]


def test_recall_over_the_written_sentences() -> None:
    parts = [(part, case.text) for case in CASES for part in case.hidden]
    missed = [part for part, text in parts if not is_hidden(part, text)]
    assert len(parts) > 100
    assert len(missed) <= 0.02 * len(parts), missed


def test_precision_over_the_written_sentences() -> None:
    alarms = [alarm for case in CASES for alarm in false_alarms(case)]
    assert len([case for case in CASES if not case.hidden]) > 60
    assert len(alarms) <= 1, alarms


@pytest.mark.parametrize(
    "text",
    [
        case.text
        for case in CASES
        # A greeted company looks like a greeted person; precision counts it.
        if not case.hidden and not case.text.startswith("Hello Acme,")
    ],
)
def test_product_vocabulary_stays_as_it_is(text: str) -> None:
    assert Redactor().redact(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm Anna Keller, anna@example.org.", "I'm [NAME], [EMAIL]."),
        ("Call +49 30 901820.", "Call [PHONE]."),
        ("card 4111 1111 1111 1111", "card [CARD]"),
        ("to DE89 3704 0044 0532 0130 00 please", "to [IBAN] please"),
        ("SSN 536-22-8841", "SSN [SSN]"),
        ("Ticket #48213 of c-7719", "Ticket #[ID] of [ID_2]"),
        ("from 203.0.113.77", "from [IP]"),
        ("born on 14 March 1986", "born on [DATE_OF_BIRTH]"),
        ("at 975 Sunset Drive, Austin, TX 78701 now", "at [ADDRESS] now"),
        ("see https://x.example/o/9182731?a=b now", "see [URL_WITH_ID] now"),
    ],
)
def test_each_kind_has_its_placeholder(text: str, expected: str) -> None:
    assert Redactor().redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112 is no card by its check digit",
        "DE89 3704 0044 0532 0130 01 is no IBAN by its check digits",
    ],
)
def test_check_digits_tell_cards_and_ibans(text: str) -> None:
    kinds = {match.kind for match in contains_personal_data(text)}
    assert not kinds & {PersonalDataKind.CARD, PersonalDataKind.IBAN}


def test_different_values_are_numbered_and_equal_ones_are_not() -> None:
    redactor = Redactor()
    assert redactor.redact("a@x.example wrote to b@x.example") == "[EMAIL] wrote to [EMAIL_2]"
    assert redactor.redact("B@x.example answered") == "[EMAIL_2] answered"


def test_one_number_in_two_spellings_is_one_value() -> None:
    redacted = Redactor().redact("Call (415) 555-0132, I repeat 415-555-0132.")
    assert redacted == "Call [PHONE], I repeat [PHONE]."


def test_known_values_are_found_where_no_pattern_would() -> None:
    known = known_from_value(
        {"customer": {"first_name": "Tolu", "last_name": "Brandywine", "dob": "1990-04-05"}}
    )
    redacted = Redactor(known).redact("Does Brandywine (April 5, 1990) fly? TOLU BRANDYWINE does.")
    assert redacted == "Does [NAME] ([DATE_OF_BIRTH]) fly? [NAME] does."


def test_a_known_name_that_is_an_everyday_word_hides_only_itself() -> None:
    redactor = Redactor([KnownValue(PersonalDataKind.NAME, "Jo Brown")])
    assert redactor.redact("Brown wants the brown bag.") == "[NAME] wants the brown bag."


def test_a_name_introduced_in_one_text_is_hidden_in_the_others() -> None:
    texts = ["My name is Oluchi Danjuma.", "Then Danjuma paid."]
    redactor = Redactor(known_from_texts(texts))
    assert [redactor.redact(text) for text in texts] == ["My name is [NAME].", "Then [NAME] paid."]


def test_a_lower_case_author_is_hidden_as_a_name() -> None:
    redactor = Redactor(known_from_value({"resolution": {"by": "x", "author": "tolu"}}))
    assert redactor.redact("Tolu approved it.") == "[NAME] approved it."


def test_values_are_redacted_by_their_keys_and_by_their_text() -> None:
    value: JsonValue = {
        "name": "issue_refund",
        "arguments": {"user_id": "mia_li_3668", "amount": 50, "note": "asked by a@x.example"},
        "customer": {"name": "Tolu Ade", "email": "a@x.example", "zip": 78701, "city": "Austin"},
        "items": [{"product_id": "6086499569x", "last_name": "Moss"}],
        "ok": True,
        "price": 12.5,
        "none": None,
    }
    assert Redactor().redact_value(value) == {
        "name": "issue_refund",
        "arguments": {"user_id": "[ID]", "amount": 50, "note": "asked by [EMAIL]"},
        "customer": {"name": "[NAME]", "email": "[EMAIL]", "zip": "[ADDRESS]", "city": "Austin"},
        "items": [{"product_id": "[ID_2]", "last_name": "[NAME_2]"}],
        "ok": True,
        "price": 12.5,
        "none": None,
    }


def test_keys_that_are_personal_are_redacted_too() -> None:
    assert Redactor().redact_value({"a@x.example": 1}) == {"[EMAIL]": 1}


def test_deep_nesting_is_cut_and_not_followed() -> None:
    value: JsonValue = "a@x.example"
    for _ in range(400):
        value = [value]
    assert "x.example" not in json.dumps(Redactor().redact_value(value))


def test_matches_of_a_proposal_are_ordered_and_apart() -> None:
    text = "Dear Ms Okonkwo, mail a@x.example about order #99120."
    matches = contains_personal_data(text)
    assert [(m.kind, text[m.start : m.end]) for m in matches] == [
        (PersonalDataKind.NAME, "Okonkwo"),
        (PersonalDataKind.EMAIL, "a@x.example"),
        (PersonalDataKind.ID, "99120"),
    ]


def test_placeholders_are_no_personal_data() -> None:
    text = "Dear [NAME_2], order [ID] went to [ADDRESS]. Regards,\n[NAME]"
    assert contains_personal_data(text) == []
    assert Redactor().redact(text) == text


def test_invisible_characters_do_not_hide_personal_data() -> None:
    assert Redactor().redact("an\u200bna@exa\u00admple.org") == "[EMAIL]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u200b\u2060\ufeffb\u00adc", "abc"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("hidden\U000e0049\U000e0067 tag", "hidden tag"),
        ("line\r\nnext\ttab\u2028end\x00\x1b", "line\nnext\ttab\nend"),
        ("e\u0301", "é"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3", "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3"),
        ("a\u200db \u200d👍\u200d", "ab 👍"),
        ("lone \ud800 surrogate", "lone  surrogate"),
    ],
)
def test_invisible_characters_are_stripped(text: str, expected: str) -> None:
    assert strip_invisible(text) == expected


def test_a_tower_of_combining_marks_is_cut() -> None:
    assert len(strip_invisible("a" + "\u0316\u0301" * 50_000)) <= 31


@given(LETTERS)
def test_stripping_twice_changes_nothing(text: str) -> None:
    once = strip_invisible(text)
    assert strip_invisible(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_redacting_twice_changes_nothing(case: Case) -> None:
    once = Redactor().redact(case.text)
    assert Redactor().redact(once) == once


@given(LETTERS)
def test_no_text_breaks_the_redactor(text: str) -> None:
    redacted = Redactor([KnownValue(PersonalDataKind.ID, "ab1 2")]).redact(text)
    assert redacted == Redactor([KnownValue(PersonalDataKind.ID, "ab1 2")]).redact(text)


HOSTILE_UNITS = (
    *("a", "1", "1 ", "1-", "a@", "a.", "Aa ", "Anna ", ":", "1.", "12 Ab Cd ", "https://", "("),
    *("regards,\n", "order is ", "my name is ", "DE89 ", "[NAME]", "#a", "O'", "0 (0)", " ", "\n"),
)


@pytest.mark.parametrize("unit", HOSTILE_UNITS)
def test_hostile_repetition_ends(unit: str) -> None:
    # The suite's time limit fails this where a pattern backtracks: 100 kB takes under a second.
    known = [KnownValue(PersonalDataKind.NAME, "Anna Aa"), KnownValue(PersonalDataKind.ID, "1 1 1")]
    Redactor(known).redact(unit * (100_000 // len(unit)))
