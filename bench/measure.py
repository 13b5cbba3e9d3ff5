"""How the benchmarks measure: interleaved rounds, and one line per result.

What waits for a disk or a network is measured by the clock, and the median counts. What only computes is measured in
CPU time, and the least counts: everything else is what the machine did beside it.
"""

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import asdict, frozen

ROUNDS = 5


@frozen(kw_only=True)
class Result:
    """One line of ``build/bench.json``: ``ratio`` is ours over the peer's in the same run."""

    name: str
    ours: float
    peer: float
    unit: str
    ratio: float
    aim: float
    better: str

    @property
    def holds(self) -> bool:
        return self.ratio >= self.aim if self.better == "higher" else self.ratio <= self.aim


def rate(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    count: int,
    aim: float,
    unit: str = "records/s",
    rounds: int = ROUNDS,
) -> Result:
    """Compare two ways to handle ``count`` records."""
    return rate_of_times(name, lambda: timed(ours), lambda: timed(peer), count=count, aim=aim, unit=unit, rounds=rounds)


def rate_of_times(
    name: str,
    ours: Callable[[], float],
    peer: Callable[[], float],
    *,
    count: int,
    aim: float,
    unit: str = "records/s",
    rounds: int = ROUNDS,
) -> Result:
    """Compare two that say how many seconds they take for ``count`` records; the order changes from round to round."""
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for number in range(rounds + 1):
        pair = [("ours", ours), ("peer", peer)]
        for who, seconds in pair if number % 2 else reversed(pair):
            took = seconds()
            if number:  # the first round warms up
                times[who].append(took)
    return Result(
        name=name,
        ours=round(count / statistics.median(times["ours"])),
        peer=round(count / statistics.median(times["peer"])),
        unit=unit,
        ratio=round(statistics.median(p / o for o, p in zip(times["ours"], times["peer"], strict=True)), 3),
        aim=aim,
        better="higher",
    )


def least_cpu(
    name: str, ours: Callable[[], float], peer: Callable[[], float], *, count: int, aim: float, rounds: int = ROUNDS
) -> Result:
    """Compare two that say how many seconds of CPU time they take for ``count`` records; each at its best."""
    pairs = [(ours(), peer()) if number % 2 else (peer(), ours())[::-1] for number in range(rounds + 1)]
    best, other = (min(times) for times in zip(*pairs, strict=True))
    return Result(
        name=name, ours=round(count / best), peer=round(count / other), unit="records/s", ratio=round(other / best, 3),
        aim=aim, better="higher",
    )  # fmt: skip


def cpu(run: Callable[[], object]) -> float:
    """Return how many seconds of CPU time a run takes.

    What is alive before it is put where the garbage collector does not look: it is no part of the run.
    """
    gc.collect()
    gc.freeze()
    start = time.process_time()
    run()
    took = time.process_time() - start
    gc.unfreeze()
    return took


def timed(run: Callable[[], object]) -> float:
    """Return how many seconds a run takes."""
    gc.collect()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def write(results: Iterable[Result], path: Path) -> None:
    """Write results to ``path``, keeping those of other names that are there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {row["name"]: row for row in json.loads(path.read_text())} if path.exists() else {}
    kept.update({result.name: asdict(result) for result in results})
    path.write_text(json.dumps(list(kept.values()), indent=1) + "\n")


def table(results: Iterable[Result]) -> str:
    """Return the results as a table for people."""
    lines = [f"{'name':<42} {'ours':>12} {'peer':>12} {'unit':<10} {'ratio':>7} {'aim':>7}"]
    for r in results:
        verdict = "" if r.holds else "  missed"
        sign = ">=" if r.better == "higher" else "<="
        lines.append(
            f"{r.name:<42} {r.ours:>12,.0f} {r.peer:>12,.0f} {r.unit:<10} {r.ratio:>7.3f} {sign}{r.aim:>5}{verdict}"
        )
    return "\n".join(lines)
