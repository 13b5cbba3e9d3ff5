"""What a worker process does in the tests of several workers: reads the files that wait, and books."""

import random
from collections.abc import Sequence
from contextlib import suppress

from lindorff_sdk.errors import AlreadyAppliedError, IllegalMoveError, JournalBusyError, OutOfTurnError
from lindorff_sdk.journal import Journal
from lindorff_sdk.reconciliation.events import Posting
from tests.journal.databases import engine_of
from tests.journal.ledgers import NOW, book, closed, payment, posting

CASES = 12


def postings_of(number: int) -> list[Posting]:
    """Return what file ``number`` says: payments on three cases, and something the file before said as well."""
    events = [payment(f"p{key}", f"R{key % CASES}") for key in range(number * 5 - 1, number * 5 + 5) if key >= 0]
    return [posting(event) for event in events] + [posting(closed(f"c{number}", f"R{number % CASES}"))]


def work(url: str, first: int, last: int, *, batches: bool) -> None:
    """Take files in, read what waits, and book what is pending, until nothing is left."""
    engine = engine_of(url)
    journal = Journal(engine)
    for number in range(first, last):
        journal.receive("nordlys", f"OP{number:04}", [str(number).encode()], now=NOW)
        read(journal)
        book_some(journal, batches=batches)
    while journal.unprocessed("nordlys") or any(True for _ in journal.pending("nordlys")):
        read(journal)
        book_some(journal, batches=batches)
    engine.dispose()


def read(journal: Journal) -> None:
    """Record the files that wait, if no other worker does."""
    with journal.reading("nordlys") as mine:
        while mine and (waiting := journal.unprocessed("nordlys")):
            for file in waiting:
                number = int(file.name[2:])
                with suppress(IllegalMoveError):
                    journal.record(file.id, kind="settlements", sequence=number, postings=postings_of(number), now=NOW)


def book_some(journal: Journal, *, batches: bool) -> None:
    """Book what no other worker is booking."""
    with suppress(JournalBusyError):
        if batches:
            with journal.applying_batch("nordlys", size=random.randint(1, 30)) as batch:
                for item in batch:
                    book(batch.connection, item)
            return
        for item in journal.pending("nordlys"):
            with suppress(AlreadyAppliedError, OutOfTurnError), journal.applying(item) as connection:
                book(connection, item)


def expected(files: Sequence[int] | range) -> dict[str, list[str]]:
    """Return the ids that must be in the ledger, by case, whoever booked them."""
    wanted: dict[str, list[str]] = {}
    for number in files:
        for item in postings_of(number):
            for event in item:
                if event.id not in wanted.setdefault(event.reference, []):
                    wanted[event.reference].append(event.id)
    return wanted
