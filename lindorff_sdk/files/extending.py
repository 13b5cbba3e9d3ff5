"""A profile that extends another: what it says added to what that one says."""

from collections.abc import Mapping


def merged(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    """Return a table with what another says of it: a table adds to a table, all else replaces.

    Records and fields are found by their names. One that is new stands last, or behind the one named by ``after``
    (``""`` for the first place); one that says ``removed = true`` goes.
    """
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = merged(before, value)
        elif key in ("records", "fields") and _are_named(before) and _are_named(value):
            result[key] = _merged_lists(_tables(before), _tables(value))
        else:
            result[key] = value
    return result


def _are_named(items: object) -> bool:
    """Return whether these are tables with names, each another one; else they are left to be complained about."""
    if not isinstance(items, list):
        return False
    names = [item.get("name") for item in items if isinstance(item, dict)]
    known = [name for name in names if isinstance(name, str)]
    return len(known) == len(items) == len(set(known))


def _tables(items: object) -> list[dict[str, object]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _merged_lists(old: list[dict[str, object]], new: list[dict[str, object]]) -> list[dict[str, object]]:
    result = list(old)
    for change in new:
        names = [item["name"] for item in result]
        at = names.index(change["name"]) if change["name"] in names else len(result)
        before = [result.pop(at)] if at < len(result) else [{}]
        if change.get("removed") is True:
            continue
        rest = {key: value for key, value in change.items() if key != "after"}
        names = [item["name"] for item in result]
        if "after" in change and change["after"] in ("", *names):
            at = names.index(change["after"]) + 1 if change["after"] else 0
        elif "after" in change:
            rest["after"] = change["after"]
        result.insert(at, merged(before[0], rest))
    return result
