"""What can be wrong with what fields say of other fields and records: totals, running numbers, repeated keys."""

from collections.abc import Iterator, Mapping

from lindorff_sdk.files.check_fields import Mistake, each_field
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Only, Record, Sign, Total
from lindorff_sdk.files.structure import above, owner
from lindorff_sdk.spelling import did_you_mean

_HELD_IN = {
    "counts": (Kind.INTEGER,),
    "objects": (Kind.INTEGER,),
    "sums": (Kind.INTEGER, Kind.AMOUNT),
    "less": (Kind.INTEGER, Kind.AMOUNT),
    "firsts": (Kind.DATE,),
    "lasts": (Kind.DATE,),
}
"""What a total can be stated in."""
_KEYS_OF = {"offset": "counts", "divisor": "counts", "less": "sums", "absolute": "sums", "modulus": "sums"}
"""Keys that belong to one kind of total only."""


def reference_mistakes(layout: FileLayout, sound: FileLayout) -> Iterator[Mistake]:
    """Yield what is wrong with the names of fields and records that fields mention."""
    names = {record.name: [item.name for item in record.fields] for record in layout.records}
    known = {record.name for record in sound.records}
    for record in layout.records:
        for name in sorted(set(record.unique) - set(names[record.name])):
            hint = did_you_mean(name, names[record.name])
            yield f"records[{record.name}].unique", f"The record has no field {name!r}{hint}."
    for path, record, item in each_field(layout):
        yield from ((f"{path}.{key}", message) for key, message in _sign(record, item))
        if item.numbers and item.numbers != "*" and item.numbers not in names:
            yield f"{path}.numbers", f"There is no record {item.numbers!r}{did_you_mean(item.numbers, names)}."
        if item.within and item.within not in names:
            yield f"{path}.within", f"There is no record {item.within!r}{did_you_mean(item.within, names)}."
        elif item.within and record.name in known and item.within not in above(sound, record):
            yield f"{path}.within", f"The record does not stand within an object that {item.within!r} opens."
        if item.matches and record.name in known:
            yield from ((f"{path}.matches", message) for message in _repeated(record, item, sound))


def _repeated(record: Record, item: Field, sound: FileLayout) -> Iterator[str]:
    """Yield what is wrong with a field that repeats one of the record that opened the object."""
    opener = owner(sound, sound.record(record.under)) if record.under else ""
    fields = {each.name: each for each in sound.record(opener).fields} if opener else {}
    if item.matches not in fields:
        yield f"The record that opens the object has no field {item.matches!r}."
    elif sound.delimited is None and fields[item.matches].length != item.length and item.pad != " ":
        yield "It is as wide as the field that it repeats, or filled with blanks."


def _sign(record: Record, item: Field) -> Iterator[Mistake]:
    if item.sign_in and not any(f.name == item.sign_in and f.kind is Kind.SIGN for f in record.fields):
        yield "sign_in", f"The record has no field {item.sign_in!r} of kind sign."
    if item.kind is Kind.SIGN and [f.sign_in for f in record.fields].count(item.name) != 1:
        yield "kind", "A sign belongs to the one amount that names it in 'sign_in'."


def total_mistakes(layout: FileLayout, sound: FileLayout) -> Iterator[Mistake]:
    """Yield what is wrong with the totals that fields state."""
    records = {record.name: record for record in layout.records}
    for path, record, item in each_field(layout):
        if item.total is None:
            continue
        if record.opens and (record.group_by or not any(other.under == record.name for other in layout.records)):
            yield (
                path,
                "A total is about what stands in its record's object, or the file; this object has no others in it.",
            )
        if item.to:
            yield f"{path}.to", "A total is worked out from the records; it fills nothing."
        for key, message in (
            *_counted(item.total, records),
            *_taken(item, item.total, records),
            *_outside(item.total, record, sound),
            *_of_its_line(item.total, record),
        ):
            yield f"{path}.{key}", message


def _counted(total: Total, records: Mapping[str, Record]) -> Iterator[Mistake]:
    yield from _figures(total)
    for name in total.objects:
        if name not in records or not records[name].opens or records[name].batch:
            yield "objects", f"No record {name!r} opens objects{did_you_mean(name, records)}."
    for name in total.counts:
        if name not in (*records, "*"):
            yield "counts", f"There is no record {name!r}{did_you_mean(name, records)}."
        elif name == "*" and total.where:
            yield "where", "A count with 'where' names its records."
    taken = [name.split(".")[0] for name in (*total.sums, *total.less, *total.counts)]
    if total.where and not taken:
        yield "where", "Only a count or a sum has 'where'."
    for name in total.where:
        if not all(name in {item.name for item in records[of].fields} for of in taken if of in records):
            yield "where", f"One of the records has no field {name!r}."


def _of_its_line(total: Total, record: Record) -> Iterator[Mistake]:
    """Yield the fields of the very line that states a total: it is worked out before they are written."""
    for key in ("sums", "less", "firsts", "lasts"):
        for name in getattr(total, key):
            if name.partition(".")[0] == record.name:
                yield key, f"A total takes nothing of the line that states it, as {name!r} is."


def _figures(total: Total) -> Iterator[Mistake]:
    if total.divisor < 1:
        yield "divisor", "It is 1 or more."
    if total.modulus < 0:
        yield "modulus", "It is 0 or more."
    for key, of in _KEYS_OF.items():
        if not getattr(total, of) and getattr(total, key) != getattr(Total(), key):
            yield key, f"Only a total that {of} has {key}."


def _taken(item: Field, total: Total, records: Mapping[str, Record]) -> Iterator[Mistake]:
    for key, kinds in _HELD_IN.items():
        if getattr(total, key) and item.kind not in kinds:
            yield key, f"A field of kind {item.kind} has no {key}."
            return
    for key in ("sums", "less", "firsts", "lasts"):
        wanted = (item.kind,) if key in ("sums", "less") else (Kind.DATE,)
        for name in getattr(total, key):
            yield from ((key, message) for message in _summed(name, item, wanted, records))

    if total.less and item.sign is Sign.NONE and not total.modulus:
        yield "less", "What is left can be negative, and the sum has no sign."


def _summed(name: str, item: Field, wanted: tuple[Kind, ...], records: Mapping[str, Record]) -> Iterator[str]:
    record, _, of = name.partition(".")
    fields = {field.name: field for field in records[record].fields} if record in records else {}
    if of not in fields or fields[of].kind not in wanted:
        known = [f"{r.name}.{each.name}" for r in records.values() for each in r.fields if each.kind in wanted]
        yield f"{name!r} is not a field of kind {wanted[0]} that can be taken{did_you_mean(name, known)}."
    elif fields[of].decimals != item.decimals:
        yield f"{name!r} has {fields[of].decimals} decimals, and the sum {item.decimals}."
    elif _may_be_negative(fields[of]) and item.sign == "none" and item.total is not None and not item.total.absolute:
        yield f"{name!r} can be negative, and the sum has no sign."


def _may_be_negative(item: Field) -> bool:
    return (item.sign is not Sign.NONE and item.only is Only.ANY) or bool(item.sign_in)


def _outside(total: Total, record: Record, sound: FileLayout) -> Iterator[Mistake]:
    """Yield the records that stand outside of the object which a total is about: there are none of them in it."""
    known = {each.name: each for each in sound.records}
    if record.name not in known:
        return
    about = owner(sound, record)
    for key in _HELD_IN:
        for name in (full.partition(".")[0] for full in getattr(total, key)):
            if name in known and about not in (name, *above(sound, known[name])):
                yield key, f"Record {name!r} stands outside of the object that the total is about."
