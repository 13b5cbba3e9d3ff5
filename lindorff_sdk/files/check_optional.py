"""What can be wrong with fields that older versions of a record lack."""

from collections.abc import Iterator

from lindorff_sdk.files.binding import attribute_type, default, may_be_none
from lindorff_sdk.files.check_fields import Mistake
from lindorff_sdk.files.layout import Field, FileLayout, Kind, Record
from lindorff_sdk.files.paths import targets
from lindorff_sdk.files.structure import around, default_of, record_models, target_of

_LACKED = "Older lines end before it"


def optional_mistakes(layout: FileLayout) -> Iterator[Mistake]:
    """Yield the optional fields without which an older line could not be read."""
    models = record_models(layout)
    for record in layout.records:
        for item in record.fields:
            if item.optional:
                path = f"records[{record.name}].fields[{item.name}].optional"
                yield from ((path, message) for message in _own(record, item))
                outer = around(layout, record, models)
                yield from ((path, each) for each in _unfilled(layout, record, item, models[record.name], outer))


def _own(record: Record, item: Field) -> Iterator[str]:
    if item.name in record.unique:
        yield f"{_LACKED}, and nothing would identify them: it is one of the record's 'unique' fields."
    for key in ("total", "numbers", "matches"):
        if getattr(item, key):
            what = {"total": "a total", "numbers": "a running number", "matches": "a repeated key"}[key]
            yield f"{_LACKED}; {what} is in every line, or it checks nothing."
    signed = [other for other in record.fields if other.sign_in == item.name]
    if item.kind is Kind.SIGN and any(other.start < item.start for other in signed):
        yield f"{_LACKED}, and then the sign of {signed[0].name!r} is unknown."


def _unfilled(layout: FileLayout, record: Record, item: Field, model: type, outer: type) -> Iterator[str]:
    """Yield the attributes that would have no value in an older line."""
    if item.kind is Kind.TIME:
        return  # midnight
    for to in targets(item):
        joined = any(other.to == to and not other.optional for other in record.fields)
        try:
            start, path = target_of(to, model, outer)
            annotation = attribute_type(start, path)
        except LookupError:
            continue  # which is a mistake of the field's
        said = default_of(layout, record, to) is not None
        if not (joined or said or may_be_none(annotation) or default(start, path) is not None):
            yield (
                f"{_LACKED}, and {to!r} always has a value: say in 'defaults' of the record that opens the object "
                "what it then is."
            )
