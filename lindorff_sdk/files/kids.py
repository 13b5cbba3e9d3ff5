"""KIDs in a file of the bank's: one whose check digit is wrong by both moduli is nobody's."""

from collections.abc import Iterator

from lindorff_sdk.files.layout import FileLayout
from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.identifiers import is_kid
from lindorff_sdk.models.bank import BankFile, BankTransaction


def wrong_kids(file: BankFile, layout: FileLayout) -> Iterator[tuple[BankTransaction, Finding]]:
    """Yield the payments whose KID has a wrong check digit by modulus 10 and 11 alike, each with a finding.

    Which modulus and which lengths are agreed for the account is the definition's to say, and is checked when the file
    is reconciled.
    """
    wrong = [
        transaction
        for assignment in file.assignments
        for transaction in assignment.transactions
        if transaction.kid and not is_kid(transaction.kid)
    ]
    if not wrong:
        return
    record, item = next(
        (record, item) for record in layout.records for item in record.fields if item.to.rpartition(".")[2] == "kid"
    )
    column, width = (0, 0) if layout.delimited is not None else (item.start + 1, item.length)
    for transaction in wrong:
        yield (
            transaction,
            finding(
                "kid-wrong",
                "The check digit of the KID is wrong.",
                record=record.name,
                field=item.name,
                expected="a check digit by modulus 10 or 11",
                found=transaction.kid,
                column=column,
                width=width,
            ),
        )
