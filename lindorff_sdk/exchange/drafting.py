"""What a file to the agency will be: its bytes and its name, before anything is stored or sent."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import field, frozen

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.profiles import profile_of
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.names import file_name
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.cases import CaseFile, CollectionCase, CollectionGroup
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parsed import AnyFile

_NORWAY = ZoneInfo("Europe/Oslo")
"""Files state local time."""
_SECONDS = 3600
"""How far the time in a file's name may move on to find one that is free."""


def day_of(now: datetime) -> date:
    """Return the day that a time is in Norway."""
    return now.astimezone(_NORWAY).date()


@frozen
class Place:
    """Where a file stands among those sent.

    Attributes:
        sequence: Its running number.
        taken: Names that earlier files have.
    """

    sequence: int = 1
    taken: frozenset[str] = frozenset()

    def after(self, name: str) -> "Place":
        """Return the place of the file that comes after one of this place and of this name."""
        return Place(self.sequence + 1, self.taken | {name})


@frozen
class Draft:
    """A file of one transfer, as soon as it has a running number.

    Attributes:
        definition: The agreement.
        transfer: Which transfer.
        file: Makes the file, given its envelope.
        now: The time that it states, with a zone.
        cases: The cases in it.
    """

    definition: ExportDefinition
    transfer: Transfer
    file: Callable[[Envelope], AnyFile]
    now: datetime
    cases: tuple[CollectionCase, ...] = ()
    _written: dict[Envelope, bytes] = field(factory=dict, init=False, eq=False, repr=False)

    def named(self, place: Place) -> tuple[str, bytes]:
        """Return name and bytes; a name that is taken moves on by seconds, since names carry the time.

        The last file is kept: what was written to see whether the layout can hold it is what is stored, so long as the
        number that is allotted is the one that was expected.

        Raises:
            SerializeError: If the layout cannot hold the file.
        """
        layout = self._profile.file(self.transfer)
        names = (file_name(layout, self._envelope(place.sequence, second)) for second in range(_SECONDS))
        # A template without the time of day has no free name: the file waits until the agency took the other away.
        second = next((second for second, name in enumerate(names) if name not in place.taken), 0)
        envelope = self._envelope(place.sequence, second)
        if envelope not in self._written:
            self._written.clear()
            self._written[envelope] = serialize(self.file(envelope), self._profile)
        return file_name(layout, envelope), self._written[envelope]

    @property
    def _profile(self) -> Profile:
        return profile_of(self.definition, day_of(self.now))

    def _envelope(self, sequence: int, second: int) -> Envelope:
        local = self.now.astimezone(_NORWAY).replace(tzinfo=None, microsecond=0)
        return Envelope(
            customer_id=self.definition.customer_id,
            sequence=sequence,
            created_at=local + timedelta(seconds=second),
            currency=self.definition.currency,
            payout_account=self.definition.payout_account,
            agency_account=self.definition.agency_account,
        )


def drafts_of(group: CollectionGroup, definition: ExportDefinition, now: datetime) -> tuple[Draft, ...]:
    """Return the files of a group's claims, in the order in which they are sent; none if it has no claims."""
    return (_draft_of(group.cases(), definition, now),) if group.claims else ()


def _draft_of(cases: tuple[CollectionCase, ...], definition: ExportDefinition, now: datetime) -> Draft:
    return Draft(definition, Transfer.CASES, lambda envelope: CaseFile(envelope=envelope, cases=cases), now, cases)


def states_of(definition: ExportDefinition, transfer: Transfer, now: datetime) -> frozenset[str]:
    """Return which settings of the definition files of a transfer state."""
    layout = profile_of(definition, day_of(now)).file(transfer)
    paths = (item.to for record in layout.records for item in record.fields)
    return frozenset(path.removeprefix("envelope.") for path in paths if path.startswith("envelope."))
