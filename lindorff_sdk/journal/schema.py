"""The journal's tables, as SQLAlchemy metadata and as plain DDL, under a prefix of the host's choice."""

import re
from datetime import UTC, datetime
from typing import Any

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    insert,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from lindorff_sdk.errors import RequestError

VERSION = "2"
"""Version of the schema; written in the journal and checked on opening."""

_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)
_DIALECTS = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}
_Id = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC, also on SQLite, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a time without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("The journal takes times with a zone, such as datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@frozen
class Tables:
    """The journal's tables under one prefix."""

    metadata: MetaData
    meta: Table
    sequences: Table
    contents: Table
    chunks: Table
    outgoing: Table
    cases: Table
    claims: Table
    case_numbers: Table
    incoming: Table
    findings: Table
    postings: Table
    holds: Table
    events: Table


def journal_tables(prefix: str = "lindorff_") -> Tables:
    """Return the journal's tables, for the host's own metadata and migrations.

    Args:
        prefix: What the names of the tables start with: small letters, digits and ``_``, at most 30.

    Raises:
        RequestError: If the prefix holds anything else.
    """
    if not _PREFIX.fullmatch(prefix):
        raise RequestError(f"A prefix is small letters, digits and _, at most 30, from a letter on: {prefix!r}.")
    metadata = MetaData()
    return Tables(
        metadata,
        **_bookkeeping(metadata, prefix),
        **_files(metadata, prefix),
        **_cases(metadata, prefix),
        findings=_findings(metadata, prefix),
        postings=_postings(metadata, prefix),
        holds=_holds(metadata, prefix),
        events=_events(metadata, prefix),
    )


def journal_ddl(dialect: str = "sqlite", prefix: str = "lindorff_") -> str:
    """Return the statements that create the tables, for a host that runs its own.

    Args:
        dialect: ``sqlite`` or ``postgresql``.
        prefix: What the names of the tables start with.

    Raises:
        RequestError: If the dialect is another, or the prefix cannot be used.
    """
    if dialect not in _DIALECTS:
        raise RequestError(f"The journal runs on {' and '.join(_DIALECTS)}, not on {dialect!r}.")
    version = insert(journal_tables(prefix).meta).values(name="version", value=VERSION)
    statements = (
        *(item.compile(dialect=_DIALECTS[dialect]()) for item in create_statements(prefix)),
        version.compile(dialect=_DIALECTS[dialect](), compile_kwargs={"literal_binds": True}),
    )
    return "".join(f"{str(statement).strip()};\n" for statement in statements)


def create_statements(prefix: str) -> list[CreateTable | CreateIndex]:
    """Return what creates each table and index unless it is there: two processes may start at once."""
    statements: list[CreateTable | CreateIndex] = []
    for table in journal_tables(prefix).metadata.sorted_tables:
        statements.append(CreateTable(table, if_not_exists=True))
        statements.extend(
            CreateIndex(index, if_not_exists=True) for index in sorted(table.indexes, key=lambda index: str(index.name))
        )
    return statements


def _text(name: str, *, default: str | None = None) -> Column[str]:
    return Column(name, String, nullable=False, default=default)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, default=0)


def _added_text(name: str) -> Column[str]:
    return Column(name, String, nullable=False, server_default="")


def _time(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable)


def _key() -> Column[int]:
    return Column("id", _Id, primary_key=True, autoincrement=True)


def _link(name: str, target: str, *, nullable: bool = False, key: bool = False) -> Column[int]:
    return Column(name, _Id, ForeignKey(target), nullable=nullable, primary_key=key, autoincrement=False)


def _bookkeeping(metadata: MetaData, prefix: str) -> dict[str, Table]:
    return {
        "meta": Table(f"{prefix}meta", metadata, Column("name", String, primary_key=True), _text("value")),
        # One row per series of numbers: those of the outgoing files of a transfer, and that of the received files.
        "sequences": Table(
            f"{prefix}sequences",
            metadata,
            Column("definition_id", String, primary_key=True),
            Column("name", String, primary_key=True),
            _count("last"),
        ),
    }


