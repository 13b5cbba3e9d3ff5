"""Names of files: made from a template on the way out, recognised by it on the way in."""

import re
from collections.abc import Mapping
from datetime import datetime
from string import Formatter

from lindorff_sdk.files.layout import FileLayout, Profile
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.envelope import Envelope

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


def name_pattern(template: str, customer_id: str) -> re.Pattern[str]:
    """Return the regular expression of the names that a template makes for one customer id."""
    parts = []
    for literal, key, spec, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if key == "customer_id":
            parts.append(re.escape(format(customer_id, spec or "")))
        elif key == "sequence":
            parts.append("[0-9]+")
        elif key == "created_at":
            parts.extend(_PATTERNS.get(part) or re.escape(part) for part in _PARTS(spec or ""))
    return re.compile("".join(parts))


def template_mistake(template: str) -> str:
    """Return what is wrong with a name template, or ``""``."""
    try:
        keys = {key for _, key, _, _ in Formatter().parse(template) if key is not None}
        unknown = keys - {"customer_id", "created_at", "sequence"}
        if unknown:
            return f"It knows customer_id, created_at and sequence, not {', '.join(sorted(unknown))}."
        name = template.format(**_parts(Envelope(customer_id="1", sequence=1, created_at=datetime(2026, 1, 1))))
        if not name_pattern(template, "1").fullmatch(name):
            return f"A name it makes, {name!r}, could not be told on the way in."
    except (ValueError, LookupError, AttributeError) as error:
        return f"The template cannot be used: {error}."
    return ""
