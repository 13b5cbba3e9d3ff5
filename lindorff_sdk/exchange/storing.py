"""Storing a draft as a file to be sent: number, name and bytes in one transaction."""

from collections.abc import Sequence

from lindorff_sdk.exchange.drafting import Draft, Place
from lindorff_sdk.journal import Journal


def store(draft: Draft, journal: Journal, corrections: Sequence[int] = ()) -> int:
    """Store a draft and return the journal's number of the file.

    Args:
        draft: The file.
        journal: Where it is kept.
        corrections: The journal's numbers of the corrections in it.

    Raises:
        AlreadySentError: If another process stored one of its cases or corrections meanwhile.
        SerializeError: If the layout cannot hold it under the number that it got.
        JournalError: If the journal cannot be used.
    """

    def build(sequence: int) -> tuple[str, bytes]:
        # Within the transaction that allots the number, so that no other run can take the name meanwhile.
        taken = frozenset(file.name for file in journal.outgoing(draft.definition))
        return draft.named(Place(sequence, taken))

    stored = journal.store_outgoing(
        draft.definition,
        draft.transfer,
        build,
        cases=draft.cases,
        sent_as=draft.sent_as,
        corrections=corrections,
        now=draft.now,
    )
    return stored.id
