"""The main job, end to end: `make demo`.

It starts the embedded agency on loopback, puts `group.json` on the collection list, exports it over SFTP, lets four
nights pass, fetches and books what comes back in a ledger that shares its database with the journal, and shows the
books. What the agency refuses is corrected and sent again. One debtor pays the creditor: the list refuses the booking
until the claim is taken off it, and a correction file tells the agency. Then a second process does it all again on the
same database and must find nothing to send and nothing to book. It ends with an error if any sum does not add up.
"""

import asyncio
import os
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import select

from examples.ledger import ACCOUNTS, AGENCY, RECEIVABLES, Ledger, entries, invoices
from lindorff_sdk import (
    CaseClosed,
    CollectionGroup,
    CollectionList,
    ExportDefinition,
    Journal,
    RemovalReason,
    exchange,
    from_json,
)
from lindorff_sdk.collection_list import ListState
from lindorff_sdk.errors import InvoiceLockedError
from lindorff_sdk.journal import TellingState
from lindorff_sdk.models.codes import ClosingReason, DebtorKind
from lindorff_sdk.models.money import ZERO, from_ore
from lindorff_sdk.reconciliation.matching import CaseState
from lindorff_sdk.testing import PASSWORD_VARIABLE, Closes, EmbeddedAgency

FOLDER = Path("build/demo")
DATABASE = FOLDER / "erp.db"
DEFINITIONS = FOLDER / "lindorff.toml"
FIRST_DAY = date(2026, 11, 24)

console = Console(width=120, highlight=False)


def load_group() -> CollectionGroup:
    """Return the example group."""
    text = (Path(__file__).parent / "group.json").read_text(encoding="utf-8")
    return from_json(CollectionGroup, text)


async def evening(day: int, definition: ExportDefinition, journal: Journal, ledger: Ledger) -> int:
    """Do what an ERP does every evening: exchange, then book what is pending. Return how many events were booked."""
    now, collection = at_six(day), CollectionList(journal, definition)
    group = collection.group(load_group().collection_date, now=now)
    report = await exchange(group, definition, journal=journal, now=now)
    console.print(f"[bold]{now:%Y-%m-%d}[/]  {report}")
    booked = 0
    pending = list(journal.pending(definition))
    for posting in track(pending, "            booking", console=console, transient=True, disable=not pending):
        with journal.applying(posting) as connection:
            for event in posting:
                for number in event.invoice_numbers:
                    collection.require_unlocked(number)  # what the agency brings passes the lock
                ledger.book(event, connection)
                booked += 1
    return booked


def at_six(day: int) -> datetime:
    """Return the time of an evening's exchange."""
    return datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=18)


def send_again(day: int, collection: CollectionList) -> None:
    """Correct what the agency refused, so that it goes with the next export; the example changes nothing."""
    for group in collection.groups(now=at_six(day)):
        for number in group.may_go_again:
            collection.correct(number, now=at_six(day))
            console.print(f"            invoice {number} was refused; it is corrected and goes again")


def pay_directly(day: int, definition: ExportDefinition, journal: Journal, ledger: Ledger) -> str:
    """Book a payment that a debtor made to the creditor itself; return the invoice. It must leave the list first."""
    collection, now = CollectionList(journal, definition), at_six(day)
    number, left = _still_unpaid(collection, ledger, now), ledger.open_principal()
    console.print(f"            {left[number]:,.2f} on invoice {number} came from the debtor itself")
    try:
        collection.require_unlocked(number)
    except InvoiceLockedError as error:
        console.print(f"            [yellow]refused:[/] {error}")
    collection.remove(number, RemovalReason.PAID_DIRECTLY, amount=left[number], booking=f"bank-{number}", now=now)
    with collection.unlocked(number) as connection:
        ledger.pay_directly(number, left[number], f"bank-{number}", connection)
    console.print("            removed from the list and booked; the next exchange tells the agency")
    return number


