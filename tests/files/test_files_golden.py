"""Files that are kept, with what they must turn out to hold side by side."""

import json
from pathlib import Path
from typing import cast

import attrs
import pytest

from lindorff_sdk.files.binding import ROOTS
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Finding
from lindorff_sdk.json_models import from_json, to_json
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from tests.files.support import REFERENCE, TRANSFERS

GOLDEN = Path(__file__).parents[1] / "golden"
_NETS, _NK003 = shipped("nets-ocr-giro"), shipped("mamut-nk003")
PROFILES: dict[str, tuple[Profile, Transfer]] = {
    **{transfer.value: (REFERENCE, transfer) for transfer in TRANSFERS},
    "bank": (_NETS, Transfer.BANK),
    "standard": (_NK003, Transfer.CASES),
    "advanced": (_NK003, Transfer.CASES),
}
"""By the last part of the name, which is the id of the layout: its profile, and whose files it has."""
FILES = sorted(path for path in GOLDEN.iterdir() if path.suffix[1:] in PROFILES)


def _layout(path: Path) -> tuple[Profile, str, Transfer]:
    return (PROFILES[path.suffix[1:]][0], path.suffix[1:], PROFILES[path.suffix[1:]][1])


def _finding(found: Finding) -> dict[str, object]:
    return {key: value for key, value in attrs.asdict(found).items() if value}


def _expectation(parsed: ParsedFile[AnyFile]) -> dict[str, object]:
    return {
        "transfer": parsed.transfer,
        "findings": [_finding(found) for found in parsed.findings],
        "model": None if parsed.model is None else json.loads(to_json(parsed.model)),
    }


def _expected(path: Path) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(path.with_name(f"{path.name}.json").read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_golden_file_holds_what_it_held(path: Path, regenerate: bool) -> None:
    """The transfer is told by the content; model and findings are those kept beside the file."""
    profile, layout, _ = _layout(path)
    parsed = parse(path.read_bytes(), profile, file_name=path.name)
    found = _expectation(parsed)
    assert parsed.layout in (layout, "")
    if regenerate:
        text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
        path.with_name(f"{path.name}.json").write_text(text, "utf-8")
    assert found == _expected(path)


@pytest.mark.parametrize("path", [path for path in FILES if path.stem == "clean"], ids=lambda path: path.name)
def test_a_clean_golden_file_is_written_from_its_model(path: Path) -> None:
    """The kept model, read from JSON and not from the file, is written as the file's very bytes."""
    expected = _expected(path)
    profile, layout, transfer = _layout(path)
    assert (expected["transfer"], expected["findings"]) == (transfer, [])
    root = cast("type[attrs.AttrsInstance]", ROOTS[transfer])
    model = from_json(root, json.dumps(expected["model"]))
    assert serialize(cast("AnyFile", model), profile, layout=layout) == path.read_bytes()


def test_there_are_clean_and_damaged_files_of_every_shipped_layout() -> None:
    """Each has a clean file, one with findings in use, and one refused; and no expectation lacks its file."""
    assert {layout for profile, _ in PROFILES.values() for layout in profile.files} == set(PROFILES)
    for layout in PROFILES:
        kept = {path.stem: _expected(path) for path in FILES if path.suffix[1:] == layout}
        assert kept["clean"]["model"]
        assert any(each["findings"] and each["model"] for each in kept.values()), layout
        assert any(each["model"] is None for each in kept.values()), layout
    assert {path.stem for path in GOLDEN.glob("*.json")} == {path.name for path in FILES}
