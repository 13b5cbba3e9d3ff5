"""A line that is not canonical, gone through field by field: what it gives, and what is to be said about it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from attrs import define, evolve, field

from lindorff_sdk.files.amounts import signed
from lindorff_sdk.files.check_fields import MAY_BE_EMPTY
from lindorff_sdk.files.delimit import cells_of, not_canonical, unparted
from lindorff_sdk.files.fill import UnreadableError, stripped
from lindorff_sdk.files.kinds import Value, describe, read_value
from lindorff_sdk.files.layout import Delimited, Field, FileLayout, Kind, Record
from lindorff_sdk.files.plan import HEAD, RAW, REST, WHOLE, Part, PlannedRecord
from lindorff_sdk.files.tally import Tally
from lindorff_sdk.files.units import units
from lindorff_sdk.findings import Finding, finding, masked


@define(eq=False)
class Examined:
    """What a line gave.

    Attributes:
        texts: The text of each field that is there.
        values: What each readable one means.
        findings: What is to be said, without the line's number.
    """

    texts: dict[str, str] = field(factory=dict)
    values: dict[str, object] = field(factory=dict)
    findings: list[Finding] = field(factory=list)


def examine(record: Record, layout: FileLayout, raw: bytes, codec: str, columns: int = 0) -> Examined:
    """Go through a line field by field; ``columns`` is how many the file's header names, where it lacks some."""
    found = Examined()
    if layout.delimited is not None:
        _split(record, layout, raw, codec, found, columns=columns)
    else:
        _cut(record, layout, raw, codec, found)
    for item in record.fields:
        if item.name in found.texts:
            said = _read(item, found)
            if said is not None:
                found.findings.append(placed(said, record, item))
    return found


def _cut(record: Record, layout: FileLayout, raw: bytes, codec: str, found: Examined) -> None:
    """Cut a line of fixed columns."""
    if layout.strip_blanks:
        if raw.endswith(b" "):
            found.findings.append(finding("line-not-stripped", "The layout leaves out blanks at the end of a line."))
        raw = raw.rstrip(b" ").ljust(record.length)
    if len(raw) not in record.lengths:
        wanted = " or ".join(str(length) for length in sorted(record.lengths))
        found.findings.append(_length_finding(record, f"{wanted} bytes", f"{len(raw)} bytes"))
        return
    if len(raw) < record.length:
        found.findings.append(_short_finding(record))
    for item in record.fields:
        if item.start >= len(raw):
            break
        _decode(item, raw[item.start : item.end], record, codec, found)


def _split(record: Record, layout: FileLayout, raw: bytes, codec: str, found: Examined, *, columns: int) -> None:
    """Part a delimited line, of which the file's header may name fewer columns."""
    line, how = raw.decode(codec, "surrogateescape"), cast("Delimited", layout.delimited)
    try:
        cells = cells_of(line, how)
    except UnreadableError:
        found.findings.append(unparted(line, how, record.name))
        return
    least = min((item.start for item in record.fields if item.optional), default=len(record.fields))
    if not least <= len(cells) <= len(record.fields):
        found.findings.append(_length_finding(record, f"{len(record.fields)} values", f"{len(cells)} values"))
        return
    if len(cells) < len(record.fields) and len(cells) != columns:
        found.findings.append(_short_finding(record))
    said = not_canonical(line, cells, how)
    if said:
        found.findings.append(finding("line-not-canonical", said, record=record.name))
    for item in record.fields:
        if item.start < len(cells):
            _decode(item, cells[item.start].encode(codec, "surrogateescape"), record, codec, found)


def _decode(item: Field, piece: bytes, record: Record, codec: str, found: Examined) -> None:
    """Take the text of a field whose every byte the codec has."""
    try:
        found.texts[item.name] = piece.decode(codec)
    except UnicodeDecodeError as error:
        message = f"The codec {codec} has no such byte."
        bad = piece[error.start : error.end].hex(" ")
        shown = "" if item.personal else f"{bad} at byte {error.start + 1} of the field"
        found.findings.append(placed(finding("byte-unknown", message, found=shown), record, item))


def _short_finding(record: Record) -> Finding:
    message = "The line ends before fields that newer versions of the record have."
    return finding("record-short", message, record=record.name)


def _length_finding(record: Record, expected: str, found: str) -> Finding:
    message = "The line has another length than its record."
    return finding("record-length", message, record=record.name, expected=expected, found=found)


