"""The collection list and the corrections; whom a file was sent as; claims refused, and withdrawn by the creditor."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade(prefix: str = "lindorff_") -> None:
    """Add what version 3 has.

    Args:
        prefix: What the names of the tables start with.
    """
    for name in ("customer_id", "payout_account"):
        op.add_column(f"{prefix}outgoing", sa.Column(name, sa.String, nullable=False, server_default=""))
    for name in ("refused", "withdrawn"):
        op.add_column(f"{prefix}claims", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    claims = sa.table(f"{prefix}claims", sa.column("live", sa.Boolean), sa.column("refused", sa.Boolean))
    # So far a claim went out of what is live in one way only.
    op.execute(sa.update(claims).where(claims.c.live.is_(False)).values(refused=True))
    op.create_index(f"{prefix}claims_invoice", f"{prefix}claims", ["definition_id", "invoice_number"])
    _listed(prefix)
    _corrections(prefix)


def _listed(prefix: str) -> None:
    op.create_table(
        f"{prefix}listed",
        _key(),
        *_texts("definition_id", "invoice_number"),
        sa.Column("collection_date", sa.Date, nullable=False),
        sa.Column("amount_ore", _Id, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        *_times("listed_at", "changed_at"),
        sa.Column("latest", sa.Boolean, nullable=False),
        _link("case_id", f"{prefix}cases.id"),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
        sa.Column("stopped_until", sa.Date),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        *_texts("removed_reason", "note"),
    )
    op.create_index(
        f"{prefix}listed_latest",
        f"{prefix}listed",
        ["definition_id", "invoice_number"],
        unique=True,
        sqlite_where=sa.text("latest IS 1"),
        postgresql_where=sa.text("latest IS true"),
    )
    op.create_index(f"{prefix}listed_group", f"{prefix}listed", ["definition_id", "collection_date"])


def _corrections(prefix: str) -> None:
    table = f"{prefix}corrections"
    op.create_table(
        table,
        _key(),
        *_texts("definition_id", "invoice_number", "kind", "state"),
        sa.Column("by_file", sa.Boolean, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        *_texts("source", "reason"),
        _link("case_id", f"{prefix}cases.id"),
        _link("outgoing_id", f"{prefix}outgoing.id"),
        *_times("created_at", "changed_at"),
        *_texts("answer_event", "answer_code", "answer_text", "reported_by"),
        sa.Column("reported_on", sa.Date),
        *_texts("reported_reference"),
    )
    op.create_index(
        f"{prefix}corrections_source",
        table,
        ["definition_id", "source"],
        unique=True,
        sqlite_where=sa.text("source != ''"),
        postgresql_where=sa.text("source != ''"),
    )
    op.create_index(f"{prefix}corrections_invoice", table, ["definition_id", "invoice_number"])
    op.create_index(f"{prefix}corrections_state", table, ["definition_id", "state"])
    op.create_index(f"{prefix}corrections_file", table, ["outgoing_id"])
    op.create_index(f"{prefix}corrections_case", table, ["case_id"])


def _key() -> sa.Column[int]:
    return sa.Column("id", _Id, primary_key=True, autoincrement=True)


def _link(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, _Id, sa.ForeignKey(target))


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _times(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in names]
