"""Real file servers for tests: started on loopback, without an init system, and stopped with the block."""

import contextlib
import fcntl
import functools
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from attrs import field, frozen

USERNAME = "lindorfftest"
PASSWORD = "correct-horse-7"
FOLDERS = ("in", "out")

# A chroot's parents must belong to root and be closed to others, which rules out /tmp.
_BASE = Path("/srv/lindorff-tests")
_STALE_SECONDS = 24 * 3600
"""Age at which a server's folder is surely no running test's any more."""
_LOCK = Path(tempfile.gettempdir()) / "lindorff-tests.lock"
_PORTS = Path(tempfile.gettempdir()) / "lindorff-tests-ports"
_LOWEST, _HIGHEST = 20_000, 32_000
# Begun where chance says, so that processes seldom try the same one.
_START = random.randrange(_LOWEST, _HIGHEST)
_TURN: Iterator[int] = itertools.cycle((*range(_START, _HIGHEST), *range(_LOWEST, _START)))
_held: list[IO[str]] = []


class ServerMissingError(Exception):
    """A server that the tests need is not installed; ``make servers`` installs it."""


@frozen
class RunningServer:
    """A server that runs until its block ends.

    Attributes:
        port: On 127.0.0.1.
        root: What the account sees as ``/``, with the folders ``in`` and ``out``.
        username: The account.
        password: Its password.
        host_key: The server's public key line, or ``""`` for FTP.
        base: Its own files, the log among them.
        certificate: The server's own certificate, or None without TLS.
        restart: Kills it, with every session, and starts it again.
    """

    port: int
    root: Path
    base: Path
    username: str = USERNAME
    password: str = PASSWORD
    host_key: str = ""
    certificate: Path | None = None
    restart: Callable[[], None] = field(default=lambda: None, repr=False, eq=False)


LEGACY = """
HostKeyAlgorithms ssh-rsa
KexAlgorithms diffie-hellman-group1-sha1
Ciphers aes128-cbc,3des-cbc
MACs hmac-sha1
"""
"""Lines that leave OpenSSH nothing but what was usual twenty years ago."""


@contextlib.contextmanager
def openssh(extra: str = "", *, key: str = "ed25519", interactive: bool = False) -> Iterator[RunningServer]:
    """Run OpenSSH's sshd with SFTP in a chroot.

    Args:
        extra: Further lines of its configuration, before the account's block.
        key: Kind of its host key.
        interactive: Whether it asks for the password by keyboard-interactive only, through PAM.
    """
    sshd = program("/usr/sbin/sshd")
    with base_folder() as base:
        root, port, host_key = folders(base, root_owner="root"), free_port(), base / "hostkey"
        Path("/run/sshd").mkdir(exist_ok=True)
        run(["ssh-keygen", "-q", "-t", key, "-N", "", "-f", str(host_key)])
        config = base / "sshd_config"
        yes, no = ("yes", "no") if interactive else ("no", "yes")
        config.write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile none\nUsePAM {yes}\n"
            f"PasswordAuthentication {no}\nKbdInteractiveAuthentication {yes}\nStrictModes no\n"
            "MaxStartups 100:30:200\n"
            f"AuthorizedKeysFile {base}/authorized_keys\nSubsystem sftp internal-sftp\n{extra}\n"
            f"Match User {USERNAME}\n    ChrootDirectory {root}\n    ForceCommand internal-sftp -u 0077\n"
            "    AllowTcpForwarding no\n"
        )
        with spawned([str(sshd), "-D", "-e", "-f", str(config)], port, base) as restart:
            yield RunningServer(port, root, base, host_key=public_line(host_key), restart=restart)


def public_line(host_key: Path) -> str:
    """Return the public half of a key file as it is pinned."""
    return " ".join(host_key.with_suffix(".pub").read_text().split()[:2])


