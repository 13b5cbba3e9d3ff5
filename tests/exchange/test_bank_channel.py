"""Payments that come by the bank: taken in from anywhere, booked once, and never from both channels."""

import re
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from attrs import evolve

from lindorff_sdk import ExportDefinition, FetchReport, MoneySource, export_group, fetch_settlements, ingest, reprocess
from lindorff_sdk.errors import DefinitionError, IllegalMoveError, ProfileError
from lindorff_sdk.exchange.reports import FetchedFile
from lindorff_sdk.journal import Decision, IncomingState
from lindorff_sdk.models.codes import ClosingReason
from lindorff_sdk.reconciliation.events import (
    AnyEvent,
    BankPaymentReceived,
    BankPaymentReversed,
    CaseClosed,
    CaseRegistered,
    PaymentReceived,
    SettlementTotalled,
)
from lindorff_sdk.reconciliation.matching import CaseState
from lindorff_sdk.testing import Closes, Pays
from tests.exchange.erp import Erp, evening, group_of, listed, night, of, total
from tests.exchange.sites import Site
from tests.reconciliation.bank_files import ACCOUNT, AGREEMENT, bank_bytes, kid_of, paid, taken_back

OWNERS = {"I1": 1, "I2": 1, "I3": 2, "I4": 3, "I5": 4, "I6": 5}
GROUP = group_of(*(listed(number, debtor, kid=kid_of(number)) for number, debtor in OWNERS.items()))
FIRST = bank_bytes(paid("I1", "400.00", 1), paid("I3", "1000.00", 2))
BANK = {"money_source": MoneySource.BANK, "bank_agreements": AGREEMENT, "bank_accounts": [ACCOUNT]}


async def sent(site: Site, erp: Erp, **changes: object) -> ExportDefinition:
    """Send a group whose claims have KIDs, and let it be registered; return the definition."""
    definition = site.definition(**{**BANK, **changes})
    await export_group(GROUP, definition, journal=erp.journal, connect=site.connect, now=evening(0))
    site.works("work", night(0))
    await fetch(site, erp, 0, definition)
    erp.book_all(definition)
    return definition


async def fetch(site: Site, erp: Erp, day: int, definition: ExportDefinition) -> FetchReport:
    """Fetch, one evening."""
    return await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(day))


async def take_in(data: bytes, name: str, definition: ExportDefinition, erp: Erp, day: int = 1) -> FetchedFile:
    """Take in a file; return what was read."""
    [file] = await ingest(data, name, definition, journal=erp.journal, now=evening(day))
    return file


def state_of(erp: Erp, reference: str) -> tuple[CaseState, Decimal]:
    """Return where a case stands, and what was paid on it."""
    [case] = [case for case in erp.journal.cases("nordlys") if case.reference == reference]
    return case.state, case.paid


def booked(erp: Erp, definition: ExportDefinition) -> list[AnyEvent]:
    """Book what is pending; return all that was ever booked, each event once."""
    erp.book_all(definition)
    return erp.booked()


@pytest.mark.parametrize("site", ["local", "embedded sftp", "memory"], indirect=True)
async def test_a_whole_exchange_with_money_from_the_bank(site: Site, erp: Erp) -> None:
    """Cases go out, receipts come back, the bank brings the money, the agency closes; every krone is booked once."""
    definition = await sent(site, erp)
    evenings = {
        1: (paid("I1", "400.00", 1), paid("I3", "1000.00", 2)),
        2: (paid("I2", "250.50", 3), taken_back("I1", amount="-400.00", serial_number="00004")),
        3: (paid("I1", "400.00", 5, paid_on=date(2026, 11, 27)),),
    }
    for day, lines in evenings.items():
        file = await take_in(bank_bytes(*lines, number=day), f"OCR.D26112{day}", definition, erp, day)
        assert (file.transfer, file.quarantined, file.findings, file.events) == ("bank", False, (), len(lines))
    site.works("settle", night(3), [Closes("I3", ClosingReason.PAID_TO_CREDITOR)])
    report = await fetch(site, erp, 4, definition)
    assert not report.findings
    events = booked(erp, definition)
    assert len(of(CaseRegistered, events)) == 5
    assert [event.reference for event in of(CaseClosed, events)] == ["I3"]
    assert not of(PaymentReceived, events)
    received, taken = of(BankPaymentReceived, events), of(BankPaymentReversed, events)
    assert total(each.amount for each in received) == Decimal("2050.50")
    assert total(each.amount for each in taken) == Decimal("400.00")
    assert state_of(erp, "I3") == (CaseState.CLOSED, Decimal(1000))
    assert state_of(erp, "I1") == (CaseState.REGISTERED, Decimal("650.50"))
    for day, lines in evenings.items():  # the same again brings nothing
        data = bank_bytes(*lines, number=day)
        assert await ingest(data, f"OCR.D26112{day}", definition, journal=erp.journal, now=evening(9)) == ()
    assert booked(erp, definition) == events


