"""What a file turned out to hold: its model, what was noticed, and where each object stood."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import asdict, field, frozen

from lindorff_sdk.errors import FileRefusedError
from lindorff_sdk.findings import Finding, Severity
from lindorff_sdk.models.bank import BankFile
from lindorff_sdk.models.cases import CaseFile
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.corrections import CorrectionFile
from lindorff_sdk.models.receipts import ReceiptFile
from lindorff_sdk.models.settlements import SettlementFile

AnyFile = CaseFile | CorrectionFile | ReceiptFile | SettlementFile | BankFile
"""A file of any of the four transfers, or from the bank."""

F_co = TypeVar("F_co", bound=AnyFile, covariant=True)


@frozen
class Origin:
    """Where an object stood, and what identifies it for ever.

    Attributes:
        line: Line of the record that opens it, from 1.
        raw: The bytes of that line.
        unique: The bytes of the fields that the profile names as unique, joined by a zero byte; None if it names none.
    """

    line: int
    raw: bytes = field(repr=False)
    unique: bytes | None = field(repr=False)


@frozen(eq=False)
class ParsedFile(Generic[F_co]):
    """The result of parsing one file.

    Attributes:
        file_name: Its name, as given.
        transfer: Which transfer it belongs to; None if no layout of the profile recognises it.
        model: What it holds; None if it is refused.
        findings: What was noticed, in the order of the lines.
        layout: Id of the layout it follows; ``""`` if none was recognised.
        unread: The bytes of lines of which nothing is used, by line number: of a thousand lines, and 1 MiB, at most.
        kept: Reserved areas as they came, by object and field, for `lindorff_sdk.files.serializer.serialize`.
    """

    file_name: str
    transfer: Transfer | None
    model: F_co | None = field(repr=False)
    findings: tuple[Finding, ...]
    _origins: Mapping[int, Origin] = field(repr=False)
    layout: str = ""
    kept: Mapping[tuple[int, str], str] = field(factory=dict, repr=False)
    unread: Mapping[int, bytes] = field(factory=dict, repr=False)

    @property
    def refused(self) -> bool:
        """Whether nothing of the file may be used."""
        return self.model is None

    @property
    def says_nothing(self) -> bool:
        """Whether it was understood whole and holds no object: the file of a day on which nothing happened.

        Files of two such days have the same bytes where nothing in them tells the day; none of them is a copy.
        """
        held = () if self.model is None else asdict(self.model, recurse=False).values()
        return bool(held) and not self.errors() and not any(each for each in held if isinstance(each, tuple))

    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that are errors."""
        return tuple(found for found in self.findings if found.severity is Severity.ERROR)

    def require(self) -> F_co:
        """Return the model.

        Raises:
            FileRefusedError: If the file is refused; it lists the errors.
        """
        if self.model is None:
            raise FileRefusedError(f"The file {self.file_name or '(unnamed)'} is refused:", self.errors())
        return self.model

    def origin(self, item: object) -> Origin:
        """Return where an object of the model stood: the object itself, not an equal one.

        Raises:
            KeyError: If the object is no part of this file.
        """
        return self._origins[id(item)]
