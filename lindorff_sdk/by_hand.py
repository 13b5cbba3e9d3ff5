"""What is told to the agency by hand: the words for it, in Norwegian and English."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from lindorff_sdk.journal import Told
from lindorff_sdk.models.codes import CorrectionKind


@frozen
class ReadyText:
    """What to write to the agency, ready to be sent."""

    norwegian: str
    english: str


_TEXTS: Mapping[CorrectionKind, tuple[str, str]] = MappingProxyType(
    {
        CorrectionKind.DIRECT_PAYMENT: (
            "{amount} kroner er betalt direkte til oss {day}.",
            "NOK {amount} was paid directly to us on {day}.",
        ),
        CorrectionKind.CREDIT_NOTE: (
            "{amount} kroner er kreditert {day}.",
            "NOK {amount} was credited on {day}.",
        ),
        CorrectionKind.SENT_IN_ERROR: (
            "Kravet trekkes tilbake fra {day}.",
            "The claim is withdrawn from {day} on.",
        ),
        CorrectionKind.TOTAL_CLAIM: (
            "Kravet er nå {amount} kroner, regnet fra {day}.",
            "The claim is now NOK {amount}, as of {day}.",
        ),
    }
)


def ready_text(told: Told) -> ReadyText:
    """Return what to write to the agency about a correction that is told by hand, in Norwegian and English."""
    item = told.correction
    norwegian, english = _TEXTS[item.kind]
    day = item.effective_on
    amount = f"{item.amount:,.2f}"
    number = item.agency_case_number
    nothing_left = item.remaining_amount == 0
    customer = told.sent_as.customer_id
    return ReadyText(
        _joined(
            f"Kundenummer {customer}." if customer else "",
            f"Faktura {item.invoice_number}, {f'sak {number}' if number else f'vår referanse {item.reference}'}:",
            norwegian.format(
                amount=amount.replace(",", " ").replace(".", ","), day=f"{day.day}.{day.month}.{day.year}"
            ),
            "Det er ingenting igjen av kravet; vi ber om at saken avsluttes." if nothing_left else "",
            item.text,
        ),
        _joined(
            f"Customer number {customer}." if customer else "",
            f"Invoice {item.invoice_number}, {f'case {number}' if number else f'our reference {item.reference}'}:",
            english.format(amount=amount, day=day.isoformat()),
            "Nothing is left of the claim; please close the case." if nothing_left else "",
            item.text,
        ),
    )


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
