"""The tables of the collection list and of the corrections, beside the journal's under the same prefix."""

from sqlalchemy import Boolean, Column, Date, Index, MetaData, Table, Text

from lindorff_sdk.journal.columns import BigId, key, link, text, time


def list_tables(metadata: MetaData, prefix: str) -> dict[str, Table]:
    """Return the tables by the names under which `schema.Tables` has them."""
    return {"listed": _listed(metadata, prefix), "corrections": _corrections(metadata, prefix)}


def _listed(metadata: MetaData, prefix: str) -> Table:
    listed = Table(
        f"{prefix}listed",
        metadata,
        key(),
        text("definition_id"),
        text("invoice_number"),
        Column("collection_date", Date, nullable=False),
        Column("amount_ore", BigId, nullable=False),
        Column("payload", Text, nullable=False),  # the claim as it goes out; empty once it was purged
        time("listed_at"),
        time("changed_at"),
        Column("latest", Boolean, nullable=False),
        link("case_id", f"{prefix}cases.id", nullable=True),
        time("stopped_at", nullable=True),
        Column("stopped_until", Date),
        time("removed_at", nullable=True),
        text("removed_reason", default=""),
        text("note", default=""),
    )
    latest = listed.c.latest.is_(True)
    Index(
        f"{prefix}listed_latest",
        listed.c.definition_id,
        listed.c.invoice_number,
        unique=True,
        sqlite_where=latest,
        postgresql_where=latest,
    )
    Index(f"{prefix}listed_group", listed.c.definition_id, listed.c.collection_date)
    return listed


def _corrections(metadata: MetaData, prefix: str) -> Table:
    corrections = Table(
        f"{prefix}corrections",
        metadata,
        key(),
        text("definition_id"),
        text("invoice_number"),
        text("kind"),
        text("state"),
        Column("by_file", Boolean, nullable=False),  # whether the agreement had a correction file then
        Column("payload", Text, nullable=False),
        text("source", default=""),  # the ERP's booking, by which it is known that it was told
        text("reason", default=""),  # of the removal that it tells
        link("case_id", f"{prefix}cases.id", nullable=True),
        link("outgoing_id", f"{prefix}outgoing.id", nullable=True),
        time("created_at"),
        time("changed_at"),
        text("answer_event", default=""),
        text("answer_code", default=""),
        text("answer_text", default=""),
        text("reported_by", default=""),
        Column("reported_on", Date),
        text("reported_reference", default=""),
    )
    sourced = corrections.c.source != ""
    Index(
        f"{prefix}corrections_source",
        corrections.c.definition_id,
        corrections.c.source,
        unique=True,
        sqlite_where=sourced,
        postgresql_where=sourced,
    )
    Index(f"{prefix}corrections_invoice", corrections.c.definition_id, corrections.c.invoice_number)
    Index(f"{prefix}corrections_state", corrections.c.definition_id, corrections.c.state)
    Index(f"{prefix}corrections_file", corrections.c.outgoing_id)
    Index(f"{prefix}corrections_case", corrections.c.case_id)
    return corrections
