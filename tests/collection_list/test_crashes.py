"""A crash in the middle of anything leaves the list as it was, and doing it again brings it where it should be."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import Engine, event

from lindorff_sdk.collection_list import RemovalReason
from lindorff_sdk.corrections import Booking, BookingKind, corrections_since, tell
from tests.collection_list.scenes import DAY, DEFINITION, Scene
from tests.exchange.erp import listed


class CrashError(BaseException):
    """The process dies here."""


@contextmanager
def dying_at(engine: Engine, statement: int) -> Iterator[list[int]]:
    """Die before the database runs a statement, counted from 0."""
    seen = [0]

    def before(*_: object) -> None:
        seen[0] += 1
        if seen[0] > statement:
            raise CrashError

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)


def adds(scene: Scene) -> None:
    scene.collection.add([listed("B1"), listed("B2", 2)], DAY, now=scene.now)


def removes(scene: Scene) -> None:
    scene.collection.remove("A1", RemovalReason.PAID_DIRECTLY, amount=Decimal(1000), booking="p1", now=scene.now)


def tells(scene: Scene) -> None:
    bookings = [
        Booking(id=f"p{at}", invoice_number=f"A{at}", kind=BookingKind.PAYMENT, amount=Decimal(10), booked_at=scene.now)
        for at in (1, 2)
    ]
    tell(
        corrections_since(bookings, DEFINITION, journal=scene.journal), DEFINITION, journal=scene.journal, now=scene.now
    )


def stores(scene: Scene) -> None:
    removed = scene.journal.waiting_corrections(DEFINITION)
    cases = scene.collection.group("C1", now=scene.now).cases()
    scene.journal.store_outgoing(DEFINITION, "cases", lambda _: ("LS8", b"x"), cases=cases, now=scene.now)
    scene.journal.store_outgoing(
        DEFINITION, "corrections", lambda _: ("RD8", b"x"), corrections=[told.id for told in removed], now=scene.now
    )


@pytest.mark.parametrize("work", [adds, removes, tells], ids=lambda work: work.__name__)
def test_all_or_nothing(scene: Scene, erp: Engine, work: Callable[[Scene], None]) -> None:
    """Killed before each statement in turn: what is in the database is what was there, until it is what should be."""
    scene.add("A1", "A2")
    scene.send()
    before = everything(scene)
    for statement in count():
        with dying_at(erp, statement):
            try:
                work(scene)
            except CrashError:
                pass
            else:
                break
        assert everything(scene) == before, f"at statement {statement}"
        erp.dispose()  # what the dead process held is let go
    assert statement > 3
    assert everything(scene) != before


def test_a_file_and_what_it_says_of_the_list_are_one(scene: Scene, erp: Engine) -> None:
    """Storing is interrupted anywhere: claims stand as sent just if their file is stored, and corrections as well."""
    scene.add("A1")
    scene.send()
    scene.collection.remove("A1", RemovalReason.DISPUTED, now=scene.now)
    scene.add("C1")
    for statement in count():
        with dying_at(erp, statement):
            try:
                stores(scene)
            except CrashError:
                pass
            else:
                break
        erp.dispose()
        names = {file.name for file in scene.journal.outgoing(DEFINITION)}
        assert ("LS8" in names) is (scene.state("C1") == "sent")
        assert ("RD8" in names) is (scene.journal.waiting_corrections(DEFINITION) == ())
        if "LS8" in names:
            break  # the first file is whole; the second is stored by the next run
    assert statement > 3


def everything(scene: Scene) -> list[object]:
    """Return what the list and the corrections are."""
    tables = scene.journal.database.tables
    with scene.journal.database.reading() as connection:
        return [
            tuple(row)
            for table in (tables.listed, tables.corrections, tables.claims, tables.outgoing)
            for row in connection.execute(table.select())
        ]
