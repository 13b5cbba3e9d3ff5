"""What findings keep from being booked: a line, its case, or the whole file, as the definition says for each code."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from attrs import frozen

from lindorff_sdk.findings import CODES, Finding, Hold
from lindorff_sdk.reconciliation.events import Posting


@frozen
class Held:
    """A posting that is not booked until the findings that hold it are resolved.

    Attributes:
        posting: The posting.
        by: Places of those findings among the findings of the file.
    """

    posting: Posting
    by: tuple[int, ...]


@frozen
class Sorted:
    """The postings of a file: those that may be booked, and those that may not.

    Attributes:
        free: Those to be booked.
        held: The others.
        cases: For each finding that holds a case: its place among the findings, and the case.
    """

    free: tuple[Posting, ...]
    held: tuple[Held, ...]
    cases: tuple[tuple[int, str], ...]


def hold_of(code: str, policy: Mapping[str, Hold]) -> Hold:
    """Return what a finding of this code holds: what the policy says, if the code allows another answer."""
    row = CODES.get(code)
    if row is None:
        return Hold.NOTHING
    wanted = policy.get(code, row.hold)
    return wanted if wanted in row.choices else row.hold


def sort_out(
    postings: Sequence[Posting],
    findings: Iterable[tuple[int, Finding]],
    policy: Mapping[str, Hold],
    cases_of: Mapping[int, str] = MappingProxyType({}),
) -> Sorted:
    """Return which postings may be booked, and which findings hold the others.

    Args:
        postings: The postings of a file, or of a part of it.
        findings: What was noticed of them or of the file, each with its place among the findings of the file.
        policy: What findings hold, by code, where that is not what the table of codes says.
        cases_of: Cases of lines that have no posting, by the number of the line.
    """
    lines: defaultdict[int, list[int]] = defaultdict(list)
    whole: list[int] = []
    wide: dict[int, int] = {}
    for place, found in findings:
        match hold_of(found.code, policy):
            case Hold.FILE:
                whole.append(place)
            case Hold.LINE:
                lines[found.line].append(place)
            case Hold.CASE:
                lines[found.line].append(place)
                wide[place] = found.line
            case Hold.NOTHING:
                pass
    if not lines and not whole:
        return Sorted(tuple(postings), (), ())
    own = [{place for event in posting for place in lines.get(event.source.line, ())} for posting in postings]
    cases = sorted(
        {
            (place, posting.case)
            for posting, places in zip(postings, own, strict=True)
            for place in places
            if place in wide and posting.case
        }
        | {(place, cases_of[line]) for place, line in wide.items() if cases_of.get(line)}
    )
    by_case: defaultdict[str, set[int]] = defaultdict(set)
    for place, case in cases:
        by_case[case].add(place)
    held = [
        Held(posting, tuple(sorted(places | by_case.get(posting.case, set()) | set(whole))))
        for posting, places in zip(postings, own, strict=True)
    ]
    return Sorted(
        tuple(each.posting for each in held if not each.by), tuple(each for each in held if each.by), tuple(cases)
    )
