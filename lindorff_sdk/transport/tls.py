"""How an FTPS server is known: by an authority that vouches for it, or by the fingerprint of its certificate."""

import base64
import binascii
import hashlib
import re
import ssl
from pathlib import Path
from typing import Self

from attrs import field, frozen

from lindorff_sdk.errors import CertificateError, DefinitionError, RemoteRefusedError, TransportError
from lindorff_sdk.transport.place import Place, words

_PREFIX = "SHA256:"
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{64}")

# What OpenSSL says when the two sides have no version or cipher in common; another try would hear the same.
_NOTHING_IN_COMMON = (
    "PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "HANDSHAKE_FAILURE",
    "NO_SHARED_CIPHER",
    "WRONG_VERSION",
)
_HANDSHAKES = ("connect", "fetch certificate")


@frozen
class Tls:
    """What is on record for a server, and the way to speak TLS to it. There is no unverified way.

    Attributes:
        pin: SHA-256 digest that its certificate must have, or None where an authority vouches for it.
        context: The settings of every TLS connection to it.
    """

    pin: bytes | None
    context: ssl.SSLContext = field(repr=False, eq=False)

    @classmethod
    def of(cls, *, pin: str = "", authorities: Path | None = None) -> Self:
        """Return the way to know a server.

        Args:
            pin: Fingerprint of the certificate itself, as ``SHA256:`` with 64 hexadecimal digits (colons may stand
                between them) or with base64. Names and dates in the certificate do not matter then.
            authorities: File with the certificates (PEM) that may vouch for the server; those of the system if None.
                Host name and dates are checked as well.

        Raises:
            DefinitionError: If the pin is no fingerprint, or the file holds no certificate.
        """
        digest = _digest(pin) if pin else None
        try:
            context = ssl.create_default_context(cafile=None if authorities is None else str(authorities))
        except OSError as error:
            reason = words(error)
        else:
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if digest is not None:
                # The digest is compared by `check` instead, before anything is sent.
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            return cls(digest, context)
        raise DefinitionError(f"The file of TLS authorities {authorities} cannot be used: {reason}.")

    def check(self, connection: ssl.SSLObject) -> None:
        """Compare the certificate that was shown with the pinned one.

        Raises:
            ssl.SSLCertVerificationError: If they differ.
        """
        if self.pin is None:
            return
        shown = hashlib.sha256(connection.getpeercert(binary_form=True) or b"").digest()
        if shown != self.pin:
            raise ssl.SSLCertVerificationError(f"it shows {fingerprint(shown)}, which is not the pinned one")


def fingerprint(digest: bytes) -> str:
    """Return a digest in the form in which it is pinned."""
    return f"{_PREFIX}{digest.hex()}"


def told(error: ssl.SSLError, place: Place) -> TransportError | None:
    """Return our error for one of OpenSSL's that another try would meet again, or None."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message if hasattr(error, "verify_message") else error
        return place.error(
            CertificateError,
            f"the server's certificate cannot be trusted: {words(reason)}; nothing was sent; "
            "ask the agency before the record is changed",
        )
    reason = error.reason or ""
    # Later on the same reasons mean that the conversation is out of step, as when a dying server speaks in the clear.
    if place.operation in _HANDSHAKES and any(part in reason for part in _NOTHING_IN_COMMON):
        return place.error(RemoteRefusedError, f"no TLS version or cipher in common with the server: {words(reason)}")
    return None


def _digest(pin: str) -> bytes:
    text = pin.strip().removeprefix(_PREFIX).replace(":", "")
    if _HEXADECIMAL.fullmatch(text):
        return bytes.fromhex(text)
    try:
        digest = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) == hashlib.sha256().digest_size:
        return digest
    raise DefinitionError(
        f"The certificate's fingerprint {words(pin)!r} is not SHA256: with 64 hexadecimal digits, or with base64."
    )
