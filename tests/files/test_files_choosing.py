"""Several records for objects of one class: which one an object is written as, and what tells."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.describe import describe
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import CorrectionKind, DebtorKind
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parties import Address, Debtor
from tests.files.support import LAW

_HEAD = """
id = "p"
version = "1"
holds_from = 2026-01-01
origin = "A test."
codec = "iso-8859-1"
line_end = "lf"

[files.corrections]
name = "RD"
recognised_by = ["code"]
defaults = { "envelope.customer_id" = "417" }
"""


def record(name: str, code: str, *fields: str, keys: str = "") -> str:
    """Return a record of corrections: its code, invoice number and day, and further fields."""
    listed = ",\n".join(fields)
    return f"""
[[files.corrections.records]]
name = "{name}"
opens = "corrections"
occurs = "*"
{keys}
fields = [
 {{ name = "code", kind = "constant", value = "{code}" }},
 {{ name = "invoice", length = 3, to = "invoice_number" }},
 {{ name = "day", kind = "date", to = "effective_on" }},
 {listed}
]
"""


def of_kind(kind: str) -> str:
    return f'defaults = {{ kind = "{kind}" }}'


AMOUNT = '{ name = "amount", length = 5, kind = "amount", to = "amount" }'
TEXT = '{ name = "text", length = 4, to = "text" }'
KINDS = '{ name = "kind", length = 1, kind = "code", to = "kind", codes = { C = "credit_note", E = "sent_in_error" } }'
PAID = Correction(
    kind=CorrectionKind.DIRECT_PAYMENT, invoice_number="10", effective_on=date(2026, 11, 2), amount="1.50"
)


def loaded(*records: str) -> Profile:
    return load_text(_HEAD + "".join(records), "p.toml")


def file(*corrections: Correction) -> CorrectionFile:
    return CorrectionFile(envelope=Envelope(customer_id="417"), corrections=corrections)


def test_a_default_a_code_or_a_constant_tells() -> None:
    """A payment is written as the record of payments, whatever stands first; none falls into another's record."""
    layout = loaded(
        record("credit", "1", KINDS, AMOUNT),
        record("payment", "2", AMOUNT, keys=of_kind("direct_payment")),
        record("total", "3", AMOUNT, keys=of_kind("total_claim")),
    )
    kinds = [CorrectionKind.DIRECT_PAYMENT, CorrectionKind.TOTAL_CLAIM, CorrectionKind.SENT_IN_ERROR]
    whole = file(*(evolve(PAID, kind=kind) for kind in kinds))
    data = serialize(whole, layout)
    assert data.decode() == "210 2026110200150\n310 2026110200150\n110 20261102E00150\n"
    parsed = parse(data, layout)
    assert (parsed.model, parsed.findings) == (whole, ())


def test_what_no_record_may_hold_is_refused() -> None:
    """A kind that neither has; the message says of which attribute."""
    layout = loaded(
        record("payment", "1", AMOUNT, keys=of_kind("direct_payment")),
        record("total", "2", AMOUNT, keys=of_kind("total_claim")),
    )
    with pytest.raises(SerializeError) as refused:
        serialize(file(evolve(PAID, kind=CorrectionKind.SENT_IN_ERROR)), layout)
    (found,) = refused.value.findings
    assert (found.subject, found.field) == ("invoice 10", "kind")
    assert found.message == (
        "The layout cannot hold this Correction: none of its records has these values of kind: kind is "
        "'sent_in_error', they have 'direct_payment' by default, 'total_claim' by default."
    )


CASES = """
[files.cases]
name = "LS"
recognised_by = ["type", "kind"]
defaults = { "envelope.customer_id" = "417" }
"""


