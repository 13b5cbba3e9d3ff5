"""What the list says of each claim and of each group; where a claim stands follows from the journal, and is told once.

The list itself stores only what the ERP decides: that a claim is listed, stopped or removed. What the agency says of
it stands with its case in the journal, and is read from there: so no receipt, payment or closure can be missed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, FromClause, Row, Select, case, func, literal_column, select

from lindorff_sdk.collection_list.states import ListState
from lindorff_sdk.journal.database import Database
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
        files: The files that claims of it were sent in, oldest first.
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
    over = listed.c.stopped_until.is_not(None) & (listed.c.stopped_until <= today)

    def word(state: ListState) -> ColumnElement[str]:
        return literal_column(f"'{state}'")

    return case(
        (listed.c.removed_at.is_not(None), word(ListState.REMOVED)),
        (listed.c.stopped_at.is_not(None) & ~over, word(ListState.STOPPED)),
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


def select_groups(database: Database, definition_id: str, today: date) -> Select[Any]:
    """Return the query of the groups: one row for each date, state and file."""
    listed, outgoing = database.tables.listed, database.tables.outgoing
    state = state_column(database, today)
    key = (listed.c.collection_date, state, outgoing.c.id, outgoing.c.name, outgoing.c.stored_at)
    return (
        select(*key, func.count().label("claims"), func.sum(listed.c.amount_ore).label("ore"))
        .select_from(joined(database))
        .where(listed.c.definition_id == definition_id, listed.c.latest)
        .group_by(listed.c.collection_date, state, outgoing.c.id, outgoing.c.name, outgoing.c.stored_at)
        .order_by(listed.c.collection_date, outgoing.c.id)
    )


def group_of(collection_date: date, rows: Iterable[Row[Any]], going: Mapping[ListState, list[str]]) -> Group:
    """Return the group that rows of `select_groups` describe.

    Args:
        collection_date: Its date.
        rows: Its rows.
        going: Its invoices that are listed or rejected.
    """
    states: dict[ListState, int] = {}
    files: dict[str, GroupFile] = {}
    ore = 0
    for row in rows:
        state = ListState(row.standing)
        states[state] = states.get(state, 0) + row.claims
        if state is not ListState.REMOVED:
            ore += int(row.ore)
        if row.name is not None:
            before = files[row.name].claims if row.name in files else 0
            files[row.name] = GroupFile(name=row.name, sent_at=row.stored_at, claims=before + row.claims)
    return Group(
        collection_date=collection_date,
        count=sum(count for state, count in states.items() if state is not ListState.REMOVED),
        total=from_ore(ore),
        state=_group_state(states, sent=bool(files)),
        states=MappingProxyType(states),
        files=tuple(files.values()),
        may_go=tuple(going.get(ListState.LISTED, ())),
        may_go_again=tuple(going.get(ListState.REJECTED, ())),
    )


def _group_state(states: Mapping[ListState, int], *, sent: bool) -> GroupState:
    if not set(states) - {ListState.CLOSED, ListState.REMOVED}:
        return GroupState.ENDED
    waits = set(states) & {ListState.LISTED, ListState.REJECTED, ListState.STOPPED}
    if not waits:
        return GroupState.SENT
    return GroupState.PARTLY_SENT if sent else GroupState.WAITING
