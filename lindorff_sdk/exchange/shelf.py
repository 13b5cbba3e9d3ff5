"""What must be remembered of a settlement that is too large for memory: in a file that nobody else sees."""

import pickle
import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from lindorff_sdk.journal.database import chunks
from lindorff_sdk.models.parsed import Origin
from lindorff_sdk.models.settlements import (
    CaseClosure,
    InterestNote,
    Payment,
    PaymentReversal,
    SettlementEntry,
    SettlementTotals,
)
from lindorff_sdk.reconciliation.events import CaseClosed, InterestNoteIssued, PaymentReceived, PaymentReversed
from lindorff_sdk.reconciliation.identity import FileIdentity, event_id

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE named (key TEXT NOT NULL, of_payment INTEGER NOT NULL);
CREATE TABLE notes (payment TEXT NOT NULL, line INTEGER NOT NULL, note BLOB NOT NULL);
"""
_AT_ONCE = 1000
_KINDS = {
    Payment: PaymentReceived.kind,
    PaymentReversal: PaymentReversed.kind,
    InterestNote: InterestNoteIssued.kind,
    CaseClosure: CaseClosed.kind,
}


class Shelf:
    """Interest notes, and the ids that a file names. SQLite's temporary file goes with the process that made it.

    Args:
        identity: The file.
    """

    def __init__(self, identity: FileIdentity) -> None:
        self._identity = identity
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLES)
        self._named: list[tuple[str, bool]] = []

    def take(self, entry: SettlementEntry, origin: Origin) -> None:
        """Remember what other lines may have to know of a line."""
        if isinstance(entry, SettlementTotals):
            return
        if origin.unique is not None:
            self._named.append((event_id(self._identity, _KINDS[type(entry)], origin), False))
        if isinstance(entry, InterestNote):
            # What is unpickled later on is what was pickled here.
            row = (entry.payment_transaction_id, origin.line, pickle.dumps((entry, origin)))
            self._database.execute("INSERT INTO notes VALUES (?, ?, ?)", row)
        else:
            transaction = entry.reverses if isinstance(entry, PaymentReversal) else entry.transaction_id
            self._named.append((transaction, isinstance(entry, Payment)))
        if len(self._named) >= _AT_ONCE:
            self._write()

    def end(self) -> None:
        """Say that the last line was taken."""
        self._write()
        self._database.execute("CREATE INDEX by_payment ON notes (payment)")

    def recurring(self) -> frozenset[str]:
        """Return the transaction ids and event ids that the file holds more than once."""
        found = self._database.execute("SELECT key FROM named GROUP BY key HAVING count(*) > 1")
        return frozenset(key for (key,) in found)

    def strays(self) -> frozenset[str]:
        """Return the transaction ids that interest notes name, and that no payment has."""
        found = self._database.execute("SELECT payment FROM notes EXCEPT SELECT key FROM named WHERE of_payment")
        return frozenset(key for (key,) in found)

    def notes(self, transactions: Sequence[str]) -> list[tuple[InterestNote, Origin]]:
        """Return the interest notes of payments, and where they stood, in the order of the file."""
        found: list[tuple[InterestNote, Origin]] = []
        for some in chunks(transactions):
            marks = ", ".join("?" * len(some))
            rows = self._database.execute(f"SELECT note FROM notes WHERE payment IN ({marks}) ORDER BY line", some)  # noqa: S608
            found.extend(pickle.loads(note) for (note,) in rows)  # noqa: S301
        return found

    def _write(self) -> None:
        self._database.executemany("INSERT INTO named VALUES (?, ?)", self._named)
        self._named.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._database.close()
