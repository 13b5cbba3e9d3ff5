"""Putting a line together field by field: what the fast functions do not write, and why something cannot be written."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import define

from lindorff_sdk.files.charset import charset
from lindorff_sdk.files.check_recognition import codes_of, signs_of
from lindorff_sdk.files.delimit import cells_of, line_of
from lindorff_sdk.files.fill import UncodableError, UnreadableError, repeated_key
from lindorff_sdk.files.kinds import raw_text, write_value
from lindorff_sdk.files.layout import Align, Field, FileLayout, Kind
from lindorff_sdk.files.merging import part as parted
from lindorff_sdk.files.plan import ALSO, HEAD, MOMENT, RAW, REST, WHOLE, Part, Plan, PlannedRecord
from lindorff_sdk.files.recognition import recogniser
from lindorff_sdk.files.tally import Scope, Tally
from lindorff_sdk.files.totals import computed, stated_value
from lindorff_sdk.files.units import units
from lindorff_sdk.findings import Finding, finding, masked


@define(eq=False)
class Putting:
    """Puts the lines of one file together."""

    layout: FileLayout
    codec: str
    plan: Plan
    tally: Tally
    kept: Mapping[tuple[int, str], str]
    problems: list[Finding]

    def line(
        self,
        record: PlannedRecord,
        item: object,
        above: object,
        *,
        scope: Scope | None = None,
        element: object = None,
        pieces: Mapping[str, object] | None = None,
        numbers: Mapping[str, int] | None = None,
    ) -> str:
        """Return a record's line, and add it to the tally. A field that cannot be written becomes a problem.

        Args:
            record: The record.
            item: The object that its fields belong to.
            above: The object around.
            scope: The tally when that object began, where the record states totals of it.
            element: The element that the line adds to a grouped object.
            pieces: The parts of texts that this one of several lines carries, by field.
            numbers: Its running numbers, by field; those of this moment unless given.
        """
        texts: dict[str, str] = {}
        values = self._values(record, item, above, element)
        values |= {
            stated.field.name: stated_value(stated.field, computed(stated, self.plan, self.tally, scope))
            for stated in record.stated
        }
        values |= pieces or {}
        values |= self.numbers(record) if numbers is None else numbers
        for spec in record.layout.fields:
            try:
                texts[spec.name] = self._text(record, spec, values, element or item)
            except UnreadableError as error:
                bound = (part.value_in(element or item) for part in record.all_parts if part.field is spec)
                shown = next(bound, values.get(spec.name))
                self._unwritable(record, spec, element or item, shown, error)
                texts[spec.name] = " " * spec.length
        self._add_up(record, texts, values)
        line = self._joined(record, texts, item)
        if record.yields_to:
            self._tell(record, line, element or item)
        return line

    def _tell(self, record: PlannedRecord, line: str, item: object) -> None:
        """Refuse a line that would be taken for another record's on reading."""
        other = recogniser(self.plan).mistaken(record, charset(self.codec).column_view(line))
        if other is not None:
            message = f"The line would be read as record {other.layout.name}, not as this one."
            told = [f"anything but {code.value!r} at column {code.start + 1}" for code in codes_of(other.layout)]
            told = [f"{sign.name} with the sign that tells it" for sign in signs_of(record.layout)] or told
            self.problem(item, message, record=record.layout.name, expected=" and ".join(told))

    def numbers(self, record: PlannedRecord) -> dict[str, int]:
        """Return the running numbers of a line that was counted, by field."""
        return {
            item.name: self.plan.count_at(counted, self.tally) - self.tally.bases[index]
            for item, index, counted in record.numbered
        }

    def _values(self, record: PlannedRecord, item: object, above: object, element: object) -> dict[str, object]:
        """Return what each field has to say; an error to say so later in its place."""
        sources = [(part, item) for part in record.parts] + [(part, element) for part in record.inner]
        sources += [(part, above) for part, _ in record.climbing]
        values: dict[str, object] = {}
        for part, source in sources:
            name = part.field.name
            if part.role == ALSO and part.value_in(source) != values[name]:
                values[name] = UnreadableError(f"the same value as {part.path}: the layout has one field for both")
            elif part.role not in (ALSO, RAW):
                values[name] = self._value(part, source, values.get(name))
        return values

    def piece(self, part: Part, item: object) -> object:
        """Return what a part gets of the attribute that it fills, perhaps with others."""
        value = part.value_in(item) if part.role in (HEAD, REST, RAW) else self._value(part, item, None)
        return part.unfilled if value == "" and part.role == WHOLE else value

    def _value(self, part: Part, source: object, before: object) -> object:
        value = part.value_in(source)
        if part.role == HEAD:
            return _Halves(part.field.split, str(value), "")
        if part.role == REST and isinstance(before, _Halves):
            return _Halves(before.split, before.head, str(value))
        shared = self.plan.sharing(part)
        if len(shared) > 1 or part.role in (WHOLE, MOMENT):
            try:
                pieces = parted(
                    [other.field for other in shared],
                    value,
                    endless=self.plan.is_endless(shared[-1]),
                    size=charset(self.codec).size,
                )
                return pieces[shared.index(part)]
            except UnreadableError as error:
                return error
        return value

    def _text(self, record: PlannedRecord, spec: Field, values: Mapping[str, object], item: object) -> str:
        for matched, index in record.matched:
            if matched is spec:
                return self._fitting(spec, repeated_key(spec, self.tally.remembered[index], charset(self.codec).size))
        if spec.kind is Kind.SIGN:
            amount = next(other for other in record.layout.fields if other.sign_in == spec.name)
            value = values.get(amount.name)
            return write_value(spec, 1 if value is None else value)
        if spec.kind is Kind.RESERVED:
            return self._fitting(spec, self._area(record, spec, item))
        value = values.get(spec.name)
        if isinstance(value, UnreadableError):
            raise value
        return self._fitting(spec, self._written(record, spec, value, item))

    def _area(self, record: PlannedRecord, spec: Field, item: object) -> str:
        """Return what was kept of a reserved area; those of a batch's own lines are kept with its first object."""
        opener = record if record.layout.opens else record.parent.opener
        if opener is not None and opener.batching is not None:
            item = next(opener.batching.objects(item))[0]
        return self.kept.get((id(item), f"{record.layout.name}.{spec.name}"), spec.pad * spec.length)

    @staticmethod
    def _written(record: PlannedRecord, spec: Field, value: object, item: object) -> str:
        if isinstance(value, _Halves):
            return write_value(spec, value.whole())
        if spec.kind in (Kind.CONSTANT, Kind.FILLER):
            return write_value(spec, value if value is not None else spec.value)
        if spec.sign_in and isinstance(value, Decimal):
            return write_value(spec, abs(value))
        raw = next((part.value_in(item) for part in record.parts if part.role == RAW and part.field is spec), "")
        return raw_text(spec, raw, value) if raw else write_value(spec, value)

    def _fitting(self, spec: Field, text: str) -> str:
        """Return the text if the codec has it and it is as wide in bytes as in characters."""
        try:
            width = len(text.encode(self.codec))
        except UnicodeEncodeError as error:
            bad = text[error.start]
            raise UncodableError(f"characters that {self.codec} has; it lacks {bad!r} (U+{ord(bad):04X})") from None
        if not spec.length or width == spec.length:
            return text
        # Characters of several bytes: the pad gives way first.
        bare = text.lstrip(spec.pad) if spec.align is Align.RIGHT else text.rstrip(spec.pad)
        room = spec.length - len(bare.encode(self.codec))
        while room < 0 and spec.cut:
            bare = bare[:-1]
            room = spec.length - len(bare.encode(self.codec))
        if room < 0:
            raise UnreadableError(f"at most {spec.length} bytes in {self.codec}")
        return spec.pad * room + bare if spec.align is Align.RIGHT else bare + spec.pad * room

    def _joined(self, record: PlannedRecord, texts: Mapping[str, str], item: object) -> str:
        ordered = [texts[spec.name] for spec in record.layout.fields]
        if self.layout.delimited is None:
            line = "".join(ordered)
            return line.rstrip(" ") if self.layout.strip_blanks else line
        try:
            return line_of(ordered, self.layout.delimited)
        except UnreadableError as error:
            self.problem(item, "The layout cannot hold a value.", record=record.layout.name, expected=str(error))
            return ""

    def _add_up(self, record: PlannedRecord, texts: Mapping[str, str], values: Mapping[str, object]) -> None:
        for index, accumulator in record.sums:
            if all(texts[name] in wanted for name, wanted in accumulator.where):
                amount = (
                    units(record.layout.field(accumulator.field), values.get(accumulator.field))
                    if accumulator.field
                    else 1
                )
                self.tally.sums[index] += abs(amount) if accumulator.absolute else amount
        for index, spec in record.extremes:
            self.tally.see(index, values.get(spec.name))

    def text_in(self, line: str, spec: Field) -> str:
        """Return the text of a field in a line that was written."""
        if self.layout.delimited is not None:
            return cells_of(line, self.layout.delimited)[spec.start]
        # Blanks at the end of the line may have been left out.
        raw = line.encode(self.codec, "replace").ljust(spec.end)[spec.start : spec.end]
        return raw.decode(self.codec, "replace")

    # Problems -------------------------------------------------------------------------------------------------------

    def _unwritable(
        self, record: PlannedRecord, spec: Field, item: object, value: object, error: UnreadableError
    ) -> None:
        text = "" if value is None else str(value)
        self.problem(
            item,
            "The layout cannot hold this value.",
            record=record.layout.name,
            column=spec.start + 1,
            width=spec.length,
            field=spec.to or spec.name,
            expected=str(error),
            code="text-outside-codec" if isinstance(error, UncodableError) else "field-unwritable",
            found=f"{len(text)} characters: {masked(text)!r}" if spec.personal else repr(value),
        )

    def problem(self, item: object, message: str, code: str = "field-unwritable", **place: object) -> None:
        """Keep what cannot be written."""
        self.problems.append(finding(code, message, subject=subject(item), **place))  # type: ignore[arg-type]


