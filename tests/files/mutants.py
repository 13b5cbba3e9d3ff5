"""Profiles with something changed: keys dropped, added, copied, records and fields moved.

Nobody promises that such a profile makes sense. The promise is that it is either refused when it is loaded, with the
path of a key, or works.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lindorff_sdk.files.layout import Kind, Only
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.testing.profile_fields import Table
from lindorff_sdk.testing.strategies_profiles import draw_profile
from lindorff_sdk.testing.toml_text import toml

_WORDS: dict[str, tuple[object, ...]] = {
    "kind": tuple(Kind),
    "empty": ("never", "blanks", "zeros"),
    "align": ("left", "right"),
    "sign": ("none", "leading", "trailing"),
    "only": tuple(Only),
    "signs": (["", "-"], ["+", "-"], ["-", ""], [" ", "-"], ["C", "D"]),
    "pad": (" ", "0", "*", ""),
    "join": ("", " ", "/"),
    "split": (" ", ",", ", "),
    "none": ("0", "-", "NA"),
    "decimals": (0, 1, 2, 3),
    "decimal_mark": ("", ",", "."),
    "thousands": ("", ".", " "),
    "length": (1, 2, 3, 8, 9, 15),
    "value": ("", "1", "1A", "NY"),
    "format": ("%Y%m%d", "%d%m%y", "%H%M", "%Y%m%d%H%M%S"),
    "pivot": (0, 69, 100),
    "codes": ({"J": True, "N": False}, {"A": "accepted"}, {"A": "agency", "B": "creditor"}),
    "occurs": ("1", "?", "*", "+", "0-2", "1-3"),
    "disagree": ("refuse", "first"),
    "scattered": ("refuse", "merge", "separate"),
    "line_end": ("crlf", "lf"),
    "codec": ("iso-8859-1", "utf-8"),
    "lines_multiple_of": (1, 3),
    "padding_line": ("%", ""),
    "offset": (-2, 0, 1),
    "divisor": (1, 2),
    "modulus": (0, 1000),
    "fill": (" ", "0"),
    "record_length": (40, 200),
}
"""Values that keys take."""
_BOOLEANS = ("upper", "cut", "leading_zeros", "optional", "personal", "absolute", "batch", "strip_blanks", "ctrl_z")
_OF_FIELD = (
    *(
        "kind",
        "empty",
        "align",
        "sign",
        "only",
        "signs",
        "pad",
        "join",
        "split",
        "none",
        "decimals",
        "decimal_mark",
        "length",
    ),
    *("thousands", "value", "format", "pivot", "codes", "upper", "cut", "leading_zeros", "optional", "personal"),
    *(
        "absolute",
        "offset",
        "divisor",
        "modulus",
        "to",
        "also_to",
        "rest_to",
        "raw_to",
        "unknown",
        "matches",
        "sign_in",
    ),
    *("numbers", "within", "counts", "objects", "sums", "less", "firsts", "lasts"),
)
_OF_RECORD = ("occurs", "disagree", "scattered", "batch", "under", "opens", "model", "recognised_by", "wins_over")
_OF_RECORD_TOO = ("unique", "group_by", "length", "fill", "defaults")
_OF_FILE = ("strip_blanks", "ctrl_z", "lines_multiple_of", "padding_line", "record_length", "fill", "codec", "line_end")


def mutants(transfer: Transfer | None = None) -> SearchStrategy[str]:
    """Return the TOML of drawn profiles in which up to three things were changed.

    Args:
        transfer: Whose files; any of the transfers unless given.
    """

    @st.composite
    def drawn(draw: DrawFn) -> str:
        chosen = transfer or draw(st.sampled_from(list(Transfer)))
        profile = deepcopy(draw_profile(draw, chosen))
        for _ in range(draw(st.integers(1, 3))):
            draw(st.sampled_from(_WAYS))(draw, profile["files"][chosen.value])
        return toml(profile)

    return drawn()


def _tables(file: Table) -> Iterator[tuple[Table, tuple[str, ...]]]:
    """Yield the tables of a file, each with the keys that it may have."""
    yield file, _OF_FILE
    for record in file["records"]:
        yield record, (*_OF_RECORD, *_OF_RECORD_TOO)
        for item in record["fields"]:
            yield item, _OF_FIELD


def _drop(draw: DrawFn, file: Table) -> None:
    """Leave a key out."""
    table, _ = draw(st.sampled_from(list(_tables(file))))
    keys = sorted(table.keys() - {"records", "fields", "name"})
    if keys:
        del table[draw(st.sampled_from(keys))]


def _add(draw: DrawFn, file: Table) -> None:
    """Give a key to a table, in place of what it was."""
    table, keys = draw(st.sampled_from(list(_tables(file))))
    key = draw(st.sampled_from(keys))
    others = [other[key] for other, _ in _tables(file) if key in other]
    values = [*_WORDS.get(key, ()), *([True, False] if key in _BOOLEANS else []), *others, *_named(key, file)]
    if values:
        table[key] = deepcopy(draw(st.sampled_from(values)))


def _named(key: str, file: Table) -> list[object]:
    """Return the names, of records, fields and attributes, that a key may give."""
    records = file["records"]
    names: list[object] = [record["name"] for record in records]
    fields = [item for record in records for item in record["fields"]]
    paths: list[object] = [item[way] for item in fields for way in ("to", "also_to") if way in item]
    summed: list[object] = [[f"{record['name']}.{item['name']}"] for record in records for item in record["fields"]]
    given: dict[str, list[object]] = {
        **dict.fromkeys(("to", "also_to", "rest_to", "raw_to"), paths),
        **{key: [*names, "*"] for key in ("under", "within", "numbers")},
        **{key: [[name] for name in names] for key in ("counts", "objects", "wins_over")},
        **dict.fromkeys(("sums", "less", "firsts", "lasts"), summed),
        **{key: [item["name"] for item in fields] for key in ("matches", "sign_in")},
        **{key: [[item["name"]] for item in fields] for key in ("unique", "recognised_by")},
        "group_by": [[path] for path in paths],
        "defaults": [{path: value} for path in paths for value in ("", "1", 1)],
    }
    return given.get(key, [])


def _swap(draw: DrawFn, file: Table) -> None:
    """Exchange what a key is in two tables that have it."""
    tables = [table for table, _ in _tables(file)]
    first = draw(st.sampled_from(tables))
    keys = sorted(first.keys() - {"records", "fields", "name"})
    if not keys:
        return
    key = draw(st.sampled_from(keys))
    second = draw(st.sampled_from([table for table in tables if key in table]))
    first[key], second[key] = second[key], first[key]


def _copy(draw: DrawFn, file: Table) -> None:
    """Put a field into another record, or into its own once more under another name."""
    record, target = draw(st.sampled_from(file["records"])), draw(st.sampled_from(file["records"]))
    item = deepcopy(draw(st.sampled_from(record["fields"])))
    item["name"] = draw(st.sampled_from([item["name"], "copy"]))
    target["fields"].insert(draw(st.integers(0, len(target["fields"]))), item)


def _remove(draw: DrawFn, file: Table) -> None:
    """Take a field or a record out."""
    place = draw(st.sampled_from([file["records"], *(record["fields"] for record in file["records"])]))
    if len(place) > 1:
        place.remove(draw(st.sampled_from(place)))


def _move(draw: DrawFn, file: Table) -> None:
    """Put a field or a record elsewhere among its like."""
    place = draw(st.sampled_from([file["records"], *(record["fields"] for record in file["records"])]))
    item = place.pop(draw(st.integers(0, len(place) - 1)))
    place.insert(draw(st.integers(0, len(place))), item)


def _age(draw: DrawFn, file: Table) -> None:
    """Make the last fields of a record optional."""
    fields = draw(st.sampled_from(file["records"]))["fields"]
    for item in fields[draw(st.integers(0, len(fields) - 1)) :]:
        item["optional"] = True


_WAYS: tuple[Callable[[DrawFn, Table], None], ...] = (_add, _add, _add, _drop, _swap, _copy, _remove, _move, _age, _age)
