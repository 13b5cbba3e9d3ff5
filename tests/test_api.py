"""The public surface: complete, sorted, documented, and typed without Any."""

import ast
import importlib
import importlib.resources
import inspect
import pkgutil
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import lindorff_sdk
from lindorff_sdk import errors
from lindorff_sdk.reconciliation import events

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(lindorff_sdk.__path__, "lindorff_sdk.")
    if not any(part.startswith("_") for part in module.name.split("."))
)
DECLARING = [name for name in ("lindorff_sdk", *MODULES) if hasattr(importlib.import_module(name), "__all__")]


def public(module: types.ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the functions and classes that a module defines itself, under public names."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            yield f"{module.__name__}.{name}", value


def members(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield a function or class, and the public methods and properties that a class defines itself."""
    yield name, value
    if not inspect.isclass(value):
        return
    for key, member in vars(value).items():
        target = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        target = target.fget if isinstance(target, property) else target
        if inspect.isfunction(target) and (not key.startswith("_") or key in {"__init__", "__call__"}):
            yield f"{name}.{key}", target


def surface() -> Iterator[tuple[str, object]]:
    """Yield what an integrator can import from the package and its public modules."""
    for module in ("lindorff_sdk", *MODULES):
        for name, value in public(importlib.import_module(module)):
            yield from members(name, value)


@pytest.mark.parametrize("name", DECLARING)
def test_all_is_sorted_and_true(name: str) -> None:
    """``__all__`` is sorted, has nothing twice, and each of its names is there."""
    module = importlib.import_module(name)
    declared = list(module.__all__)
    assert len(declared) == len(set(declared))
    missing = [each for each in declared if not hasattr(module, each)]
    assert not missing
    if name == "lindorff_sdk":
        assert declared == sorted(declared)


def test_every_import_of_the_package_is_public() -> None:
    """What the package imports by name is what it declares: nothing slips out, and nothing is forgotten."""
    tree = ast.parse(inspect.getsource(lindorff_sdk))
    imported = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported == set(lindorff_sdk.__all__)


def test_every_event_is_public() -> None:
    """An ERP matches on the classes of events; each can be imported from the package."""
    kinds = {kind.__name__ for kind in typing.get_args(events.AnyEvent)}
    assert kinds <= set(lindorff_sdk.__all__)


def test_the_tree_of_errors_is_whole() -> None:
    """Every exception of the SDK is one of its own, stands in the tree, and is documented there."""
    tree = errors.__doc__ or ""
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, Exception) and not name.startswith("_"):
            assert issubclass(kind, errors.LindorffError), name
            assert name in tree, name


def test_everything_is_documented() -> None:
    """Every public name says what it is for."""
    silent = [name for name, value in surface() if not _documented(name, value)]
    assert not silent


def _documented(name: str, value: object) -> bool:
    last = name.rpartition(".")[2]
    return last in {"__init__", "__call__"} or bool((getattr(value, "__doc__", "") or "").strip())


def test_no_any_in_signatures() -> None:
    """Parameters and results of what a package declares have types that say something."""
    declared = {f"{each.__module__}.{each.__qualname__}" for name in DECLARING for each in _declared(name)}
    assert {"lindorff_sdk.exchange.export.export_group", "lindorff_sdk.journal.events.Postings"} <= declared
    vague = [name for name in _vague(*MODULES) if declared & {name, name.rpartition(".")[0]}]
    assert set(vague) <= ANY


def _declared(module: str) -> Iterator[Any]:
    """Yield the functions and classes that a package declares, with the classes of ours that they are made of."""
    package = importlib.import_module(module)
    for value in (getattr(package, name) for name in package.__all__):
        if inspect.isclass(value):
            yield from (base for base in value.__mro__ if base.__module__.startswith("lindorff_sdk"))
        elif inspect.isfunction(value):
            yield value


ANY = {
    "lindorff_sdk.testing.agency.EmbeddedAgency.definition",  # settings by name, of as many types
}
"""Signatures that cannot do without."""


def _vague(*modules: str) -> Iterator[str]:
    """Yield the public functions and methods of modules whose signature says Any."""
    for module in modules:
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
        yield from _vague_in(tree.body, module)


def _vague_in(body: Sequence[ast.stmt], owner: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("_"):
            continue
        name = f"{owner}.{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _vague_in(node.body, name)
        elif any(_says_any(hint) for hint in _hints(node)):
            yield name


def _hints(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    yield from (each.annotation for each in every if each is not None and each.annotation is not None)
    if node.returns is not None:
        yield node.returns


def _says_any(hint: ast.expr) -> bool:
    if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
        hint = ast.parse(hint.value, mode="eval").body
    return any(getattr(part, "id", getattr(part, "attr", "")) == "Any" for part in ast.walk(hint))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def call(x: dict[str, list[Any] | None]) -> int: ...", ["here.call"]),
        ("class C:\n    def call(self, *more: 'typing.Any') -> int: ...", ["here.C.call"]),
        ("async def call(x: object, **more: int) -> Any: ...", ["here.call"]),
        ("def _private(x: Any) -> int: ...\ndef call(anything: int) -> object: ...", []),
    ],
)
def test_the_search_for_any_finds_it(source: str, found: list[str]) -> None:
    """The search looks into containers, texts, classes and results, and nowhere else."""
    assert list(_vague_in(ast.parse(source).body, "here")) == found


def test_the_package_is_typed() -> None:
    """Type checkers are told so."""
    assert importlib.resources.files("lindorff_sdk").joinpath("py.typed").is_file()
