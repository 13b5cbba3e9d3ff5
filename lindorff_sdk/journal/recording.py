"""What was read in a file from the agency, recorded in one transaction: postings, findings, and what they change."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import evolve, frozen
from sqlalchemy import Connection, select, update

from lindorff_sdk.errors import IllegalMoveError, JournalError
from lindorff_sdk.findings import Finding, Hold
from lindorff_sdk.journal.database import Database, journal_errors
from lindorff_sdk.journal.incoming import IncomingState
from lindorff_sdk.journal.knowing import Ground
from lindorff_sdk.journal.rereading import forget_reading, held_of_reading
from lindorff_sdk.journal.writing import Recorded, Writer
from lindorff_sdk.reconciliation.events import Posting
from lindorff_sdk.reconciliation.holding import Held
from lindorff_sdk.reconciliation.lines import Reconciled
from lindorff_sdk.reconciliation.matching import Known


@frozen
class Reading:
    """How a file was read; see `Recording.record`."""

    kind: str
    sequence: int | None
    holds: Mapping[str, Hold]
    quarantined: bool
    again: bool
    now: datetime


class Recording:
    """The part of the journal that records what files from the agency say."""

    _database: Database

    @journal_errors
    def record(
        self,
        incoming_id: int,
        *,
        kind: str = "",
        sequence: int | None = None,
        postings: Iterable[Posting] = (),
        findings: Iterable[Finding] = (),
        held: Iterable[Held] = (),
        cases_held: Iterable[tuple[int, str]] = (),
        holds: Mapping[str, Hold] = MappingProxyType({}),
        quarantined: bool = False,
        again: bool = False,
        now: datetime,
    ) -> Recorded:
        """Record what was read in a file, all or nothing, and give the file its place in the order of booking.

        Events whose id is known are left out, whichever file brought them. What the others say about cases and sent
        files is written as well: numbers, rejections (whose claims may be sent again), closures; of held postings
        when they are released. A payment of the same case, amount and date as one of another file is a suspected
        repeat. A case that an earlier finding holds stays held.

        Args:
            incoming_id: The journal's number of the file.
            kind: ``receipts`` or ``settlements``, where known.
            sequence: The agency's running number of the file, where known.
            postings: What is to be booked, in order; none of a quarantined file.
            findings: What was noticed.
            held: What is booked only when the findings that hold it are resolved.
            cases_held: For each finding that holds a case: its place among the findings, and the case.
            holds: What the definition says that findings hold, by code.
            quarantined: Whether the file cannot be used.
            again: Whether the file was recorded before and is read again: what was not booked of it is replaced.
            now: The time, with a zone.

        Raises:
            IllegalMoveError: If the file is recorded already; nothing was written.
            JournalError: If there is no such file, a posting is of another definition, or a quarantined file has
                postings.
        """
        found = (list(findings), list(cases_held), postings, list(held))

        def write(writer: Writer) -> None:
            writer.write(*found)

        return self._record(incoming_id, write, Reading(kind, sequence, holds, quarantined, again, now))

    @journal_errors
    def record_in_parts(
        self,
        incoming_id: int,
        parts: Callable[[Ground], Iterable[Reconciled]],
        *,
        kind: str,
        sequence: int | None,
        holds: Mapping[str, Hold],
        quarantined: bool,
        again: bool,
        now: datetime,
    ) -> Recorded:
        """Record a file as `record` does, part by part: whatever its size, one part of it is in memory.

        Args:
            incoming_id: The journal's number of the file.
            parts: Called within the transaction, with what is known of the definition but for this file; it yields what
                the parts come to. Places of findings go through all parts.
            kind: ``receipts`` or ``settlements``.
            sequence: The agency's running number of the file, where known.
            holds: What the definition says that findings hold, by code.
            quarantined: Whether the file cannot be used as it is.
            again: Whether the file was recorded before and is read again.
            now: The time, with a zone.
        """

        def write(writer: Writer) -> None:
            ground = Ground(writer.connection, writer.database, writer.definition_id, writer.place)
            for part in parts(ground):
                writer.write(part.findings, part.cases_held, part.postings, part.held)

        return self._record(incoming_id, write, Reading(kind, sequence, holds, quarantined, again, now))

    def _record(self, incoming_id: int, write: Callable[[Writer], None], reading: "Reading") -> Recorded:
        with self._database.writing() as connection:
            if reading.again:
                forget_reading(connection, self._database, incoming_id, reading.now)
            definition_id, place = self._take(connection, incoming_id, quarantined=reading.quarantined, now=reading.now)
            writer = Writer(connection, self._database, definition_id, incoming_id, place, reading.now, reading.holds)
            write(writer)
            writer.finish()
            if reading.quarantined and writer.done.postings:
                raise JournalError("A quarantined file has no postings.")
            self._finish(connection, incoming_id, reading.kind, reading.sequence, writer.done)
        return writer.done

    @journal_errors
    def judged_anew(self, incoming_id: int, known: Known) -> Known:
        """Return what is known, for reading a file again: what findings hold of its first reading is not known.

        It was never booked, and has to meet the same doubts a second time.
        """
        with self._database.reading() as connection:
            events, transactions = held_of_reading(connection, self._database, incoming_id)
        others = {key: case for key, case in known.transactions.items() if key not in transactions}
        return evolve(known, transactions=others, events=known.events - events)

    def _take(self, connection: Connection, incoming_id: int, *, quarantined: bool, now: datetime) -> tuple[str, int]:
        """Move the file out of ``received``, and give it the next number of its definition.

        Until the end of the transaction nobody else records a file of the definition: which events are known holds,
        and files become visible in the order of their numbers.
        """
        table = self._database.tables.incoming
        mine = table.c.id == incoming_id
        state = IncomingState.QUARANTINED if quarantined else IncomingState.PROCESSED
        moved = connection.execute(
            update(table).where(mine, table.c.state == IncomingState.RECEIVED).values(state=state, recorded_at=now)
        )
        found = connection.execute(select(table.c.definition_id, table.c.state).where(mine)).first()
        if found is None:
            raise JournalError(f"The journal has no incoming file {incoming_id}.")
        if moved.rowcount != 1:
            raise IllegalMoveError(f"Incoming file {incoming_id} is {found.state} already.")
        place = self._database.next_number(connection, found.definition_id, "incoming")
        connection.execute(update(table).where(mine).values(receive_sequence=place))
        return found.definition_id, place

    def _finish(
        self, connection: Connection, incoming_id: int, kind: str, sequence: int | None, done: Recorded
    ) -> None:
        table = self._database.tables.incoming
        connection.execute(
            update(table)
            .where(table.c.id == incoming_id)
            .values(
                kind=str(kind),
                sequence=sequence,
                postings=done.postings,
                events=done.events,
                skipped_events=done.skipped_events,
            )
        )
