"""The plan of the house is kept: imports point one way, exceptions are drawn and pickle, no module swells."""

import ast
import inspect
import pickle
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lindorff_sdk import errors
from lindorff_sdk.findings import finding

PACKAGE = Path(errors.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400

# Which parts of the package a part may import besides itself. Whatever is not named here joins parts (exchange and what
# is like it): it may import all of these, and none of these may import it.
LOWER: dict[str, set[str]] = {
    "findings": set(),
    "errors": {"findings"},
    "secrets": {"errors"},
    "spelling": set(),
    "identifiers": set(),
    "statute": {"errors", "findings", "models"},
    "_settings": {"errors", "findings", "models", "secrets", "spelling"},
    "_definition_rules": {"errors", "findings", "_settings"},
    "agreement": set(),
    "definition": {
        "agreement",
        "errors",
        "findings",
        "models",
        "secrets",
        "spelling",
        "statute",
        "_settings",
        "_definition_rules",
    },
    "models": {"errors", "findings"},
    "files": {"errors", "findings", "identifiers", "models", "spelling"},
    "transport": {"errors", "secrets"},
    "reconciliation": {"errors", "findings", "identifiers", "models", "statute"},
    "json_models": {"errors", "findings", "models", "reconciliation"},
    "journal": {"errors", "findings", "models", "reconciliation", "json_models"},
    "preflight": {"errors", "findings", "models", "definition", "identifiers", "statute"},
}
TOP = {"sync", "testing", "__main__"}
"""Nothing but each other may import these."""
ONLY_IN: dict[str, set[str]] = {
    "asyncssh": {"transport", "testing"},
    "aioftp": {"transport"},
    # These come with an extra: what a plain installation imports must not need them.
    "pyftpdlib": {"testing"},
    "hypothesis": {"testing"},
    "pytest": {"testing"},
    "psycopg": set(),
    "rich": {"__main__"},
}
PURE = ("models", "files", "reconciliation", "statute")
NO_CLOCK_OR_CHANCE = {"time", "random", "uuid", "secrets", "socket", "asyncio", "threading", "subprocess"}


def part_of(path: Path) -> str:
    """Return the part of the package that a module belongs to: ``files``, ``errors``, ``__init__`` ..."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(source: str) -> Iterator[str]:
    """Yield the dotted names of everything a module imports, wherever in it: ``lindorff_sdk.files.parser``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for name in node.names:
                yield f"{node.module}.{name.name}"


def broken_rules(part: str, source: str) -> list[str]:
    """Return the imports of a module that its part may not have."""
    broken = []
    for name in imported(source):
        package, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if package == "lindorff_sdk" and not is_allowed(part, target):
            broken.append(name)
        if part not in ONLY_IN.get(package, {part}):
            broken.append(name)
        if part in PURE and package in NO_CLOCK_OR_CHANCE:
            broken.append(name)
    return broken


def is_allowed(part: str, target: str) -> bool:
    """Return whether a part may import another."""
    if target == part or part in TOP:
        return True
    if part == "__init__":
        return target not in {"testing", "__main__"}
    return target in LOWER[part] if part in LOWER else target not in TOP


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    """A module imports what lies below it, and third-party packages where they belong."""
    assert broken_rules(part_of(path), path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("files", "from lindorff_sdk.transport import Transport"),
        ("files", "from lindorff_sdk.reconciliation.events import Event"),
        ("transport", "from lindorff_sdk.files import parser"),
        ("transport", "import lindorff_sdk.journal"),
        ("reconciliation", "def late():\n    from lindorff_sdk.files.parser import parse"),
        ("models", "from lindorff_sdk import files"),
        ("errors", "from lindorff_sdk.models.money import ORE"),
        ("journal", "from lindorff_sdk.exchange import exchange"),
        ("exchange", "from lindorff_sdk.testing import SftpServer"),
        ("exchange", "import lindorff_sdk.sync"),
        ("collection_list", "from lindorff_sdk.testing.strategies import files"),
        ("journal", "from lindorff_sdk import Journal"),
        ("__init__", "from lindorff_sdk.testing import SftpServer"),
        ("exchange", "import asyncssh"),
        ("testing", "from aioftp import Client"),
        ("files", "from hypothesis import given"),
        ("journal", "import psycopg"),
        ("files", "import time"),
        ("reconciliation", "from uuid import uuid4"),
    ],
)
def test_the_rules_would_notice(part: str, source: str) -> None:
    """Each kind of wrong import is one that the test above reports."""
    assert broken_rules(part, source)


