"""The serializer writes all of a file, or says every reason why not and writes nothing."""

import pickle
from datetime import date, datetime
from decimal import Decimal
from typing import cast

import pytest
from attrs import evolve

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize, transfer_of
from lindorff_sdk.findings import Finding
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import ClosingReason, Transfer
from lindorff_sdk.models.corrections import Correction
from lindorff_sdk.models.money import LIMIT
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.settlements import CaseClosure, SettlementFile
from tests.files.samples import CANARY_ID, CANARY_NAME, SAMPLES
from tests.files.support import (
    REFERENCE,
    SMALL_ENVELOPE,
    correction,
    corrections,
    read,
    sample_bytes,
    small,
    small_toml,
)

TEXT = '{ name = "text", length = 5, to = "text" },'
AMOUNT = '{ name = "amount", length = 6, kind = "amount", to = "amount" },'


def refusal(file: AnyFile, profile: Profile = REFERENCE) -> SerializeError:
    """Return the error that a file meets."""
    with pytest.raises(SerializeError) as refused:
        serialize(file, profile)
    return refused.value


def the_problem(item: Correction, **parts: str) -> Finding:
    """Return the one problem of a correction in the small profile."""
    problems = refusal(corrections(item), small(**parts)).findings
    assert len(problems) == 1, [str(found) for found in problems]
    assert problems[0].code == "field-unwritable"
    return problems[0]


def test_all_problems_are_listed_with_invoice_and_field() -> None:
    """Each problem names whose it is, the field by its path in the model, the place, and the limit or the character."""
    file = cast("CaseFile", SAMPLES[Transfer.CASES])
    first, second = file.cases
    claim = evolve(
        second.claims[0],
        original_amount=Decimal("-1.00"),
        text="Nett \u2013 30 dager",
        interest_rate=Decimal("12.125"),
        reminders_sent=100,
    )
    first = evolve(
        first,
        debtor=evolve(first.debtor, name="Å" * 61, address=evolve(first.debtor.address, line1="5 € gata")),
        co_debtors=(evolve(first.co_debtors[0], phone="1\r\n90"),),
        dispute_text="x\x85y",
    )
    broken = evolve(file, cases=(first, evolve(second, claims=(claim,))))
    error = refusal(broken)
    lacks = "characters that iso-8859-1 has; it lacks"
    places = [(found.subject, found.field, found.record, found.column, found.width) for found in error.findings]
    assert list(zip(places, [found.expected for found in error.findings], strict=True)) == [
        (("case 10023", "dispute_text", "case", 56, 60), "text without control characters or line ends"),
        (("case 10023", "debtor.name", "debtor", 47, 60), "at most 60 characters"),
        (("case 10023", "debtor.address.line1", "debtor", 147, 40), f"{lacks} '€' (U+20AC)"),
        (("debtor 02002", "phone", "co_debtor", 276, 20), "text without control characters or line ends"),
        (
            ("invoice 10030", "original_amount", "claim", 40, 13),
            "an amount that is not negative: the field has no sign",
        ),
        (("invoice 10030", "interest_rate", "claim", 110, 5), "a rate with at most 2 decimals"),
        (("invoice 10030", "reminders_sent", "claim", 174, 2), "a whole number of at most 2 digits"),
        (("invoice 10030", "text", "claim", 176, 60), f"{lacks} '\u2013' (U+2013)"),
    ]
    for found in error.findings:
        assert str(found) in str(error)
    assert "-1.00" in error.findings[4].found


def test_personal_data_is_masked_in_problems() -> None:
    """What is too long is shown by its length and beginning; a canary shows up nowhere, not in a cause either."""
    file = cast("CaseFile", SAMPLES[Transfer.CASES])
    debtor = evolve(file.cases[0].debtor, national_id=f"{CANARY_ID}0", name=f"{CANARY_NAME} \u2013", email="€" * 81)
    error = refusal(evolve(file, cases=(evolve(file.cases[0], debtor=debtor),)))
    assert [found.found for found in error.findings] == [
        "12 characters: '15**********'",
        f"{len(CANARY_NAME) + 2} characters: 'Ka{'*' * len(CANARY_NAME)}'",
        f"81 characters: '€€{'*' * 79}'",
    ]
    for text in (str(error), repr(error), repr(error.findings), repr(error.__cause__), repr(error.__context__)):
        assert CANARY_ID not in text
        assert CANARY_NAME not in text


