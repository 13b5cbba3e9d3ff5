"""A profile as reference documentation, in Markdown: written from the tables, so that it cannot differ from them."""

from collections.abc import Collection, Iterator, Mapping

from lindorff_sdk.files.kinds import describe as describe_field
from lindorff_sdk.files.layout import (
    Delimited,
    Disagree,
    Field,
    FileLayout,
    Kind,
    Occurs,
    Profile,
    Record,
    Scattered,
    Total,
)
from lindorff_sdk.files.paths import targets
from lindorff_sdk.files.ruler import ruler
from lindorff_sdk.files.structure import filled

_OCCURS = {
    Occurs.ONCE: "once",
    Occurs.OPTIONAL: "at most once",
    Occurs.MANY: "any number",
    Occurs.SOME: "at least once",
}
_END = {"\r\n": "CR LF", "\n": "LF"}
_DISAGREE = {Disagree.REFUSE: "the file is refused", Disagree.FIRST: "the first line holds"}
_SCATTERED = {
    Scattered.REFUSE: "the file is refused",
    Scattered.MERGE: "they are taken together",
    Scattered.SEPARATE: "they are objects of their own",
}


def describe(profile: Profile) -> str:
    """Return the record description of a profile: every file, record and field, with columns counted from 1."""
    return "\n".join(_profile(profile)) + "\n"


def describe_layout(profile: Profile, layout: FileLayout) -> str:
    """Return the description of one file's layout, with all its records."""
    return "\n".join(_layout(profile, layout)) + "\n"


def describe_record(layout: FileLayout, record: Record) -> str:
    """Return the description of one record: drawn to scale, and as a table of its fields."""
    return "\n".join(_record(layout, record)) + "\n"


def _profile(profile: Profile) -> Iterator[str]:
    yield f"# Profile `{profile.id}`, version {profile.version}"
    yield ""
    yield f"> {profile.origin}"
    yield ""
    end = _END[profile.line_end]
    notes = "records" if profile.interest_notes == "records" else "derived from the interest share of payments"
    yield f"Files follow it from {profile.holds_from}. Characters are {profile.codec}, lines end with {end}, and widths"
    yield f"count bytes. Interest notes are {notes}."
    for layout in profile.files.values():
        yield ""
        yield from _layout(profile, layout)


def _layout(profile: Profile, layout: FileLayout) -> Iterator[str]:
    yield f"## {layout.id.capitalize()}"
    yield ""
    kind = "" if layout.id == layout.transfer else f" of {layout.transfer}"
    yield " ".join((f"A file{kind} is named `{layout.name}`.", *_ways(layout)))
    written = profile.file(layout.transfer)
    if written is not layout:
        yield f"Files of {layout.transfer} are written as `{written.id}` unless another layout is asked for."
    yield from _defaults("Its", layout.defaults, filled(layout, ""))
    yield ""
    yield "Records in this order:"
    yield ""
    for record in layout.records:
        under = f" under `{record.under}`," if record.under else ""
        most = f", at most {record.most} times" if record.most else ""
        yield f"* `{record.name}`,{under} {_OCCURS[record.occurs]}{most}"
    for record in layout.records:
        yield ""
        yield from _record(layout, record)


def _ways(layout: FileLayout) -> Iterator[str]:
    """Yield the sentences about a file as a whole."""
    if layout.codec:
        yield f"Its characters are {layout.codec}."
    if layout.line_end:
        yield f"Its lines end with {_END[layout.line_end]}."
    if layout.delimited is not None:
        yield from _delimited(layout.delimited)
    if layout.strip_blanks:
        yield "Blanks at the end of a line are left out."
    if layout.lines_multiple_of > 1:
        yield f"Lines of `{layout.padding_line}` fill it up to a multiple of {layout.lines_multiple_of}."
    if not layout.final_line_end:
        yield "Its last line has no end."
    if layout.ctrl_z:
        yield "A Ctrl-Z ends it."


def _delimited(how: Delimited) -> Iterator[str]:
    mark = "a tab" if how.delimiter == "\t" else f"`{how.delimiter}`"
    yield f"Values are kept apart by {mark}{', which ends the line, too' if how.trailing else ''}."
    if how.quote:
        escaped = f"a quote within is preceded by `{how.escape}`" if how.escape else "a quote within is doubled"
        yield f"{'Each' if how.quote_all else 'One that needs it'} stands in `{how.quote}`; {escaped}."
    if how.header:
        yield "The first line names the columns, by which they are found."


