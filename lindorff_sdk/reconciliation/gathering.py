"""What the lines of a settlement must know of the file as a whole, gathered before the first of them is read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal

from attrs import define, field, frozen

from lindorff_sdk.models.codes import Party
from lindorff_sdk.models.money import ZERO
from lindorff_sdk.models.settlements import InterestNote, Payment, PaymentReversal, SettlementEntry, SettlementTotals

Notes = Mapping[str, Sequence[InterestNote]]
"""Interest notes by the transaction id of the payment that they belong to."""


@define
class Sums:
    """What the lines come to, and what the file says that they do.

    Attributes:
        gross: What the agency received, less what was taken back, by settlement number.
        totals: The totals that the file states.
    """

    gross: defaultdict[str, Decimal] = field(factory=lambda: defaultdict(lambda: ZERO))
    totals: list[SettlementTotals] = field(factory=list)

    def add(self, entry: SettlementEntry) -> None:
        """Take a line into account."""
        match entry:
            case Payment() if entry.received_by is Party.AGENCY:
                self.gross[entry.settlement_number] += entry.amount
            case PaymentReversal():
                self.gross[entry.settlement_number] -= entry.amount
            case SettlementTotals():
                self.totals.append(entry)
            case _:
                pass

    @classmethod
    def of(cls, entries: Iterable[SettlementEntry]) -> "Sums":
        """Return those of all the lines of a file."""
        sums = cls()
        for entry in entries:
            sums.add(entry)
        return sums


@frozen
class Around:
    """What of the whole file matters for some of its lines.

    Attributes:
        notes: The interest notes of the payments among the lines, wherever in the file they stand.
        strays: Transaction ids that interest notes name and no payment of the file has.
        recurring: Transaction ids and event ids that the file holds more than once; None if all its lines are here.
    """

    notes: Notes = field(factory=dict)
    strays: AbstractSet[str] = frozenset()
    recurring: AbstractSet[str] | None = None

    @classmethod
    def of(cls, entries: Sequence[SettlementEntry]) -> "Around":
        """Return what all the lines of a file say for all of them."""
        notes: defaultdict[str, list[InterestNote]] = defaultdict(list)
        for entry in entries:
            if isinstance(entry, InterestNote):
                notes[entry.payment_transaction_id].append(entry)
        payments = {entry.transaction_id for entry in entries if isinstance(entry, Payment)}
        return cls(notes, notes.keys() - payments)
