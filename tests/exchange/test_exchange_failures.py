"""Every failure at the server: one clear exception, nothing half-sent, nothing lost, and the next run goes on."""

import asyncio
import pickle
import subprocess
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from lindorff_sdk import ExportDefinition, PaymentReceived, Secret, exchange, export_group, fetch_settlements
from lindorff_sdk.errors import (
    ChangedHostKeyError,
    ConnectionLostError,
    FolderMissingError,
    GroupRefusedError,
    LoginRefusedError,
    NoSpaceError,
    PermissionRefusedError,
    RemoteFileMissingError,
    TransportError,
    TruncatedError,
    UnknownHostKeyError,
    UnknownOutcomeError,
)
from lindorff_sdk.journal import OutgoingState
from lindorff_sdk.testing import Pays
from tests.exchange.erp import Erp, evening, example_group, group_of, listed, night, of, small_group
from tests.exchange.sites import MemorySite, Site
from tests.servers import free_port

OPENSSH = pytest.param("openssh", marks=pytest.mark.real_server)
SFTP = pytest.mark.parametrize("site", ["embedded sftp", OPENSSH], indirect=True)
NETWORK = pytest.mark.parametrize("site", ["embedded sftp", "embedded ftp", OPENSSH], indirect=True)
CANARY = "hemmelig-kanarifugl-9431"
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def unreachable(site: Site, kind: str, tmp_path: Path) -> tuple[dict[str, Any], type[TransportError]]:
    """Return settings with which nobody gets in, and the exception that says why."""
    known_hosts = tmp_path / "known_hosts"
    definition = site.definition()
    known_hosts.write_text(
        f"[{definition.server}]:{definition.port} {OTHER_KEY}\n" if kind == "changed in known hosts" else ""
    )
    return {
        "wrong password": ({"password": Secret(CANARY)}, LoginRefusedError),
        "nobody listens": ({"port": free_port()}, ConnectionLostError),
        "unknown host": ({"host_key": "", "known_hosts": known_hosts}, UnknownHostKeyError),
        "changed pin": ({"host_key": OTHER_KEY}, ChangedHostKeyError),
        "changed in known hosts": ({"host_key": "", "known_hosts": known_hosts}, ChangedHostKeyError),
    }[kind]  # type: ignore[return-value]


def shows_no_password(error: BaseException, site: Site, definition: ExportDefinition, logged: str) -> None:
    """No text that a failure leaves holds a password: message, repr, notes, pickle, logs, tracebacks with locals."""
    told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    texts = [str(error), repr(error), repr(vars(error)), repr(definition), logged, told, repr(pickle.dumps(error))]
    assert "definition" in told, "the traceback shows no locals, and so proves nothing"
    for text in texts:
        for secret in (CANARY, site.agency.password, definition.password.reveal() if definition.password else CANARY):
            assert secret not in text


def place_of(definition: ExportDefinition) -> str:
    """Return the server as messages name it."""
    return f"{definition.protocol}://{definition.username}@{definition.server}:{definition.port}"


async def finishes(site: Site, erp: Erp, definition: ExportDefinition) -> None:
    """The file that waits is sent by the next run, whichever group it has: the same bytes under the same name."""
    [waiting] = erp.journal.outgoing(definition)
    data = erp.journal.content(waiting).read()
    assert waiting.state in {OutgoingState.STORED, OutgoingState.PUBLISHING}
    assert waiting.name not in site.names("in"), "half a file under its final name"
    report = await export_group(group_of(), definition, journal=erp.journal, connect=site.connect, now=evening(1))
    [sent] = report.sent
    assert (sent.name, sent.size, sent.sha256) == (waiting.name, waiting.size, waiting.sha256)
    assert sent.finished
    assert site.names("in") == [waiting.name]
    assert site.read("in", waiting.name) == data
    [now] = erp.journal.outgoing(definition)
    assert now.state is OutgoingState.SENT


# --- Nobody gets in -------------------------------------------------------------------------------------------------


