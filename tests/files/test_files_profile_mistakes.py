"""Whatever TOML is loaded: a profile, or the one documented error that names every mistake with key path and line."""

import contextlib
import encodings.aliases
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import ProfileError
from lindorff_sdk.files import profile as profiles
from lindorff_sdk.files.charset import is_usable
from lindorff_sdk.files.key_lines import key_lines
from lindorff_sdk.files.profile import load, load_text
from lindorff_sdk.findings import Finding
from tests.files.mistakes import MISTAKES
from tests.files.support import LAW, small_toml

SHIPPED = sorted((Path(profiles.__file__).parent / "profiles").glob("*.toml"))
_MANY = """
id = "many"
version = "1"
holds_from = 2026-01-01
origin = "Made by a test."
codec = "iso-8859-1"
line_end = "lf"
kodec = "x"

[files.settlements]
name = "OP{customer}"
recognised_by = ["code"]
record_length = 60

[[files.settlements.records]]
name = "start"
fields = [
    { name = "code", at = "1-2", kind = "constant", value = "00" },
    { name = "customer", at = "2-12", to = "envelope.customer_id" },
    { name = "made", at = "14-21", kind = "date", to = "envelope.made_at" },
]

[[files.settlements.records]]
name = "payment"
opens = "entries"
model = "Paymnt"
occurs = "*"
fields = [ { name = "code", at = "1-2", kind = "constant", value = "10" } ]

[[files.settlements.records]]
name = "closure"
opens = "entries"
model = "CaseClosure"
occurs = "*"
fields = [
    { name = "code", at = "1-2", kind = "constant", value = "10" },
    { name = "id", at = "3-12", to = "transaction_id" },
    { name = "closed", at = "13-20", to = "closed_on" },
    { name = "left", at = "21-30", kind = "amount", to = "remaining_principal", sing = "leading" },
    { name = "shut", at = "31-38", kind = "date", to = "text" },
]

[[files.settlements.records]]
name = "end"
occurs = "once"
fields = [
    { name = "code", at = "1-2", kind = "constant", value = "99" },
    { name = "records", at = "3-8", kind = "integer", counts = ["paiment"] },
    { name = "sum", at = "9-20", kind = "amount", sums = ["closure.amount"] },
    { name = "long", at = "21-70", kind = "filler" },
]
"""


def mistakes(text: str, folder: Path | None = None) -> tuple[Finding, ...]:
    with pytest.raises(ProfileError) as refused:
        load_text(text, "mine.toml", folder)
    return refused.value.findings


def _last(path: str) -> str:
    """Return the last key of a path, or the name of an element of a list."""
    return path.rpartition("[" if path.endswith("]") else ".")[2].removesuffix("]")


def test_mistakes_of_every_kind_are_named_at_once_with_their_lines() -> None:
    """None hides behind another, and none is told that only follows from another."""
    lines = _MANY.splitlines()

    def field(name: str) -> str:
        return next(line.strip() for line in lines if f'{{ name = "{name}"' in line)

    found = [(each.field.removeprefix("files.settlements."), lines[each.line - 1].strip()) for each in mistakes(_MANY)]
    assert sorted(found) == sorted(
        [
            ("kodec", 'kodec = "x"'),
            ("name", 'name = "OP{customer}"'),
            ("records[start].fields[customer]", field("customer")),
            ("records[start].fields[made]", field("made")),
            ("records[start].fields[made].to", field("made")),
            ("records[payment].model", 'model = "Paymnt"'),
            ("records[closure].recognised_by", "[[files.settlements.records]]"),
            ("records[closure]", "[[files.settlements.records]]"),
            ("records[closure].fields[closed].to", field("closed")),
            ("records[closure].fields[left].sing", field("left")),
            ("records[closure].fields[shut].to", field("shut")),
            ("records[end].occurs", 'occurs = "once"'),
            ("records[end].fields[records].counts", field("records")),
            ("records[end].fields[sum].sums", field("sum")),
            ("records[end]", "[[files.settlements.records]]"),
        ]
    )


def test_a_slip_of_the_pen_is_told_what_was_meant() -> None:
    said = " ".join(found.message for found in mistakes(_MANY))
    for meant in ("codec", "Payment", "sign", "payment"):
        assert f"did you mean {meant!r}" in said, meant


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_has_the_line_of_its_key(mistake: str) -> None:
    """The line holds the key where it is written at all; else it is that of the table around."""
    text, path, words = MISTAKES[mistake]
    named = next(each for each in mistakes(text) if each.field == path and words in each.message + each.expected)
    key = _last(path)
    written = path in key_lines(text)
    assert named.line > 0 or not path.count(".")
    assert not written or named.line == key_lines(text)[path]
    there = text.splitlines()[named.line - 1]
    assert not written or key in there or there.startswith("[[")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_key_of_a_profile_has_its_line(path: Path) -> None:
    """The lines are those of the keys: each names the key, and none is missing."""
    text = path.read_text("utf-8")
    lines, known = text.splitlines(), key_lines(text)
    for at, line in known.items():
        assert _last(at) in lines[line - 1] or lines[line - 1].startswith("[["), (at, line)
    for name, layout in tomllib.loads(text)["files"].items():
        for record in layout["records"]:
            for item in record["fields"]:
                at = f"files.{name}.records[{record['name']}].fields[{item['name']}]"
                assert f'name = "{item["name"]}"' in lines[known[at] - 1]
                assert set(item) == {key.removeprefix(f"{at}.").split(".")[0] for key in known if f"{at}." in key}


