"""The page of examples: each is a profile and a file that follows it, and every key of the grammar is among them."""

import re
from pathlib import Path

import pytest
from attrs import fields_dict

from lindorff_sdk.files.layout import Delimited, Field, FileLayout, Profile, Record, Total
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.files.serializer import serialize

_DOCS = Path(__file__).parents[2] / "docs"
PAGE = (_DOCS / "profile-examples.md").read_text(encoding="utf-8")
GRAMMAR = (_DOCS / "profiles.md").read_text(encoding="utf-8")
_HEAD = {
    "id": '"example"',
    "version": '"1"',
    "holds_from": "2026-01-01",
    "origin": '"Made for an example."',
    "codec": '"iso-8859-1"',
    "line_end": '"lf"',
}
_BLOCK = re.compile(r"^```(toml|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OURS = {"id", "files", "records", "fields", "total", "nothing", "delimited", "most"}
"""Attributes of the layout classes that are no keys, or tables."""
KEYS = {
    name for part in (Profile, FileLayout, Delimited, Record, Field, Total) for name in fields_dict(part)
} - _OURS | {
    "after",
    "at",
    "columns_from",
    "extends",
    "fill",
    "record_length",
    "removed",
}


def examples() -> list[tuple[str, str]]:
    """Return the profiles of the page, each with a file; a profile may have several."""
    found, profile = [], ""
    for language, text in _BLOCK.findall(PAGE):
        if language == "toml":
            profile = text
        else:
            found.append((profile, text))
    return found


def whole(text: str) -> Profile:
    """Return a profile with what an example leaves out."""
    top = text.partition("[")[0]
    lines = [f"{key} = {value}\n" for key, value in _HEAD.items() if not re.search(f"^{key} =", top, re.MULTILINE)]
    return load_text("".join(lines) + text, "example.toml")


def data_of(text: str, profile: Profile, layout: FileLayout) -> bytes:
    """Return the bytes of a file as the page shows it."""
    lines = text.replace("·", " ").replace("␚", "\x1a").splitlines()
    written = profile.of(layout)
    body = written.line_end.join(lines) + written.line_end * layout.final_line_end
    return body.encode(written.codec)


@pytest.mark.parametrize(("profile_text", "text"), examples(), ids=lambda text: text.splitlines()[0][:30])
def test_an_example_is_read_and_written_again(profile_text: str, text: str) -> None:
    """Without a finding, and to the byte."""
    profile = whole(profile_text)
    told = [layout for layout in profile.files.values() if _follows(text, profile, layout)]
    assert told


def _follows(text: str, profile: Profile, layout: FileLayout) -> bool:
    data = data_of(text, profile, layout)
    parsed = parse(data, profile, layout.id)
    if parsed.findings or parsed.model is None:
        if len(profile.files) == 1:
            pytest.fail("\n".join(map(str, parsed.findings)))
        return False
    return serialize(parsed.model, profile, layout=parsed.layout, kept=parsed.kept) == data


def test_every_key_has_an_example_and_stands_in_the_grammar() -> None:
    """A key that is added to the layout classes needs both."""
    shown = {key for profile, _ in examples() for key in re.findall(r"\b([a-z_]+) =", profile)} | set(_HEAD)
    assert KEYS - shown == set()
    named = set(re.findall(r"`([a-z_]+)(?: = [^`]*)?`", GRAMMAR))
    assert KEYS - named == set()
