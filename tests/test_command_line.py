"""The command line: a profile checked, drawn and tried on a sample file."""

import subprocess
import sys
from pathlib import Path

import pytest

from lindorff_sdk.__main__ import main
from lindorff_sdk.files.describe import describe
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.ruler import ruler
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import Transfer
from tests.files.samples import SAMPLES
from tests.files.support import REFERENCE, small, small_toml


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "OP0041720261124103005"
    path.write_bytes(serialize(SAMPLES[Transfer.SETTLEMENTS], REFERENCE))
    return path


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "lindorff_sdk", "check", "nets-ocr-giro"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(
        "nets-ocr-giro, version 1, from 2000-01-01: no mistakes.\n  Nets, OCR giro system manual (public)."
    )
    assert "\n  bank: 7 records, " in done.stdout


def test_mistakes_are_listed_with_their_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(small_toml(codec="klingon").replace("version", "verison"), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr().err
    assert "mine.toml, line 3, field verison" in said
    assert "did you mean 'version'" in said
    assert "mine.toml, line 6, field codec" in said


def test_a_profile_a_layout_and_a_record_are_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "lindorff-reference"]) == 0
    whole = capsys.readouterr().out
    assert whole == describe(REFERENCE)
    assert main(["describe", "lindorff-reference", "cases"]) == 0
    layout = capsys.readouterr().out
    assert layout in whole
    assert main(["describe", "lindorff-reference", "cases", "claim"]) == 0
    record = capsys.readouterr().out
    assert record in layout
    assert record.count("```text") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["describe", "lindorff-reference", "case"], "did you mean 'cases'"),
        (["describe", "lindorff-reference", "cases", "claims"], "did you mean 'claim'"),
        (["check", "lindorff"], "ships with the SDK"),
        (["check", "nowhere.toml"], "cannot be read"),
        (["read", "lindorff-reference", "nowhere"], "No such file"),
    ],
)
def test_what_is_not_there_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) in (1, 2)
    assert said in capsys.readouterr().err


def test_a_sample_is_read(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "lindorff-reference", str(sample)]) == 0
    assert capsys.readouterr().out == f"{sample.name} is a file of settlements. Written again, it is the same.\n"
    assert main(["read", "lindorff-reference", str(sample), "--json"]) == 0
    assert '"transaction_id":' in capsys.readouterr().out


def test_findings_of_a_sample_are_shown(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample.write_bytes(sample.read_bytes().replace(b"\r\n", b"\n"))
    assert main(["read", "lindorff-reference", str(sample)]) == 0
    said = capsys.readouterr().out
    assert "info line-end-differs" in said
    assert "Written again, it differs from line 1, column " in said
    sample.write_bytes(sample.read_bytes()[:-30])
    assert main(["read", "lindorff-reference", str(sample), "--layout", "settlements"]) == 1
    assert f"{sample.name} is refused: " in capsys.readouterr().out
    sample.write_bytes(b"")
    assert main(["read", "lindorff-reference", str(sample)]) == 1
    assert f"{sample.name} is refused: 1 error.\n" in capsys.readouterr().out


# Drawings ------------------------------------------------------------------------------------------------------------


def test_a_record_is_drawn_to_scale() -> None:
    """Each field's bar stands below its first column, on as many rows as there are times 80 columns."""
    for layout in (*REFERENCE.files.values(), *shipped("nets-ocr-giro").files.values()):
        for record in layout.records:
            rows = [row[6:] for row in ruler(layout, record).splitlines()]
            scale, fields = "".join(rows[0::2]), "".join(row.ljust(80) for row in rows[1::2])
            assert len(scale) == record.length
            assert all(mark == str(place // 10 % 10) for place, mark in enumerate(scale, 1) if place % 10 == 0)
            bars = [place for place, mark in enumerate(fields) if mark == "|"]
            assert bars == [item.start for item in record.fields]
            for item in record.fields:
                assert f"|{item.name}".startswith(fields[item.start : item.end].rstrip())


def test_a_drawing() -> None:
    layout = small().file("corrections")
    assert ruler(layout, layout.record("correction")).splitlines() == [
        "      ....:....1....:....2",
        "    1 |||invoice_n|effecti",
    ]
    assert ruler(layout, layout.record("start")).splitlines()[1] == "    1 ||custo|seq|created_at"
