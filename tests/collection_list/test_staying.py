"""A claim may be paid or credited in part and stay with the agency: the booking and what is told of it are one."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from lindorff_sdk.collection_list import ListState
from lindorff_sdk.collection_list.states import AT_AGENCY
from lindorff_sdk.corrections import Booking, BookingKind
from lindorff_sdk.errors import InvoiceLockedError, NotListedError, RequestError
from tests.collection_list.scenes import NOW, Scene
from tests.collection_list.test_locks import booked, books


def part(key: str = "p1", number: str = "A1", **changes: Any) -> Booking:
    """Return a part payment."""
    given: dict[str, Any] = {"amount": "300.00", "remaining_amount": "700.00", **changes}
    return Booking(id=key, invoice_number=number, kind=BookingKind.PAYMENT, booked_at=NOW, **given)


def test_a_part_payment_is_booked_and_told(scene: Scene, erp: Engine) -> None:
    """The claim stays where it stands, and locked; the same booking is not told again."""
    scene.bring_to("A1", ListState.REGISTERED)
    with scene.collection.telling(part(), now=NOW) as connection:
        books(connection, "A1")
    assert booked(erp) == ["A1"]
    assert scene.told() == [("A1", "direct_payment", "waiting")]
    assert scene.state("A1") is ListState.REGISTERED
    with pytest.raises(InvoiceLockedError, match=r"CollectionList\.telling"):
        scene.collection.require_unlocked("A1")
    with pytest.raises(RequestError, match="told before"), scene.collection.telling(part(), now=NOW):
        pass
    [told] = scene.send_corrections()
    assert (told.correction.amount, told.correction.remaining_amount) == (Decimal(300), Decimal(700))


def fails(connection: Any) -> None:
    books(connection, "A1")
    raise ZeroDivisionError


def test_a_booking_that_fails_is_not_told(scene: Scene, erp: Engine) -> None:
    """On a connection of the list's own, and on the ERP's, which rolls back itself."""
    scene.bring_to("A1", ListState.SENT)
    with pytest.raises(ZeroDivisionError), scene.collection.telling(part(), now=NOW) as connection:
        fails(connection)
    with erp.connect() as own:
        with pytest.raises(ZeroDivisionError), scene.collection.telling(part(), connection=own, now=NOW) as connection:
            fails(connection)
        own.rollback()
        with scene.collection.telling(part(), connection=own, now=NOW):
            books(own, "A1")
        assert scene.told() == []
        own.commit()
    assert booked(erp) == ["A1"]
    assert scene.told() == [("A1", "direct_payment", "waiting")]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"remaining_amount": "0.00"}, "remove it from the list"),
        ({"amount": "0.00"}, "about no money"),
        ({"account": "97100100014"}, "the agency's own account"),
    ],
)
def test_what_is_not_told_is_not_booked(scene: Scene, erp: Engine, changes: dict[str, Any], why: str) -> None:
    """What leaves nothing is a removal; the agency's own money comes by its files."""
    scene.bring_to("A1", ListState.SENT)
    with pytest.raises(RequestError, match=why), scene.collection.telling(part(**changes), now=NOW) as connection:
        books(connection, "A1")
    assert booked(erp) == []
    assert scene.told() == []


def test_only_what_is_with_the_agency(scene: Scene) -> None:
    """Elsewhere there is nothing to tell: what is to be sent is corrected, or the claim removed."""
    with pytest.raises(NotListedError), scene.collection.telling(part(number="never"), now=NOW):
        pass
    for at, state in enumerate(ListState):
        number = f"A{at}"
        scene.bring_to(number, state)
        if state in AT_AGENCY:
            with scene.collection.telling(part(f"p{at}", number), now=NOW):
                pass
        else:
            with (
                pytest.raises(RequestError, match=f"{number} is {state}"),
                scene.collection.telling(part(f"p{at}", number), now=NOW),
            ):
                pass
        if state is ListState.LISTED:
            scene.collection.stop(number, now=NOW)
