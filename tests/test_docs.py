"""Every example in README and docs runs, and the pages written from tables are those that the tables give."""

import asyncio
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import PAGES
from lindorff_sdk.definition import ExportDefinition
from lindorff_sdk.testing import PASSWORD_VARIABLE, EmbeddedAgency

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
OWN_PROCESS = {"django.md"}
"""Pages that set up what a process has once."""
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(document: Path, language: str) -> list[str]:
    return [code for found, code in _BLOCK.findall(document.read_text(encoding="utf-8")) if found == language]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the examples expect it: definitions, a group, and an agency with folders."""
    agency = EmbeddedAgency(tmp_path / "agency", protocol="local")  # type: ignore[arg-type]
    asyncio.run(_opened_once(agency, tmp_path))
    shutil.copy(ROOT / "examples" / "group.json", tmp_path / "group.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PASSWORD_VARIABLE, "synthetic")
    return tmp_path


async def _opened_once(agency: EmbeddedAgency, folder: Path) -> None:
    async with agency:
        (folder / "lindorff.toml").write_text(agency.definition_toml(), encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_python_example_runs(document: Path, workplace: Path) -> None:
    """The blocks of a page run one after the other, as a reader would type them, and print what the page says."""
    if document.name in OWN_PROCESS:
        script = "\n".join(blocks(document, "python"))
        subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
        return
    printed = io.StringIO()
    names: dict[str, object] = {"__name__": "example"}
    with contextlib.redirect_stdout(printed):
        for code in blocks(document, "python"):
            exec(compile(code, str(document), "exec"), names)
    for promised in _promised(document):
        assert promised in printed.getvalue()
    for name in ("journal", "engine"):
        for closing in ("close", "dispose"):
            getattr(names.get(name), closing, lambda: None)()


def _promised(document: Path) -> list[str]:
    text = document.read_text(encoding="utf-8")
    return re.findall(r"This prints:\n\n```text\n(.*?)```", text, re.DOTALL)


def test_the_readmes_definition_loads(tmp_path: Path) -> None:
    """The TOML of the README is a definition as it stands."""
    (code,) = blocks(ROOT / "README.md", "toml")
    (tmp_path / "lindorff.toml").write_text(code, encoding="utf-8")
    definition = ExportDefinition.load(tmp_path / "lindorff.toml", "nordlys")
    assert definition.customer_id == "00417"


def test_the_readmes_commands_are_make_targets() -> None:
    """Every `make` command named in the README exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page)
def test_generated_pages_are_up_to_date(page: str) -> None:
    """A page written from a table is what the table gives now; `python -m docs.generate` writes them anew."""
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == PAGES[page]()


def test_links_between_pages_lead_somewhere() -> None:
    """No link in README or docs leads to a file that is not there."""
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
