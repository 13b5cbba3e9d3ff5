"""Functions whose source is generated, as attrs does for its classes: where a million objects are made or written."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import cast

import attrs


def function(name: str, lines: Sequence[str], names: dict[str, object]) -> object:
    """Return the function called ``function`` that the lines of a generated source define."""
    source = compile("\n".join(lines), f"<lindorff_sdk {name}>", "exec")
    exec(source, names)  # noqa: S102 - generated from a checked table, or from our own classes
    return names["function"]


@lru_cache(maxsize=256)
def constructor(model: type) -> Callable[..., object]:
    """Return a function that makes an object of its attributes, all of them, in their order and already converted.

    A frozen class sets each attribute by a call of ``object.__setattr__``, which takes most of the time of reading a
    file. So the attributes are set on an object of a subclass that is not frozen, which then is given its real class.
    A class with anything in its ``__init__`` beside attributes and converters is called as usual.
    """
    items = attrs.fields(cast("type[attrs.AttrsInstance]", model))
    parameters = ", ".join(item.name for item in items)
    if any(item.validator for item in items) or hasattr(model, "__attrs_post_init__"):
        given = ", ".join(f"{item.alias}={item.name}" for item in items)
        lines = [f"def function({parameters}):", f"    return model({given})"]
    else:
        lines = [
            "class Thawed(model):",
            "    __slots__ = ()",
            "    __setattr__, __delattr__, __init__ = object.__setattr__, object.__delattr__, object.__init__",
            f"def function({parameters}):",
            "    made = Thawed()",
            *(f"    made.{item.name} = {item.name}" for item in items),
            "    made.__class__ = model",
            "    return made",
        ]
    made = function(f"model {model.__name__}", lines, {"model": model, "__name__": __name__})
    return cast("Callable[..., object]", made)
