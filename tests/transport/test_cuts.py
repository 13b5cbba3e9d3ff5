"""An upload cut at byte after byte: whatever the cut, the next run ends with the right file once."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import frozen

from lindorff_sdk.errors import TransportError, UnknownOutcomeError
from lindorff_sdk.transport import Content, Outcome, Transport, publish, resume, sweep
from tests.faultproxy import Fault, FaultProxy, How
from tests.servers import RunningServer
from tests.transport.embedded import ftp_server, sftp_server
from tests.transport.sites import connect_ftp, connect_sftp

NAME = "LS123420260105.txt"
BODY = bytes(range(256)) * 80
POINTS = 20
SECONDS = 0.6
"""Time limit where the cut is a silence."""

Connect = Callable[[int, float], Awaitable[Transport]]


@frozen
class Target:
    """A server, and how to connect to it on a port."""

    port: int
    folder: Path
    connect: Connect
    ftp: bool = False

    def proxy(self, *, control: Fault | None = None, data: Fault | None = None) -> FaultProxy:
        return FaultProxy(self.port, [control or Fault()], [data or Fault()], ftp=self.ftp)


def spread(total: int, points: int) -> Iterator[int]:
    """Yield ``points`` byte counts from 1 to just before ``total``."""
    return (1 + round(number * (total - 2) / (points - 1)) for number in range(points))


async def attempt(target: Target, proxy: FaultProxy, recorded: list[str], seconds: float) -> None:
    async def note(name: str) -> None:
        recorded.append(name)

    async with await target.connect(proxy.port, seconds) as transport:
        await publish(transport, "in", NAME, Content.of(BODY), before_rename=note)


async def next_run(target: Target, recorded: list[str]) -> Outcome | None:
    """Do what the exchange does after a crash, on a clean connection; nobody takes files away here."""
    async with await target.connect(target.port, 10) as transport:
        outcome = await resume(transport, "in", NAME, Content.of(BODY), recorded[-1]) if recorded else None
        await publish(transport, "in", NAME, Content.of(BODY))
        await sweep(transport, "in", timedelta(0), datetime.now(UTC) + timedelta(seconds=1))
    return outcome


async def cut_and_recover(target: Target, *, control: Fault | None = None, data: Fault | None = None) -> None:
    """Cut one attempt, and check what it leaves and what the next run makes of it."""
    fault = control or data
    assert fault is not None
    recorded: list[str] = []
    failure: TransportError | None = None
    async with target.proxy(control=control, data=data) as proxy:
        try:
            await attempt(target, proxy, recorded, SECONDS if fault.how is How.SILENCE else 5)
        except TransportError as error:
            failure = error
    final = target.folder / NAME
    published = final.exists()
    if published:
        assert final.read_bytes() == BODY, "half a file under the final name"
    if failure is None or not isinstance(failure, UnknownOutcomeError):
        assert published is (failure is None), failure
    outcome = await next_run(target, recorded)
    if published:
        assert outcome is Outcome.PUBLISHED
    elif recorded:
        assert outcome is Outcome.NOT_PUBLISHED
    assert {path.name for path in target.folder.iterdir()} == {NAME}
    assert final.read_bytes() == BODY
    final.unlink()


async def measure(target: Target) -> tuple[list[int], list[int]]:
    """Return the bytes up and down of an undisturbed attempt, on the control and on the first data connection."""
    async with target.proxy() as proxy:
        await attempt(target, proxy, [], 5)
        data = proxy.data.counts[0] if proxy.data is not None else [0, 0]
        control = proxy.counts[0]
    (target.folder / NAME).unlink()
    return control, data


async def sweep_control(target: Target) -> None:
    (up, down), _ = await measure(target)
    for number, (above, below) in enumerate(zip(spread(up, POINTS), spread(down, POINTS), strict=True)):
        how = (How.RESET, How.CLOSE)[number % 2]
        await cut_and_recover(
            target, control=Fault(up=above, how=how) if number % 4 < 2 else Fault(down=below, how=how)
        )
    for at in spread(up, 3):
        await cut_and_recover(target, control=Fault(up=at, how=How.SILENCE))


async def test_sftp_upload_cut_anywhere(root: Path) -> None:
    """asyncssh's server: no cut leaves a wrong file, and every next run repairs it."""
    async with sftp_server(root) as server:
        await sweep_control(Target(server.port, root / "in", sftp_to(server.host_key)))


@pytest.mark.real_server
async def test_openssh_upload_cut_anywhere(sshd: RunningServer) -> None:
    """The same at OpenSSH."""
    await sweep_control(Target(sshd.port, sshd.root / "in", sftp_to(sshd.host_key)))


async def test_ftp_upload_cut_on_the_control_connection(root: Path) -> None:
    """The same over FTP."""
    with ftp_server(root) as server:
        await sweep_control(Target(server.port, root / "in", ftp_to, ftp=True))


async def test_ftp_upload_cut_on_the_data_connection(root: Path) -> None:
    """The server calls what it got complete; the size check does not."""
    with ftp_server(root) as server:
        target = Target(server.port, root / "in", ftp_to, ftp=True)
        _, (up, _) = await measure(target)
        assert up == len(BODY)
        for number, at in enumerate(spread(up, POINTS // 2)):
            await cut_and_recover(target, data=Fault(up=at, how=(How.RESET, How.CLOSE)[number % 2]))
        await cut_and_recover(target, data=Fault(up=up // 2, how=How.SILENCE))


def sftp_to(host_key: str) -> Connect:
    async def connect(port: int, seconds: float) -> Transport:
        return await connect_sftp(port, host_key, seconds=seconds)

    return connect


async def ftp_to(port: int, seconds: float) -> Transport:
    return await connect_ftp(port, seconds=seconds)
