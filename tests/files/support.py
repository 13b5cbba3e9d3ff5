"""What the tests of the files share: the profiles, and ways to look at a model."""

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import cast

import attrs
from hypothesis import HealthCheck, settings

from lindorff_sdk.files.check_recognition import codes_of
from lindorff_sdk.files.layout import Profile, Record
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load_text, shipped
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Finding
from lindorff_sdk.models.codes import CorrectionKind, Transfer
from lindorff_sdk.models.corrections import Correction, CorrectionFile
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile, ParsedFile
from tests.files.samples import SAMPLES

REFERENCE = shipped("lindorff-reference")
TRANSFERS = tuple(layout.transfer for layout in REFERENCE.files.values())
"""Those that the reference profile has layouts for: all but the bank's."""
_ODD = Path(__file__).with_name("odd.toml").read_text("utf-8")
LAW = settings(
    # LINDORFF_EXAMPLES=2000 makes a soak of it.
    max_examples=int(os.environ.get("LINDORFF_EXAMPLES", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def odd(codec: str = "iso-8859-1", line_end: str = "lf") -> Profile:
    """Return a profile of everything that the reference profile does without."""
    return load_text(_ODD.replace("CODEC", codec).replace("LINE_END", line_end), f"odd.toml in {codec}")


def sample_bytes(transfer: Transfer) -> bytes:
    """Return the bytes of the sample of a transfer in the reference profile."""
    return serialize(SAMPLES[transfer], REFERENCE)


def put(data: bytes, line: int, column: int, text: bytes, line_end: bytes = b"\r\n") -> bytes:
    """Return a file with other bytes at a line and column, both from 1."""
    lines = data.split(line_end)
    old = lines[line - 1]
    lines[line - 1] = old[: column - 1] + text + old[column - 1 + len(text) :]
    return line_end.join(lines)


def read(data: bytes, transfer: Transfer | None = None, profile: Profile = REFERENCE) -> ParsedFile[AnyFile]:
    """Return what a file holds."""
    return parse(data, profile, transfer, file_name="f")


def only_finding(parsed: ParsedFile[AnyFile]) -> Finding:
    """Return the one finding of a file that has no other."""
    assert len(parsed.findings) == 1, [str(found) for found in parsed.findings]
    return parsed.findings[0]


def objects(model: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield every object of a model with its path: ``cases[0].debtor``; the file itself at ``""``."""
    yield path, model
    for item in attrs.fields(cast("type[attrs.AttrsInstance]", type(model))):
        value, below = getattr(model, item.name), f"{path}.{item.name}".lstrip(".")
        for at, each in [(below, value)] if not isinstance(value, tuple) else enumerated(below, value):
            if attrs.has(type(each)):
                yield from objects(each, at)


def enumerated(path: str, items: tuple[object, ...]) -> list[tuple[str, object]]:
    """Return the members of a tuple with their paths."""
    return [(f"{path}[{number}]", item) for number, item in enumerate(items)]


def values(model: object) -> dict[str, object]:
    """Return every plain value of a model by its path: ``cases[0].debtor.name``."""
    return {
        f"{path}.{item.name}".lstrip("."): value
        for path, each in objects(model)
        for item in attrs.fields(cast("type[attrs.AttrsInstance]", type(each)))
        for value in [getattr(each, item.name)]
        if not attrs.has(type(value)) and not (isinstance(value, tuple) and value and attrs.has(type(value[0])))
    }


def record_of(line: bytes, transfer: Transfer, profile: Profile = REFERENCE) -> Record:
    """Return the record that a line of a file is."""
    layout = profile.file(transfer)
    for record in layout.records:
        constants = codes_of(record)
        if all(line[item.start : item.end] == item.value.encode() for item in constants):
            return record
    raise AssertionError(line)


# A small profile, to be changed by the tests -------------------------------------------------------------------------

_SMALL = """
id = "small"
version = "1"
holds_from = 2026-01-01
origin = "Made by a test."
codec = "{codec}"
line_end = "{line_end}"

[files.corrections]
name = "{name}"
recognised_by = ["code"]

[[files.corrections.records]]
name = "start"
fields = [
    {{ name = "code", length = 1, kind = "constant", value = "S" }},
    {{ name = "customer_id", length = 6, to = "envelope.customer_id" }},
    {{ name = "sequence", length = 4, kind = "integer", to = "envelope.sequence" }},
    {{ name = "created_at", length = 14, kind = "datetime", to = "envelope.created_at" }},
]
{between}
[[files.corrections.records]]
name = "correction"
opens = "corrections"
occurs = "{occurs}"
fields = [
    {{ name = "code", length = 1, kind = "constant", value = "C" }},
    {{ name = "kind", length = 1, kind = "code", to = "kind", codes = {{ {codes} }} }},
    {{ name = "invoice_number", length = 10, to = "invoice_number" }},
    {{ name = "effective_on", length = 8, kind = "date", to = "effective_on" }},
    {fields}
]
{after}
"""
SMALL_ENVELOPE = Envelope(customer_id="417", sequence=1, created_at=datetime(2026, 1, 2, 3, 4, 5))


def small_toml(
    *,
    codec: str = "iso-8859-1",
    line_end: str = "lf",
    name: str = "RD{customer_id}",
    occurs: str = "*",
    codes: str = 'D = "direct_payment", K = "credit_note", T = "total_claim", E = "sent_in_error"',
    fields: str = "",
    between: str = "",
    after: str = "",
) -> str:
    """Return the TOML of a small profile of corrections; ``fields`` go at the end of the correction's record."""
    return _SMALL.format(**locals())


def small(**parts: str) -> Profile:
    """Return the small profile; arguments as for `small_toml`."""
    return load_text(small_toml(**parts), "small.toml")


def correction(**changes: object) -> Correction:
    """Return a correction that the small profile can hold."""
    plain = Correction(kind=CorrectionKind.DIRECT_PAYMENT, invoice_number="10", effective_on=date(2026, 1, 1))
    return attrs.evolve(plain, **changes)  # type: ignore[arg-type]


def corrections(*items: Correction) -> CorrectionFile:
    """Return a file of the small profile."""
    return CorrectionFile(envelope=SMALL_ENVELOPE, corrections=items)
