"""Reading without any generated function, against which the fast reading is held."""

from collections.abc import Iterator
from functools import cache
from unittest import mock

from lindorff_sdk.files import reading
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.plan import Plan
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from tests.files.support import objects


@cache
def _slow(layout: FileLayout) -> Plan:
    """Return a plan with functions that take no line, so that every line is gone through field by field."""
    slow = compiled.__wrapped__(layout)
    for record in slow.records:
        record.read, record.run = None, None
    return slow


def slowly(
    data: bytes, profile: Profile, transfer: Transfer | str, on_error: OnError = OnError.REFUSE_FILE
) -> ParsedFile[AnyFile]:
    """Return what a file holds, read with such a plan."""
    with mock.patch.object(reading, "compiled", return_value=_slow(profile.file(transfer))):
        return parse(data, profile, transfer, on_error=on_error)


def origins(parsed: ParsedFile[AnyFile]) -> Iterator[tuple[str, int, bytes, bytes | None]]:
    """Yield where each object of a file that is not refused stood."""
    for path, item in objects(parsed.require()):
        try:
            origin = parsed.origin(item)
        except KeyError:
            continue
        yield path, origin.line, origin.raw, origin.unique


def kept(parsed: ParsedFile[AnyFile]) -> dict[tuple[str, str], str]:
    """Return the reserved areas of a file that is not refused, by the path of their object."""
    paths = {id(item): path for path, item in objects(parsed.require())}
    return {(paths[key], name): text for (key, name), text in parsed.kept.items() if key in paths}
