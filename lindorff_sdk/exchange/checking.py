"""Everything that is wrong with a group, by the checks and by the layout; and a look at what would be sent."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import field, frozen

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import SerializeError
from lindorff_sdk.exchange.drafting import Draft, Place, day_of, drafts_of, states_of
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.journal import Journal
from lindorff_sdk.models.cases import CollectionCase, CollectionGroup
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.preflight import Standing, check_group
from lindorff_sdk.reconciliation.matching import CaseState


@frozen
class NextFile:
    """A file as the next export would send it.

    Attributes:
        name: Its name at the agency.
        data: Its exact bytes.
        sequence: Its running number.
    """

    name: str
    data: bytes = field(repr=False)
    sequence: int


@frozen
class Checked:
    """A group that was checked, before anything of it is stored.

    Attributes:
        left_out: Invoices that are at the agency already, or were closed there.
        findings: What the checks and the layout say.
        drafts: The files that would be sent.
        files: The same as they would be, unless another export comes between; those that the layout can hold.
    """

    left_out: tuple[str, ...]
    findings: tuple[Finding, ...]
    drafts: tuple[Draft, ...]
    files: tuple[NextFile, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the group from being sent."""
        return tuple(found for found in self.findings if found.severity is Severity.ERROR)


@frozen(kw_only=True)
class Preview:
    """What the next export of a group would do.

    Attributes:
        findings: What the checks and the layout say, errors and warnings.
        cases: The cases as the claims would be gathered.
        files: What would be sent, to the byte; empty if nothing would be.
        left_out: Invoices that are at the agency already, or were closed there.
        waiting: Names of files of earlier exports that would be sent first.
    """

    findings: tuple[Finding, ...] = ()
    cases: tuple[CollectionCase, ...] = ()
    files: tuple[NextFile, ...] = ()
    left_out: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the group would be refused: a finding is an error."""
        return any(found.severity is Severity.ERROR for found in self.findings)

    def __str__(self) -> str:
        if self.refused:
            errors = sum(found.severity is Severity.ERROR for found in self.findings)
            return f"The group would be refused: {errors} problems in its claims."
        if not self.files:
            return f"Nothing is left to send: {len(self.left_out)} claims are at the agency already."
        names, size = ", ".join(file.name for file in self.files), sum(len(file.data) for file in self.files)
        claims = sum(len(case.claims) for case in self.cases)
        return f"{names} would be sent: {len(self.cases)} cases with {claims} claims in {size} bytes."


def check_before_sending(
    group: CollectionGroup,
    definition: ExportDefinition,
    *,
    standing: Mapping[str, Standing] | None = None,
    now: datetime | None = None,
) -> tuple[Finding, ...]:
    """Return everything that is wrong with claims, without a journal: for an ERP that keeps its own list.

    Args:
        group: The claims.
        definition: The agreement; its ``checks`` change the severity of a check, or switch it off.
        standing: Where invoices already stand, by number, as far as the ERP knows. Those sent or closed are left out of
            the other checks.
        now: The time of sending, with a zone; the computer's unless given.

    Returns:
        Findings that name the invoice (``subject``) and the field; those about the definition come first. The claims
        are fit to be sent if none is of severity error.

    Raises:
        ProfileError: If the definition's profile cannot be used.
    """
    return _checked(group, definition, standing or {}, now or datetime.now(UTC), Place()).findings


async def preview(
    group: CollectionGroup, definition: ExportDefinition, *, journal: Journal, now: datetime | None = None
) -> Preview:
    """Return what the next export of a group would do: every finding, the cases, and the exact bytes and name.

    Nothing is stored and nothing is sent. An export with the same time sends just these bytes under just this name,
    unless another export comes between.

    Args:
        group: The claims of one collection date.
        definition: The agreement they are sent under.
        journal: What was sent before.
        now: The time, with a zone; the computer's unless given.

    Raises:
        ProfileError: If the definition's profile cannot be used.
        JournalError: If the journal cannot be used.
    """
    return await asyncio.to_thread(_preview, group, definition, journal, now or datetime.now(UTC))


def checked(group: CollectionGroup, definition: ExportDefinition, journal: Journal, now: datetime) -> Checked:
    """Return what a group would be sent as, with everything that is wrong with it. Nothing is allotted."""
    taken = frozenset(file.name for file in journal.outgoing(definition))
    place = Place(journal.coming_sequence(definition, Transfer.CASES), taken)
    return _checked(group, definition, _standing_of(definition, journal), now, place)


def _standing_of(definition: ExportDefinition, journal: Journal) -> dict[str, Standing]:
    """Return where the invoices stand that were sent under a definition and may not go again."""
    return {
        number: Standing.CLOSED if state is CaseState.CLOSED else Standing.SENT
        for number, state in journal.live_claims(definition).items()
    }


def _checked(
    group: CollectionGroup,
    definition: ExportDefinition,
    standing: Mapping[str, Standing],
    now: datetime,
    place: Place,
) -> Checked:
    numbers = [line.claim.invoice_number for line in group.claims]
    left_out = [number for number in numbers if standing.get(number, Standing.LISTED) is not Standing.LISTED]
    going = group.only(set(numbers) - set(left_out))
    drafts = drafts_of(going, definition, now)
    files, not_held = _written(drafts, place)
    findings = check_group(
        group,
        definition,
        today=day_of(now),
        standing=standing,
        not_held=not_held,
        states=states_of(definition, Transfer.CASES, now),
    )
    return Checked(tuple(left_out), findings, drafts, files)


def _written(drafts: tuple[Draft, ...], place: Place) -> tuple[tuple[NextFile, ...], tuple[Finding, ...]]:
    """Return the files, one after the other from a place on, and what the layout cannot hold."""
    files: list[NextFile] = []
    not_held: list[Finding] = []
    for draft in drafts:
        try:
            name, data = draft.named(place)
        except SerializeError as error:
            not_held.extend(error.findings)
        else:
            files.append(NextFile(name, data, place.sequence))
            place = place.after(name)
    return tuple(files), tuple(not_held)


def _preview(group: CollectionGroup, definition: ExportDefinition, journal: Journal, now: datetime) -> Preview:
    result = checked(group, definition, journal, now)
    return Preview(
        findings=result.findings,
        cases=tuple(case for draft in result.drafts for case in draft.cases),
        files=() if result.errors else result.files,
        left_out=result.left_out,
        waiting=tuple(file.name for file in journal.unfinished(definition, Transfer.CASES)),
    )
