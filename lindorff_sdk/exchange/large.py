"""A settlement that is too large to be in memory whole: gone through to gather what all lines must know, then in parts.

Whatever its size, some thousand lines of it are in memory, and of what was noticed in it the findings.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import islice
from typing import BinaryIO, cast

from attrs import evolve, frozen

from lindorff_sdk.exchange.shelf import Shelf
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.stream import Streamed, Survey, survey
from lindorff_sdk.files.versions import choose_version
from lindorff_sdk.journal import StoredContent
from lindorff_sdk.models.parsed import AnyFile, Origin, ParsedFile
from lindorff_sdk.models.settlements import InterestNote, Payment, SettlementEntry, SettlementFile, SettlementTotals
from lindorff_sdk.reconciliation.gathering import Around, Sums
from lindorff_sdk.reconciliation.identity import FileIdentity

LARGE = 4 * 1024 * 1024
"""Bytes of a settlement that is read at once; a larger one is read in parts."""
PART = 1000
"""Lines of a part."""


@frozen
class LargeSettlement:
    """A settlement whose lines are had part by part.

    Attributes:
        profile: The profile that reads it.
        parsed: The file without its lines; of these it knows where the totals stood.
        sums: What its lines come to.
    """

    profile: Profile
    parsed: ParsedFile[AnyFile]
    sums: Sums
    _survey: Survey
    _shelf: Shelf

    def parts(self) -> Iterator[tuple[ParsedFile[AnyFile], Around]]:
        """Yield the file with some of its lines at a time, and what of the rest matters for those."""
        objects, strays, recurring = self._survey.objects(), self._shelf.strays(), self._shelf.recurring()
        while some := list(islice(objects, PART)):
            payments = [each.item.transaction_id for each in some if isinstance(each.item, Payment)]
            notes: defaultdict[str, list[InterestNote]] = defaultdict(list)
            origins = {id(each.item): each.origin for each in some}
            for note, origin in self._shelf.notes(payments):
                notes[note.payment_transaction_id].append(note)
                origins[id(note)] = origin
            yield self._with(some, origins), Around(notes, strays, recurring)

    def _with(self, some: Sequence[Streamed], origins: dict[int, Origin]) -> ParsedFile[AnyFile]:
        model = cast("SettlementFile", self.parsed.require())
        lines = evolve(model, entries=tuple(cast("SettlementEntry", each.item) for each in some))
        return evolve(self.parsed, model=lines, findings=(), origins=origins)


@contextmanager
def in_parts(
    content: StoredContent, versions: Sequence[Profile], identity: FileIdentity, received_on: date
) -> Iterator[LargeSettlement | ParsedFile[AnyFile]]:
    """Go through a file of the journal, and give the settlement it is, or why it is none that can be read in parts.

    Args:
        content: Its bytes.
        versions: Versions of the profile, in the order in which they begin to hold.
        identity: The file.
        received_on: The day it came.
    """
    with tempfile.TemporaryFile() as copy, Shelf(identity) as shelf, ExitStack() as stack:
        for chunk in content.chunks():
            copy.write(chunk)
        found: dict[int, Survey] = {}

        def read(profile: Profile) -> ParsedFile[AnyFile]:
            copy.seek(0)
            surveyed = survey(cast("BinaryIO", copy), profile, file_name=identity.name)
            found[id(profile)] = stack.enter_context(surveyed)
            return found[id(profile)].file

        profile, parsed = choose_version(versions, read, file_name=identity.name, received_on=received_on)
        if isinstance(parsed.model, SettlementFile):
            yield _gathered(profile, found[id(profile)], shelf)
        else:
            yield parsed


def _gathered(profile: Profile, surveyed: Survey, shelf: Shelf) -> LargeSettlement:
    sums = Sums()
    origins: dict[int, Origin] = {}
    for each in surveyed.objects():
        entry = cast("SettlementEntry", each.item)
        sums.add(entry)
        if isinstance(entry, SettlementTotals):
            origins[id(entry)] = each.origin
        shelf.take(entry, each.origin)
    shelf.end()
    return LargeSettlement(profile, evolve(surveyed.file, origins=origins), sums, surveyed, shelf)
