"""What the tests of the exchange share: small synthetic groups, and an ERP whose ledger has no unique key."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any, TypeVar

from attrs import define, evolve
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, create_engine, event, insert, select

from lindorff_sdk import CollectionGroup, Debtor, ExportDefinition, Journal, ListedClaim, Posting, from_json
from lindorff_sdk.errors import AlreadyAppliedError, JournalError, OutOfTurnError
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.json_models import event_from_json, to_json
from lindorff_sdk.models.cases import Claim
from lindorff_sdk.models.codes import DebtorKind
from lindorff_sdk.models.parties import Address
from lindorff_sdk.reconciliation.events import AnyEvent, PaymentReceived

REFERENCE = shipped("lindorff-reference")
SHIPPED = files("lindorff_sdk.files.profiles").joinpath("lindorff_reference.toml")
GROUP = Path(__file__).parents[2] / "examples" / "group.json"
DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 23)
E = TypeVar("E")

BOOKED = Table(
    "erp_booked",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("event_id", String, nullable=False),
    Column("event", String, nullable=False),
)


def variant(folder: Path, *changes: tuple[str, str]) -> Path:
    """Return the path of the reference profile with changes to its text."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, "the profile has changed; so must the test"
        text = text.replace(old, new)
    path = folder / "variant.toml"
    path.write_text(text, encoding="utf-8")
    return path


def example_group() -> CollectionGroup:
    """Return the group of the example."""
    return from_json(CollectionGroup, GROUP.read_text(encoding="utf-8"))


def listed(number: str, debtor: int = 1, amount: str = "1000.00", **changes: Any) -> ListedClaim:
    """Return an invoice on the list; changes are to its claim."""
    claim = Claim(
        invoice_number=number,
        invoice_date=date(2026, 9, 1),
        due_date=date(2026, 9, 15),
        original_amount=amount,
        remaining_amount=amount,
        reminder_fee="35.00",
    )
    return ListedClaim(
        claim=evolve(claim, **changes),
        debtor=Debtor(
            number=f"D{debtor:03}",
            kind=DebtorKind.COMPANY,
            name=f"Prøve Ærlig {debtor} AS",
            address=Address(line1="Sjøgata 1", postcode="9008", city="Tromsø"),
        ),
        notice_date=date(2026, 9, 29),
    )


def group_of(*claims: ListedClaim) -> CollectionGroup:
    """Return a group of these claims."""
    return CollectionGroup(collection_date=DAY, claims=claims)


def small_group() -> CollectionGroup:
    """Return six invoices of five debtors: the references of the cases are I1, I3, I4, I5 and I6."""
    owners = {"I1": 1, "I2": 1, "I3": 2, "I4": 3, "I5": 4, "I6": 5}
    return group_of(*(listed(number, debtor) for number, debtor in owners.items()))


def evening(day: int) -> datetime:
    """Return the time of an evening's exchange."""
    return NOW + timedelta(days=day)


def night(day: int) -> datetime:
    """Return the agency's time of a night."""
    return NIGHT + timedelta(days=day)


@define
class Erp:
    """An ERP with its ledger in the journal's database: what is booked twice stands there twice."""

    journal: Journal

    @classmethod
    @contextmanager
    def open(cls, folder: Path, kind: type[Journal] = Journal, database: str = "") -> Iterator["Erp"]:
        """Open the ERP's database in a folder, made if it is missing; or the one at an address, tables and all."""
        if database:
            with kind(create_engine(database)) as journal:
                yield cls(journal)
            return
        path = folder / "erp.db"
        if not path.exists():
            _place(path)
        with kind.open(path) as journal:
            event.listen(journal.engine, "connect", _quick)
            journal.engine.dispose()
            yield cls(journal)

    def book(self, posting: Posting, connection: Connection) -> None:
        """Write down every event of a posting."""
        rows = [{"event_id": each.id, "event": to_json(each)} for each in posting]
        connection.execute(insert(BOOKED), rows)

    def book_all(self, definition: ExportDefinition | str, *, alone: bool = True) -> int:
        """Book what is pending; return how many events that were.

        Args:
            definition: The agreement.
            alone: Whether a posting that another process took is a failure.
        """
        count = 0
        others: tuple[type[JournalError], ...] = () if alone else (AlreadyAppliedError, OutOfTurnError)
        for posting in self.journal.pending(definition):
            with suppress(*others), self.journal.applying(posting) as connection:
                self.book(posting, connection)
                count += len(posting)
        return count

    def booked(self) -> list[AnyEvent]:
        """Return every event in the ledger, in the order of booking; none may be there twice."""
        with self.journal.engine.connect() as connection:
            rows = connection.execute(select(BOOKED).order_by(BOOKED.c.id)).all()
        twice = [key for key, count in Counter(row.event_id for row in rows).items() if count > 1]
        assert not twice, f"booked twice: {twice}"
        return [event_from_json(row.event) for row in rows]

    def uploads(self, definition: ExportDefinition | str) -> dict[str, bytes]:
        """Return the bytes of each file that the journal holds for the agency."""
        return {file.name: self.journal.content(file).read() for file in self.journal.outgoing(definition)}


def _place(path: Path) -> None:
    """Put an empty ERP there, whole at once: another process may be about to do the same."""
    with NamedTemporaryFile(dir=path.parent) as file:  # made with mode 0600
        file.write(_empty())
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)


@cache
def _empty() -> bytes:
    """Return a database with the tables of a journal and the ledger's, made once: a copy is quicker."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "erp.db"
        with Journal.open(path) as journal:
            BOOKED.metadata.create_all(journal.engine)
        return path.read_bytes()


def _quick(driver: Any, _: object) -> None:
    """Do not wait for the disk: the tests kill processes, not machines."""
    driver.execute("PRAGMA synchronous = OFF")


def of(kind: type[E], found: Iterable[object]) -> list[E]:
    """Return the events of one kind."""
    return [each for each in found if isinstance(each, kind)]


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return a sum."""
    return sum(amounts, Decimal("0.00"))


def shares(payments: Iterable[PaymentReceived]) -> dict[str, Decimal]:
    """Return the sums of amount, principal, interest and costs."""
    found = list(payments)
    names = ("amount", "principal", "interest", "costs", "commission", "vat_set_off")
    return {name: total(getattr(each, name) for each in found) for name in names}
