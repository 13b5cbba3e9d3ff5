"""Hypothesis strategies derived from a layout: whole files that it can hold, and their bytes.

They follow your own profile as well as the shipped ones, since they read nothing but its tables::

    from hypothesis import given

    from lindorff_sdk.files.profile import load
    from lindorff_sdk.models.codes import Transfer
    from lindorff_sdk.testing.strategies import canonical_bytes, files

    PROFILE = load(Path("agreement.toml"))

    @given(files(PROFILE, Transfer.SETTLEMENTS))
    def test_every_settlement_is_booked(file): ...

    @given(canonical_bytes(PROFILE, Transfer.SETTLEMENTS))
    def test_every_file_is_read(data): ...

What they draw is synthetic: random texts and digits, no real person's identifier but by chance. `strategies_damage` has
damaged files, and `strategies_profiles` profiles that nobody wrote.
"""

from typing import cast

from hypothesis.strategies import SearchStrategy

from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile
from lindorff_sdk.testing.strategies_files import Drawing


def files(
    profile: Profile, transfer: Transfer | str, *, unknown_codes: bool = True, years: tuple[int, int] = (1, 9999)
) -> SearchStrategy[AnyFile]:
    """Return whole files of a transfer that the profile can hold.

    Every value drawn survives the way to bytes and back: texts without the pad that the file cannot tell from filling,
    no zero where zeros mean "none", dates as fine as the layout writes them. Records may be left out, or repeated, as
    the layout allows; attributes that it does not carry keep their defaults.

    Args:
        profile: Your profile, or a shipped one.
        transfer: Which transfer, or the id of a layout where the profile has several.
        unknown_codes: Whether to draw codes that the profile does not list, where it keeps such codes raw. Parsing
            them gives a finding ``code-unknown`` each; otherwise a drawn file parses without any finding.
        years: First and last year of dates, where your system does not go as far as the layout.

    Raises:
        KeyError: If the profile has no layout for the transfer.
    """
    drawing = Drawing(profile, profile.file(transfer), unknown_codes, years)
    return cast("SearchStrategy[AnyFile]", drawing.file())


def canonical_bytes(
    profile: Profile, transfer: Transfer | str, *, unknown_codes: bool = True, years: tuple[int, int] = (1, 9999)
) -> SearchStrategy[bytes]:
    """Return the bytes of whole files, as the serializer writes them; arguments as for `files`."""
    drawn = files(profile, transfer, unknown_codes=unknown_codes, years=years)
    return drawn.map(lambda file: serialize(file, profile, layout=profile.file(transfer).id))