def _record(layout: FileLayout, record: Record) -> Iterator[str]:
    yield f"### {layout.id}: `{record.name}`" + ("" if layout.delimited else f" ({_lengths(record)} bytes)")
    yield ""
    yield from _about(layout, record)
    yield "```text"
    yield ruler(layout, record)
    yield "```"
    yield ""
    yield f"| {'column' if layout.delimited else 'columns'} | field | holds | attribute |"
    yield "| --- | --- | --- | --- |"
    for item in record.fields:
        optional = "; older versions end before it" if item.optional else ""
        yield f"| {_columns(layout, item)} | {item.name} | {_holds(item)}{optional} | {_bound(item)} |"


def _lengths(record: Record) -> str:
    return " or ".join(str(length) for length in sorted(record.lengths))


def _columns(layout: FileLayout, item: Field) -> str:
    if layout.delimited is not None or item.length == 1:
        return f"{item.start + 1}"
    return f"{item.start + 1}-{item.end}"


def _about(layout: FileLayout, record: Record) -> Iterator[str]:
    """Yield the sentences about a record, and an empty line behind them."""
    said = []
    if record.recognised_by:
        said.append(f"Told by {_named(record.recognised_by)}.")
    if record.batch:
        said.append(f"Opens a batch of `{record.opens}`; each of its objects gets what the batch says.")
    elif record.opens:
        said.append(f"Opens an object of `{record.opens}`{f', a `{record.model}`' if record.model else ''}.")
    if record.unique:
        said.append(f"Unique for ever: {_named(record.unique)}.")
    if record.group_by:
        said.append(f"Lines with the same {_named(record.group_by)} are one object;")
        said.append(f"where they disagree, {_DISAGREE[record.disagree]}; where others stand between,")
        said.append(f"{_SCATTERED[record.scattered]}.")
    said += _defaults("Its object's", record.defaults, filled(layout, record.name) if record.opens else frozenset())
    if said:
        yield " ".join(said)
        yield ""


def _defaults(whose: str, given: Mapping[str, object], bound: Collection[str]) -> list[str]:
    return [
        f"{whose} `{path}` is {f'`{value}` where no field says otherwise' if path in bound else f'always `{value}`'}."
        for path, value in given.items()
    ]


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


# Fields ------------------------------------------------------------------------------------------------------------


def _holds(item: Field) -> str:
    if item.total is not None:
        return _total(item.total)
    if item.numbers:
        within = f", anew within each `{item.within}`" if item.within else ""
        return f"running number of {'lines' if item.numbers == '*' else f'`{item.numbers}`'}{within}"
    if item.matches:
        return f"the same as `{item.matches}` of the record that opens the object"
    if item.codes:
        return _codes(item)
    return _escaped(describe_field(item)) + _also(item)


def _codes(item: Field) -> str:
    listed = ", ".join(f"`{code}` {_meaning(meaning)}" for code, meaning in item.codes.items())
    none = f", or {f'`{item.none}`' if item.none else item.empty.value} for none" if item.may_be_empty else ""
    return f"{listed}{none}" + (f"; any other is kept and read as {_meaning(item.unknown)}" if item.unknown else "")


def _meaning(meaning: str | bool) -> str:
    return {True: "yes", False: "no"}.get(meaning, "") if isinstance(meaning, bool) else meaning.replace("_", " ")


def _also(item: Field) -> str:
    said = [f"; its sign stands in `{item.sign_in}`"] if item.sign_in else []
    said += ["; at the right"] if item.kind is Kind.TEXT and item.align == "right" else []
    said += ["; cut where it is longer"] if item.cut else []
    said += [f"; what follows the first `{item.split}` is {item.rest_to}"] if item.rest_to else []
    said += ["; masked in findings"] if item.personal else []
    said += [f"; two-digit years from {item.pivot:02} on are 19xx"] if "%y" in item.format else []
    said += [f"; joined to the field before by `{item.join}`"] if item.join else []
    said += ["; goes on from the field before"] if item.join == "" else []
    return "".join(said)


def _escaped(text: str) -> str:
    return text.replace("'", "`").replace("|", "\\|")


def _total(total: Total) -> str:
    where = "".join(f", where {name} is {' or '.join(texts)}" for name, texts in total.where.items())
    if total.objects:
        return f"number of objects of {', '.join(total.objects)}"
    if total.counts:
        counted = ", ".join("all" if name == "*" else name for name in total.counts)
        divided = f", divided by {total.divisor}" if total.divisor > 1 else ""
        return f"number of records: {counted}{f', {total.offset:+}' if total.offset else ''}{divided}{where}"
    if total.sums:
        modulo = f", modulo {total.modulus}" if total.modulus else ""
        less = f" less {', '.join(total.less)}" if total.less else ""
        return f"sum of {', '.join(total.sums)}{less}{' without signs' if total.absolute else ''}{modulo}{where}"
    return f"first of {', '.join(total.firsts)}" if total.firsts else f"last of {', '.join(total.lasts)}"


def _bound(item: Field) -> str:
    return ", ".join(f"`{path}`" for path in targets(item))
