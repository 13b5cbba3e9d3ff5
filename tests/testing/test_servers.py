"""The embedded servers: what they serve, whom they refuse, and that nothing of them is left behind."""

import asyncio
import ftplib
import io
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from lindorff_sdk.testing import Account, FtpServer, SftpServer

NORDLYS = Account("nordlys", "canary-one", home="nordlys")
OTHER = Account("other", "canary-two", home="other", folders=())
ACCOUNTS = (NORDLYS, OTHER)


def is_closed(port: int) -> bool:
    """Return whether nothing listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def connect(server: SftpServer, username: str = "nordlys", **options: object) -> asyncssh.SSHClientConnection:
    """Connect with the server's key pinned and nothing taken from the machine."""
    login: dict[str, object] = {"password": "canary-one", "client_keys": None} | options
    pinned = asyncssh.import_public_key(server.host_key)
    return await asyncssh.connect(
        server.host,
        server.port,
        username=username,
        known_hosts=([pinned], [], []),
        config=None,
        agent_path=None,
        **login,
    )


@contextmanager
def client(server: FtpServer, username: str = "nordlys", password: str = "canary-one") -> Iterator[ftplib.FTP]:
    """Log in to the FTP server."""
    with ftplib.FTP() as ftp:
        ftp.connect(server.host, server.port, timeout=5)
        ftp.login(username, password)
        yield ftp


