"""Postings that are held, parked or suspected; who resolved a finding; what claims came to; what was purged."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade(prefix: str = "lindorff_") -> None:
    """Add what version 2 has.

    Args:
        prefix: What the names of the tables start with.
    """
    op.add_column(f"{prefix}contents", sa.Column("purged_at", sa.DateTime(timezone=True)))
    op.add_column(f"{prefix}cases", sa.Column("paid_ore", _Id, nullable=False, server_default="0"))
    op.add_column(f"{prefix}claims", sa.Column("remaining_amount", sa.String))
    op.add_column(f"{prefix}claims", _text("kid"))
    for name in ("holds", "case_reference", "resolution", "resolved_by", "note"):
        op.add_column(f"{prefix}findings", _text(name))
    op.add_column(f"{prefix}postings", sa.Column("retry_at", sa.DateTime(timezone=True)))
    op.add_column(f"{prefix}postings", sa.Column("parked", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column(f"{prefix}postings", _text("repeat_key"))
    op.add_column(f"{prefix}events", _text("transaction_id"))
    op.create_table(
        f"{prefix}holds",
        sa.Column("finding_id", _Id, sa.ForeignKey(f"{prefix}findings.id"), primary_key=True, autoincrement=False),
        sa.Column("posting_id", sa.String, sa.ForeignKey(f"{prefix}postings.id"), primary_key=True),
    )
    op.create_index(f"{prefix}holds_posting", f"{prefix}holds", ["posting_id"])
    op.create_index(f"{prefix}postings_incoming", f"{prefix}postings", ["incoming_id"])
    for name, table, columns, where in (
        ("findings_cases", "findings", ["definition_id", "case_reference"], "holds = 'case'"),
        ("postings_repeat", "postings", ["definition_id", "repeat_key"], "repeat_key != ''"),
        ("events_transaction", "events", ["transaction_id"], "transaction_id != ''"),
    ):
        op.create_index(
            f"{prefix}{name}",
            f"{prefix}{table}",
            columns,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False, server_default="")