def test_mistakes_in_what_is_extended_are_told_where_they_stand(tmp_path: Path) -> None:
    base = _MANY.replace('kodec = "x"', "")
    (tmp_path / "base.toml").write_text(base, encoding="utf-8")
    variant = (
        'extends = "base.toml"\n[[files.settlements.records]]\nname = "end"\n'
        'fields = [\n { name = "sum", sums = ["closure.left"] },\n { name = "long", at = "22-60" } ]\n'
    )
    found = mistakes(variant, tmp_path)
    places = {each.field.rpartition("records")[2]: (each.file, each.line) for each in found}
    assert places["[end].occurs"] == ("base.toml", base.splitlines().index('occurs = "once"') + 1)
    assert places["[end].fields[long]"] == ("mine.toml", 6)
    assert "[end].fields[sum].sums" not in places


# Any TOML at all -----------------------------------------------------------------------------------------------------

_VALUES: list[object] = [
    "",
    "x",
    "\n",
    "8-3",
    "^a[].b",
    "constant",
    "amount",
    0,
    -1,
    1,
    10**9,
    True,
    1.5,
    [],
    [1],
    ["x"],
    {},
]
_VALUES += [{"a": 1}, {"a": {"b": []}}, [{}], [{"name": []}], [["x"]], "%Y%Y", "{created_at:%q}", "\x00", "1-99999999"]


def _places(tree: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the paths of everything in a tree of tables and lists."""
    below = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [at, *(path for key, value in below for path in _places(value, (*at, key)))]


def _changed(tree: object, path: tuple[object, ...], how: str, value: object) -> object:
    """Return a tree with one place changed."""
    if not path:
        return value if how == "set" else tree
    key: Any = path[0]
    rest = path[1:]
    copy: Any = dict(tree) if isinstance(tree, dict) else list(cast("list[object]", tree))
    if rest:
        copy[key] = _changed(copy[key], rest, how, value)
    elif how == "delete":
        del copy[key]
    elif how == "rename" and isinstance(copy, dict):
        copy[f"{key}e"] = copy.pop(key)
    elif how == "double" and isinstance(copy, list):
        copy.append(copy[key])
    elif how == "swap" and isinstance(copy, list):
        copy[key], copy[0] = copy[0], copy[key]
    else:
        copy[key] = value
    return copy


def _toml(value: object) -> str:
    """Return a value as TOML writes it inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(key))} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(c if c.isalnum() or c in "%{}:_- .^[]" else f"\\u{ord(c):04x}" for c in value) + '"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _document(tree: dict[str, object]) -> str:
    return "\n".join(f"{_toml(key)} = {_toml(value)}" for key, value in tree.items())


TREES = [tomllib.loads(path.read_text("utf-8")) for path in SHIPPED]


@LAW
@given(st.data())
def test_a_damaged_profile_is_a_profile_or_the_documented_error(data: st.DataObject) -> None:
    """Keys deleted, renamed, given another type; records and fields doubled and swapped: never another exception."""
    tree: object = TREES[data.draw(st.integers(0, len(TREES) - 1))]
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(_places(tree)[1:]))
        how = data.draw(st.sampled_from(["delete", "rename", "set", "set", "double", "swap"]))
        tree = _changed(tree, path, how, data.draw(st.sampled_from(_VALUES)))
    text = _document(tree)  # type: ignore[arg-type]
    with contextlib.suppress(ProfileError):
        load_text(text, "damaged.toml")


@LAW
@given(
    st.recursive(
        st.sampled_from(["x", 1, True, 2.5]), lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text("ab."), t)
    ),
    st.sampled_from(["extends", "files", "files.cases", "files.cases.records", "codec", "id", "holds_from"]),
)
def test_any_value_anywhere_ends_in_the_documented_error(value: object, key: str) -> None:
    with pytest.raises(ProfileError):
        load_text(f"{key} = {_toml(value)}", "odd.toml")


def test_toml_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(ProfileError, match="nested too deeply"):
        load_text(f"a = {'[' * 5000}{']' * 5000}", "deep.toml")


@pytest.mark.parametrize("codec", sorted({*encodings.aliases.aliases.values(), "", "\x00", "undefined", "idna"}))
def test_any_codec_is_usable_or_not(codec: str) -> None:
    assert is_usable(codec) in (True, False)


@pytest.mark.parametrize("base", ["", "nowhere", "nowhere.toml", "..", "\\u0000.toml", "mine.toml"])
def test_what_cannot_be_extended_is_refused(base: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f'extends = "{base}"\n', encoding="utf-8")
    with pytest.raises(ProfileError):
        load(tmp_path / "mine.toml")


def test_a_profile_is_loaded_by_its_path_as_text_too(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(small_toml(), encoding="utf-8")
    assert load(str(tmp_path / "small.toml")).id == "small"
    with pytest.raises(ProfileError, match="cannot be read"):
        load("nowhere.toml")


def test_an_origin_that_is_extended_says_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(small_toml(), encoding="utf-8")
    (tmp_path / "mine.toml").write_text('extends = "small.toml"\nversion = "2"\n', encoding="utf-8")
    assert load(tmp_path / "mine.toml").origin == "As small.toml: Made by a test."
    (tmp_path / "mine.toml").write_text('extends = "small.toml"\norigin = "Mine."\n', encoding="utf-8")
    assert load(tmp_path / "mine.toml").origin == "Mine."
