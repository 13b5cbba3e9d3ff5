"""A correction that its layout would make another one of is told by hand, and holds up no other."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lindorff_sdk import export_corrections, export_group
from lindorff_sdk.collection_list import CollectionList, RemovalReason
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import load
from tests.exchange.erp import DAY, Erp, evening, group_of, listed
from tests.exchange.sites import Site

WITHOUT = {
    "kind": """
[[files.corrections.records]]
name = "correction"
defaults = { kind = "direct_payment" }
fields = [{ name = "kind", removed = true }]
""",
    "amount": """
[[files.corrections.records]]
name = "correction"
fields = [{ name = "amount", removed = true }]

[[files.corrections.records]]
name = "end"
fields = [{ name = "amount", removed = true }]
""",
}
"""The reference profile without a field of corrections."""


@pytest.mark.parametrize("what", WITHOUT)
async def test_what_would_be_taken_for_something_else_is_told_by_hand(
    local: Site, erp: Erp, tmp_path: Path, what: str
) -> None:
    """Of a payment and a withdrawal the layout holds one: the other is nobody's payment, and no payment of nothing."""
    path = tmp_path / "without.toml"
    path.write_text(f'extends = "lindorff-reference"\nversion = "2"\n{WITHOUT[what]}', encoding="utf-8")
    definition = local.definition(format=str(path))
    collection = CollectionList(erp.journal, definition)
    group = group_of(listed("A1"), listed("A2", 2))
    collection.add(group.claims, DAY, now=evening(0))
    await export_group(group, definition, journal=erp.journal, now=evening(0))
    collection.remove("A1", RemovalReason.PAID_DIRECTLY, amount=Decimal(1000), now=evening(1))
    collection.remove("A2", RemovalReason.SENT_IN_ERROR, now=evening(1))
    report = await export_corrections(definition, journal=erp.journal, now=evening(1))
    held, by_hand = ("A1", "A2") if what == "kind" else ("A2", "A1")
    assert report.by_hand == (by_hand,)
    [found] = report.findings
    assert (found.code, found.subject, found.field) == ("value-not-carried", f"invoice {by_hand}", what)
    [sent] = report.sent
    file: Any = parse(local.read("in", sent.name), load(path)).require()
    assert [each.invoice_number for each in file.corrections] == [held]
