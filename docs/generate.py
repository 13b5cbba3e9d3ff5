"""Write the pages that follow from tables: `python -m docs.generate`."""

import ast
import inspect
from collections.abc import Callable
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import cast

from lindorff_sdk.collection_list import LOCKED, MOVES, ListState, Move
from lindorff_sdk.files.describe import describe
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.findings import CODES, Severity

_HEADINGS = {
    Severity.ERROR: "Errors: what they concern is not used",
    Severity.WARNING: "Warnings: what they concern is used; somebody should look",
    Severity.INFO: "Information: accepted, but not as the layout writes it",
}


def findings_page() -> str:
    """Return the page of finding codes."""
    lines = ["# Findings", "", "Every code that a finding can have, what it means, and what to do about it."]
    for severity, heading in _HEADINGS.items():
        lines += ["", f"## {heading}", "", "| code | meaning | cure |", "| --- | --- | --- |"]
        lines += [
            f"| `{code}` | {row.meaning} | {row.cure} |" for code, row in CODES.items() if row.severity is severity
        ]
    return "\n".join(lines) + "\n"


def states_page() -> str:
    """Return the page that draws the states of a claim on the collection list."""
    lines = [
        "# The states of a claim on the collection list",
        "",
        "Drawn from the table by which the list goes, `lindorff_sdk.collection_list.MOVES`; the calls are described on",
        "[the page of the list](collection-list.md). A move that is not here is refused with `IllegalMoveError` where it",
        "is the ERP's, and changes nothing where it is the agency's word.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> listed: add",
    ]
    for state, moves in MOVES.items():
        ways: dict[str, list[str]] = {}
        for move, targets in moves.items():
            for target in targets:
                ways.setdefault(target, []).append(move)
        lines += [f"    {state} --> {target}: {', '.join(its)}" for target, its in ways.items()]
    lines += ["```", "", "| state | what it means | invoice | moves |", "| --- | --- | --- | --- |"]
    meanings = _meanings(ListState)
    for state, moves in MOVES.items():
        named = "; ".join(f"{move} → {' or '.join(targets)}" for move, targets in moves.items())
        lines.append(f"| `{state}` | {meanings[state]} | {'locked' if state in LOCKED else 'free'} | {named} |")
    lines += ["", "| move | whose it is |", "| --- | --- |"]
    lines += [f"| `{move}` | {_meanings(Move)[move]} |" for move in Move]
    return "\n".join(lines) + "\n"


def _meanings(kind: type[StrEnum]) -> dict[str, str]:
    """Return what the source says below each member, as there is no other place where that is written."""
    body = cast(ast.ClassDef, ast.parse(dedent(inspect.getsource(kind))).body[0]).body
    found: dict[str, str] = {}
    for item, following in pairwise(body):
        if isinstance(item, ast.Assign) and isinstance(following, ast.Expr):
            found[ast.literal_eval(item.value)] = ast.literal_eval(following.value)
    return found


PAGES: dict[str, Callable[[], str]] = {
    "collection-list-states.md": states_page,
    "findings.md": findings_page,
    "lindorff-reference.md": lambda: describe(shipped("lindorff-reference")),
    "mamut-nk003.md": lambda: describe(shipped("mamut-nk003")),
    "nets-ocr-giro.md": lambda: describe(shipped("nets-ocr-giro")),
}
"""The written pages by name."""


if __name__ == "__main__":
    for name, page in PAGES.items():
        (Path(__file__).parent / name).write_text(page(), encoding="utf-8")
