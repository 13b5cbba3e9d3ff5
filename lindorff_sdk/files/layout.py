"""A layout as plain data: fields on records, records in a file, files in a profile.

One description drives the parser, the serializer, the test strategies and the documentation.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from attrs import field, frozen

from lindorff_sdk.models.codes import Transfer


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    DIGITS = "digits"
    INTEGER = "integer"
    AMOUNT = "amount"
    RATE = "rate"
    DATE = "date"
    DATETIME = "datetime"
    FLAG = "flag"
    CODE = "code"
    CONSTANT = "constant"
    FILLER = "filler"


class Empty(StrEnum):
    """How a field says that it has no value."""

    NEVER = "never"
    BLANKS = "blanks"
    ZEROS = "zeros"


class Align(StrEnum):
    """At which side of its field a text stands."""

    LEFT = "left"
    RIGHT = "right"


class Sign(StrEnum):
    """Where the sign of an amount stands."""

    NONE = "none"
    LEADING = "leading"


class InterestNotes(StrEnum):
    """Where interest notes (*rentenotaer*) come from."""

    RECORDS = "records"
    """The agency sends them as records."""
    DERIVED = "derived"
    """They are derived from the interest share of a payment."""


@frozen(kw_only=True)
class Field:
    """A field of a record.

    Attributes:
        name: Its name in the profile.
        start: Bytes before it on the line.
        length: Its width in bytes.
        kind: What it holds.
        to: The attribute it is bound to, as a path from the record's object: ``debtor.address.postcode``.
        raw_to: A text attribute that keeps the raw code beside its meaning.
        value: What a constant must be.
        align: At which side a text stands.
        pad: What fills the rest of the width: one character.
        empty: How "no value" is written.
        decimals: Implied decimals of an amount or rate.
        sign: Where an amount's sign stands.
        format: Order of the parts of a date or time, in ``strftime`` letters.
        codes: What each code in the file means.
        unknown: The meaning of a code that is not in ``codes``; ``""`` refuses it.
        counts: Names of records whose number this field states; ``*`` is every record.
        sums: ``record.field`` of the amounts whose sum this field states.
        personal: Whether findings mask what it holds.
    """

    name: str
    start: int
    length: int
    kind: Kind
    to: str = ""
    raw_to: str = ""
    value: str = ""
    align: Align = Align.LEFT
    pad: str = " "
    empty: Empty = Empty.NEVER
    decimals: int = 0
    sign: Sign = Sign.NONE
    format: str = ""
    codes: Mapping[str, str | bool] = field(factory=dict)
    unknown: str = ""
    counts: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    personal: bool = False

    @property
    def end(self) -> int:
        """Bytes up to and with this field."""
        return self.start + self.length

    @property
    def is_total(self) -> bool:
        """Whether it states a count or a sum."""
        return bool(self.counts or self.sums)


class Occurs(StrEnum):
    """How often a record stands where it may stand."""

    ONCE = "1"
    OPTIONAL = "?"
    MANY = "*"
    SOME = "+"


@frozen(kw_only=True)
class Record:
    """A kind of line.

    Attributes:
        name: Its name in the profile.
        fields: In the order in which they stand.
        under: The record it belongs under; ``""`` at the top of the file.
        opens: The attribute of the enclosing object that the object it opens is added to; ``""`` continues that object.
        model: Name of the opened object's class, where the attribute admits several.
        occurs: How often it stands.
        unique: Fields that identify it for ever, such as the agency's transaction id.
    """

    name: str
    fields: tuple[Field, ...]
    under: str = ""
    opens: str = ""
    model: str = ""
    occurs: Occurs = Occurs.ONCE
    unique: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """Width of the line in bytes, without its end."""
        return self.fields[-1].end if self.fields else 0

    @property
    def repeats(self) -> bool:
        """Whether several of its lines may follow each other."""
        return self.occurs in (Occurs.MANY, Occurs.SOME)

    @property
    def needed(self) -> bool:
        """Whether at least one of its lines must stand."""
        return self.occurs in (Occurs.ONCE, Occurs.SOME)

    def field(self, name: str) -> Field:
        """Return the field of this name."""
        return next(item for item in self.fields if item.name == name)


@frozen(kw_only=True, eq=False)
class FileLayout:
    """The layout of one transfer's files.

    Attributes:
        transfer: Which of the four it is.
        name: Template of the file's name: ``LS{customer_id}{created_at:%Y%m%d%H%M%S}``.
        recognised_by: Names of the constants that tell its records apart.
        records: In the order in which they stand.
    """

    transfer: Transfer
    name: str
    recognised_by: tuple[str, ...]
    records: tuple[Record, ...]

    def record(self, name: str) -> Record:
        """Return the record of this name."""
        return next(item for item in self.records if item.name == name)


@frozen(kw_only=True)
class Profile:
    """A record description as data: what an integrator transcribes from the agreement.

    Attributes:
        id: Its name.
        version: Changes when the description changes.
        holds_from: First day on which files follow it.
        origin: Where the description comes from; the reference profile says here that it is ours.
        codec: The one character set of its files; never guessed.
        line_end: What ends a line.
        interest_notes: Whether interest notes are records, or derived from a payment's interest share.
        files: The layout of each transfer.
    """

    id: str
    version: str
    holds_from: date
    origin: str
    codec: str
    line_end: str
    interest_notes: InterestNotes
    files: Mapping[Transfer, FileLayout]

    def file(self, transfer: Transfer) -> FileLayout:
        """Return the layout of a transfer's files.

        Raises:
            KeyError: If the profile has none.
        """
        return self.files[transfer]
