"""Names of files: made from a template on the way out, recognised by it on the way in."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from string import Formatter
from typing import Any, cast

from attrs import evolve

from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.files.paths import targets
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile

_PARTS = re.compile("%.|[^%]+").findall
_PATTERNS = {"%Y": "[0-9]{4}", "%j": "[0-9]{3}", "%%": "%", **{f"%{letter}": "[0-9]{2}" for letter in "ymdHMS"}}


def file_name(layout: FileLayout, envelope: Envelope) -> str:
    """Return the name of an outgoing file.

    Args:
        layout: Its layout; ``name`` is a template such as ``LS{customer_id}{created_at:%Y%m%d%H%M%S}``.
        envelope: What the file says about itself.
    """
    return layout.name.format(**_parts(envelope))


def _parts(envelope: Envelope) -> Mapping[str, object]:
    return {
        "customer_id": envelope.customer_id,
        "created_at": envelope.created_at,
        "sequence": envelope.sequence,
    }


def transfer_by_name(profile: Profile, name: str, customer_id: str) -> Transfer | None:
    """Return the transfer whose name template a file's name fits; None if it fits none, or more than one."""
    fitting = {
        layout.transfer for layout in profile.files.values() if name_pattern(layout.name, customer_id).fullmatch(name)
    }
    return fitting.pop() if len(fitting) == 1 else None


def name_pattern(template: str, customer_id: str | None = None) -> re.Pattern[str]:
    """Return the regular expression of the names that a template makes, for one customer id or (None) for any.

    Its groups ``Y``, ``y``, ``j``, ``m`` and ``d`` hold the parts of the date.
    """
    return _pattern(template, ".+" if customer_id is None else "", customer_id or "")


def _pattern(template: str, any_id: str, customer_id: str = "") -> re.Pattern[str]:
    """Return the regular expression; customer ids fit ``any_id``, or if it is empty are ``customer_id``."""
    parts, seen = [], set[str]()
    for literal, key, spec, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if key == "customer_id":
            one = re.escape(format(customer_id, spec or ""))
            parts.append(_group(f"{key}{spec}", any_id, seen) if any_id else one)
        elif key == "sequence":
            parts.append(_group(key, "[0-9]+", seen))
        elif key == "created_at":
            parts.extend(_part_of_time(part, seen) for part in _PARTS(spec or ""))
    return re.compile("".join(parts))


def _part_of_time(part: str, seen: set[str]) -> str:
    pattern, letter = _PATTERNS.get(part) or re.escape(part), part[-1]
    return _group(letter, pattern, seen) if part in _PATTERNS and letter in "Yyjmd" else pattern


def _group(name: str, pattern: str, seen: set[str]) -> str:
    """Return a group of a pattern, the first time that its name comes."""
    if name in seen or not name.isidentifier():
        return pattern
    seen.add(name)
    return f"(?P<{name}>{pattern})"


def day_in_name(layout: FileLayout, name: str) -> date | None:
    """Return the day that a file's name states; None where the template has no whole date, or the name does not fit."""
    found = name_pattern(layout.name).fullmatch(name)
    parts = {key: value for key, value in found.groupdict().items() if key in "Yyjmd"} if found else {}
    pattern = " ".join(f"%{letter}" for letter in parts)
    if not ({"Y", "y"} & set(parts) and ({"m", "d"} <= set(parts) or "j" in parts)):
        return None
    try:
        return datetime.strptime(" ".join(parts.values()), pattern).date()
    except ValueError:
        return None


def of_other_layouts(profile: Profile, layout: str, names: Iterable[str]) -> frozenset[str]:
    """Return the names that fit the template of another layout of the same transfer, and not that of this one."""
    own = profile.files.get(layout)
    others = [each for each in profile.files.values() if own and each is not own and each.transfer is own.transfer]
    if own is None or not others:
        return frozenset()
    pattern, rest = name_pattern(own.name), [name_pattern(each.name) for each in others]
    return frozenset(n for n in names if not pattern.fullmatch(n) and any(other.fullmatch(n) for other in rest))


def attributes_in_name(layout: FileLayout) -> tuple[str, ...]:
    """Return the attributes of the envelope that only the file's name holds: customer id, running number.

    An id that is padded in the name, or that nothing parts from the number, cannot be read back; a number beside a
    date may begin anew each day, and says nothing of files that are missing.
    """
    if template_mistake(layout.name):
        return ()
    probe = Envelope(customer_id="K417", sequence=68, created_at=datetime(2026, 10, 11))
    told = _told(layout.name, file_name(layout, probe))
    bound = {to.removeprefix("^") for record in layout.records for item in record.fields for to in targets(item)}
    dated = any(key == "created_at" for _, key, _, _ in Formatter().parse(layout.name))
    unsaid = {key for key in told if f"envelope.{key}" not in bound and not (dated and key == "sequence")}
    return tuple(key for key in told if key in unsaid and told[key] == getattr(probe, key))


def named(file: AnyFile, layout: FileLayout, name: str) -> AnyFile:
    """Return a file with what of its envelope only its name says; as it is where the name does not fit."""
    wanted = attributes_in_name(layout) if name else ()
    told = _told(layout.name, name) if wanted else {}
    said = cast("dict[str, Any]", {key: told[key] for key in wanted if key in told})
    return evolve(file, envelope=evolve(file.envelope, **said)) if said else file


def _told(template: str, name: str) -> dict[str, str | int]:
    """Return the parts of a name of which there is no doubt where they begin and end."""
    most, least = (_pattern(template, any_id).fullmatch(name) for any_id in (".+", ".+?"))
    if most is None or least is None or most.groupdict() != least.groupdict():
        return {}
    readers: dict[str, Callable[[str], str | int]] = {"customer_id": str, "sequence": int}
    return {key: read(most[key]) for key, read in readers.items() if key in most.groupdict()}


def template_mistake(template: str) -> str:
    """Return what is wrong with a name template, or ``""``."""
    try:
        keys = {key for _, key, _, _ in Formatter().parse(template) if key is not None}
        unknown = keys - {"customer_id", "created_at", "sequence"}
        if any(re.search("[0-9]{4}", spec or "") for _, _, spec, _ in Formatter().parse(template)):
            return "No part of a name is a thousand characters wide."
        if unknown:
            return f"It knows customer_id, created_at and sequence, not {', '.join(sorted(unknown))}."
        name = template.format(**_parts(Envelope(customer_id="1", sequence=1, created_at=datetime(2026, 1, 1))))
        if not name_pattern(template, "1").fullmatch(name):
            return f"A name it makes, {name!r}, could not be told on the way in."
    except (ValueError, LookupError, AttributeError) as error:
        return f"The template cannot be used: {error}."
    return ""