async def test_a_bank_file_in_the_download_folder(local: Site, erp: Erp) -> None:
    """It is told by its contents, whatever it is called, and put away like the others."""
    definition = await sent(local, erp, after_fetch="move", done_folder="done")
    (local.agency.folders.downloads / "innbetalinger 24.11.txt").write_bytes(FIRST)
    report = await fetch(local, erp, 1, definition)
    assert [(file.name, file.transfer) for file in report.files] == [("innbetalinger 24.11.txt", "bank")]
    assert [event.amount for event in of(BankPaymentReceived, booked(erp, definition))] == [400, 1000]
    assert "innbetalinger 24.11.txt" in local.names("done")


async def test_the_banks_own_server(local: Site, erp: Erp, tmp_path: Path) -> None:
    """The definition with the bank's server in it fetches from there: its id is what everything is stored under."""
    definition = await sent(local, erp)
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "OCR.D261125").write_bytes(FIRST)
    there = evolve(definition, server=str(tmp_path), download_folder="bank")
    report = await fetch(local, erp, 1, there)
    assert [file.events for file in report.files] == [2]
    assert [event.reference for event in of(BankPaymentReceived, booked(erp, definition))] == ["I1", "I3"]


async def test_a_payment_and_the_closure_of_its_case_in_one_run(local: Site, erp: Erp) -> None:
    """The bank's files are read before settlements, whatever they are called: the case was paid, then closed."""
    definition = await sent(local, erp)
    local.works("settle", night(1), [Closes("I3", ClosingReason.PAID_TO_CREDITOR)])
    (local.agency.folders.downloads / "ZZ-last").write_bytes(FIRST)
    report = await fetch(local, erp, 1, definition)
    assert [file.transfer for file in report.files] == ["bank", "settlements"]
    assert not report.findings


async def test_the_same_transaction_in_another_file(local: Site, erp: Erp) -> None:
    """An overlapping download brings only what is new, and says so."""
    definition = await sent(local, erp)
    await take_in(FIRST, "OCR1", definition, erp)
    more = bank_bytes(paid("I4", "10.00", 3), paid("I3", "1000.00", 2), paid("I1", "400.00", 1), number=2)
    file = await take_in(more, "OCR2", definition, erp, 2)
    assert (file.events, [found.code for found in file.findings]) == (1, ["events-known"])
    assert [event.reference for event in of(BankPaymentReceived, booked(erp, definition))] == ["I1", "I3", "I4"]


async def test_the_same_bytes_under_another_name(local: Site, erp: Erp) -> None:
    """Held as a whole, and nothing of it is booked again, even where somebody releases it."""
    definition = await sent(local, erp)
    await take_in(FIRST, "OCR1", definition, erp)
    file = await take_in(FIRST, "OCR1 (1)", definition, erp, 2)
    assert (file.quarantined, file.events) == (True, 0)
    [found] = erp.journal.findings("nordlys")
    assert (found.finding.code, found.finding.file, found.finding.line) == ("file-repeated", "OCR1 (1)", 1)
    erp.journal.resolve(found.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=evening(2))
    assert len(of(BankPaymentReceived, booked(erp, definition))) == 2


async def test_the_same_bytes_where_nothing_tells_lines_apart(local: Site, erp: Erp, tmp_path: Path) -> None:
    """In a bank's format without unique fields, a second copy may be money of its own: all of it is held."""
    path = without_unique(tmp_path)
    definition = await sent(local, erp, bank_format=str(path))
    data = bank_bytes(paid("I1", "10.00", 1), paid("I3", "20.00", 2))
    await take_in(data, "OCR1", definition, erp)
    file = await take_in(data, "OCR2", definition, erp, 2)
    assert (file.quarantined, file.postings, file.held) == (True, 0, 2)
    [found] = erp.journal.findings("nordlys")
    assert (found.finding.code, found.postings) == ("file-repeated", 2)
    assert len(of(BankPaymentReceived, booked(erp, definition))) == 2
    erp.journal.resolve(found.id, Decision.RELEASE, by="Kari", note="the bank says both", now=evening(2))
    assert len(of(BankPaymentReceived, booked(erp, definition))) == 4


