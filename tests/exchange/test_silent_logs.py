"""Nothing of a debtor, and no secret, reaches a log in a whole exchange with findings, whatever the level is."""

import logging
from collections.abc import Iterator

import pytest
from attrs import evolve
from sqlalchemy import create_engine

from lindorff_sdk import Address, Debtor, Journal, exchange, ingest
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import DebtorKind
from lindorff_sdk.testing import Pays
from tests.exchange.erp import BOOKED, REFERENCE, Erp, evening, group_of, listed, night
from tests.exchange.readings import payment, settlement
from tests.exchange.sites import Site
from tests.journal.databases import PostgreSQL

NAME, STREET, CITY, MAIL = "Kanarifugl Prøve", "Kanariveien 17", "KANARIBYEN", "kanari@example.invalid"
NATIONAL_ID, KID = "13097248022", "5550004321098"
CANARIES = (NAME, STREET, CITY, MAIL, NATIONAL_ID, KID)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real_server)])
def journal(request: pytest.FixtureRequest, erp: Erp) -> Iterator[Journal]:
    """The journal on either database."""
    if request.param == "sqlite":
        yield erp.journal
        return
    server: PostgreSQL = request.getfixturevalue("server")
    with server.with_journal() as url:
        engine = create_engine(url)
        BOOKED.metadata.create_all(engine)
        with Journal(engine) as opened:
            yield opened


async def test_a_whole_exchange(local: Site, journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    """Sent, answered, settled, with a payment that nobody knows, a booking that fails, and a file that is none."""
    caplog.set_level(logging.DEBUG)
    claim = listed("I1", kid=KID)
    debtor = Debtor(
        number="D1",
        kind=DebtorKind.PRIVATE,
        name=NAME,
        national_id=NATIONAL_ID,
        email=MAIL,
        address=Address(line1=STREET, postcode="9008", city=CITY),
    )
    definition, group = local.definition(), group_of(evolve(claim, debtor=debtor), listed("I2", 2))
    await exchange(group, definition, journal=journal, connect=local.connect, now=evening(0))
    local.agency.work(night(0), reject={"I2": ("S12", f"Ukjent: {NAME}, {NATIONAL_ID}")})
    local.agency.settle(night(1), [Pays("I1", "400.00")])
    stranger = payment("X1", agency_case_number="9999", reference=NAME, invoice_number="", kid=KID)
    data = serialize(settlement(stranger), REFERENCE)
    await ingest(data, "OP_EXTRA", definition, journal=journal, now=evening(1))
    await ingest(f"{NAME} {NATIONAL_ID}\r\n".encode("latin-1"), "OP_BAD", definition, journal=journal, now=evening(1))
    await exchange(group, definition, journal=journal, connect=local.connect, now=evening(1))
    assert len(journal.findings(definition)) >= 2, "the test says nothing without findings"
    for posting in journal.pending(definition):
        with pytest.raises(ValueError, match=NAME), journal.applying(posting):
            raise ValueError(NAME)
    logging.getLogger("lindorff_sdk").warning("The ear is open: %s", MAIL[:6])
    assert "kanari" in caplog.text, "nothing would be heard"
    said = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert [canary for canary in CANARIES if canary in said] == []
    assert all(NAME not in each.last_error for each in journal.failures(definition))