def _still_unpaid(collection: CollectionList, ledger: Ledger, now: datetime) -> str:
    """Return an invoice at the agency that is its debtor's only one, undisputed, and paid by nobody so far."""
    claims = {line.claim.invoice_number: line for line in load_group().claims}
    owing = Counter(line.debtor.number for line in claims.values())
    left = ledger.open_principal()
    return next(
        entry.invoice_number
        for entry in collection.entries(load_group().collection_date, now=now)
        if entry.state is ListState.REGISTERED
        and owing[claims[entry.invoice_number].debtor.number] == 1
        and claims[entry.invoice_number].debtor.kind is DebtorKind.PRIVATE
        and not claims[entry.invoice_number].disputed
        and left[entry.invoice_number] == entry.amount
    )


async def main() -> bool:
    """Run the demonstration; return whether every sum adds up."""
    async with EmbeddedAgency(FOLDER / "agency") as agency:
        DEFINITIONS.write_text(agency.definition_toml(), encoding="utf-8")
        os.environ[PASSWORD_VARIABLE] = agency.password
        definition = ExportDefinition.load(DEFINITIONS, "nordlys")
        console.print(f"\nThe embedded agency listens on sftp://{definition.server}:{definition.port}\n")
        with Journal.open(DATABASE) as journal:
            ledger = Ledger(journal.engine)
            group = load_group()
            ledger.add_invoices(group)
            collection = CollectionList(journal, definition)
            collection.add(group.claims, group.collection_date, now=at_six(0))
            sound = [item async for item in five_evenings(agency, definition, journal, ledger)]
            show(journal, definition, ledger)
            sound += checks(journal, definition, ledger, agency)
        console.print("\nA second process does it all again on the same database:\n")
        again = await asyncio.create_subprocess_exec(sys.executable, "-m", "examples.demo", "--again")
        sound.append(("a second run sends nothing and books nothing", await again.wait() == 0))
    console.print()
    for what, holds in sound:
        console.print(f"[{'green' if holds else 'bold red'}]{'ok ' if holds else 'NOT'}[/] {what}")
    return all(holds for _, holds in sound)


async def five_evenings(
    agency: EmbeddedAgency, definition: ExportDefinition, journal: Journal, ledger: Ledger
) -> AsyncIterator[tuple[str, bool]]:
    """Live through it; yield for every evening whether the books are the agency's, claim by claim."""
    nights = (agency.first_night, agency.second_night, agency.third_night)
    for day, night in enumerate(nights):
        await evening(day, definition, journal, ledger)
        yield f"{at_six(day):%Y-%m-%d}: the ledger equals the agency's books", _books_agree(ledger, agency)
        if day == 1:
            send_again(day, CollectionList(journal, definition))
            await evening(day, definition, journal, ledger)
        if day == 2:
            paid = pay_directly(day, definition, journal, ledger)
            await evening(day, definition, journal, ledger)
            differ = _differing(ledger, agency)
            yield f"only invoice {paid} differs until the agency has read the correction", differ == {paid}
        night(_midnight(day))
    await evening(3, definition, journal, ledger)
    yield f"{at_six(3):%Y-%m-%d}: the ledger equals the agency's books", _books_agree(ledger, agency)
    [told] = journal.told(definition)
    yield f"the agency acknowledged the correction of invoice {paid}", told.state is TellingState.ACCEPTED
    agency.settle(_midnight(3), [Closes(paid, ClosingReason.PAID_TO_CREDITOR)])
    await evening(4, definition, journal, ledger)
    yield f"{at_six(4):%Y-%m-%d}: the ledger equals the agency's books", _books_agree(ledger, agency)


def _midnight(day: int) -> datetime:
    return datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time()) + timedelta(hours=23)


async def run_again() -> bool:
    """Run once more on the database that is there; return whether nothing was sent and nothing was booked."""
    definition = ExportDefinition.load(DEFINITIONS, "nordlys")
    with Journal.open(DATABASE) as journal:
        ledger = Ledger(journal.engine)
        files, booked_before = len(journal.log(definition)), ledger.balance(AGENCY, "payment_received")
        booked = await evening(5, definition, journal, ledger)
        console.print(f"            {booked} events booked, {len(journal.log(definition)) - files} new files")
        unchanged = ledger.balance(AGENCY, "payment_received") == booked_before
        return booked == 0 and unchanged and len(journal.log(definition)) == files


