"""The page that draws the states of a claim on the collection list, from the table by which the list goes."""

import ast
import inspect
from enum import StrEnum
from itertools import pairwise
from textwrap import dedent
from typing import cast

from lindorff_sdk.collection_list import LOCKED, MOVES, ListState, Move


def states_page() -> str:
    """Return the page that draws the states of a claim on the collection list."""
    lines = [
        "# The states of a claim on the collection list",
        "",
        "Drawn from the table by which the list goes, `lindorff_sdk.collection_list.MOVES`. The calls are described on",
        "[the page of the list](collection-list.md). A move that is not here is refused with `IllegalMoveError` where",
        "it is the ERP's, and changes nothing where it is the agency's word.",
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
