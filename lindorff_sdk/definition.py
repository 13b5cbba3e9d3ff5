"""Export definitions: the settings of one agreement with the agency, loaded from TOML.

::

    [definitions.nordlys]
    name = "Nordlys Handel AS"
    server = "sftp.agency.example"
    host_key = "SHA256:..."
    username = "nordlys"
    password = { env = "NORDLYS_PASSWORD" }
    upload_folder = "in"
    download_folder = "out"
    customer_id = "00417"
"""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from attrs import NOTHING, Factory, field, fields, frozen

from lindorff_sdk import _settings
from lindorff_sdk._definition_rules import broken
from lindorff_sdk._settings import Place, Reader, Reading
from lindorff_sdk.agreement import CreditNotes, Level
from lindorff_sdk.errors import DefinitionError, FigureError
from lindorff_sdk.findings import CHECKS, CODES, HOLDS, Finding, Hold
from lindorff_sdk.models.money import ZERO, money, money_or_none
from lindorff_sdk.secrets import Secret
from lindorff_sdk.spelling import did_you_mean
from lindorff_sdk.statute import Figures


class Protocol(StrEnum):
    """How the agency's server is reached. Plain FTP is never a default: it shows the password to the network."""

    SFTP = "sftp"
    FTPS = "ftps"
    """FTP that goes over to TLS before the log-in (explicit)."""
    FTPS_IMPLICIT = "ftps-implicit"
    """FTP over TLS from the first byte."""
    FTP = "ftp"
    LOCAL = "local"
    """A directory on this machine: for tests, and for files carried by hand."""


class MoneySource(StrEnum):
    """Where the debtors' payments are booked from. Booking from both would book them twice (domain.md section 2)."""

    AGENCY = "agency"
    """The agency's settlement files carry payments."""
    BANK = "bank"
    """The bank's OCR giro files carry them; the agency's files carry status only."""


class AfterFetch(StrEnum):
    """What is done at the agency with a file once its bytes are in the journal."""

    LEAVE = "leave"
    MOVE = "move"
    DELETE = "delete"


