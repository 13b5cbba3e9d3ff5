"""A server with several host keys, and the call that shows them."""

import logging
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from lindorff_sdk.errors import (
    ChangedHostKeyError,
    ConnectionLostError,
    RemoteRefusedError,
    SecretError,
    TransportError,
)
from lindorff_sdk.transport import fetch_host_keys, gathering, hostkeys
from lindorff_sdk.transport.gathering import Gathering
from tests.faultproxy import Fault, FaultProxy, How
from tests.servers import RunningServer, free_port, openssh
from tests.transport.embedded import HOST_KEY, public_line, sftp_server
from tests.transport.sites import connect_sftp

KEYS = [asyncssh.generate_private_key(kind) for kind in ("ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519")]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.get_algorithm())
async def test_a_pin_of_any_of_its_keys(root: Path, key: asyncssh.SSHKey) -> None:
    """A fingerprint does not tell its kind: whichever key the server shows first, the pinned one is found."""
    async with sftp_server(root, keys=KEYS) as server:
        for pin in (key.get_fingerprint(), public_line(key)):
            async with await connect_sftp(server.port, pin) as transport:
                assert await transport.list("in") == ()


async def test_a_pin_of_none_of_its_keys(root: Path) -> None:
    """Every kind is asked for once, and the error names what was shown first."""
    async with sftp_server(root, keys=KEYS) as server, FaultProxy(server.port) as proxy:
        with pytest.raises(ChangedHostKeyError) as caught:
            await connect_sftp(proxy.port, "SHA256:" + "A" * 43)
        assert len(proxy.counts) == len(KEYS) + 1
    assert any(key.get_fingerprint() in str(caught.value) for key in KEYS)


async def test_the_keys_of_a_server_are_shown_for_pinning(root: Path) -> None:
    """Each kind is shown once, as it is pinned."""
    async with sftp_server(root, keys=KEYS) as server:
        shown = await fetch_host_keys("127.0.0.1", server.port)
        assert {(key.line, key.fingerprint) for key in shown} == {
            (public_line(key), key.get_fingerprint()) for key in KEYS
        }


@pytest.mark.real_server
async def test_the_key_of_openssh_is_shown(sshd: RunningServer) -> None:
    """The same at OpenSSH; nothing is trusted by it."""
    (shown,) = await fetch_host_keys("127.0.0.1", sshd.port)
    assert shown.line == sshd.host_key
    async with await connect_sftp(sshd.port, shown.fingerprint) as transport:
        assert await transport.list("in") == ()


@pytest.mark.real_server
@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
async def test_a_changed_key_at_openssh(sshd: RunningServer, kind: str) -> None:
    """OpenSSH hangs up when it has no key of the kind on record; that is a changed key, not a lost connection."""
    other = asyncssh.generate_private_key(kind)
    for pin in (public_line(other), other.get_fingerprint()):
        with pytest.raises(ChangedHostKeyError):
            await connect_sftp(sshd.port, pin)


@pytest.mark.parametrize("how", [How.RESET, How.CLOSE])
@pytest.mark.parametrize("way", ["up", "down"])
async def test_cuts_in_a_row_are_no_changed_key(root: Path, way: str, how: How) -> None:
    """However often a log-in is cut, that says nothing of the server's keys: worth another try, and no alarm."""
    async with sftp_server(root) as server:
        for at in (1, 30, 300, 600, 1000, 1500, 2000, 2500):
            fault = Fault(**{way: at}, how=how)
            for pin in (server.host_key, HOST_KEY.get_fingerprint()):
                async with FaultProxy(server.port, [fault, fault]) as proxy:
                    with pytest.raises(ConnectionLostError):
                        await connect_sftp(proxy.port, pin, seconds=3)
                    assert len(proxy.counts) == 1, "a log-in that is cut asks nothing further"


async def test_another_kind_of_key_is_told_by_the_first_conversation(root: Path) -> None:
    """What the server lists is enough to tell it; the message names what it has, and nothing else is asked."""
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    async with sftp_server(root) as server, FaultProxy(server.port) as proxy:
        with pytest.raises(ChangedHostKeyError, match="only ssh-ed25519"):
            await connect_sftp(proxy.port, public_line(other))
        assert len(proxy.counts) == 1


