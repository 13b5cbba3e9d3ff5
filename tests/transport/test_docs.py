"""The examples of docs/transport are definitions that can be loaded."""

import re
from pathlib import Path

import pytest

from lindorff_sdk import ExportDefinition

TEXT = Path("docs/transport/README.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_there_are_examples() -> None:
    """One for each protocol, and one for the rules of fetching."""
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("number", range(4))
def test_an_example_loads(tmp_path: Path, number: int) -> None:
    """An example is a definition as it stands."""
    path = tmp_path / "lindorff.toml"
    path.write_text(EXAMPLES[number])
    assert ExportDefinition.load(path, "nordlys").customer_id == "00417"
