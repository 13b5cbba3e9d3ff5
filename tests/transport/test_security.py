"""Secure by default: who is spoken to, and what is never shown."""

import asyncio
import contextlib
import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from lindorff_sdk.errors import (
    ChangedHostKeyError,
    DefinitionError,
    LindorffError,
    LoginRefusedError,
    SecretError,
    TransportError,
    UnknownHostKeyError,
)
from lindorff_sdk.secrets import Secret
from lindorff_sdk.transport import FtpTransport, SftpTransport
from tests.faultproxy import FaultProxy
from tests.servers import PASSWORD, USERNAME, RunningServer
from tests.transport.embedded import HOST_KEY, ftp_server, public_line, sftp_server
from tests.transport.sites import connect_ftp, connect_sftp

WRONG = "hunter2-canary"


def everything(error: BaseException) -> str:
    """Return all that a crash reporter could see of an error: message, chain, frames and their locals."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(told.format(chain=True)) + repr(error) + repr(error.args)


# --- the server's identity -------------------------------------------------------------------------------------------


async def test_without_a_host_key_no_connection_is_made(root: Path) -> None:
    """With nothing on record the server is not even called."""
    async with sftp_server(root) as server, FaultProxy(server.port) as proxy:
        with pytest.raises(UnknownHostKeyError) as caught:
            await connect_sftp(proxy.port, None)
        assert proxy.counts == []
    assert f"sftp://{USERNAME}@127.0.0.1:{proxy.port}" in str(caught.value)


async def test_a_known_hosts_file_without_the_server(root: Path, tmp_path: Path) -> None:
    """A known-hosts file that does not know the server is nothing on record either; nor is a missing one."""
    known = tmp_path / "known_hosts"
    async with sftp_server(root) as server, FaultProxy(server.port) as proxy:
        for text in (None, "", f"[127.0.0.1]:1 {public_line(HOST_KEY)}\n"):
            if text is not None:
                known.write_text(text)
            with pytest.raises(UnknownHostKeyError):
                await sftp(proxy.port, known_hosts=known)
        assert proxy.counts == []


async def sftp(port: int, **settings: object) -> SftpTransport:
    settings = {"username": USERNAME, "password": Secret(PASSWORD), **settings}
    return await SftpTransport.connect("127.0.0.1", port, **settings)  # type: ignore[arg-type]


async def test_the_ways_to_know_a_server(root: Path, tmp_path: Path) -> None:
    """A key line, a key line with a comment, a fingerprint, and a known-hosts file are all taken."""
    known = tmp_path / "known_hosts"
    async with sftp_server(root) as server:
        known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
        for settings in (
            {"host_key": server.host_key},
            {"host_key": f"{server.host_key} edi@agency\n"},
            {"host_key": HOST_KEY.get_fingerprint()},
            {"known_hosts": known},
        ):
            async with await sftp(server.port, **settings) as transport:
                assert await transport.list("in") == ()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
async def test_a_changed_host_key(root: Path, tmp_path: Path, kind: str) -> None:
    """Another key than the one on record, of the same kind or not, is refused before any secret is sent."""
    other = asyncssh.generate_private_key(kind)
    known = tmp_path / "known_hosts"
    async with sftp_server(root) as server:
        known.write_text(f"[127.0.0.1]:{server.port} {public_line(other)}\n")
        asked: list[None] = []

        def password() -> str:
            asked.append(None)
            return PASSWORD

        for settings in (
            {"host_key": public_line(other)},
            {"host_key": other.get_fingerprint()},
            {"known_hosts": known},
        ):
            with pytest.raises(ChangedHostKeyError) as caught:
                await sftp(server.port, password=Secret(password), **settings)
            assert not caught.value.transient
            assert f"sftp://{USERNAME}@127.0.0.1:{server.port}" in str(caught.value)
        assert asked == []


async def test_a_changed_key_is_shown(root: Path) -> None:
    """The message names the fingerprint that was shown, for the call to the agency."""
    other = asyncssh.generate_private_key("ssh-ed25519")
    async with sftp_server(root) as server:
        with pytest.raises(ChangedHostKeyError, match=HOST_KEY.get_fingerprint().replace("+", r"\+")):
            await connect_sftp(server.port, public_line(other))


@pytest.mark.parametrize("pin", ["", "ssh-ed25519", "nonsense", "ssh-ed25519 AAAAnonsense"])
async def test_a_pin_that_is_no_key(pin: str) -> None:
    """A pin that is neither key nor fingerprint is the caller's mistake."""
    with pytest.raises(DefinitionError):
        await connect_sftp(1, pin)


