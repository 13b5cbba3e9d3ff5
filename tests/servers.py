"""Real file servers for tests: started on loopback, without an init system, and stopped with the block."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

USERNAME = "lindorfftest"
PASSWORD = "correct-horse-7"
FOLDERS = ("in", "out")

# A chroot's parents must belong to root and be closed to others, which rules out /tmp.
_BASE = Path("/srv/lindorff-tests")


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
    """

    port: int
    root: Path
    base: Path
    username: str = USERNAME
    password: str = PASSWORD
    host_key: str = ""


@contextlib.contextmanager
def openssh(extra: str = "") -> Iterator[RunningServer]:
    """Run OpenSSH's sshd with SFTP in a chroot.

    Args:
        extra: Further lines of its configuration, before the account's block.
    """
    sshd = _program("/usr/sbin/sshd")
    with _base() as base:
        root, port, key = _folders(base, root_owner="root"), free_port(), base / "hostkey"
        Path("/run/sshd").mkdir(exist_ok=True)
        _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
        config = base / "sshd_config"
        config.write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nPidFile none\nUsePAM no\n"
            "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nStrictModes no\nMaxStartups 100:30:200\n"
            f"AuthorizedKeysFile {base}/authorized_keys\nSubsystem sftp internal-sftp\n{extra}\n"
            f"Match User {USERNAME}\n    ChrootDirectory {root}\n    ForceCommand internal-sftp -u 0077\n"
            "    AllowTcpForwarding no\n"
        )
        with _spawned([str(sshd), "-D", "-e", "-f", str(config)], port, base):
            yield RunningServer(port, root, base, host_key=" ".join(key.with_suffix(".pub").read_text().split()[:2]))


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_account() -> None:
    """Make the account that all servers log in to."""
    if subprocess.run(["id", USERNAME], capture_output=True, check=False).returncode:
        _run(["useradd", "-M", "-d", "/", "-s", "/bin/bash", USERNAME])
    subprocess.run(["chpasswd"], input=f"{USERNAME}:{PASSWORD}".encode(), check=True)


def _program(path: str) -> Path:
    if not Path(path).exists():
        raise ServerMissingError(f"{path} is missing: run `make servers` as root")
    return Path(path)


@contextlib.contextmanager
def _base() -> Iterator[Path]:
    if os.geteuid() != 0:
        raise ServerMissingError("real servers are started as root")
    make_account()
    _BASE.mkdir(mode=0o755, parents=True, exist_ok=True)
    base = Path(tempfile.mkdtemp(dir=_BASE))
    base.chmod(0o755)
    try:
        yield base
    finally:
        shutil.rmtree(base)


def _folders(base: Path, root_owner: str) -> Path:
    root = base / "root"
    root.mkdir(mode=0o755)
    shutil.chown(root, root_owner)
    for name in FOLDERS:
        (root / name).mkdir(mode=0o755)
        shutil.chown(root / name, USERNAME, USERNAME)
    return root


@contextlib.contextmanager
def _spawned(command: Sequence[str], port: int, base: Path) -> Iterator[None]:
    log = base / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        _wait(port, process, log)
        yield
    finally:
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


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)
