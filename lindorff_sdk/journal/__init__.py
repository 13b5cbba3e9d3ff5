"""The journal: the one store of what was sent, received, found, pending and applied."""

from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from lindorff_sdk.journal.adopting import Adopting
from lindorff_sdk.journal.applying import Applying, Retry
from lindorff_sdk.journal.batches import Batch, Batches
from lindorff_sdk.journal.cases import Cases
from lindorff_sdk.journal.contents import CHUNK, StoredContent
from lindorff_sdk.journal.database import Database, HasId
from lindorff_sdk.journal.events import FailedPosting, Postings, PostingState
from lindorff_sdk.journal.hosts import HostConnection, HostCursor
from lindorff_sdk.journal.incoming import Arrival, Incoming, IncomingFiles, IncomingState
from lindorff_sdk.journal.knowing import Ground
from lindorff_sdk.journal.listed import KeptBack
from lindorff_sdk.journal.log import Log, LogEntry
from lindorff_sdk.journal.outgoing import Outgoing, OutgoingFiles, OutgoingState
from lindorff_sdk.journal.overview import CaseInLimbo, Overview, Update
from lindorff_sdk.journal.own_file import open_file
from lindorff_sdk.journal.purging import Purged, Purging
from lindorff_sdk.journal.recording import Recording
from lindorff_sdk.journal.resolving import Decision, RecordedFinding, Resolved, Resolving
from lindorff_sdk.journal.schema import journal_ddl, journal_tables
from lindorff_sdk.journal.standing import ClaimedInvoices
from lindorff_sdk.journal.telling import Telling, TellingState, Told, ToTell
from lindorff_sdk.journal.workers import Workers
from lindorff_sdk.journal.writing import Recorded

__all__ = [
    "CHUNK",
    "Arrival",
    "Batch",
    "CaseInLimbo",
    "Decision",
    "FailedPosting",
    "Ground",
    "HasId",
    "HostConnection",
    "HostCursor",
    "Incoming",
    "IncomingState",
    "Journal",
    "LogEntry",
    "Outgoing",
    "OutgoingState",
    "PostingState",
    "Purged",
    "Recorded",
    "RecordedFinding",
    "Resolved",
    "Retry",
    "StoredContent",
    "TellingState",
    "ToTell",
    "Told",
    "Update",
    "journal_ddl",
    "journal_tables",
]


class Journal(
    Adopting,
    OutgoingFiles,
    IncomingFiles,
    Recording,
    Postings,
    Applying,
    Batches,
    Workers,
    Resolving,
    Cases,
    Log,
    Overview,
    Purging,
    KeptBack,
    ClaimedInvoices,
    Telling,
):
    """The one store of what was sent, received, found, pending and applied.

    With its tables in the ERP's own database a booking and its mark commit together: exactly once. The calls are
    synchronous and may come from several threads; from async code go through ``asyncio.to_thread``.

    Args:
        engine: An engine of the ERP's own, on SQLite or PostgreSQL; its settings are left as they are. An in-memory
            database of SQLite serves only one thread.
        prefix: What the names of the tables start with.
        create_tables: Create what is missing; otherwise the host has run `journal_ddl` or its own migrations.
        retry: When a posting that the ERP could not book is tried again, and when it is parked.

    Raises:
        JournalError: If the tables are missing or of another version, or the engine commits each statement by itself.
        RequestError: If the prefix cannot be used.
    """

    def __init__(
        self, engine: Engine, *, prefix: str = "lindorff_", create_tables: bool = True, retry: Retry | None = None
    ) -> None:
        self._retry = retry or Retry()
        self._database = Database(engine, journal_tables(prefix))
        self._failed = set()
        self._database.prepare(prefix, create_tables=create_tables)

    @classmethod
    def open(cls, path: str | Path, *, busy_timeout: float = 30.0) -> Self:
        """Return a journal in an SQLite file of its own, made if it is missing and readable by its owner only.

        A commit survives a power cut (write-ahead logging, full synchronisation). Keep the file on a local disk.

        Args:
            path: The file.
            busy_timeout: Seconds to wait for another process before `JournalBusyError`.

        Raises:
            JournalError: If the file cannot be opened, is no journal, or others may read it.
        """
        engine = open_file(Path(path), busy_timeout)
        try:
            return cls(engine)
        except BaseException:
            engine.dispose()
            raise

    @property
    def engine(self) -> Engine:
        """The engine the journal works on; with `open`, also for tables of the host's own in the same file."""
        return self._database.engine

    def content(self, file: Outgoing | Incoming) -> StoredContent:
        """Return the exact bytes of a file, to be read in chunks or at once."""
        return StoredContent(file.size, file.sha256, file.content_id, self._database)

    def close(self) -> None:
        """Close the connections to the database."""
        self._database.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()
