"""The making of objects: of a model's attributes, of the values of one line, of the parts of an object.

As attrs does for its classes, the source of each function is generated from the table and executed.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import cast

import attrs

from lindorff_sdk.files.binding import attribute_type, plain
from lindorff_sdk.files.merging import merge
from lindorff_sdk.files.paths import inner_attribute
from lindorff_sdk.files.plan import MOMENT, WHOLE, Group, Make, Node, Part
from lindorff_sdk.models.making import constructor, function
from lindorff_sdk.models.money import money, money_or_none

_OF_MONEY = (money, money_or_none)


def construct(
    model: type, filled: Mapping[str, str], names: dict[str, object], exact: Collection[str] = (), prefix: str = ""
) -> str:
    """Return the expression that makes ``model``.

    Args:
        model: The class.
        filled: Expressions by attribute path.
        names: What the expression refers to; added to.
        exact: Paths whose expressions give amounts of two decimals within the limits of money, or None.
        prefix: The path of the object itself.
    """
    arguments = []
    for item in attrs.fields(cast("type[attrs.AttrsInstance]", model)):
        path = f"{prefix}{item.name}"
        if path in filled:
            argument = filled[path]
            if item.converter and not (path in exact and item.converter in _OF_MONEY):
                argument = f"{_named(f'convert_{model.__name__}_{item.name}', item.converter, names)}({argument})"
        elif any(other.startswith(f"{path}.") for other in filled):
            below = cast("type", plain(attribute_type(model, item.name)))
            argument = construct(below, filled, names, exact, f"{path}.")
        else:
            argument = _default(model, item, names)
        arguments.append(argument)
    made = _named(f"make_{model.__name__}", constructor(model), names)
    return f"{made}({', '.join(arguments)})"


def _default(model: type, item: "attrs.Attribute[object]", names: dict[str, object]) -> str:
    """Return the expression of an attribute that nothing fills."""
    factory = getattr(item.default, "factory", None)
    value = factory() if factory else item.default
    convert = cast("Callable[[object], object] | None", item.converter)
    return _named(f"default_{model.__name__}_{item.name}", convert(value) if convert else value, names)


def _named(name: str, value: object, names: dict[str, object]) -> str:
    names[name] = value
    return name


def merged(places: Sequence[tuple[Part, str]], names: dict[str, object]) -> dict[str, str]:
    """Return the expression of each attribute path, given the parts that fill it and the expression of each."""
    by_path: dict[str, list[tuple[Part, str]]] = {}
    for part, expression in places:
        by_path.setdefault(part.path, []).append((part, expression))
    return {path: _joined(path, given, names) for path, given in by_path.items()}


def _joined(path: str, given: Sequence[tuple[Part, str]], names: dict[str, object]) -> str:
    if len(given) == 1 and given[0][0].role not in (WHOLE, MOMENT) and not given[0][1].startswith("*"):
        return given[0][1]
    items = [part.field for part, _ in given]
    key = _named(f"merge_{re.sub('[^a-z0-9]', '_', path)}", lambda values: merge(items, values), names)
    return f"{key}(({' '.join(f'{expression},' for _, expression in given)}))"


def given_defaults(defaults: Mapping[str, object], names: dict[str, object]) -> dict[str, str]:
    """Return the expressions of attributes that no field fills."""
    return {path: _named(f"given_{len(names)}", value, names) for path, value in defaults.items()}


def maker(model: type, parts: Sequence[Part], defaults: Mapping[str, object]) -> Make:
    """Return the function that makes an object of the values of one line."""
    names: dict[str, object] = {}
    places = [(part, f"values[{place}]") for place, part in enumerate(parts)]
    filled = given_defaults(defaults, names) | merged(places, names)
    lines = ["def function(values):", f"    return {construct(model, filled, names)}"]
    return cast("Make", function(f"make {model.__name__}", lines, names))


def builder(node: Node) -> Make:
    """Return the function that makes a node's object of its gathered parts."""
    names: dict[str, object] = {}
    places: list[tuple[Part, str]] = []
    filled = given_defaults(node.defaults, names)
    for climbed in node.climbed:
        filled[climbed.path] = f"parts[{climbed.slot}][0]"
    if node.opener is not None:
        places = [(part, f"parts[0][{place}]") for place, part in enumerate(node.opener.parts)]
        if node.inner:
            filled[inner_attribute(node.opener.inner[0].path)] = f"tuple(parts[{node.inner}])"
    for member in node.members:
        if isinstance(member, Group):
            filled[member.attribute] = f"tuple(parts[{member.slot}])"
            continue
        for place, part in enumerate(member.parts):
            one = f"parts[{member.slot}][{place}]"
            places.append(
                (part, f"*[line[{place}] for line in parts[{member.slot}]]" if member.layout.repeats else one)
            )
    filled |= merged(places, names)
    lines = ["def function(parts):", f"    return {construct(node.model, filled, names)}"]
    return cast("Make", function(f"build {node.model.__name__}", lines, names))
