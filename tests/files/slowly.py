"""Reading with functions that take no line, so that every line is gone through field by field."""

from unittest import mock

from lindorff_sdk.files import reading, recognition
from lindorff_sdk.files.compile import compiled
from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.plan import never
from lindorff_sdk.files.policy import OnError
from lindorff_sdk.models.parsed import AnyFile, ParsedFile


def slowly(
    data: bytes, profile: Profile, layout: FileLayout, *, on_error: OnError = OnError.REFUSE_FILE
) -> ParsedFile[AnyFile]:
    """Return what a file holds, read field by field; lines are told apart by the same plan."""
    plan = compiled.__wrapped__(layout)
    for record in plan.records:
        record.read, record.hot = None, never
    with (
        mock.patch.object(reading, "compiled", return_value=plan),
        mock.patch.object(recognition, "compiled", return_value=plan),
        mock.patch.object(reading, "recogniser", recognition.recogniser.__wrapped__),
    ):
        return parse(data, profile, layout.id, on_error=on_error)
