"""What the embedded agency sends: envelopes with running numbers, names that are free, and a copy of every file."""

from datetime import date, datetime, time, timedelta
from itertools import count

from attrs import evolve

from lindorff_sdk.files.envelopes import stated
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.names import file_name
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import SettlementFile
from lindorff_sdk.testing.premises import Folders

PAYOUT_ACCOUNT, AGENCY_ACCOUNT = "15000200023", "97100100014"
"""Invented accounts with valid check digits."""


class Outbox:
    """The way of the agency's files to the client.

    Attributes:
        written: The good bytes of every file, by name.
    """

    def __init__(self, profile: Profile, customer_id: str, folders: Folders) -> None:
        self.written: dict[str, bytes] = {}
        self._profile = profile
        self._customer_id = customer_id
        self._folders = folders
        self._sequences = {transfer: count(1) for transfer in Transfer}

    def envelope(self, transfer: Transfer, now: datetime) -> Envelope:
        """Return the envelope of the next file; its time moves on by seconds until the name is free.

        Raises:
            ValueError: If the profile's template gives every file the same name.
        """
        sequence = next(self._sequences[transfer])
        for seconds in range(3600):
            envelope = Envelope(
                customer_id=self._customer_id,
                sequence=sequence,
                created_at=now + timedelta(seconds=seconds),
                payout_account=PAYOUT_ACCOUNT,
                agency_account=AGENCY_ACCOUNT,
            )
            name = file_name(self._profile.file(transfer), envelope)
            if name not in self.written and not (self._folders.downloads / name).exists():
                return envelope
        raise ValueError(f"Profile {self._profile.id} gives every file of {transfer} one name.")

    def put(self, file: ReceiptFile | SettlementFile) -> str:
        """Put a file among the downloads and return its name."""
        transfer = Transfer.RECEIPTS if isinstance(file, ReceiptFile) else Transfer.SETTLEMENTS
        layout = self._profile.file(transfer)
        name = file_name(layout, file.envelope)
        self.written[name] = serialize(evolve(file, envelope=stated(layout, file.envelope)), self._profile)
        self._folders.put(name, self.written[name])
        return name


def moment(now: datetime | date) -> datetime:
    """Return a time to the second; a date is its midnight.

    Raises:
        ValueError: If the time has a zone: files state local time.
    """
    if not isinstance(now, datetime):
        return datetime.combine(now, time())
    if now.tzinfo is not None:
        raise ValueError("Files state local time: pass a time without a zone.")
    return now.replace(microsecond=0)
