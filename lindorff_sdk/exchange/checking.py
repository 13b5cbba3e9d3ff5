"""Everything that is wrong with a group, by the checks and by the layout; and a look at what would be sent."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import evolve, field, frozen

from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.errors import SerializeError
from lindorff_sdk.exchange.drafting import Draft, Place, drafts_of, states_of
from lindorff_sdk.exchange.losses import losses
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.journal import Journal
from lindorff_sdk.models.cases import CollectionCase, CollectionGroup
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.days import day_of
from lindorff_sdk.preflight import Standing, check_group
from lindorff_sdk.reconciliation.matching import CaseState


@frozen(kw_only=True)
class PreviewedFile:
    """A file that would be sent.

    Attributes:
        name: Its name.
        data: Its exact bytes.
        sequence: Its running number.
        customer_id: The creditor's id that it states; see the definition's ``levels``.
    """

    name: str
    data: bytes = field(repr=False)
    sequence: int
    customer_id: str


@frozen
class Checked:
    """A group that was checked, before anything of it is stored.

    Attributes:
        findings: What the checks and the layout say.
        drafts: The files that would be sent.
        files: The same as they would be, unless another export comes between; those that the layout can hold.
        left_out: Invoices that are at the agency already, or were closed there.
        kept_back: Invoices that somebody stopped, or took off the collection list.
    """

    findings: tuple[Finding, ...]
    drafts: tuple[Draft, ...]
    files: tuple[PreviewedFile, ...]
    left_out: tuple[str, ...]
    kept_back: tuple[str, ...] = ()

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
        files: The files, one for each id that the creditor has at the agency; none if nothing would be sent.
        left_out: Invoices that are at the agency already, or were closed there.
        kept_back: Invoices that somebody stopped, or took off the collection list.
        waiting: Names of files of earlier exports that would be sent first.
    """

    findings: tuple[Finding, ...] = ()
    cases: tuple[CollectionCase, ...] = ()
    files: tuple[PreviewedFile, ...] = ()
    left_out: tuple[str, ...] = ()
    kept_back: tuple[str, ...] = ()
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
            kept = f", {len(self.kept_back)} are kept back by the list" if self.kept_back else ""
            return f"Nothing is left to send: {len(self.left_out)} claims are at the agency already{kept}."
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
    """Return what a group would be sent as, with everything that is wrong with it. Nothing is allotted.

    What the collection list keeps back is not checked: it does not go.
    """
    numbers = [line.claim.invoice_number for line in group.claims]
    kept = journal.kept_back(definition, numbers, now=now)
    taken = frozenset(file.name for file in journal.outgoing(definition))
    place = Place(journal.coming_sequence(definition, Transfer.CASES), taken)
    result = _checked(group.only(set(numbers) - kept), definition, _standing(group, definition, journal), now, place)
    return evolve(result, kept_back=tuple(number for number in numbers if number in kept))


def _standing(group: CollectionGroup, definition: ExportDefinition, journal: Journal) -> dict[str, Standing]:
    """Return where the invoices stand already: in another group of the list, at the agency, or closed there."""
    numbers = [line.claim.invoice_number for line in group.claims]
    listed = journal.listed_on(definition, numbers)
    elsewhere = {number: Standing.LISTED for number, day in listed.items() if day != group.collection_date}
    live = {
        number: Standing.CLOSED if state is CaseState.CLOSED else Standing.SENT
        for number, state in journal.live_claims(definition).items()
    }
    return {**elsewhere, **live}


def _checked(
    group: CollectionGroup,
    definition: ExportDefinition,
    standing: Mapping[str, Standing],
    now: datetime,
    place: Place,
) -> Checked:
    numbers = [line.claim.invoice_number for line in group.claims]
    left_out = [number for number in numbers if standing.get(number, Standing.LISTED) is not Standing.LISTED]
    drafts = drafts_of(group.only(set(numbers) - set(left_out)), definition, now)
    files, not_held = _written(drafts, place)
    findings = check_group(
        group,
        definition,
        today=day_of(now),
        standing=standing,
        not_held=not_held,
        states=states_of(definition, Transfer.CASES, now),
        losses=losses(drafts, definition, now),
    )
    return Checked(findings, drafts, files, tuple(left_out))


def _written(drafts: tuple[Draft, ...], place: Place) -> tuple[tuple[PreviewedFile, ...], tuple[Finding, ...]]:
    """Return the files, one after the other from a place on, and what the layout cannot hold."""
    files: list[PreviewedFile] = []
    not_held: list[Finding] = []
    for draft in drafts:
        try:
            name, data = draft.named(place)
        except SerializeError as error:
            not_held.extend(error.findings)
        else:
            sender = draft.sent_as.customer_id
            files.append(PreviewedFile(name=name, data=data, sequence=place.sequence, customer_id=sender))
            place = place.after(name)
    return tuple(files), tuple(not_held)


def _preview(group: CollectionGroup, definition: ExportDefinition, journal: Journal, now: datetime) -> Preview:
    result = checked(group, definition, journal, now)
    return Preview(
        findings=result.findings,
        cases=tuple(case for draft in result.drafts for case in draft.cases),
        files=() if result.errors else result.files,
        left_out=result.left_out,
        kept_back=result.kept_back,
        waiting=tuple(file.name for file in journal.unfinished(definition, Transfer.CASES)),
    )