def case(name: str, code: str, *fields: str, **defaults: str) -> str:
    """Return a record of cases, with its claims; defaults are of the debtor."""
    given = ", ".join(f'"debtor.{path.replace("__", ".")}" = {value}' for path, value in defaults.items())
    listed = ",".join(fields)
    return f"""
[[files.cases.records]]
name = "{name}"
opens = "cases"
occurs = "*"
defaults = {{ {given} }}
fields = [
 {{ name = "type", kind = "constant", value = "D" }},
 {{ name = "kind", kind = "constant", value = "{code}" }},
 {{ name = "reference", length = 2, to = "reference" }},
 {{ name = "name", length = 5, to = "debtor.name" }},
 {listed}
]

[[files.cases.records]]
name = "claim_{name}"
under = "{name}"
opens = "claims"
occurs = "+"
recognised_by = ["type"]
defaults = {{ original_amount = "0.00", remaining_amount = "0.00" }}
fields = [
 {{ name = "type", kind = "constant", value = "K" }},
 {{ name = "invoice", length = 2, to = "invoice_number" }},
 {{ name = "day", kind = "date", to = "invoice_date", also_to = "due_date" }},
]
"""


COUNTRY = '{ name = "country", length = 2, to = "debtor.address.country" }'
NUMBER = '{ name = "number", length = 2, to = "debtor.number" }'
SWEDISH = CollectionCase(
    reference="R1",
    debtor=Debtor(number="77", kind=DebtorKind.COMPANY, name="Moss", address=Address(country="SE")),
    claims=(
        Claim(
            invoice_number="10",
            invoice_date=date(2026, 9, 1),
            due_date=date(2026, 9, 1),
            original_amount="0.00",
            remaining_amount="0.00",
        ),
    ),
)


def cases(*records: str) -> Profile:
    """Return a profile of files of cases."""
    return load_text(_HEAD.partition("[files.corrections]")[0] + CASES + "".join(records), "p.toml")


def as_cases(*made: CollectionCase) -> CaseFile:
    return CaseFile(envelope=Envelope(customer_id="417"), cases=made)


def test_a_default_that_all_records_share_tells_nothing() -> None:
    """What none has a field for is left out, as of a single record; the kind alone says which record it is."""
    both = {"number": '""', "address__country": '"NO"'}
    layout = cases(
        case("private", "P", COUNTRY, kind='"private"', **both), case("company", "F", COUNTRY, kind='"company"', **both)
    )
    data = serialize(as_cases(SWEDISH), layout)
    assert data == b"DFR1Moss SE\nK1020260901\n"
    assert parse(data, layout).require() == as_cases(evolve(SWEDISH, debtor=evolve(SWEDISH.debtor, number="")))
    described = describe(layout)
    assert "Its object's `debtor.kind` is always `company`." in described
    assert "Its object's `debtor.address.country` is `NO` where no field says otherwise." in described


def test_a_default_yields_to_a_record_with_a_field() -> None:
    """Of two records of one kind the one that has the debtor's number holds it; the other has what lacks one."""
    layout = cases(
        case("short", "A", kind='"company"', number='""', address__country='"SE"'),
        case("long", "B", NUMBER, COUNTRY, kind='"company"'),
        case("private", "P", COUNTRY, kind='"private"', number='""'),
    )
    without = evolve(SWEDISH, debtor=evolve(SWEDISH.debtor, number=""))
    at_home = evolve(SWEDISH, debtor=evolve(without.debtor, address=Address()))
    numbered = evolve(SWEDISH, debtor=evolve(SWEDISH.debtor, kind=DebtorKind.PRIVATE))
    data = serialize(as_cases(SWEDISH, without, at_home, numbered), layout)
    assert [line[1:2] for line in data.splitlines() if line.startswith(b"D")] == [b"B", b"A", b"B", b"P"]
    lost = evolve(numbered, debtor=evolve(numbered.debtor, number=""))
    assert parse(data, layout).require() == as_cases(SWEDISH, without, at_home, lost)


def test_what_is_refused_is_masked() -> None:
    """A telephone number that neither record has by default."""
    records = (
        case("a", "A", NUMBER, kind='"private"', phone='"12"'),
        case("b", "B", NUMBER, kind='"private"', phone='"13"'),
    )
    debtor = evolve(SWEDISH.debtor, kind=DebtorKind.PRIVATE, phone="92000000")
    with pytest.raises(SerializeError, match=r"debtor.phone is '92\*{6}', they have '12") as refused:
        serialize(as_cases(evolve(SWEDISH, debtor=debtor)), cases(*records))
    assert "92000000" not in str(refused.value)


