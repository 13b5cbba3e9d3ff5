"""Event ids: one fact, one id, however often and under whichever name it comes; two facts, two ids."""

from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.profile import load
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import ClosingReason
from lindorff_sdk.reconciliation.events import CaseClosed
from lindorff_sdk.reconciliation.matching import Known
from tests.exchange.erp import REFERENCE, of, variant
from tests.exchange.readings import (
    KNOWN,
    TERMS,
    answer,
    closure,
    codes,
    events,
    note,
    payment,
    read,
    receipts,
    reversal,
    settlement,
    with_interest,
)

EVERYTHING = settlement(with_interest(), note(), reversal(), closure())


@pytest.fixture
def without_unique(tmp_path: Path) -> Profile:
    """A profile that names no unique fields."""
    return load(variant(tmp_path, ('unique = ["transaction_id"]\n', ""), ('unique = ["settlement_number"]\n', "")))


def ids(file: object, **reading: object) -> list[str]:
    """Return the ids of the events of a file."""
    return [event.id for event in events(read(file, **reading))]  # type: ignore[arg-type]


@pytest.mark.parametrize("file", [EVERYTHING, receipts(answer())])
def test_reading_again(file: object) -> None:
    """The same file has the same ids, and no two of them are equal."""
    assert ids(file) == ids(file)
    assert len(set(ids(file))) == len(ids(file)) > 1


def test_ids_of_unique_fields_do_not_know_the_file() -> None:
    """A transaction in another file, under another name, on another line and with other neighbours, is the same."""
    other = settlement(payment("T9"), *EVERYTHING.entries[:-1], envelope={"sequence": 7})
    assert set(ids(EVERYTHING)) < set(ids(other, name="OP2"))
    assert ids(EVERYTHING, name="OP2") == ids(EVERYTHING)


def test_ids_without_unique_fields_know_the_file(without_unique: Profile) -> None:
    """Where nothing of the record is unique, name, bytes and line tell one fact from another."""
    same = ids(EVERYTHING, profile=without_unique)
    assert ids(EVERYTHING, profile=without_unique) == same
    assert not set(same) & set(ids(EVERYTHING, profile=without_unique, name="OP2"))
    assert not set(same) & set(
        ids(evolve(EVERYTHING, envelope=evolve(EVERYTHING.envelope, sequence=2)), profile=without_unique)
    )
    assert not set(ids(receipts(answer()))) & set(ids(receipts(answer()), name="KV2"))


def test_identical_twins(without_unique: Profile) -> None:
    """Two honest payments of the same amount on the same day are two facts, unless the agency's id says otherwise."""
    twins = settlement(payment(), payment())
    result = read(twins, profile=without_unique)
    assert not result.findings
    first, second, _ = events(result)
    assert first.id != second.id
    assert evolve(first, id="", source=second.source) == evolve(second, id="")
    assert codes(read(twins)) == ["transaction-repeated"]


def test_another_agreement() -> None:
    """The same transaction under two definitions is two facts: they share no journal's keys."""
    assert not set(ids(EVERYTHING)) & set(ids(EVERYTHING, terms=evolve(TERMS, definition_id="solvang")))


@pytest.mark.parametrize("unique", [True, False])
def test_a_corrected_profile_changes_no_id(tmp_path: Path, *, unique: bool) -> None:
    """What a value means may be corrected in the profile; the facts stay the ones that were booked."""
    corrected = [
        ('08 = "disputed"', '08 = "withdrawn"'),
        ('{ A = "agency", C = "creditor" }', '{ A = "agency", K = "creditor" }'),
    ]
    keyless = [] if unique else [('unique = ["transaction_id"]\n', ""), ('unique = ["settlement_number"]\n', "")]
    data = serialize(EVERYTHING, REFERENCE)
    before = read(data, profile=load(variant(tmp_path, *keyless))) if keyless else read(data)
    after = read(data, profile=load(variant(tmp_path, *keyless, *corrected)))
    assert [event.id for event in events(before)] == [event.id for event in events(after)]
    assert of(CaseClosed, events(before))[0].reason is ClosingReason.DISPUTED
    assert of(CaseClosed, events(after))[0].reason is ClosingReason.WITHDRAWN


def test_what_is_known_changes_no_id() -> None:
    """A settlement read when more is known of its cases says the same facts."""
    numbered = evolve(KNOWN.cases[1], agency_case_number="7003")
    assert ids(EVERYTHING, known=Known((KNOWN.cases[0], numbered, KNOWN.cases[2]), KNOWN.files)) == ids(EVERYTHING)


def test_the_posting_is_known_by_its_events() -> None:
    """The id of a posting follows from those of its events."""
    one, other = read(EVERYTHING), read(EVERYTHING, name="OP2")
    assert [posting.id for posting in one.postings] == [posting.id for posting in other.postings]
    assert len({posting.id for posting in one.postings}) == len(one.postings)


def test_kinds_share_no_id(without_unique: Profile) -> None:
    """A derived note and its payment come of one record, and are two events, with unique fields or without."""
    for profile in (REFERENCE, without_unique):
        derived = read(settlement(with_interest()), evolve(TERMS, notes_are_records=False), profile=profile)
        assert len({event.id for event in events(derived)}) == 3
