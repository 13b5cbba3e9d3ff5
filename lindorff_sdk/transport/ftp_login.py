"""Reaching an FTP server, knowing it, and logging in."""

import asyncio
import contextlib
from collections.abc import Sequence

import aioftp
from attrs import frozen

from lindorff_sdk.errors import (
    DeadlineError,
    LoginRefusedError,
    RemoteRefusedError,
    SecretError,
    TransportError,
)
from lindorff_sdk.secrets import Secret
from lindorff_sdk.transport.fleet import door
from lindorff_sdk.transport.ftp_client import FtpClient
from lindorff_sdk.transport.ftp_errors import told
from lindorff_sdk.transport.place import Place
from lindorff_sdk.transport.steps import within
from lindorff_sdk.transport.tls import Tls


@frozen
class FtpSettings:
    """What a log-in needs; see `lindorff_sdk.transport.ftp.FtpTransport.connect`."""

    host: str
    port: int
    username: str
    password: Secret | None
    tls: Tls | None
    implicit: bool
    encoding: str
    passive_commands: Sequence[str]
    connect_timeout: float
    login_timeout: float


@frozen
class Session:
    """A client that is logged in, the extensions its server knows, and the folder one lands in."""

    client: FtpClient
    features: frozenset[str]
    home: str


async def open_session(settings: FtpSettings, place: Place) -> Session:
    """Return a session on a new connection."""
    async with door(settings.host, settings.port):
        return await _open(settings, place)


async def _open(settings: FtpSettings, place: Place) -> Session:
    client = FtpClient(settings.tls, encoding=settings.encoding, passive_commands=settings.passive_commands)
    failure: TransportError | SecretError
    try:
        await within(settings.connect_timeout, client.reach(settings.host, settings.port), client.cut)
        return await within(settings.login_timeout, _enter(client, settings, place), client.cut)
    except TimeoutError:
        failure = place.error(DeadlineError, "the server did not answer in time")
    except SecretError as error:
        failure = SecretError(*error.args)
    except TransportError as error:
        failure = place.error(type(error), str(error.args[0]))
    except asyncio.CancelledError:
        client.cut()
        raise
    except Exception as error:  # noqa: BLE001 - a server can make the library raise nearly anything
        failure = told(error, place)
    # Raised here, outside the handler: the library's frames hold the password, and __context__ would keep them.
    client.cut()
    await client.wait_closed()
    raise failure


async def _enter(client: FtpClient, settings: FtpSettings, place: Place) -> Session:
    if settings.tls is not None and settings.implicit:
        await client.begin_tls(settings.tls)
    await client.greet()
    if settings.tls is not None and not settings.implicit:
        await _ask_for_tls(client, place)
        await client.begin_tls(settings.tls)
    await _log_in(client, settings, place)
    if settings.tls is not None:
        await client.protect()
    features = await client.features()
    if "UTF8" in features and settings.encoding.lower().replace("-", "") == "utf8":
        with contextlib.suppress(aioftp.StatusCodeError):
            await client.command("OPTS UTF8 ON", "2xx")
    # Without it some servers refuse to tell sizes.
    await client.command("TYPE I", "2xx")
    return Session(client, features, str(await client.get_current_directory()))


async def _ask_for_tls(client: FtpClient, place: Place) -> None:
    try:
        await client.command("AUTH TLS", "234")
    except aioftp.StatusCodeError as error:
        refusal = told(error, place)
        if not refusal.transient:
            # Never without it: whoever sits in between could make the offer disappear.
            refusal = place.error(
                RemoteRefusedError, f"the server offers no TLS, so nothing was sent: {refusal.args[0]}"
            )
        raise refusal from None


async def _log_in(client: FtpClient, settings: FtpSettings, place: Place) -> None:
    try:
        # The password is revealed in the call itself: no frame of ours holds it.
        await client.login(settings.username, "" if settings.password is None else settings.password.reveal())
    except aioftp.StatusCodeError as error:
        refusal = told(error, place)
        if not refusal.transient:
            refusal = place.error(LoginRefusedError, str(refusal.args[0]))
        raise refusal from None
