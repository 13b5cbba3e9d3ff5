"""What a file to the agency will be: its bytes and its name, before anything is stored or sent."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from lindorff_sdk.agreement import Level
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.exchange.profiles import profile_of
from lindorff_sdk.files.envelopes import stated
from lindorff_sdk.files.names import file_name
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.cases import CaseFile, CollectionCase, CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.days import NORWAY, day_of
from lindorff_sdk.models.envelope import Envelope, SentAs
from lindorff_sdk.models.parsed import AnyFile

_SECONDS = 3600
"""How far the time in a file's name may move on to find one that is free."""


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
        now: The time of its name, and of what it states as far as its layout says it; with a zone.
        sent_as: Whom it is sent as.
        cases: The cases in it, if it is a file of cases.
    """

    definition: ExportDefinition
    transfer: Transfer
    file: Callable[[Envelope], AnyFile]
    now: datetime
    sent_as: SentAs
    cases: tuple[CollectionCase, ...] = ()
    _written: dict[Envelope, bytes] = field(factory=dict, init=False, eq=False, repr=False)

    @property
    def invoices(self) -> frozenset[str]:
        """The numbers of the claims in it, if it is a file of cases."""
        return frozenset(claim.invoice_number for case in self.cases for claim in case.claims)

    def named(self, place: Place) -> tuple[str, bytes]:
        """Return name and bytes; a name that is taken moves on by seconds, since names carry the time.

        The last file is kept: what was written to see whether the layout can hold it is what is stored, so long as the
        number that is allotted is the one that was expected.

        Raises:
            SerializeError: If the layout cannot hold the file.
        """
        profile = profile_of(self.definition, day_of(self.now))
        layout = profile.file(self.transfer)
        names = (file_name(layout, self._envelope(place.sequence, second)) for second in range(_SECONDS))
        # A template without the time of day has no free name: the file waits until the agency took the other away.
        second = next((second for second, name in enumerate(names) if name not in place.taken), 0)
        envelope = self._envelope(place.sequence, second)
        if envelope not in self._written:
            self._written.clear()
            self._written[envelope] = serialize(self.file(stated(layout, envelope)), profile)
        return file_name(layout, envelope), self._written[envelope]

    def _envelope(self, sequence: int, second: int) -> Envelope:
        local = self.now.astimezone(NORWAY).replace(tzinfo=None, microsecond=0)
        return Envelope(
            customer_id=self.sent_as.customer_id,
            sequence=sequence,
            created_at=local + timedelta(seconds=second),
            currency=self.definition.currency,
            payout_account=self.sent_as.payout_account,
            agency_account=self.definition.agency_account,
        )


def sent_as(definition: ExportDefinition, level: str = "") -> SentAs:
    """Return whom claims of a level of the reminder process are sent as; where it says nothing, as the definition."""
    other = definition.levels.get(level, Level())
    return SentAs(other.customer_id or definition.customer_id, other.payout_account or definition.payout_account)


def drafts_of(group: CollectionGroup, definition: ExportDefinition, now: datetime) -> tuple[Draft, ...]:
    """Return the files of a group: a file states one id of the creditor's, so there is one for each that is sent as."""
    lines: defaultdict[SentAs, list[ListedClaim]] = defaultdict(list)
    for line in group.claims:
        lines[sent_as(definition, line.level)].append(line)
    return tuple(
        _draft_of(evolve(group, claims=tuple(its)).cases(), definition, now, sender) for sender, its in lines.items()
    )


def states_of(definition: ExportDefinition, transfer: Transfer, now: datetime) -> frozenset[str]:
    """Return which settings of the definition files of a transfer state."""
    layout = profile_of(definition, day_of(now)).file(transfer)
    paths = (item.to for record in layout.records for item in record.fields)
    return frozenset(path.removeprefix("envelope.") for path in paths if path.startswith("envelope."))


def _draft_of(cases: tuple[CollectionCase, ...], definition: ExportDefinition, now: datetime, sender: SentAs) -> Draft:
    def file(envelope: Envelope) -> CaseFile:
        return CaseFile(envelope=envelope, cases=cases)

    return Draft(definition, Transfer.CASES, file, now, sender, cases)
