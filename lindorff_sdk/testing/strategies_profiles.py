"""Hypothesis strategies of profiles: record descriptions that nobody wrote, over the whole grammar.

A library that promises to read any record description is tested against descriptions that nobody designed it for::

    @given(profiles(), st.data())
    def test_what_is_written_is_read(profile, data):
        file = data.draw(files(profile, next(iter(profile.files))))
        assert parse(serialize(file, profile), profile).require() == file
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from attrs import define, field
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from lindorff_sdk.files.binding import ROOTS
from lindorff_sdk.files.dates import width
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.profile import load_text
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.testing.profile_fields import Fields, Style, Table
from lindorff_sdk.testing.profile_totals import totals
from lindorff_sdk.testing.targets import Series, Target, series, targets
from lindorff_sdk.testing.toml_text import toml

_CODECS = ("iso-8859-1", "utf-8", "cp1252", "cp865", "cp850", "iso-8859-15")
_OVERLAPPING = tuple(f"{digit}{letter}" for digit in "123456789" for letter in ("", "A", "AB", "7"))
"""Codes of which some begin like others."""


def profiles(transfer: Transfer | None = None) -> SearchStrategy[Profile]:
    """Return profiles of one file each; every one passes the check that profiles pass when they are loaded.

    Args:
        transfer: Whose files; any of the transfers unless given.
    """
    return profile_texts(transfer).map(lambda text: load_text(text, "generated.toml"))


def profile_texts(transfer: Transfer | None = None) -> SearchStrategy[str]:
    """Return the TOML of such profiles; arguments as for `profiles`."""

    @st.composite
    def drawn(draw: DrawFn) -> str:
        return toml(draw_profile(draw, transfer or draw(st.sampled_from(list(Transfer)))))

    return drawn()


def draw_profile(draw: DrawFn, transfer: Transfer) -> Table:
    """Draw a profile as the table that its TOML says."""
    codec = draw(st.sampled_from(_CODECS))
    columns_from = draw(st.sampled_from([0, 1]))
    delimited = draw(st.integers(0, 3)) == 0
    layout = _Layout(draw, transfer, Style(codec, columns_from, delimited))
    return {
        "id": "generated",
        "version": draw(st.sampled_from(["1", "2026-01"])),
        "holds_from": date(2026, 1, 1),
        "origin": "Drawn by lindorff_sdk.testing.",
        "codec": codec,
        "line_end": draw(st.sampled_from(["crlf", "lf"])),
        "columns_from": columns_from,
        "interest_notes": draw(st.sampled_from(["records", "derived"])),
        "files": {transfer.value: layout.file()},
    }


@define
class _Layout:
    """The drawing of one file's layout."""

    draw: DrawFn
    transfer: Transfer
    style: Style
    records: list[Table] = field(factory=list)
    how: str = ""
    code_width: int = 2
    code_at: int = 0
    codes: int = 0
    batches: dict[str, str] = field(factory=dict)

    def file(self) -> Table:
        """Return the table of the file."""
        draw = self.draw
        self.how = draw(st.sampled_from(["code", "two codes", "overlapping", "length", "enclosing", "one record"]))
        self.code_width = draw(st.integers(1, 3))
        self.code_at = draw(st.integers(0, 2))
        table: Table = {
            "name": draw(st.sampled_from(["F{customer_id}{created_at:%Y%m%d}.{sequence}", "F{sequence:04d}"]))
        }
        table |= self._ends()
        model = ROOTS[self.transfer]
        if self.how == "one record":
            self._flat(table, model)
        else:
            self._whole(model)
        if self.how == "overlapping":
            self._settle_overlaps()
        table["records"] = self.records
        return table

    def _ends(self) -> Table:
        """Draw how lines and the file end."""
        draw = self.draw
        table: Table = {}
        if self.style.delimited:
            table["delimited"] = self._delimited()
        elif draw(st.integers(0, 4)) == 0 and self.how not in ("length", "one record"):
            table["strip_blanks"] = True
        if draw(st.integers(0, 3)) == 0:
            table["lines_multiple_of"] = draw(st.integers(2, 5))
            table["padding_line"] = draw(st.sampled_from(["%", "%%%%", "%" * 20]))
        if draw(st.integers(0, 3)) == 0:
            table["final_line_end"] = False
        if draw(st.integers(0, 3)) == 0:
            table["ctrl_z"] = True
        return table

    def _delimited(self) -> Table:
        draw = self.draw
        quoted = draw(st.booleans())
        return {
            "delimiter": draw(st.sampled_from([";", ",", "|", "\t"] if quoted else [";", "|", "\t"])),
            "quote": draw(st.sampled_from(['"', "'"])) if quoted else "",
            "quote_all": quoted and draw(st.booleans()),
            "trailing": draw(st.booleans()),
            "header": self.how == "one record" and draw(st.booleans()),
        }

    # Records --------------------------------------------------------------------------------------------------------

    def _whole(self, model: type) -> None:
        """Draw a file of several kinds of records."""
        own = self._fields("start", [each for each in targets(model) if self._is_wanted(each.required)])
        self._add("start", own)
        for each in series(model):
            self._series(each, "", self._least(each))
        self._end("end", "", 2)

    def _least(self, each: Series) -> bool:
        return each.required or self.draw(st.integers(0, 9)) > 0

    def _series(self, each: Series, under: str, wanted: bool) -> None:
        """Draw the records that open the objects of an attribute, and what stands below them."""
        if not wanted:
            return
        models = list(each.models)
        if len(models) > 1:
            models = self.draw(st.lists(st.sampled_from(models), min_size=1, max_size=3, unique=True))
        shared = self._shared([each.models[name] for name in models])
        if not under and not each.required and shared and self.draw(st.integers(0, 2)) == 0:
            under = self._batch(each, self.draw(st.sampled_from(shared)))
        for name in models:
            many = ["*", "+", "0-5", "1-5"]
            if under in self.batches:
                many = ["*", "+"]  # batches that say the same are one: how many objects one has is not limited
            elif len(models) == 1:
                many = ["+", "1-5", "1"] if each.required else [*many, "1", "?"]
            siblings = self._siblings(each.models[name])
            occurs = self.draw(st.sampled_from(many)) if len(siblings) == 1 else "*"
            for number, defaults in enumerate(siblings):
                record = f"{under}_{name}{number or ''}".strip("_").lower()
                keys: Table = {"opens": each.attribute, "occurs": occurs}
                keys |= {"model": name} if len(each.models) > 1 else {}
                keys |= {"defaults": defaults} if defaults else {}
                self._object(each.models[name], record, under, keys)
        if under in self.batches:
            self._end(f"{under}_end", under, 2)

    @staticmethod
    def _shared(models: Sequence[type]) -> list[Target]:
        """Return the texts that objects of all these classes have, as a batch may give them."""
        plain = [
            item for item in targets(models[0]) if item.kind_of is str and "." not in item.path and item.path != "text"
        ]
        return [item for item in plain if all(item.path in {each.path for each in targets(model)} for model in models)]

    def _batch(self, each: Series, shared: Target) -> str:
        """Draw a record that begins a batch of objects, and gives each of them what it says."""
        name = f"{each.attribute}_batch"
        self.batches[name] = shared.path
        self._add(name, self._fields(name, [shared]), opens=each.attribute, batch=True, occurs="*")
        return name

    def _siblings(self, model: type) -> list[Table]:
        """Draw the defaults of one record, or of two that the first of their defaults tells apart, and no other."""
        words = {item.path: item.kind_of for item in targets(model) if issubclass(item.kind_of, StrEnum)}
        if not words or self.draw(st.integers(0, 2)):
            return [{}]
        path, kind_of = self.draw(st.sampled_from(sorted(words.items(), key=lambda each: each[0])))
        shared = [item.path for item in targets(model) if item.kind_of is str]
        same = self.draw(st.dictionaries(st.sampled_from(shared), st.sampled_from(["", "NO"]), max_size=2))
        return [{path: word.value, **same} for word in self.draw(st.permutations(list(kind_of)))[:2]]

    def _object(self, model: type, record: str, under: str, keys: Table) -> None:
        draw, defaults = self.draw, keys.get("defaults", {})
        taken = [self.batches.get(under), *list(defaults)[:1]]
        free = [item for item in targets(model) if item.path not in taken]
        wanted = [item for item in free if self._is_wanted(item.required and item.path not in defaults)]
        below = [item for item in wanted if item.kind_of is not tuple and draw(st.integers(0, 3)) == 0]
        here = [item for item in wanted if item not in below]
        opener = self._fields(record, here)
        if draw(st.integers(0, 3)) == 0:
            opener.append(self._number("run", record))
        self._add(record, opener, under, **keys)
        if below:
            self._continuing(record, below, opener)
        self._text_lines(record, [item for item in free if item not in wanted])
        for inner in series(model):
            self._series(inner, record, inner.required or draw(st.booleans()))
        if draw(st.integers(0, 2)) == 0:
            self._end(f"{record}_end", record, 1)

    def _continuing(self, under: str, items: Sequence[Target], opener: list[Table]) -> None:
        """Draw a record that continues the object of another, repeating its key."""
        fields = self._fields(f"{under}_more", items)
        needed = any(item.required for item in items)
        key = [
            item
            for item in opener
            if item.get("kind") in (None, "text", "digits") and item.get("to") and not item.get("join")
        ]
        if self.draw(st.booleans()) and key:
            matched = self.draw(st.sampled_from(key))
            same: Table = {name: matched[name] for name in ("length", "kind", "align", "pad") if name in matched}
            fields.append({"name": "key", "matches": matched["name"], **same})
        occurs = "1" if needed else self.draw(st.sampled_from("1?"))
        self._add(f"{under}_more", fields, under, occurs=occurs)

    def _text_lines(self, under: str, unfilled: Sequence[Target]) -> None:
        """Draw lines of a text that nothing else fills."""
        free = [item for item in unfilled if item.path in ("text", "dispute_text")]
        if not free or self.draw(st.booleans()):
            return
        text: Table = {"name": "text", "to": free[0].path, "join": self.draw(st.sampled_from(["", " ", "/"]))}
        text["length"] = self.draw(st.integers(2, 9))
        fields: list[Table] = [text]
        if self.draw(st.booleans()):
            fields.insert(0, {**self._number("number", f"{under}_lines"), "within": under})
        self._add(f"{under}_lines", fields, under, occurs="*")

    def _number(self, name: str, record: str) -> Table:
        """Draw a field that numbers the lines of a record."""
        filled: Table = self.draw(st.sampled_from([{}, {"pad": " "}, {"pad": " ", "align": "left"}]))
        return {"name": name, "kind": "integer", "length": 4, "numbers": record, **filled}

    def _end(self, name: str, under: str, chance: int) -> None:
        """Draw a record that states totals of the object in which it stands."""
        if self.draw(st.integers(0, 4)) < chance:
            stated = totals(self.draw, self.records, under, delimited=self.style.delimited)
            self._add(name, stated, under)

    def _flat(self, table: Table, model: type) -> None:
        """Draw a file of one record, a line for each object; of nothing else than its first series."""
        each = series(model)[0]
        name = self.draw(st.sampled_from(sorted(each.models)))
        inner_model = each.models[name]
        needed = [item for item in targets(model) if item.required]
        table["defaults"] = {item.path: "417" for item in needed if item.kind_of is str}
        wanted = [item for item in targets(inner_model) if self._is_wanted(item.required)]
        keys: Table = {"opens": each.attribute, "occurs": self.draw(st.sampled_from("*+"))}
        if len(each.models) > 1:
            keys["model"] = name
        fields = self._fields("line", wanted)
        inner = [one for one in series(inner_model) if one.required]
        if inner:
            (element,) = inner[0].models.values()
            keys["group_by"] = [self._key(fields)]
            keys["disagree"] = self.draw(st.sampled_from(["refuse", "first"]))
            keys["scattered"] = self.draw(st.sampled_from(["refuse", "merge", "separate"]))
            own = self._fields("inner", [item for item in targets(element) if self._is_wanted(item.required)])
            for item in own:
                for key in ("to", "also_to", "rest_to", "raw_to"):
                    if key in item:
                        item[key] = f"{inner[0].attribute}[].{item[key]}"
            fields += own
        if self.draw(st.booleans()):
            fields.insert(0, {"name": "client", "to": "^envelope.customer_id", "length": 6})
            table["defaults"].pop("envelope.customer_id")
        self._add("line", fields, **keys)

    @staticmethod
    def _key(fields: list[Table]) -> str:
        return next(
            str(item["to"]) for item in fields if item.get("to") in ("reference", "debtor.number", "agreement_id")
        )

    def _is_wanted(self, required: bool) -> bool:
        return required or self.draw(st.integers(0, 2)) == 0

    def _fields(self, record: str, items: Sequence[Target]) -> list[Table]:
        return Fields(self.draw, self.style, record).of(items)

    def _depth(self, under: str) -> int:
        by_name = {each["name"]: each for each in self.records}
        return 1 + self._depth(by_name[under].get("under", "")) if under else 0

    # Recognition ----------------------------------------------------------------------------------------------------

    def _add(self, name: str, fields: list[Table], under: str = "", **keys: object) -> None:
        """Add a record, with what it is told by among its fields."""
        marks = self._marks(under)
        fields[:0] = [*self._before(), *marks]
        if not self.style.delimited and self.draw(st.integers(0, 4)) == 0:
            fields.append(
                {
                    "name": "gap",
                    "kind": "filler",
                    "length": self.draw(st.integers(1, 3)),
                    "pad": self.draw(st.sampled_from(" 0-")),
                }
            )
        many_lines = "opens" not in keys and keys.get("occurs") not in (None, "1", "?")
        if not (self.style.delimited or many_lines) and self.draw(st.integers(0, 6)) == 0:
            fields.append(
                {
                    "name": "area",
                    "kind": "reserved",
                    "length": self.draw(st.integers(1, 3)),
                    "pad": self.draw(st.sampled_from(" 0")),
                }
            )
        record: Table = {"name": name, "under": under, **keys, "fields": fields}
        told = [mark["name"] for mark in marks]
        if self.how == "length" and not self.style.delimited:
            told.append("length")
        if told:
            record["recognised_by"] = told
        self.records.append({key: value for key, value in record.items() if value != ""})
        if self.how == "length" and not self.style.delimited:
            self._lengthen(record, fields)

    def _before(self) -> list[Table]:
        """Draw what stands before the code of every record."""
        if not self.code_at or self.style.delimited or self.how == "one record":
            return []
        return [{"name": "before", "kind": "filler", "length": self.code_at, "pad": "."}]

    def _lengthen(self, record: Table, fields: list[Table]) -> None:
        """Make a record that is told by its length as wide as no other."""
        taken = {_width(each) for each in self.records[:-1]}
        fields.append({"name": "wide", "kind": "filler", "length": 1})
        while _width(record) in taken:
            fields[-1]["length"] = int(str(fields[-1]["length"])) + 1

    def _marks(self, under: str) -> list[Table]:
        if self.how == "one record":
            return []
        self.codes += 1
        number = self.codes
        if self.how == "length" and not self.style.delimited:
            return [{"name": "code", "kind": "constant", "value": "L"}]
        if self.how == "enclosing":
            # Numbered anew below each record.
            number = sum(each.get("under", "") == under for each in self.records) + 1
            code = {"name": "code", "kind": "constant", "value": f"{'ABCD'[self._depth(under)]}{number}"}
            return [code]
        if self.how == "overlapping":
            return [{"name": "code", "kind": "constant", "value": _OVERLAPPING[number - 1]}]
        code = {"name": "code", "kind": "constant", "value": f"{number:0{max(self.code_width, 2)}d}"}
        if self.how == "two codes":
            return [{"name": "mark", "kind": "constant", "value": "NY"}, code]
        return [code]

    def _settle_overlaps(self) -> None:
        """Say that the longer code wins wherever the shorter is its beginning."""
        for record in self.records:
            shorter = [each["name"] for each in self.records if _code(record).startswith(_code(each))]
            if shorter != [record["name"]]:
                record["wins_over"] = [name for name in shorter if name != record["name"]]


def _code(record: Table) -> str:
    return str(next(item["value"] for item in record["fields"] if item["name"] == "code"))


def _width(record: Table) -> int:
    return sum(_field_width(item) for item in record["fields"])


def _field_width(item: Table) -> int:
    return int(item.get("length") or len(str(item.get("value", ""))) or width(str(item.get("format", ""))))
