"""For the tests of integrators: the agency's servers on loopback.

Install it with the extra: ``pip install "lindorff-sdk[testing]"``.
"""

from lindorff_sdk.testing.servers import Account, FtpServer, SftpServer

__all__ = ["Account", "FtpServer", "SftpServer"]