def without_unique(folder: Path) -> Path:
    """Return the path of a bank's format of one's own, whose lines have nothing that tells them for ever."""
    shipped = files("lindorff_sdk.files.profiles").joinpath("nets_ocr_giro.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^unique = \[[^]]*\]\n", "", shipped).replace('id = "nets-ocr-giro"', 'id = "our-bank"')
    assert text.count("\n") < shipped.count("\n")
    path = folder / "our_bank.toml"
    path.write_text(text, encoding="utf-8")
    return path


async def test_settings_from_toml(local: Site, erp: Erp, tmp_path: Path) -> None:
    """The bank's settings stand in the definition's table; the path of a format starts at its folder."""
    without_unique(tmp_path)
    await sent(local, erp)
    (tmp_path / "lindorff.toml").write_text(
        f"""
        [definitions.nordlys]
        protocol = "local"
        server = "{local.definition().server}"
        upload_folder = "in"
        download_folder = "out"
        customer_id = "00417"
        money_source = "bank"
        bank_format = "our_bank.toml"
        bank_agreements = ["{AGREEMENT}"]
        bank_accounts = ["{ACCOUNT}", "99991042765"]
        kid_modulus = 10
        kid_lengths = [8]
        """,
        encoding="utf-8",
    )
    definition = ExportDefinition.load(tmp_path / "lindorff.toml", "nordlys")
    assert definition.bank_format == (str(tmp_path / "our_bank.toml"),)
    file = await take_in(FIRST.replace(b"\n", b"\r\n"), "OCR.D261125.T0930", definition, erp)
    assert (file.transfer, file.events, [found.code for found in file.findings]) == ("bank", 2, ["line-end-differs"])


async def test_a_suspected_repeat(local: Site, erp: Erp) -> None:
    """The same case, amount and date as in another file, with another serial number: held until somebody decides."""
    definition = await sent(local, erp)
    await take_in(FIRST, "OCR1", definition, erp)
    file = await take_in(bank_bytes(paid("I1", "400.00", 7), number=2), "OCR2", definition, erp, 2)
    assert (file.held, [(found.code, found.line) for found in file.findings]) == (1, [("suspected-repeat", 3)])
    [found] = erp.journal.findings("nordlys")
    erp.journal.resolve(found.id, Decision.RELEASE, by="Kari", note="two instalments", now=evening(2))
    assert [event.amount for event in of(BankPaymentReceived, booked(erp, definition))] == [400, 1000, 400]
    assert state_of(erp, "I1") == (CaseState.REGISTERED, Decimal(800))


async def test_a_repeat_that_is_in_doubt_for_another_reason_too(local: Site, erp: Erp) -> None:
    """To release the one doubt does not book what may be there already: the other holds it still."""
    definition = await sent(local, erp)
    await take_in(bank_bytes(paid("I3", "900.00", 1)), "OCR1", definition, erp)
    file = await take_in(bank_bytes(paid("I3", "900.00", 7), number=2), "OCR2", definition, erp, 2)
    assert {(found.code, found.line) for found in file.findings} == {
        ("amount-over-outstanding", 3),
        ("suspected-repeat", 3),
    }
    [first, second] = erp.journal.findings("nordlys")
    assert first.finding.code == "amount-over-outstanding"
    erp.journal.resolve(first.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=evening(2))
    assert len(of(BankPaymentReceived, booked(erp, definition))) == 1
    erp.journal.resolve(second.id, Decision.DISMISS, by="Kari", note="the same", now=evening(2))
    assert not list(erp.journal.held("nordlys"))


async def test_ordinary_payments_where_the_erp_has_no_other_routine(local: Site, erp: Erp) -> None:
    """Where unknown KIDs hold nothing, each payment is handed over, without a case."""
    definition = await sent(local, erp, holds={"kid-unknown": "nothing"})
    file = await take_in(bank_bytes(paid("X77", "12.00"), paid(kid="", serial=2)), "OCR1", definition, erp)
    assert (file.events, file.held, len(file.findings)) == (2, 0, 2)
    assert [(event.reference, event.invoice_numbers) for event in of(BankPaymentReceived, booked(erp, definition))] == [
        ("", ()),
        ("", ()),
    ]


