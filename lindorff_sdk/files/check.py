"""What can be wrong with a layout: every check yields the key path and the mistake, and all of them are made.

A check that needs to know the class of a record's object leaves out records of which it is unknown, since another
mistake says so.
"""

from collections import Counter
from collections.abc import Iterator

from lindorff_sdk.files.check_binding import binding_mistakes, required_mistakes
from lindorff_sdk.files.check_fields import Mistake, each_field, field_mistakes
from lindorff_sdk.files.check_objects import object_mistakes
from lindorff_sdk.files.check_optional import optional_mistakes
from lindorff_sdk.files.check_recognition import codes_of, has_headed_columns, recognition_mistakes
from lindorff_sdk.files.check_totals import reference_mistakes, total_mistakes
from lindorff_sdk.files.layout import FileLayout
from lindorff_sdk.files.names import template_mistake
from lindorff_sdk.files.structure import placed

LONGEST_RECORD = 65_536
"""Bytes of the longest record."""
_MOST_PADDING = 10_000


def check_file(layout: FileLayout, codec: str) -> Iterator[Mistake]:
    """Yield every mistake of a file's layout.

    Args:
        layout: The layout.
        codec: The codec of its profile; ``""`` if that is unknown.
    """
    sound = placed(layout)
    yield from _names(layout)
    yield from _file_keys(layout)
    yield from field_mistakes(layout)
    yield from object_mistakes(layout, sound)
    yield from recognition_mistakes(layout)
    yield from binding_mistakes(sound)
    yield from optional_mistakes(sound)
    yield from reference_mistakes(layout, sound)
    yield from total_mistakes(layout, sound)
    yield from required_mistakes(layout, sound)
    if codec:
        yield from _codec_mistakes(layout, codec)


def _names(layout: FileLayout) -> Iterator[Mistake]:
    if template_mistake(layout.name):
        yield "name", template_mistake(layout.name)
    for name, times in Counter(record.name for record in layout.records).items():
        if times > 1:
            yield f"records[{name}]", "Two records have this name."
    for record in layout.records:
        for name, times in Counter(item.name for item in record.fields).items():
            if times > 1:
                yield f"records[{record.name}].fields[{name}]", "Two fields of the record have this name."


def _file_keys(layout: FileLayout) -> Iterator[Mistake]:
    if not 1 <= layout.lines_multiple_of <= _MOST_PADDING:
        yield "lines_multiple_of", f"It is from 1 to {_MOST_PADDING}."
    if (layout.lines_multiple_of > 1) is not bool(layout.padding_line):
        yield "padding_line", "lines_multiple_of and padding_line go together."
    for record in layout.records:
        if layout.delimited is None and record.length > LONGEST_RECORD:
            yield f"records[{record.name}]", f"A record has at most {LONGEST_RECORD} bytes."
    if layout.delimited is not None:
        yield from _delimited(layout)


def _delimited(layout: FileLayout) -> Iterator[Mistake]:
    how = layout.delimited
    if how is None:
        return
    if layout.strip_blanks:
        yield "strip_blanks", "Delimited lines have no blanks to strip."
    if how.header:
        yield from _headed(layout)
    given = [mark for mark in (how.delimiter, how.quote, how.escape) if mark]
    if len(set(given)) < len(given):
        yield "delimited", "Delimiter, quote and escape are three different characters."
    if how.escape and not how.quote:
        yield "delimited.escape", "An escape stands before a quote within a value; the layout has no quotes."
    if how.quote_all and not how.quote:
        yield "delimited.quote_all", "The layout has no quotes."


def _headed(layout: FileLayout) -> Iterator[Mistake]:
    """Yield the records of which a header does not name the columns, and that no constant tells from the others."""
    for record in layout.records[1:]:
        if not (has_headed_columns(record, layout) or codes_of(record)):
            message = (
                f"The header names the columns of {layout.records[0].name!r}: a record has just these, in this order"
            )
            yield f"records[{record.name}].fields", f"{message}, or is told by a constant."


def _codec_mistakes(layout: FileLayout, codec: str) -> Iterator[Mistake]:
    """Yield what a layout writes of itself and the codec cannot write as one byte for each character."""
    own = [("padding_line", layout.padding_line)]
    if layout.delimited is not None:
        marks = (layout.delimited.delimiter, layout.delimited.quote, layout.delimited.escape)
        own += zip(("delimited.delimiter", "delimited.quote", "delimited.escape"), marks, strict=True)
    for path, _, item in each_field(layout):
        own += [(f"{path}.{key}", str(getattr(item, key))) for key in ("value", "pad", "none")]
        own += [(f"{path}.{key}", str(getattr(item, key) or "")) for key in ("decimal_mark", "thousands", "join")]
        own += [(f"{path}.codes.{code}", code) for code in item.codes]
        own += [(f"{path}.signs", sign) for sign in item.signs]
    for key, text in own:
        if len(text.encode(codec, "replace")) != len(text) or text.encode(codec, "ignore").decode(codec) != text:
            yield key, f"{codec} lacks a character of {text!r}, or makes it several bytes wide."
        elif text and not text.isprintable() and not (key == "delimited.delimiter" and text == "\t"):
            yield key, f"There is a control character in {text!r}."