def test_the_value_of_an_amount_tells_as_any_other() -> None:
    """A default is what the attribute holds, not the text of the profile."""
    layout = loaded(
        record("none", "1", keys='defaults = { kind = "credit_note", amount = "0.00" }'),
        record("one", "2", keys='defaults = { kind = "credit_note", amount = "1.50" }'),
    )
    whole = file(*(evolve(PAID, kind=CorrectionKind.CREDIT_NOTE, amount=amount) for amount in ("1.5", "0")))
    data = serialize(whole, layout)
    assert data.decode() == "210 20261102\n110 20261102\n"
    assert parse(data, layout).require() == whole


SHORT_AND_LONG = (
    record("short", "1", keys=of_kind("direct_payment")),
    record("long", "2", AMOUNT, TEXT, keys=of_kind("direct_payment")),
)


def test_a_short_record_holds_what_loses_nothing_in_it() -> None:
    """Where no value tells, the first record that has all of the object; a line of another one is a finding."""
    layout = loaded(*SHORT_AND_LONG)
    bare = evolve(PAID, amount=0)
    data = serialize(file(bare, PAID), layout)
    assert data.decode() == "110 20261102\n210 2026110200150    \n"
    assert parse(data, layout).findings == ()
    parsed = parse(b"210 2026110200000    \n", layout)
    assert [(found.code, found.line, found.record) for found in parsed.findings] == [("record-other", 1, "long")]
    assert parsed.model == file(bare)


def test_what_no_single_record_has_is_refused() -> None:
    """One has the amount, the other the text."""
    layout = loaded(
        record("amount", "1", AMOUNT, keys=of_kind("direct_payment")),
        record("text", "2", TEXT, keys=of_kind("direct_payment")),
    )
    assert serialize(file(PAID, evolve(PAID, amount=0, text="x")), layout).count(b"\n") == 2
    with pytest.raises(SerializeError, match="has all of amount, "):
        serialize(file(evolve(PAID, text="x")), layout)


@pytest.mark.parametrize(
    ("records", "path", "words"),
    [
        (
            (
                record("a", "1", AMOUNT, keys=of_kind("total_claim")),
                record("b", "2", AMOUNT, keys=of_kind("total_claim")),
            ),
            "records[b]",
            "Nothing tells whether an object is written as this record or as 'a'",
        ),
        (
            (record("a", "1", KINDS), record("b", "2", AMOUNT, keys=of_kind("total_claim")).replace('"*"', '"+"')),
            "records[b].occurs",
            "none must stand",
        ),
    ],
)
def test_records_that_nothing_tells_apart_are_a_mistake(records: tuple[str, ...], path: str, words: str) -> None:
    with pytest.raises(ProfileError) as refused:
        loaded(*records)
    (found,) = refused.value.findings
    assert (found.field, words in found.message) == (f"files.corrections.{path}", True)


_CORRECTIONS = st.builds(
    evolve,
    st.just(PAID),
    amount=st.sampled_from(["0", "1.50", "999.99"]),
    text=st.sampled_from(["", "x", "æ"]),
)


@LAW
@given(st.lists(_CORRECTIONS, min_size=1, max_size=5))
def test_files_keep_the_laws(corrections: list[Correction]) -> None:
    """Models to bytes and back, bytes to models and back, without a finding."""
    layout = loaded(*SHORT_AND_LONG)
    whole = file(*corrections)
    parsed = parse(serialize(whole, layout), layout)
    assert (parsed.model, parsed.findings) == (whole, ())


def test_a_constant_that_is_no_text_is_a_default() -> None:
    """The message names the way out."""
    bound = record("a", "1", '{ name = "kind", kind = "constant", value = "X", to = "kind" }')
    with pytest.raises(ProfileError, match="of kind constant; say in 'defaults' what it is, and leave 'to' out"):
        loaded(bound)


def test_a_blank_text_is_no_default() -> None:
    """A blank country is read as it is, whatever the default; docs/profiles.md says so."""
    layout = cases(case("a", "A", NUMBER, COUNTRY, kind='"company"', address__country='"NO"'))
    data = serialize(as_cases(evolve(SWEDISH, debtor=evolve(SWEDISH.debtor, address=Address(country="")))), layout)
    assert parse(data, layout).require() == as_cases(
        evolve(SWEDISH, debtor=evolve(SWEDISH.debtor, address=Address(country="")))
    )
