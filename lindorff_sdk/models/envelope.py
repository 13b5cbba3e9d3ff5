"""What every file of the exchange says about itself."""

from datetime import datetime

from attrs import frozen


@frozen
class SentAs:
    """Whom a file is sent as. A creditor may have several at one agency, as one for each level of its reminders.

    Attributes:
        customer_id: The creditor's id at the agency (*KundeID*).
        payout_account: The creditor's account to which the agency pays out.
    """

    customer_id: str
    payout_account: str = ""


@frozen(kw_only=True)
class Envelope:
    """Who exchanges with whom, and which file in the series this is.

    Attributes:
        customer_id: The creditor's id at the agency (*KundeID*); text, so leading zeros stay.
        sequence: Running number of the file among those of its transfer, so that a gap shows; 0 where there is none.
        created_at: When the file was made, as the file says it: local time without a zone; None where it does not say.
        currency: ISO 4217 code.
        payout_account: The creditor's account to which the agency pays out.
        agency_account: The agency's account.
    """

    customer_id: str
    sequence: int = 0
    created_at: datetime | None = None
    currency: str = "NOK"
    payout_account: str = ""
    agency_account: str = ""
