"""A profile as reference documentation, in Markdown: written from the tables, so that it cannot differ from them."""

from collections.abc import Iterator

from lindorff_sdk.files.kinds import CODECS
from lindorff_sdk.files.layout import Field, FileLayout, Occurs, Profile, Record

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
    for transfer, layout in profile.files.items():
        yield ""
        yield f"## {transfer.value.capitalize()}"
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
    if item.counts:
        return f"number of records: {', '.join('all' if name == '*' else name for name in item.counts)}"
    if item.sums:
        return f"sum of {', '.join(item.sums)}; {CODECS[item.kind].describe(item)}"
    if item.codes:
        listed = ", ".join(f"`{code}` {str(meaning).lower().replace('_', ' ')}" for code, meaning in item.codes.items())
        return listed + (f", or {item.empty.value} for none" if item.empty != "never" else "")
    return CODECS[item.kind].describe(item).replace("'", "`")


def _bound(item: Field) -> str:
    return ", ".join(f"`{path}`" for path in (item.to, item.raw_to) if path)