@SFTP
@pytest.mark.parametrize(
    "kind", ["wrong password", "nobody listens", "unknown host", "changed pin", "changed in known hosts"]
)
async def test_sftp_that_cannot_be_entered(
    site: Site, erp: Erp, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """Each reason has its exception in both halves, and the whole exchange goes on once the setting is mended."""
    await nobody_gets_in(site, erp, tmp_path, caplog, kind)


@pytest.mark.parametrize("site", ["embedded ftp"], indirect=True)
@pytest.mark.parametrize("kind", ["wrong password", "nobody listens"])
async def test_ftp_that_cannot_be_entered(
    site: Site, erp: Erp, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """The same over FTP."""
    await nobody_gets_in(site, erp, tmp_path, caplog, kind)


async def nobody_gets_in(site: Site, erp: Erp, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(0)
    changes, expected = unreachable(site, kind, tmp_path)
    definition = site.definition(**changes)
    for call in (
        lambda: export_group(small_group(), definition, journal=erp.journal, now=evening(0)),
        lambda: fetch_settlements(definition, journal=erp.journal, now=evening(0)),
        lambda: exchange(small_group(), definition, journal=erp.journal, now=evening(0)),
    ):
        with pytest.raises(TransportError) as caught:
            await call()
        assert type(caught.value) is expected
        assert place_of(definition) in str(caught.value)
        shows_no_password(caught.value, site, definition, caplog.text)
        assert site.names("in") == []
    assert caught.value.__notes__ == [f"The fetching half of this exchange: failed too: {caught.value}"]
    await finishes(site, erp, site.definition())


@SFTP
async def test_a_refused_login_is_not_tried_again(site: Site, erp: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts lock after some wrong passwords: each half logs in once."""
    tries = []

    async def counting(definition: ExportDefinition) -> Any:
        tries.append(definition)
        return await site.connect(definition)

    wrong = site.definition(password=Secret(CANARY))
    with pytest.raises(LoginRefusedError):
        await exchange(small_group(), wrong, journal=erp.journal, connect=counting, now=evening(0))
    assert len(tries) == 2


# --- Folders --------------------------------------------------------------------------------------------------------


async def test_the_upload_folder_is_missing(site: Site, erp: Erp) -> None:
    """The export says which folder; fetching goes on, and the file is sent once the folder is right."""
    site.works("settle", night(0), [])
    wrong = site.definition(upload_folder="nowhere")
    with pytest.raises(FolderMissingError) as caught:
        await exchange(small_group(), wrong, journal=erp.journal, connect=site.connect, now=evening(0))
    assert type(caught.value) is FolderMissingError
    assert caught.value.folder == "nowhere"
    assert "'nowhere'" in str(caught.value)
    assert caught.value.server in str(caught.value)
    [note] = caught.value.__notes__
    assert "The fetching half of this exchange: Read 1 of 1 files" in note
    assert erp.book_all(wrong) == 1
    assert all(site.names(folder) == [] for folder in ("in", "done"))
    await finishes(site, erp, site.definition())


async def test_the_download_folder_is_missing(site: Site, erp: Erp) -> None:
    """Fetching says which folder; the export goes on, and the files are fetched once the folder is right."""
    site.works("settle", night(0), [])
    wrong = site.definition(download_folder="nowhere")
    with pytest.raises(FolderMissingError) as caught:
        await exchange(small_group(), wrong, journal=erp.journal, connect=site.connect, now=evening(0))
    assert caught.value.folder == "nowhere"
    assert "'nowhere'" in str(caught.value)
    [note] = caught.value.__notes__
    [file] = erp.journal.outgoing(wrong)
    assert note == f"The exporting half of this exchange: Sent {file.name}: 5 new cases with 6 claims."
    assert site.names("in") == [file.name]
    assert file.state is OutgoingState.SENT
    report = await fetch_settlements(site.definition(), journal=erp.journal, connect=site.connect, now=evening(1))
    assert len(report.files) == 1
    assert erp.book_all(wrong) == 1


@pytest.mark.parametrize("site", ["local", "embedded sftp", "embedded ftp"], indirect=True)
async def test_both_folders_are_missing(site: Site, erp: Erp) -> None:
    """Where both halves fail, the export's error is raised and a note tells of the other."""
    wrong = site.definition(upload_folder="no-in", download_folder="no-out")
    with pytest.raises(FolderMissingError) as caught:
        await exchange(small_group(), wrong, journal=erp.journal, connect=site.connect, now=evening(0))
    assert caught.value.folder == "no-in"
    [note] = caught.value.__notes__
    assert note.startswith("The fetching half of this exchange: failed too: ")
    assert "'no-out'" in note


async def test_the_done_folder_is_missing(site: Site, erp: Erp) -> None:
    """Files are read and booked all the same; that they could not be moved is told, and they are moved later."""
    names = [site.works("settle", night(day), []) for day in range(2)]
    wrong = site.definition(after_fetch="move", done_folder="nowhere")
    report = await fetch_settlements(wrong, journal=erp.journal, connect=site.connect, now=evening(0))
    assert [file.name for file in report.files] == names
    assert report.failed
    assert all("'nowhere'" in failed for failed in report.failed)
    assert erp.book_all(wrong) == 2
    assert site.names("out") == names
    right = site.definition(after_fetch="move", done_folder="done")
    again = await fetch_settlements(right, journal=erp.journal, connect=site.connect, now=evening(1))
    assert not again.files
    assert not again.failed
    assert site.names("done") == names
    assert erp.book_all(wrong) == 0


async def test_a_bad_group_does_not_keep_payments_out(site: Site, erp: Erp) -> None:
    """The refusal of a group is raised only after the fetching half has done its work."""
    site.works("settle", night(0), [])
    bad = group_of(listed("I1", amount="-1.00"))
    with pytest.raises(GroupRefusedError) as caught:
        await exchange(bad, site.definition(), journal=erp.journal, connect=site.connect, now=evening(0))
    assert "Read 1 of 1 files" in caught.value.__notes__[0]
    assert erp.book_all(site.definition()) == 1


# --- Room -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["embedded sftp", "embedded ftp"], indirect=True)
async def test_the_agency_has_no_room(site: Site, erp: Erp, caplog: pytest.LogCaptureFixture) -> None:
    """A full disk is told as such; nothing is left in the folder, and the file is sent once there is room."""
    caplog.set_level(0)
    site.agency.run_full()
    definition = site.definition()
    await has_no_room(site, erp, definition, caplog)
    site.agency.run_full(full=False)
    await finishes(site, erp, definition)


async def has_no_room(site: Site, erp: Erp, definition: ExportDefinition, caplog: pytest.LogCaptureFixture) -> None:
    site.works("settle", night(0), [])
    with pytest.raises(NoSpaceError) as caught:
        await exchange(example_group(), definition, journal=erp.journal, now=evening(0))
    assert type(caught.value) is NoSpaceError
    assert f"'{definition.upload_folder}'" in str(caught.value)
    assert caught.value.server in str(caught.value)
    assert "Read 1 of 1 files" in caught.value.__notes__[0]
    shows_no_password(caught.value, site, definition, caplog.text)
    assert site.names("in") == []


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Put a file system with room for four pages over a folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=777", "lindorff-test", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.real_server
@pytest.mark.parametrize("site", ["local", "openssh"], indirect=True)
async def test_a_really_full_disk(site: Site, erp: Erp, caplog: pytest.LogCaptureFixture) -> None:
    """The same with a disk that is really full, on this machine and behind OpenSSH."""
    definition = site.definition()
    with small_disk(site.agency.folders.uploads):
        await has_no_room(site, erp, definition, caplog)
    await finishes(site, erp, definition)


# --- In the way -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["memory"], indirect=True)
async def test_the_connection_breaks_while_fetching(site: MemorySite, erp: Erp) -> None:
    """What came before the break is read and can be booked; the rest comes with the next run."""
    first, second, third = (site.works("settle", night(day), []) for day in range(3))
    definition = site.definition()
    lost = ConnectionLostError("cut", server="memory://agency", folder="out", operation="fetch")
    fetches = 0

    async def connect(_: ExportDefinition) -> Any:
        transport = site.server.connect()
        fetch = transport.fetch

        def counted(file: Any) -> Any:
            nonlocal fetches
            fetches += 1
            if fetches == 2:
                site.server.fail("fetch", lost)
            return fetch(file)

        transport.fetch = counted  # type: ignore[method-assign]
        return transport

    with pytest.raises(ConnectionLostError) as caught:
        await fetch_settlements(definition, journal=erp.journal, connect=connect, now=evening(0))
    assert caught.value is lost
    assert [posting.events[0].source.file for posting in erp.journal.pending(definition)] == [first]
    report = await fetch_settlements(definition, journal=erp.journal, connect=connect, now=evening(1))
    assert [file.name for file in report.files] == [second, third]
    assert erp.book_all(definition) == 3


@pytest.mark.parametrize("site", ["memory"], indirect=True)
@pytest.mark.parametrize("error", [PermissionRefusedError, TruncatedError, RemoteFileMissingError])
async def test_one_file_that_cannot_be_fetched(site: MemorySite, erp: Erp, error: type[TransportError]) -> None:
    """It is told with the reason; the others are read in the same run, and it is fetched by the next.

    After an error that spoils the connection the others come over a new one.
    """
    names = [site.works("settle", night(day), []) for day in range(3)]
    site.server.fail("fetch", error("cannot be read", server="memory://agency", folder="out", operation="fetch"))
    definition = site.definition()
    report = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(0))
    # Files are fetched side by side: which of them meets the error is not told.
    [failed] = report.failed
    missing = failed.partition(":")[0]
    assert sorted([missing, *(file.name for file in report.files)]) == names
    assert failed.startswith(f"{missing}: cannot be read (at memory://agency in folder 'out'")
    assert "1 not fetched" in str(report)
    again = await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(1))
    assert [file.name for file in again.files] == [missing]
    assert not again.failed
    assert erp.book_all(definition) == 3


@pytest.mark.parametrize("site", ["memory"], indirect=True)
@pytest.mark.parametrize("call", ["store", "move", "fetch"])
async def test_a_run_that_is_cancelled(site: MemorySite, erp: Erp, call: str) -> None:
    """A run cancelled in mid-transfer ends at once, leaves no task behind, and the next one finishes its work."""
    site.works("settle", night(0), [])
    reached, definition = asyncio.Event(), site.definition()

    async def hang(*_: Any) -> None:
        reached.set()
        await asyncio.Event().wait()

    async def hang_fetching(*_: Any) -> Any:
        await hang()
        yield b""

    async def connect(_: ExportDefinition) -> Any:
        transport = site.server.connect()
        setattr(transport, call, hang_fetching if call == "fetch" else hang)
        return transport

    before = asyncio.all_tasks()
    running = asyncio.ensure_future(
        exchange(small_group(), definition, journal=erp.journal, connect=connect, now=evening(0))
    )
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    report = await exchange(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(1))
    [file] = erp.journal.outgoing(definition)
    assert file.state is OutgoingState.SENT
    assert [name for name in site.names("in") if not name.startswith(".")] == [file.name]
    assert not report.fetched.failed
    assert erp.book_all(definition) == 1


@pytest.mark.parametrize("site", ["memory"], indirect=True)
@pytest.mark.parametrize("happened", ["renamed", "not renamed", "taken away"])
async def test_the_answer_to_the_rename_is_lost(site: MemorySite, erp: Erp, happened: str) -> None:
    """The next run looks: what stands there is sent, what waits is renamed, and what is gone is unknown, and told.

    What is unknown is not sent again, and stays told by the journal until the receipt says what became of it.
    """
    definition = site.definition()
    lost = UnknownOutcomeError("no answer", server="memory://agency", folder="in", operation="move")
    site.server.fail("move", lost, after=happened != "not renamed")
    with pytest.raises(UnknownOutcomeError):
        await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(0))
    [file] = erp.journal.outgoing(definition)
    assert file.state is OutgoingState.PUBLISHING
    taken = site.server.take("in", file.name) if happened == "taken away" else b""
    report = await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(1))
    if happened != "taken away":
        assert [(sent.name, sent.sha256, sent.finished) for sent in report.sent] == [(file.name, file.sha256, True)]
        assert site.names("in") == [file.name]
        return
    assert report.unknown == (file.name,)
    assert not report.sent
    assert not report.nothing_to_send
    assert file.name in str(report)
    again = await export_group(small_group(), definition, journal=erp.journal, connect=site.connect, now=evening(2))
    assert again.nothing_to_send
    assert site.names("in") == []
    assert [each.state for each in erp.journal.outgoing(definition)] == [OutgoingState.UNKNOWN]
    site.server.put("in", file.name, taken)
    site.works("work", night(2))
    await fetch_settlements(definition, journal=erp.journal, connect=site.connect, now=evening(3))
    assert [each.state for each in erp.journal.outgoing(definition)] == [OutgoingState.ACCEPTED]