# What is shown -------------------------------------------------------------------------------------------------------


def show(journal: Journal, definition: ExportDefinition, ledger: Ledger) -> None:
    """Print what happened."""
    console.print(files_table(journal, definition))
    console.print(cases_table(journal, definition, ledger))
    console.print(money_table(ledger))
    console.print(closures_table(journal, definition, ledger))
    console.print(list_table(CollectionList(journal, definition)))
    console.print(accounts_table(ledger))
    console.print(watched_table(journal, definition))
    for found in journal.findings(definition):
        console.print(f"  {found.finding}")


def files_table(journal: Journal, definition: ExportDefinition) -> Table:
    """Return the files sent and received, and what each of those received changed."""
    table = Table("direction", "name", "kind", "bytes", "sha256", "state", "updates", title="Files")
    for entry in journal.log(definition):
        updates = journal.updates(entry.file_id) if entry.direction == "received" else ()
        kinds = Counter(update.event.kind.replace("_", " ") for update in updates)
        table.add_row(
            entry.direction, entry.name, entry.transfer, f"{entry.size:,}", entry.sha256[:12], str(entry.state),
            "\n".join(f"{count} {kind}" for kind, count in kinds.items()),
        )  # fmt: skip
    return table


def watched_table(journal: Journal, definition: ExportDefinition) -> Table:
    """Return how much somebody should look at: what was noticed, and what nobody heard of for too long."""
    before = at_six(5) - timedelta(days=2)
    table = Table("what", "count", title="To be looked at")
    for what, watched in (
        ("open findings", journal.findings(definition)),
        ("files that may be at the agency or not", journal.unknown_files(definition)),
        ("cases without a receipt for two days", journal.without_receipt(definition, before=before)),
        ("cases with a temporary number for two days", journal.temporary_numbers(definition, before=before)),
        ("cases without news for two days", journal.without_news(definition, before=before)),
        ("agreements without news for two days", journal.quiet_definitions(before=before)),
    ):
        table.add_row(what, str(len(watched) or "none"))
    return table


def cases_table(journal: Journal, definition: ExportDefinition, ledger: Ledger) -> Table:
    """Return the cases with their numbers and states, and what is still open."""
    left = ledger.open_principal()
    with ledger.engine.connect() as connection:
        books = {row.number: row for row in connection.execute(select(invoices))}
    table = Table("case", "debtor", "invoices", "number", "kind", "state", title="Cases", show_footer=True)
    table.add_column("open NOK", justify="right", footer=f"{sum(left.values(), ZERO):,.2f}")
    for case in journal.cases(definition):
        if case.state is CaseState.REJECTED:  # its claims went again
            table.add_row(case.reference, books[case.reference].debtor[:32], "-", "", "", "rejected", "")
            continue
        first = books[case.reference]
        table.add_row(
            case.reference,
            first.debtor[:32],
            str(len(case.invoice_numbers)),
            " <- ".join((case.agency_case_number, *reversed(case.previous_numbers))),
            str(case.number_kind or ""),
            first.state[:32],
            f"{sum((left[number] for number in case.invoice_numbers), ZERO):,.2f}",
        )
    return table


def money_table(ledger: Ledger) -> Table:
    """Return payments and interest notes, each with its sum."""
    with ledger.engine.connect() as connection:
        rows = connection.execute(select(entries).where(entries.c.account.in_([AGENCY, RECEIVABLES]))).all()
    shown = [
        row
        for row in rows
        if (row.kind == "interest_note_issued" and row.account == RECEIVABLES)
        or (row.kind in ("payment_received", "payment_reversed") and row.account == AGENCY)
    ]
    table = Table("what", "case", "invoice", title="Payments and interest notes", show_footer=True)
    sums = {
        kind: sum((row.amount for row in shown if row.kind == kind), 0) for kind in dict.fromkeys(r.kind for r in shown)
    }
    footer = "\n".join(f"{kind.replace('_', ' ')}: {from_ore(total):,.2f}" for kind, total in sums.items())
    table.add_column("NOK", justify="right", footer=footer)
    for row in shown:
        table.add_row(row.kind.replace("_", " "), row.case_number, row.invoice, f"{from_ore(row.amount):,.2f}")
    return table


