"""One byte of a valid file is another: it is noticed, or changes only the field it sits in."""

from functools import cache

import pytest
from attrs import frozen
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from lindorff_sdk.files.check_recognition import codes_of
from lindorff_sdk.files.layout import FileLayout, Profile, Record
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.paths import inner_path
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Severity
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.testing.strategies import files
from lindorff_sdk.testing.strategies_profiles import profiles
from tests.files.support import LAW, values
from tests.files.test_files_shipped import DATA, FILE

NETS, REFERENCE = shipped("nets-ocr-giro"), shipped("lindorff-reference")
_TRIES = 25
"""Bytes of one file that are changed, one at a time."""


def has_totals(profile: Profile) -> bool:
    """Return whether a profile's one file has fixed columns and states totals."""
    (layout,) = profile.files.values()
    return layout.delimited is None and any(item.total for record in layout.records for item in record.fields)


def _generated(transfer: Transfer) -> "SearchStrategy[Chosen]":
    return profiles(transfer).filter(has_totals).map(lambda made: (made, next(iter(made.files.values()))))


Chosen = tuple[Profile, FileLayout]
LAYOUTS: dict[str, SearchStrategy[Chosen]] = {
    "nets-ocr-giro": st.just((NETS, NETS.file("bank"))),
    **{f"reference.{name}": st.just((REFERENCE, layout)) for name, layout in REFERENCE.files.items()},
    **{f"generated.{transfer}": _generated(transfer) for transfer in Transfer},
}


@frozen
class Place:
    """A byte of a file: where it stands, its line, from 0, and its column there, from 0."""

    at: int
    line: int
    column: int


@cache
def _codes(layout: FileLayout) -> frozenset[int]:
    """Return the columns by which the layout tells records."""
    return frozenset(
        column for record in layout.records for item in codes_of(record) for column in range(item.start, item.end)
    )


def places(data: bytes, profile: Profile, layout: FileLayout) -> list[Place]:
    """Return the bytes of a file outside line ends and recognition codes."""
    end, codes = profile.of(layout).line_end.encode(), _codes(layout)
    found, begun = [], 0
    for number, line in enumerate(data.removesuffix(b"\x1a").split(end)):
        if line.decode("latin-1") != layout.padding_line:
            found += [Place(begun + at, number, at) for at in range(len(line)) if at not in codes]
        begun += len(line) + len(end)
    return found


def _targets(record: Record, column: int) -> set[str]:
    """Return the attributes that the field at a column of a record fills."""
    here = next((item.name for item in record.fields if item.start <= column < item.end), "")
    return {
        inner_path(to) or to.removeprefix("^")
        for item in record.fields
        if here and here in (item.name, item.sign_in)
        for to in (item.to, item.also_to, item.rest_to, item.raw_to)
        if to
    }


def holds(data: bytes, where: Place, byte: int, chosen: Chosen, before: AnyFile) -> bool:
    """Hold a file with another byte against the law; return whether it is still in use, with another value."""
    profile, layout = chosen
    broken = data[: where.at] + bytes([byte]) + data[where.at + 1 :]
    parsed = parse(broken, profile, layout.id)
    if parsed.refused:
        return False
    old, new = values(before), values(parsed.require())
    changed = {path for path in old | new if old.get(path, ...) != new.get(path, ...)}
    noticed = parsed.findings
    if not changed:
        # Nothing says so but a finding, or the area that is kept as it came.
        assert noticed or parsed.kept, (where, byte)
    elif not any(found.severity is Severity.WARNING for found in noticed):
        fields = [_targets(record, where.column) for record in layout.records]
        assert any(all(_is_one(path, targets) for path in changed) for targets in fields), (where, byte, changed)
    if not noticed:
        assert serialize(parsed.require(), profile, layout=layout.id, kept=parsed.kept) == broken
    return bool(changed)


def _is_one(path: str, targets: set[str]) -> bool:
    return any(path == target or path.endswith(f".{target}") for target in targets)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(LAW, max_examples=max(1, LAW.max_examples // 2))
@given(data=st.data())
def test_a_changed_byte_is_noticed_or_changes_only_its_field(layout: str, data: DataObject) -> None:
    """Refused, or reported; or the file is as valid as before, and only the attributes of one field are others."""
    chosen = profile, made = data.draw(LAYOUTS[layout])
    before = data.draw(files(profile, made.id, unknown_codes=False))
    written = serialize(before, profile, layout=made.id)
    assert parse(written, profile, made.id).model == before
    known = places(written, profile, made)
    assume(known)
    other = st.sampled_from(b"0123456789 -+ACDNX.") | st.integers(0, 255)
    for where, byte in data.draw(st.lists(st.tuples(st.sampled_from(known), other), max_size=_TRIES)):
        if written[where.at] != byte:
            holds(written, where, byte, chosen, before)


def test_every_byte_of_a_bank_file_is_guarded() -> None:
    """At every place, for bytes that mean something; and the law is no empty one: free text may change."""
    chosen = (NETS, NETS.file("bank"))
    in_use = 0
    for where in places(DATA, *chosen):
        for byte in b"7 -":
            if DATA[where.at] != byte:
                in_use += holds(DATA, where, byte, chosen, FILE)
    assert in_use > 100