def _files(metadata: MetaData, prefix: str) -> dict[str, Table]:
    contents = Table(
        f"{prefix}contents",
        metadata,
        _key(),
        Column("size", _Id),  # with the digest known once all the chunks are here; until then nothing refers to it
        Column("sha256", String),
        _time("started_at"),
        _time("purged_at", nullable=True),
    )
    chunks = Table(
        f"{prefix}chunks",
        metadata,
        _link("content_id", f"{prefix}contents.id", key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("data", LargeBinary, nullable=False),
    )
    outgoing = Table(
        f"{prefix}outgoing",
        metadata,
        _key(),
        _text("definition_id"),
        _text("transfer"),
        Column("sequence", Integer, nullable=False),
        _text("name"),
        _link("content_id", f"{prefix}contents.id"),
        _text("state"),
        _text("temp_name", default=""),
        _time("stored_at"),
        _time("changed_at"),
        UniqueConstraint("definition_id", "transfer", "sequence"),
    )
    incoming = Table(
        f"{prefix}incoming",
        metadata,
        _key(),
        _text("definition_id"),
        _text("name"),
        _text("sha256"),
        Column("size", _Id, nullable=False),
        _link("content_id", f"{prefix}contents.id"),
        _text("state"),
        _time("received_at"),
        _time("remote_modified", nullable=True),
        _count("deliveries"),
        Column("name_reused", Boolean, nullable=False),
        Column("same_bytes_as", _Id),
        _text("kind", default=""),
        Column("sequence", Integer),
        Column("receive_sequence", Integer),
        _time("recorded_at", nullable=True),
        _time("disposed_at", nullable=True),
        _count("postings"),
        _count("events"),
        _count("skipped_events"),
        UniqueConstraint("definition_id", "name", "sha256"),
    )
    Index(f"{prefix}incoming_bytes", incoming.c.definition_id, incoming.c.sha256)
    return {"contents": contents, "chunks": chunks, "outgoing": outgoing, "incoming": incoming}


def _cases(metadata: MetaData, prefix: str) -> dict[str, Table]:
    cases = Table(
        f"{prefix}cases",
        metadata,
        _key(),
        _text("definition_id"),
        _link("outgoing_id", f"{prefix}outgoing.id"),
        _text("reference"),
        _text("state"),
        _text("agency_case_number", default=""),
        Column("number_kind", String),
        _time("changed_at"),
        Column("paid_ore", _Id, nullable=False, server_default="0"),  # principal, by all files read so far
    )
    Index(f"{prefix}cases_reference", cases.c.definition_id, cases.c.reference)
    Index(f"{prefix}cases_outgoing", cases.c.outgoing_id)
    claims = Table(
        f"{prefix}claims",
        metadata,
        _link("case_id", f"{prefix}cases.id", key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        _text("definition_id"),
        _text("invoice_number"),
        Column("live", Boolean, nullable=False),
        Column("remaining_amount", String),
        _added_text("kid"),
    )
    # The promise itself: an invoice is in one live export only, whatever the code above it does.
    live = claims.c.live.is_(True)
    Index(
        f"{prefix}claims_live",
        claims.c.definition_id,
        claims.c.invoice_number,
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    case_numbers = Table(
        f"{prefix}case_numbers",
        metadata,
        _link("case_id", f"{prefix}cases.id", key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        _text("definition_id"),
        _text("number"),
        Column("kind", String, nullable=False),
    )
    Index(f"{prefix}case_numbers_number", case_numbers.c.definition_id, case_numbers.c.number)
    return {"cases": cases, "claims": claims, "case_numbers": case_numbers}


def _findings(metadata: MetaData, prefix: str) -> Table:
    findings = Table(
        f"{prefix}findings",
        metadata,
        _key(),
        _text("definition_id"),
        _link("incoming_id", f"{prefix}incoming.id", nullable=True),
        _text("code"),
        _text("severity"),
        Column("payload", Text, nullable=False),
        _time("found_at"),
        _time("resolved_at", nullable=True),
        _added_text("holds"),
        _added_text("case_reference"),
        _added_text("resolution"),
        _added_text("resolved_by"),
        _added_text("note"),
    )
    Index(f"{prefix}findings_incoming", findings.c.incoming_id)
    # A case that a finding holds is asked for with every file.
    _partial(f"{prefix}findings_cases", findings.c.holds == "case", findings.c.definition_id, findings.c.case_reference)
    return findings


def _postings(metadata: MetaData, prefix: str) -> Table:
    postings = Table(
        f"{prefix}postings",
        metadata,
        Column("id", String, primary_key=True),
        _text("definition_id"),
        _text("case_reference"),
        _link("incoming_id", f"{prefix}incoming.id"),
        Column("receive_sequence", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        _text("state"),
        _count("failures"),
        _text("last_error", default=""),
        _time("applied_at", nullable=True),
        _time("retry_at", nullable=True),
        Column("parked", Boolean, nullable=False, server_default=false()),
        _added_text("repeat_key"),
        UniqueConstraint("definition_id", "receive_sequence", "position"),
    )
    Index(f"{prefix}postings_incoming", postings.c.incoming_id)
    mine, order = postings.c.definition_id, (postings.c.receive_sequence, postings.c.position)
    _partial(f"{prefix}postings_repeat", postings.c.repeat_key != "", mine, postings.c.repeat_key)
    # What waits is few among what was: partial indexes keep both questions cheap for years.
    pending = postings.c.state == "pending"
    _partial(f"{prefix}postings_pending", pending, mine, *order)
    _partial(f"{prefix}postings_turn", pending, mine, postings.c.case_reference, *order)
    return postings


def _holds(metadata: MetaData, prefix: str) -> Table:
    holds = Table(
        f"{prefix}holds",
        metadata,
        _link("finding_id", f"{prefix}findings.id", key=True),
        Column("posting_id", String, ForeignKey(f"{prefix}postings.id"), primary_key=True),
    )
    Index(f"{prefix}holds_posting", holds.c.posting_id)
    return holds


def _events(metadata: MetaData, prefix: str) -> Table:
    events = Table(
        f"{prefix}events",
        metadata,
        Column("id", String, primary_key=True),
        Column("posting_id", String, ForeignKey(f"{prefix}postings.id"), nullable=False),
        Column("position", Integer, nullable=False),
        _text("kind"),
        Column("payload", Text, nullable=False),  # empty once it was purged
        _added_text("transaction_id"),
        UniqueConstraint("posting_id", "position"),
    )
    _partial(f"{prefix}events_transaction", events.c.transaction_id != "", events.c.transaction_id)
    return events


def _partial(name: str, only: ColumnElement[bool], *columns: Column[Any]) -> None:
    """Make an index of some of a table's rows."""
    Index(name, *columns, sqlite_where=only, postgresql_where=only)
