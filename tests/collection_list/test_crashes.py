"""A crash in the middle of anything leaves the list as it was, and doing it again brings it where it should be."""

from collections.abc import Callable, Iterator
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


def crashes(engine: Engine, work: Callable[[], None]) -> Iterator[int]:
    """Do some work again and again, dying before its first statement, its second and so on, until it gets through.

    Yields:
        After each crash, the number of the statement that was not run any more.
    """
    for statement in count():
        left = iter(range(statement))

        def before(*_: object, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise CrashError

        event.listen(engine, "before_cursor_execute", before)
        try:
            work()
        except CrashError:
            pass
        else:
            return
        finally:
            event.remove(engine, "before_cursor_execute", before)
        engine.dispose()  # what the dead process held is let go
        yield statement


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
    died = 0
    for died in crashes(erp, lambda: work(scene)):
        assert everything(scene) == before, f"at statement {died}"
    assert died > 3
    assert everything(scene) != before


def test_a_file_and_what_it_says_of_the_list_are_one(scene: Scene, erp: Engine) -> None:
    """Storing is interrupted anywhere: claims stand as sent just if their file is stored, and corrections as well."""
    scene.add("A1")
    scene.send()
    scene.collection.remove("A1", RemovalReason.DISPUTED, now=scene.now)
    scene.add("C1")
    died = 0
    for died in crashes(erp, lambda: stores(scene)):
        names = {file.name for file in scene.journal.outgoing(DEFINITION)}
        assert ("LS8" in names) is (scene.state("C1") == "sent"), f"at statement {died}"
        assert ("RD8" in names) is (scene.journal.waiting_corrections(DEFINITION) == ())
        if "LS8" in names:
            break  # the first file is whole; the second is stored by the next run
    assert died > 3


def everything(scene: Scene) -> list[object]:
    """Return what the list and the corrections are."""
    tables = scene.journal.database.tables
    with scene.journal.database.reading() as connection:
        return [
            tuple(row)
            for table in (tables.listed, tables.corrections, tables.claims, tables.outgoing)
            for row in connection.execute(table.select())
        ]