class CheckLevel(StrEnum):
    """What a check before sending does when it catches something."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


def _lengths(lengths: Iterable[int]) -> tuple[int, ...]:
    return tuple(lengths)


def _one_or_more(texts: str | Iterable[str]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _holds(holds: Mapping[str, str]) -> Mapping[str, Hold]:
    return MappingProxyType({code: Hold(hold) for code, hold in holds.items()})


def _levels(checks: Mapping[str, str]) -> Mapping[str, CheckLevel]:
    return MappingProxyType({code: CheckLevel(level) for code, level in checks.items()})


def _of_levels(levels: Mapping[str, Level]) -> Mapping[str, Level]:
    return MappingProxyType(dict(levels))


UNFINISHED = (".*", "*.part", "*.tmp", "*.temp", "*.filepart", "*.writing")
"""Names that are common for files that somebody is still writing."""
_PORTS = {Protocol.SFTP: 22, Protocol.FTP: 21, Protocol.FTPS: 21, Protocol.FTPS_IMPLICIT: 990, Protocol.LOCAL: 0}


@frozen(kw_only=True)
class ExportDefinition:
    """The settings of one agreement, as the agency hands them over.

    Attributes:
        id: Key of everything stored for this agreement; it never changes.
        name: Free text for people.
        format: Id of a profile that the SDK ships, or the path of a profile's TOML file; several for the versions of
            one, of which each holds from its ``holds_from`` on.
        protocol: How the server is reached.
        server: Host name or address; for `Protocol.LOCAL` the directory in which the folders lie.
        port: 22 for SFTP, 21 for FTP and FTPS and 990 for implicit FTPS unless given.
        username: Account at the agency's server.
        password: The account's password, or None where a key is used.
        private_key: File of the private key, for SFTP.
        passphrase: Passphrase of the private key, where it has one.
        host_key: The server's public key as a line (``ssh-ed25519 AAAA...``) or as fingerprint (``SHA256:...``).
        known_hosts: A file in the form of OpenSSH's ``known_hosts``, instead of ``host_key``.
        legacy_algorithms: Whether an SFTP server that knows nothing better may use what is broken today.
        tls_pin: Fingerprint of the FTPS server's certificate (``SHA256:...``); without it an authority must vouch.
        tls_authorities: File of the authorities (PEM) that may vouch for the FTPS server; the system's unless given.
        name_encoding: Encoding of file names at the server.
        passive_commands: How FTP data connections are asked for; ``["pasv"]`` where a server answers EPSV wrongly.
        upload_folder: Folder at the server that our files go to.
        temporary_folder: Where our files are written before they are moved into place; ``upload_folder`` unless given.
        download_folder: Folder at the server that the agency's files come from.
        done_folder: Folder at the server that fetched files are moved to.
        customer_id: The creditor's id at the agency (*KundeID*); text, so leading zeros stay.
        payout_account: The creditor's account to which the agency pays out.
        agency_account: The agency's account, by which its own remittances are told apart.
        currency: ISO 4217 code.
        levels: Whom claims are sent as, by the level of the reminder process that `ListedClaim.level` names: tables of
            ``customer_id`` and ``payout_account``, each the definition's own unless given.
        credit_notes: Which credit notes are told to the agency as direct payments.
        money_source: Whether payments are booked from the agency's files or from the bank's. One that shows up in the
            other channel is held.
        bank_format: Profile of the bank's files, as ``format``; empty if none come.
        bank_agreements: Ids of the creditor's agreements with the bank, by which its files name the receiver; empty for
            any.
        bank_accounts: The creditor's accounts that such files may be about; empty for any.
        after_fetch: What is done at the agency with a fetched file.
        agency_removes_files: Whether the agency takes our files away when it picks them up. Where it does, a file
            that is not there proves nothing after a lost answer.
        unfinished: Patterns of the names of files that somebody is still writing; case does not matter.
        settle_seconds: Seconds between two looks in which size and time of a file must stay the same; 0 for one look.
        min_age_seconds: Age by the server's clock at which a file is taken to be finished; 0 for any.
        marker: Ending of the name of the file that says that another is finished, as ``".ok"``; ``""`` for none.
        max_file_bytes: Largest file that is fetched.
        max_run_bytes: Bytes fetched in one run; what is left is for the next.
        max_run_files: Files fetched in one run.
        attempts: How often a step that failed in passing, such as a lost connection, is tried in all.
        run_timeout: Seconds for one whole run of `export_group` or `fetch_settlements`.
        connect_timeout: Seconds until the connection must stand.
        login_timeout: Seconds until the server must have let us in.
        operation_timeout: Seconds within which the server must answer any one operation.
        kid_modulus: 10 or 11, as agreed with the bank for the account; None accepts either.
        kid_lengths: Lengths a KID may have; empty for any.
        overdue_days: How many days ago a claim must have been due before it is sent.
        notice_days: Days from the collection notice (*inkassovarsel*) to its deadline, where a claim states none.
        minimum_claim: The least that must remain of an invoice, in kroner.
        minimum_debtor: The least that a debtor must owe in all, in kroner.
        checks: Level of checks before sending, by code; the codes are those of `lindorff_sdk.findings.CHECKS`.
        synthetic_national_ids: Whether national ids of the test population (*Tenor*) are good; not in production.
        interest_note_within: How far, in kroner, a note may be from the interest by law; None where rates are agreed.
        figures: Statutory figures; in TOML the path of a file whose figures are added to those of the library.
        holds: What a finding in a file from the agency holds until somebody resolves it, by code: ``nothing``,
            ``line``, ``case`` or ``file``; the codes are those of `lindorff_sdk.findings.HOLDS`.

    Raises:
        DefinitionError: If settings cannot be used; every one is listed.
    """

    id: str
    name: str = ""
    format: tuple[str, ...] = field(default="lindorff-reference", converter=_one_or_more)
    protocol: Protocol = field(default=Protocol.SFTP, converter=Protocol)
    server: str = ""
    port: int = Factory(lambda self: _PORTS[self.protocol], takes_self=True)
    username: str = ""
    password: Secret | None = None
    private_key: Path | None = None
    passphrase: Secret | None = None
    host_key: str = ""
    known_hosts: Path | None = None
    legacy_algorithms: bool = False
    tls_pin: str = ""
    tls_authorities: Path | None = None
    name_encoding: str = "utf-8"
    passive_commands: tuple[str, ...] = field(default=("epsv", "pasv"), converter=_one_or_more)
    upload_folder: str
    temporary_folder: str = ""
    download_folder: str
    done_folder: str = ""
    customer_id: str
    payout_account: str = ""
    agency_account: str = ""
    currency: str = "NOK"
    levels: Mapping[str, Level] = field(factory=dict, converter=_of_levels, hash=False)
    credit_notes: CreditNotes = field(default=CreditNotes.AS_CREDIT_NOTES, converter=CreditNotes)
    money_source: MoneySource = field(default=MoneySource.AGENCY, converter=MoneySource)
    bank_format: tuple[str, ...] = field(default="nets-ocr-giro", converter=_one_or_more)
    bank_agreements: tuple[str, ...] = field(default=(), converter=_one_or_more)
    bank_accounts: tuple[str, ...] = field(default=(), converter=_one_or_more)
    after_fetch: AfterFetch = field(default=AfterFetch.LEAVE, converter=AfterFetch)
    agency_removes_files: bool = True
    unfinished: tuple[str, ...] = field(default=UNFINISHED, converter=_one_or_more)
    settle_seconds: float = 0.0
    min_age_seconds: float = 0.0
    marker: str = ""
    max_file_bytes: int = 256 * 1024**2
    max_run_bytes: int = 2 * 1024**3
    max_run_files: int = 10_000
    attempts: int = 3
    run_timeout: float = 900.0
    connect_timeout: float = 15.0
    login_timeout: float = 30.0
    operation_timeout: float = 60.0
    kid_modulus: Literal[10, 11] | None = None
    kid_lengths: tuple[int, ...] = field(default=(), converter=_lengths)
    synthetic_national_ids: bool = True
    overdue_days: int = 14
    notice_days: int = 14
    minimum_claim: Decimal = field(default=ZERO, converter=money)
    minimum_debtor: Decimal = field(default=ZERO, converter=money)
    checks: Mapping[str, CheckLevel] = field(factory=dict, converter=_levels, hash=False)
    interest_note_within: Decimal | None = field(default=None, converter=money_or_none)
    figures: Figures = Factory(Figures.shipped)
    holds: Mapping[str, Hold] = field(factory=dict, converter=_holds, hash=False)

    def __attrs_post_init__(self) -> None:
        known = {attribute.name: getattr(self, attribute.name) for attribute in fields(ExportDefinition)}
        place = Place(Path(), f"definitions.{self.id}")
        if mistakes := list(broken(known, place)):
            raise DefinitionError(f"The definition {self.id!r} cannot be used.", mistakes)

    @property
    def customer_ids(self) -> tuple[str, ...]:
        """The creditor's ids at the agency, the definition's own first."""
        others = (level.customer_id for level in self.levels.values() if level.customer_id)
        return tuple(dict.fromkeys((self.customer_id, *others)))

    @classmethod
    def load(cls, path: str | Path, definition_id: str) -> "ExportDefinition":
        """Return one definition of a TOML file.

        Mistakes in the file's other definitions do not matter here; `load_all` tells them.

        Args:
            path: A TOML file with a table ``[definitions.<id>]`` for each agreement. Relative paths in it start at
                its folder.
            definition_id: The id.

        Raises:
            DefinitionError: If the file or the definition cannot be used; all mistakes are listed.
        """
        definitions, mistakes = _read_file(Path(path), definition_id)
        if mistakes:
            raise DefinitionError(f"The definition {definition_id!r} in {path} cannot be used.", mistakes)
        return definitions[definition_id]

    @classmethod
    def load_all(cls, path: str | Path) -> "dict[str, ExportDefinition]":
        """Return every definition of a TOML file, by id.

        Raises:
            DefinitionError: If the file or one of its definitions cannot be used; all mistakes of all are listed.
        """
        definitions, mistakes = _read_file(Path(path))
        if mistakes:
            raise DefinitionError(f"The definitions in {path} cannot be used.", mistakes)
        return definitions


def _figures(value: object, place: Place) -> Figures:
    """Read the path of a file of statutory figures; they come before those that ship."""
    try:
        return Figures.shipped().extended_by(_settings.path(value, place))
    except FigureError as error:
        mistakes = [place.mistake("setting-value", str(error))]
    raise _settings.MistakesError(mistakes)


_READERS: Mapping[str, Reader] = {
    "name": _settings.text,
    "format": _settings.profiles,
    "protocol": _settings.one_of(Protocol),
    "server": _settings.text,
    "port": _settings.whole_number,
    "username": _settings.text,
    "password": _settings.secret,
    "private_key": _settings.path,
    "passphrase": _settings.secret,
    "host_key": _settings.text,
    "known_hosts": _settings.path,
    "legacy_algorithms": _settings.flag,
    "tls_pin": _settings.text,
    "tls_authorities": _settings.path,
    "name_encoding": _settings.text,
    "passive_commands": _settings.texts,
    "upload_folder": _settings.text,
    "temporary_folder": _settings.text,
    "download_folder": _settings.text,
    "done_folder": _settings.text,
    "customer_id": _settings.text,
    "payout_account": _settings.text,
    "agency_account": _settings.text,
    "currency": _settings.text,
    "levels": _settings.tables_of({"customer_id": _settings.text, "payout_account": _settings.text}, Level),
    "credit_notes": _settings.one_of(CreditNotes),
    "money_source": _settings.one_of(MoneySource),
    "bank_format": _settings.profiles,
    "bank_agreements": _settings.texts,
    "bank_accounts": _settings.texts,
    "after_fetch": _settings.one_of(AfterFetch),
    "agency_removes_files": _settings.flag,
    "unfinished": _settings.texts,
    "settle_seconds": _settings.seconds,
    "min_age_seconds": _settings.seconds,
    "marker": _settings.text,
    "max_file_bytes": _settings.whole_number,
    "max_run_bytes": _settings.whole_number,
    "max_run_files": _settings.whole_number,
    "attempts": _settings.whole_number,
    "run_timeout": _settings.seconds,
    "connect_timeout": _settings.seconds,
    "login_timeout": _settings.seconds,
    "operation_timeout": _settings.seconds,
    "kid_modulus": _settings.whole_number,
    "kid_lengths": _settings.whole_numbers,
    "synthetic_national_ids": _settings.flag,
    "overdue_days": _settings.whole_number,
    "notice_days": _settings.whole_number,
    "minimum_claim": _settings.amount,
    "minimum_debtor": _settings.amount,
    "checks": _settings.table_of(dict.fromkeys(CHECKS, _settings.one_of(CheckLevel))),
    "interest_note_within": _settings.amount,
    "figures": _figures,
    "holds": _settings.table_of({code: _settings.one_of(Hold, CODES[code].choices) for code in HOLDS}),
}


def _read_file(path: Path, only: str | None = None) -> tuple[dict[str, ExportDefinition], list[Finding]]:
    """Read a file's definitions.

    The mistakes are returned, not raised: the frames down here hold passwords as text, and no error of ours may
    lead to such a frame.
    """
    place = Place(path)
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        return {}, [place.mistake("definition-unreadable", f"The file cannot be read: {error.strerror}.")]
    except ValueError as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error
        return {}, [place.mistake("definition-unreadable", f"The file is not TOML: {reason}.")]
    file_reading = _settings.read(document, {"definitions": _tables}, place)
    tables: Any = file_reading.values.get("definitions", {})
    if only is not None and only not in tables:
        message = f"There is no definition {only!r}{did_you_mean(only, tables)}."
        known = ", ".join(tables) or "none"
        file_reading.add(only, place.mistake("definition-missing", message, found=known))
    readings = {
        key: _read_definition(key, table, place.below("definitions").below(key))
        for key, table in tables.items()
        if only in {None, key}
    }
    mistakes = [*file_reading.mistakes, *(mistake for reading in readings.values() for mistake in reading.mistakes)]
    built = {} if mistakes else {key: ExportDefinition(**dict[str, Any](read.values)) for key, read in readings.items()}
    return built, mistakes


def _tables(value: object, _: Place) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    raise _settings.SettingError("a table for each definition: [definitions.<id>]")


def _read_definition(definition_id: str, table: object, place: Place) -> Reading:
    if not isinstance(table, dict):
        reading = Reading()
        reading.add("", place.mistake("setting-type", "This is no definition.", expected="a table [definitions.<id>]"))
        return reading
    reading = _settings.read(table, _READERS, place)
    reading.values["id"] = definition_id
    known = dict(reading.values)
    for attribute in fields(ExportDefinition):
        key = attribute.name
        if key in known or key in reading.wrong or isinstance(attribute.default, Factory):  # type: ignore[arg-type]
            continue
        if attribute.default is NOTHING:
            reading.add(key, place.below(key).mistake("setting-missing", "The agreement states it; add it."))
        else:
            known[key] = attribute.default
    reading.mistakes.extend(broken(known, place))
    if known.get("protocol") is Protocol.LOCAL and "server" in reading.values:
        reading.values["server"] = str(_settings.path(reading.values["server"], place))
    return reading
