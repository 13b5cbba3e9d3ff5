"""The drawing of fields: each attribute in one of the many ways in which a record description can hold it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import define, field, frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lindorff_sdk.testing.targets import Target

Table = dict[str, Any]
"""A table of TOML."""

_DAYS = ("%Y%m%d", "%d%m%y", "%y%m%d", "%d.%m.%Y", "%m%d%Y", "%Y-%m-%d")
_MOMENTS = ("%Y%m%d%H%M%S", "%d%m%y%H%M", "%Y-%m-%dT%H:%M:%S", "%H%M%d%m%Y")
_SIGNS = (("", "-"), ("+", "-"), (" ", "-"), ("C", "D"), ("", "CR"))


@frozen
class Style:
    """What is the same for all fields of a profile."""

    codec: str
    columns_from: int
    delimited: bool


@define
class Fields:
    """The drawing of one record's fields."""

    draw: DrawFn
    style: Style
    record: str
    made: list[Table] = field(factory=list)

    def of(self, items: Sequence[Target]) -> list[Table]:
        """Return fields that fill these attributes, in any order."""
        left = list(self.draw(st.permutations(list(items)))) if items else []
        while left:
            item = left.pop(0)
            if item.kind_of is str:
                self._text(item, left)
            else:
                self._other(item, left)
        return self.made

    def _one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def _chance(self, of: int) -> bool:
        return bool(self.draw(st.integers(0, of)) == 0)

    def _add(self, item: Target, kind: str, length: int, **keys: Any) -> Table:
        """Add a field; on delimited lines most have no width."""
        table: Table = {"name": f"f{len(self.made)}_{item.path.replace('.', '_')}", "kind": kind, "to": item.path}
        if not self.style.delimited or (length and self._chance(4)):
            table["length"] = length
        table |= keys
        if self._chance(5):
            table["personal"] = True
        self.made.append(table)
        return table

    # Texts ----------------------------------------------------------------------------------------------------------

    def _text(self, item: Target, left: list[Target]) -> None:
        others = [other for other in left if other.kind_of is str and other.required <= item.required]
        ways: list[Callable[[Target], None]] = [self._plain, self._plain, self._digits]
        if others:
            ways += [lambda one: self._two(one, others[0], left)]
        if not item.required:
            ways += [self._constant]
        if not self.style.delimited:
            ways += [self._joined]
        self._one_of(*ways)(item)

    def _plain(self, item: Target) -> None:
        keys: Table = {}
        if not self.style.delimited:
            keys |= {"align": self._one_of("left", "right"), "pad": self._one_of(" ", " ", " ", "_", "0", ".", "*")}
        if self._chance(5):
            keys["cut"] = True
        if self._chance(5):
            keys["none"] = self._one_of("0", "-")
        self._add(item, "text", self.draw(st.integers(1, 12)), **keys)

    def _digits(self, item: Target) -> None:
        keys: Table = {}
        if self._chance(2):
            keys["leading_zeros"] = False
        if self._chance(2):
            keys["empty"] = self._one_of("zeros", "blanks")
        if not self.style.delimited and self._chance(2):
            keys |= {"pad": " ", "align": self._one_of("left", "right")}
        self._add(item, "digits", self.draw(st.integers(2, 9)), **keys)

    def _constant(self, item: Target) -> None:
        self._add(item, "constant", 0, value=self._one_of("X1", "nb", "K"))
        self.made[-1].pop("length", None)

    def _two(self, item: Target, other: Target, left: list[Target]) -> None:
        """One field for two attributes: the same value in both, or what stands before and after a mark."""
        left.remove(other)
        length = self.draw(st.integers(3, 12))
        if self._chance(1):
            self._add(item, "text", length, also_to=other.path)
        else:
            self._add(item, "text", length, rest_to=other.path, split=self._one_of(" ", "/", "-"))

    def _joined(self, item: Target) -> None:
        """Two or three fields for one attribute."""
        join = self._one_of("", " ", "/", None)
        for number in range(self.draw(st.integers(2, 3))):
            keys: Table = {} if join is None else {"join": join}
            if number == 0 and self._chance(1):
                keys.pop("join", None)  # the later ones alone say so
            elif join is None:
                keys["join"] = " "
            self._add(item, "text", self.draw(st.integers(2, 6)), **keys)

    # Other kinds ----------------------------------------------------------------------------------------------------

    def _other(self, item: Target, left: list[Target]) -> None:
        if item.kind_of is int:
            self._add(item, "integer", self.draw(st.integers(3, 9)), **self._filling(0))
        elif item.kind_of is Decimal:
            self._rate(item) if item.is_rate else self._amount(item)
        elif item.kind_of is date:
            self._day(item)
        elif item.kind_of is datetime:
            self._moment(item)
        elif item.kind_of is bool:
            self._add(item, "flag", 1, codes=self._one_of({"J": True, "N": False}, {"X": True, "0": False}))
        elif issubclass(item.kind_of, StrEnum):
            self._code(item, item.kind_of, left)

    def _filling(self, decimals: int) -> Table:
        """Draw what fills a number, which marks it has, and where its sign stands."""
        keys: Table = {}
        if not self.style.delimited:
            keys["pad"] = self._one_of("0", "0", "0", " ", "*")
            if keys["pad"] != "0":
                keys["align"] = self._one_of("left", "right")
        mark = self._one_of("", "", ",", ".") if decimals else ""
        if mark:
            keys["decimal_mark"] = mark
        if keys.get("pad") != "0" and self._chance(3) and (mark or not decimals):
            keys["thousands"] = self._one_of(*({" ", ".", "'"} - {mark}))
            if keys.get("pad") == " " and keys["thousands"] == " ":
                keys["thousands"] = "'"
        if self._chance(2):
            keys["sign"] = self._one_of("leading", "trailing")
            keys["signs"] = list(self._one_of(*_SIGNS))
        return keys

    def _may_be_none(self, item: Target) -> Table:
        return {"empty": self._one_of("zeros", "blanks")} if item.may_be_none and self._chance(1) else {}

    def _amount(self, item: Target) -> None:
        decimals = self._one_of(2, 2, 2, 0, 1, 3)
        keys = {"decimals": decimals} | self._filling(decimals) | self._may_be_none(item)
        if "sign" not in keys and not item.never_negative and self._chance(3):
            name = f"s{len(self.made)}"
            plus, minus = self._one_of(("+", "-"), ("0", "-"), (" ", "-"), ("C", "D"))
            sign: Table = {"name": name, "kind": "sign", "signs": [plus, minus], "length": 1}
            self._add(item, "amount", self.draw(st.integers(5, 12)), sign_in=name, **keys)
            self.made.insert(len(self.made) - self.draw(st.integers(0, 1)), sign)
        else:
            self._add(item, "amount", self.draw(st.integers(7, 13)), **keys)

    def _rate(self, item: Target) -> None:
        decimals = self._one_of(0, 2, 3)
        keys = self._filling(decimals)
        keys.pop("sign", None)
        keys.pop("signs", None)
        self._add(item, "rate", self.draw(st.integers(6, 9)), decimals=decimals, **keys, **self._may_be_none(item))

    def _day(self, item: Target) -> None:
        form = self._one_of(*_DAYS)
        keys: Table = {"format": form} | self._may_be_none(item)
        if "%y" in form and self._chance(1):
            keys["pivot"] = self.draw(st.integers(0, 100))
        self._add(item, "date", 0, **keys)
        self.made[-1].pop("length", None)

    def _moment(self, item: Target) -> None:
        way = self.draw(st.integers(0, 2))
        if way == 0:
            self._add(item, "datetime", 0, format=self._one_of(*_MOMENTS), **self._may_be_none(item))
        else:
            self._add(item, "date", 0, format=self._one_of(*_DAYS), **self._may_be_none(item))
            if way == 1:
                self.made[-1].pop("length", None)
                empty = {key: value for key, value in self.made[-1].items() if key == "empty"}
                self._add(item, "time", 0, format=self._one_of("%H%M%S", "%H%M", "%H:%M"), **empty)
        self.made[-1].pop("length", None)

    def _code(self, item: Target, words: type[StrEnum], left: list[Target]) -> None:
        length = self.draw(st.integers(1, 3))
        members = self.draw(st.lists(st.sampled_from(list(words)), min_size=1, unique=True))
        letters = "123456789" if length == 1 else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        tail = "Z" * (length - 2)
        codes = {f"{letter}{tail}": member.value for letter, member in zip(letters, members, strict=False)}
        keys: Table = {"codes": codes}
        raw = [other for other in left if other.path == "reason_code"]
        if self._chance(1):
            keys["unknown"] = self._one_of(*[member.value for member in words])
        if raw and self._chance(1):
            left.remove(raw[0])
            keys["raw_to"] = raw[0].path
        if item.may_be_none and self._chance(1):
            keys["empty"] = "blanks"
        self._add(item, "code", length, **keys)
