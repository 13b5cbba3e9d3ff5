"""A file read again: what was not booked of its first reading makes room for the second."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from lindorff_sdk.journal.cases import CaseUpdates
from lindorff_sdk.journal.database import Database, chunks
from lindorff_sdk.journal.events import PostingState, read_postings
from lindorff_sdk.journal.incoming import IncomingState


def forget_reading(connection: Connection, database: Database, incoming_id: int, now: datetime) -> None:
    """Put a file back to where its bytes had just come, but for what was booked or dismissed of it.

    Its open findings are closed as superseded: the second reading notes anew what is still wrong.
    """
    incoming, findings = database.tables.incoming, database.tables.findings
    mine = incoming.c.id == incoming_id
    connection.execute(update(incoming).where(mine).values(state=IncomingState.RECEIVED))
    definition_id = connection.execute(select(incoming.c.definition_id).where(mine)).scalar()
    if definition_id is not None:
        _remove_postings(connection, database, str(definition_id), incoming_id, now)
    connection.execute(
        update(findings)
        .where(findings.c.incoming_id == incoming_id, findings.c.resolved_at.is_(None))
        .values(resolved_at=now, resolution="superseded")
    )


def held_of_reading(connection: Connection, database: Database, incoming_id: int) -> tuple[set[str], set[str]]:
    """Return the ids of the events that findings hold of a file, and the agency's transaction ids in them."""
    postings, events = database.tables.postings, database.tables.events
    query = (
        select(events.c.id, events.c.transaction_id)
        .join_from(events, postings)
        .where(postings.c.incoming_id == incoming_id, postings.c.state == PostingState.HELD)
    )
    rows = connection.execute(query).all()
    return {row.id for row in rows}, {row.transaction_id for row in rows}


def _remove_postings(
    connection: Connection, database: Database, definition_id: str, incoming_id: int, now: datetime
) -> None:
    tables = database.tables
    postings, events, holds = tables.postings, tables.events, tables.holds
    waiting = select(postings).where(
        postings.c.incoming_id == incoming_id, postings.c.state.in_([PostingState.PENDING, PostingState.HELD])
    )
    updates = CaseUpdates(connection, database, now)
    # Locked first: one that a worker is booking now is booked, and stays.
    rows = connection.execute(waiting.with_for_update()).all()
    for some in chunks(rows):
        free = [row for row in some if row.state == PostingState.PENDING]
        for posting in read_postings(connection, database, free):
            updates.uncount(posting)
        ids = [row.id for row in some]
        connection.execute(delete(holds).where(holds.c.posting_id.in_(ids)))
        connection.execute(delete(events).where(events.c.posting_id.in_(ids)))
        connection.execute(delete(postings).where(postings.c.id.in_(ids)))
    updates.finish(definition_id)
