"""Which layout a file follows: told by its name, or by its contents where the name does not tell."""

from collections.abc import Iterator
from itertools import islice

from lindorff_sdk.files.check_recognition import LENGTH
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.delimit import cells_of
from lindorff_sdk.files.fill import UnreadableError
from lindorff_sdk.files.frames import plainly, root_frame
from lindorff_sdk.files.layout import Delimited, FileLayout, Kind, Profile, Record
from lindorff_sdk.files.names import name_pattern
from lindorff_sdk.files.recognition import recogniser
from lindorff_sdk.models.codes import Transfer

_LOOKED_AT = 50
"""Lines that are looked at where the first one fits several layouts."""


def recognised(profile: Profile, data: bytes, wanted: Transfer | str | None, file_name: str = "") -> FileLayout | None:
    """Return the layout that a file follows; None if nothing tells it.

    Args:
        profile: The profile.
        data: The file, or its beginning.
        wanted: The transfer it belongs to, or the id of its layout; None if that is to be found out.
        file_name: Its name; of several layouts that it begins like, the one counts whose template the name fits.
    """
    layouts = [layout for layout in profile.files.values() if wanted in (None, layout.id, layout.transfer)]
    if wanted is not None and len(layouts) == 1:
        return layouts[0]
    named = [layout for layout in layouts if file_name and name_pattern(layout.name).fullmatch(file_name)]
    first = data.split(b"\n", 1)[0].rstrip(b"\r\x1a")
    fitting = [layout for layout in layouts if _begins_like(layout, first, profile.of(layout))]
    both = [layout for layout in fitting if layout in named]
    untold = [layout for layout in named if not any(_tells(record, layout) for record in _firsts(layout))]
    found = both or fitting or untold
    if len(found) > 1:
        found = [layout for layout in found if _fits(layout, data, profile.of(layout))] or found
    if len({layout.transfer for layout in found}) == 1:
        return found[0]
    return layouts[0] if wanted is not None and layouts else None


def _begins_like(layout: FileLayout, first: bytes, profile: Profile) -> bool:
    return any(_begins(record, first, layout, profile) for record in _firsts(layout))


def _fits(layout: FileLayout, data: bytes, profile: Profile) -> bool:
    """Return whether the first lines are all records of a layout, wherever these may stand."""
    plan = compiled(layout)
    find, frame = recogniser(plan).find, root_frame(plan.root, 0, plainly)
    lines = data.decode(profile.codec, "surrogateescape").split("\n")[:-1]
    return all(find(line.rstrip("\r"), frame) is not None for line in islice(lines, _LOOKED_AT))


def _tells(record: Record, layout: FileLayout) -> bool:
    """Return whether a line can be told to be this record."""
    header = layout.delimited is not None and layout.delimited.header
    return header or LENGTH in record.recognised_by or any(item.kind is Kind.CONSTANT for item in record.fields)


def _firsts(layout: FileLayout) -> Iterator[Record]:
    """Yield the records that may stand first in a file."""
    for record in layout.records:
        if not record.under:
            yield record
            if record.needed:
                return


def _begins(record: Record, first: bytes, layout: FileLayout, profile: Profile) -> bool:
    if layout.delimited is not None:
        return _begins_delimited(record, first, layout.delimited, profile)
    if not _tells(record, layout) or (LENGTH in record.recognised_by and len(first) not in record.lengths):
        return False
    constants = [item for item in record.fields if item.kind is Kind.CONSTANT]
    first = first.ljust(record.length * layout.strip_blanks)
    return all(first[item.start : item.end] == item.value.encode(profile.codec) for item in constants)


def _begins_delimited(record: Record, first: bytes, how: Delimited, profile: Profile) -> bool:
    try:
        cells = cells_of(first.decode(profile.codec), how)
    except (UnicodeDecodeError, UnreadableError):
        return False
    if how.header:
        return {item.name for item in record.fields if not item.optional} <= set(cells)
    constants = [item for item in record.fields if item.kind is Kind.CONSTANT]
    return bool(constants) and all(cells[item.start : item.start + 1] == [item.value] for item in constants)
