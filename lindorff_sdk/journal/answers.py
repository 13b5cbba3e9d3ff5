"""What the agency's word on a file, a case or a correction says of the corrections that were told, or are to be."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, case, select, update

from lindorff_sdk.journal.database import Database
from lindorff_sdk.journal.telling import UNREPORTED, TellingState
from lindorff_sdk.models.codes import FileStatus
from lindorff_sdk.reconciliation.events import CorrectionAcknowledged, CorrectionRejected, FileAcknowledged

_IN_FILE = (TellingState.SENT, TellingState.ACCEPTED, TellingState.REJECTED)
_OF_FILE: Mapping[FileStatus, TellingState] = MappingProxyType(
    {FileStatus.ACCEPTED: TellingState.ACCEPTED, FileStatus.REJECTED: TellingState.REJECTED}
)


def answer_file(
    connection: Connection, database: Database, outgoing_id: int, event: FileAcknowledged, now: datetime
) -> None:
    """Write what the agency's word on a correction file says of all that is in it, until more is said of one."""
    if event.status not in _OF_FILE:
        return
    table = database.tables.corrections
    in_it = (table.c.outgoing_id == outgoing_id) & (table.c.state == TellingState.SENT)
    values = {"answer_code": event.reason_code, "answer_text": event.reason_text, "changed_at": now}
    connection.execute(update(table).where(in_it).values(state=_OF_FILE[event.status], **values))


def answer_correction(
    connection: Connection, database: Database, event: CorrectionAcknowledged | CorrectionRejected, now: datetime
) -> None:
    """Write the agency's word on one correction: the oldest of its kind for the invoice that was not answered yet.

    Where it refused the claim as well, there is nothing that somebody would have to tell.
    """
    table, claims = database.tables.corrections, database.tables.claims
    theirs = (table.c.definition_id == event.definition_id) & table.c.invoice_number.in_(event.invoice_numbers)
    if connection.execute(select(table.c.id).where(theirs, table.c.answer_event == event.id)).first():
        return  # the receipt is read again
    claim = (claims.c.case_id == table.c.case_id) & (claims.c.invoice_number == table.c.invoice_number)
    asked = (
        select(table.c.id, claims.c.refused)
        .outerjoin(claims, claim)
        .where(theirs, table.c.kind == event.correction, table.c.answer_event == "", table.c.state.in_(_IN_FILE))
        .order_by(table.c.outgoing_id, table.c.id)
    )
    found = connection.execute(asked.limit(1)).first()
    if found is None:
        return
    values: dict[str, object] = {"state": TellingState.ACCEPTED}
    if isinstance(event, CorrectionRejected):
        state = TellingState.MOOT if found.refused else TellingState.REJECTED
        values = {"state": state, "answer_code": event.reason_code, "answer_text": event.reason_text}
    connection.execute(
        update(table).where(table.c.id == found.id).values(**values, answer_event=event.id, changed_at=now)
    )


def claims_refused(connection: Connection, database: Database, mine: ColumnElement[bool], now: datetime) -> None:
    """Say that the agency does not have some claims: they may go again, and what was to be told of them is moot.

    Args:
        connection: In the transaction that stores the agency's word.
        database: The journal's.
        mine: Which claims, of the table of claims.
        now: The time, with a zone.
    """
    claims, table = database.tables.claims, database.tables.corrections
    connection.execute(update(claims).where(mine).values(live=False, refused=True))
    of_them = select(claims.c.case_id).where(
        mine, claims.c.case_id == table.c.case_id, claims.c.invoice_number == table.c.invoice_number
    )
    unsent = table.c.state.in_((*UNREPORTED, TellingState.WAITING))
    connection.execute(update(table).where(unsent, of_them.exists()).values(state=TellingState.MOOT, changed_at=now))


def case_taken_up(connection: Connection, database: Database, case_id: int, now: datetime) -> None:
    """Say that the agency has a case that it may have refused before: what was moot must be told now."""
    claims, table = database.tables.claims, database.tables.corrections
    connection.execute(update(claims).where(claims.c.case_id == case_id).values(refused=False))
    state = case((table.c.by_file, TellingState.WAITING), else_=TellingState.BY_HAND)
    moot = (table.c.case_id == case_id) & (table.c.state == TellingState.MOOT)
    anew = {"outgoing_id": None, "answer_event": "", "answer_code": "", "answer_text": "", "changed_at": now}
    connection.execute(update(table).where(moot).values(state=state, **anew))
