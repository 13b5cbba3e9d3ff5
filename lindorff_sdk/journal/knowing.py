"""What is known of an agreement: what a file from the agency is matched against, read on one connection."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal
from itertools import chain

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, literal_column, select

from lindorff_sdk.journal.database import Database, chunks
from lindorff_sdk.journal.outgoing import ANSWERED, OutgoingState
from lindorff_sdk.models.codes import CorrectionKind, NumberKind, Transfer
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.money import from_ore
from lindorff_sdk.reconciliation.events import PaymentReceived
from lindorff_sdk.reconciliation.matching import CaseState, Known, KnownCase, KnownClaim, SentCorrection, SentFile


@frozen
class Ground:
    """What is known under one definition.

    Attributes:
        before: Only facts of files before this place in the order of booking; None for all.
    """

    connection: Connection
    database: Database
    definition_id: str
    before: int | None = None

    def known(self, transfer: str = "") -> Known:
        """Return what does not depend on what a file names.

        Args:
            transfer: Which transfer the file is.
        """
        corrections = self._corrections() if transfer == Transfer.RECEIPTS else {}
        return Known(self.cases(), self._sent_files(corrections), sequences=self._sequences(transfer))

    def naming(
        self,
        known: Known,
        *,
        transactions: Collection[str] = (),
        names: Collection[str] = (),
        kids: Collection[str] = (),
        events: Collection[str] = (),
    ) -> Known:
        """Return what is known, with what was found of that which a file, or a part of it, names; see `Cases.known`."""
        return known.naming(
            transactions=self._transactions(sorted(transactions)),
            elsewhere=self._elsewhere(sorted(names), frozenset(kids)),
            events=self._events(sorted(events)),
        )

    def cases(self) -> tuple[KnownCase, ...]:
        """Return every case that was sent, oldest first, with its claims, numbers and state."""
        cases, outgoing = self.database.tables.cases, self.database.tables.outgoing
        query = (
            select(cases, outgoing.c.name.label("file_name"))
            .join_from(cases, outgoing)
            .where(cases.c.definition_id == self.definition_id)
            .order_by(cases.c.id)
        )
        rows, claims, numbers = self.connection.execute(query).all(), self._claims(), self._numbers()
        return tuple(
            KnownCase(
                reference=row.reference,
                invoice_numbers=tuple(claim.invoice_number for claim in claims[row.id]),
                claims=tuple(claims[row.id]),
                paid=from_ore(row.paid_ore),
                file_name=row.file_name,
                state=CaseState(row.state),
                agency_case_number=row.agency_case_number,
                number_kind=NumberKind(row.number_kind) if row.number_kind else None,
                previous_numbers=tuple(number for number in numbers[row.id] if number != row.agency_case_number),
                changed_on=day_of(row.changed_at),
            )
            for row in rows
        )

    def _sent_files(self, corrections: Mapping[int, list[SentCorrection]]) -> tuple[SentFile, ...]:
        table = self.database.tables.outgoing
        query = select(table.c.id, table.c.name, table.c.sequence, table.c.transfer, table.c.state).where(
            table.c.definition_id == self.definition_id, table.c.state != OutgoingState.STORED
        )
        return tuple(
            SentFile(
                name=row.name,
                sequence=row.sequence,
                transfer=row.transfer,
                answered=row.state in ANSWERED,
                corrections=tuple(corrections.get(row.id, ())),
            )
            for row in self.connection.execute(query.order_by(table.c.id))
        )

    def _corrections(self) -> Mapping[int, list[SentCorrection]]:
        table = self.database.tables.corrections
        query = select(table.c.outgoing_id, table.c.invoice_number, table.c.kind).where(
            table.c.definition_id == self.definition_id, table.c.outgoing_id.is_not(None)
        )
        found = defaultdict(list)
        for row in self.connection.execute(query.order_by(table.c.id)):
            found[row.outgoing_id].append(SentCorrection(row.invoice_number, CorrectionKind(row.kind)))
        return found

    def _transactions(self, ids: list[str]) -> dict[str, str]:
        postings, events = self.database.tables.postings, self.database.tables.events
        # Looked up from within, and the empty text written out: SQLite goes through all postings for a join, and does
        # not use a partial index for a parameter.
        case = select(postings.c.case_reference).where(
            postings.c.id == events.c.posting_id, postings.c.definition_id == self.definition_id, *self._earlier()
        )
        place = select(postings.c.receive_sequence).where(postings.c.id == events.c.posting_id).scalar_subquery()
        query = select(events.c.transaction_id, case.scalar_subquery().label("case")).where(
            events.c.transaction_id != literal_column("''"), events.c.kind == PaymentReceived.kind
        )
        found: dict[str, str] = {}
        for some in chunks(ids):
            theirs = query.where(self.database.among(events.c.transaction_id, some))
            rows = self.connection.execute(theirs.order_by(place))  # the latest holds
            found.update({row.transaction_id: row.case for row in rows if row.case is not None})
        return found

    def _earlier(self) -> list[ColumnElement[bool]]:
        place = self.database.tables.postings.c.receive_sequence
        return [] if self.before is None else [place < self.before]

    def _events(self, ids: list[str]) -> frozenset[str]:
        events = self.database.tables.events
        found = (
            self.connection.execute(select(events.c.id).where(self.database.among(events.c.id, some))).scalars()
            for some in chunks(ids)
        )
        return frozenset(chain.from_iterable(found))

    def _elsewhere(self, names: list[str], kids: frozenset[str]) -> dict[str, str]:
        claims, numbers = self.database.tables.claims, self.database.tables.case_numbers
        found: dict[str, str] = {}
        if kids:  # gone through once: KIDs have no index, and a bank's file names many that nobody sent
            others = select(claims.c.kid, claims.c.definition_id).where(
                claims.c.definition_id != self.definition_id, claims.c.kid != ""
            )
            rows = self.connection.execute(others.order_by(claims.c.definition_id))
            found.update({row.kid: row.definition_id for row in rows if row.kid in kids})
        for some in chunks(names):
            for table, name in ((claims, claims.c.invoice_number), (numbers, numbers.c.number)):
                query = select(name, table.c.definition_id).where(
                    self.database.among(name, some), table.c.definition_id != self.definition_id
                )
                rows = self.connection.execute(query.order_by(table.c.definition_id))
                found.update({row[0]: row[1] for row in rows})
        return found

    def _sequences(self, transfer: str) -> dict[str, int]:
        table = self.database.tables.incoming
        query = select(table.c.sequence, table.c.name).where(
            table.c.definition_id == self.definition_id,
            table.c.kind == transfer,
            table.c.state == "processed",
            table.c.sequence.is_not(None),
        )
        rows = self.connection.execute(query.order_by(table.c.id)) if transfer else ()
        return {row.name: row.sequence for row in rows}

    def _claims(self) -> Mapping[int, list[KnownClaim]]:
        table = self.database.tables.claims
        query = select(table).where(table.c.definition_id == self.definition_id)
        result = defaultdict(list)
        for row in self.connection.execute(query.order_by(table.c.case_id, table.c.position)):
            amount = None if row.remaining_amount is None else Decimal(row.remaining_amount)
            result[row.case_id].append(
                KnownClaim(invoice_number=row.invoice_number, remaining_amount=amount, kid=row.kid)
            )
        return result

    def _numbers(self) -> Mapping[int, list[str]]:
        table = self.database.tables.case_numbers
        query = select(table.c.case_id, table.c.number).where(table.c.definition_id == self.definition_id)
        result = defaultdict(list)
        for row in self.connection.execute(query.order_by(table.c.case_id, table.c.position)):
            result[row.case_id].append(row.number)
        return result