def test_the_error_pickles_and_tells_you_from_them() -> None:
    """It survives a process boundary, with everything it lists."""
    error = refusal(corrections(correction(text="123456")), small(fields=TEXT))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.summary, copy.findings, str(copy)) == (
        SerializeError,
        error.summary,
        error.findings,
        str(error),
    )
    assert error.summary == "Profile small cannot hold this file of corrections:"


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\x00", "\x1a", "\x0c", "\x85", "\x7f", "\x1b[1m"])
def test_control_characters_are_refused(text: str) -> None:
    """A text can neither end a line nor steer what reads it."""
    found = the_problem(correction(text=text), fields=TEXT)
    assert found.expected == "text without control characters or line ends"
    assert found.found == repr(text)


def test_a_text_may_be_as_wide_as_its_field_and_no_wider() -> None:
    """The limit is exact."""
    profile = small(fields=TEXT)
    assert serialize(corrections(correction(text="12345")), profile).endswith(b"12345\n")
    assert the_problem(correction(text="123456"), fields=TEXT).expected == "at most 5 characters"


def test_an_overlong_text_is_no_shorter_neighbour() -> None:
    """What one field has too much is not taken from the next."""
    fields = TEXT + '{ name = "reference", length = 5, to = "reference" },'
    found = the_problem(correction(text="123456", reference="1234"), fields=fields)
    assert found.field == "text"


def test_the_pad_that_ends_a_text_is_lost() -> None:
    """The file cannot tell it from filling; blanks in front are kept."""
    profile = small(fields=TEXT)
    assert serialize(corrections(correction(text=" ab  ")), profile).endswith(b" ab  \n")
    written = serialize(corrections(correction(text=" ab      ")), profile)
    assert read(written, profile=profile).model == corrections(correction(text=" ab"))


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("-0.01", "an amount that is not negative: the field has no sign"),
        ("10000.00", "an amount of at most 4 digits before the decimals"),
    ],
)
def test_amounts_that_do_not_fit(amount: str, expected: str) -> None:
    """No sign where there is none, and no digit lost in front."""
    assert the_problem(correction(amount=Decimal(amount)), fields=AMOUNT).expected == expected
    assert serialize(corrections(correction(amount=Decimal("9999.99"))), small(fields=AMOUNT)).endswith(b"999999\n")


def test_minus_zero_is_zero() -> None:
    """An amount of minus nothing is written as nothing."""
    data = serialize(corrections(correction(amount=Decimal("-0.00"))), small(fields=AMOUNT))
    assert data == serialize(corrections(correction(amount=Decimal("0.00"))), small(fields=AMOUNT))


def test_whole_kroner_take_no_ore() -> None:
    """Where the layout has no decimals, øre are refused, not rounded."""
    fields = AMOUNT.replace("length = 6", "length = 6, decimals = 0")
    assert (
        the_problem(correction(amount=Decimal("1.50")), fields=fields).expected == "an amount with at most 0 decimals"
    )
    assert serialize(corrections(correction(amount=Decimal("150.00"))), small(fields=fields)).endswith(b"000150\n")


def test_a_total_that_does_not_fit_is_refused() -> None:
    """A sum or count is never cut: the file is refused, naming the total."""
    profile = small(
        fields=AMOUNT,
        after="""
[[files.corrections.records]]
name = "end"
fields = [
    { name = "code", length = 1, kind = "constant", value = "E" },
    { name = "lines", length = 1, kind = "integer", counts = ["*"] },
    { name = "sum", length = 6, kind = "amount", sums = ["correction.amount"] },
]""",
    )
    item = correction(amount=Decimal("5000.00"))
    assert serialize(corrections(item), profile).endswith(b"E3500000\n")
    (found,) = refusal(corrections(item, item), profile).findings
    assert (found.record, found.field, found.column, found.width) == ("end", "sum", 3, 6)
    assert found.expected == "an amount of at most 4 digits before the decimals"
    assert found.found == "Decimal('10000.00')"
    fields = [found.field for found in refusal(corrections(*[item] * 8), profile).findings]
    assert fields == ["lines", "sum"]


