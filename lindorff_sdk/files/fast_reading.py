"""Generated functions that read canonical lines of fixed width: one at a time.

Whatever is not as expected is handed back, and `doubtful.py` goes through it field by field.
"""

from collections.abc import Iterable
from typing import cast

from lindorff_sdk.files.expressions import Line, exact_paths
from lindorff_sdk.files.making import construct, given_defaults, merged
from lindorff_sdk.files.plan import Ordinary, PlannedRecord, Read
from lindorff_sdk.models.making import function


def indented(lines: Iterable[str], steps: int = 1) -> list[str]:
    """Return lines of source, without empty ones, some steps further in."""
    return [f"{'    ' * steps}{line}" for line in lines if line]


def reader(record: PlannedRecord) -> Read:
    """Return the function that reads a canonical line and adds it to the tally."""
    names: dict[str, object] = {}
    line = Line(record, names)
    names["match"] = line.match
    places = [(part, line.part(part)) for part in record.all_parts]
    made = f"({''.join(f'{value}, ' for _, value in places)})"
    if record.is_leaf and not (record.climbing or record.joined):
        filled = given_defaults(record.defaults, names) | merged(places, names)
        made = construct(record.model, filled, names, exact_paths(record))
    source = [
        "def function(line, tally):",
        "    m = match(line)",
        "    if m is None:",
        "        return None",
        f"    {line.groups}= m.groups()" if line.groups else "",
        "    try:",
        f"        made = {made}",
        *indented([line.value(item) for item in line.unbound], 2),
        *indented([f"add_{index} = {amount}" for index, amount in line.summands()], 2),
        *indented([f"tally.stated[{s.index}] = {line.value(s.field)}" for s in record.stated], 2),
        *indented([f"tally.see({index}, {line.value(item)})" for index, item in record.extremes], 2),
        "    except ValueError:",
        "        return None",
        *indented([f"tally.sums[{index}] += add_{index}" for index, _ in line.summands()]),
        *indented([f"tally.remembered[{index}] = {line.text(item)}" for item, index in record.remembered]),
        "    return made",
    ]
    return cast("Read", function(f"read {record.layout.name}", source, names))


def ordinary(record: PlannedRecord) -> Ordinary:
    """Return what tells whether a line has the numbers and keys that it should, and nothing to be kept."""
    tests = []
    for item, index, counted in record.numbered:
        what = f"tally.counts[{counted}]" if counted >= 0 else "sum(tally.counts)"
        tests.append(f"line[{item.start}:{item.end}] == f'{{{what} - tally.bases[{index}]:0{item.length}d}}'")
    tests += [f"line[{i.start}:{i.end}] == tally.remembered[{index}]" for i, index in record.matched]
    tests += [f"line[{i.start}:{i.end}] == {i.pad * i.length!r}" for i in record.reserved]
    lines = ["def function(line, tally):", f"    return {' and '.join(tests) or 'True'}"]
    return cast("Ordinary", function(f"ordinary {record.layout.name}", lines, {}))
