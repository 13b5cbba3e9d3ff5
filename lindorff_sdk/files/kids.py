"""KIDs in a file of the bank's: one whose check digit is wrong by both moduli is nobody's."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from lindorff_sdk.files.layout import FileLayout
from lindorff_sdk.files.paths import targets
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.identifiers import is_kid
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction

_ONCE = bytes.maketrans(b"0123456789", bytes(range(10)))
_TWICE = bytes.maketrans(b"0123456789", bytes(sum(divmod(2 * digit, 10)) for digit in range(10)))
_REST = bytes(total % 10 for total in range(256))
_LONGEST = 25
"""Digits of the longest KID; the sum of so many still fits in a byte."""


def wrong_kids(items: Iterable[object], layout: FileLayout) -> Iterator[tuple[BankTransaction, Finding]]:
    """Yield the payments whose KID has a wrong check digit by modulus 10 and 11 alike, each with a finding.

    Which modulus and which lengths are agreed for the account is the definition's to say, and is checked when the file
    is reconciled.

    Args:
        items: Objects of a file, or the file, or what was gathered of objects that are refused.
        layout: The file's layout.
    """
    by_length: defaultdict[int, list[BankTransaction]] = defaultdict(list)
    for transaction in _transactions(items):
        by_length[len(transaction.kid)].append(transaction)
    by_length.pop(0, None)
    for length, transactions in by_length.items():
        for transaction in _not_by_10(transactions, length):
            if not is_kid(transaction.kid):
                yield transaction, _wrong(transaction.kid, layout)


def _not_by_10(transactions: Sequence[BankTransaction], length: int) -> Iterator[BankTransaction]:
    """Yield the payments whose KIDs, all of one length, have no check digit by modulus 10.

    A bank's file holds many: they are looked at by column, so that no function is called for each.
    """
    digits = "".join([transaction.kid for transaction in transactions])
    if not (digits.isascii() and digits.isdigit() and 1 < length <= _LONGEST):
        yield from transactions
        return
    table = digits.encode()
    columns = (table[at::length].translate(_TWICE if (length - at) % 2 == 0 else _ONCE) for at in range(length))
    # A column is one large number, so that one addition adds a digit to the sums of all KIDs, a byte for each.
    totals = sum(int.from_bytes(column, "big") for column in columns)
    rests = totals.to_bytes(len(transactions), "big").translate(_REST)
    yield from compress(transactions, rests)


def _transactions(items: Iterable[object]) -> list[BankTransaction]:
    found: list[BankTransaction] = []
    for item in items:
        if isinstance(item, BankTransaction):
            found.append(item)
        elif isinstance(item, BankAssignment):
            found += item.transactions
        elif isinstance(item, BankFile):
            found += _transactions(item.assignments)
        elif isinstance(item, list):
            found += _transactions(item)
    return found


def _wrong(kid: str, layout: FileLayout) -> Finding:
    record, field, column, width = _place(layout)
    return finding(
        "kid-wrong",
        "The check digit of the KID is wrong.",
        record=record,
        field=field,
        expected="a check digit by modulus 10 or 11",
        found=kid,
        column=column,
        width=width,
    )


def _place(layout: FileLayout) -> tuple[str, str, int, int]:
    """Return record, field, column and width of what the KID stands in, alone or with something else."""
    for record in layout.records:
        for item in record.fields:
            if "kid" in (re.split(r"[.^]", path)[-1] for path in targets(item)):
                at = (0, 0) if layout.delimited is not None else (item.start + 1, item.length)
                return record.name, item.name, *at
    return "", "kid", 0, 0  # one that the layout lacks, and states for all
