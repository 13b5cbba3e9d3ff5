"""The ERP's side, as small as can be: what it sent, what it knows, and what the agency's files come to."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from attrs import evolve

from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.json_models import from_json
from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase, CollectionGroup
from lindorff_sdk.models.codes import DebtorKind, Transfer
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.reconciliation.events import AnyEvent, CaseRegistered, CaseRenumbered, FileAcknowledged
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.matching import Known, KnownCase, SentFile
from lindorff_sdk.reconciliation.reconcile import Terms, reconcile
from lindorff_sdk.testing import EmbeddedAgency

REFERENCE = shipped("lindorff-reference")
GROUP = Path(__file__).parents[2] / "examples" / "group.json"
EVENING = datetime(2026, 11, 24, 20)
E = TypeVar("E")


def example_cases() -> tuple[CollectionCase, ...]:
    """Return the cases of the example group."""
    return from_json(CollectionGroup, GROUP.read_text(encoding="utf-8")).cases()


def claim(invoice_number: str, amount: str = "1000.00", **changes: Any) -> Claim:
    """Return a plain invoice."""
    plain = Claim(
        invoice_number=invoice_number,
        invoice_date=date(2026, 9, 1),
        due_date=date(2026, 9, 15),
        original_amount=amount,
        remaining_amount=amount,
    )
    return evolve(plain, **changes)


def case(*claims: Claim | str, reference: str = "", kind: DebtorKind = DebtorKind.PRIVATE) -> CollectionCase:
    """Return a case of these claims, or of plain invoices of these numbers."""
    invoices = tuple(claim(item) if isinstance(item, str) else item for item in claims)
    return CollectionCase(
        reference=reference or invoices[0].invoice_number,
        debtor=Debtor(number="01001", kind=kind, name="Åse Prøve", address=Address(postcode="9008", city="Tromsø")),
        claims=invoices,
        collection_date=date(2026, 11, 24),
    )


class Erp:
    """What is sent to an agency, and what comes of its answers."""

    def __init__(self, agency: EmbeddedAgency) -> None:
        self.agency = agency
        self.terms = Terms(definition_id="nordlys", customer_id="00417")
        self.cases: dict[str, KnownCase] = {}
        self.files: list[SentFile] = []
        self.uploads: dict[str, bytes] = {}

    def send(self, *cases: CollectionCase, customer_id: str = "00417") -> str:
        """Put a file of cases into the agency's folder and return its name."""
        name = self.make(CaseFile(envelope=self.envelope(customer_id), cases=cases), "LS")
        for sent in cases:
            invoices = tuple(item.invoice_number for item in sent.claims)
            self.cases[sent.reference] = KnownCase(reference=sent.reference, invoice_numbers=invoices, file_name=name)
        return self.upload(name)

    def correct(self, *corrections: Correction) -> str:
        """Put a file of corrections into the agency's folder and return its name."""
        return self.upload(self.make(CorrectionFile(envelope=self.envelope(), corrections=corrections), "RD"))

    def make(self, file: CaseFile | CorrectionFile, prefix: str) -> str:
        """Write a file's bytes down, without uploading them, and return its name."""
        sequence = file.envelope.sequence
        name = f"{prefix}00417202611242000{sequence:02}"
        self.files.append(SentFile(name=name, sequence=sequence, transfer=str(Transfer.CASES)))
        self.uploads[name] = serialize(file, REFERENCE)
        return name

    def upload(self, name: str, data: bytes | None = None) -> str:
        """Put bytes, those written down unless given, into the agency's folder."""
        (self.agency.folders.uploads / name).write_bytes(self.uploads[name] if data is None else data)
        return name

    def envelope(self, customer_id: str = "00417") -> Envelope:
        """Return the envelope of the next file."""
        return Envelope(customer_id=customer_id, sequence=len(self.files) + 1, created_at=EVENING)

    def read(self, name: str | None, data: bytes | None = None) -> Reconciled:
        """Return what a file of the agency comes to; the case numbers in it are known from then on."""
        assert name is not None, "the agency wrote no file"
        content = (self.agency.folders.downloads / name).read_bytes() if data is None else data
        known = Known(cases=tuple(self.cases.values()), files=tuple(self.files))
        parsed = parse(content, REFERENCE, file_name=name)
        result = reconcile(parsed, sha256(content).hexdigest(), known, self.terms)
        for event in events(result):
            if isinstance(event, CaseRegistered | CaseRenumbered):
                self._number(event)
            elif isinstance(event, FileAcknowledged):
                named = event.file_name
                self.files = [evolve(file, answered=True) if file.name == named else file for file in self.files]
        return result

    def booked(self, name: str | None) -> list[AnyEvent]:
        """Return the events of a file with which nothing at all is wrong."""
        result = self.read(name)
        assert not result.findings, result.findings
        return list(events(result))

    def _number(self, event: CaseRegistered | CaseRenumbered) -> None:
        known = self.cases[event.reference]
        previous = filter(None, (*known.previous_numbers, known.agency_case_number))
        self.cases[event.reference] = evolve(
            known,
            agency_case_number=event.agency_case_number,
            number_kind=event.number_kind,
            previous_numbers=tuple(number for number in previous if number != event.agency_case_number),
        )


def events(result: Reconciled) -> Iterator[AnyEvent]:
    """Yield the events of all postings."""
    for posting in result.postings:
        yield from posting


def of(kind: type[E], found: Iterable[AnyEvent]) -> list[E]:
    """Return the events of one kind."""
    return [event for event in found if isinstance(event, kind)]


def model(agency: EmbeddedAgency, name: str | None) -> AnyFile:
    """Return what a file of the agency says."""
    assert name is not None, "the agency wrote no file"
    return parse(agency.written[name], REFERENCE).require()


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return a sum."""
    return sum(amounts, Decimal("0.00"))
