"""What findings hold, as the definition says: nothing, a line, its case, or the file."""

import pytest
from attrs import evolve

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import DefinitionError
from lindorff_sdk.findings import CODES, HOLDS, Hold
from lindorff_sdk.reconciliation.holding import hold_of
from tests.exchange.readings import TERMS, codes, held, payment, read, reversal, settlement

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
    for code in ("settlement-mismatch", "customer-id-differs", "allocation-mismatch"):
        assert code not in HOLDS
        assert hold_of(code, {code: level}) is CODES[code].hold
    result = read(settlement(payment(), paid_out="1.00"), evolve(TERMS, holds={"settlement-mismatch": level}))
    assert result.quarantined
    assert not result.postings


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
