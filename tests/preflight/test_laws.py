"""Laws of the checks: a clean group has no finding, a mistake has one, a level is one for every code."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field, fields_dict
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk import check_before_sending
from lindorff_sdk.definition import CheckLevel, ExportDefinition
from lindorff_sdk.findings import CHECKS, Finding, Severity
from lindorff_sdk.models.cases import ListedClaim
from lindorff_sdk.preflight.sending import Sending
from lindorff_sdk.preflight.table import TABLE
from tests.preflight.mistakes import DEFINITION, MISTAKES, TODAY, Made, clean_lines, group, line

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
BY_CODE = pytest.mark.parametrize("code", MISTAKES)


def check(made: Made) -> tuple[Finding, ...]:
    """Return what checks and layout say of a group with one mistake."""
    return check_before_sending(made.group, made.definition, standing=made.standing, now=NOW)


def test_every_check_has_its_code_and_its_mistake() -> None:
    """Functions, codes and mistakes are the same ones, in one order."""
    assert list(TABLE) == list(CHECKS) == list(MISTAKES)


@given(clean_lines())
def test_a_clean_group_has_no_finding(lines: tuple[ListedClaim, ...]) -> None:
    """Nothing is told where nothing is wrong."""
    assert check_before_sending(group(*lines), DEFINITION, now=NOW) == ()


@given(clean_lines(), st.sampled_from(list(MISTAKES)), st.data())
def test_a_mistake_has_one_finding(lines: tuple[ListedClaim, ...], code: str, data: st.DataObject) -> None:
    """Each mistake is told once, by its own check, of its own invoice and field; the layout does not tell it again."""
    mistake = MISTAKES[code]
    made = mistake.made(lines, data.draw(st.integers(0, len(lines) - 1)))
    assert [(found.code, found.field, found.subject) for found in check(made)] == [(code, mistake.field, made.subject)]


@BY_CODE
def test_only_its_own_check_catches_a_mistake(code: str) -> None:
    """With just that check switched off nothing is told, unless the layout cannot hold it either."""
    made = MISTAKES[code].made((line(),), 0)
    assert [found.code for found in check(made)] == [code]
    off = evolve(made, definition=evolve(made.definition, checks={code: CheckLevel.OFF}))
    left = {found.code for found in check(off)}
    assert left <= {"field-unwritable"}
    assert bool(left) is (code in CANNOT_BE_WRITTEN)


CANNOT_BE_WRITTEN = {
    "amount-not-positive",
    "amount-over-original",
    "due-date-missing",
    "debtor-kind-missing",
    "text-outside-codec",
}
"""Mistakes that the reference layout has no way to write: it refuses them whatever the level of the check."""


@BY_CODE
@pytest.mark.parametrize("level", [CheckLevel.ERROR, CheckLevel.WARNING])
def test_every_check_has_the_level_that_the_definition_says(code: str, level: CheckLevel) -> None:
    """A level is a level for every code; only what cannot be written stays an error."""
    made = MISTAKES[code].made((line(),), 0)
    [found] = [
        found
        for found in check(evolve(made, definition=evolve(made.definition, checks={code: level})))
        if found.field == MISTAKES[code].field
    ]
    if level is CheckLevel.WARNING and code in CANNOT_BE_WRITTEN:
        assert (found.severity, found.code) in {
            (Severity.ERROR, "field-unwritable"),
            (Severity.WARNING, code),
        }
    else:
        assert (found.code, found.severity) == (code, Severity(level))


@pytest.mark.parametrize("level", CheckLevel)
def test_every_level_is_read_from_toml(level: CheckLevel, tmp_path: Path) -> None:
    """Each check can be set in the file of definitions, under its code."""
    lines = [
        "[definitions.nordlys]",
        'protocol = "local"\nserver = "/exchange"\nupload_folder = "in"\ndownload_folder = "out"\ncustomer_id = "1"',
        "[definitions.nordlys.checks]",
        *(f'{code} = "{level}"' for code in MISTAKES),
    ]
    path = tmp_path / "lindorff.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert dict(ExportDefinition.load(path, "nordlys").checks) == dict.fromkeys(MISTAKES, level)


@BY_CODE
def test_every_finding_says_what_to_do(code: str) -> None:
    """The message says what is wrong and what to do, in sentences; no default is left out of the documentation."""
    [found] = check(MISTAKES[code].made((line(),), 0))
    assert CHECKS[code].cure in found.message
    assert found.severity is CHECKS[code].severity
    assert found.message.endswith(".")


@define
class Watched:
    """A definition that notes which of its settings were looked at."""

    definition: ExportDefinition
    looked_at: set[str] = field(factory=set)

    def __getattr__(self, name: str) -> Any:
        self.looked_at.add(name)
        return getattr(self.definition, name)


@given(clean_lines(), st.sampled_from(list(MISTAKES)), st.data())
def test_a_check_looks_at_the_settings_that_its_row_names(
    lines: tuple[ListedClaim, ...], code: str, data: st.DataObject
) -> None:
    """The documentation names every setting that changes what a check says: it looks at no others."""
    made = MISTAKES[code].made(lines, data.draw(st.integers(0, len(lines) - 1)))
    watched = Watched(made.definition)
    for name, row in TABLE.items():
        watched.looked_at.clear()
        list(row.check(Sending(made.group, watched, TODAY, made.standing)))  # type: ignore[arg-type]
        assert watched.looked_at <= set(row.settings), name


def test_settings_of_checks_are_settings() -> None:
    """No row names a setting that a definition has not."""
    named = {setting for row in TABLE.values() for setting in row.settings}
    assert named <= set(fields_dict(ExportDefinition))
