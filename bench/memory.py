"""Memory of a streaming read, and time per record as files grow: each run in a process of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Result
from bench.reference import settlement_file
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.serializer import serialize

_PEAK = """
import sys
from pathlib import Path
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.files.stream import iter_parse
for _ in iter_parse(Path(sys.argv[1]), shipped("lindorff-reference")):
    pass
# Not ru_maxrss: that begins with what the process that started this one had.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
_TIME = """
import sys, time
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from pathlib import Path
profile, data = shipped("lindorff-reference"), Path(sys.argv[1]).read_bytes()
parse(data[:0] + Path(sys.argv[2]).read_bytes(), profile)
best = []
for _ in range(int(sys.argv[3])):
    start = time.process_time()
    parse(data, profile).require()
    best.append(time.process_time() - start)
print(min(best) / data.count(b"\\n"))
"""
_PAYMENT_BYTES = 232


def results() -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = _file(folder / "10mb", 10_000_000), _file(folder / "1gb", 1_000_000_000)
        ours, peer = _run(_PEAK, str(large)), _run(_PEAK, str(small))
        yield Result(
            name="memory.read_1gb_vs_10mb", ours=ours, peer=peer, unit="KiB peak", ratio=round(ours / peer, 3), aim=1.1,
            better="lower",
        )  # fmt: skip
        large.unlink()
        thousand, million = folder / "1k", folder / "1m"
        profile = shipped("lindorff-reference")
        thousand.write_bytes(serialize(settlement_file(1_000), profile))
        million.write_bytes(serialize(settlement_file(1_000_000), profile))
        pairs = [
            (_run(_TIME, str(million), str(thousand), "1"), _run(_TIME, str(thousand), str(thousand), "200"))
            for _ in range(3)
        ]
        many, few = (min(times) for times in zip(*pairs, strict=True))
        yield Result(
            name="read.reference.growth", ours=round(many * 1e9), peer=round(few * 1e9),
            unit="ns/record", ratio=round(many / few, 3), aim=1.1, better="lower",
        )  # fmt: skip


def _run(script: str, *arguments: str) -> float:
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True, text=True)
    return float(done.stdout)


def _file(path: Path, size: int) -> Path:
    """Write a settlement file of about this many bytes: one file's payments over and over, with totals that hold."""
    profile = shipped("lindorff-reference")
    lines = serialize(settlement_file(20_000), profile).split(b"\r\n")
    start, body, end = lines[0], lines[1:-2], lines[-2]
    times = max(1, size // (len(body) * _PAYMENT_BYTES))
    block = b"\r\n".join(body) + b"\r\n"
    records = len(body) * times
    sums = b"".join(b"%015d" % (int(end[at : at + 15]) * times) for at in (18, 33, 48))
    with path.open("wb") as file:
        file.write(start + b"\r\n")
        for _ in range(times):
            file.write(block)
        file.write(b"90%08d%08d" % (records + 2, records) + sums + b"\r\n")
    return path
