"""Runs: many objects of one record in a row, each of a few canonical lines, read by one generated function.

What most files hold most of: payments of one line, or of an amount record with its second and third. The function takes
an object only if all of its lines are as expected; from where one is not, `reading.py` goes on line by line. So both
say the same of every file, and a run only says it sooner.
"""

from collections.abc import Sequence
from typing import cast

from lindorff_sdk.files.amounts import is_plain
from lindorff_sdk.files.expressions import Line, exact_paths
from lindorff_sdk.files.fast_reading import indented
from lindorff_sdk.files.layout import Empty, Kind
from lindorff_sdk.files.making import construct, given_defaults
from lindorff_sdk.files.plan import MOMENT, WHOLE, Group, Part, Plan, PlannedRecord, Run
from lindorff_sdk.models.making import function


def comes_in_runs(record: PlannedRecord, plan: Plan) -> bool:
    """Return whether a record opens objects of a few lines of which each stands at most once.

    Lines that state totals, give values to the object around, or number anew in each object are left to `reading.py`,
    and so are attributes that several fields fill.
    """
    lines = _lines_of(record)
    members = record.node.members if record.node is not None else ()
    return (
        record.layout.repeats
        and bool(record.layout.opens)
        and record.group is None
        and not record.layout.most
        and not record.layout.group_by
        and not any(isinstance(member, Group) or member.layout.repeats for member in members)
        and not any(line.read is None or line.stated or line.climbing for line in lines)
        and not _is_joined([part for line in lines for part in line.parts])
        and not any(numbering.within == record.layout.name for numbering in plan.numberings)
        and all(
            is_plain(item) and item.empty is Empty.NEVER and item.kind in (Kind.INTEGER, Kind.DIGITS)
            for line in lines
            for item, *_ in line.numbered
        )
    )


def _is_joined(parts: Sequence[Part]) -> bool:
    """Return whether several fields fill one attribute, or might on further lines."""
    return len({part.path for part in parts}) < len(parts) or any(part.role in (MOMENT, WHOLE) for part in parts)


def _lines_of(record: PlannedRecord) -> list[PlannedRecord]:
    """Return the record that opens an object and those that continue it."""
    members = record.node.members if record.node is not None else ()
    return [record, *(member for member in members if isinstance(member, PlannedRecord))]


def runner(record: PlannedRecord) -> Run:
    """Return the function that takes a record's objects as long as canonical ones follow each other."""
    return _Source(record).runner()