def test_dates_that_the_layout_cannot_tell_are_refused() -> None:
    """A year that two digits do not tell, a second that is not written, a zone: nothing is lost in silence."""
    later = evolve(SMALL_ENVELOPE, created_at=datetime(2026, 1, 2, 3, 4, 5, 6))
    (found,) = refusal(evolve(corrections(), envelope=later), small()).findings
    nothing_lost = "with nothing finer and within its years"
    assert (found.field, found.expected) == ("envelope.created_at", f"a date as YYYYMMDDhhmmss, {nothing_lost}")
    year = small_with_short_years()
    assert b"10        690101" in serialize(corrections(correction(effective_on=date(1969, 1, 1))), year)
    assert b"10        680101" in serialize(corrections(correction(effective_on=date(2068, 1, 1))), year)
    for day in (date(1968, 12, 31), date(2069, 1, 1)):
        (found,) = refusal(corrections(correction(effective_on=day)), year).findings
        assert (found.field, found.expected) == ("effective_on", f"a date as YYMMDD, {nothing_lost}")


def small_with_short_years() -> Profile:
    """Return a profile whose dates have years of two digits."""
    field = '{ name = "effective_on", length = 8, kind = "date", to = "effective_on" }'
    assert field in small_toml()
    short = '{ name = "effective_on", length = 6, kind = "date", format = "%y%m%d", to = "effective_on" }'
    return load_text(small_toml().replace(field, short))


def test_codes_without_an_entry_are_refused() -> None:
    """A meaning that the profile has no code for cannot be written; the codes that there are are named."""
    found = the_problem(correction(), codes='K = "credit_note", T = "total_claim"')
    assert (found.field, found.expected) == ("kind", "one of credit_note, total_claim")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("01", ClosingReason.WITHDRAWN),  # 01 means paid
        ("zz", ClosingReason.WITHDRAWN),  # what is unlisted means other
        ("123", ClosingReason.OTHER),  # too long
        ("9\n", ClosingReason.OTHER),
        ("\r\n", ClosingReason.OTHER),
    ],
)
def test_a_raw_code_that_contradicts_its_meaning_is_refused(raw: str, reason: ClosingReason) -> None:
    """The raw code is written only if reading it gives the meaning that stands beside it; it ends no line."""
    file = cast("SettlementFile", SAMPLES[Transfer.SETTLEMENTS])
    closure = evolve(cast("CaseClosure", file.entries[3]), reason=reason, reason_code=raw)
    (found,) = refusal(evolve(file, entries=(closure,))).findings
    assert found.field == "reason"


def test_a_code_is_found_for_a_meaning_without_one() -> None:
    """Where no raw code is given, the profile's first one for the meaning is written."""
    file = cast("SettlementFile", SAMPLES[Transfer.SETTLEMENTS])
    closure = evolve(cast("CaseClosure", file.entries[3]), reason_code="")
    data = serialize(evolve(file, entries=(*file.entries[:3], closure, *file.entries[4:])), REFERENCE)
    assert data == sample_bytes(Transfer.SETTLEMENTS)


def test_a_constant_is_not_written_over_another_value() -> None:
    """Where the layout always says NOK, a file in euro is refused instead of becoming one in kroner."""
    between = """
[[files.corrections.records]]
name = "money"
fields = [
    { name = "code", length = 1, kind = "constant", value = "M" },
    { name = "currency", length = 3, kind = "constant", value = "NOK", to = "envelope.currency" },
]"""
    profile = small(between=between)
    assert b"MNOK\n" in serialize(corrections(), profile)
    euro = evolve(corrections(), envelope=evolve(SMALL_ENVELOPE, currency="EUR"))
    (found,) = refusal(euro, profile).findings
    assert (found.field, found.expected) == ("envelope.currency", "'NOK', which the layout always has here")


