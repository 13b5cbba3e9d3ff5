"""KIDs in a file of the bank's: one whose check digit is wrong by both moduli is nobody's."""

from collections.abc import Iterable, Iterator

from lindorff_sdk.files.layout import FileLayout
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.identifiers import is_kid
from lindorff_sdk.models.bank import BankAssignment, BankFile, BankTransaction


def wrong_kids(items: Iterable[object], layout: FileLayout) -> Iterator[tuple[BankTransaction, Finding]]:
    """Yield the payments whose KID has a wrong check digit by modulus 10 and 11 alike, each with a finding.

    Which modulus and which lengths are agreed for the account is the definition's to say, and is checked when the file
    is reconciled.

    Args:
        items: Objects of a file, or the file, or what was gathered of objects that are refused.
        layout: The file's layout.
    """
    for transaction in _transactions(items):
        if transaction.kid and not is_kid(transaction.kid):
            yield transaction, _wrong(transaction.kid, layout)


def _transactions(items: Iterable[object]) -> Iterator[BankTransaction]:
    for item in items:
        if isinstance(item, BankTransaction):
            yield item
        elif isinstance(item, BankAssignment):
            yield from item.transactions
        elif isinstance(item, BankFile):
            yield from _transactions(item.assignments)
        elif isinstance(item, list):
            yield from _transactions(item)


def _wrong(kid: str, layout: FileLayout) -> Finding:
    record, item = next(
        (record, item) for record in layout.records for item in record.fields if item.to.rpartition(".")[2] == "kid"
    )
    column, width = (0, 0) if layout.delimited is not None else (item.start + 1, item.length)
    return finding(
        "kid-wrong",
        "The check digit of the KID is wrong.",
        record=record.name,
        field=item.name,
        expected="a check digit by modulus 10 or 11",
        found=kid,
        column=column,
        width=width,
    )