class _Source:
    """Writes the source of one record's runs."""

    def __init__(self, record: PlannedRecord) -> None:
        self.record = record
        self.names: dict[str, object] = {}
        self.lines = [Line(line, self.names, f"{chr(97 + at)}_") for at, line in enumerate(_lines_of(record))]
        for at, line in enumerate(self.lines):
            self.names |= {f"match_{at}": line.match, f"absent_{at}": line.record.absent}
        self.remembered = {
            index: self.lines[0].text(item) for item, index in record.remembered
        }  # what lines below repeat, by its variable

    def runner(self) -> Run:
        opener = "match_0(lines[at])"
        # Whether a line that continues the object wrongly follows is known when the next object has begun.
        ahead, after = ([f"m = {opener}", "if m is None: break"], []) if self.lines[1:] else ([], [f"m = {opener}"])
        sums = sorted({index for line in self.lines for index, _ in line.record.sums})
        days = sorted({index for line in self.lines for index, _ in line.record.extremes})
        source = [
            "def function(lines, at, number, gathered, notes):",
            "    tally, kept, append = notes.tally, notes.kept, gathered.append",
            "    begun, line_of = notes.places.objects.append, notes.places.lines.append",
            "    counts, bases, remembered = tally.counts, tally.bases, tally.remembered",
            "    start = taken = at",
            *indented(f"{name} = 0" for name in [f"n_{at}" for at in range(len(self.lines))]),
            *indented(f"sum_{index} = 0" for index in sums),
            *indented(f"days_{index} = set()" for index in days),
            "    try:",
            f"        m = {opener}",
            "        while m is not None:",
            *indented((statement for at in range(len(self.lines)) for statement in self._line(at)), 3),
            *indented([*ahead, f"made = {self._made()}", "append(made)", "begun(made)", "line_of(number + taken)"], 3),
            *indented((statement for at in range(len(self.lines)) for statement in self._counted(at)), 3),
            "            taken = at",
            *indented(after, 3),
            "    except (IndexError, ValueError):",
            "        pass  # the lines are at their end, or a field is not canonical",
            *indented(f"counts[{line.record.index}] += n_{at}" for at, line in enumerate(self.lines)),
            *indented(f"tally.sums[{index}] += sum_{index}" for index in sums),
            *indented(f"for day in days_{index}: tally.see({index}, day)" for index in days),
            "    return taken - start",
        ]
        return cast("Run", function(f"run {self.record.layout.name}", source, self.names))

    def _line(self, at: int) -> list[str]:
        """Return the statements that read one line of an object; they break off where it is not as expected."""
        line, record = self.lines[at], self.lines[at].record
        read = [
            f"{line.groups}= m.groups()" if line.groups else "",
            *(f"if {test}: break" for test in self._tests(at)),
            *(f"{line.prefix}v{place} = {line.part(part)}" for place, part in enumerate(record.parts)),
            *(line.value(item) for item in line.unbound),
            *(f"{line.prefix}add_{index} = {amount}" for index, amount in line.summands()),
            *(f"{line.prefix}day_{index} = {line.value(item)}" for index, item in record.extremes),
            "at += 1",
        ]
        values = "".join(f"{line.prefix}v{place}, " for place in range(len(record.parts)))
        if at == 0:
            return read
        find = f"m = match_{at}(lines[at])"
        if record.layout.needed:
            return [find, "if m is None: break", *read]
        idle = [f"if ({values}) == absent_{at}: break", f"else: {values}= absent_{at}"] if values else ["", ""]
        return [find, f"has_{at} = m is not None", f"if has_{at}:", *indented([*read, idle[0]]), idle[1]]

    def _tests(self, at: int) -> list[str]:
        """Return what must not hold of the line: another running number, another key than the opener's."""
        line, record = self.lines[at], self.lines[at].record
        tests = [
            f"int({line.text(item)}) != {self._count(counted, at)} - bases[{index}]"
            for item, index, counted in record.numbered
        ]
        return tests + [
            f"{line.text(item)} != {self.remembered.get(index, f'remembered[{index}]')}"
            for item, index in record.matched
        ]

    def _count(self, counted: int, at: int) -> str:
        """Return how many lines of a record there were, with the one that is read; -1 for those of all records."""
        if counted < 0:
            return "sum(counts) + at - start + 1"
        for place, line in enumerate(self.lines):
            if line.record.index == counted:
                this = f" + has_{place}" if 0 < place < at and not line.record.layout.needed else " + 1" * (place <= at)
                return f"counts[{counted}] + n_{place}{this}"
        return f"counts[{counted}]"

    def _counted(self, at: int) -> list[str]:
        """Return the statements that count a line of an object which was taken."""
        line, record = self.lines[at], self.lines[at].record
        counted = [
            f"n_{at} += 1",
            *(f"sum_{index} += {line.prefix}add_{index}" for index, _ in record.sums),
            *(f"days_{index}.add({line.prefix}day_{index})" for index, _ in record.extremes),
        ]
        for item in record.reserved:
            text, key = line.text(item), f"{record.layout.name}.{item.name}"
            counted.append(f"if {text} != {item.pad * item.length!r}: kept[id(made), {key!r}] = {text}")
        return counted if at == 0 or record.layout.needed else [f"if has_{at}:", *indented(counted)]

    def _made(self) -> str:
        """Return the expression of the object."""
        filled = given_defaults(self.record.defaults, self.names)
        exact: set[str] = set()
        for line in self.lines:
            filled |= {part.path: f"{line.prefix}v{place}" for place, part in enumerate(line.record.parts)}
            exact |= exact_paths(line.record)
        return construct(self.record.model, filled, self.names, exact)
