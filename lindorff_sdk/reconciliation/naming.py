"""What a file from the agency names: what has to be known before it can be matched."""

from collections.abc import Iterator

from attrs import frozen

from lindorff_sdk.models.bank import BankFile
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import PaymentReversal, SettlementFile, SettlementTotals
from lindorff_sdk.reconciliation.bank import identified
from lindorff_sdk.reconciliation.identity import FileIdentity


@frozen
class Named:
    """What a file names.

    Attributes:
        transactions: The agency's transaction ids: of its payments, and of those that it takes back.
        names: Case numbers and invoice numbers.
        kids: The KIDs of a bank's file.
        events: Ids of the events that a bank's file makes: it names no transaction in one field.
    """

    transactions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    kids: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


def named_in(parsed: ParsedFile[AnyFile], identity: FileIdentity) -> Named:
    """Return what a file from the agency or the bank names."""
    model = parsed.model
    if isinstance(model, BankFile):
        found = list(identified(model, parsed, identity))
        kids = frozenset(each.kid for each in found) - {""}
        return Named(kids=kids, events=frozenset(each.id for each in found))
    if isinstance(model, ReceiptFile):
        return Named(names=frozenset(_in_receipts(model)) - {""})
    if not isinstance(model, SettlementFile):
        return Named()
    entries = [entry for entry in model.entries if not isinstance(entry, SettlementTotals)]
    transactions = {entry.transaction_id for entry in entries}
    transactions |= {entry.reverses for entry in entries if isinstance(entry, PaymentReversal)}
    names = {entry.agency_case_number for entry in entries}
    names |= {getattr(entry, "invoice_number", "") for entry in entries}
    return Named(frozenset(transactions - {""}), frozenset(names - {""}))


def _in_receipts(file: ReceiptFile) -> Iterator[str]:
    for receipt in file.receipts:
        for case in receipt.cases:
            yield from (case.reference, case.invoice_number, case.previous_number)
        yield from (correction.invoice_number for correction in receipt.corrections)
