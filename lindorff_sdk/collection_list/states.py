"""Where a claim on the collection list stands, and where it may go from there: one table."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from lindorff_sdk.errors import IllegalMoveError


class ListState(StrEnum):
    """Where a claim on the list stands."""

    LISTED = "listed"
    """It goes with the next export of its group."""
    STOPPED = "stopped"
    """It is not sent, for a time or for good; it stays on the list, and locked."""
    SENT = "sent"
    """It is in a file to the agency."""
    REGISTERED = "registered"
    """The agency has given its case a number."""
    PART_PAID = "part_paid"
    """The agency has brought payments on its case."""
    REJECTED = "rejected"
    """The agency refused it; it may be sent again, corrected perhaps."""
    CLOSED = "closed"
    """The agency closed its case (*saksavslutning*)."""
    REMOVED = "removed"
    """Somebody took it off the list."""


class Move(StrEnum):
    """What moves a claim: the ERP, the export, or the agency's word."""

    ADD = "add"
    """The ERP puts the claim on the list: `add`."""
    STOP = "stop"
    """The ERP keeps it back: `stop`."""
    START = "start"
    """The ERP lets it go again: `start`; or its day has come."""
    CORRECT = "correct"
    """The ERP replaces what is to be sent: `correct`."""
    REMOVE = "remove"
    """The ERP takes it off the list: `remove`."""
    EXPORT = "export"
    """It goes in a file: `export_group`, `exchange`."""
    REGISTER = "register"
    """The agency gives its case a number."""
    REJECT = "reject"
    """The agency refuses the file, the case or the claim."""
    PAY = "pay"
    """The agency brings a payment on its case."""
    REVERSE = "reverse"
    """The agency takes a payment back."""
    CLOSE = "close"
    """The agency closes its case."""


_S = ListState
MOVES: Mapping[ListState, Mapping[Move, tuple[ListState, ...]]] = MappingProxyType(
    {
        _S.LISTED: {
            Move.STOP: (_S.STOPPED,),
            Move.CORRECT: (_S.LISTED,),
            Move.REMOVE: (_S.REMOVED,),
            Move.EXPORT: (_S.SENT,),
            # It refused the claim before, and thinks again after the ERP corrected it; payments stand.
            Move.REGISTER: (_S.REGISTERED, _S.PART_PAID),
        },
        _S.STOPPED: {
            Move.STOP: (_S.STOPPED,),
            Move.START: (_S.LISTED,),
            Move.CORRECT: (_S.STOPPED,),
            Move.REMOVE: (_S.REMOVED,),
            Move.REGISTER: (_S.REGISTERED, _S.PART_PAID),
        },
        _S.SENT: {
            Move.REGISTER: (_S.REGISTERED,),
            Move.REJECT: (_S.REJECTED,),
            # A settlement may come before the receipt does.
            Move.PAY: (_S.PART_PAID,),
            Move.CLOSE: (_S.CLOSED,),
            Move.REMOVE: (_S.REMOVED,),
        },
        _S.REGISTERED: {
            Move.REGISTER: (_S.REGISTERED,),
            Move.REJECT: (_S.REJECTED,),
            Move.PAY: (_S.PART_PAID,),
            Move.CLOSE: (_S.CLOSED,),
            Move.REMOVE: (_S.REMOVED,),
        },
        _S.PART_PAID: {
            Move.REGISTER: (_S.PART_PAID,),
            Move.REJECT: (_S.REJECTED,),
            Move.PAY: (_S.PART_PAID,),
            # When all is taken back, it stands where it would without the payments.
            Move.REVERSE: (_S.PART_PAID, _S.REGISTERED, _S.SENT),
            Move.CLOSE: (_S.CLOSED,),
            Move.REMOVE: (_S.REMOVED,),
        },
        _S.REJECTED: {
            Move.CORRECT: (_S.LISTED,),
            Move.STOP: (_S.STOPPED,),
            Move.REMOVE: (_S.REMOVED,),
            Move.REGISTER: (_S.REGISTERED, _S.PART_PAID),
            Move.CLOSE: (_S.CLOSED,),
        },
        # The agency has opened its case again.
        _S.CLOSED: {Move.ADD: (_S.LISTED,), Move.REGISTER: (_S.REGISTERED, _S.PART_PAID)},
        _S.REMOVED: {Move.ADD: (_S.LISTED,)},
    }
)
"""Where a claim may go from each state, by what moves it. Any other move of the ERP's is refused."""

LOCKED = frozenset(set(ListState) - {_S.CLOSED, _S.REMOVED})
"""The states in which the invoice is locked."""
AT_AGENCY = frozenset({_S.SENT, _S.REGISTERED, _S.PART_PAID})
"""The states in which a removal must be told to the agency."""

_CURES: Mapping[ListState, str] = MappingProxyType(
    {
        _S.LISTED: "export it, or stop it, or remove it",
        _S.STOPPED: "start it, or remove it",
        _S.SENT: "remove it, which is told to the agency; or wait for the receipt",
        _S.REGISTERED: "remove it, which is told to the agency",
        _S.PART_PAID: "remove it, which is told to the agency",
        _S.REJECTED: "correct it so that it goes again, or remove it",
        _S.CLOSED: "add it anew",
        _S.REMOVED: "add it anew",
    }
)


def require_move(state: ListState, move: Move, invoice_number: str) -> None:
    """Refuse a move that the table does not have.

    Raises:
        IllegalMoveError: If it has not; it says where the claim stands and what may be done.
    """
    if move not in MOVES[state]:
        raise IllegalMoveError(f"Invoice {invoice_number} is {state}: it cannot be moved by {move}; {_CURES[state]}.")
