"""The law of profiles: what `load` accepts works, whatever it says; the rest is refused with the path of a key."""

import io
import types
from typing import Union, cast, get_args, get_origin, get_type_hints

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from lindorff_sdk.errors import FileRefusedError, ProfileError, SerializeError
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.testing.strategies import files
from lindorff_sdk.testing.strategies_damage import damaged
from tests.files.mutants import mutants
from tests.files.support import LAW, objects


def accepted(text: str) -> Profile | None:
    """Return a profile that is accepted; None for another one, whose findings each name a key."""
    try:
        return load_text(text)
    except ProfileError as error:
        refused = error
    assert refused.findings
    assert all(found.field for found in refused.findings)
    return None


def written(model: AnyFile, profile: Profile, layout: FileLayout) -> bytes | None:
    """Return the bytes of a file; None where it is refused, with what cannot be written."""
    try:
        return serialize(model, profile, layout=layout.id)
    except SerializeError as error:
        refused = error
    assert refused.findings
    return None


def stream(seen: bytes, profile: Profile, layout: FileLayout, on_error: OnError) -> None:
    """Stream a file, or see that it is refused with findings."""
    try:
        for _ in iter_parse(io.BytesIO(seen), profile, layout.id, on_error=on_error):
            pass
    except FileRefusedError as error:
        refused = error
    else:
        return
    assert refused.findings


def assert_typed(model: object) -> None:
    """Every attribute holds what its class says."""
    for path, item in objects(model):
        hints = get_type_hints(type(item))
        for each in attrs.fields(cast("type[attrs.AttrsInstance]", type(item))):
            hint, value = hints[each.name], getattr(item, each.name)
            types_of = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
            assert type(value) in {get_origin(one) or one for one in types_of}, (path, each.name, value)


def shortened(whole: bytes, profile: Profile, layout: FileLayout) -> SearchStrategy[bytes]:
    """Return files of which some lines end where those of an older version do."""
    end = profile.of(layout).line_end.encode()
    lines = whole.split(end)
    how = layout.delimited
    widths = sorted({width for record in layout.records for width in record.lengths})

    def cut(times: list[int]) -> bytes:
        if how is not None:
            mark = how.delimiter.encode()
            parted = [line.split(mark) for line in lines]
            return end.join(
                mark.join(parts[: max(1, len(parts) - less)]) for parts, less in zip(parted, times, strict=True)
            )
        shorter = [[line[:width] for width in widths if 0 < width < len(line)] for line in lines]
        return end.join(
            [*short, line][less % (len(short) + 1)] for short, line, less in zip(shorter, lines, times, strict=True)
        )

    return st.lists(st.integers(0, 3), min_size=len(lines), max_size=len(lines)).map(cut)


@settings(LAW, max_examples=LAW.max_examples * 3, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_accepted_works(data: DataObject) -> None:
    """A file is written and comes back, or is refused; any bytes are models with findings, at once or streamed."""
    profile = accepted(data.draw(mutants()))
    if profile is None:
        return
    layout = next(iter(profile.files.values()))
    file = data.draw(files(profile, layout.id))
    whole = written(file, profile, layout)
    if whole is None:
        return
    assert parse(whole, profile, layout.id).model == file
    seen = data.draw(damaged(whole, profile, layout.id) | shortened(whole, profile, layout) | st.binary())
    for on_error in OnError:
        parsed = parse(seen, profile, layout.id, on_error=on_error)
        assert not parsed.refused or parsed.errors()
        if parsed.model is not None:
            assert_typed(parsed.model)
            written(parsed.model, profile, layout)
        stream(seen, profile, layout, on_error)