def free_port() -> int:
    """Return a port of 127.0.0.1 that is this process's own as long as it lives.

    Below the range from which the system gives ports to whoever asks for any, and under a lock that every test process
    of this machine looks at: nobody takes it between now and the server's start.
    """
    _PORTS.mkdir(exist_ok=True)
    for _ in range(_HIGHEST - _LOWEST):
        port = next(_TURN)
        lock = (_PORTS / str(port)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _held.append(lock)
        return port
    raise RuntimeError("no port is free")


def make_account() -> None:
    """Make the account that all servers log in to; one test process at a time, for useradd does not wait."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_account()


def _make_account() -> None:
    if subprocess.run(["id", USERNAME], capture_output=True, check=False).returncode:
        run(["useradd", "-M", "-d", "/", "-s", "/bin/bash", USERNAME])
    # Hashed by hand: the hash that is usual today costs a tenth of a second at every log-in.
    subprocess.run(["chpasswd", "-e"], input=f"{USERNAME}:{hashed(PASSWORD)}".encode(), check=True)


def hashed(password: str) -> str:
    """Return a password as the servers' lists of users hold it."""
    command = ["openssl", "passwd", "-6", "-stdin"]
    return subprocess.run(command, input=password, text=True, check=True, capture_output=True).stdout.strip()


def program(path: str) -> Path:
    """Return the path of a program, or say how it is installed."""
    if not Path(path).exists():
        raise ServerMissingError(f"{path} is missing: run `make servers` as root")
    return Path(path)


@contextlib.contextmanager
def base_folder() -> Iterator[Path]:
    """Make a folder for one server, and remove it afterwards."""
    if os.geteuid() != 0:
        raise ServerMissingError("real servers are started as root")
    make_account()
    _BASE.mkdir(mode=0o755, parents=True, exist_ok=True)
    _sweep_once()
    base = Path(tempfile.mkdtemp(dir=_BASE))
    base.chmod(0o755)
    try:
        yield base
    finally:
        shutil.rmtree(base)


@functools.cache
def _sweep_once() -> None:
    sweep_leftovers(_BASE, time.time())


def sweep_leftovers(parent: Path, now: float) -> None:
    """Remove the folders below ``parent`` that runs left behind that were killed; younger ones may be another run's.

    Args:
        parent: Where servers' folders are made.
        now: The time that ages are counted from, in seconds since 1970.
    """
    for base in parent.iterdir():
        # Another process of this run sweeps as well, or a server ends meanwhile: what is gone is gone.
        with contextlib.suppress(FileNotFoundError):
            if base.is_dir() and not base.is_symlink() and now - _last_change(base) >= _STALE_SECONDS:
                shutil.rmtree(base, ignore_errors=True)


def _last_change(base: Path) -> float:
    # A server at work writes its log, which leaves the time of the folder itself as it was.
    return max(path.lstat().st_mtime for path in (base, *base.iterdir()))


def folders(base: Path, root_owner: str = USERNAME) -> Path:
    """Make the folders of the account below ``base``, and return their root."""
    root = base / "root"
    root.mkdir(mode=0o755)
    shutil.chown(root, root_owner)
    for name in FOLDERS:
        (root / name).mkdir(mode=0o755)
        shutil.chown(root / name, USERNAME, USERNAME)
    return root


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Put a file system of its own over a folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "lindorff-test", str(folder)], check=True)
    try:
        yield
    finally:
        # Lazily: a session that was cut may still be at work there.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def spawned(
    command: Sequence[str], port: int, base: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Callable[[], None]]:
    """Run a server until the block ends; the block begins when it listens, and is given a way to start it anew."""
    log = base / "server.log"

    def start() -> "subprocess.Popen[bytes]":
        with log.open("ab") as output:
            started = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        try:
            _wait(port, started, log)
        except BaseException:
            _end(started)
            raise
        return started

    running = [start()]

    def restart() -> None:
        process = running.pop()
        sessions = list(_below(process.pid))
        # The group as well: a session may have no parent any more, and hold the port.
        os.killpg(process.pid, signal.SIGKILL)
        for session in sessions:
            with contextlib.suppress(ProcessLookupError):
                os.kill(session, signal.SIGKILL)
        process.wait()
        _wait_until_free(port)
        running.append(start())

    try:
        yield restart
    finally:
        for process in running:
            _end(process)


def _below(parent: int) -> Iterator[int]:
    """Yield the processes that serve the sessions of a server."""
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _below(int(child))
            yield int(child)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}: {log.read_text()[-800:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.01)
    raise TimeoutError(f"the server does not listen: {log.read_text()[-800:]}")


def _wait_until_free(port: int) -> None:
    """Wait until the last session that was killed has let go of the port: it would be taken for the new server."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2):
                time.sleep(0.01)
        except OSError:
            return
    raise TimeoutError(f"something still listens on port {port}")


def run(command: Sequence[str]) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True)
