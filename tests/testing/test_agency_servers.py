"""The embedded agency over SFTP and FTP: a whole round, logins it refuses, and a disk that is full."""

from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lindorff_sdk.definition import AfterFetch, ExportDefinition, Protocol
from lindorff_sdk.errors import LoginRefusedError, NoSpaceError
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.reconciliation.events import CaseClosed, PaymentReceived
from lindorff_sdk.testing import PASSWORD_VARIABLE, EmbeddedAgency
from lindorff_sdk.transport import Content, FtpTransport, SftpTransport, Transport
from lindorff_sdk.transport.publish import publish
from tests.testing.erp import Erp, case, example_cases, of

NIGHT = datetime(2026, 11, 24, 22)
BOTH = pytest.mark.parametrize("protocol", [Protocol.SFTP, Protocol.FTP])


async def connect(definition: ExportDefinition) -> Transport:
    if definition.protocol is Protocol.FTP:
        return await FtpTransport.connect(
            definition.server, definition.port, username=definition.username, password=definition.password
        )
    return await SftpTransport.connect(
        definition.server,
        definition.port,
        username=definition.username,
        password=definition.password,
        host_key=definition.host_key,
    )


async def fetched(transport: Transport, folder: str) -> dict[str, bytes]:
    """Return the files of a folder by name."""
    found = {}
    for file in await transport.list(folder):
        async with aclosing(transport.fetch(file)) as chunks:
            found[file.name] = b"".join([chunk async for chunk in chunks])
    return found


@BOTH
async def test_a_whole_round(tmp_path: Path, protocol: Protocol) -> None:
    """What is published is taken away and answered; every file that comes back is whole and without findings."""
    async with EmbeddedAgency(tmp_path, protocol=protocol) as agency:
        erp, definition = Erp(agency), agency.definition()
        erp.send(*example_cases())
        [(name, data)] = erp.uploads.items()
        (agency.folders.uploads / name).unlink()
        async with await connect(definition) as transport:
            await publish(transport, definition.upload_folder, name, Content.of(data))
            for day, night in enumerate((agency.first_night, agency.second_night, agency.third_night)):
                assert night(NIGHT + timedelta(days=day))
            assert await transport.list(definition.upload_folder) == ()
            files = await fetched(transport, definition.download_folder)
        assert files == agency.written
        results = [erp.read(name, data) for name, data in sorted(files.items())]
        assert [found for result in results for found in result.findings] == []
        found = [event for result in results for posting in result.postings for event in posting]
        assert of(PaymentReceived, found)
        assert of(CaseClosed, found)


@BOTH
async def test_nobody_is_let_in(tmp_path: Path, protocol: Protocol) -> None:
    """Logins are refused on request, and taken again."""
    async with EmbeddedAgency(tmp_path, protocol=protocol) as agency:
        agency.refuse_logins()
        with pytest.raises(LoginRefusedError):
            await connect(agency.definition())
        agency.refuse_logins(refusing=False)
        async with await connect(agency.definition()):
            pass


@BOTH
async def test_no_room_is_left(tmp_path: Path, protocol: Protocol) -> None:
    """Nothing is published where there is no room; later there is."""
    async with EmbeddedAgency(tmp_path, protocol=protocol) as agency:
        erp = Erp(agency)
        name = erp.make(CaseFile(envelope=erp.envelope(), cases=(case("1"),)), "LS")
        content = Content.of(erp.uploads[name])
        async with await connect(agency.definition()) as transport:
            agency.run_full()
            with pytest.raises(NoSpaceError):
                await publish(transport, "in", name, content)
            assert list(agency.folders.uploads.iterdir()) == []
            agency.run_full(full=False)
            await publish(transport, "in", name, content)
        assert agency.work(NIGHT) is not None


@pytest.mark.parametrize("protocol", [Protocol.SFTP, Protocol.FTP, Protocol.LOCAL])
async def test_the_definition_as_toml_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: Protocol
) -> None:
    """What goes into a file of definitions leads to the same agency; the password comes from the environment."""
    async with EmbeddedAgency(tmp_path / "agency", protocol=protocol) as agency:
        toml = agency.definition_toml()
        (tmp_path / "lindorff.toml").write_text(toml, encoding="utf-8")
        monkeypatch.setenv(PASSWORD_VARIABLE, agency.password)
        loaded, made = ExportDefinition.load(tmp_path / "lindorff.toml", "nordlys"), agency.definition()
        assert agency.password not in toml
        if made.password is not None:
            assert loaded.password is not None
            assert loaded.password.reveal() == made.password.reveal() == agency.password
        shown = [repr(item).replace("from value", "").replace("from environment", "") for item in (loaded, made)]
        assert shown[0].split("host_key")[1] == shown[1].split("host_key")[1]
        assert (loaded.server, loaded.port, loaded.host_key) == (made.server, made.port, made.host_key)


async def test_the_definition_can_be_changed(tmp_path: Path) -> None:
    """A test may want other settings; the folder for fetched files is there."""
    async with EmbeddedAgency(tmp_path, protocol=Protocol.LOCAL) as agency:
        changed = agency.definition(id="annen", after_fetch="move", money_source="bank")
        assert (changed.id, changed.after_fetch) == ("annen", AfterFetch.MOVE)
        assert (Path(changed.server) / changed.done_folder).is_dir()


def test_it_must_be_running(tmp_path: Path) -> None:
    """Before it runs there is no port to tell."""
    with pytest.raises(RuntimeError, match="async with"):
        EmbeddedAgency(tmp_path).definition()
