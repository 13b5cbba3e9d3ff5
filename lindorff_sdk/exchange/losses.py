"""What the layout has no field for, of the claims about to be sent."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.drafting import Draft
from lindorff_sdk.exchange.profiles import profile_of
from lindorff_sdk.files.carried import lost_of
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.days import day_of
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.preflight.sending import Loss


def losses(drafts: Iterable[Draft], definition: ExportDefinition, now: datetime) -> Iterator[Loss]:
    """Yield the values of the drafts' cases that their files lose, told of claims as the ERP listed them."""
    layout = profile_of(definition, day_of(now)).file(Transfer.CASES)
    for draft in drafts:
        file = CaseFile(envelope=Envelope(customer_id=draft.sent_as.customer_id), cases=draft.cases)
        for lost in lost_of(layout, file):
            (_, at), *below = lost.steps
            case, claims = file.cases[at], [place for attribute, place in below if attribute == "claims"]
            field = "".join(f"{attribute}[{place}]." for attribute, place in below if not claims) + lost.path
            yield Loss(
                case=case.reference,
                invoice_number=case.claims[claims[0] if claims else 0].invoice_number,
                field=f"claim.{lost.path}" if claims else field,
                value=lost.value,
                otherwise=lost.otherwise,
            )
