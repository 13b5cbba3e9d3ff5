"""What our transports are measured against: sftp and curl from Debian, paramiko in an environment of its own."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from tests.servers import RunningServer

PARAMIKO = "paramiko==5.1.0"

_MOVE = """
import sys, paramiko
way, port, user, key, local, remote = sys.argv[1:]
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect("127.0.0.1", int(port), user, key_filename=key, look_for_keys=False, allow_agent=False)
sftp = client.open_sftp()
sftp.put(local, remote) if way == "up" else sftp.get(remote, local)
client.close()
"""


@frozen
class OpenSsh:
    """The ``sftp`` command, logged in by a key."""

    server: RunningServer
    key: Path
    port: int

    def run(self, lines: Iterable[str]) -> None:
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes"]
        command = ["sftp", "-q", "-F", "/dev/null", "-i", str(self.key), "-P", str(self.port)]
        for option in options:
            command += ["-o", option]
        command += ["-b", "-", f"{self.server.username}@127.0.0.1"]
        subprocess.run(command, input="\n".join(lines), text=True, check=True, stdout=subprocess.DEVNULL)


@frozen
class Paramiko:
    """paramiko's ``put`` and ``get``, in a process and an environment of their own."""

    server: RunningServer
    key: Path
    python: Path

    @classmethod
    def made(cls, server: RunningServer, key: Path) -> "Paramiko":
        folder = Path("build/peers")
        python = folder / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", PARAMIKO], check=True)
        return cls(server, key, python.absolute())

    def move(self, way: str, local: Path, remote: str) -> None:
        server = self.server
        arguments = [way, str(server.port), server.username, str(self.key), str(local), remote]
        subprocess.run([str(self.python), "-c", _MOVE, *arguments], check=True)


@frozen
class Curl:
    """The ``curl`` command, over one connection."""

    server: RunningServer

    def run(self, arguments: Sequence[str]) -> None:
        user = f"{self.server.username}:{self.server.password}"
        subprocess.run(
            ["curl", "-sS", "--fail", "-u", user, "-K", "-"], input="\n".join(arguments), text=True, check=True
        )

    def up(self, files: Iterable[Path]) -> None:
        url = f"ftp://127.0.0.1:{self.server.port}/in/"
        self.run([line for file in files for line in (f'upload-file = "{file}"', f'url = "{url}"')])

    def down(self, names: Iterable[str], folder: Path) -> None:
        url = f"ftp://127.0.0.1:{self.server.port}/out/"
        self.run([line for name in names for line in (f'url = "{url}{name}"', f'output = "{folder / name}"')])
