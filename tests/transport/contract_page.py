"""Run the contract suite over every server, and write docs/transport/contract.md.

Run ``python -m tests.transport.contract_page``. It needs root, and the servers of ``make servers``. The suite itself
checks the page against what it sees.
"""

import ast
import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from attrs import define, field

from tests.transport.conftest import EMBEDDED
from tests.transport.observed import COLUMNS, PAGE, row
from tests.transport.real import REAL

SUITES = tuple(Path(__file__).parent / name for name in ("test_contract.py", "test_publish.py"))
SERVERS = (*EMBEDDED, *REAL)


@define
class Seen:
    """What a run of the suite gave.

    Attributes:
        outcomes: For each server and test whether it passed.
        observed: For each server what it is like.
    """

    outcomes: dict[str, dict[str, bool]] = field(factory=lambda: defaultdict(dict))
    observed: dict[str, dict[str, str]] = field(factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name, _, parameters = report.nodeid.partition("[")
        test = name.rsplit("::", 1)[-1]
        server = next((name for name in sorted(SERVERS, key=len, reverse=True) if _belongs(parameters, name)), None)
        if server is None:
            return
        if report.when == "call":
            for key, value in report.user_properties:
                if key == "observed":
                    self.observed[server] = json.loads(str(value))
        if test != "test_what_the_server_is_like":
            self.outcomes[server][test] = self.outcomes[server].get(test, True) and not report.failed


def _belongs(parameters: str, server: str) -> bool:
    return parameters == f"{server}]" or parameters.startswith(f"{server}-") or parameters.endswith(f"-{server}]")


def promises() -> dict[str, str]:
    """Return what each test of the contract says that must hold, by the test's name."""
    found = {}
    for suite in SUITES:
        for node in ast.parse(suite.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_") and _over_sites(node):
                found[node.name] = " ".join((ast.get_docstring(node) or "").split())
    del found["test_what_the_server_is_like"]
    return found


def _over_sites(node: ast.AsyncFunctionDef) -> bool:
    return bool({"site", "transport"} & {argument.arg for argument in node.args.args})


def page(seen: Seen) -> str:
    """Return the page."""
    told = promises()
    lines = [
        "# What holds at which server",
        "",
        "One suite of tests runs over every backend and server: those embedded in the tests, and real ones from",
        "Debian's packages. `python -m tests.transport.contract_page` runs it and writes this page; every run of the",
        "tests checks it.",
        "",
        "The second column tells how many of the promises below were kept; the others what the server does by itself,",
        "underneath: the SDK keeps its promises whichever it is.",
        "",
        f"| server | promises kept | {' | '.join(COLUMNS)} |",
        f"| --- | --- |{' --- |' * len(COLUMNS)}",
    ]
    for server in SERVERS:
        kept = [seen.outcomes[server].get(test, False) for test in told]
        lines.append(row(server, f"{sum(kept)} of {len(kept)}", seen.observed[server]))
    lines += ["", "## The promises", ""]
    lines += [f"* {promise}" for promise in told.values()]
    return "\n".join(lines) + "\n"


def main() -> None:
    seen = Seen()
    pytest.main(["-q", "-p", "no:cacheprovider", *map(str, SUITES)], plugins=[seen])
    PAGE.write_text(page(seen), encoding="utf-8")
    missed = [(server, test) for server, tests in seen.outcomes.items() for test, passed in tests.items() if not passed]
    sys.exit(f"not kept: {missed}" if missed else 0)


if __name__ == "__main__":
    main()
