"""What the list says of each claim and of each group; where a claim stands follows from the journal, and is told once.

The list itself stores only what the ERP decides: that a claim is listed, stopped or removed. What the agency says of
it stands with its case in the journal, and is read from there: so no receipt, payment or closure can be missed.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, case, func, literal_column, select

from lindorff_sdk.collection_list.states import ListState
from lindorff_sdk.errors import NotListedError
from lindorff_sdk.journal.database import Database
from lindorff_sdk.journal.listed import is_stopped
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.money import from_ore
from lindorff_sdk.reconciliation.matching import CaseState


@frozen(kw_only=True)
class ListEntry:
    """A claim on the list.

    Attributes:
        invoice_number: The invoice.
        collection_date: The group it stands in (*inkassodato*).
        amount: What was left of its principal when it was put there, in NOK.
        state: Where it stands.
        since: When it was put on the list.
        file_name: The file it was sent in; ``""`` if it was not.
        sent_at: When that file was stored for sending.
        agency_case_number: The agency's number of its case; ``""`` while there is none.
        stopped_until: First day on which it goes again by itself; None for never.
        removed_reason: Why it was removed; ``""`` if it was not.
        note: What somebody wrote when stopping or removing it.
    """

    invoice_number: str
    collection_date: date
    amount: Decimal
    state: ListState
    since: datetime
    file_name: str = ""
    sent_at: datetime | None = None
    agency_case_number: str = ""
    stopped_until: date | None = None
    removed_reason: str = ""
    note: str = ""


class GroupState(StrEnum):
    """Where a group stands."""

    WAITING = "waiting"
    """Nothing of it was sent yet."""
    PARTLY_SENT = "partly_sent"
    """Something was sent, and something waits."""
    SENT = "sent"
    """All that is to be sent is with the agency."""
    ENDED = "ended"
    """Every claim is closed or removed."""


@frozen(kw_only=True)
class GroupFile:
    """A file in which claims of a group were sent: its name, when it was stored for sending, and how many."""

    name: str
    sent_at: datetime
    claims: int


@frozen(kw_only=True)
class Group:
    """The claims of one collection date.

    Attributes:
        collection_date: The date (*inkassodato*).
        count: Claims on the list, without those removed.
        total: What was left of their principal when they were put there, in NOK.
        state: Where the group stands.
        states: How many claims stand where.
        files: The files that claims of it were sent in, oldest first; those that the agency refused as well.
        may_go: Invoices that go with the next export.
        may_go_again: Invoices that the agency refused; they go again after `CollectionList.correct`.
    """

    collection_date: date
    count: int
    total: Decimal
    state: GroupState
    states: Mapping[ListState, int]
    files: tuple[GroupFile, ...]
    may_go: tuple[str, ...]
    may_go_again: tuple[str, ...]


def joined(database: Database) -> FromClause:
    """Return the list with the case of each claim that was sent."""
    tables = database.tables
    listed, cases, claims, outgoing = tables.listed, tables.cases, tables.claims, tables.outgoing
    same = (claims.c.case_id == listed.c.case_id) & (claims.c.invoice_number == listed.c.invoice_number)
    return (
        listed.outerjoin(cases, cases.c.id == listed.c.case_id)
        .outerjoin(claims, same)
        .outerjoin(outgoing, outgoing.c.id == cases.c.outgoing_id)
    )


def state_column(database: Database, today: ColumnElement[date] | date) -> ColumnElement[str]:
    """Return where a claim stands, as an expression over `joined`."""
    listed, cases, claims = database.tables.listed, database.tables.cases, database.tables.claims

    def word(state: ListState) -> ColumnElement[str]:
        return literal_column(f"'{state}'")

    return case(
        (listed.c.removed_at.is_not(None), word(ListState.REMOVED)),
        (is_stopped(database, today), word(ListState.STOPPED)),
        (listed.c.case_id.is_(None), word(ListState.LISTED)),
        (cases.c.state == CaseState.CLOSED, word(ListState.CLOSED)),
        (claims.c.live.is_(False), word(ListState.REJECTED)),
        (cases.c.paid_ore > 0, word(ListState.PART_PAID)),
        (cases.c.state == CaseState.REGISTERED, word(ListState.REGISTERED)),
        else_=word(ListState.SENT),
    ).label("standing")


def select_entries(database: Database, definition_id: str, today: ColumnElement[date] | date) -> Select[Any]:
    """Return the query of what the list says of each invoice now; older stays on the list are left out."""
    listed, cases, outgoing = database.tables.listed, database.tables.cases, database.tables.outgoing
    return (
        select(
            listed,
            state_column(database, today),
            cases.c.agency_case_number,
            outgoing.c.name.label("file_name"),
            outgoing.c.stored_at.label("sent_at"),
        )
        .select_from(joined(database))
        .where(listed.c.definition_id == definition_id, listed.c.latest)
    )


def entry_of(row: Row[Any]) -> ListEntry:
    """Return the entry that a row of `select_entries` describes."""
    return ListEntry(
        invoice_number=row.invoice_number,
        collection_date=row.collection_date,
        amount=from_ore(row.amount_ore),
        state=ListState(row.standing),
        since=row.listed_at,
        file_name=row.file_name or "",
        sent_at=row.sent_at,
        agency_case_number=row.agency_case_number or "",
        stopped_until=row.stopped_until,
        removed_reason=row.removed_reason,
        note=row.note,
    )


def find_row(
    connection: Connection, database: Database, definition_id: str, invoice_number: str, now: datetime
) -> Row[Any]:
    """Return the row of `select_entries` of an invoice.

    Raises:
        NotListedError: If it was never on the list.
    """
    query = select_entries(database, definition_id, day_of(now))
    row = connection.execute(query.where(database.tables.listed.c.invoice_number == invoice_number)).first()
    if row is None:
        raise NotListedError(f"Invoice {invoice_number} is not on the collection list; add it first.")
    return row


def find_entry(
    connection: Connection, database: Database, definition_id: str, invoice_number: str, now: datetime
) -> ListEntry:
    """Return what the list says of an invoice.

    Raises:
        NotListedError: If it was never on the list.
    """
    return entry_of(find_row(connection, database, definition_id, invoice_number, now))


def select_standings(database: Database, definition_id: str, today: date) -> Select[Any]:
    """Return the query of the groups: how many claims of each date stand where, and what they come to."""
    # The state is worked out beneath: PostgreSQL does not see that two expressions with parameters are the same.
    claims = select_entries(database, definition_id, today).subquery()
    return (
        select(
            claims.c.collection_date,
            claims.c.standing,
            func.count().label("claims"),
            func.sum(claims.c.amount_ore).label("ore"),
        )
        .group_by(claims.c.collection_date, claims.c.standing)
        .order_by(claims.c.collection_date)
    )


def select_files(database: Database, definition_id: str) -> Select[Any]:
    """Return the query of the files in which claims of the groups were sent, refused ones too, oldest first."""
    tables = database.tables
    listed, claims, cases, outgoing = tables.listed, tables.claims, tables.cases, tables.outgoing
    same = (claims.c.definition_id == listed.c.definition_id) & (claims.c.invoice_number == listed.c.invoice_number)
    # What was sent of an earlier stay on the list is not this group's.
    this_stay = (outgoing.c.stored_at >= listed.c.listed_at) | (claims.c.case_id == listed.c.case_id)
    columns = (listed.c.collection_date, outgoing.c.id, outgoing.c.name, outgoing.c.stored_at)
    return (
        select(*columns, func.count().label("claims"))
        .select_from(listed.join(claims, same).join(cases, cases.c.id == claims.c.case_id).join(outgoing))
        .where(listed.c.definition_id == definition_id, listed.c.latest, this_stay)
        .group_by(*columns)
        .order_by(listed.c.collection_date, outgoing.c.id)
    )


def select_going(database: Database, definition_id: str, today: date) -> Select[Any]:
    """Return the query of the invoices that may go, or go again, in the order in which they were listed."""
    claims = select_entries(database, definition_id, today).subquery()
    return (
        select(claims.c.collection_date, claims.c.standing, claims.c.invoice_number)
        .where(claims.c.standing.in_([ListState.LISTED, ListState.REJECTED]))
        .order_by(claims.c.id)
    )


def group_of(
    collection_date: date, standings: Iterable[Row[Any]], files: Iterable[Row[Any]], going: Iterable[Row[Any]]
) -> Group:
    """Return the group of a date, given its rows of `select_standings`, `select_files` and `select_going`."""
    rows, may_go = {ListState(row.standing): row for row in standings}, list(going)
    on_it = [row for state, row in rows.items() if state is not ListState.REMOVED]
    sent = tuple(GroupFile(name=row.name, sent_at=row.stored_at, claims=row.claims) for row in files)
    return Group(
        collection_date=collection_date,
        count=sum(row.claims for row in on_it),
        total=from_ore(sum(int(row.ore) for row in on_it)),
        state=_group_state(rows, sent=bool(sent)),
        states=MappingProxyType({state: row.claims for state, row in rows.items()}),
        files=sent,
        may_go=tuple(row.invoice_number for row in may_go if row.standing == ListState.LISTED),
        may_go_again=tuple(row.invoice_number for row in may_go if row.standing == ListState.REJECTED),
    )


def _group_state(states: Collection[ListState], *, sent: bool) -> GroupState:
    if not set(states) - {ListState.CLOSED, ListState.REMOVED}:
        return GroupState.ENDED
    waits = set(states) & {ListState.LISTED, ListState.REJECTED, ListState.STOPPED}
    if not waits:
        return GroupState.SENT
    return GroupState.PARTLY_SENT if sent else GroupState.WAITING
