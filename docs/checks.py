"""Write the page of the checks before sending from their table."""

from lindorff_sdk.findings import CHECKS
from lindorff_sdk.preflight.table import TABLE

_OPENING = """# Checks before sending

Before a group is stored or sent, everything that is wrong with it is told at once: of each invoice, by code and field,
with what was expected and what to do. A group with an error is refused whole (`GroupRefusedError`); warnings are in the
report. What the layout cannot hold, such as a name that is too long, is told with the checks (`field-unwritable`).

So is what the layout has no field for, such as a reminder fee (`value-not-carried`), once for each attribute and case.
What is empty, what an attribute is by itself, and what the layout says it always is, is no loss. It is an error where
another amount would be collected (`amount-not-carried`): without what remains, unless other amounts say the same.

`preview` shows what the next export would do and touches nothing:

```python
from datetime import UTC, datetime
from pathlib import Path

from lindorff_sdk import CollectionGroup, ExportDefinition, Journal, from_json, sync

definition = ExportDefinition.load("lindorff.toml", "nordlys")
group = from_json(CollectionGroup, Path("group.json").read_text(encoding="utf-8"))
evening = datetime(2026, 11, 24, 18, tzinfo=UTC)

with Journal.open("journal.db") as journal:
    seen = sync.preview(group, definition, journal=journal, now=evening)
    sent = sync.export_group(group, definition, journal=journal, now=evening)
assert [file.name for file in seen.files] == [file.name for file in sent.sent]  # and file.data is what arrived
for finding in seen.findings:
    print(finding.severity, finding.code, finding.subject, finding.field)
```

This prints:

```text
warning disputed invoice 10008 disputed
```

`check_before_sending` needs no journal: an ERP with a list of its own says itself where invoices stand already.

```python
from lindorff_sdk import Standing, check_before_sending

findings = check_before_sending(group, definition, standing={"10007": Standing.LISTED}, now=evening)
assert [(found.code, found.subject) for found in findings] == [
    ("already-listed", "invoice 10007"),
    ("disputed", "invoice 10008"),
]
```

Each check is `error`, `warning` or `off` as the definition says; the column below has what holds otherwise. Only what
cannot be written stays an error at any level.

```text
[definitions.nordlys]
overdue_days = 30
minimum_claim = "100.00"

[definitions.nordlys.checks]
disputed = "error"
kid-length = "off"
```

An invoice at the agency is left out of the export; `already-sent` only tells it. One that the agency rejected is not
there any more: it goes again, and nothing is told of it. With the [list](../lindorff_sdk/collection_list) of this
library `already-listed` needs no help; an ERP with its own list passes `standing`.

A setting in the last column changes what a check asks for; `checks` is a setting of every one.
"""


def checks_page() -> str:
    """Return the page of the checks before sending."""
    lines = ["| code | unless set | cause | cure | settings |", "| --- | --- | --- | --- | --- |"]
    for code, row in TABLE.items():
        settings = ", ".join(f"`{setting}`" for setting in row.settings)
        known = CHECKS[code]
        lines.append(f"| `{code}` | {known.severity} | {known.meaning} | {known.cure} | {settings} |")
    return "\n".join([_OPENING, *lines]) + "\n"
