"""What `netsgiro` 2.0.1 lets through or gets wrong (domain.md, section 7): each is noticed, or right, here."""

import pytest
from attrs import evolve

from lindorff_sdk.errors import SerializeError
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.identifiers import is_kid
from lindorff_sdk.models.bank import BankFile
from tests.files.test_files_shipped import DATA, FILE, NETS, PAID, REVERSED, bank_file

_LINES = DATA.split(b"\n")


def _codes(data: bytes) -> set[str]:
    return {found.code for found in parse(data, NETS).errors()}


def _read(data: bytes) -> BankFile:
    model = parse(data, NETS).require()
    assert isinstance(model, BankFile)
    return model


@pytest.mark.parametrize("record", [b"NY090088", b"NY000089"])
@pytest.mark.parametrize("at", [15, 23, 40])
def test_an_altered_control_total_is_noticed(record: bytes, at: int) -> None:
    """Each count and sum of each end record, of the first assignment as of the whole file."""
    place = DATA.index(record) + at
    altered = DATA[:place] + (b"1" if DATA[place : place + 1] != b"1" else b"2") + DATA[place + 1 :]
    assert _codes(altered) == {"sum-mismatch" if at == 40 else "count-mismatch"}


@pytest.mark.parametrize("number", range(6))
def test_a_removed_transaction_is_noticed(number: int) -> None:
    """Whichever of the six is gone, with all its lines."""
    starts = [at for at, line in enumerate(_LINES) if line[6:8] == b"30"]
    end = next(at for at in range(starts[number] + 1, len(_LINES)) if _LINES[at][6:8] not in (b"31", b"32"))
    assert {"count-mismatch", "sum-mismatch"} <= _codes(b"\n".join(_LINES[: starts[number]] + _LINES[end:]))


def test_a_wrong_kid_is_told_from_a_right_one() -> None:
    """One that is wrong by both moduli is told where it stands; the agreement's own is asked for with its lengths."""
    altered = DATA.replace(b"123456782", b"123456783")
    told = [(found.code, found.line, found.column) for found in parse(altered, NETS).findings]
    assert told == [("kid-wrong", 3, 50), ("kid-wrong", 12, 50)]
    wrong = _read(altered).assignments[0].transactions[0]
    right = _read(DATA).assignments[0].transactions[0]
    assert (is_kid(right.kid, 10), is_kid(wrong.kid, 10)) == (True, False)


def test_the_legal_dash_is_read() -> None:
    """A KID of modulus 11 may end in ``-``."""
    kid = _read(DATA).assignments[0].transactions[2].kid
    assert kid == "1000005-"
    assert is_kid(kid, 11)


def test_the_sign_is_not_ignored() -> None:
    """Money going out is negative, although it counts in the control total as if it came in."""
    assert _read(DATA).assignments[0].transactions[2].amount == REVERSED.amount < 0


def test_assignments_of_one_number_are_not_merged() -> None:
    first, second = _read(DATA).assignments
    assert (first.number, len(first.transactions)) == (second.number, len(second.transactions)) == ("0000001", 3)


def test_ore_are_not_cut_off() -> None:
    """Half an øre is refused where the amount is made; one øre survives the way to bytes and back."""
    with pytest.raises(ValueError, match="at most two decimals"):
        evolve(PAID, amount="100.015")
    assert _read(serialize(bank_file(evolve(PAID, amount="0.01")), NETS)).assignments[0].transactions[0].amount > 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kid": "1" * 26}, "kid"),
        ({"text": "x" * 41}, "text"),
        ({"serial_number": "123456"}, "serial_number"),
        ({"amount": "1234567890123.00", "debit_account": "9" * 12}, "debit_account"),
    ],
)
def test_no_line_is_longer_than_80_bytes(changes: dict[str, str], field: str) -> None:
    """What does not fit is refused before any byte is made, with the field that is too long."""
    with pytest.raises(SerializeError) as refused:
        serialize(bank_file(evolve(PAID, **changes)), NETS)  # type: ignore[arg-type]
    assert {found.field for found in refused.value.findings} == {field}


def test_every_error_names_its_line() -> None:
    """One wrong byte in any line: the finding says which, and where in it."""
    for number in range(len(_LINES) - 1):
        broken = [*_LINES]
        broken[number] = _LINES[number][:10] + b"x" + _LINES[number][11:]
        found = parse(b"\n".join(broken), NETS).errors()
        assert found[0].line == number + 1
        assert 0 < found[0].column <= 11 < found[0].column + found[0].width


def test_the_whole_sample_is_what_the_tests_say() -> None:
    assert _read(DATA) == FILE
