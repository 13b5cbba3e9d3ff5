"""The list: claims are put on it, gathered by date, sent, stopped, corrected and taken off."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Row, insert, select, update

from lindorff_sdk.collection_list.entries import (
    Group,
    ListEntry,
    entry_of,
    find_entry,
    find_row,
    group_of,
    select_entries,
    select_files,
    select_going,
    select_standings,
)
from lindorff_sdk.collection_list.locks import Locks
from lindorff_sdk.collection_list.removal import Removal, RemovalReason, correction_of, take_cases, withdraw
from lindorff_sdk.collection_list.states import ListState, Move, require_move
from lindorff_sdk.collection_list.staying import Staying
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import RequestError
from lindorff_sdk.exchange.corrections import has_correction_file
from lindorff_sdk.journal import Journal, Told, ToTell
from lindorff_sdk.journal.database import chunks, journal_errors
from lindorff_sdk.journal.listed import SERIES, take_list
from lindorff_sdk.json_models import from_json, to_json
from lindorff_sdk.models.cases import CollectionGroup, ListedClaim
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.money import to_ore
from lindorff_sdk.reconciliation.matching import CaseState


@frozen(kw_only=True)
class Added:
    """What `CollectionList.add` did.

    Attributes:
        added: Invoices that are on the list now and were not before.
        already: Invoices that were on it before; they stay as they are.
    """

    added: tuple[str, ...]
    already: tuple[str, ...] = ()


class CollectionList(Locks, Staying):
    """The claims of one agreement that are to be collected, or are being collected (*inkassoliste*).

    Where a claim stands follows the agency's receipts, payments and closures by itself, since it is read from the
    journal. The calls are synchronous; from async code go through ``asyncio.to_thread``.
    """

    def __init__(self, journal: Journal, definition: ExportDefinition) -> None:
        """Open the list.

        Args:
            journal: The journal beside whose tables the list's lie.
            definition: The agreement.

        Raises:
            JournalError: If the journal cannot be used.
        """
        self._journal = journal
        self._definition = definition
        self._database = journal.database
        self._definition_id = definition.id
        self._prepare()

    @journal_errors
    def _prepare(self) -> None:
        series = self._database.tables.sequences
        mine = {"definition_id": self._definition_id, "name": SERIES, "last": 0}
        with self._database.writing() as connection:
            connection.execute(self._database.insert_new(series).values(**mine))

    # What is on it ---------------------------------------------------------------------------------------------------

    @journal_errors
    def groups(self, *, now: datetime) -> tuple[Group, ...]:
        """Return the groups by their dates: counts, sums and states; what was sent in which file; what may go."""
        database, mine, today = self._database, self._definition_id, day_of(now)
        with database.reading() as connection:
            standings = _by_date(connection.execute(select_standings(database, mine, today)))
            files = _by_date(connection.execute(select_files(database, mine)))
            going = _by_date(connection.execute(select_going(database, mine, today)))
        return tuple(group_of(day, its, files[day], going[day]) for day, its in standings.items())

    @journal_errors
    def entries(self, which: date | str, *, now: datetime) -> tuple[ListEntry, ...]:
        """Return the claims of a group, in the order in which they were put there.

        Args:
            which: The group's date, or any of its invoices.
            now: The time, with a zone.

        Raises:
            NotListedError: If no invoice of that number is on the list.
        """
        return tuple(entry_of(row) for row in self._rows(which, now))

    @journal_errors
    def entry(self, invoice_number: str, *, now: datetime) -> ListEntry:
        """Return what the list says of an invoice, also of one that was removed.

        Raises:
            NotListedError: If it was never on the list.
        """
        with self._database.reading() as connection:
            return find_entry(connection, self._database, self._definition_id, invoice_number, now)

    @journal_errors
    def group(self, which: date | str, *, now: datetime) -> CollectionGroup:
        """Return the claims of a group that may go, for `export_group` or `exchange`.

        Args:
            which: The group's date, or any of its invoices.
            now: The time, with a zone.

        Raises:
            NotListedError: If no invoice of that number is on the list.
        """
        rows = self._rows(which, now)
        claims = tuple(from_json(ListedClaim, row.payload) for row in rows if row.standing == ListState.LISTED)
        day = which if isinstance(which, date) else rows[0].collection_date
        return CollectionGroup(collection_date=day, claims=claims)

    def to_report(self) -> tuple[Told, ...]:
        """Return what somebody must tell the agency by hand, oldest first; `ready_text` has the words for it."""
        return self._journal.unreported(self._definition)

    def mark_reported(self, told_id: int, *, by: str, on: date, reference: str = "", now: datetime) -> None:
        """Say that somebody told the agency by hand; see `Journal.mark_reported`."""
        self._journal.mark_reported(told_id, by=by, on=on, reference=reference, now=now)

    # What the ERP does with it ---------------------------------------------------------------------------------------

    @journal_errors
    def add(self, claims: Iterable[ListedClaim], collection_date: date, *, now: datetime) -> Added:
        """Put claims on the list, all or nothing; those that are on it already stay as they are.

        A claim that was removed or closed may be put there anew. One that is in a live export already, since it was
        sent before there was a list, stands as sent from the start.

        Args:
            claims: The claims.
            collection_date: The date of their group (*inkassodato*).
            now: The time, with a zone.

        Raises:
            RequestError: If an invoice has no number, or stands twice among them.
        """
        lines = tuple(claims)
        given = {line.claim.invoice_number: line for line in lines}
        if twice := [number for number, n in Counter(line.claim.invoice_number for line in lines).items() if n > 1]:
            raise RequestError(f"Invoices stand twice among the claims: {', '.join(twice)}.")
        if any(not number.strip() for number in given):
            raise RequestError("A claim has no invoice number.")
        with self._changing() as connection:
            there = self._make_room(connection, list(given), now)
            live = self._live(connection, list(given))
            rows = [
                {
                    "definition_id": self._definition_id,
                    "invoice_number": number,
                    "collection_date": collection_date,
                    "amount_ore": to_ore(line.claim.remaining_amount),
                    "payload": to_json(line),
                    "listed_at": now,
                    "changed_at": now,
                    "latest": True,
                    "case_id": live.get(number),
                }
                for number, line in given.items()
                if number not in there
            ]
            if rows:
                connection.execute(insert(self._database.tables.listed), rows)
        return Added(
            added=tuple(number for number in given if number not in there),
            already=tuple(number for number in given if number in there),
        )

    @journal_errors
    def stop(self, invoice_number: str, *, until: date | None = None, note: str = "", now: datetime) -> None:
        """Do not send a claim for a time, or for good; the invoice stays locked. One that was refused may be stopped.

        Args:
            invoice_number: The invoice.
            until: First day on which it goes again by itself; None for never, until somebody starts it.
            note: Why, for the reader of the list.
            now: The time, with a zone.

        Raises:
            NotListedError: If it is not on the list.
            IllegalMoveError: If it is with the agency, closed or removed.
        """
        values = {"stopped_at": now, "stopped_until": until, "note": note, "case_id": None}
        self._move(invoice_number, Move.STOP, now, **values)

    @journal_errors
    def start(self, invoice_number: str, *, now: datetime) -> None:
        """Let a claim that was stopped go again.

        Raises:
            NotListedError: If it is not on the list.
            IllegalMoveError: If it is not stopped.
        """
        self._move(invoice_number, Move.START, now, stopped_at=None, stopped_until=None)

    @journal_errors
    def correct(self, invoice_number: str, claim: ListedClaim | None = None, *, now: datetime) -> None:
        """Replace what is to be sent of a claim; one that the agency refused goes again with the next export.

        Args:
            invoice_number: The invoice.
            claim: The claim as it is now; None to send it again as it is.
            now: The time, with a zone.

        Raises:
            NotListedError: If it is not on the list.
            IllegalMoveError: If it is with the agency, closed or removed; what changed there is told by a correction.
            RequestError: If the claim is of another invoice.
        """
        values: dict[str, object] = {"case_id": None}
        if claim is not None:
            if claim.claim.invoice_number != invoice_number:
                raise RequestError(f"The claim is of invoice {claim.claim.invoice_number}, not of {invoice_number}.")
            values.update(payload=to_json(claim), amount_ore=to_ore(claim.claim.remaining_amount))
        self._move(invoice_number, Move.CORRECT, now, **values)

    @journal_errors
    def remove(
        self,
        invoice_number: str,
        reason: RemovalReason,
        *,
        on: date | None = None,
        amount: Decimal | None = None,
        text: str = "",
        booking: str = "",
        now: datetime,
    ) -> Removal:
        """Take a claim off the list; the invoice is free. If the agency has it, it is told that nothing is left of it.

        Where the agreement has a correction file, the next `exchange` tells it; otherwise it is among those that
        somebody tells by hand (`to_report`), and every exchange says so until it is done.

        Args:
            invoice_number: The invoice.
            reason: Why.
            on: The day it counts from, as the day of payment; that of ``now`` unless given.
            amount: What was paid or credited, in NOK; given for these two reasons, and for these only.
            text: What the agency is told in words.
            booking: The ERP's id of the booking that it tells, so that `corrections_since` leaves it out.
            now: The time, with a zone.

        Raises:
            NotListedError: If it is not on the list.
            IllegalMoveError: If it is closed, or was removed before.
            RequestError: If the amount is missing or out of place, or the booking was told as a part of the claim.
        """
        reason, by_file = RemovalReason(reason), has_correction_file(self._definition, now)
        correction = correction_of(
            invoice_number,
            reason,
            on=on or day_of(now),
            amount=amount,
            text=text,
            credit_notes=self._definition.credit_notes,
        )
        given = ToTell(correction=correction, by_file=by_file, source=booking, reason=reason)
        with self._changing() as connection:
            cases = take_cases(connection, self._database, self._definition_id, invoice_number)
            row = find_row(connection, self._database, self._definition_id, invoice_number, now)
            require_move(ListState(row.standing), Move.REMOVE, invoice_number)
            told_id = withdraw(connection, self._database, self._definition_id, given, cases, now)
            self._write(connection, row.id, now, removed_at=now, removed_reason=reason, note=text)
        return Removal(invoice_number=invoice_number, told_id=told_id, by_hand=told_id is not None and not by_file)

    # How it is done --------------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._database.writing() as connection:
            take_list(connection, self._database, self._definition_id)
            yield connection

    def _move(self, invoice_number: str, move: Move, now: datetime, **values: object) -> None:
        with self._changing() as connection:
            row = find_row(connection, self._database, self._definition_id, invoice_number, now)
            require_move(ListState(row.standing), move, invoice_number)
            self._write(connection, row.id, now, **values)

    def _write(self, connection: Connection, row_id: int, now: datetime, **values: object) -> None:
        listed = self._database.tables.listed
        connection.execute(update(listed).where(listed.c.id == row_id).values(changed_at=now, **values))

    def _rows(self, which: date | str, now: datetime) -> Sequence[Row[Any]]:
        listed, mine = self._database.tables.listed, self._definition_id
        query = select_entries(self._database, mine, day_of(now)).order_by(listed.c.id)
        with self._database.reading() as connection:
            if not isinstance(which, date):
                which = find_row(connection, self._database, mine, which, now).collection_date
            return connection.execute(query.where(listed.c.collection_date == which)).all()

    def _make_room(self, connection: Connection, invoices: Sequence[str], now: datetime) -> set[str]:
        """Return the invoices that stay on the list; what was removed or closed makes room for a new entry."""
        listed, claims, cases = (getattr(self._database.tables, name) for name in ("listed", "claims", "cases"))
        query = select_entries(self._database, self._definition_id, day_of(now))
        stay: set[str] = set()
        ended = select(cases.c.id).where(
            cases.c.definition_id == self._definition_id, cases.c.state == CaseState.CLOSED
        )
        for some in chunks(invoices):
            rows = connection.execute(query.where(listed.c.invoice_number.in_(some))).all()
            over = [row for row in rows if ListState(row.standing) in {ListState.REMOVED, ListState.CLOSED}]
            stay.update(row.invoice_number for row in rows if row not in over)
            if over:
                theirs = listed.c.id.in_([row.id for row in over])
                connection.execute(update(listed).where(theirs).values(latest=False))
            # A closed case's claims stay live, so that nothing sends them by mistake; to add them is to mean it.
            mine = (claims.c.definition_id == self._definition_id) & claims.c.invoice_number.in_(some) & claims.c.live
            connection.execute(update(claims).where(mine, claims.c.case_id.in_(ended)).values(live=False))
        return stay

    def _live(self, connection: Connection, invoices: Sequence[str]) -> dict[str, int]:
        claims = self._database.tables.claims
        query = select(claims.c.invoice_number, claims.c.case_id).where(
            claims.c.definition_id == self._definition_id, claims.c.live
        )
        return {
            row.invoice_number: row.case_id
            for some in chunks(invoices)
            for row in connection.execute(query.where(claims.c.invoice_number.in_(some)))
        }


def _by_date(rows: Iterable[Row[Any]]) -> defaultdict[date, list[Row[Any]]]:
    found: defaultdict[date, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.collection_date].append(row)
    return found
