"""What a file from the agency names: what has to be known before it can be matched."""

from attrs import frozen

from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.settlements import PaymentReversal, SettlementFile, SettlementTotals


@frozen
class Named:
    """What a file names.

    Attributes:
        transactions: The agency's transaction ids: of its payments, and of those that it takes back.
        names: Case numbers and invoice numbers.
    """

    transactions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def named_in(model: AnyFile) -> Named:
    """Return what a settlement names; other files are matched by what was sent alone."""
    if not isinstance(model, SettlementFile):
        return Named()
    entries = [entry for entry in model.entries if not isinstance(entry, SettlementTotals)]
    transactions = {entry.transaction_id for entry in entries}
    transactions |= {entry.reverses for entry in entries if isinstance(entry, PaymentReversal)}
    names = {entry.agency_case_number for entry in entries}
    names |= {getattr(entry, "invoice_number", "") for entry in entries}
    return Named(frozenset(transactions - {""}), frozenset(names - {""}))
