"""Files to the agency: which bytes under which name, how far they got, and which claims are with the agency."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from lindorff_sdk.errors import AlreadySentError, IllegalMoveError, JournalError, KeptBackError
from lindorff_sdk.journal.contents import store_content
from lindorff_sdk.journal.database import Database, HasId, chunks, id_of, journal_errors
from lindorff_sdk.journal.listed import link_listed, still_invoices, take_list
from lindorff_sdk.models.cases import Claim, CollectionCase
from lindorff_sdk.models.codes import ClaimKind, Transfer
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.envelope import SentAs
from lindorff_sdk.reconciliation.matching import CaseState


class OutgoingState(StrEnum):
    """How far a file to the agency got."""

    STORED = "stored"
    """Its bytes and name are fixed; nothing has been sent."""
    PUBLISHING = "publishing"
    """The rename to its final name is about to be sent, or was."""
    SENT = "sent"
    UNKNOWN = "unknown"
    """The answer to the rename was lost, and the file is not to be seen at the server."""
    RECEIVED = "received"
    PARTLY_ACCEPTED = "partly_accepted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


_S = OutgoingState
ANSWERED = frozenset({_S.RECEIVED, _S.PARTLY_ACCEPTED, _S.ACCEPTED, _S.REJECTED})
"""The states that come from the agency."""
MOVES: Mapping[OutgoingState, frozenset[OutgoingState]] = MappingProxyType(
    {
        # An answer shows that the file arrived, also where we missed the end of sending it.
        _S.STORED: ANSWERED | {_S.PUBLISHING, _S.SENT},
        # Once only: of two runs that publish one file at the same time, the second must stop before its rename.
        _S.PUBLISHING: ANSWERED | {_S.STORED, _S.SENT, _S.UNKNOWN},
        _S.UNKNOWN: ANSWERED | {_S.STORED, _S.SENT},
        _S.SENT: ANSWERED,
        _S.RECEIVED: ANSWERED - {_S.RECEIVED},
        _S.PARTLY_ACCEPTED: frozenset({_S.ACCEPTED}),
        _S.ACCEPTED: frozenset(),
        _S.REJECTED: frozenset(),
    }
)
"""Where a file may go from each state."""


@frozen(kw_only=True)
class Outgoing:
    """A file to the agency.

    Attributes:
        id: The journal's number of the file.
        transfer: ``cases`` or ``corrections``.
        sequence: Running number among the files of its transfer.
        name: Its final name at the agency.
        temp_name: The name it was last uploaded under before the rename; ``""`` until then.
        customer_id: The creditor's id that it states; ``""`` where that was not kept.
        payout_account: The creditor's account that it states; ``""`` where that was not kept.
    """

    id: int
    definition_id: str
    transfer: str
    sequence: int
    name: str
    state: OutgoingState
    temp_name: str
    stored_at: datetime
    changed_at: datetime
    size: int
    sha256: str
    content_id: int
    customer_id: str = ""
    payout_account: str = ""


NOBODY = SentAs("")
"""Nobody is named."""


class OutgoingFiles:
    """The part of the journal that keeps files to the agency."""

    _database: Database

    @journal_errors
    def live_claims(self, definition: str | HasId) -> Mapping[str, CaseState]:
        """Return the invoices that are in a live export, and so not to be sent again, and where their cases stand."""
        claims, cases = self._database.tables.claims, self._database.tables.cases
        query = (
            select(claims.c.invoice_number, cases.c.state)
            .join_from(claims, cases)
            .where(claims.c.definition_id == id_of(definition), claims.c.live)
        )
        with self._database.reading() as connection:
            return {row.invoice_number: CaseState(row.state) for row in connection.execute(query)}

    @journal_errors
    def coming_sequence(self, definition: str | HasId, transfer: str) -> int:
        """Return the running number that the next file of a transfer will have; nothing is allotted."""
        series = self._database.tables.sequences
        query = select(series.c.last).where(
            series.c.definition_id == id_of(definition), series.c.name == _series(transfer)
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar() or 0) + 1

    def live_invoices(self, definition: str | HasId) -> frozenset[str]:
        """Return the invoices that are in a live export, and so are not to be sent again."""
        return frozenset(self.live_claims(definition))

    @journal_errors
    def store_outgoing(
        self,
        definition: str | HasId,
        transfer: str,
        build: Callable[[int], tuple[str, bytes]],
        *,
        cases: Sequence[CollectionCase] = (),
        sent_as: SentAs = NOBODY,
        corrections: Sequence[int] = (),
        now: datetime,
    ) -> Outgoing:
        """Store a new file, its cases and their claims, all or nothing, and return it in the state ``stored``.

        Args:
            definition: The definition, or its id.
            transfer: ``cases`` or ``corrections``.
            build: Makes name and bytes, given the file's sequence number. If it raises, nothing is stored and the
                number is free again.
            cases: The cases in the file; their claims become live.
            sent_as: Whom it is sent as.
            corrections: The journal's numbers of the corrections in the file: they are in it from now on.
            now: The time, with a zone.

        Raises:
            AlreadySentError: If a claim is in a live export already, or stands twice in ``cases``; or a correction is
                in another file.
            KeptBackError: If somebody took a claim off the collection list, or stopped it.
        """
        with self._database.writing() as connection:
            file = self._store(connection, id_of(definition), transfer, build, cases, now, sent_as)
            put_in_file(connection, self._database, file.id, corrections, now)
            return file

    def _store(  # noqa: PLR0917 - the pieces of one row
        self,
        connection: Connection,
        definition_id: str,
        transfer: str,
        build: Callable[[int], tuple[str, bytes]],
        cases: Sequence[CollectionCase],
        now: datetime,
        sent_as: SentAs = NOBODY,
    ) -> Outgoing:
        take_list(connection, self._database, definition_id)
        sequence = self._database.next_number(connection, definition_id, _series(transfer))
        self._refuse_sent(connection, definition_id, cases)
        if transfer == Transfer.CASES:
            self._refuse_kept_back(connection, definition_id, cases, now)
        name, data = build(sequence)
        content_id, sha256 = store_content(connection, self._database, data, now)
        row: dict[str, Any] = {
            "definition_id": definition_id,
            "transfer": str(transfer),
            "sequence": sequence,
            "name": name,
            "content_id": content_id,
            "state": OutgoingState.STORED,
            "temp_name": "",
            "stored_at": now,
            "changed_at": now,
            "customer_id": sent_as.customer_id,
            "payout_account": sent_as.payout_account,
        }
        outgoing_id = self._database.insert_row(connection, self._database.tables.outgoing, **row)
        for case in cases:
            self._store_case(connection, definition_id, outgoing_id, case, now)
        return Outgoing(id=outgoing_id, size=len(data), sha256=sha256, **row)

    @journal_errors
    def outgoing(self, definition: str | HasId) -> tuple[Outgoing, ...]:
        """Return all files to the agency, oldest first."""
        return self._select(self._database.tables.outgoing.c.definition_id == id_of(definition))

    @journal_errors
    def unfinished(self, definition: str | HasId, transfer: str | None = None) -> tuple[Outgoing, ...]:
        """Return the files that are ``stored`` or ``publishing``, oldest first: sending them was interrupted.

        Args:
            definition: The definition, or its id.
            transfer: Only the files of this transfer.
        """
        table = self._database.tables.outgoing
        wanted = (table.c.definition_id == id_of(definition)) & table.c.state.in_([_S.STORED, _S.PUBLISHING])
        return self._select(wanted if transfer is None else wanted & (table.c.transfer == transfer))

    def mark_publishing(self, outgoing_id: int, temp_name: str, *, now: datetime) -> None:
        """Say, before the rename is sent, that it is about to be, and under which temporary name the file is.

        Raises:
            IllegalMoveError: If the file is being published (by another run, perhaps), sent, unknown or answered.
        """
        self._move(outgoing_id, _S.PUBLISHING, now, temp_name=temp_name)

    def mark_sent(self, outgoing_id: int, *, now: datetime) -> None:
        """Say that the file is at the agency under its final name. An answer that came before says as much."""
        self._move(outgoing_id, _S.SENT, now)

    def mark_unknown(self, outgoing_id: int, *, now: datetime) -> None:
        """Say that the file may be at the agency or not. An answer that came before says more.

        Raises:
            IllegalMoveError: If the file was never published, or is known to be sent.
        """
        self._move(outgoing_id, _S.UNKNOWN, now)

    def mark_unpublished(self, outgoing_id: int, *, now: datetime) -> None:
        """Say that the rename surely did not happen, so that the file may be sent as if for the first time.

        Raises:
            IllegalMoveError: If the file is known to be sent.
        """
        self._move(outgoing_id, _S.STORED, now, temp_name="")

    @journal_errors
    def _move(self, outgoing_id: int, state: OutgoingState, now: datetime, **changes: str) -> None:
        table = self._database.tables.outgoing
        with self._database.writing() as connection:
            if move_outgoing(connection, self._database, outgoing_id, state, now, **changes):
                return
            found = connection.execute(select(table.c.state).where(table.c.id == outgoing_id)).scalar()
        if found is None:
            raise JournalError(f"The journal has no outgoing file {outgoing_id}.")
        if state is _S.PUBLISHING or (found != state and found not in ANSWERED):
            raise IllegalMoveError(f"An outgoing file cannot go from {found} to {state}.")

    def _select(self, wanted: ColumnElement[bool]) -> tuple[Outgoing, ...]:
        query = select_outgoing(self._database).where(wanted).order_by(self._database.tables.outgoing.c.id)
        with self._database.reading() as connection:
            return tuple(outgoing_of(row) for row in connection.execute(query))

    def _refuse_sent(self, connection: Connection, definition_id: str, cases: Sequence[CollectionCase]) -> None:
        numbers = [claim.invoice_number for case in cases for claim in case.claims]
        if twice := [number for number, count in Counter(numbers).items() if count > 1]:
            raise AlreadySentError(f"Invoices stand twice in this export: {', '.join(twice)}.", twice)
        claims = self._database.tables.claims
        live = select(claims.c.invoice_number).where(claims.c.definition_id == definition_id, claims.c.live)
        sent: list[str] = []
        for some in chunks(numbers):
            sent.extend(connection.execute(live.where(claims.c.invoice_number.in_(some))).scalars())
        if sent:
            raise AlreadySentError(f"Invoices are in a live export already: {', '.join(sorted(sent))}.", sorted(sent))

    def _refuse_kept_back(
        self, connection: Connection, definition_id: str, cases: Sequence[CollectionCase], now: datetime
    ) -> None:
        numbers = [claim.invoice_number for case in cases for claim in case.claims]
        if kept := sorted(still_invoices(connection, self._database, definition_id, numbers, day_of(now))):
            raise KeptBackError(f"The collection list keeps back what was to be sent: {', '.join(kept)}.", kept)

    def _store_case(
        self, connection: Connection, definition_id: str, outgoing_id: int, case: CollectionCase, now: datetime
    ) -> None:
        tables = self._database.tables
        case_id = self._database.insert_row(
            connection,
            tables.cases,
            definition_id=definition_id,
            outgoing_id=outgoing_id,
            reference=case.reference,
            state=CaseState.SENT,
            changed_at=now,
        )
        claims = [
            {
                "case_id": case_id,
                "position": position,
                "definition_id": definition_id,
                "invoice_number": claim.invoice_number,
                "live": True,
                "remaining_amount": str(_owed(claim)),
                "kid": claim.kid,
            }
            for position, claim in enumerate(case.claims)
        ]
        refused = False
        try:
            connection.execute(insert(tables.claims), claims)
        except IntegrityError:
            refused = True  # another process was quicker; raised outside the handler, as every error here
        if refused:
            raise AlreadySentError(f"A claim of case {case.reference} is in a live export already.")
        numbers = [claim.invoice_number for claim in case.claims]
        link_listed(connection, self._database, definition_id, case_id, numbers, now)


def _series(transfer: str) -> str:
    """Return the name of the running numbers of a transfer's files."""
    return f"outgoing {transfer}"


