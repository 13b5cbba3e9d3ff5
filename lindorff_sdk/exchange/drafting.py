"""What a file to the agency will be: its bytes and its name, before anything is stored or sent."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from attrs import evolve, frozen

from lindorff_sdk.agreement import Level
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import RequestError
from lindorff_sdk.exchange.profiles import profile_of
from lindorff_sdk.files.layout import Profile
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
class Draft:
    """A file of one transfer, as soon as it has a running number.

    Attributes:
        definition: The agreement.
        transfer: Which transfer.
        file: Makes the file, given its envelope.
        now: The time that it states, with a zone.
        sent_as: Whom it is sent as.
    """

    definition: ExportDefinition
    transfer: Transfer
    file: Callable[[Envelope], AnyFile]
    now: datetime
    sent_as: SentAs

    def named(self, sequence: int, taken: Collection[str]) -> tuple[str, bytes]:
        """Return name and bytes; a name that is taken moves on by seconds, since names carry the time.

        Args:
            sequence: The file's running number.
            taken: Names that earlier files have.

        Raises:
            SerializeError: If the layout cannot hold the file.
        """
        layout = self._profile.file(self.transfer)
        names = (file_name(layout, self._envelope(sequence, second)) for second in range(_SECONDS))
        # A template without the time of day has no free name: the file waits until the agency took the other away.
        second = next((second for second, name in enumerate(names) if name not in taken), 0)
        return file_name(layout, self._envelope(sequence, second)), self.data(sequence, second)

    def data(self, sequence: int, second: int = 0) -> bytes:
        """Return the bytes, with the time moved on by seconds.

        Raises:
            SerializeError: If the layout cannot hold the file.
        """
        return serialize(self.file(self._envelope(sequence, second)), self._profile)

    @property
    def states(self) -> frozenset[str]:
        """Settings of the definition that the layout states."""
        paths = (item.to for record in self._profile.file(self.transfer).records for item in record.fields)
        return frozenset(path.removeprefix("envelope.") for path in paths if path.startswith("envelope."))

    @property
    def _profile(self) -> Profile:
        return profile_of(self.definition, day_of(self.now))

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
    """Return whom claims of a level of the reminder process are sent as; where it says nothing, as the definition.

    Raises:
        RequestError: If the definition has no such level.
    """
    if level and level not in definition.levels:
        raise RequestError(f"The definition {definition.id!r} has no level {level!r}.")
    other = definition.levels.get(level, Level())
    return SentAs(other.customer_id or definition.customer_id, other.payout_account or definition.payout_account)


def drafts_of(
    group: CollectionGroup, definition: ExportDefinition, now: datetime
) -> tuple[tuple[SentAs, tuple[CollectionCase, ...], Draft], ...]:
    """Return the files of a group: a file states one id of the creditor's, so there is one for each that is sent as.

    Raises:
        RequestError: If a claim is of a level that the definition does not have.
    """
    lines: defaultdict[SentAs, list[ListedClaim]] = defaultdict(list)
    for line in group.claims:
        lines[sent_as(definition, line.level)].append(line)
    gathered = {sender: evolve(group, claims=tuple(its)).cases() for sender, its in lines.items()}
    return tuple((sender, cases, draft_of_cases(cases, definition, now, sender)) for sender, cases in gathered.items())


def draft_of_cases(
    cases: tuple[CollectionCase, ...], definition: ExportDefinition, now: datetime, sender: SentAs
) -> Draft:
    """Return the file of these cases, all sent as one."""

    def file(envelope: Envelope) -> CaseFile:
        return CaseFile(envelope=envelope, cases=cases)

    return Draft(definition, Transfer.CASES, file, now, sender)
