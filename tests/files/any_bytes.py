"""What must hold of any bytes at all: held against by the fuzzer of ``make soak``, and by the tests for its corpus.

The first byte says which layout the others are read by.
"""

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.policy import MAX_FINDINGS, OnError
from lindorff_sdk.files.profile import load_text, shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.files.stream import iter_parse
from lindorff_sdk.findings import CODES
from tests.files.slowly import slowly

CORPUS = Path(__file__).parents[1] / "corpus"
_FOLDER = Path(__file__).parent


@cache
def targets() -> tuple[tuple[Profile, FileLayout], ...]:
    """Return the layouts: those that ship, and those of the tests that say all that these do not."""
    odd = (_FOLDER / "odd.toml").read_text("utf-8").replace("LINE_END", "lf")
    made = [
        *map(shipped, ("lindorff-reference", "nets-ocr-giro", "mamut-nk003")),
        load_text(odd.replace("CODEC", "iso-8859-1"), "odd.toml"),
        load_text(odd.replace("CODEC", "utf-8"), "odd.toml"),
        load_text((_FOLDER / "many.toml").read_text("utf-8"), "many.toml"),
    ]
    return tuple((profile, layout) for profile in made for layout in profile.files.values())


def holds(data: bytes) -> None:
    """Raise if what is promised of any bytes does not hold of these."""
    if not data:
        return
    profile, layout = targets()[data[0] % len(targets())]
    for on_error in OnError:
        _holds(data[1:], profile, layout, on_error)


def _holds(data: bytes, profile: Profile, layout: FileLayout, on_error: OnError) -> None:
    parsed = parse(data, profile, layout.id, on_error=on_error)
    errors = parsed.errors()
    if parsed.refused != bool(errors) and (on_error is OnError.REFUSE_FILE or not errors):
        raise AssertionError(f"refused: {parsed.refused}, errors: {len(errors)}")
    if len(parsed.findings) > MAX_FINDINGS + 1:
        raise AssertionError("more findings than are kept")
    for found in parsed.findings:
        if found.code not in CODES or not str(found).isprintable():
            raise AssertionError(f"a finding that cannot be shown: {found!r}")
    if not parsed.findings and serialize(parsed.require(), profile, layout=layout.id, kept=parsed.kept) != data:
        raise AssertionError("nothing says that other bytes mean the same")
    slow = slowly(data, profile, layout.id, on_error)
    if (parsed.model, parsed.findings, parsed.unread) != (slow.model, slow.findings, slow.unread):
        raise AssertionError("the fast way and the slow one disagree")
    streamed = list(_streamed(data, profile, layout, on_error))
    if streamed != ([] if parsed.refused else [*_top(parsed.model, layout)]):
        raise AssertionError("the stream hands out something else")


def _streamed(data: bytes, profile: Profile, layout: FileLayout, on_error: OnError) -> Iterator[object]:
    try:
        yield from (each.item for each in iter_parse(io.BytesIO(data), profile, layout.id, on_error=on_error))
    except FileRefusedError:
        return


def _top(model: object, layout: FileLayout) -> Iterator[object]:
    """Yield the objects directly in a file."""
    for attribute in dict.fromkeys(record.opens for record in layout.records if record.opens and not record.under):
        yield from getattr(model, attribute)
