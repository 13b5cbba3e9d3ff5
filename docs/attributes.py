"""The page of attributes: what a profile's fields can be bound to, written from the models."""

import inspect
import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import cast

from lindorff_sdk.files.binding import ROOTS, attributes, default, is_model, item_models, may_be_none, plain, required

_HEAD = """# Attributes

What `to`, `also_to`, `rest_to`, `raw_to` and `defaults` of a profile can name, by transfer. A path leads from the
object that the record opens, or from the file: `debtor.address.postcode`. A **bold** attribute must be filled: by a
field, or by `defaults` where the layout lacks it.
"""


def attributes_page() -> str:
    """Return the page."""
    lines = [_HEAD]
    seen = set[type]()
    for transfer, root in ROOTS.items():
        lines.append(f"## {transfer.value.capitalize()}\n")
        below = [model for model in _below(root) if model not in seen]
        for model in below:
            lines += [*_model(model), ""]
        known = [model.__name__ for model in _below(root) if model in seen]
        if known:
            lines += [f"It also holds {', '.join(f'`{name}`' for name in known)}, as above.", ""]
        seen.update(below)
    return "\n".join(lines).rstrip("\n") + "\n"


def _below(model: type) -> list[type]:
    """Return a model and those that it holds, each once."""
    found = [model]
    for name, annotation in attributes(model).items():
        if is_model(plain(annotation)):
            found += _below(cast("type", plain(annotation)))
            continue
        try:
            items = item_models(model, name)
        except LookupError:
            continue
        for item in items.values():
            found += _below(item)
    return list(dict.fromkeys(found))


def _model(model: type) -> Iterator[str]:
    meanings = dict(_meanings(model))
    yield f"### `{model.__name__}`"
    yield ""
    yield inspect.getdoc(model).partition("\n")[0] if inspect.getdoc(model) else ""  # type: ignore[union-attr]
    yield ""
    yield "| attribute | holds | meaning |"
    yield "| --- | --- | --- |"
    must = set(required(model))
    for name, annotation in attributes(model).items():
        shown = f"**`{name}`**" if name in must else f"`{name}`"
        unfilled = _unfilled(model, name)
        held = _holds(model, name, annotation) + (f"; else {unfilled}" if unfilled else "")
        yield f"| {shown} | {held} | {meanings.get(name, '')} |"


def _unfilled(model: type, name: str) -> str:
    """Return what an attribute is that nothing fills; ``""`` where that is nothing."""
    value = None if name in set(required(model)) else default(model, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if isinstance(value, str | int | Decimal) and str(value) else ""


def _holds(model: type, name: str, annotation: object) -> str:
    held = plain(annotation)
    none = ", or none" if may_be_none(annotation) else ""
    if is_model(held):
        return f"`{cast('type', held).__name__}`{none}"
    if isinstance(held, type) and issubclass(held, StrEnum):
        return f"{', '.join(f'`{word}`' for word in held)}{none}"
    if isinstance(held, type):
        words = {"str": "text", "int": "whole number", "bool": "yes or no", "Decimal": "amount", "datetime": "moment"}
        word = "rate" if held.__name__ == "Decimal" and "rate" in name else words.get(held.__name__, held.__name__)
        return f"{word}{none}"
    return f"objects: {' or '.join(f'`{item}`' for item in item_models(model, name))}"


def _meanings(model: type) -> Iterator[tuple[str, str]]:
    """Yield what a model's docstring says of its attributes."""
    text = (inspect.getdoc(model) or "").partition("Attributes:\n")[2]
    for block in re.split(r"\n(?=    \w+: )", f"\n{text}"):
        name, _, meaning = block.strip().partition(": ")
        yield name, re.sub(r"\s+", " ", meaning).replace("|", "\\|").replace("``", "`")
