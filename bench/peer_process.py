"""Peers that live in an environment of their own, so that their requirements never meet ours."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path("build/peers-files")
REQUIREMENTS = ("netsgiro==2.0.1",)


class Peer:
    """A process of the peers' environment that does one thing a command and says how many seconds it took."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def seconds(self, command: str) -> float:
        """Return how long a command took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def environment() -> Path:
    """Return the Python of the peers' environment; it is made at the first call."""
    python = FOLDER / "bin" / "python"
    marker = FOLDER / ".installed"
    if not marker.exists() or marker.read_text() != "\n".join(REQUIREMENTS):
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *REQUIREMENTS], check=True)
        marker.write_text("\n".join(REQUIREMENTS))
    return python


@contextmanager
def peer(script: str, *arguments: str) -> Iterator[Peer]:
    """Run a script of this folder in the peers' environment."""
    command = [str(environment()), str(Path(__file__).parent / script), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()
