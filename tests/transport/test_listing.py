"""Listings of FTP servers: one odd line costs only itself."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.transport.ftp_listing import read_listing, read_time
from lindorff_sdk.transport.names import is_safe_name

UNIX = b"""total 3
drwxr-xr-x    2 0        0            4096 Jan 05 12:00 folder
-rw-------    1 1001     1001           12 Jan 05 12:00 OP1.txt
-rw-r--r--+   1 edi      users          13 Jan  5  2025 OP2 with space.txt
-rw-r--r--    1 edi                     14 Jan 05 09:07 OP3.txt
-rw-r--r--    1 edi      users          15 mai 05 09:07 OP4.txt
lrwxrwxrwx    1 edi      users          16 Jan 05 09:07 link -> OP1.txt
this line is garbled
-rw-r--r--    1 edi      users          17 Jan 05 09:07 \xe6.txt
-rw-r--r--    1 edi      users          18 Jan 05 09:07 ../up.txt
"""
WINDOWS = b"01-05-26  09:07AM       <DIR>          folder\r\n01-05-26  09:07AM                1,234 OP1.txt\r\n"
FACTS = (
    b"type=cdir;modify=20260105090700; .\r\n"
    b"Type=file;Size=12;Modify=20260105090700;UNIX.mode=0600; OP 1.txt\r\n"
    b"type=file;modify=20260105090700.123; OP2.txt\r\n"
    b"type=OS.unix=slink:/x;size=1; link\r\n"
    b"no facts here\r\n"
)


def test_unix_listing() -> None:
    """Names, sizes and kinds are read whatever month names, groups and marks there are; odd lines are counted."""
    listing = read_listing("out", UNIX, "utf-8", machine_readable=False)
    assert [(file.name, file.size, file.modified) for file in listing.files] == [
        ("OP1.txt", 12, None),
        ("OP2 with space.txt", 13, None),
        ("OP3.txt", 14, None),
        ("OP4.txt", 15, None),
    ]
    assert listing.unusable == 3


def test_latin_1_names_need_the_right_encoding() -> None:
    """With the agreed encoding the name is right."""
    listing = read_listing("out", UNIX, "latin-1", machine_readable=False)
    assert "æ.txt" in [file.name for file in listing.files]


def test_windows_listing() -> None:
    """The form of IIS is read too."""
    listing = read_listing("out", WINDOWS, "utf-8", machine_readable=False)
    assert [(file.name, file.size) for file in listing.files] == [("OP1.txt", 1234)]
    assert listing.unusable == 0


def test_machine_readable_listing() -> None:
    """Facts are read by name, whatever their case; times are UTC."""
    listing = read_listing("out", FACTS, "utf-8", machine_readable=True)
    time = datetime(2026, 1, 5, 9, 7, tzinfo=UTC)
    assert [(file.name, file.size, file.modified) for file in listing.files] == [
        ("OP 1.txt", 12, time),
        ("OP2.txt", None, time),
    ]
    assert listing.unusable == 1


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_can_be_read(data: bytes, machine_readable: bool) -> None:
    """No listing raises, and no unsafe name comes out of one."""
    listing = read_listing("out", data, "utf-8", machine_readable=machine_readable)
    assert all(is_safe_name(file.name) for file in listing.files)


@pytest.mark.parametrize("text", ["", "2026", "20261305090700", "abc"])
def test_times_that_make_no_sense_are_none(text: str) -> None:
    """A time that cannot be read is no time."""
    assert read_time(text) is None
