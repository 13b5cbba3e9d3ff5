"""The first load: cases that are at the agency already when the SDK is first used."""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve
from sqlalchemy import Connection, insert, select, update

from lindorff_sdk.errors import JournalError
from lindorff_sdk.journal.database import Database, HasId, id_of, journal_errors
from lindorff_sdk.journal.outgoing import Outgoing, OutgoingFiles, OutgoingState, move_outgoing
from lindorff_sdk.json_models import to_json
from lindorff_sdk.models.cases import CollectionCase
from lindorff_sdk.models.codes import NumberKind
from lindorff_sdk.reconciliation.matching import CaseState

ADOPTED = "adopted"
"""What stands in the place of the transfer for cases that were never sent by us."""


class Adopting(OutgoingFiles):
    """The part of the journal that takes over what went on before it."""

    _database: Database

    @journal_errors
    def adopt(self, definition: str | HasId, cases: Sequence[CollectionCase], *, now: datetime) -> Outgoing:
        """Take over cases that are at the agency already, so that its next settlement is no surprise.

        They are registered under their numbers, and their claims are live: they are not sent again. What was adopted
        is kept as a file of JSON lines that is never sent; the log shows it.

        Args:
            definition: The definition, or its id.
            cases: The cases, each with the agency's number; the remaining amounts are those of today.
            now: The time, with a zone.

        Raises:
            JournalError: If a case has no number; nothing is stored.
            AlreadySentError: If a claim is live already, or stands twice.
        """
        if nameless := [case.reference for case in cases if not case.agency_case_number]:
            raise JournalError(f"Cases without the agency's number cannot be adopted: {', '.join(nameless)}.")
        data = "".join(f"{to_json(case)}\n" for case in cases).encode()
        mine = id_of(definition)
        with self._database.writing() as connection:
            file = self._store(connection, mine, ADOPTED, lambda number: (f"{ADOPTED}-{number}", data), cases, now)
            move_outgoing(connection, self._database, file.id, OutgoingState.ACCEPTED, now)
            for case in cases:
                self._register(connection, mine, file.id, case)
        return evolve(file, state=OutgoingState.ACCEPTED)

    def _register(self, connection: Connection, definition_id: str, outgoing_id: int, case: CollectionCase) -> None:
        cases, numbers = self._database.tables.cases, self._database.tables.case_numbers
        mine = (cases.c.outgoing_id == outgoing_id) & (cases.c.reference == case.reference)
        case_id = connection.execute(select(cases.c.id).where(mine)).scalar_one()
        registered = {
            "state": CaseState.REGISTERED,
            "agency_case_number": case.agency_case_number,
            "number_kind": NumberKind.FINAL,
        }
        connection.execute(update(cases).where(cases.c.id == case_id).values(**registered))
        connection.execute(
            insert(numbers).values(
                case_id=case_id,
                position=0,
                definition_id=definition_id,
                number=case.agency_case_number,
                kind=NumberKind.FINAL,
            )
        )