def _owed(claim: Claim) -> Decimal:
    """Return what a claim adds to what is outstanding; a credit note takes away, whichever sign it is written with."""
    return -abs(claim.remaining_amount) if claim.kind is ClaimKind.CREDIT_NOTE else claim.remaining_amount


def put_in_file(
    connection: Connection, database: Database, outgoing_id: int, corrections: Sequence[int], now: datetime
) -> None:
    """Say of corrections that wait that they are in a file.

    Raises:
        AlreadySentError: If one does not wait; another run was quicker.
    """
    table = database.tables.corrections
    free = update(table).where(table.c.id == bindparam("of"), table.c.state == "waiting")
    in_it = free.values(state="sent", outgoing_id=outgoing_id, changed_at=now)
    for number in corrections:
        if connection.execute(in_it, {"of": number}).rowcount != 1:
            raise AlreadySentError(f"Correction {number} is in another file already, or was told by hand.")


def select_outgoing(database: Database) -> Select[Any]:
    """Return the query of outgoing files with size and digest."""
    outgoing, contents = database.tables.outgoing, database.tables.contents
    return select(outgoing, contents.c.size, contents.c.sha256).join_from(outgoing, contents)


def outgoing_of(row: Row[Any]) -> Outgoing:
    """Return the file that a row of `select_outgoing` describes."""
    values = row._asdict()
    return Outgoing(**{**values, "state": OutgoingState(row.state)})


def move_outgoing(
    connection: Connection,
    database: Database,
    outgoing_id: int,
    state: OutgoingState,
    now: datetime,
    **changes: str,
) -> bool:
    """Move a file to a state if the table of moves allows it; say whether it moved."""
    table = database.tables.outgoing
    origins = [origin for origin, targets in MOVES.items() if state in targets]
    result = connection.execute(
        update(table)
        .where(table.c.id == outgoing_id, table.c.state.in_(origins))
        .values(state=state, changed_at=now, **changes)
    )
    return result.rowcount == 1