def _read(item: Field, found: Examined) -> Finding | None:
    """Read one field; return what is to be said about it."""
    text = found.texts[item.name]
    if item.length and item.kind is not Kind.RESERVED and not _fits(item, text):
        return finding("field-unreadable", "The value is too long.", expected=f"at most {item.length} characters")
    if item.matches:
        found.values[item.name] = text  # it is compared with the key that it repeats
        return None
    try:
        value = read_value(item, text)
    except UnreadableError as error:
        message = "The field cannot be read."
        if not text.strip(" ") and not item.may_be_empty and item.kind in MAY_BE_EMPTY:
            message = "The field is blank; if that is no mistake, the profile says what blanks mean (empty, defaults)."
        return finding("field-unreadable", message, expected=str(error), found=shown(item, text))
    found.values[item.name] = value.value
    if value.unknown or (_differs(item, value.canonical, text) and item.kind is not Kind.RESERVED):
        code, message = _deviation(item, value)
        return finding(code, message, expected=describe(item), found=shown(item, text))
    return None


def _differs(item: Field, canonical: str, text: str) -> bool:
    """Return whether a text is not the canonical one; of characters of several bytes fewer fill the field."""
    if len(text) != item.length and not text.isascii():
        return stripped(item, canonical) != stripped(item, text)
    return canonical != text


def _fits(item: Field, text: str) -> bool:
    return len(text) <= item.length or not text.isascii()


def shown(item: Field, text: str) -> str:
    """Return a field's text as a finding may show it."""
    return repr(masked(text) if item.personal else text)


def _deviation(item: Field, value: Value) -> tuple[str, str]:
    if item.kind is Kind.FILLER:
        return "filler-filled", "The filler holds something."
    if value.unknown:
        return "code-unknown", f"The profile does not list this code; it is read as {value.value}."
    shown = "" if item.personal else f" {value.canonical!r}"
    return "field-not-canonical", f"The layout would write it otherwise:{shown or ' another way'}."


def placed(said: Finding, record: Record, item: Field) -> Finding:
    """Return a finding with the place of a field."""
    return evolve(said, record=record.name, column=item.start + 1, width=item.length, field=item.name)


# What the line gives -----------------------------------------------------------------------------------------------


def made_of(record: PlannedRecord, found: Examined) -> object:
    """Return what a line makes: its object, or its values where more is to be done with them.

    Raises:
        KeyError: If a field is unreadable.
        ValueError: If the values, each by itself in order, make no object; the message says why.
    """
    if any(item.name not in found.values for item in record.layout.fields if not item.optional):
        raise KeyError(record.layout.name)
    if any(said.code == "byte-unknown" for said in found.findings):
        raise KeyError(record.layout.name)  # an optional field is there, and cannot be read
    values = _part_values(record.all_parts, found)
    plain = record.is_leaf and not (record.climbing or record.joined)
    return record.make(values) if plain else tuple(values)


def _part_values(parts: Sequence[Part], found: Examined) -> list[object]:
    """Return the values of parts, in their order.

    Raises:
        UnreadableError: If a value cannot be; the message says why.
        KeyError: If a field is unreadable.
    """
    return [_part_value(part, found) for part in parts]


def _part_value(part: Part, found: Examined) -> object:
    item = part.field
    if item.optional and item.name not in found.texts:
        return part.absent
    if part.role == RAW:
        return stripped(item, found.texts[item.name])
    if part.role == WHOLE:
        return found.texts[item.name]
    value = found.values[item.name]
    if part.role in (HEAD, REST):
        head, _, rest = str(value).partition(item.split)
        return head if part.role == HEAD else rest
    return _with_sign(item, value, found)


def _with_sign(item: Field, value: object, found: Examined) -> object:
    if not item.sign_in:
        return value
    return signed(cast("Decimal", value), cast("int", found.values[item.sign_in]))


def add_up(record: PlannedRecord, found: Examined, tally: Tally) -> bool:
    """Add a line to the tally; return whether every field that is summed or stated could be read."""
    whole = True
    for index, accumulator in record.sums:
        if not all(found.texts.get(name) in texts for name, texts in accumulator.where):
            continue
        if accumulator.field and _is_lacking(record.layout.field(accumulator.field), found):
            continue
        if not accumulator.field:
            tally.sums[index] += 1
        elif accumulator.field in found.values:
            item = record.layout.field(accumulator.field)
            amount = units(item, _signless(item, found))
            tally.sums[index] += abs(amount) if accumulator.absolute else amount
        else:
            whole = False
    for index, item in record.extremes:
        if item.name in found.values:
            tally.see(index, found.values[item.name])
        elif not _is_lacking(item, found):
            whole = False
    for stated in record.stated:
        tally.stated[stated.index] = found.values.get(stated.field.name)
        whole &= stated.field.name in found.values
    return whole


def _is_lacking(item: Field, found: Examined) -> bool:
    """Return whether a line is of an older version, which lacks a field."""
    return item.optional and item.name not in found.texts


def _signless(item: Field, found: Examined) -> object:
    try:
        return _with_sign(item, found.values[item.name], found)
    except (KeyError, UnreadableError):
        return found.values[item.name]
