"""What findings hold, as the definition says: nothing, a line, its case, or the file."""

import pytest
from attrs import evolve

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import DefinitionError
from lindorff_sdk.findings import CODES, HOLDS, Hold
from lindorff_sdk.models.settlements import SettlementFile
from lindorff_sdk.reconciliation.holding import hold_of
from tests.exchange.readings import TERMS, answer, codes, held, note, payment, read, receipts, reversal, settlement
from tests.exchange.test_reconcile import CAUSES

OTHER = payment("T3", agency_case_number="7004", reference="I4", invoice_number="I4")
FILE = settlement(
    payment("T1", reference="I3"),
    payment("T2"),
    payment("T3", agency_case_number="7004", reference="I4", invoice_number="I4"),
)
TERMS_OF = {level: evolve(TERMS, holds={"interest-note-missing": level}) for level in Hold}
WITHOUT_NOTE = settlement(
    payment("T1"),
    payment("T2", principal="90.00", interest="10.00"),
    reversal(),
    payment("T3", agency_case_number="7004", reference="I4", invoice_number="I4"),
)


@pytest.mark.parametrize(
    ("level", "lines"), [(Hold.NOTHING, []), (Hold.LINE, [3]), (Hold.CASE, [2, 3, 4]), (Hold.FILE, [2, 3, 4, 5, 6])]
)
def test_the_policy_decides_how_much_is_held(level: Hold, lines: list[int]) -> None:
    """The finding is made in any case; what it holds is the line, all of its case, or all of the file."""
    result = read(WITHOUT_NOTE, TERMS_OF[level])
    assert codes(result) == ["interest-note-missing"]
    assert [event.source.line for event in held(result)] == lines
    assert len(result.postings) + len(result.held) == 5
    assert {place for each in result.held for place in each.by} == ({0} if lines else set())
    assert list(result.cases_held) == ([(0, "I1")] if level is Hold.CASE else [])


def test_a_line_without_a_case_holds_itself() -> None:
    """Where no case could be told there is none to hold."""
    result = read(FILE, evolve(TERMS, holds={"match-conflict": Hold.CASE}))
    assert [event.source.line for event in held(result)] == [2]
    assert not result.cases_held


@pytest.mark.parametrize("level", Hold)
def test_totals_cannot_be_softened(level: Hold) -> None:
    """Whatever is asked for, a settlement that does not add up, or another's file, is not used."""
    for code in ("settlement-mismatch", "customer-id-differs"):
        assert code not in HOLDS
        assert hold_of(code, {code: level}) is Hold.FILE
    assert hold_of("allocation-mismatch", {"allocation-mismatch": level}) is max(Hold.LINE, level, key=[*Hold].index)
    result = read(settlement(payment(), paid_out="1.00"), evolve(TERMS, holds={"settlement-mismatch": level}))
    assert result.quarantined
    assert not result.postings


@pytest.mark.parametrize("code", [code for code in CAUSES if code in HOLDS])
def test_any_finding_may_hold_its_file(code: str) -> None:
    """Also one about a line of which nothing can be booked."""
    cause = CAUSES[code]
    result = read(cause.file, evolve(TERMS, **cause.terms, holds={code: Hold.FILE}), known=cause.known)
    assert code in codes(result)
    assert not result.postings
    assert [event.kind for event in held(result)]


@pytest.mark.parametrize(
    ("code", "file"),
    {
        "allocation-mismatch": settlement(payment(principal="99.00"), payment("T2"), OTHER),
        "transaction-repeated": settlement(payment(), payment(), OTHER),
        "interest-note-stray": settlement(payment(), note("T9"), OTHER),
    }.items(),
)
def test_a_line_of_which_nothing_is_booked_may_hold_its_case(code: str, file: SettlementFile) -> None:
    """The other lines of the case are held, also those further up; other cases are not."""
    result = read(file, evolve(TERMS, holds={code: Hold.CASE}))
    assert codes(result) == [code]
    assert {each.posting.case for each in result.held} == {"I1"}
    assert [posting.case for posting in result.postings] == ["I4", ""]
    assert result.cases_held == ((0, "I1"),)


def test_a_receipt_without_a_number_may_hold_its_case() -> None:
    """What a later file says of the case waits until somebody knows more."""
    file = receipts(answer(agency_case_number="", number_kind=None))
    assert read(file, evolve(TERMS, holds={"case-number-missing": Hold.CASE})).cases_held == ((0, "I3"),)


def test_errors_hold_and_warnings_do_not() -> None:
    """Unless the definition says otherwise."""
    for code, level in HOLDS.items():
        assert (level is Hold.NOTHING) == (CODES[code].severity != "error"), code


def test_the_definition_says_it() -> None:
    """Codes are checked when the definition is made, and so is what they may hold."""
    settings = {"id": "n", "protocol": "local", "server": "/tmp", "upload_folder": "in", "download_folder": "out"}
    made = ExportDefinition(**settings, customer_id="1", holds={"claim-unknown": "case"})  # type: ignore[arg-type]
    assert made.holds == {"claim-unknown": Hold.CASE}
    for wrong in ("settlement-mismatch", "no-such-code"):
        with pytest.raises(DefinitionError, match="cannot be changed"):
            ExportDefinition(**settings, customer_id="1", holds={wrong: "line"})  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="at least the line"):
        ExportDefinition(**settings, customer_id="1", holds={"allocation-mismatch": "nothing"})  # type: ignore[arg-type]
