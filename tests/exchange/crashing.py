"""An evening of the ERP in a process of its own that dies at a named point.

The agency is on plain folders, or behind a server.
"""

import asyncio
import multiprocessing
import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from attrs import field, frozen
from sqlalchemy import Connection

from lindorff_sdk import CollectionGroup, ExportDefinition, Journal, Posting, Secret, exchange, from_json
from lindorff_sdk.exchange.connect import connect
from lindorff_sdk.transport import Content, RemoteFile, Transport
from tests.exchange.erp import Erp

DEAD = 17
"""Exit status of a process that died on purpose."""

EXPORT = {
    "after storing, before upload": "stat",
    "in the middle of the upload": "half",
    "after upload, before it is written down": "stored",
    "after it is written down, before rename": "before move",
    "after rename, before mark_sent": "after move",
}
"""Points of the exporting half."""
FETCH = {
    "in the middle of fetching": "fetch",
    "after fetching bytes, before reading": "reading",
    "between two files read": "read one",
    "after reading, before booking": "booking",
    "inside applying, before commit": "applying",
    "after commit of the first posting": "applied",
    "after reading, before moving at the agency": "before dispose",
    "after moving at the agency, before that is written down": "after dispose",
}
"""Points of the fetching half and of the booking."""


@frozen(kw_only=True)
class Evening:
    """What a process does: one exchange and the booking.

    Attributes:
        database: Address of the ERP's database, if it is not SQLite's in the folder.
        server: Settings of the definition that lead to the agency's server, if it is not on plain folders.
        die: The point at which it ends.
        alone: Whether no other process books at the same time.
    """

    folder: Path
    agency: Path
    group: str
    now: datetime
    database: str = ""
    server: Mapping[str, Any] = field(factory=dict)
    after_fetch: str = "leave"
    agency_removes_files: bool = True
    die: str = ""
    alone: bool = True

    def definition(self) -> ExportDefinition:
        """Return the agreement."""
        return ExportDefinition(
            id="nordlys",
            **(self._reaching() or {"protocol": "local", "server": str(self.agency)}),
            upload_folder="in",
            download_folder="out",
            done_folder="done",
            customer_id="00417",
            payout_account="15000200023",
            agency_account="97100100014",
            after_fetch=self.after_fetch,
            agency_removes_files=self.agency_removes_files,
        )

    def _reaching(self) -> dict[str, Any]:
        settings = dict(self.server)
        if password := settings.pop("password", None):
            settings["password"] = Secret(password)  # a secret goes to no other process
        return settings


def end() -> None:
    """End this process as a power cut does: nothing is cleaned up."""
    os._exit(DEAD)


class DyingTransport:
    """Ends the process at the point of the transport that is named, whatever server stands behind it."""

    def __init__(self, transport: Transport, point: str) -> None:
        self.transport = transport
        self.point = point

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.transport.close()

    async def stat(self, folder: str, name: str) -> RemoteFile | None:
        if self.point == "stat":
            end()
        return await self.transport.stat(folder, name)

    async def store(self, folder: str, name: str, content: Content) -> None:
        if self.point == "half":
            data = b"".join([chunk async for chunk in content.chunks()])
            await self.transport.store(folder, name, Content.of(data[: len(data) // 2]))
            end()
        await self.transport.store(folder, name, content)
        if self.point == "stored":
            end()

    async def move(self, file: RemoteFile, folder: str, name: str) -> None:
        ours = {"before move": "in", "after move": "in", "before dispose": "done", "after dispose": "done"}
        here = ours.get(self.point) == folder
        if here and self.point.startswith("before"):
            end()
        await self.transport.move(file, folder, name)
        if here:
            end()

    async def fetch(self, file: RemoteFile) -> AsyncGenerator[bytes, None]:
        async for chunk in self.transport.fetch(file):
            if self.point == "fetch":
                yield chunk[: len(chunk) // 2]
                end()
            yield chunk


class DyingJournal(Journal):
    """Ends the process at the point of the journal that is named."""

    point = ""

    def unprocessed(self, definition: Any) -> Any:
        if self.point == "reading" and super().unprocessed(definition):
            end()
        return super().unprocessed(definition)

    def record_in_parts(self, *arguments: Any, **named: Any) -> Any:
        recorded = super().record_in_parts(*arguments, **named)
        if self.point == "read one":
            end()
        return recorded

    @contextmanager
    def applying(self, posting: Posting, **named: Any) -> Iterator[Connection]:  # type: ignore[override]
        with super().applying(posting, **named) as connection:
            yield connection
            if self.point == "applying":
                end()
        if self.point == "applied":
            end()


def spend(evening: Evening) -> None:
    """Do what an ERP does in an evening, or as much of it as the point allows."""
    point = {**EXPORT, **FETCH, "": ""}[evening.die]
    definition = evening.definition()
    group = from_json(CollectionGroup, evening.group)

    async def dying(definition: ExportDefinition) -> Transport:
        transport: Any = DyingTransport(await connect(definition), point)
        return transport  # type: ignore[no-any-return]

    with Erp.open(evening.folder, DyingJournal, evening.database) as erp:
        assert isinstance(erp.journal, DyingJournal)
        erp.journal.point = point
        asyncio.run(exchange(group, definition, journal=erp.journal, connect=dying, now=evening.now))
        if point == "booking":
            end()
        erp.book_all(definition, alone=evening.alone)


def in_process(evening: Evening) -> int | None:
    """Spend an evening in a process of its own; return its exit status."""
    process = CONTEXT.Process(target=spend, args=(evening,))
    process.start()
    process.join(60)
    status: int | None = process.exitcode
    return status


def fork_server() -> Any:
    """Return where the processes come from: a server that has imported everything, and has no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


CONTEXT = fork_server()
