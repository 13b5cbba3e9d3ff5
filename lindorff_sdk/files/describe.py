"""A profile as reference documentation, in Markdown: written from the tables, so that it cannot differ from them."""

from collections.abc import Iterator

from lindorff_sdk.files.kinds import describe as describe_field
from lindorff_sdk.files.layout import Field, FileLayout, Occurs, Profile, Record, Total

_OCCURS = {
    Occurs.ONCE: "once",
    Occurs.OPTIONAL: "at most once",
    Occurs.MANY: "any number",
    Occurs.SOME: "at least once",
}


def describe(profile: Profile) -> str:
    """Return the record description of a profile: every file, record and field, with columns counted from 1."""
    return "\n".join(_profile(profile)) + "\n"


def _profile(profile: Profile) -> Iterator[str]:
    yield f"# Profile `{profile.id}`, version {profile.version}"
    yield ""
    yield f"> {profile.origin}"
    yield ""
    yield f"Files follow it from {profile.holds_from}. Characters are {profile.codec}, lines end with "
    yield f"{'CR LF' if profile.line_end == chr(13) + chr(10) else 'LF'}, and widths count bytes."
    for name, layout in profile.files.items():
        yield ""
        yield f"## {name.capitalize()}"
        yield ""
        yield f"File name: `{layout.name}`. Records in this order:"
        yield ""
        for record in layout.records:
            under = f"  under `{record.under}`," if record.under else ""
            yield f"* `{record.name}`,{under} {_OCCURS[record.occurs]}"
        for record in layout.records:
            yield from _record(layout, record)


def _record(layout: FileLayout, record: Record) -> Iterator[str]:
    yield ""
    yield f"### {layout.transfer}: `{record.name}` ({record.length} bytes)"
    yield ""
    if record.unique:
        yield f"Unique for ever: {', '.join(f'`{name}`' for name in record.unique)}."
        yield ""
    yield "| columns | field | holds | attribute |"
    yield "| --- | --- | --- | --- |"
    for item in record.fields:
        yield f"| {item.start + 1}-{item.end} | {item.name} | {_holds(item)} | {_bound(item)} |"


def _holds(item: Field) -> str:
    if item.total is not None:
        return _total(item.total)
    if item.codes:
        listed = ", ".join(f"`{code}` {str(meaning).lower().replace('_', ' ')}" for code, meaning in item.codes.items())
        return listed + (f", or {item.empty.value} for none" if item.empty != "never" else "")
    return describe_field(item).replace("'", "`")


def _total(total: Total) -> str:
    if total.counts:
        return f"number of records: {', '.join('all' if name == '*' else name for name in total.counts)}"
    if total.sums:
        return f"sum of {', '.join(total.sums)}"
    return f"first of {', '.join(total.firsts)}" if total.firsts else f"last of {', '.join(total.lasts)}"


def _bound(item: Field) -> str:
    return ", ".join(f"`{path}`" for path in (item.to, item.rest_to, item.raw_to) if path)
