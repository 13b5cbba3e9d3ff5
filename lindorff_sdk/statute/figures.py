"""Statutory figures as dated data: each with the days it holds and its source, and never carried over to other days."""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from pathlib import Path

from attrs import evolve, field, frozen

from lindorff_sdk.errors import FigureError, FigureMissingError

_SHIPPED = files("lindorff_sdk.statute").joinpath("figures.toml")
_KEYS = ("since", "until", "value", "source")
_NAMES = {
    "late_interest": "late-payment interest (% a year)",
    "collection_rate": "collection rate (NOK)",
    "fee_share": "share of the collection rate that a reminder fee may be",
}


def _day(value: date) -> date:
    if type(value) is not date:  # a datetime is a date too
        raise TypeError(f"a date without a time, not {value!r}")
    return value


def _text(value: str) -> str:
    if not str(value).strip():
        raise ValueError("a source: where the figure was found")
    return str(value)


def _number(value: Decimal | int | str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(f"a Decimal, an int or text, not {type(value).__name__}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"not a number: {value!r}") from None
    if not number.is_finite() or number < 0:
        raise ValueError(f"a number of 0 or more, not {value}")
    return number


@frozen(kw_only=True)
class Figure:
    """A figure and the days it holds.

    Attributes:
        since: First day.
        until: Last day.
        value: Per cent a year, NOK, or a share, by the table it stands in.
        source: Where it was found: a regulation, a page, a letter.

    Raises:
        TypeError: If a day is no date, or the value is a float.
        ValueError: If it ends before it begins, has no source, or its value is no number of 0 or more.
    """

    since: date = field(converter=_day)
    until: date = field(converter=_day)
    value: Decimal = field(converter=_number)
    source: str = field(converter=_text)

    def __attrs_post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError(f"it ends on {self.until}, before it begins on {self.since}")

    def holds_on(self, day: date) -> bool:
        """Return whether it is the figure of a day."""
        return self.since <= day <= self.until


@frozen(kw_only=True)
class Figures:
    """Dated figures. Where several hold on one day the first one counts.

    Attributes:
        late_interest: Late-payment interest (*forsinkelsesrente*), per cent a year.
        collection_rate: Collection rate (*inkassosats*), NOK.
        fee_share: The part of the collection rate that one reminder or notice may cost.
    """

    late_interest: tuple[Figure, ...] = ()
    collection_rate: tuple[Figure, ...] = ()
    fee_share: tuple[Figure, ...] = ()

    @classmethod
    def shipped(cls) -> "Figures":
        """Return the figures that come with the library; their sources stand beside them."""
        return _shipped()

    @classmethod
    def load(cls, path: str | Path) -> "Figures":
        """Return the figures of a TOML file with the tables ``late_interest``, ``collection_rate``, ``fee_share``.

        Raises:
            FigureError: If the file cannot be read or a row of it cannot be used; table and row are named.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FigureError(f"{path} cannot be read: {error}") from None
        return _from_toml(text, str(path))

    def extended(
        self,
        *,
        late_interest: Iterable[Figure] = (),
        collection_rate: Iterable[Figure] = (),
        fee_share: Iterable[Figure] = (),
    ) -> "Figures":
        """Return these figures with others in front, which count where both hold."""
        return evolve(
            self,
            late_interest=(*late_interest, *self.late_interest),
            collection_rate=(*collection_rate, *self.collection_rate),
            fee_share=(*fee_share, *self.fee_share),
        )

    def extended_by(self, path: str | Path) -> "Figures":
        """Return these figures with those of a TOML file in front.

        Raises:
            FigureError: As `load`.
        """
        own = Figures.load(path)
        return self.extended(
            late_interest=own.late_interest, collection_rate=own.collection_rate, fee_share=own.fee_share
        )

    def late_interest_on(self, day: date) -> Figure:
        """Return the late-payment interest of a day.

        Raises:
            FigureMissingError: If no figure holds on that day.
        """
        return _on(self.late_interest, "late_interest", day)

    def collection_rate_on(self, day: date) -> Figure:
        """Return the collection rate of a day.

        Raises:
            FigureMissingError: If no figure holds on that day.
        """
        return _on(self.collection_rate, "collection_rate", day)

    def fee_share_on(self, day: date) -> Figure:
        """Return the part of the collection rate that a fee may be on a day.

        Raises:
            FigureMissingError: If no figure holds on that day.
        """
        return _on(self.fee_share, "fee_share", day)


def _on(figures: tuple[Figure, ...], table: str, day: date) -> Figure:
    for figure in figures:
        if figure.holds_on(day):
            return figure
    raise FigureMissingError(
        f"No {_NAMES[table]} is known for {day}: look it up, and add it to the table {table} "
        "(Figures.extended() or a TOML file; docs/statute.md)."
    )


@cache
def _shipped() -> Figures:
    return _from_toml(_SHIPPED.read_text(encoding="utf-8"), "figures.toml")


def _from_toml(text: str, where: str) -> Figures:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FigureError(f"{where} is not TOML: {error}") from None
    if unknown := sorted(document.keys() - _NAMES.keys()):
        raise FigureError(f"{where} has unknown tables: {', '.join(unknown)}; known are {', '.join(_NAMES)}.")
    return Figures(**{name: _rows(rows, f"{where}: {name}") for name, rows in document.items()})


def _rows(rows: object, where: str) -> tuple[Figure, ...]:
    if not isinstance(rows, list):
        raise FigureError(f"{where} is written as rows: [[{where.rpartition(' ')[2]}]].")
    return tuple(_row(row, f"{where}, row {number}") for number, row in enumerate(rows, 1))


def _row(row: object, where: str) -> Figure:
    if not isinstance(row, Mapping) or row.keys() != set(_KEYS):
        raise FigureError(f"{where} must have the keys {', '.join(_KEYS)}, and no others.")
    try:
        return Figure(since=row["since"], until=row["until"], value=row["value"], source=row["source"])
    except (TypeError, ValueError) as error:
        raise FigureError(f"{where} cannot be used: {error}.") from None
