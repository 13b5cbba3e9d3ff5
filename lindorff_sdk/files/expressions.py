"""The expressions by which generated functions read the fields of a canonical line of fixed width.

A canonical line is one that the record's regular expression matches and whose texts are the canonical ones of their
meaning. Whatever else a line may be is left to `doubtful.py`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from lindorff_sdk.files.amounts import is_plain, signed
from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.kinds import CODECS, read_value, write_value
from lindorff_sdk.files.layout import Field, Kind
from lindorff_sdk.files.memo import Memo
from lindorff_sdk.files.plan import ALSO, HEAD, RAW, REST, VALUE, WHOLE, Accumulator, Part, PlannedRecord
from lindorff_sdk.files.units import units
from lindorff_sdk.models.money import ZERO


def canonical_value(item: Field, text: str) -> object:
    """Return what a text means if it is the one text of its meaning.

    Raises:
        UnreadableError: If it is not.
    """
    value = read_value(item, text)
    if value.unknown or value.canonical != text:
        raise UnreadableError("the canonical text")
    return value.value


class Line:
    """Writes the expressions of one record's fields, given what regular expression groups hold their texts.

    Attributes:
        match: Matches a canonical line; its groups are the texts of ``captured``.
        captured: The fields whose texts are needed.
        groups: The variables that hold the texts, for unpacking: ``g0, g1,``; ``""`` if there are none.
        unbound: The fields that give no value and yet have to be read, to see that they can be.
    """

    def __init__(self, record: PlannedRecord, names: dict[str, object], prefix: str = "g") -> None:
        self.record, self.names, self.prefix = record, names, prefix
        names.update(Decimal=Decimal, ZERO=ZERO, signed=signed)
        needed = {part.field.name for part in record.all_parts} | {stated.field.name for stated in record.stated}
        needed |= summed_fields(record) | {item.name for _, item in record.extremes}
        needed |= {item.name for item, _ in (*record.matched, *record.remembered)}
        needed |= {item.name for item, _, _ in record.numbered}
        needed |= {item.name for item in record.reserved}
        needed |= {item.sign_in for item in record.layout.fields if item.sign_in}
        self.unbound = list(_unbound(record))
        needed |= {item.name for item in self.unbound}
        self.captured = [item for item in record.layout.fields if item.name in needed]
        self.match = matcher(record, self.captured)
        self.groups = "".join(f"{self.text(item)}, " for item in self.captured)

    def text(self, item: Field) -> str:
        """Return the variable that holds a field's text."""
        return f"{self.prefix}{self.captured.index(item)}"

    def value(self, item: Field) -> str:
        """Return the expression of a field's value."""
        text = self.text(item)
        expression = CODECS[item.kind].read(item)
        if not expression:
            self.names[f"decode_{text}"] = Memo(lambda seen: canonical_value(item, str(seen)))
            expression = f"decode_{text}[{{0}}]"
        value = expression.format(text)
        if not item.sign_in:
            return value
        sign = self.record.layout.field(item.sign_in)
        plus = write_value(sign, 1)
        return f"({value} if {self.text(sign)} == {plus!r} else signed({value}, {self.value(sign)}))"

    def part(self, part: Part) -> str:
        """Return the expression of what a line gives."""
        text, item = self.text(part.field), part.field
        if part.role == WHOLE:
            return text
        if part.role == RAW:
            return f"{text}.{'lstrip' if item.align == 'right' else 'rstrip'}({item.pad!r})"
        value = self.value(item)
        if part.role in (HEAD, REST):
            return f"{value}.partition({item.split!r})[{0 if part.role == HEAD else 2}]"
        return value

    def summands(self) -> list[tuple[int, str]]:
        """Return each accumulator with the expression of what the line adds to it."""
        return summands(self.record, self.text, self.names)


def _unbound(record: PlannedRecord) -> Iterator[Field]:
    """Yield the fields that no value is taken from and whose texts the regular expression does not judge."""
    signs = {item.sign_in for item in record.layout.fields}
    for item in record.layout.fields:
        judged = item.matches or item.to or item.total or item.name in signs or CODECS[item.kind].pattern(item)
        if not judged and item.kind is not Kind.RESERVED:
            yield item


def exact_paths(record: PlannedRecord) -> set[str]:
    """Return the attributes whose values fast reading gives as amounts that need no conversion, see `amounts.py`."""
    return {
        part.path
        for part in record.all_parts
        if part.role in (VALUE, ALSO) and part.field.kind is Kind.AMOUNT and CODECS[Kind.AMOUNT].read(part.field)
    }


def matcher(record: PlannedRecord, captured: Sequence[Field]) -> Callable[[str], "re.Match[str] | None"]:
    """Return what matches a record's canonical lines, with a group for each field whose text is wanted."""
    sources = []
    for item in record.layout.fields:
        source = (not item.matches and CODECS[item.kind].pattern(item)) or f".{{{item.length}}}"
        sources.append(f"({source})" if item in captured else source)
    return re.compile("".join(sources), re.DOTALL).fullmatch


def summed_fields(record: PlannedRecord) -> set[str]:
    """Return the names of the fields on which the sums of a record's lines depend."""
    names: set[str] = set()
    for _, accumulator in record.sums:
        names.update(name for name, _ in accumulator.where)
        if accumulator.field:
            item = record.layout.field(accumulator.field)
            names.update(name for name in (item.name, item.sign_in) if name)
    return names


def summands(record: PlannedRecord, text_of: Callable[[Field], str], names: dict[str, object]) -> list[tuple[int, str]]:
    """Return each accumulator with the expression of what a line adds to it, given where the texts of fields are."""
    found = []
    for index, accumulator in record.sums:
        amount = _units(record, accumulator, text_of, names) if accumulator.field else "1"
        condition = " and ".join(
            f"{text_of(record.layout.field(name))} in {texts!r}" for name, texts in accumulator.where
        )
        found.append((index, f"({amount} if {condition} else 0)" if condition else amount))
    return found


def _units(
    record: PlannedRecord, accumulator: Accumulator, text_of: Callable[[Field], str], names: dict[str, object]
) -> str:
    item = record.layout.field(accumulator.field)
    text, key = text_of(item), f"units_{record.index}_{accumulator.field}"
    if is_plain(item):
        amount = f"int({text})" if not item.may_be_empty else f"int({text} if {text}.strip() else 0)"
    else:
        names[key] = Memo(lambda seen: units(item, read_value(item, str(seen)).value))
        amount = f"{key}[{text}]"
    if accumulator.absolute:
        return amount if is_plain(item) else f"abs({amount})"
    if item.sign_in:
        sign = record.layout.field(item.sign_in)
        return f"({amount} if {text_of(sign)} != {write_value(sign, -1)!r} else -{amount})"
    return amount
