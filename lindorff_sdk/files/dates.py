"""Fields that hold dates and times, in any order, with two- or four-digit years."""

import re
from datetime import MINYEAR, date, datetime, time
from functools import lru_cache

from lindorff_sdk.files.fill import UnreadableError, fill
from lindorff_sdk.files.layout import Field, Kind

WORDS = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%H": "hh", "%M": "mm", "%S": "ss"}
"""The parts of a format, and how people write them."""

_PART = re.compile("%.|[^%]")


def width(pattern: str) -> int:
    """Return how wide a format's text is."""
    return sum(len(WORDS.get(part, part)) for part in _PART.findall(pattern))


@lru_cache(maxsize=128)
def _matcher(pattern: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    parts = _PART.findall(pattern)
    source = "".join(f"([0-9]{{{len(WORDS[part])}}})" if part in WORDS else re.escape(part) for part in parts)
    return re.compile(source), tuple(part for part in parts if part in WORDS)


def decode(item: Field, text: str) -> date | time | datetime:
    """Return a date, a time, or both, without a zone."""
    matcher, parts = _matcher(item.format)
    found = matcher.fullmatch(text if item.length == len(text) else text.strip(" "))
    if found is None:
        raise UnreadableError(describe(item))
    got = dict(zip(parts, map(int, found.groups()), strict=True))
    year = got.get("%Y", MINYEAR)
    if "%y" in got:
        year = got["%y"] + (1900 if got["%y"] >= item.pivot else 2000)
    try:
        moment = datetime(
            year, got.get("%m", 1), got.get("%d", 1), got.get("%H", 0), got.get("%M", 0), got.get("%S", 0)
        )
    except ValueError:
        raise UnreadableError(describe(item)) from None
    return moment if item.kind is Kind.DATETIME else moment.date() if item.kind is Kind.DATE else moment.time()


def encode(item: Field, value: object) -> str:
    """Return the text of a date, a time, or both."""
    wanted = {Kind.DATE: date, Kind.TIME: time, Kind.DATETIME: datetime}[item.kind]
    if type(value) is not wanted or not isinstance(value, date | time):
        raise UnreadableError({Kind.DATE: "a date", Kind.TIME: "a time"}.get(item.kind, "a date and time"))
    text = "".join(_written(part, value) if part in WORDS else part for part in _PART.findall(item.format))
    if decode(item, text) != value:
        raise UnreadableError(f"{describe(item)}, with nothing finer and within its years")
    return fill(item, text)


def _written(part: str, value: date | time | datetime) -> str:
    attribute = {"%Y": "year", "%y": "year", "%m": "month", "%d": "day", "%H": "hour", "%M": "minute", "%S": "second"}
    return f"{getattr(value, attribute[part], 0):04d}"[-len(WORDS[part]) :]


def coarse(moment: datetime, pattern: str) -> datetime:
    """Return a moment as fine as a format says it; what the format lacks is the least it can be."""
    parts = set(_PART.findall(pattern)) & set(WORDS)
    if not parts:
        return moment
    year = moment.year if parts & {"%Y", "%y"} else MINYEAR
    return datetime(
        year,
        moment.month if "%m" in parts else 1,
        moment.day if "%d" in parts else 1,
        moment.hour if "%H" in parts else 0,
        moment.minute if "%M" in parts else 0,
        moment.second if "%S" in parts else 0,
    )


def describe(item: Field) -> str:
    """Return what a field that holds a date or time expects."""
    text = "".join(WORDS.get(part, part) for part in _PART.findall(item.format))
    return f"a {'time' if item.kind is Kind.TIME else 'date'} as {text}"
