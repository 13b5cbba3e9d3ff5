"""Bytes to models: what was understood, and findings for everything that was not."""

from typing import cast

from lindorff_sdk.files.collection import uncollected
from lindorff_sdk.files.kids import wrong_kids
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.lines import first_line, lines_of
from lindorff_sdk.files.origins import Origins
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.files.reading import Reading
from lindorff_sdk.files.which import recognised
from lindorff_sdk.findings import Finding, finding, masked
from lindorff_sdk.models.bank import BankFile
from lindorff_sdk.models.codes import Transfer
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
    if not data.strip(b"\r\n\x1a "):
        return _refused(file_name, transfer, finding("file-empty", "The file is empty.", file=file_name))
    layout = recognised(profile, data, transfer, file_name)
    if layout is None:
        return _refused(file_name, transfer, unrecognised(profile, data, file_name))
    with uncollected():
        return _parsed(data, profile, layout, file_name, on_error)


def _parsed(
    data: bytes, profile: Profile, layout: FileLayout, file_name: str, on_error: OnError
) -> ParsedFile[AnyFile]:
    profile = profile.of(layout)
    reading = Reading(profile, layout, file_name, on_error)
    # A byte the codec does not know becomes a lone surrogate, which no canonical line holds; it is turned back into
    # the byte when the line is gone through field by field.
    lines, deviations = lines_of(data.decode(profile.codec, "surrogateescape"), profile.line_end, layout)
    for code, message in deviations:
        reading.note(finding(code, message))
    reading.clean = reading.charset.is_clean(data, profile.line_end, len(lines))
    first = first_line(layout)
    frame = reading.read(lines[first:], first + 1, reading.root(len(lines)))
    model = cast("AnyFile | None", reading.end(frame))
    if isinstance(model, BankFile):
        for transaction, found in wrong_kids(model, layout):
            reading.note(found, reading.places[id(transaction)])
    origins = Origins(lines, reading.places, profile.codec, reading.recogniser, reading.charset)
    return ParsedFile(
        file_name,
        layout.transfer,
        model,
        tuple(reading.all_findings()),
        origins,
        layout.id,
        reading.kept,
        reading.unread,
    )


def _refused(file_name: str, transfer: Transfer | str | None, found: Finding) -> ParsedFile[AnyFile]:
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
