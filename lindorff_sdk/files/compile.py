"""A layout compiled once: its plan, with the functions that make its objects, and that read and write its lines.

Only canonical lines of fixed width have fast functions; whatever differs is handed back (None), and `doubtful.py` and
`putting.py` then go through the line field by field.
"""

from functools import lru_cache

from lindorff_sdk.files.binding import element_model
from lindorff_sdk.files.fast_reading import ordinary, reader
from lindorff_sdk.files.fast_writing import writer
from lindorff_sdk.files.layout import FileLayout
from lindorff_sdk.files.making import builder, maker
from lindorff_sdk.files.paths import inner_attribute, inner_path
from lindorff_sdk.files.plan import VALUE, Part, Plan, PlannedRecord
from lindorff_sdk.files.planner import plan as plan_of
from lindorff_sdk.files.runs import comes_in_runs, runner


@lru_cache(maxsize=256)
def compiled(layout: FileLayout) -> Plan:
    """Return a layout's plan with its functions; it is made at the first call and kept."""
    made = plan_of(layout)
    for record in made.records:
        record.make = maker(record.model, record.parts, record.defaults) if record.is_leaf else tuple
        if record.inner:
            attribute = inner_attribute(record.inner[0].path)
            inner = [Part(inner_path(part.path), part.field, part.role) for part in record.inner]
            record.make_inner = maker(element_model(record.model, attribute), inner, {})
        if is_fast(record, layout):
            record.read, record.ordinary = reader(record), ordinary(record)
            record.write = None if _is_parted(record, made) else writer(record)
    for record in made.records:
        if made.told_by_code and comes_in_runs(record, made):
            record.run = runner(record)
    for node in (made.root, *(record.node for record in made.records if record.node is not None)):
        node.build = builder(node)
    return made


def _is_parted(record: PlannedRecord, plan: Plan) -> bool:
    """Return whether a record has but a part of an attribute, and others the rest."""
    return any(len(plan.sharing(part)) > 1 for part in record.parts if part.role == VALUE)


def is_fast(record: PlannedRecord, layout: FileLayout) -> bool:
    """Return whether a record's lines have columns that a regular expression can tell apart, and no rivals."""
    plain = layout.delimited is None and not layout.strip_blanks and len(record.layout.lengths) == 1
    return plain and not record.layout.wins_over and not record.yields_to
