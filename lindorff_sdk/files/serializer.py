"""Models to bytes: all of it, or every reason why not."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import cast

from attrs import define, field

from lindorff_sdk.errors import ProfileError, SerializeError
from lindorff_sdk.files.binding import ROOTS
from lindorff_sdk.files.charset import charset
from lindorff_sdk.files.compile import CompiledFile, CompiledRecord, Group, Node, compiled
from lindorff_sdk.files.kinds import CODECS, UnreadableError, code_text, stripped
from lindorff_sdk.files.layout import Align, Field, Profile
from lindorff_sdk.files.totals import computed, units
from lindorff_sdk.findings import Finding, finding, masked
from lindorff_sdk.models.codes import Transfer
from lindorff_sdk.models.parsed import AnyFile


def transfer_of(file: AnyFile) -> Transfer:
    """Return which transfer a file belongs to."""
    return next(transfer for transfer, model in ROOTS.items() if isinstance(file, model))


def serialize(file: AnyFile, profile: Profile) -> bytes:
    """Return the bytes of a file, with its counts and sums computed.

    The same model gives the same bytes. A text loses the pad that ends it, since the file cannot tell the two apart.

    Raises:
        SerializeError: If the layout cannot hold the file. It lists every field that does not fit; no byte is made.
        ProfileError: If the profile has no layout for this kind of file.
    """
    transfer = transfer_of(file)
    if transfer not in profile.files:
        raise ProfileError(f"Profile {profile.id} has no layout for files of {transfer}.")
    layout = compiled(profile.file(transfer))
    writing = _Writing(layout, profile.codec)
    data = _encoded(writing.file(file), profile)
    if not charset(profile.codec).is_clean(data, profile.line_end, len(writing.lines)):
        # Something that the codec lacks, a control character, or characters of several bytes: look at every field.
        writing = _Writing(layout, profile.codec, careful=True)
        data = _encoded(writing.file(file), profile)
    if writing.problems:
        raise SerializeError(f"Profile {profile.id} cannot hold this file of {transfer}:", writing.problems)
    return data


def _encoded(lines: Iterable[str], profile: Profile) -> bytes:
    try:
        return "".join(f"{line}{profile.line_end}" for line in lines).encode(profile.codec)
    except UnicodeEncodeError:
        return b""  # no clean file: it has lines, and this has none


@define(eq=False)
class _Writing:
    """The writing of one file. ``careful`` goes through every line field by field."""

    layout: CompiledFile
    codec: str
    careful: bool = False
    problems: list[Finding] = field(factory=list)
    lines: list[str] = field(factory=list)
    counts: list[int] = field(init=False)
    sums: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.counts = [0] * len(self.layout.records)
        self.sums = [0] * len(self.layout.sums)

    def file(self, file: AnyFile) -> list[str]:
        """Return the lines of the file, without their ends."""
        later: list[tuple[int, CompiledRecord]] = []
        for member in self.layout.root.members:
            if isinstance(member, Group):
                self._group(member, file)
            elif member.totals:
                # What it states is known when everything else is written.
                later.append((len(self.lines), member))
                self.counts[member.index] += 1
                self.lines.append("")
            else:
                self._record(member, file)
        for place, record in later:
            self.lines[place] = self._plain(record, file)
        return self.lines

    def _node(self, opener: CompiledRecord, node: Node, item: object) -> None:
        self._record(opener, item)
        for member in node.members:
            if isinstance(member, Group):
                self._group(member, item)
            else:
                self._record(member, item)

    def _group(self, group: Group, above: object) -> None:
        items = cast("Sequence[object]", getattr(above, group.attribute))
        for item in items:
            record = group.records.get(type(item))
            if record is None:
                self._problem(above, f"No record of the layout holds a {type(item).__name__}.", field=group.attribute)
            elif record.node is not None:
                self._node(record, record.node, item)
            else:
                self._record(record, item)
        for model, record in group.records.items():
            number = sum(type(item) is model for item in items)
            if record.layout.needed > number or (number > 1 and not record.layout.repeats):
                message = f"There is {'more than one' if number else 'no'} {record.layout.name}; the layout has one."
                self._problem(above, message, record=record.layout.name, field=group.attribute)

    def _record(self, record: CompiledRecord, item: object) -> None:
        if record.absent is not None and record.absent == tuple(attrgetter(t.path)(item) for t in record.targets):
            return
        self.counts[record.index] += 1
        line = None if self.careful else record.write(item, self.sums)
        self.lines.append(self._plain(record, item) if line is None else line)

    # A line that the compiled function does not write ----------------------------------------------------------------

    def _plain(self, record: CompiledRecord, item: object) -> str:
        raw = {target.field.name: target.path for target in record.targets if target.raw}
        stated = {total.field.name: computed(total, self.layout, self.counts, self.sums) for total in record.totals}
        pieces = []
        for spec in record.layout.fields:
            value: object = None
            try:
                if spec.name in stated:
                    value = stated[spec.name]
                    pieces.append(self._fitting(spec, _stated_text(spec, stated[spec.name])))
                    continue
                value = attrgetter(spec.to)(item) if spec.to else None
                text = (
                    code_text(spec, attrgetter(raw[spec.name])(item), value)
                    if spec.name in raw
                    else CODECS[spec.kind].encode(spec, value)
                )
                pieces.append(self._fitting(spec, text))
            except UnreadableError as error:
                self._unwritable(record, spec, item, value, str(error))
            else:
                if spec.name in record.summed:
                    self.sums[record.summed[spec.name]] += units(spec, value)
        return "".join(pieces)

    def _fitting(self, spec: Field, text: str) -> str:
        """Return the text if the codec has it and it is as wide in bytes as in characters."""
        try:
            width = len(text.encode(self.codec))
        except UnicodeEncodeError as error:
            bad = text[error.start]
            raise UnreadableError(f"characters that {self.codec} has; it lacks {bad!r} (U+{ord(bad):04X})") from None
        if width > spec.length:
            # Characters of several bytes: the pad gives way.
            bare = stripped(spec, text)
            pad = spec.pad * (spec.length - len(bare.encode(self.codec)))
            text = pad + bare if spec.align is Align.RIGHT else bare + pad
            width = len(text.encode(self.codec))
        if width != spec.length:
            raise UnreadableError(f"at most {spec.length} bytes in {self.codec}")
        return text

    def _unwritable(self, record: CompiledRecord, spec: Field, item: object, value: object, expected: str) -> None:
        text = "" if value is None else str(value)
        self._problem(
            item,
            "The layout cannot hold this value.",
            record=record.layout.name,
            column=spec.start + 1,
            width=spec.length,
            field=spec.to or spec.name,
            expected=expected,
            found=f"{len(text)} characters: {masked(text)!r}" if spec.personal else repr(value),
        )

    def _problem(self, item: object, message: str, **place: object) -> None:
        self.problems.append(finding("field-unwritable", message, subject=_subject(item), **place))  # type: ignore[arg-type]


def _stated_text(spec: Field, number: int) -> str:
    text = f"{number:0{spec.length}d}"
    if len(text) > spec.length:
        raise UnreadableError(f"a total of at most {spec.length} digits")
    return text


def _subject(item: object) -> str:
    """Return what an object is called by the people who must mend it."""
    for attribute, word in (("invoice_number", "invoice"), ("reference", "case"), ("number", "debtor")):
        value = getattr(item, attribute, "")
        if value:
            return f"{word} {value}"
    return ""
