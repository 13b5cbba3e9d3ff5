"""What a file says of facts that are known already: nothing is booked again, and what differs is told."""

import json
from collections.abc import Iterable, Iterator

from attrs import define, field, fields

from lindorff_sdk.findings import Finding, finding
from lindorff_sdk.json_models import to_json
from lindorff_sdk.reconciliation.events import AnyEvent, Event, PaymentReceived, PaymentReversed, SettlementTotalled

_OF_THE_READING = {"type", *(attribute.name for attribute in fields(Event))}
"""What depends on when and where a fact was read, and on what was known of its case then."""


@define
class Repeats:
    """Looks at the events of one file whose ids are known.

    Attributes:
        totals: Totals that another file brought, of which the file may bring more.
        settled: Numbers of the settlements of which the file brings money that is new.
    """

    totals: list[SettlementTotalled] = field(factory=list)
    settled: set[str] = field(factory=set)

    def is_new(self, event: AnyEvent) -> None:
        """Take note of an event that is booked."""
        if isinstance(event, PaymentReceived | PaymentReversed) and event.settlement_number:
            self.settled.add(event.settlement_number)

    def is_known(self, event: AnyEvent, payload: str) -> Finding | None:
        """Return a finding if an event says something else than the one that is known under its id.

        Args:
            event: The event.
            payload: What is known, as JSON; ``""`` where it was purged.
        """
        differing = _differing(event, payload) if payload else []
        if isinstance(event, SettlementTotalled):
            if differing:
                return _settlement_repeated(event)
            self.totals.append(event)
        elif differing:
            before, transaction = json.loads(payload)["source"], getattr(event, "transaction_id", "")
            message = (
                f"{f'Transaction {transaction}' if transaction else 'A line with the same unique fields'} was read "
                f"before, from {before['file']}, line {before['line']}, and said something else; nothing of this line "
                "is booked."
            )
            return _found("transaction-differs", message, event, ", ".join(differing))
        return None

    def at_the_end(self) -> Iterator[Finding]:
        """Yield a finding for each settlement whose known totals the file has more money for."""
        return (_settlement_repeated(event) for event in self.totals if event.settlement_number in self.settled)


def _differing(event: AnyEvent, payload: str) -> list[str]:
    said, known = (json.loads(text) for text in (to_json(event), payload))
    return sorted(name for name in said if name not in _OF_THE_READING and said[name] != known.get(name))


def _settlement_repeated(event: SettlementTotalled) -> Finding:
    number = event.settlement_number
    message = (
        f"Another file brought totals of settlement {number}; these (gross {event.gross}, kept by the agency "
        f"{event.kept_by_agency}, VAT {event.vat}, paid out {event.paid_out}) are not booked, and its money is."
    )
    return _found("settlement-repeated", message, event, number)


def _found(code: str, message: str, event: AnyEvent, found: str) -> Finding:
    subject = f"case {event.agency_case_number}" if event.agency_case_number else ""
    source = event.source
    return finding(code, message, file=source.file, line=source.line, found=found, subject=subject)


def new_events(
    events: Iterable[AnyEvent], known: dict[str, str | None], repeats: Repeats
) -> Iterator[AnyEvent | Finding]:
    """Yield the events that are not known, and findings for those that are known otherwise.

    Args:
        events: The events of a posting.
        known: What is known, by id; each new event is added, for one file may say the same thing twice.
        repeats: What the file says again.
    """
    for event in events:
        if event.id not in known:
            known[event.id] = None
            repeats.is_new(event)
            yield event
        elif (payload := known[event.id]) is not None and (noted := repeats.is_known(event, payload)):
            yield noted
