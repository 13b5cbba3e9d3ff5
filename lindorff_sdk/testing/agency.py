"""The embedded agency: it takes what it is sent, answers, settles, and misbehaves on request."""

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lindorff_sdk.definition import ExportDefinition, Protocol
from lindorff_sdk.files.layout import Profile
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.profile import shipped
from lindorff_sdk.findings import Finding
from lindorff_sdk.models.cases import CaseFile, CollectionCase
from lindorff_sdk.models.codes import FileStatus, Transfer
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.receipts import FileReceipt, ReceiptFile
from lindorff_sdk.models.settlements import SettlementFile
from lindorff_sdk.secrets import Secret
from lindorff_sdk.testing import script
from lindorff_sdk.testing.caseload import Caseload, Policy
from lindorff_sdk.testing.damage import Damage, damaged
from lindorff_sdk.testing.outbox import AGENCY_ACCOUNT, PAYOUT_ACCOUNT, Outbox, moment
from lindorff_sdk.testing.premises import Premises
from lindorff_sdk.testing.settling import Happening, Settling

PASSWORD_VARIABLE = "NORDLYS_PASSWORD"  # noqa: S105  the name of a variable
"""The environment variable that `EmbeddedAgency.definition_toml` takes the password from."""


class EmbeddedAgency:
    """A whole agency on loopback, for the tests of those who exchange files with one.

    It works when it is told to and never by a clock of its own: the same uploads and calls give the same bytes. ::

        async with EmbeddedAgency(tmp_path) as agency:
            definition = agency.definition()
            ...  # export over SFTP
            agency.work(datetime(2026, 11, 24, 22))
            agency.settle(datetime(2026, 11, 25, 22), [Pays("10001", "500.00")])
            ...  # fetch the receipt and the settlement

    Its books live as long as the object does. A time without a zone is passed to each call; a date is its midnight.
    Calls touch local files only, so they are plain functions.

    Attributes:
        caseload: Its books: cases, numbers, what is left of each claim.
        folders: The folders of the client's account, and the archive.
        password: The account's password, made up anew for each agency.
        written: The good bytes of every file it wrote, by name, whatever became of the file since.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        customer_id: str = "00417",
        profile: Profile | None = None,
        protocol: Protocol = Protocol.SFTP,
        commission: Decimal = Decimal(8),
    ) -> None:
        """Prepare an agency.

        Args:
            root: A directory for its folders; made if it is missing. Give each agency one of its own: its numbers and
                transaction ids begin anew.
            customer_id: The creditor's id (*KundeID*): files of other customers are rejected.
            profile: The layout of its files; the reference profile unless given.
            protocol: SFTP, plain FTP, or `Protocol.LOCAL` for just the folders, which is fastest.
            commission: What it keeps of each payment, in per cent.
        """
        self.profile = profile or shipped("lindorff-reference")
        self.customer_id = customer_id
        self.commission = commission
        self.caseload = Caseload()
        self._premises = Premises(Path(root), Protocol(protocol))
        self.folders = self._premises.folders
        self.password = self._premises.password
        self._outbox = Outbox(self.profile, customer_id, self.folders)
        self.written = self._outbox.written
        self._had: set[str] = set()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._premises.open())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        await self._open.aclose()

    # How it is reached -----------------------------------------------------------------------------------------------

    def definition(self, **changes: Any) -> ExportDefinition:
        """Return the definition of the client's agreement with this agency.

        Args:
            changes: Settings that are to be otherwise, by name: ``after_fetch="move"``. A profile that does not ship
                with the SDK needs ``format`` with its path.

        Raises:
            RuntimeError: If the server is not running.
        """
        settings: dict[str, Any] = self._settings()
        if self._premises.protocol is not Protocol.LOCAL:
            settings["password"] = Secret(self.password)
        return ExportDefinition(**{"id": "nordlys", **settings, **changes})

    def definition_toml(self) -> str:
        """Return the same definition as a TOML file; it takes the password from `PASSWORD_VARIABLE`.

        Raises:
            RuntimeError: If the server is not running.
        """
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in self._settings().items()]
        if self._premises.protocol is not Protocol.LOCAL:
            lines.append(f'password = {{ env = "{PASSWORD_VARIABLE}" }}')
        return "\n".join(("[definitions.nordlys]", *lines, ""))

    def _settings(self) -> dict[str, str | int]:
        return {
            "name": "Nordlys Handel AS",
            "format": self.profile.id,
            **self._premises.settings,
            "customer_id": self.customer_id,
            "payout_account": PAYOUT_ACCOUNT,
            "agency_account": AGENCY_ACCOUNT,
        }

    # What it does ----------------------------------------------------------------------------------------------------

    def work(
        self,
        now: datetime | date,
        *,
        reject: Mapping[str, tuple[str, str]] | None = None,
        temporary: Collection[str] = (),
    ) -> str | None:
        """Take every finished upload away, check it, and put one receipt for all of them among the downloads.

        A case is accepted with a final number. A case whose claims it has already is a duplicate and keeps its number.
        A damaged file, another customer's and one that does not go to an agency are rejected as a whole; the receipt
        for a damaged one states sequence number 0, since the file's own cannot be relied upon.

        Args:
            now: The time.
            reject: Code and text of the reason, by the reference of each case to be rejected.
            temporary: References of the cases that get a temporary number, until `finalise`.

        Returns:
            The receipt's name, or None if nothing had come.
        """
        policy = Policy(reject or {}, temporary)
        return self._answer(now, [self._take(path, policy) for path in self.folders.arrived()])

    def finalise(self, now: datetime | date) -> str | None:
        """Replace every temporary number by a final one.

        Returns:
            The name of the receipt that tells it, or None if there was none.
        """
        return self._answer(now, self.caseload.finalise())

    def settle(self, now: datetime | date, happenings: Iterable[Happening] = ()) -> str:
        """Put a settlement of what happened among the downloads.

        Args:
            now: The time.
            happenings: `Pays`, `Closes` and `Reverses`, in the order of the file.

        Returns:
            The settlement's name.

        Raises:
            LookupError: If the agency holds no such claim, case or payment.
            ValueError: If a case is closed already, or a payment is more than what is left.
        """
        envelope = self._outbox.envelope(Transfer.SETTLEMENTS, moment(now))
        settling = Settling(
            self.caseload, envelope.sequence, (envelope.created_at or moment(now)).date(), self.commission
        )
        return self._outbox.put(SettlementFile(envelope=envelope, entries=settling.settle(happenings)))

    def first_night(self, now: datetime | date) -> tuple[str, ...]:
        """Take the uploads; reject the last private debtor's case and give a company's a temporary number.

        Returns:
            The names of the files it put among the downloads.
        """
        waiting = (parse(path.read_bytes(), self.profile).model for path in self.folders.arrived())
        cases: list[CollectionCase] = [case for file in waiting if isinstance(file, CaseFile) for case in file.cases]
        policy = script.first_night(cases)
        return _names(self.work(now, reject=policy.reject, temporary=policy.temporary))

    def second_night(self, now: datetime | date) -> tuple[str, ...]:
        """Take the uploads, give final numbers, and settle part payments of every fourth case.

        Returns:
            The names of the files it put among the downloads.
        """
        answers = (self.work(now), self.finalise(now))
        return _names(*answers, self.settle(now, script.second_night(self.caseload, moment(now).date())))

    def third_night(self, now: datetime | date) -> tuple[str, ...]:
        """Take the uploads, and settle full payments with interest notes, and a disputed and a bankrupt debtor's case.

        Returns:
            The names of the files it put among the downloads.
        """
        answer = self.work(now)
        return _names(answer, self.settle(now, script.third_night(self.caseload, moment(now).date())))

    def _take(self, upload: Path, policy: Policy) -> FileReceipt:
        data, name = self.folders.take(upload), upload.name
        parsed = parse(data, self.profile, file_name=name)
        digest = sha256(data).hexdigest()
        repeated = digest in self._had
        self._had.add(digest)
        file = parsed.model
        if file is None:
            return _refusal(name, 0, "F01", _where(parsed.errors()[0]))
        sequence = file.envelope.sequence
        if file.envelope.customer_id != self.customer_id:
            return _refusal(name, sequence, "F02", "Kundenummeret er ikke ditt")
        if isinstance(file, CaseFile):
            return self.caseload.take_cases(name, file, policy)
        if isinstance(file, CorrectionFile):
            return self.caseload.take_corrections(name, file, repeated=repeated)
        return _refusal(name, sequence, "F03", "Filen er ikke en som sendes til inkassobyrået")

    def _answer(self, now: datetime | date, receipts: Iterable[FileReceipt]) -> str | None:
        answered = tuple(receipts)
        if not answered:
            return None
        envelope = self._outbox.envelope(Transfer.RECEIPTS, moment(now))
        return self._outbox.put(ReceiptFile(envelope=envelope, receipts=answered))

    # How it misbehaves -----------------------------------------------------------------------------------------------

    def put_damaged(self, name: str, how: Damage) -> None:
        """Put a damaged copy of a file it wrote among the downloads, under the file's own name.

        Raises:
            KeyError: If it wrote no file of that name.
        """
        self.folders.put(name, damaged(self.written[name], self.profile, how))

    def put_again(self, name: str, *, under: str = "") -> str:
        """Put the good bytes of a file it wrote among the downloads again, under its own name or another.

        Returns:
            The name it stands under.

        Raises:
            KeyError: If it wrote no file of that name.
        """
        self.folders.put(under or name, self.written[name])
        return under or name

    def put_stranger(self, name: str = "LESMEG.TXT") -> str:
        """Put a file that no layout of the profile recognises among the downloads, and return its name."""
        self.folders.put(name, "Vi holder stengt i romjulen.\r\n".encode(self.profile.codec))
        return name

    def put_unfinished(self, name: str) -> str:
        """Put the first half of a file it wrote among the downloads, under the temporary name, which is returned.

        It looks like one that is still being written: it must not be fetched.

        Raises:
            KeyError: If it wrote no file of that name.
        """
        unfinished = f".{name}.part"
        self.folders.put(unfinished, damaged(self.written[name], self.profile, Damage.CUT))
        return unfinished

    def refuse_logins(self, *, refusing: bool = True) -> None:
        """Let nobody log in from now on, or everybody again. Connections that stand are kept."""
        self._premises.mood.refusing = refusing

    def run_full(self, *, full: bool = True) -> None:
        """Have no room for uploads from now on, or room again. `Protocol.LOCAL` always has room."""
        self._premises.mood.full = full


def _refusal(name: str, sequence: int, code: str, text: str) -> FileReceipt:
    return FileReceipt(
        file_name=name, sequence=sequence, status=FileStatus.REJECTED, reason_code=code, reason_text=text[:60]
    )


def _where(found: Finding) -> str:
    """Return what is wrong with a file, and where, in the width of a receipt."""
    line = f"linje {found.line}" if found.line else ""
    return ", ".join(part for part in (found.code, line, found.record, found.field) if part)


def _names(*names: str | None) -> tuple[str, ...]:
    return tuple(name for name in names if name is not None)
