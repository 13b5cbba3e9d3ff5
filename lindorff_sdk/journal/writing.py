"""What a file says, written to the journal's tables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import get_args

from attrs import define, evolve, field, frozen
from sqlalchemy import Connection, exists, insert, literal, literal_column, select, update

from lindorff_sdk.errors import JournalError
from lindorff_sdk.findings import Finding, Hold, finding
from lindorff_sdk.journal.bulk import insert_rows
from lindorff_sdk.journal.cases import CaseUpdates, Moves
from lindorff_sdk.journal.database import Database
from lindorff_sdk.journal.events import PostingState, read_postings, written
from lindorff_sdk.journal.repeats import Repeats, new_events
from lindorff_sdk.journal.stored_events import event_text
from lindorff_sdk.json_models import to_json
from lindorff_sdk.reconciliation.events import BankPaymentReceived, PaymentReceived, Posting
from lindorff_sdk.reconciliation.holding import Held, hold_of

POSTING_COLUMNS = (
    "id",
    "definition_id",
    "case_reference",
    "incoming_id",
    "receive_sequence",
    "position",
    "state",
    "failures",
    "last_error",
    "repeat_key",
)
EVENT_COLUMNS = ("id", "posting_id", "position", "kind", "payload", "transaction_id")
_MOVES = [kind.kind for kind in get_args(Moves)]
CASES_COUNTED = 5_000
"""Cases of which what was paid is added up before it is written."""
BATCH = 500
"""Postings written at a time; what a file of any size costs in memory."""


@frozen(kw_only=True)
class Recorded:
    """What recording a file came to.

    Attributes:
        postings: Postings that now wait for the ERP.
        events: Events in them.
        skipped_events: Events that were known before, and so left out.
        skipped_postings: Postings of which every event was known.
        findings: Findings stored.
        held: Postings that findings hold.
        repeats: Findings that the journal added itself: payments that another file seems to have brought, and lines
            that say something else than the same lines of an earlier file.
    """

    postings: int = 0
    events: int = 0
    skipped_events: int = 0
    skipped_postings: int = 0
    findings: int = 0
    held: int = 0
    repeats: tuple[Finding, ...] = ()


@define
class Writer:
    """Writes what one file says, within one transaction.

    Attributes:
        place: The file's place in the order of booking.
        policy: What the definition says that findings hold.
        done: What came of it so far.
        finding_ids: The journal's numbers of the findings given, in their order.
        cases_held: Findings by the case they hold.
        told_repeated: Findings that say of the whole file that it came before; its payments are not doubted one by one.
        wide: Findings of the journal's own that hold more than their line: the case, or the file where it is None.
        spread: Findings given that do so; within their own part what they hold is given with them.
        parts: Parts written so far.
        moves: Whether anything free moves a case or a file.
    """

    connection: Connection
    database: Database
    definition_id: str
    incoming_id: int
    place: int
    now: datetime
    policy: Mapping[str, Hold]
    position: int = 0
    done: Recorded = field(factory=Recorded)
    finding_ids: list[int] = field(factory=list)
    cases_held: defaultdict[str, list[int]] = field(factory=lambda: defaultdict(list))
    wide: list[tuple[int, str | None]] = field(factory=list)
    told_repeated: set[int] = field(factory=set)
    spread: list[tuple[int, str | None]] = field(factory=list)
    parts: int = 0
    moves: bool = False
    repeats: Repeats = field(factory=Repeats)
    updates: CaseUpdates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.updates = CaseUpdates(self.connection, self.database, self.now)
        # What earlier findings hold of a case goes for this file too, until they are resolved.
        table = self.database.tables.findings
        standing = select(table.c.id, table.c.case_reference).where(
            table.c.definition_id == self.definition_id, table.c.holds == "case", table.c.resolved_at.is_(None)
        )
        for row in self.connection.execute(standing):
            self.cases_held[row.case_reference].append(row.id)

    def write(
        self,
        findings: Iterable[Finding] = (),
        cases_held: Iterable[tuple[int, str]] = (),
        postings: Iterable[Posting] = (),
        held: Sequence[Held] = (),
    ) -> None:
        """Write a file, or a part of it: findings, and in the order of its lines the postings.

        Args:
            findings: What was noticed.
            cases_held: For each finding that holds a case: its place among all findings of the file, and the case.
            postings: What may be booked.
            held: What findings hold, by their places among all findings of the file.
        """
        self.parts += 1
        first, cases = len(self.finding_ids), dict(cases_held)
        for place, noted in enumerate(findings, first):
            self.finding_ids.append(self._write_finding(noted, cases.get(place, "")))
            if noted.code == "file-repeated":
                self.told_repeated.add(self.finding_ids[place])
            self.spread += self._beyond_its_line(noted, self.finding_ids[place], cases.get(place, ""))
        for place, case in cases.items():
            if place < first:  # an earlier part's, or the file's own
                self._hold_case(self.finding_ids[place], case)
        by = {each.posting.id: [self.finding_ids[place] for place in each.by] for each in held}
        in_order = sorted((*postings, *(each.posting for each in held)), key=_line_of) if held else postings
        for batch in batched(in_order):
            self.write_postings(batch, by)

    def _beyond_its_line(self, noted: Finding, finding_id: int, case: str) -> list[tuple[int, str | None]]:
        """Return what a finding holds beyond its own line: a case, or (None) the whole file."""
        match hold_of(noted.code, self.policy):
            case Hold.CASE if case:
                return [(finding_id, case)]
            case Hold.FILE:
                return [(finding_id, None)]
            case _:
                return []

    def _hold_case(self, finding_id: int, case: str) -> None:
        """Let a finding that was written before hold a case."""
        table = self.database.tables.findings
        self.connection.execute(update(table).where(table.c.id == finding_id).values(case_reference=case))
        self.cases_held[case].append(finding_id)
        self.spread.append((finding_id, case))

    def _write_finding(self, noted: Finding, case: str) -> int:
        self.done = evolve(self.done, findings=self.done.findings + 1)
        holds = hold_of(noted.code, self.policy)
        finding_id = self.database.insert_row(
            self.connection,
            self.database.tables.findings,
            definition_id=self.definition_id,
            incoming_id=self.incoming_id,
            code=noted.code,
            severity=noted.severity,
            payload=to_json(noted),
            found_at=self.now,
            holds=holds if holds is not Hold.NOTHING else "",
            case_reference=case,
        )
        if holds is Hold.CASE and case:
            self.cases_held[case].append(finding_id)
        return finding_id

    def _add(self, noted: Finding, case: str = "") -> int:
        """Write a finding of the journal's own, and remember what it holds beyond its line."""
        self.done = evolve(self.done, repeats=(*self.done.repeats, noted))
        finding_id = self._write_finding(noted, case)
        self.wide += self._beyond_its_line(noted, finding_id, case)
        return finding_id

    def write_postings(self, postings: list[Posting], held: Mapping[str, list[int]] = MappingProxyType({})) -> None:
        """Write what is new of postings.

        Args:
            postings: At most `BATCH` of them.
            held: Findings by the id of each posting that they hold.
        """
        fresh = self._fresh(postings)
        keyed = {posting.id: repeat_key(posting) for posting in fresh}
        told = self.told_repeated
        unheld = [posting for posting in fresh if told.isdisjoint(held.get(posting.id, ()))]
        repeated = self._repeated(unheld, keyed)
        posting_rows: list[tuple[object, ...]] = []
        event_rows: list[tuple[object, ...]] = []
        hold_rows: list[tuple[object, ...]] = []
        for posting in fresh:
            by = {*held.get(posting.id, ()), *repeated.get(posting.id, ()), *self.cases_held.get(posting.case, ())}
            state = PostingState.HELD if by else PostingState.PENDING
            posting_rows.append(self._posting_row(posting, state, keyed[posting.id]))
            hold_rows.extend((finding_id, posting.id) for finding_id in sorted(by))
            event_rows.extend(_event_rows(posting))
            if by:
                self.done = evolve(self.done, held=self.done.held + 1)
            else:
                self.updates.count(posting)
                self.moves = self.moves or any(isinstance(event, Moves) for event in posting)
        tables = self.database.tables
        insert_rows(self.connection, tables.postings, POSTING_COLUMNS, posting_rows)
        insert_rows(self.connection, tables.events, EVENT_COLUMNS, event_rows)
        insert_rows(self.connection, tables.holds, ("finding_id", "posting_id"), hold_rows)
        self._count(postings, posting_rows, event_rows)
        if len(self.updates.paid) > CASES_COUNTED:
            self.updates.finish(self.definition_id)

    def finish(self) -> None:
        """Write what could be told only at the end."""
        for noted in self.repeats.at_the_end():
            self._add(noted)
        for finding_id, case in (*self.wide, *(self.spread if self.parts > 1 else ())):
            self._hold_more(finding_id, case)
        # Only now it is known what is free: a finding at the end of a file may hold what stands at its beginning.
        for posting in self._free_moves() if self.moves else ():
            self.updates.move(posting)
        self.updates.finish(self.definition_id)
        self.done = evolve(self.done, postings=self.done.postings - self.done.held)

    def _count(self, postings: Sequence[Posting], rows: Sequence[object], events: Sequence[object]) -> None:
        self.done = evolve(
            self.done,
            postings=self.done.postings + len(rows),
            events=self.done.events + len(events),
            skipped_events=self.done.skipped_events + sum(map(len, postings)) - len(events),
            skipped_postings=self.done.skipped_postings + len(postings) - len(rows),
        )

    def _fresh(self, postings: list[Posting]) -> list[Posting]:
        """Return the postings with only those of their events that are new; one without any is left out."""
        table = self.database.tables.events
        ids = [event.id for posting in postings for event in posting]
        theirs = select(table.c.id, table.c.payload).where(self.database.among(table.c.id, ids))
        known: dict[str, str | None] = {row.id: row.payload for row in self.connection.execute(theirs)}
        result = []
        for posting in postings:
            if posting.definition_id != self.definition_id:
                raise JournalError("A posting is of another definition than its file.")
            fresh = []
            for each in new_events(posting, known, self.repeats):
                if isinstance(each, Finding):
                    self._add(each, posting.case)
                else:
                    fresh.append(each)
            if fresh:
                result.append(posting if len(fresh) == len(posting) else evolve(posting, events=tuple(fresh)))
        return result

    def _repeated(self, postings: Sequence[Posting], keyed: Mapping[str, str]) -> dict[str, list[int]]:
        """Note payments that another file seems to have brought; return the findings that hold them, by posting."""
        keys = {key for posting in postings if (key := keyed[posting.id])}
        table, files = self.database.tables.postings, self.database.tables.incoming
        query = (
            select(table.c.repeat_key, files.c.name)
            .join_from(table, files)
            .where(
                table.c.definition_id == self.definition_id,
                table.c.repeat_key != literal_column("''"),
                self.database.among(table.c.repeat_key, sorted(keys)),
                table.c.incoming_id != self.incoming_id,
                table.c.state != PostingState.DISMISSED,
            )
            .order_by(table.c.receive_sequence)  # the latest is named
        )
        earlier = {row.repeat_key: row.name for row in self.connection.execute(query)} if keys else {}
        held: dict[str, list[int]] = {}
        for posting in postings:
            name = earlier.get(keyed[posting.id])
            if name is None:
                continue
            finding_id = self._add(_suspected(posting, name), posting.case)
            if hold_of("suspected-repeat", self.policy) is not Hold.NOTHING:
                held[posting.id] = [finding_id]
        return held

    def _hold_more(self, finding_id: int, case: str | None) -> None:
        """Hold what was written before the finding was made: of its case, or all of the file."""
        table, holds = self.database.tables.postings, self.database.tables.holds
        mine = (table.c.incoming_id == self.incoming_id) & (table.c.receive_sequence == self.place)
        if case is not None:
            mine &= (table.c.case_reference == case) & (table.c.case_reference != "")
        others = select(literal(finding_id), table.c.id).where(mine)
        have = select(holds.c.posting_id).where(holds.c.finding_id == finding_id)
        self.connection.execute(
            insert(holds).from_select(["finding_id", "posting_id"], others.where(table.c.id.not_in(have)))
        )
        free = select(table).where(mine, table.c.state == PostingState.PENDING).limit(BATCH)
        while rows := self.connection.execute(free).all():
            for posting in read_postings(self.connection, self.database, rows):
                self.updates.uncount(posting)
            these = self.database.among(table.c.id, [row.id for row in rows])
            self.connection.execute(update(table).where(these).values(state=PostingState.HELD))
            self.done = evolve(self.done, held=self.done.held + len(rows))

    def _free_moves(self) -> Iterator[Posting]:
        """Yield the postings of the file that may be booked and that move a case or a file, in their order."""
        table, events = self.database.tables.postings, self.database.tables.events
        moves = exists().where(events.c.posting_id == table.c.id, events.c.kind.in_(_MOVES))
        mine = (table.c.definition_id == self.definition_id) & (table.c.receive_sequence == self.place)
        free = select(table).where(mine, table.c.state == written(PostingState.PENDING), moves)
        last = 0
        while rows := self.connection.execute(
            free.where(table.c.position > last).order_by(table.c.position).limit(BATCH)
        ).all():
            yield from read_postings(self.connection, self.database, rows)
            last = rows[-1].position

    def _posting_row(self, posting: Posting, state: PostingState, key: str) -> tuple[object, ...]:
        self.position += 1
        place = (self.incoming_id, self.place, self.position)
        return (posting.id, self.definition_id, posting.case, *place, state.value, 0, "", key)


def repeat_key(posting: Posting) -> str:
    """Return what two payments have in common that may be one: case, amount and date; ``""`` without a payment."""
    for event in posting:
        if isinstance(event, PaymentReceived | BankPaymentReceived):
            case = event.reference or event.agency_case_number or event.kid
            return f"{case}|{event.amount}|{event.paid_on}" if case else ""
    return ""


def _suspected(posting: Posting, earlier: str) -> Finding:
    source = posting.events[-1].source
    return finding(
        "suspected-repeat",
        f"The file {earlier} brought a payment of the same case, amount and date.",
        file=source.file,
        line=source.line,
        found=earlier,
        subject=f"case {posting.case}" if posting.case else "",
    )


def _event_rows(posting: Posting) -> Iterator[tuple[object, ...]]:
    for number, event in enumerate(posting.events):
        transaction = getattr(event, "transaction_id", "")
        yield event.id, posting.id, number, event.kind, event_text(event), transaction


def _line_of(posting: Posting) -> int:
    return posting.events[-1].source.line


def batched(postings: Iterable[Posting]) -> Iterator[list[Posting]]:
    """Yield postings in lists of at most `BATCH`."""
    source = iter(postings)
    while batch := list(islice(source, BATCH)):
        yield batch
