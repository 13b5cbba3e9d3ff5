"""Generated functions that write the canonical lines of fixed width of objects.

What they cannot write, or not quickly, they hand back, and `putting.py` puts the line together field by field.
"""

from typing import cast

from lindorff_sdk.files.amounts import is_plain
from lindorff_sdk.files.expressions import matcher, summands, summed_fields
from lindorff_sdk.files.kinds import CODECS, raw_text, write_value
from lindorff_sdk.files.layout import Field, Kind
from lindorff_sdk.files.memo import Memo
from lindorff_sdk.files.plan import RAW, VALUE, PlannedRecord, Write
from lindorff_sdk.models.making import function
from lindorff_sdk.models.money import ZERO


def writer(record: PlannedRecord) -> Write | None:
    """Return the writing function; None where a value has to be parted, or is known only at the end."""
    paths = [part.path for part in record.all_parts]
    simple = all(part.role in (VALUE, RAW) for part in record.all_parts) and len(set(paths)) == len(paths)
    several_lines = record.layout.repeats and not record.layout.opens
    if not simple or record.stated or record.inner or record.climbing or several_lines:
        return None
    return _Source(record).writer()


class _Source:
    """Writes the source of one record's writing function."""

    def __init__(self, record: PlannedRecord) -> None:
        self.record = record
        self.names: dict[str, object] = {"match": matcher(record, []), "ZERO": ZERO}
        self.raw = {part.field.name: part.path for part in record.parts if part.role == RAW}

    def writer(self) -> Write:
        record, names = self.record, self.names
        pieces, texts = [], []
        needed = summed_fields(record)
        for number, item in enumerate(record.layout.fields):
            piece = self._piece(number, item)
            if item.name in needed:
                texts.append(f'        p{number} = f"{piece}"')
                piece = f"{{p{number}}}"
            pieces.append(piece)
        text_of = {item: f"p{number}" for number, item in enumerate(record.layout.fields)}
        lines = [
            "def function(o, tally):",
            "    try:",
            *texts,
            f'        line = f"{"".join(pieces)}"',
            "    except (TypeError, ValueError, AttributeError):",
            "        return None",
            "    if match(line) is None:",
            "        return None",
            *(
                f"    tally.sums[{index}] += {amount}"
                for index, amount in summands(record, lambda item: text_of[item], names)
            ),
            *(f"    tally.see({index}, o.{item.to})" for index, item in record.extremes),
            "    return line",
        ]
        return cast("Write", function(f"write {record.layout.name}", lines, names))

    def _piece(self, number: int, item: Field) -> str:
        names = self.names
        for numbered, index, counted in self.record.numbered:
            if numbered is item:
                what = f"tally.counts[{counted}]" if counted >= 0 else "sum(tally.counts)"
                if is_plain(item) and item.kind is Kind.INTEGER:
                    return f"{{{what} - tally.bases[{index}]:0{item.length}d}}"
                return self._encoded(number, item, f"{what} - tally.bases[{index}]")
        for matched, index in self.record.matched:
            if matched is item:
                return f"{{tally.remembered[{index}]}}"
        if item.kind is Kind.SIGN:
            amount = next(other for other in self.record.layout.fields if other.sign_in == item.name)
            names[f"plus_{number}"], names[f"minus_{number}"] = write_value(item, 1), write_value(item, -1)
            return f"{{minus_{number} if o.{amount.to} < ZERO else plus_{number}}}"
        if not item.to:
            names[f"c{number}"] = CODECS[item.kind].encode(item, None)
            return f"{{c{number}}}"
        return self._bound(number, item)

    def _bound(self, number: int, item: Field) -> str:
        names, raw = self.names, self.raw
        value = f"abs(o.{item.to})" if item.sign_in else f"o.{item.to}"
        if item.name in raw:
            names[f"code_{number}"] = lambda code, meaning: (
                raw_text(item, code, meaning) if code else write_value(item, meaning)
            )
            return f"{{code_{number}(o.{raw[item.name]}, {value})}}"
        return CODECS[item.kind].write(item).format(value) or self._encoded(number, item, value)

    def _encoded(self, number: int, item: Field, value: str) -> str:
        """Return the piece of a value that the field's codec writes, each value once."""
        self.names[f"encode_{number}"] = Memo(lambda value: write_value(item, value))
        return f"{{encode_{number}[{value}]}}"
