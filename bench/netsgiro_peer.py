"""Runs in the peers' environment: reads and writes an OCR giro file with netsgiro 2.0.1, and says its CPU time.

One command a line on standard input: ``read`` or ``write``; one number of seconds a line on standard output.
"""

import gc
import sys
import time
from pathlib import Path

import netsgiro  # type: ignore[import-not-found,unused-ignore]

if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="iso-8859-1")
    transmission = netsgiro.parse(text)
    for command in sys.stdin:
        gc.collect()
        gc.freeze()
        start = time.process_time()
        if command.strip() == "read":
            netsgiro.parse(text)
        else:
            transmission.to_ocr()
        print(time.process_time() - start, flush=True)
        gc.unfreeze()