@define(frozen=True)
class _Halves:
    """The two attributes that share one field."""

    split: str
    head: str
    rest: str

    def whole(self) -> str:
        text = f"{self.head}{self.split}{self.rest}" if self.rest else self.head
        if text.partition(self.split)[0] != self.head:
            raise UnreadableError(f"no {self.split!r} in the first of the two values that share the field")
        return text

    def __str__(self) -> str:
        return f"{self.head}{self.split}{self.rest}"


def pieces_of(plan: Plan, record: PlannedRecord, item: object, codec: str) -> list[dict[str, object]]:
    """Return what each of a record's repeated lines carries of its texts, by field.

    Raises:
        UnreadableError: If a text cannot be parted.
    """
    columns = {}
    for part in record.parts:
        shared = plan.sharing(part)
        pieces = parted([other.field for other in shared], part.value_in(item), endless=True, size=charset(codec).size)
        columns[part.field.name] = pieces[len(shared) - 1 :]
    lines = max(int(record.layout.needed), *map(len, columns.values()))
    return [{name: given[at] if at < len(given) else "" for name, given in columns.items()} for at in range(lines)]


def subject(item: object) -> str:
    """Return what an object is called by the people who must mend it."""
    for attribute, word in (("invoice_number", "invoice"), ("reference", "case"), ("number", "debtor")):
        value = getattr(item, attribute, "")
        if value:
            return f"{word} {value}"
    return ""
