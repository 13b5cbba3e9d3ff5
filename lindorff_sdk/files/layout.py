"""A layout as plain data: fields on records, records in a file, files in a profile.

One description drives the parser, the serializer, the test strategies and the documentation. The keys of a profile's
TOML are the names of these attributes; docs/profiles.md is the grammar on one page.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from attrs import evolve, field, frozen

from lindorff_sdk.models.codes import Transfer


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    DIGITS = "digits"
    """Digits that stay text: leading zeros live."""
    INTEGER = "integer"
    AMOUNT = "amount"
    RATE = "rate"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    FLAG = "flag"
    CODE = "code"
    SIGN = "sign"
    """The sign of an amount that stands in another field of the record."""
    CONSTANT = "constant"
    FILLER = "filler"
    RESERVED = "reserved"
    """An area of the agency's own: kept as it came, written back as it was kept."""


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
    """Where the sign of an amount stands within its field."""

    NONE = "none"
    LEADING = "leading"
    TRAILING = "trailing"


class Only(StrEnum):
    """Which numbers a field holds, where its sign says what the line is."""

    ANY = "any"
    PLUS = "plus"
    """None that is negative."""
    MINUS = "minus"
    """Written with a minus, and read without it: how much is taken back."""


class InterestNotes(StrEnum):
    """Where interest notes (*rentenotaer*) come from."""

    RECORDS = "records"
    """The agency sends them as records."""
    DERIVED = "derived"
    """They are derived from the interest share of a payment."""


@frozen(kw_only=True, eq=False)
class Total:
    """What a field states about other records of the object (or file) in whose end or start record it stands.

    Attributes:
        counts: Names of records whose lines are counted; ``*`` is every line.
        objects: Names of records whose objects are counted: where lines share an object, fewer than the lines.
        sums: ``record.field`` of the amounts that are summed.
        less: ``record.field`` of the amounts that are taken off that sum: of reversals, whose amounts are positive.
        firsts: ``record.field`` of the dates of which the earliest is stated.
        lasts: The same for the latest.
        where: Only lines in which a field, by name, has one of these texts.
        absolute: Whether amounts count without their sign.
        offset: Added to the number of lines: -2 leaves a start and an end out.
        divisor: What the number of lines is divided by.
        modulus: What a sum is taken modulo of, in units of its last decimal; 0 for the whole sum.
    """

    counts: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    firsts: tuple[str, ...] = ()
    lasts: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(factory=dict)
    absolute: bool = False
    offset: int = 0
    divisor: int = 1
    modulus: int = 0


@frozen(kw_only=True, eq=False)
class Field:
    """A field of a record.

    Attributes:
        name: Its name in the profile.
        start: Bytes before it on the line; columns before it on a delimited one.
        length: Its width in bytes; on a delimited line the most it may take, 0 for any.
        kind: What it holds.
        to: The attribute it is bound to, as a path from the record's object: ``debtor.address.postcode``. A path that
            begins with ``^`` leads to the object around it; one through ``claims[]`` to the element that the line adds.
        also_to: Another attribute that has the same value.
        rest_to: The attribute that gets what follows the first ``split`` of the text.
        split: What parts ``to`` from ``rest_to``.
        raw_to: A text attribute that keeps the raw code beside its meaning.
        join: What stands between the parts of an attribute that several fields or lines fill; None where nobody says,
            and several lines are joined by a blank.
        value: What a constant must be.
        align: At which side a text stands.
        pad: What fills the rest of the width: one character; ``""`` on a delimited line, where nothing does.
        upper: Whether text is written in capitals.
        cut: Whether text that is too long is cut; otherwise it is refused.
        leading_zeros: Whether the zeros in front of digits are part of the value.
        empty: How "no value" is written.
        none: A text that means "no value": ``0`` where the layout writes 0 for blank.
        decimals: Decimals of an amount or rate.
        decimal_mark: What stands before the decimals; ``""`` where they are implied.
        thousands: What stands between groups of three digits.
        sign: Where an amount's sign stands.
        signs: What stands for plus and for minus.
        only: Which numbers it holds, of which sign.
        sign_in: Name of the field of kind ``sign`` that holds this amount's sign.
        format: Order of the parts of a date or time, in ``strftime`` letters.
        pivot: Two-digit years from this one on are of the twentieth century.
        codes: What each code in the file means.
        unknown: The meaning of a code that is not in ``codes``; ``""`` refuses it.
        total: What the field states about other records.
        numbers: ``*`` for the line's number, or the record whose objects are numbered.
        within: The record in whose object the numbering begins anew; ``""`` for the file.
        matches: The field of the record that opened the object which holds the same.
        optional: Whether older versions of the record end before this field.
        personal: Whether findings mask what it holds.
        nothing: What it means where it is empty: None, or what the attribute is that always has a value. No key.
    """

    name: str
    start: int
    length: int
    kind: Kind
    to: str = ""
    also_to: str = ""
    rest_to: str = ""
    split: str = " "
    raw_to: str = ""
    join: str | None = None
    value: str = ""
    align: Align = Align.LEFT
    pad: str = " "
    upper: bool = False
    cut: bool = False
    leading_zeros: bool = True
    empty: Empty = Empty.NEVER
    none: str = ""
    decimals: int = 0
    decimal_mark: str = ""
    thousands: str = ""
    sign: Sign = Sign.NONE
    signs: tuple[str, ...] = ("", "-")
    only: Only = Only.ANY
    sign_in: str = ""
    format: str = ""
    pivot: int = 69
    codes: Mapping[str, str | bool] = field(factory=dict)
    unknown: str = ""
    total: Total | None = None
    numbers: str = ""
    within: str = ""
    matches: str = ""
    optional: bool = False
    personal: bool = False
    nothing: object = None

    @property
    def end(self) -> int:
        """Bytes up to and with this field."""
        return self.start + self.length

    @property
    def may_be_empty(self) -> bool:
        """Whether it may be without a value."""
        return self.empty is not Empty.NEVER or bool(self.none)

    @property
    def is_figure(self) -> bool:
        """Whether it is a count or a sum, which is always written, so that a blank one is only tolerated."""
        return self.total is not None and not (self.total.firsts or self.total.lasts)