@pytest.mark.parametrize("part", sorted(LOWER))
def test_the_layers_have_no_way_back(part: str) -> None:
    """The table itself points one way: no part can reach itself through what it may import."""
    seen: set[str] = set()
    waiting = set(LOWER[part])
    while waiting:
        below = waiting.pop()
        seen.add(below)
        waiting |= LOWER[below] - seen
    assert part not in seen
    assert not {"files", "transport", "reconciliation"} & seen or part in {"json_models", "journal"}


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in PURE], ids=lambda path: path.name)
def test_pure_modules_ask_no_clock(path: Path) -> None:
    """Same input, same bytes and events: files, models and reconciliation never ask for the time."""
    calls = [node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)]
    assert not {"now", "today", "utcnow", "urandom"} & set(calls)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_swells(path: Path) -> None:
    """Newcomers fear a swollen module: split it before it grows longer than this."""
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


# Exceptions ----------------------------------------------------------------------------------------------------------

PUBLIC = {
    name: cls
    for name, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, Exception) and cls.__module__ == errors.__name__ and not name.startswith("_")
}
ARGUMENTS: dict[str, object] = {
    "message": "It went wrong.",
    "findings": (finding("file-empty", "The file is empty.", line=3, expected="å", found="'x'"),),
    "problems": ("not an amount @ $.claims[3]", "unknown keys: x @ $"),
    "invoice_numbers": ("10023", "10024"),
    "invoice_number": "10023",
    "since": datetime(2026, 11, 24, 18, tzinfo=UTC),
    "collection_date": date(2026, 11, 24),
    "state": "registered",
    "file_name": "LS1",
    "server": "sftp://user@host:22",
    "folder": "/inn",
    "operation": "store",
}


def drawn_tree() -> dict[str, str]:
    """Return each exception that is drawn at the top of the module, with the one it hangs from."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r" {4}([│├└─ ]*)(\w+Error)(?:  .*)?", line)
        if match:
            del above[len(match[1]) // 4 :]
            parents[match[2]] = above[-1] if above else ""
            above.append(match[2])
    return parents


def test_the_drawn_tree_is_the_tree() -> None:
    """Every public exception is drawn, hanging from its nearest public base, and nothing else is."""
    bases = {
        name: next((base.__name__ for base in cls.__mro__[1:] if base.__name__ in PUBLIC), "")
        for name, cls in PUBLIC.items()
    }
    assert drawn_tree() == bases
    assert len(bases) > 25
    assert [name for name, above in bases.items() if not above] == ["LindorffError"]


def parameters_of(cls: type[Exception]) -> list[str]:
    """Return the names of what an exception is made of; none if it takes what any exception takes."""
    own = next(base for base in cls.__mro__ if "__init__" in vars(base))
    return list(inspect.signature(cls).parameters) if own.__module__ == errors.__name__ else []


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_exception_pickles_with_what_it_says(name: str) -> None:
    """It crosses a process boundary with its message, its attributes and its text."""
    cls = PUBLIC[name]
    parameters = parameters_of(cls)
    error = cls(**{each: ARGUMENTS[each] for each in parameters}) if parameters else cls("It went wrong.")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is cls
    assert (vars(copy), copy.args, str(copy)) == (vars(error), error.args, str(error))
    assert "It went wrong." in str(copy)
    assert cls.__doc__
    for each in parameters:
        value = ARGUMENTS[each]
        for said in value if isinstance(value, tuple) else [value]:
            assert str(said) in str(copy) or each == "invoice_numbers"
