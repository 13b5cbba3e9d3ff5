"""What a server shows of itself, for a person to compare with what the agency says, and then to pin.

Nothing here trusts what it fetches, and nothing sends a secret.
"""

import hashlib
import ssl
from collections.abc import Sequence

import asyncssh
from attrs import frozen

from lindorff_sdk.errors import DeadlineError, TransportError
from lindorff_sdk.transport import ftp_errors
from lindorff_sdk.transport.ftp_client import FtpClient
from lindorff_sdk.transport.hostkeys import Expected, kinds_of_keys, show_key
from lindorff_sdk.transport.place import Place
from lindorff_sdk.transport.sftp_errors import told
from lindorff_sdk.transport.steps import within
from lindorff_sdk.transport.tls import Tls, fingerprint

_SECONDS = 15.0


@frozen
class ShownKey:
    """A key or certificate that a server showed. Compare it with what the agency says before it is pinned.

    Attributes:
        kind: ``ssh-ed25519``, ``ssh-rsa`` ..., or ``certificate``.
        fingerprint: ``SHA256:`` and the digest, as it is pinned.
        line: The whole public key, which may be pinned instead; ``""`` for a certificate.
    """

    kind: str
    fingerprint: str
    line: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}"


async def fetch_host_keys(
    host: str, port: int = 22, *, seconds: float = _SECONDS, legacy_algorithms: bool = False
) -> tuple[ShownKey, ...]:
    """Return the host keys that an SFTP server shows, one of each kind it has. None of them is trusted by this.

    Args:
        host: Name or address of the server.
        port: Its port.
        seconds: Seconds for each kind.
        legacy_algorithms: Whether the server knows only old ones.

    Raises:
        TransportError: If the server cannot be reached.
    """
    place = Place(f"sftp://{host}:{port}", "", "fetch host key")
    found: list[asyncssh.SSHKey] = []
    while (key := await _next_key(host, port, found, seconds, place, legacy=legacy_algorithms)) is not None:
        found.append(key)
    return tuple(
        ShownKey(key.get_algorithm(), key.get_fingerprint(), " ".join(key.export_public_key().decode().split()[:2]))
        for key in found
    )


async def fetch_certificate(
    host: str, port: int | None = None, *, implicit: bool = False, seconds: float = _SECONDS
) -> ShownKey:
    """Return the certificate that an FTPS server shows. It is not trusted by this.

    Args:
        host: Name or address of the server.
        port: Its port: 21, or 990 for implicit TLS, unless given.
        implicit: Whether TLS begins with the first byte.
        seconds: Seconds for all of it.

    Raises:
        TransportError: If the server cannot be reached, or offers no TLS.
    """
    port = port or (990 if implicit else 21)
    place = Place(f"ftps://{host}:{port}", "", "fetch certificate")
    client = FtpClient(None, encoding="utf-8", passive_commands=("epsv",))
    try:
        data = await within(seconds, _shown_certificate(client, host, port, implicit=implicit), client.cut)
    except TimeoutError:
        failure: TransportError = place.error(DeadlineError, "the server did not answer in time")
    except Exception as error:  # noqa: BLE001 - a server can make the library raise nearly anything
        failure = ftp_errors.told(error, place)
    else:
        return ShownKey("certificate", fingerprint(hashlib.sha256(data).digest()))
    finally:
        client.cut()
        await client.wait_closed()
    raise failure


async def _next_key(
    host: str, port: int, found: Sequence[asyncssh.SSHKey], seconds: float, place: Place, *, legacy: bool
) -> asyncssh.SSHKey | None:
    kinds = kinds_of_keys(Expected(fingerprint="any"), found, legacy=legacy)

    try:
        return await show_key(host, port, kinds, seconds)
    except TimeoutError:
        failure: TransportError = place.error(DeadlineError, "the server did not answer in time")
    except Exception as error:  # noqa: BLE001 - a server can make the library raise nearly anything
        # OpenSSH hangs up when it has no key of the kinds asked for.
        if found and isinstance(error, asyncssh.KeyExchangeFailed | asyncssh.ConnectionLost | OSError):
            return None
        failure = told(error, place)
    raise failure


async def _shown_certificate(client: FtpClient, host: str, port: int, *, implicit: bool) -> bytes:
    context = ssl.create_default_context()
    # Looked at only: the connection ends before a user name is sent.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    anybody = Tls(None, context)
    await client.reach(host, port)
    if not implicit:
        await client.greet()
        await client.command("AUTH TLS", "234")
    await client.begin_tls(anybody)
    shown: ssl.SSLObject = client.stream.writer.get_extra_info("ssl_object")
    return shown.getpeercert(binary_form=True) or b""