class TestSftp:
    async def test_serves_an_accounts_folders(self, tmp_path: Path) -> None:
        """Files go up and come down; the agency sees them below the account's home."""
        async with SftpServer(tmp_path, ACCOUNTS) as server, await connect(server) as connection:
            async with connection.start_sftp_client() as sftp, sftp.open("in/LS1", "wb") as file:
                await file.write(b"cases")
            assert (server.home("nordlys") / "in" / "LS1").read_bytes() == b"cases"
            (server.home("nordlys") / "out" / "KV1").write_bytes(b"receipt")
            async with connection.start_sftp_client() as sftp:
                await sftp.get("/out/KV1", tmp_path / "KV1")
            assert (tmp_path / "KV1").read_bytes() == b"receipt"

    async def test_shuts_an_account_in_its_home(self, tmp_path: Path) -> None:
        """Neither a path that climbs nor a link leads to another account."""
        async with SftpServer(tmp_path, ACCOUNTS) as server, await connect(server) as connection:
            (server.home("other") / "secret").write_bytes(b"other's")
            async with connection.start_sftp_client() as sftp:
                assert sorted(await sftp.listdir("/../..")) == [".", "..", "in", "out"]
                with pytest.raises(asyncssh.SFTPNoSuchFile):
                    await sftp.stat("/../other/secret")

    @pytest.mark.parametrize(("username", "password"), [("nordlys", "wrong"), ("other", "canary-one"), ("nobody", "")])
    async def test_refuses_a_wrong_login(self, tmp_path: Path, username: str, password: str) -> None:
        """An unknown account and another's password are refused alike."""
        async with SftpServer(tmp_path, ACCOUNTS) as server:
            with pytest.raises(asyncssh.PermissionDenied):
                await connect(server, username, password=password)

    async def test_admits_a_key(self, tmp_path: Path) -> None:
        """An account with a public key logs in by it, and with no other."""
        key, stranger = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
        account = Account("keyed", public_key=key.export_public_key().decode())
        async with SftpServer(tmp_path, [account]) as server:
            async with await connect(server, "keyed", password=None, client_keys=[key]):
                pass
            for options in ({"client_keys": [stranger], "password": None}, {"client_keys": None, "password": ""}):
                with pytest.raises(asyncssh.PermissionDenied):
                    await connect(server, "keyed", **options)

    async def test_offers_no_shell(self, tmp_path: Path) -> None:
        """Only files are served."""
        async with SftpServer(tmp_path, ACCOUNTS) as server, await connect(server) as connection:
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.run("id", check=True)

    async def test_each_server_has_its_own_key(self, tmp_path: Path) -> None:
        """A second server cannot pass for the first."""
        first, second = SftpServer(tmp_path, ACCOUNTS), SftpServer(tmp_path, ACCOUNTS)
        assert first.host_key != second.host_key
        async with second:
            second.host_key = first.host_key
            with pytest.raises(asyncssh.HostKeyNotVerifiable):
                await connect(second)

    async def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        """With a client in the middle of a file, leaving ends every connection, task and socket."""
        before = asyncio.all_tasks()
        async with SftpServer(tmp_path, ACCOUNTS) as server:
            connection = await connect(server)
            sftp = await connection.start_sftp_client()
            file = await sftp.open("in/half", "wb")
            await file.write(b"x")
        await connection.wait_closed()
        assert is_closed(server.port)
        assert asyncio.all_tasks() == before

    async def test_starts_again_with_the_same_key(self, tmp_path: Path) -> None:
        """A server that is stopped and started is the same server, so that outages can be tested."""
        server = SftpServer(tmp_path, ACCOUNTS)
        for _ in range(2):
            async with server, await connect(server):
                pass

    async def test_logs_nothing_of_its_clients(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Names of files and accounts stay out of the log, at any level of the root logger."""
        caplog.set_level(logging.DEBUG)
        async with (
            SftpServer(tmp_path, ACCOUNTS) as server,
            await connect(server) as connection,
            connection.start_sftp_client() as sftp,
            sftp.open("in/canary-file", "wb") as file,
        ):
            await file.write(b"x")
        assert not [word for word in ("canary", "nordlys") if word in caplog.text]


class TestFtp:
    def test_serves_an_accounts_folders(self, tmp_path: Path) -> None:
        """Files go up and come down; the agency sees them below the account's home."""
        with FtpServer(tmp_path, ACCOUNTS) as server, client(server) as ftp:
            ftp.storbinary("STOR in/LS1", io.BytesIO(b"cases"))
            assert (server.home("nordlys") / "in" / "LS1").read_bytes() == b"cases"
            (server.home("nordlys") / "out" / "KV1").write_bytes(b"receipt")
            parts: list[bytes] = []
            ftp.retrbinary("RETR /out/KV1", parts.append)
            assert b"".join(parts) == b"receipt"

    def test_shuts_an_account_in_its_home(self, tmp_path: Path) -> None:
        """A path that climbs does not lead to another account."""
        with FtpServer(tmp_path, ACCOUNTS) as server, client(server) as ftp:
            (server.home("other") / "secret").write_bytes(b"other's")
            with pytest.raises(ftplib.error_perm):
                ftp.retrbinary("RETR ../other/secret", lambda _: None)
            assert sorted(ftp.nlst("/..")) == ["in", "out"]

    @pytest.mark.parametrize(("username", "password"), [("nordlys", "wrong"), ("other", "canary-one"), ("nobody", "x")])
    def test_refuses_a_wrong_login(self, tmp_path: Path, username: str, password: str) -> None:
        """An unknown account and another's password are refused alike."""
        with (
            FtpServer(tmp_path, ACCOUNTS) as server,
            pytest.raises(ftplib.error_perm, match="530"),
            client(server, username, password),
        ):
            pass

    def test_leaves_nothing_behind(self, tmp_path: Path) -> None:
        """With a client in the middle of a file, leaving ends the thread and closes every socket."""
        before = threading.active_count()
        with FtpServer(tmp_path, ACCOUNTS) as server, ftplib.FTP() as ftp:
            ftp.connect(server.host, server.port, timeout=5)
            ftp.login("nordlys", "canary-one")
            with ftp.transfercmd("STOR in/half") as data:
                data.sendall(b"x")
                server.__exit__(None, None, None)
            with pytest.raises((EOFError, ConnectionError)):
                ftp.voidcmd("NOOP")
        assert is_closed(server.port)
        assert threading.active_count() == before

    def test_starts_again(self, tmp_path: Path) -> None:
        """A server that is stopped can be started."""
        server = FtpServer(tmp_path, ACCOUNTS)
        for _ in range(2):
            with server, client(server):
                pass

    def test_logs_nothing_of_its_clients(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Names of files and accounts stay out of the log and off the console, also where pyftpdlib is to log INFO."""
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.INFO, logger="pyftpdlib")
        with FtpServer(tmp_path, ACCOUNTS) as server, client(server) as ftp:
            ftp.storbinary("STOR in/canary-file", io.BytesIO(b"x"))
            ftp.delete("in/canary-file")
            with pytest.raises(ftplib.error_perm):
                ftp.delete("in/canary-file")
        assert not [word for word in ("canary", "nordlys") if word in caplog.text]
        assert capfd.readouterr() == ("", "")
