"""The way to the agency's server that a definition describes."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from lindorff_sdk.definition import ExportDefinition, Protocol
from lindorff_sdk.transport.base import Transport
from lindorff_sdk.transport.ftp import FtpTransport
from lindorff_sdk.transport.local import LocalTransport
from lindorff_sdk.transport.sftp import SftpTransport

Connect = Callable[[ExportDefinition], Awaitable[Transport]]
"""Opens a connection; `connect` unless a test brings its own."""


async def connect(definition: ExportDefinition) -> Transport:
    """Return an open connection to the agency's server.

    Raises:
        TransportError: If there is none to be had: `LoginRefusedError`, `UnknownHostKeyError` and its other subclasses.
    """
    if definition.protocol is Protocol.LOCAL:
        return LocalTransport(Path(definition.server))
    if definition.protocol is Protocol.FTP:
        return await FtpTransport.connect(
            definition.server,
            definition.port,
            username=definition.username,
            password=definition.password,
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
        connect_timeout=definition.connect_timeout,
        login_timeout=definition.login_timeout,
        operation_timeout=definition.operation_timeout,
    )