@pytest.mark.parametrize("site", ["memory"], indirect=True)
async def test_a_name_that_is_taken(site: MemorySite, erp: Erp) -> None:
    """A foreign file under our name is never overwritten; the export stops at it, and goes on when it is gone."""
    definition = site.definition()
    with pytest.raises(FolderMissingError):
        await export_group(
            small_group(),
            site.definition(upload_folder="nowhere"),
            journal=erp.journal,
            connect=site.connect,
            now=evening(0),
        )
    [file] = erp.journal.outgoing(definition)
    site.server.put("in", file.name, b"another's")
    with pytest.raises(TransportError, match="nothing was overwritten"):
        await export_group(
            group_of(listed("J1")), definition, journal=erp.journal, connect=site.connect, now=evening(1)
        )
    assert site.read("in", file.name) == b"another's"
    second = erp.journal.outgoing(definition)[1]
    assert second.state is OutgoingState.SENT, "the file behind it was held up"
    site.server.take("in", file.name)
    report = await export_group(group_of(), definition, journal=erp.journal, connect=site.connect, now=evening(2))
    assert [sent.name for sent in report.sent] == [file.name]


@NETWORK
async def test_payments_survive_a_failing_export(site: Site, erp: Erp) -> None:
    """The export fails night after night; every payment is booked all the same, once."""
    definition = site.definition()
    await exchange(small_group(), definition, journal=erp.journal, now=evening(0))
    site.works("work", night(0))
    wrong = site.definition(upload_folder="nowhere")
    for day in range(1, 4):
        site.works("settle", night(day), [Pays("I1", "100.00")])
        with pytest.raises(FolderMissingError):
            await exchange(group_of(listed("J1")), wrong, journal=erp.journal, now=evening(day))
        erp.book_all(definition)
    assert [event.amount for event in of(PaymentReceived, erp.booked())] == [100, 100, 100]
