"""What the tests of the list share: an ERP with a list, and an agency that is played by hand, event by event."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from attrs import define, evolve, field

from lindorff_sdk import ExportDefinition
from lindorff_sdk.collection_list import CollectionList, ListState, RemovalReason
from lindorff_sdk.journal import Journal, Outgoing, Told
from lindorff_sdk.models.codes import CorrectionKind, FileStatus, Transfer
from lindorff_sdk.models.envelope import SentAs
from lindorff_sdk.reconciliation.events import (
    AnyEvent,
    CorrectionAcknowledged,
    CorrectionRejected,
    PaymentReceived,
    PaymentReversed,
)
from tests.exchange.erp import listed
from tests.journal.ledgers import SOURCE, acknowledged, closed, posting, registered, rejected

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = date(2026, 11, 24)
DEFINITION = ExportDefinition(
    id="nordlys",
    protocol="local",
    server="/agency",
    upload_folder="in",
    download_folder="out",
    customer_id="00417",
    payout_account="15000200023",
    agency_account="97100100014",
)
NO_CORRECTIONS = evolve(DEFINITION, format=("mamut-nk003",))
"""The same agreement with a layout that has no correction file."""


@define
class Scene:
    """An ERP with a list, and its agency.

    Attributes:
        journal: The journal.
        collection: The list.
        now: The time of what happens next.
    """

    journal: Journal
    collection: CollectionList
    now: datetime = NOW
    _numbers: Any = field(factory=lambda: count(1))

    def add(self, *numbers: str, day: date = DAY) -> None:
        """Put invoices on the list, each of a debtor of its own."""
        self.collection.add([listed(number, at) for at, number in enumerate(numbers, 1)], day, now=self.now)

    def state(self, number: str) -> ListState:
        """Return where an invoice stands."""
        return self.collection.entry(number, now=self.now).state

    def send(self, which: date | str = DAY) -> Outgoing:
        """Send what may go of a group, in one file that gets there."""
        file = self.store(which)
        self.journal.mark_publishing(file.id, f".{file.name}.part", now=self.now)
        self.journal.mark_sent(file.id, now=self.now)
        return file

    def store(self, which: date | str = DAY) -> Outgoing:
        """Store the file of what may go of a group, and do not send it."""
        cases = self.collection.group(which, now=self.now).cases()
        name = f"LS{next(self._numbers)}"
        return self.journal.store_outgoing(
            DEFINITION,
            Transfer.CASES,
            lambda _: (name, name.encode()),
            cases=cases,
            sent_as=SentAs("00417"),
            now=self.now,
        )

    def send_corrections(self) -> list[Told]:
        """Send the corrections that wait in one file, and return them."""
        waiting = list(self.journal.waiting_corrections(DEFINITION))
        name = f"RD{next(self._numbers)}"
        file = self.journal.store_outgoing(
            DEFINITION,
            Transfer.CORRECTIONS,
            lambda _: (name, name.encode()),
            corrections=[told.id for told in waiting],
            now=self.now,
        )
        self.journal.mark_publishing(file.id, f".{name}.part", now=self.now)
        self.journal.mark_sent(file.id, now=self.now)
        return waiting

    def says(self, *events: AnyEvent) -> None:
        """Let a file from the agency say something."""
        file = self.journal.receive(DEFINITION, f"KV{next(self._numbers)}", [repr(events).encode()], now=self.now)
        self.journal.record(file.id, postings=[posting(event) for event in events], now=self.now)

    def registers(self, reference: str) -> None:
        """Let the agency register a case."""
        number = next(self._numbers)
        self.says(registered(f"e{number}", reference, f"70{number:05}"))

    def rejects(self, reference: str, *invoices: str) -> None:
        """Let the agency refuse a case, or some of its claims."""
        self.says(rejected(f"e{next(self._numbers)}", reference, *invoices))

    def rejects_file(self, file: Outgoing) -> None:
        """Let the agency refuse a file as a whole."""
        self.says(acknowledged(f"e{next(self._numbers)}", file.name, FileStatus.REJECTED, file.sequence))

    def closes(self, reference: str) -> None:
        """Let the agency close a case."""
        self.says(closed(f"e{next(self._numbers)}", reference))

    def pays(self, reference: str, amount: int = 100, settlement: str = "2026-00001") -> PaymentReceived:
        """Let the agency bring a payment on a case."""
        event = PaymentReceived(
            **self._facts(reference),
            amount=Decimal(amount),
            principal=Decimal(amount),
            interest=Decimal(0),
            costs=Decimal(0),
            paid_on=DAY,
            settlement_number=settlement,
        )
        self.says(event)
        return event

    def reverses(self, reference: str, amount: int = 100) -> None:
        """Let the agency take a payment back."""
        money = Decimal(amount)
        self.says(
            PaymentReversed(
                **self._facts(reference), amount=money, principal=money, interest=Decimal(0), costs=Decimal(0)
            )
        )

    def answers(self, number: str, kind: CorrectionKind, *, refuses: bool = False) -> None:
        """Let the agency answer a correction."""
        if refuses:
            self.says(CorrectionRejected(**self._facts(number), correction=kind, reason_code="K01"))
        else:
            self.says(CorrectionAcknowledged(**self._facts(number), correction=kind))

    def _facts(self, reference: str) -> dict[str, Any]:
        return {
            "id": f"e{next(self._numbers)}",
            "definition_id": DEFINITION.id,
            "source": SOURCE,
            "counts_from": DAY,
            "reference": reference,
            "invoice_numbers": (reference,),
        }

    def bring_to(self, number: str, state: ListState) -> None:
        """Put an invoice on the list and let happen what brings it to a state."""
        self.add(number)
        if state in {ListState.LISTED, ListState.STOPPED}:
            if state is ListState.STOPPED:
                self.collection.stop(number, now=self.now)
            return
        if state is ListState.REMOVED:
            self.collection.remove(number, RemovalReason.DISPUTED, now=self.now)
            return
        self.send()
        match state:
            case ListState.REGISTERED:
                self.registers(number)
            case ListState.PART_PAID:
                self.pays(number)
            case ListState.REJECTED:
                self.rejects(number)
            case ListState.CLOSED:
                self.closes(number)
            case _:
                pass

    def told(self) -> list[tuple[str, str, str]]:
        """Return the invoice, kind and state of each correction, oldest first."""
        return [
            (told.correction.invoice_number, told.correction.kind.value, told.state.value)
            for told in self.journal.told(DEFINITION)
        ]

    def later(self, **units: float) -> None:
        """Let time pass."""
        self.now += timedelta(**units)


def invoices(claims: Iterable[Any]) -> list[str]:
    """Return the invoice numbers of listed claims."""
    return [line.claim.invoice_number for line in claims]
