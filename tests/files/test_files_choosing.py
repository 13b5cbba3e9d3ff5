"""Several records for objects of one class: which one an object is written as, and what tells."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import CorrectionKind
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
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
    assert (found.subject, "these values of kind" in found.message) == ("invoice 10", True)


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