class Occurs(StrEnum):
    """How often a record stands where it may stand."""

    ONCE = "1"
    OPTIONAL = "?"
    MANY = "*"
    SOME = "+"


class Disagree(StrEnum):
    """What happens where lines of one group disagree about what they share."""

    REFUSE = "refuse"
    FIRST = "first"


class Scattered(StrEnum):
    """What happens where lines of one group do not stand together."""

    MERGE = "merge"
    SEPARATE = "separate"
    REFUSE = "refuse"


@frozen(kw_only=True, eq=False)
class Record:
    """A kind of line.

    Attributes:
        name: Its name in the profile.
        fields: In the order in which they stand.
        under: The record it belongs under; ``""`` at the top of the file.
        opens: The attribute of the enclosing object that the object it opens is added to; ``""`` continues that object.
        model: Name of the opened object's class, where the attribute admits several.
        batch: Whether it begins a batch of the objects of ``opens``, which stand below it; what its own fields hold
            goes to each of them.
        occurs: How often it stands.
        most: How often it stands at most, where it may repeat; 0 for any number. ``occurs = "1-9"`` says both.
        recognised_by: Names of its fields that tell it from others; ``length`` is its width.
        wins_over: Records of which a line might be taken for this one: by the agreement it always is this one.
        unique: Fields that identify it for ever, such as the agency's transaction id.
        defaults: What attributes of its object are that the layout lacks, by path.
        group_by: Attributes, by path, that lines of one object share: each line then adds one element to it.
        disagree: What happens where such lines disagree about the rest of what they share.
        scattered: What happens where they do not stand together.
    """

    name: str
    fields: tuple[Field, ...]
    under: str = ""
    opens: str = ""
    model: str = ""
    batch: bool = False
    occurs: Occurs = Occurs.ONCE
    most: int = 0
    recognised_by: tuple[str, ...] = ()
    wins_over: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(factory=dict)
    group_by: tuple[str, ...] = ()
    disagree: Disagree = Disagree.REFUSE
    scattered: Scattered = Scattered.REFUSE

    @property
    def length(self) -> int:
        """Width of the line in bytes, without its end."""
        return self.fields[-1].end if self.fields else 0

    @property
    def lengths(self) -> frozenset[int]:
        """Every width the line may have: the full one, and those of older versions without the optional fields."""
        return frozenset({self.length, *(item.start for item in self.fields if item.optional)})

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


@frozen(kw_only=True)
class Delimited:
    """How the values of a line are kept apart, where their columns are not fixed.

    Attributes:
        delimiter: What stands between two values.
        quote: What may stand around a value; ``""`` where nothing does.
        escape: What stands before a quote within a value; ``""`` doubles the quote.
        quote_all: Whether every value is quoted, or only one that needs it.
        trailing: Whether a delimiter also ends the line.
        header: Whether the first line holds the names of the columns.
    """

    delimiter: str = ";"
    quote: str = '"'
    escape: str = ""
    quote_all: bool = False
    trailing: bool = False
    header: bool = False


@frozen(kw_only=True, eq=False)
class FileLayout:
    """The layout of one transfer's files.

    Attributes:
        id: Its name in the profile: that of the transfer, unless the transfer has several layouts.
        transfer: Which transfer it is.
        name: Template of the file's name: ``LS{customer_id}{created_at:%Y%m%d%H%M%S}``.
        records: In the order in which they stand.
        defaults: What attributes of the file's object are that the layout lacks, by path.
        codec: Its character set, where it is not that of the profile.
        line_end: What ends its lines, where it is not what the profile says.
        delimited: How values are kept apart; None where columns are fixed.
        strip_blanks: Whether blanks at the end of a line are left out.
        lines_multiple_of: The number of lines is filled up to a multiple of this.
        padding_line: The line that fills it up.
        final_line_end: Whether the last line ends like the others.
        ctrl_z: Whether the file ends with a Ctrl-Z.
    """

    id: str
    transfer: Transfer
    name: str
    records: tuple[Record, ...] = field(repr=False)
    defaults: Mapping[str, object] = field(factory=dict)
    codec: str = ""
    line_end: str = ""
    delimited: Delimited | None = None
    strip_blanks: bool = False
    lines_multiple_of: int = 1
    padding_line: str = ""
    final_line_end: bool = True
    ctrl_z: bool = False

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
        files: The layouts by their ids; of several for one transfer the first is the one that is written.
    """

    id: str
    version: str
    holds_from: date
    origin: str
    codec: str
    line_end: str
    interest_notes: InterestNotes
    files: Mapping[str, FileLayout]

    def of(self, layout: FileLayout) -> "Profile":
        """Return the profile with the character set and the line end of one of its layouts."""
        if not layout.codec and not layout.line_end:
            return self
        return evolve(self, codec=layout.codec or self.codec, line_end=layout.line_end or self.line_end)

    def file(self, wanted: str) -> FileLayout:
        """Return the layout of this id, or the first one of this transfer.

        Raises:
            KeyError: If the profile has none.
        """
        if wanted in self.files:
            return self.files[wanted]
        for layout in self.files.values():
            if layout.transfer == wanted:
                return layout
        raise KeyError(wanted)