def test_records_that_must_stand_once() -> None:
    """A series of objects is as long as the layout lets it be, or the file is refused."""
    needed, single = small(occurs="+"), small(occurs="1")
    assert [found.message for found in refusal(corrections(), needed).findings] == [
        "There is no correction; the layout has one."
    ]
    assert [found.message for found in refusal(corrections(), single).findings] == [
        "There is no correction; the layout has one."
    ]
    for profile in (single, small(occurs="?")):
        (found,) = refusal(corrections(correction(), correction()), profile).findings
        assert found.message == "There is more than one correction; the layout has one."
        assert serialize(corrections(correction()), profile).count(b"\n") == 2
    assert serialize(corrections(), small(occurs="?")).count(b"\n") == 1


def test_an_object_without_a_record_is_refused() -> None:
    """A settlement's entry that the layout has no record for is named, not left out."""
    layout = REFERENCE.file(Transfer.SETTLEMENTS)
    lacking = evolve(layout, records=tuple(record for record in layout.records if record.name != "interest_note"))
    end = lacking.record("end")
    kept = tuple(
        evolve(item, total=evolve(item.total, counts=tuple(n for n in item.total.counts if n != "interest_note")))
        if item.total
        else item
        for item in end.fields
        if item.name != "interest_notes"
    )
    lacking = evolve(lacking, records=(*lacking.records[:-1], evolve(end, fields=kept)))
    profile = evolve(REFERENCE, files={Transfer.SETTLEMENTS: lacking})
    (found,) = refusal(SAMPLES[Transfer.SETTLEMENTS], profile).findings
    assert (found.field, found.message) == (
        "entries",
        "The layout cannot hold this InterestNote: no record holds its class.",
    )


def test_a_profile_without_the_layout_is_a_profile_error() -> None:
    """Asking for a transfer that the profile does not describe is said as such."""
    with pytest.raises(ProfileError, match="no layout for files of cases"):
        serialize(SAMPLES[Transfer.CASES], small())


def test_optional_records_are_left_out_where_they_say_nothing() -> None:
    """What holds without the record is not written; if a file has it all the same, it is read and reported."""
    between = """
[[files.corrections.records]]
name = "money"
occurs = "?"
fields = [
    { name = "code", length = 1, kind = "constant", value = "M" },
    { name = "currency", length = 3, to = "envelope.currency" },
]"""
    profile = small(between=between)
    plain = serialize(corrections(correction()), profile)
    assert b"\nM" not in plain
    euro = evolve(corrections(correction()), envelope=evolve(SMALL_ENVELOPE, currency="EUR"))
    assert b"\nMEUR\n" in serialize(euro, profile)
    assert read(serialize(euro, profile), profile=profile).model == euro
    parsed = read(serialize(euro, profile).replace(b"MEUR", b"MNOK"), profile=profile)
    assert [(found.code, found.line, found.record) for found in parsed.findings] == [("record-idle", 2, "money")]
    assert not parsed.refused
    assert serialize(parsed.require(), profile) == plain


def test_the_largest_amounts_pass() -> None:
    """Fifteen digits go through without rounding."""
    profile = small(fields='{ name = "amount", length = 17, kind = "amount", to = "amount" },')
    file = corrections(correction(amount=LIMIT))
    assert read(serialize(file, profile), profile=profile).model == file
    beyond = serialize(file, profile).replace(b"00999999999999999", b"10000000000000000")
    parsed = read(beyond, profile=profile)
    assert [found.code for found in parsed.findings] == ["field-unreadable"]


@pytest.mark.parametrize("transfer", SAMPLES)
def test_a_file_knows_its_transfer(transfer: Transfer) -> None:
    """The class of a file says which transfer it is."""
    assert transfer_of(SAMPLES[transfer]) is transfer


@pytest.mark.parametrize("transfer", SAMPLES)
def test_the_samples_hold_every_record_of_the_reference_profile(transfer: Transfer) -> None:
    """The samples leave no record out, so that what is tested on them is tested on all."""
    data = sample_bytes(transfer)
    codes = {line[:2].decode() for line in data.split(b"\r\n")[:-1]}
    assert codes == {record.field("code").value for record in REFERENCE.file(transfer).records}