async def test_money_that_shows_up_at_the_agency(local: Site, erp: Erp) -> None:
    """With money from the bank, a settlement's payments are held; its closures are booked."""
    definition = await sent(local, erp)
    local.works("settle", night(1), [Pays("I1", "400.00"), Closes("I3", ClosingReason.DISPUTED)])
    [file] = (await fetch(local, erp, 1, definition)).files
    assert [found.code for found in file.findings] == ["payment-in-other-channel"] * 2, "the payment and the totals"
    assert file.held == 2
    assert [event.reference for event in of(CaseClosed, booked(erp, definition))] == ["I3"]
    for found in erp.journal.findings("nordlys"):
        erp.journal.resolve(found.id, Decision.DISMISS, by="Kari", note="came by the bank", now=evening(2))
    assert not of((PaymentReceived, SettlementTotalled), booked(erp, definition))  # type: ignore[arg-type]


async def test_money_that_shows_up_at_the_bank(local: Site, erp: Erp) -> None:
    """With money from the agency, a payment with the KID of a case that was sent is held; all else is left alone."""
    definition = await sent(local, erp, money_source=MoneySource.AGENCY)
    file = await take_in(bank_bytes(paid("I1", "400.00"), paid("X99", serial=2)), "OCR1", definition, erp)
    assert (file.quarantined, file.postings, file.held) == (False, 0, 1)
    assert [(found.code, found.line) for found in file.findings] == [("payment-in-other-channel", 3)]
    assert not of(BankPaymentReceived, booked(erp, definition))


async def test_read_again_with_the_right_settings(local: Site, erp: Erp) -> None:
    """A file that was another receiver's by a mistyped agreement is read again when that is corrected."""
    definition = await sent(local, erp)
    wrong = evolve(definition, bank_agreements="001008586")
    file = await take_in(FIRST, "OCR1", wrong, erp)
    assert (file.quarantined, file.postings) == (True, 0)
    [found] = erp.journal.findings("nordlys")
    with pytest.raises(IllegalMoveError, match=r"bank-receiver-differs.*reprocess"):
        erp.journal.resolve(found.id, Decision.RELEASE, by="Kari", note="Asked the agency.", now=evening(1))
    [incoming] = [each for each in erp.journal.incoming("nordlys") if each.name == "OCR1"]
    again = await reprocess(incoming, definition, journal=erp.journal, now=evening(2))
    assert (again.quarantined, again.findings, again.events) == (False, (), 2)
    assert len(of(BankPaymentReceived, booked(erp, definition))) == 2


async def test_a_kid_of_another_definition(local: Site, erp: Erp) -> None:
    """One bank file for two agreements: what is the other's is held here, and named."""
    await sent(local, erp)
    other = evolve(local.definition(**BANK), id="solvang")
    file = await take_in(FIRST, "OCR1", other, erp)
    assert {(found.code, found.found) for found in file.findings} == {("case-of-other-definition", "nordlys")}
    assert (file.postings, file.held) == (0, 2)


async def test_without_a_format_no_bank_file_is_known(local: Site, erp: Erp) -> None:
    """A definition may say that none come; then one is a stranger, kept and quarantined."""
    definition = await sent(local, erp, money_source=MoneySource.AGENCY, bank_format=[])
    file = await take_in(FIRST, "OCR1", definition, erp)
    assert (file.transfer, file.quarantined) == ("", True)
    assert [found.code for found in file.findings] == ["file-unrecognised"]


async def test_a_damaged_bank_file(local: Site, erp: Erp) -> None:
    """Totals before money, here too: nothing leaves a file whose control total is wrong; its bytes are kept."""
    definition = await sent(local, erp)
    data = FIRST.replace(b"00000000000140000", b"00000000000140001")
    assert data != FIRST
    file = await take_in(data, "OCR1", definition, erp)
    assert (file.transfer, file.quarantined, file.postings) == ("bank", True, 0)
    assert {found.code for found in file.findings} == {"sum-mismatch"}
    [incoming] = [each for each in erp.journal.incoming("nordlys") if each.name == "OCR1"]
    assert incoming.state is IncomingState.QUARANTINED
    assert erp.journal.content(incoming).read() == data


def test_settings_that_cannot_be_used(local: Site) -> None:
    """They are told when the definition is made."""
    with pytest.raises(DefinitionError, match="needs the profile of the bank's files"):
        local.definition(money_source="bank", bank_format=[])
    with pytest.raises(DefinitionError, match="eleven digits"):
        local.definition(bank_accounts=["9999.10.42764"])


async def test_a_bank_format_without_a_bank_file(local: Site, erp: Erp) -> None:
    """A profile that has no file of the bank's is named."""
    definition = local.definition(bank_format="mamut-nk003")
    with pytest.raises(ProfileError, match="mamut-nk003 has no file of the bank's"):
        await ingest(FIRST, "OCR1", definition, journal=erp.journal, now=evening(1))
