"""Moving files against the usual clients: our whole atomic publish and checked download, their plain put and get."""

import asyncio
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncssh

from bench.delay import delayed
from bench.measure import Result, rate
from bench.peers import Curl, OpenSsh, Paramiko
from lindorff_sdk.secrets import Secret
from lindorff_sdk.transport import CHUNK, Content, FtpTransport, SftpTransport, Transport, publish
from lindorff_sdk.transport.base import RemoteFile
from lindorff_sdk.transport.fleet import each, fleet
from tests.ftp_servers import vsftpd
from tests.servers import USERNAME, RunningServer, openssh

LARGE = 200 * 1024**2
SMALL, COUNT, FAR = 5_000, 2_000, 300
ROUNDS = 3

Connect = Callable[[], Awaitable[Transport]]


def results() -> Iterator[Result]:
    """Yield every result; needs root, and the servers of ``make servers``."""
    logging.getLogger("lindorff_sdk").setLevel(logging.ERROR)  # plain FTP on loopback is what is measured here
    with TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "large").write_bytes(b"0123456789abcdef" * (LARGE // 16))
        (base / "small").mkdir()
        for number in range(COUNT):
            (base / "small" / f"{number}.txt").write_bytes(bytes([number % 256]) * SMALL)
        with openssh() as server:
            yield from _sftp(server, base)
        with vsftpd() as server:
            yield from _ftp(server, base)


def _sftp(server: RunningServer, base: Path) -> Iterator[Result]:
    key = base / "id"
    made = asyncssh.generate_private_key("ssh-ed25519")
    key.write_bytes(made.export_private_key())
    key.chmod(0o600)
    (server.base / "authorized_keys").write_bytes(made.export_public_key())
    near, paramiko = OpenSsh(server, key, server.port), Paramiko.made(server, key)
    connect = _to_sftp(server, server.port)
    small = sorted((base / "small").iterdir())
    large = base / "large"

    def put(ssh: OpenSsh, files: Sequence[Path]) -> Callable[[], None]:
        return _fresh(server, lambda: ssh.run(f"put {file} in/{file.name}" for file in files))

    def get(ssh: OpenSsh, files: Sequence[Path]) -> Callable[[], None]:
        return lambda: ssh.run(f"get out/{file.name} {_down(base)}/{file.name}" for file in files)

    with _offered(server, [large]):
        up, down = _fresh(server, lambda: _up(connect, [large])), lambda: _down_all(connect, [large], base)
        yield _compared("sftp.large_up.vs_openssh", up, put(near, [large]), LARGE // 10**6, unit="MB/s", aim=0.77)
        yield _compared("sftp.large_down.vs_openssh", down, get(near, [large]), LARGE // 10**6, unit="MB/s", aim=0.77)
        theirs_up = _fresh(server, lambda: paramiko.move("up", large, "in/large"))
        yield _compared("sftp.large_up.vs_paramiko", up, theirs_up, LARGE // 10**6, unit="MB/s", aim=1.2)
        theirs_down = lambda: paramiko.move("down", _down(base) / "large", "out/large")  # noqa: E731
        yield _compared("sftp.large_down.vs_paramiko", down, theirs_down, LARGE // 10**6, unit="MB/s", aim=1.2)
        yield _memory(server, large)
    with _offered(server, small), delayed(server.port, 0.010) as port:
        up, down = _fresh(server, lambda: _up(connect, small)), lambda: _down_all(connect, small, base)
        yield _compared("sftp.small_up.vs_openssh", up, put(near, small), COUNT, unit="files/s", aim=1.0)
        yield _compared("sftp.small_down.vs_openssh", down, get(near, small), COUNT, unit="files/s", aim=1.0)
        far, some = OpenSsh(server, key, port), small[:FAR]
        slow = _to_sftp(server, port)
        up, down = _fresh(server, lambda: _up(slow, some)), lambda: _down_all(slow, some, base)
        yield _compared("sftp.small_up_20ms.vs_openssh", up, put(far, some), FAR, unit="files/s", aim=6)
        yield _compared("sftp.small_down_20ms.vs_openssh", down, get(far, some), FAR, unit="files/s", aim=6)


def _ftp(server: RunningServer, base: Path) -> Iterator[Result]:
    curl = Curl(server)

    async def connect() -> Transport:
        return await FtpTransport.connect("127.0.0.1", server.port, username=USERNAME, password=Secret(server.password))

    for name, files, count, unit, aim in (
        ("large", [base / "large"], LARGE // 10**6, "MB/s", 0.6),
        ("small", sorted((base / "small").iterdir()), COUNT, "files/s", 0.67),
    ):
        with _offered(server, files):
            ours_up = _fresh(server, lambda files=files: _up(connect, files))  # type: ignore[misc]
            theirs_up = _fresh(server, lambda files=files: curl.up(files))  # type: ignore[misc]
            yield _compared(f"ftp.{name}_up.vs_curl", ours_up, theirs_up, count, unit=unit, aim=aim)
            yield _compared(
                f"ftp.{name}_down.vs_curl",
                lambda files=files: _down_all(connect, files, base),  # type: ignore[misc]
                lambda files=files: curl.down([file.name for file in files], _down(base)),  # type: ignore[misc]
                count,
                unit=unit,
                aim=aim,
            )


def _compared(
    name: str, ours: Callable[[], object], peer: Callable[[], object], count: int, *, unit: str, aim: float
) -> Result:
    rounds = 1 if "20ms" in name else ROUNDS
    return rate(name, ours, peer, count=count, aim=aim, unit=unit, rounds=rounds)


def _to_sftp(server: RunningServer, port: int) -> Connect:
    async def connect() -> Transport:
        return await SftpTransport.connect(
            "127.0.0.1", port, username=USERNAME, password=Secret(server.password), host_key=server.host_key
        )

    return connect


# --- ours ------------------------------------------------------------------------------------------------------------


def _content(path: Path) -> Content:
    async def chunks():  # type: ignore[no-untyped-def]  # noqa: ANN202
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    # The digest is in the journal before anything is sent; it is no part of moving the file.
    return Content(path.stat().st_size, "0" * 64, chunks)


def _up(connect: Connect, files: Sequence[Path]) -> None:
    async def one(transport: Transport, file: Path) -> None:
        await publish(transport, "in", file.name, _content(file))

    asyncio.run(_all(connect, files, one))


def _down_all(connect: Connect, files: Sequence[Path], base: Path) -> None:
    folder = _down(base)

    async def one(transport: Transport, file: RemoteFile) -> None:
        with (folder / file.name).open("wb") as written:
            async with aclosing(transport.fetch(file)) as chunks:
                async for chunk in chunks:
                    written.write(chunk)

    async def listed_and_fetched() -> None:
        wanted = {file.name for file in files}
        async with await connect() as first, fleet(first, connect, len(files)) as transports:
            await each([file for file in await first.list("out") if file.name in wanted], one, transports)

    asyncio.run(listed_and_fetched())
    assert all((folder / file.name).stat().st_size == file.stat().st_size for file in files)


async def _all(connect: Connect, files: Sequence[Path], one: Callable[[Transport, Path], Awaitable[None]]) -> None:
    async with await connect() as first, fleet(first, connect, len(files)) as transports:
        await each(files, one, transports)


# --- folders ---------------------------------------------------------------------------------------------------------


def _down(base: Path) -> Path:
    folder = base / "down"
    folder.mkdir(exist_ok=True)
    return folder


def _fresh(server: RunningServer, work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        work()
        for path in (server.root / "in").iterdir():
            path.unlink()

    return run


@contextmanager
def _offered(server: RunningServer, files: Sequence[Path]) -> Iterator[None]:
    for file in files:
        shutil.copy(file, server.root / "out" / file.name)
        (server.root / "out" / file.name).chmod(0o644)
    yield
    for file in files:
        (server.root / "out" / file.name).unlink()


# --- memory ----------------------------------------------------------------------------------------------------------


def _memory(server: RunningServer, large: Path) -> Result:
    arguments = [str(server.port), server.password, server.host_key, str(large)]
    answer = subprocess.run(
        [sys.executable, "-m", "bench.transport", *arguments], check=True, capture_output=True, text=True
    )
    for path in (server.root / "in").iterdir():
        path.unlink()
    used = float(answer.stdout)
    return Result(name="memory.sftp_200mb_mb", ours=used, peer=0, unit="MB", ratio=used, aim=80, better="lower")


async def _there_and_back(port: str, password: str, host_key: str, large: str) -> None:
    transport = await SftpTransport.connect(
        "127.0.0.1", int(port), username=USERNAME, password=Secret(password), host_key=host_key
    )
    async with transport:
        await publish(transport, "in", "large", _content(Path(large)))
        async with aclosing(transport.fetch(RemoteFile("in", "large"))) as chunks:
            async for _ in chunks:
                pass


if __name__ == "__main__":
    asyncio.run(_there_and_back(*sys.argv[1:]))
    # Not getrusage(): that begins with what the process before this one had.
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(round(int(peak[1]) / 1024, 1) if peak else 0)
