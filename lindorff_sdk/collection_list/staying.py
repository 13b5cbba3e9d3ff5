"""Booking on a claim that stays with the agency: a part payment or a part credit note, told with the booking."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from lindorff_sdk.collection_list.entries import find_entry
from lindorff_sdk.collection_list.states import AT_AGENCY
from lindorff_sdk.corrections import Booking, CorrectionLine, corrections_since
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import RequestError
from lindorff_sdk.exchange.corrections import has_correction_file
from lindorff_sdk.journal import Journal, ToTell
from lindorff_sdk.journal.database import Database, journal_errors, refuse_autocommit
from lindorff_sdk.journal.listed import take_list
from lindorff_sdk.journal.telling import insert_correction


class Staying:
    """The part of the list that lets a claim be paid or credited in part, and stay where it is."""

    _journal: Journal
    _definition: ExportDefinition
    _database: Database

    @contextmanager
    def telling(self, booking: Booking, *, connection: Connection | None = None, now: datetime) -> Iterator[Connection]:
        """Book a part payment, a part credit note or a new total on a claim that is with the agency, and tell it.

        The booking and what is told of it are one transaction. A booking that leaves nothing of the claim is told by
        `CollectionList.remove`; one on a claim that is not sent yet, by `CollectionList.correct`.

        Args:
            booking: What is booked.
            connection: A connection of the ERP's to the journal's database, in the ERP's transaction, which the ERP
                commits. Without it one is opened, and committed on leaving.
            now: The time, with a zone.

        Raises:
            NotListedError: If the invoice was never on the list.
            RequestError: If it is not with the agency, nothing is left of it, or the agency is not told of such a
                booking (see `Why`); nothing may be booked.
            JournalBusyError: If somebody is at work on the list for too long.
        """
        [line] = corrections_since([booking], self._definition, journal=self._journal)
        if connection is not None:
            self._keep(connection, line, now)
            yield connection
            return
        with self._database.booking() as own:
            self._keep(own, line, now)
            yield own

    @journal_errors
    def _keep(self, connection: Connection, line: CorrectionLine, now: datetime) -> None:
        refuse_autocommit(connection)
        booking = line.booking
        take_list(connection, self._database, self._definition.id)
        entry = find_entry(connection, self._database, self._definition.id, booking.invoice_number, now)
        if entry.state not in AT_AGENCY:
            raise RequestError(
                f"Invoice {booking.invoice_number} is {entry.state}, so the agency is told nothing: correct what is to "
                "be sent of it, or remove it from the list."
            )
        if line.correction is None:
            raise RequestError(f"This is not booked while the invoice is on the list. {line}")
        if line.correction.remaining_amount == 0:
            raise RequestError(f"Nothing is left of invoice {booking.invoice_number}: remove it from the list.")
        by_file = has_correction_file(self._definition, now)
        given = ToTell(correction=line.correction, by_file=by_file, source=booking.id, case_id=line.case_id)
        if not insert_correction(connection, self._database, self._definition.id, given, now):
            raise RequestError(f"Booking {booking.id} was told before.")
