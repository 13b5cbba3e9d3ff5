"""Run all benchmarks: print a table, write build/bench.json."""

from pathlib import Path

from bench import bank, journal, memory, reference, transport
from bench.measure import table, write

if __name__ == "__main__":
    found = [
        *reference.results(),
        *bank.results(),
        *memory.results(),
        *transport.results(),
        *journal.results(),
    ]
    write(found, Path("build/bench.json"))
    print(table(found))
