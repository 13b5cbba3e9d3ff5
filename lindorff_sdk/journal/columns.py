"""The columns that the journal's tables are made of."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, DateTime, Dialect, ForeignKey, Integer, String, TypeDecorator

BigId = BigInteger().with_variant(Integer, "sqlite")


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


def text(name: str, *, default: str | None = None) -> Column[str]:
    """Return a column of text that is always there."""
    return Column(name, String, nullable=False, default=default)


def count(name: str) -> Column[int]:
    """Return a column that counts from 0."""
    return Column(name, Integer, nullable=False, default=0)


def added_text(name: str) -> Column[str]:
    """Return a column of text that a later version added."""
    return Column(name, String, nullable=False, server_default="")


def time(name: str, *, nullable: bool = False) -> Column[datetime]:
    """Return a column of an aware time."""
    return Column(name, UtcDateTime, nullable=nullable)


def key() -> Column[int]:
    """Return the column that numbers the rows."""
    return Column("id", BigId, primary_key=True, autoincrement=True)


def link(name: str, target: str, *, nullable: bool = False, key: bool = False) -> Column[int]:
    """Return a column that leads to a row of another table."""
    return Column(name, BigId, ForeignKey(target), nullable=nullable, primary_key=key, autoincrement=False)
