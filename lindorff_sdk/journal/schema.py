"""The journal's tables, as SQLAlchemy metadata and as plain DDL, under a prefix of the host's choice."""

import re
from typing import Any

from attrs import frozen
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    insert,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from lindorff_sdk.errors import RequestError
from lindorff_sdk.journal.columns import BigId, added_text, count, key, link, text, time
from lindorff_sdk.journal.list_tables import list_tables

VERSION = "3"
"""Version of the schema; written in the journal and checked on opening."""

_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)
_DIALECTS = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}


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
    listed: Table
    corrections: Table


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
        **list_tables(metadata, prefix),
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


def _bookkeeping(metadata: MetaData, prefix: str) -> dict[str, Table]:
    return {
        "meta": Table(f"{prefix}meta", metadata, Column("name", String, primary_key=True), text("value")),
        # One row per series of numbers: those of the outgoing files of a transfer, and that of the received files.
        "sequences": Table(
            f"{prefix}sequences",
            metadata,
            Column("definition_id", String, primary_key=True),
            Column("name", String, primary_key=True),
            count("last"),
        ),
    }


def _files(metadata: MetaData, prefix: str) -> dict[str, Table]:
    contents = Table(
        f"{prefix}contents",
        metadata,
        key(),
        Column("size", BigId),  # with the digest known once all the chunks are here; until then nothing refers to it
        Column("sha256", String),
        time("started_at"),
        time("purged_at", nullable=True),
    )
    chunks = Table(
        f"{prefix}chunks",
        metadata,
        link("content_id", f"{prefix}contents.id", key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("data", LargeBinary, nullable=False),
    )
    outgoing = Table(
        f"{prefix}outgoing",
        metadata,
        key(),
        text("definition_id"),
        text("transfer"),
        Column("sequence", Integer, nullable=False),
        text("name"),
        link("content_id", f"{prefix}contents.id"),
        text("state"),
        text("temp_name", default=""),
        time("stored_at"),
        time("changed_at"),
        # Whom it was sent as: a case stays with the customer id it was sent under, whatever the settings say later.
        added_text("customer_id"),
        added_text("payout_account"),
        UniqueConstraint("definition_id", "transfer", "sequence"),
    )
    incoming = Table(
        f"{prefix}incoming",
        metadata,
        key(),
        text("definition_id"),
        text("name"),
        text("sha256"),
        Column("size", BigId, nullable=False),
        link("content_id", f"{prefix}contents.id"),
        text("state"),
        time("received_at"),
        time("remote_modified", nullable=True),
        count("deliveries"),
        Column("name_reused", Boolean, nullable=False),
        Column("same_bytes_as", BigId),
        text("kind", default=""),
        Column("sequence", Integer),
        Column("receive_sequence", Integer),
        time("recorded_at", nullable=True),
        time("disposed_at", nullable=True),
        count("postings"),
        count("events"),
        count("skipped_events"),
        UniqueConstraint("definition_id", "name", "sha256"),
    )
    Index(f"{prefix}incoming_bytes", incoming.c.definition_id, incoming.c.sha256)
    return {"contents": contents, "chunks": chunks, "outgoing": outgoing, "incoming": incoming}


def _cases(metadata: MetaData, prefix: str) -> dict[str, Table]:
    cases = Table(
        f"{prefix}cases",
        metadata,
        key(),
        text("definition_id"),
        link("outgoing_id", f"{prefix}outgoing.id"),
        text("reference"),
        text("state"),
        text("agency_case_number", default=""),
        Column("number_kind", String),
        time("changed_at"),
        Column("paid_ore", BigId, nullable=False, server_default="0"),  # principal, by all files read so far
    )
    Index(f"{prefix}cases_reference", cases.c.definition_id, cases.c.reference)
    Index(f"{prefix}cases_outgoing", cases.c.outgoing_id)
    claims = Table(
        f"{prefix}claims",
        metadata,
        link("case_id", f"{prefix}cases.id", key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        text("definition_id"),
        text("invoice_number"),
        Column("live", Boolean, nullable=False),
        Column("remaining_amount", String),
        added_text("kid"),
        Column("refused", Boolean, nullable=False, server_default=false()),  # by the agency
        Column("withdrawn", Boolean, nullable=False, server_default=false()),  # by the creditor, off the list
    )
    Index(f"{prefix}claims_invoice", claims.c.definition_id, claims.c.invoice_number)
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
        link("case_id", f"{prefix}cases.id", key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        text("definition_id"),
        text("number"),
        Column("kind", String, nullable=False),
    )
    Index(f"{prefix}case_numbers_number", case_numbers.c.definition_id, case_numbers.c.number)
    return {"cases": cases, "claims": claims, "case_numbers": case_numbers}


def _findings(metadata: MetaData, prefix: str) -> Table:
    findings = Table(
        f"{prefix}findings",
        metadata,
        key(),
        text("definition_id"),
        link("incoming_id", f"{prefix}incoming.id", nullable=True),
        text("code"),
        text("severity"),
        Column("payload", Text, nullable=False),
        time("found_at"),
        time("resolved_at", nullable=True),
        added_text("holds"),
        added_text("case_reference"),
        added_text("resolution"),
        added_text("resolved_by"),
        added_text("note"),
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
        text("definition_id"),
        text("case_reference"),
        link("incoming_id", f"{prefix}incoming.id"),
        Column("receive_sequence", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        text("state"),
        count("failures"),
        text("last_error", default=""),
        time("applied_at", nullable=True),
        time("retry_at", nullable=True),
        Column("parked", Boolean, nullable=False, server_default=false()),
        added_text("repeat_key"),
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
        link("finding_id", f"{prefix}findings.id", key=True),
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
        text("kind"),
        Column("payload", Text, nullable=False),  # empty once it was purged
        added_text("transaction_id"),
        UniqueConstraint("posting_id", "position"),
    )
    _partial(f"{prefix}events_transaction", events.c.transaction_id != "", events.c.transaction_id)
    return events


def _partial(name: str, only: ColumnElement[bool], *columns: Column[Any]) -> None:
    """Make an index of some of a table's rows."""
    Index(name, *columns, sqlite_where=only, postgresql_where=only)