async def test_the_users_own_ssh_settings_are_not_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known-hosts file, a key, an agent or a proxy command of the user's own changes nothing."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(home / "agent"))
    # What can be set there and is not set by us: it would keep the password from being tried.
    (home / ".ssh" / "config").write_text("Host *\n  ProxyCommand false\n  PreferredAuthentications publickey\n")
    user_key = asyncssh.generate_private_key("ssh-ed25519")
    user_key.write_private_key(str(home / ".ssh" / "id_ed25519"))
    asked: list[object] = []

    async def answer(reader: object, writer: asyncio.StreamWriter) -> None:
        asked.append(reader)
        writer.close()

    let_in = asyncssh.import_authorized_keys(user_key.export_public_key().decode())
    async with (
        sftp_server(root, authorized_client_keys=let_in) as server,
        await asyncio.start_unix_server(answer, home / "agent"),
    ):
        (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
        with pytest.raises(UnknownHostKeyError):
            await connect_sftp(server.port, None)
        async with await connect_sftp(server.port, server.host_key) as transport:
            assert await transport.list("in") == ()
        # The server would let the user's own key in.
        for password in (None, "wrong"):
            with pytest.raises(LoginRefusedError):
                await connect_sftp(server.port, server.host_key, password=password)
    assert asked == [], "the user's agent was asked"


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.real_server
@pytest.mark.parametrize("passphrase", [None, "open sesame"])
async def test_log_in_by_key(sshd: RunningServer, tmp_path: Path, passphrase: str | None) -> None:
    """A private key, encrypted or not, logs in without a password."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "id"
    path.write_bytes(key.export_private_key(passphrase=passphrase, rounds=50))
    path.chmod(0o600)
    (sshd.base / "authorized_keys").write_text(f"{public_line(key)}\n")
    secret = None if passphrase is None else Secret(passphrase)
    settings = {"password": None, "host_key": sshd.host_key, "key_file": path, "key_passphrase": secret}
    async with await sftp(sshd.port, **settings) as transport:
        assert await transport.list("in") == ()
    (sshd.base / "authorized_keys").write_text("")
    with pytest.raises(LoginRefusedError):
        await sftp(sshd.port, **settings)


async def test_a_key_that_cannot_be_used(tmp_path: Path) -> None:
    """A key that is missing, open to others, no key, or locked otherwise is told without the passphrase."""
    path = tmp_path / "id"
    locked = asyncssh.generate_private_key("ssh-ed25519").export_private_key(passphrase="right", rounds=50)

    async def attempt() -> str:
        with pytest.raises(SecretError) as caught:
            await SftpTransport.connect(
                "127.0.0.1",
                1,
                username="a",
                key_file=path,
                key_passphrase=Secret(WRONG),
                host_key=public_line(HOST_KEY),
            )
        assert WRONG not in everything(caught.value)
        return str(caught.value)

    assert "No such file" in await attempt()
    path.write_bytes(locked)
    path.chmod(0o640)
    assert "chmod 600" in await attempt()
    path.chmod(0o600)
    assert "passphrase" in await attempt()
    path.write_bytes(b"nonsense")
    assert "cannot be used" in await attempt()


# --- what is never shown ----------------------------------------------------------------------------------------------


async def test_a_refused_password_is_nowhere_to_be_seen(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the error, its chain, the locals of its frames, nor any log shows the password."""
    caplog.set_level(logging.DEBUG)
    errors: list[LindorffError] = []
    async with sftp_server(root) as ssh:
        with pytest.raises(LoginRefusedError) as caught:
            await connect_sftp(ssh.port, ssh.host_key, password=WRONG)
        errors.append(caught.value)
    with ftp_server(root) as ftp:
        with pytest.raises(LoginRefusedError) as caught:
            await connect_ftp(ftp.port, password=WRONG)
        errors.append(caught.value)
    for error in errors:
        assert error.__cause__ is None
        assert WRONG not in everything(own(error))
    assert WRONG not in caplog.text


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n", b"421 Bye.\r\n", b"500 ?: %b\r\n", b"530 no: %b\r\n", None])
async def test_a_log_in_that_breaks_at_the_password_does_not_show_it(
    answer: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does one at a server that hangs up on it, answers nonsense, repeats it, or falls silent."""
    caplog.set_level(logging.DEBUG)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                if not line.startswith(b"PASS"):
                    writer.write(b"331 password\r\n")
                elif answer is not None:
                    writer.write(answer.replace(b"%b", line.strip()))
                    break
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        with pytest.raises(TransportError) as caught:
            await connect_ftp(server.sockets[0].getsockname()[1], password=WRONG, seconds=0.5)
    error: BaseException | None = own(caught.value)
    while error is not None:
        assert WRONG not in everything(error)
        error = error.__context__  # kept, and shown by some reporters, even where it is suppressed
    assert WRONG not in caplog.text


def own(error: BaseException) -> BaseException:
    """Return the error without the frames of this test module, whose locals hold the password."""
    frames = error.__traceback__
    while frames is not None and "/lindorff_sdk/" not in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next
    assert frames is not None
    return error.with_traceback(frames)


async def test_an_open_connection_shows_no_password(root: Path) -> None:
    """Nothing reachable by repr, vars or the options of the libraries holds the text."""
    async with sftp_server(root) as ssh, await connect_sftp(ssh.port, ssh.host_key) as transport:
        assert PASSWORD not in repr(vars(transport))
        assert PASSWORD not in repr(vars(transport._connection._options))
    with ftp_server(root) as ftp:
        async with await connect_ftp(ftp.port) as over_ftp:
            assert PASSWORD not in repr(vars(over_ftp))
            assert PASSWORD not in repr(vars(over_ftp._client))


async def test_plain_ftp_warns(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Plain FTP works, and says what it is."""
    with ftp_server(root) as server:
        async with await connect_ftp(server.port):
            pass
    assert "unencrypted" in caplog.text


def test_a_secret_is_masked_everywhere(tmp_path: Path) -> None:
    """No way of showing or copying a secret gives its value."""
    secret = Secret(WRONG)
    for shown in (repr(secret), str(secret), f"{secret:>20}", f"{secret!r}", repr([secret]), repr(secret._read)):
        assert WRONG not in shown
    for leak in (lambda: pickle.dumps(secret), lambda: copy.deepcopy(secret), lambda: copy.copy(secret)):
        with pytest.raises(SecretError):
            leak()
    assert secret.reveal() == WRONG


def test_where_secrets_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value, a callable, a variable and a private file give the password; each is read when it is needed."""
    monkeypatch.setenv("LINDORFF_TEST", "one")
    path = tmp_path / "password"
    path.write_text("two\n")
    path.chmod(0o600)
    settings: list[tuple[object, str]] = [
        ("zero", "zero"),
        ({"env": "LINDORFF_TEST"}, "one"),
        ({"file": "password"}, "two"),
    ]
    for setting, expected in settings:
        assert Secret.from_setting(setting, tmp_path).reveal() == expected
    rotating = Secret.from_env("LINDORFF_TEST")
    monkeypatch.setenv("LINDORFF_TEST", "three")
    assert rotating.reveal() == "three"
    assert Secret(lambda: "four").reveal() == "four"


def broken() -> str:
    raise KeyError(WRONG)


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: Secret.from_env("LINDORFF_NOT_SET"),
        lambda folder: Secret.from_file(folder / "missing"),
        lambda folder: Secret.from_file(folder / "open"),
        lambda folder: Secret.from_file(folder / "binary"),
        lambda folder: Secret.from_setting({"env": "A", "file": "b"}, folder),
        lambda folder: Secret.from_setting(17, folder),
        lambda folder: Secret(broken),
    ],
)
def test_secrets_that_cannot_be_read(tmp_path: Path, make: Callable[[Path], Secret]) -> None:
    """A missing, open, garbled or failing source is told, without any of its bytes."""
    (tmp_path / "open").write_text(WRONG)
    (tmp_path / "open").chmod(0o644)
    (tmp_path / "binary").write_bytes(WRONG.encode() + b"\xff")
    (tmp_path / "binary").chmod(0o600)
    with pytest.raises(SecretError) as caught:
        make(tmp_path).reveal()
    assert WRONG not in everything(own(caught.value))


async def test_a_password_that_cannot_be_read_is_told_as_such(root: Path) -> None:
    """A failing source of the password surfaces as that, not as a refused log-in."""
    async with sftp_server(root) as ssh:
        with pytest.raises(SecretError):
            await sftp(ssh.port, host_key=ssh.host_key, password=Secret(broken))
    with ftp_server(root) as ftp, pytest.raises(SecretError):
        await FtpTransport.connect("127.0.0.1", ftp.port, username=USERNAME, password=Secret(broken))
