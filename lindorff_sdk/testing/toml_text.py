"""A profile's table as TOML text."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, cast


def toml(table: Mapping[str, object]) -> str:
    """Return the TOML of a profile: plain keys first, then ``files``."""
    lines = [f"{key} = {_value(value)}" for key, value in table.items() if key != "files"]
    for name, file in cast("dict[str, dict[str, Any]]", table["files"]).items():
        lines += ["", f"[files.{_key(name)}]"]
        lines += [f"{_key(key)} = {_value(value)}" for key, value in file.items() if key != "records"]
        for record in file["records"]:
            lines += ["", f"[[files.{_key(name)}.records]]"]
            lines += [f"{_key(key)} = {_value(value)}" for key, value in record.items() if key != "fields"]
            lines += ["fields = [", *(f"    {_value(item)}," for item in record.get("fields", ())), "]"]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(below)}" for key, below in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
