"""The drawing of totals: a count, a sum, a first or a last date of what stands before them."""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lindorff_sdk.testing.profile_fields import Table


def totals(draw: DrawFn, records: Sequence[Table], under: str, *, delimited: bool) -> list[Table]:
    """Return fields that state totals of the records below one, or of the whole file for ``""``."""
    inside = [record for record in records if not under or _stands_in(record, under, records)]
    made = [_count(draw, inside, 0)]
    openers = [record["name"] for record in inside if "opens" in record and not record.get("batch")]
    summed: list[tuple[str, Table]] = [
        (r["name"], f) for r in inside for f in r["fields"] if f.get("kind") in ("amount", "integer") and _adds(f)
    ]
    dated: list[tuple[str, Table]] = [
        (r["name"], f) for r in inside for f in r["fields"] if f.get("kind") == "date" and "opens" in r
    ]
    for number in range(1, draw(st.integers(1, 4))):
        way = draw(st.sampled_from(["count", "objects", "sum", "sum", "date"]))
        if way == "sum" and summed:
            record, item = draw(st.sampled_from(summed))
            made.append(_sum(draw, record, item, records, number))
            _take_off(draw, made[-1], summed)
        elif way == "objects" and openers:
            counted = draw(st.lists(st.sampled_from(openers), min_size=1, max_size=2, unique=True))
            made.append({"name": f"t{number}", "kind": "integer", "length": 5, "objects": counted})
        elif way == "date" and dated:
            record, item = draw(st.sampled_from(dated))
            made.append(_date(draw, record, item, number))
        else:
            made.append(_count(draw, inside, number))
    if delimited:
        for item in made:
            if item["kind"] != "date":
                item.pop("length", None)
    return made


def _stands_in(record: Table, under: str, records: Sequence[Table]) -> bool:
    by_name = {each["name"]: each for each in records}
    while record.get("under"):
        if record["under"] == under:
            return True
        record = by_name[record["under"]]
    return False


def _adds(item: Table) -> bool:
    return not item.get("numbers") and bool(item.get("to"))


def _count(draw: DrawFn, inside: Sequence[Table], number: int) -> Table:
    names = [record["name"] for record in inside]
    counted = ["*"]
    if draw(st.booleans()) and names:
        counted = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    item: Table = {"name": f"t{number}", "kind": "integer", "length": 5, "counts": counted}
    if draw(st.integers(0, 3)) == 0:
        item["offset"] = draw(st.integers(-1 if counted == ["*"] else 0, 3))
    if draw(st.integers(0, 3)) == 0:
        item["divisor"] = draw(st.integers(1, 3))
    coded = [f for r in inside if r["name"] in counted for f in r["fields"] if f.get("kind") == "code"]
    if len(counted) == 1 and counted != ["*"] and draw(st.booleans()) and coded:
        item["where"] = _where(draw, coded[0])
    return item


def _where(draw: DrawFn, coded: Table) -> Table:
    codes = draw(st.lists(st.sampled_from(sorted(coded["codes"])), min_size=1, unique=True))
    return {coded["name"]: [code.ljust(int(coded.get("length", 0))) for code in codes]}


def _sum(draw: DrawFn, record: str, summed: Table, records: Sequence[Table], number: int) -> Table:
    item: Table = {"name": f"t{number}", "kind": summed["kind"], "length": 15, "sums": [f"{record}.{summed['name']}"]}
    if summed["kind"] == "amount":
        item["decimals"] = summed.get("decimals", 2)
    can_be_negative = "sign" in summed or "sign_in" in summed
    if can_be_negative and draw(st.booleans()):
        item["absolute"] = True
    elif can_be_negative or not draw(st.integers(0, 3)):
        item["sign"] = draw(st.sampled_from(["leading", "trailing"]))
    if draw(st.integers(0, 4)) == 0:
        item["modulus"] = 10 ** draw(st.integers(3, 9))
    coded = [f for r in records if r["name"] == record for f in r["fields"] if f.get("kind") == "code"]
    if draw(st.booleans()) and coded:
        item["where"] = _where(draw, coded[0])
    return item


def _take_off(draw: DrawFn, total: Table, summed: Sequence[tuple[str, Table]]) -> None:
    """Take others off a sum, of amounts of the same scale, where what is left may be negative."""
    alike = [
        f"{record}.{item['name']}"
        for record, item in summed
        if item["kind"] == total["kind"]
        and (item["kind"] == "integer" or item.get("decimals", 2) == total["decimals"])
        and [f"{record}.{item['name']}"] != total["sums"]
    ]
    if alike and "where" not in total and draw(st.booleans()):
        total["less"] = [draw(st.sampled_from(alike))]
        total.setdefault("sign", "leading")


def _date(draw: DrawFn, record: str, dated: Table, number: int) -> Table:
    form = draw(st.sampled_from(["%Y%m%d", "%d%m%y"]))
    item: Table = {"name": f"t{number}", "kind": "date", "format": form}
    item[draw(st.sampled_from(["firsts", "lasts"]))] = [f"{record}.{dated['name']}"]
    if draw(st.integers(0, 2)):
        item["empty"] = draw(st.sampled_from(["zeros", "blanks"]))
    return item