def closures_table(journal: Journal, definition: ExportDefinition, ledger: Ledger) -> Table:
    """Return the closed cases: why, and what stays unpaid."""
    left = ledger.open_principal()
    closures = [event for posting in journal.applied(definition) for event in posting if isinstance(event, CaseClosed)]
    unpaid = {event.id: sum((left[number] for number in event.invoice_numbers), ZERO) for event in closures}
    table = Table("case", "number", "closed on", "reason", title="Closures (saksavslutninger)", show_footer=True)
    table.add_column("unpaid NOK", justify="right", footer=f"{sum(unpaid.values(), ZERO):,.2f}")
    for event in closures:
        reason = event.reason.value.replace("_", " ")
        day = f"{event.counts_from}"
        table.add_row(event.reference, event.agency_case_number, day, reason, f"{unpaid[event.id]:,.2f}")
    return table


def list_table(collection: CollectionList) -> Table:
    """Return the collection list: its groups, where their claims stand, and the files they went in."""
    table = Table("group", "claims", "NOK", "state", "claims by state", "files", title="Collection list (inkassoliste)")
    for group in collection.groups(now=at_six(5)):
        table.add_row(
            f"{group.collection_date}",
            str(group.count),
            f"{group.total:,.2f}",
            group.state.replace("_", " "),
            ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in group.states.items()),
            "\n".join(f"{file.name} ({file.claims})" for file in group.files),
        )
    return table


def accounts_table(ledger: Ledger) -> Table:
    """Return the balances of the accounts."""
    table = Table("account", title="The ledger", show_footer=True)
    table.add_column("balance NOK", justify="right", footer=f"{ledger.balance():,.2f}")
    for account, name in ACCOUNTS.items():
        table.add_row(f"{account} {name}", f"{ledger.balance(account):,.2f}")
    return table


def checks(
    journal: Journal, definition: ExportDefinition, ledger: Ledger, agency: EmbeddedAgency
) -> Iterator[tuple[str, bool]]:
    """Yield what must add up, and whether it does."""
    sent = {number for case in journal.cases(definition) for number in case.invoice_numbers}
    yield f"all {len(load_group().claims)} claims were sent", len(sent) == len(load_group().claims)
    yield "debit equals credit", ledger.balance() == ZERO
    yield "every payment is in a settlement that was paid out", ledger.balance(AGENCY) == ZERO
    note, received = ledger.balance(RECEIVABLES, "interest_note_issued"), _interest_received(journal, definition)
    yield f"interest notes ({note:,.2f}) equal the interest received ({received:,.2f})", note == received != ZERO
    yield "the ledger's open principal equals the agency's books, claim by claim", _books_agree(ledger, agency)
    ids = [event.id for posting in journal.applied(definition) for event in posting]
    yield (
        f"{len(ids)} events were booked, each once, and none is pending",
        (len(ids) == len(set(ids)) and not list(journal.pending(definition))),
    )
    yield "nothing was found amiss", not journal.findings(definition)


def _interest_received(journal: Journal, definition: ExportDefinition) -> Decimal:
    events = (event for posting in journal.applied(definition) for event in posting)
    return sum((getattr(event, "interest", ZERO) for event in events), ZERO)


def _books_agree(ledger: Ledger, agency: EmbeddedAgency) -> bool:
    return not _differing(ledger, agency)


def _differing(ledger: Ledger, agency: EmbeddedAgency) -> set[str]:
    """Return the invoices of which the ledger has something else open than the agency."""
    left = ledger.open_principal()
    held = {number: claim.remaining for case in agency.caseload.cases for number, claim in case.claims.items()}
    return {number for number, remaining in held.items() if left[number] != remaining}


if __name__ == "__main__":
    if "--again" in sys.argv:
        sys.exit(0 if asyncio.run(run_again()) else 1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    sys.exit(0 if asyncio.run(main()) else 1)
