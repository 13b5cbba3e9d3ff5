"""Moving bytes: one small protocol, and a backend for each way an agency's server is reached."""

from lindorff_sdk.transport.base import CHUNK, Content, RemoteFile, Transport
from lindorff_sdk.transport.ftp import FtpTransport
from lindorff_sdk.transport.local import LocalTransport
from lindorff_sdk.transport.memory import MemoryServer, MemoryTransport
from lindorff_sdk.transport.publish import Outcome, Published, publish, resume, sweep
from lindorff_sdk.transport.sftp import SftpTransport
from lindorff_sdk.transport.shown import ShownKey, fetch_certificate, fetch_host_keys
from lindorff_sdk.transport.tls import Tls

__all__ = [
    "CHUNK",
    "Content",
    "FtpTransport",
    "LocalTransport",
    "MemoryServer",
    "MemoryTransport",
    "Outcome",
    "Published",
    "RemoteFile",
    "SftpTransport",
    "ShownKey",
    "Tls",
    "Transport",
    "fetch_certificate",
    "fetch_host_keys",
    "publish",
    "resume",
    "sweep",
]