@pytest.mark.real_server
@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
async def test_the_right_key_with_old_signatures_is_no_changed_key() -> None:
    """A server that holds the key on record and signs only by SHA-1 is refused for that, and told as that."""
    with openssh("HostKeyAlgorithms ssh-rsa", key="rsa") as server:
        for pin in (server.host_key, asyncssh.import_public_key(server.host_key).get_fingerprint()):
            with pytest.raises(RemoteRefusedError, match="legacy_algorithms"):
                await connect_sftp(server.port, pin)
            async with await connect_sftp(server.port, pin, legacy_algorithms=True) as transport:
                assert await transport.list("in") == ()


async def test_nobody_to_show_a_key() -> None:
    """A server that is not there is told as for any other call."""
    with pytest.raises(ConnectionLostError):
        await fetch_host_keys("127.0.0.1", free_port())


@pytest.mark.parametrize(
    "old",
    [{"kex_algs": ["diffie-hellman-group14-sha1"]}, {"mac_algs": ["hmac-sha1"], "encryption_algs": ["aes128-ctr"]}],
)
async def test_old_algorithms_are_asked_for_by_name(root: Path, old: dict[str, Any]) -> None:
    """A server that knows only SHA-1 is refused, unless the definition says so."""
    async with sftp_server(root, **old) as server:
        with pytest.raises(RemoteRefusedError, match="no algorithm in common"):
            await connect_sftp(server.port, server.host_key)


async def test_packet_dumps_are_refused(root: Path) -> None:
    """asyncssh's debug level 3 prints the password; no log-in begins with it."""
    async with sftp_server(root) as server, FaultProxy(server.port) as proxy:
        asyncssh.set_debug_level(3)
        try:
            with pytest.raises(SecretError, match="debug level 3"):
                await connect_sftp(proxy.port, server.host_key)
            assert proxy.counts == []
        finally:
            asyncssh.set_debug_level(1)


async def test_packet_dumps_that_cannot_be_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Should another asyncssh not tell its level, a log-in is refused while it logs details, and goes on otherwise."""
    monkeypatch.delattr(asyncssh.logging.SSHLogger, "_debug_level")
    # What would print them reads the same attribute.
    monkeypatch.setattr(asyncssh.logging.SSHLogger, "debug2", lambda *_, **__: None)
    monkeypatch.setattr(asyncssh.logging.SSHLogger, "packet", lambda *_, **__: None)
    async with sftp_server(root) as server, FaultProxy(server.port) as proxy:
        caplog.set_level(logging.DEBUG, "asyncssh")
        with pytest.raises(SecretError, match="debug level 3"):
            await connect_sftp(proxy.port, server.host_key)
        assert proxy.counts == []
        caplog.set_level(logging.INFO, "asyncssh")
        async with await connect_sftp(proxy.port, server.host_key) as transport:
            assert await transport.list("in") == ()


async def test_what_is_private_to_asyncssh_is_there(root: Path) -> None:
    """Four attributes are not public. If this fails with another version, find what has taken their place."""
    assert asyncssh.logging.SSHLogger._debug_level == 1
    async with sftp_server(root) as server, await connect_sftp(server.port, server.host_key) as transport:
        assert type(transport._connection._transport).__name__ == Gathering.__name__
        assert transport._connection._server_kexinit
        assert b"ssh-ed25519" in (transport._connection._server_host_key_algs or ())


async def test_without_what_is_private_to_asyncssh(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them a server that lacks our kind of key is told as anything but trusted, and everything else holds."""
    for module in (hostkeys, gathering):
        monkeypatch.setattr(module, "getattr", lambda _, __, default: default, raising=False)
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    async with sftp_server(root) as server:
        with pytest.raises(TransportError) as caught:
            await connect_sftp(server.port, public_line(other))
        assert not isinstance(caught.value, ChangedHostKeyError)
        with pytest.raises(ChangedHostKeyError):
            await connect_sftp(server.port, public_line(asyncssh.generate_private_key("ssh-ed25519")))
        async with await connect_sftp(server.port, server.host_key) as transport:
            assert await transport.list("in") == ()
