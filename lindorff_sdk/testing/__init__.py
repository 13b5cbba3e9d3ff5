"""For the tests of integrators: the embedded agency, its servers by themselves, and the bank's files.

Install it with the extra: ``pip install "lindorff-sdk[testing]"``.
"""

from lindorff_sdk.testing.agency import PASSWORD_VARIABLE, EmbeddedAgency
from lindorff_sdk.testing.bank import PaysTheBank, bank_file
from lindorff_sdk.testing.damage import Damage
from lindorff_sdk.testing.servers import Account, FtpServer, SftpServer
from lindorff_sdk.testing.settling import Closes, Happening, Pays, Reverses

__all__ = [
    "PASSWORD_VARIABLE",
    "Account",
    "Closes",
    "Damage",
    "EmbeddedAgency",
    "FtpServer",
    "Happening",
    "Pays",
    "PaysTheBank",
    "Reverses",
    "SftpServer",
    "bank_file",
]
