"""The way to the agency's server that a definition describes."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from lindorff_sdk.definition import ExportDefinition, Protocol
from lindorff_sdk.transport.base import Transport
from lindorff_sdk.transport.ftp import FtpTransport
from lindorff_sdk.transport.local import LocalTransport
from lindorff_sdk.transport.retry import Patience
from lindorff_sdk.transport.sftp import SftpTransport
from lindorff_sdk.transport.tls import Tls

_FTP = {Protocol.FTP, Protocol.FTPS, Protocol.FTPS_IMPLICIT}

Connect = Callable[[ExportDefinition], Awaitable[Transport]]
"""Opens a connection; `connect` unless a test brings its own."""


def patience_of(definition: ExportDefinition) -> Patience:
    """Return how long and how often a run under this agreement tries."""
    return Patience(attempts=definition.attempts, seconds=definition.run_timeout)


async def connect(definition: ExportDefinition) -> Transport:
    """Return an open connection to the agency's server.

    Raises:
        TransportError: If there is none to be had: `LoginRefusedError`, `UnknownHostKeyError` and its other subclasses.
    """
    if definition.protocol is Protocol.LOCAL:
        return LocalTransport(Path(definition.server))
    if definition.protocol in _FTP:
        encrypted = definition.protocol is not Protocol.FTP
        return await FtpTransport.connect(
            definition.server,
            definition.port,
            username=definition.username,
            password=definition.password,
            tls=Tls.of(pin=definition.tls_pin, authorities=definition.tls_authorities) if encrypted else None,
            implicit=definition.protocol is Protocol.FTPS_IMPLICIT,
            encoding=definition.name_encoding,
            passive_commands=definition.passive_commands,
            connect_timeout=definition.connect_timeout,
            login_timeout=definition.login_timeout,
            operation_timeout=definition.operation_timeout,
        )
    return await SftpTransport.connect(
        definition.server,
        definition.port,
        username=definition.username,
        password=definition.password,
        key_file=definition.private_key,
        key_passphrase=definition.passphrase,
        host_key=definition.host_key or None,
        known_hosts=definition.known_hosts,
        legacy_algorithms=definition.legacy_algorithms,
        encoding=definition.name_encoding,
        connect_timeout=definition.connect_timeout,
        login_timeout=definition.login_timeout,
        operation_timeout=definition.operation_timeout,
    )
