"""Norwegian identifiers: KID, organisation number, account, national id.

Every ``is_...`` takes text as it stands in a file, digits only, and answers True or False for any text at all.
`python-stdnum` does the work where it is right; its gaps (domain.md section 8) are closed here.
"""

from collections.abc import Collection
from datetime import date
from typing import Literal

from stdnum import luhn
from stdnum.no import fodselsnummer, kontonr, orgnr

Modulus = Literal[10, 11]
"""How the check digit of a KID is worked out."""
_KID_LENGTHS = range(2, 26)
_DOUBLED = bytes.maketrans(b"0123456789", bytes(sum(divmod(2 * digit, 10)) for digit in range(10)))


def kid_check_digit(body: str, modulus: Modulus) -> str:
    """Return the check digit of a KID body.

    Modulus 11 yields ``"-"`` for one body in eleven; banks accept it where the agreement says modulus 11.

    >>> kid_check_digit("12345678", 10), kid_check_digit("12345678", 11), kid_check_digit("1000005", 11)
    ('2', '5', '-')

    Args:
        body: The digits before the check digit, 1 to 24 of them.
        modulus: 10 (Luhn) or 11 (weights 2 to 7 from the right).

    Raises:
        ValueError: If ``body`` holds anything but digits, or has another length, or the modulus is another.

    Source: Nets OCR giro system manual, chapter 5.
    """
    if not _are_digits(body) or len(body) + 1 not in _KID_LENGTHS:
        raise ValueError("The body of a KID is 1 to 24 digits.")
    if modulus == 10:
        return str(luhn.calc_check_digit(body))
    if modulus == 11:
        return _modulus_11(body)
    raise ValueError("The modulus of a KID is 10 or 11.")


def is_kid(kid: str, modulus: Modulus | None = None, lengths: Collection[int] = ()) -> bool:
    """Return whether ``kid`` is a payment reference as agreed for the account.

    >>> is_kid("123456782", 10), is_kid("1000005-", 11), is_kid("1000005-", 10), is_kid("123456782", 10, [12])
    (True, True, False, False)

    Args:
        kid: 2 to 25 characters: digits, the last one perhaps ``-``.
        modulus: The agreed modulus; None accepts either.
        lengths: The agreed lengths; empty accepts any.
    """
    body, last = kid[:-1], kid[-1:]
    if len(kid) not in _KID_LENGTHS or not _are_digits(body) or (lengths and len(kid) not in lengths):
        return False
    if modulus != 11 and _are_digits(kid) and _is_luhn(kid):
        return True
    moduli: tuple[Modulus, ...] = (10, 11) if modulus is None else (modulus,)
    return any(kid_check_digit(body, each) == last for each in moduli)


def is_organisation_number(number: str) -> bool:
    """Return whether ``number`` is a valid organisation number: nine digits, the last one a check digit.

    Whether such a company exists is not asked.

    >>> is_organisation_number("988077917"), is_organisation_number("988077918")
    (True, False)
    """
    return _are_digits(number) and bool(orgnr.is_valid(number))


def is_account(number: str) -> bool:
    """Return whether ``number`` is a valid bank account number (*kontonummer*): always eleven digits.

    An account that begins with ``0000`` is one of the old postal giro; python-stdnum judges its last seven digits
    alone, so both rules are good here.

    >>> is_account("86011117947"), is_account("00004090403"), is_account("4090403"), is_account("86011117949")
    (True, True, False, False)
    """
    if not _are_digits(number) or len(number) != 11:
        return False
    return _modulus_11(number[:-1]) == number[-1] or bool(kontonr.is_valid(number))


def is_national_id(number: str, *, synthetic: bool = False) -> bool:
    """Return whether ``number`` is a valid national id (*fødselsnummer*) or D-number: eleven digits.

    Numbers given from 2032 on follow a wider rule for the first check digit, and their individual number says
    nothing of the century; both rules are good here, as the tax administration asks of systems. Help numbers (H, FH)
    are no national ids.

    >>> is_national_id("15108695088"), is_national_id("15108695077"), is_national_id("30108299939")
    (True, False, True)

    Args:
        number: The number, digits only.
        synthetic: Whether numbers of the tax administration's test population (*Tenor*: month + 80) are good too.

    Source: Skatteetaten, documentation of the Folkeregisteret interface, "Nytt fødselsnummer fra 2032".
    """
    if not _are_digits(number) or len(number) != 11:
        return False
    return _is_birth_date(number, synthetic=synthetic) and _has_check_digits(number)


def _are_digits(text: str) -> bool:
    """Only ASCII digits: `str.isdigit` alone takes those of other scripts as well."""
    return text.isascii() and text.isdigit()


def _is_luhn(digits: str) -> bool:
    """Banks' files hold many KIDs: bytes are summed without a loop of Python's."""
    last, doubled = digits.encode()[::-2], digits.encode()[-2::-2].translate(_DOUBLED)
    return (sum(last) - ord("0") * len(last) + sum(doubled)) % 10 == 0


def _modulus_11(body: str) -> str:
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body)))
    return {10: "-", 11: "0"}.get(digit := 11 - weighted % 11, str(digit))


def _is_birth_date(number: str, *, synthetic: bool) -> bool:
    """A D-number has 40 added to the day, a synthetic number 80 to the month."""
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    if day > 40:
        day -= 40
    if synthetic and month > 80:
        month -= 80
    try:
        # The century is not told by numbers given from 2032 on. 2000 stands in: of years that end in 00 it alone
        # has a 29 February.
        date(2000 + year, month, day)
    except ValueError:
        return False
    return True


def _has_check_digits(number: str) -> bool:
    # calc_check_digit gives "10" for a body that has no number; it equals no digit.
    first = int(fodselsnummer.calc_check_digit1(number))
    allowed = {(first + more) % 11 for more in range(4)}
    return int(number[9]) in allowed and number[10] == fodselsnummer.calc_check_digit2(number)
