"""Ways in which a file goes wrong on its way, or at the agency: bytes in, other bytes out, the same each time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from attrs import evolve

from lindorff_sdk.files.layout import Field, Kind, Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize


class Damage(StrEnum):
    """What is wrong with a file."""

    FLIPPED_BYTE = "flipped byte"
    """One bit differs: the first byte of the middle line, where its record code stands."""
    DROPPED_LINE = "dropped line"
    """The middle line is missing."""
    WRONG_TOTAL = "wrong total"
    """A sum that the file states differs from that of its records, by one."""
    CUT = "cut"
    """The file ends in the middle."""
    OTHER_CUSTOMER = "other customer"
    """It is whole, and another customer's: the customer id differs."""
    OTHER_BYTES = "other bytes"
    """It is whole and says the same, but was made a minute later: a name used again."""


def damaged(data: bytes, profile: Profile, how: Damage) -> bytes:
    """Return a damaged copy of a file.

    Args:
        data: A file that follows the profile.
        profile: Its layout.
        how: What is to be wrong with it.

    Raises:
        FileRefusedError: If ``data`` is damaged already and must be whole for this damage.
        ValueError: If the layout states no sum that could be wrong.
    """
    return _WAYS[how](data, profile)


def _flip(data: bytes, profile: Profile) -> bytes:
    lines, middle = _lines(data, profile)
    lines[middle] = bytes((lines[middle][0] ^ 0x40,)) + lines[middle][1:]
    return b"".join(lines)


def _drop(data: bytes, profile: Profile) -> bytes:
    lines, middle = _lines(data, profile)
    return b"".join(lines[:middle] + lines[middle + 1 :])


def _lines(data: bytes, profile: Profile) -> tuple[list[bytes], int]:
    """Return the lines with their ends, and the index of the middle one; never that of the first."""
    end = profile.line_end.encode(profile.codec)
    lines = [line + end for line in data.removesuffix(end).split(end)]
    return lines, len(lines) // 2


def _wrong_total(data: bytes, profile: Profile) -> bytes:
    lines, _ = _lines(data, profile)
    transfer = parse(data, profile).transfer
    for record in profile.file(transfer).records if transfer else ():
        constants = [item for item in record.fields if item.kind is Kind.CONSTANT]
        sums = [item for item in record.fields if item.total is not None and item.total.sums]
        for number, line in enumerate(lines):
            if sums and all(line[item.start : item.end] == item.value.encode(profile.codec) for item in constants):
                lines[number] = _one_more(line, sums[0])
                return b"".join(lines)
    raise ValueError(f"Profile {profile.id} states no sum in this file.")


def _one_more(line: bytes, item: Field) -> bytes:
    last = item.end - 1
    return line[:last] + str((int(line[last : item.end]) + 1) % 10).encode() + line[item.end :]


def _cut(data: bytes, _: Profile) -> bytes:
    return data[: len(data) // 2]


def _other_customer(data: bytes, profile: Profile) -> bytes:
    model = parse(data, profile).require()
    customer_id = model.envelope.customer_id
    other = customer_id[:-1] + ("1" if customer_id.endswith("0") else "0")
    return serialize(evolve(model, envelope=evolve(model.envelope, customer_id=other)), profile)


def _other_bytes(data: bytes, profile: Profile) -> bytes:
    model = parse(data, profile).require()
    created_at = model.envelope.created_at or datetime(2026, 1, 1)
    later = evolve(model.envelope, created_at=created_at + timedelta(minutes=1))
    return serialize(evolve(model, envelope=later), profile)


_WAYS: Mapping[Damage, Callable[[bytes, Profile], bytes]] = MappingProxyType(
    {
        Damage.FLIPPED_BYTE: _flip,
        Damage.DROPPED_LINE: _drop,
        Damage.WRONG_TOTAL: _wrong_total,
        Damage.CUT: _cut,
        Damage.OTHER_CUSTOMER: _other_customer,
        Damage.OTHER_BYTES: _other_bytes,
    }
)
