"""The layouts that the laws are held against."""

from attrs import frozen
from hypothesis.strategies import SearchStrategy

from lindorff_sdk.files.layout import Profile
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.testing.strategies import canonical_bytes, files
from tests.files.support import REFERENCE, odd


@frozen(eq=False)
class Drawn:
    """A layout, and what is drawn from it."""

    profile: Profile
    transfer: Transfer
    files: SearchStrategy[AnyFile]
    known_files: SearchStrategy[AnyFile]
    canonical: SearchStrategy[bytes]


def _drawn(profile: Profile, transfer: Transfer) -> Drawn:
    return Drawn(
        profile,
        transfer,
        files(profile, transfer),
        files(profile, transfer, unknown_codes=False, years=(1900, 2100)),
        canonical_bytes(profile, transfer),
    )


_PROFILES = {
    "reference": REFERENCE,
    "odd": odd(),
    "odd-utf-8": odd("utf-8"),
    "odd-cp865": odd("cp865", "crlf"),
    "odd-cp1252": odd("cp1252"),
}
LAYOUTS = {
    f"{name}.{transfer}": _drawn(profile, transfer)
    for name, profile in _PROFILES.items()
    for transfer in Transfer
    if transfer in profile.files
    if not name.startswith("odd-cp") or transfer is Transfer.CASES
}
COUNTED = {name: drawn for name, drawn in LAYOUTS.items() if name.startswith("reference.") or name == "odd.cases"}
"""Those in which every record is counted, so that none can come or go unnoticed."""
