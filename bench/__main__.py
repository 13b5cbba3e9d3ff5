"""Run the benchmarks: print a table, write build/bench.json.

``python -m bench`` runs all of them, ``python -m bench files`` those of one part; figures of the others stay.
"""

import sys
from pathlib import Path

from bench import bank, journal, memory, reference, transport
from bench.measure import table, write

PARTS = {"files": (reference, bank, memory), "transport": (transport,), "journal": (journal,)}

if __name__ == "__main__":
    found = [result for name in sys.argv[1:] or PARTS for part in PARTS[name] for result in part.results()]
    write(found, Path("build/bench.json"))
    print(table(found))
