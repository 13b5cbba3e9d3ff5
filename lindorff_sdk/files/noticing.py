"""What is noticed about a file: so many findings, in the order of the lines, and whether they refuse the file."""

from collections.abc import Iterable, Iterator

from attrs import define, evolve, field

from lindorff_sdk.files.policy import MAX_FINDINGS, MAX_UNREAD, OF_RECORDS, OnError
from lindorff_sdk.findings import Finding, Severity, finding


@define(eq=False)
class Noticing:
    """The findings of one file.

    Attributes:
        file_name: The file's name.
        on_error: What an error refuses.
        findings: What was noticed about lines; those beyond `MAX_FINDINGS` are counted in ``cut``.
        of_file: What was noticed about the file as a whole.
        failed: Whether the file is refused.
        unread: The bytes of lines of which nothing is used, by line number.
        unread_bytes: How many bytes these are.
    """

    file_name: str
    on_error: OnError
    findings: list[Finding] = field(init=False, factory=list)
    of_file: list[Finding] = field(init=False, factory=list)
    cut: int = field(init=False, default=0)
    failed: bool = field(init=False, default=False)
    unread: dict[int, bytes] = field(init=False, factory=dict)
    unread_bytes: int = field(init=False, default=0)

    def note(self, found: Finding, line: int = 0) -> None:
        """Keep a finding, or count it once there are too many."""
        if found.severity is Severity.ERROR and (self.on_error is OnError.REFUSE_FILE or found.code not in OF_RECORDS):
            self.failed = True
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(evolve(found, file=self.file_name, line=found.line or line))
        else:
            self.cut += 1

    def note_all(self, said: Iterable[Finding], line: int) -> None:
        """Keep findings about one line."""
        for found in said:
            self.note(found, line)

    def leave(self, number: int, raw: bytes) -> None:
        """Keep the bytes of a line of which nothing is used, unless there are too many."""
        if len(self.unread) < MAX_FINDINGS and self.unread_bytes + len(raw) <= MAX_UNREAD:
            self.unread[number] = raw
            self.unread_bytes += len(raw)

    def note_of_file(self, found: Finding) -> None:
        """Keep a finding about the file as a whole, once."""
        said = evolve(found, file=self.file_name)
        if said not in self.of_file:
            self.of_file.append(said)
            self.failed |= said.severity is Severity.ERROR

    def all_findings(self) -> Iterator[Finding]:
        """Yield the findings in the order of the lines; what concerns the whole file comes last."""
        of_file = sorted(self.of_file, key=lambda found: found.code, reverse=True)
        of_lines = sorted(self.findings, key=lambda found: (found.line == 0, found.line))
        shown = [*of_file, *of_lines[: MAX_FINDINGS - len(of_file)]]
        yield from sorted(shown, key=lambda found: (found.line == 0, found.line))
        cut = self.cut + len(of_file) + len(of_lines) - len(shown)
        if cut:
            yield finding("findings-cut", f"{cut} further findings are not shown.", file=self.file_name)
