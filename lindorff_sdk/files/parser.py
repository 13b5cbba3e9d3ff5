"""Bytes to models: what was understood, and findings for everything that was not."""

import io

from lindorff_sdk.files.blocks import BLOCK, blocks, is_blank
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.origins import Origins
from lindorff_sdk.files.passing import Pass
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.reading import Reading
from lindorff_sdk.files.which import recognised
from lindorff_sdk.findings import Finding, finding, masked
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.collection import uncollected
from lindorff_sdk.models.parsed import AnyFile, ParsedFile


def parse(
    data: bytes,
    profile: Profile,
    transfer: Transfer | str | None = None,
    *,
    file_name: str = "",
    on_error: OnError = OnError.REFUSE_FILE,
) -> ParsedFile[AnyFile]:
    """Return what a file holds, with findings for what was not understood.

    A file with a finding of severity *error* is refused: its ``model`` is None, and nothing of it may be used. With
    `OnError.REFUSE_RECORD` only the record is, with all that stands below it; the file is still refused where a total
    does not hold, or cannot be told. Any bytes at all end in such a result; no exception is raised for what a file
    holds.

    Args:
        data: The file's bytes.
        profile: The layout they follow.
        transfer: Which transfer's file it is, or the id of a layout; None to tell by its name and its first lines.
        file_name: Its name, for findings, and to tell by which layout it follows.
        on_error: What an error refuses.
    """
    if is_blank(data):
        return refused(file_name, transfer, finding("file-empty", "The file is empty.", file=file_name))
    layout = recognised(profile, data[:BLOCK], transfer, file_name)
    if layout is None:
        return refused(file_name, transfer, unrecognised(profile, data, file_name))
    with uncollected():
        return _parsed(data, profile, layout, file_name, on_error)


def _parsed(
    data: bytes, profile: Profile, layout: FileLayout, file_name: str, on_error: OnError
) -> ParsedFile[AnyFile]:
    passing = Pass(Reading(file_name, on_error, profile.of(layout), layout))
    for block in blocks(io.BytesIO(data), passing.padding, BLOCK):
        passing.take(block)
    passing.look_at([passing.model, *passing.reading.discarded])
    return passing.result(Origins(passing.reading, data))


def refused(file_name: str, transfer: Transfer | str | None, found: Finding) -> ParsedFile[AnyFile]:
    """Return the result of a file of which no line is read."""
    known = transfer if isinstance(transfer, Transfer) else None
    return ParsedFile(file_name, known, None, (found,), {})


def unrecognised(profile: Profile, data: bytes, file_name: str) -> Finding:
    """Return the finding of a file that begins like none of a profile's."""
    return finding(
        "file-unrecognised",
        f"The file begins like none of the files of profile {profile.id}.",
        file=file_name,
        line=1,
        expected=", ".join(profile.files),
        found=repr(masked(data[:12].decode("ascii", "replace"), 4)),
    )
