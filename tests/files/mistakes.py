"""Profiles with one mistake each: the text, the key path that must be named, and words of the sentence."""

from tests.files.support import small_toml

CORRECTION = "files.corrections.records[correction]"
START = "files.corrections.records[start]"
END = "files.corrections.records[end]"
OTHER = "files.corrections.records[other]"
END_RECORD = """
[[files.corrections.records]]
name = "end"
fields = [ { name = "code", length = 1, kind = "constant", value = "E" }, %s ]
"""
OTHER_RECORD = """
[[files.corrections.records]]
name = "other"
%s
fields = [ { name = "code", length = 1, kind = "constant", value = "%s" }, %s ]
"""


def field(text: str) -> str:
    """Return the small profile with one more field at the end of its correction."""
    return small_toml(fields=f"{{ {text} }},")


def end(text: str, fields: str = "") -> str:
    """Return the small profile with an end record."""
    return small_toml(after=END_RECORD % f"{{ {text} }},", fields=fields)


def other(keys: str = "", code: str = "X", fields: str = "", **parts: str) -> str:
    """Return the small profile with one more record, behind the corrections."""
    return small_toml(after=OTHER_RECORD % (keys, code, fields), **parts)


AMOUNT = '{ name = "amount", length = 8, kind = "amount", to = "amount" },'
SIGNED = AMOUNT.replace("length = 8", 'length = 8, sign = "leading"')
CUSTOMER = '{ name = "customer_id", length = 6, to = "envelope.customer_id" },'
DATED = 'length = 8, kind = "date"'
MADE_UP = '{ name = "kind", length = 1, kind = "code", to = "kind", codes = { D = "direct_payment" } },'
MISTAKES: dict[str, tuple[str, str, str]] = {
    # The top of the file
    "key missing": (small_toml().replace('id = "small"', ""), "id", "missing"),
    "wrong type": (small_toml().replace('version = "1"', "version = 1"), "version", "Wrong type"),
    "date as text": (small_toml().replace("2026-01-01", '"2026-01-01"'), "holds_from", "Wrong type"),
    "unknown key": (small_toml().replace("version", "verison"), "verison", "Unknown key"),
    "unknown codec": (small_toml(codec="klingon"), "codec", "codec"),
    "codec of several bytes": (small_toml(codec="utf-16"), "codec", "codec"),
    "codec of one or two bytes": (small_toml(codec="cp932"), "codec", "codec"),
    "codec with escapes": (small_toml(codec="iso2022_jp"), "codec", "codec"),
    "codec unlike ASCII": (small_toml(codec="cp037"), "codec", "codec"),
    "codec that is none": (small_toml(codec="rot13"), "codec", "codec"),
    "unknown line end": (small_toml(line_end="cr"), "line_end", "Not one of"),
    "unknown word": (
        small_toml().replace('origin = "', 'interest_notes = "never"\norigin = "'),
        "interest_notes",
        "Not one of",
    ),
    "no files": (small_toml().partition("[files")[0], "files", "At least one"),
    "files no table": (small_toml().partition("[files")[0] + "files = 3", "files", "Wrong type"),
    "unknown transfer": (small_toml() + '[files.invoices]\nname = "x"', "files.invoices", "No such transfer"),
    # Files
    "name missing": (small_toml().replace('name = "RD{customer_id}"\n', ""), "files.corrections.name", "missing"),
    "name with an unknown part": (small_toml(name="RD{date}"), "files.corrections.name", "It knows"),
    "name with a broken part": (small_toml(name="RD{customer_id"), "files.corrections.name", "cannot be used"),
    "name with a wrong format": (small_toml(name="RD{sequence:q}"), "files.corrections.name", "cannot be used"),
    "name that cannot be told": (small_toml(name="RD{created_at}"), "files.corrections.name", "could not be told"),
    "no records": (
        small_toml().partition("[[files")[0],
        "files.corrections.records",
        "At least one",
    ),
    "records no tables": (
        small_toml().partition("[[files")[0] + "records = [1]",
        "files.corrections.records",
        "Wrong type",
    ),
    "recognised by nothing": (
        small_toml().replace('recognised_by = ["code"]', ""),
        f"{CORRECTION}.recognised_by",
        "Name the constants",
    ),
    "recognised by no list": (
        small_toml().replace('["code"]', "[1]"),
        "files.corrections.recognised_by",
        "Wrong type",
    ),
    "recognised by what is no constant": (
        small_toml().replace('["code"]', '["invoice_number"]'),
        f"{CORRECTION}.recognised_by",
        "no constant 'invoice_number'",
    ),
    "codes that collide": (other(code="C"), f"{OTHER}.recognised_by", "Nothing tells it from"),
    # Records
    "record twice": (other().replace('"other"', '"start"'), START, "Two records have this name"),
    "record without a name": (other().replace('name = "other"', ""), "files.corrections.records[2].name", "missing"),
    "record without fields": (
        small_toml(after='[[files.corrections.records]]\nname = "end"'),
        f"{END}.fields",
        "At least one",
    ),
    "under nothing": (other('under = "nowhere"'), f"{OTHER}.under", "No record 'nowhere'"),
    "under a later one": (other('under = "other"'), f"{OTHER}.under", "No record 'other'"),
    "opens nothing": (other('opens = "claims"'), f"{OTHER}.opens", "no attribute 'claims'"),
    "opens what is no series": (
        other('opens = "envelope"'),
        f"{OTHER}.opens",
        "does not hold a series",
    ),
    "opens an unknown class": (
        other('opens = "corrections"\nmodel = "Invoice"'),
        f"{OTHER}.model",
        "Not one of",
    ),
    "opens in two places": (
        small_toml(
            between=OTHER_RECORD % ('opens = "corrections"', "X", MADE_UP)
            + OTHER_RECORD.replace("other", "more") % ("", "M", "")
        ),
        f"{CORRECTION}.opens",
        "Another record stands between",
    ),
    "repeats without opening": (other('occurs = "*"'), f"{OTHER}.occurs", "may repeat"),
    "stands once among others": (
        small_toml(after=OTHER_RECORD % ('opens = "corrections"', "X", MADE_UP)),
        f"{OTHER}.occurs",
        "each may repeat",
    ),
    "occurs at will": (other('occurs = "2"'), f"{OTHER}.occurs", "Not one of"),
    "unique by no field": (
        other('unique = ["number"]'),
        f"{OTHER}.unique",
        "no field 'number'",
    ),
    "unknown key of a record": (other('below = "x"'), f"{OTHER}.below", "Unknown key"),
    # Fields
    "field twice": (field('name = "kind", length = 1, kind = "filler"'), f"{CORRECTION}.fields[kind]", "Two fields"),
    "length missing": (field('name = "text", to = "text"'), f"{CORRECTION}.fields[text].length", "missing"),
    "length of nothing": (
        field('name = "text", length = 0, to = "text"'),
        f"{CORRECTION}.fields[text].length",
        "one byte",
    ),
    "length as text": (
        field('name = "text", length = "5", to = "text"'),
        f"{CORRECTION}.fields[text].length",
        "Wrong type",
    ),
    "length of yes": (
        field('name = "text", length = true, to = "text"'),
        f"{CORRECTION}.fields[text].length",
        "Wrong type",
    ),
    "unknown kind": (
        field('name = "text", length = 5, kind = "string"'),
        f"{CORRECTION}.fields[text].kind",
        "Not one of",
    ),
    "unknown key of a field": (
        field('name = "text", length = 5, to = "text", widht = 5'),
        f"{CORRECTION}.fields[text].widht",
        "Unknown key",
    ),
    "goes nowhere": (field('name = "text", length = 5'), f"{CORRECTION}.fields[text].to", "goes nowhere"),
    "unknown attribute": (
        field('name = "text", length = 5, to = "tekst"'),
        f"{CORRECTION}.fields[text].to",
        "no attribute 'tekst'",
    ),
    "unknown attribute on the way": (
        field('name = "text", length = 5, to = "text.nb"'),
        f"{CORRECTION}.fields[text].to",
        "no attributes",
    ),
    "wrong kind for an attribute": (
        field('name = "amount", length = 8, to = "amount"'),
        f"{CORRECTION}.fields[amount].to",
        "cannot hold",
    ),
    "date and time for a date": (
        small_toml().replace(DATED, 'length = 14, kind = "datetime"'),
        f"{CORRECTION}.fields[effective_on].to",
        "cannot hold",
    ),
    "attribute filled twice": (
        field('name = "again", length = 10, to = "invoice_number"'),
        f"{CORRECTION}.fields[again].to",
        "already",
    ),
    "attribute joined in two ways": (
        small_toml(
            fields='{ name = "a", length = 5, to = "text", join = "" }, '
            '{ name = "b", length = 5, to = "text", join = " " },'
        ),
        f"{CORRECTION}.fields[b].join",
        "joined otherwise",
    ),
    "joined to what is no text": (
        field('name = "again", length = 8, kind = "digits", to = "invoice_number", join = " "'),
        f"{CORRECTION}.fields[again].join",
        "has no join",
    ),
    "attribute without a field": (
        small_toml().replace('{ name = "invoice_number", length = 10, to = "invoice_number" },', ""),
        CORRECTION,
        "Nothing fills 'invoice_number'",
    ),
    "attribute of the file without a field": (
        small_toml(name="RD").replace(CUSTOMER, ""),
        "files.corrections.records",
        "Nothing fills 'envelope.customer_id'",
    ),
    "attribute only in a record that may be left out": (
        other('occurs = "?"', fields=CUSTOMER).replace(CUSTOMER, "", 1),
        "files.corrections.records",
        "Nothing fills 'envelope.customer_id'",
    ),
    "pad of two": (
        field('name = "text", length = 5, to = "text", pad = "  "'),
        f"{CORRECTION}.fields[text].pad",
        "one character",
    ),
    "pad that the codec lacks": (
        field('name = "text", length = 5, to = "text", pad = "€"'),
        f"{CORRECTION}.fields[text].pad",
        "lacks a character",
    ),
    "pad that ends lines": (
        field('name = "text", length = 5, to = "text", pad = "\\n"'),
        f"{CORRECTION}.fields[text].pad",
        "control character",
    ),
    "constant too short": (
        field('name = "x", length = 3, kind = "constant", value = "ab"'),
        f"{CORRECTION}.fields[x].value",
        "does not fill",
    ),
    "constant wide in UTF-8": (
        small_toml(codec="utf-8", fields='{ name = "x", length = 1, kind = "constant", value = "Ø" },'),
        f"{CORRECTION}.fields[x].value",
        "several bytes",
    ),
    "value of what is no constant": (
        field('name = "text", length = 5, to = "text", value = "abcde"'),
        f"{CORRECTION}.fields[text].value",
        "has no value",
    ),
    "text without a value": (
        field('name = "text", length = 5, to = "text", empty = "blanks"'),
        f"{CORRECTION}.fields[text].empty",
        "blank anyway",
    ),
    "no value for what has one": (
        small_toml().replace('to = "kind",', 'to = "kind", empty = "blanks",'),
        f"{CORRECTION}.fields[kind].empty",
        "always has a value",
    ),
    "date of another width": (
        small_toml().replace("length = 8", "length = 6"),
        f"{CORRECTION}.fields[effective_on].length",
        "8 wide, not 6",
    ),
    "date with a part twice": (
        small_toml().replace(DATED, 'length = 8, kind = "date", format = "%Y%m%m"'),
        f"{CORRECTION}.fields[effective_on].format",
        "at most once",
    ),
    "date with words": (
        small_toml().replace(DATED, 'length = 6, kind = "date", format = "%d%b%y"'),
        f"{CORRECTION}.fields[effective_on].format",
        "not made of",
    ),
    "format of a text": (
        field('name = "text", length = 5, to = "text", format = "%Y"'),
        f"{CORRECTION}.fields[text].format",
        "has no format",
    ),
    "decimals without a digit before": (
        field('name = "amount", length = 2, kind = "amount", to = "amount"'),
        f"{CORRECTION}.fields[amount].decimals",
        "No digit",
    ),
    "decimals below none": (
        field('name = "amount", length = 8, kind = "amount", decimals = -1, to = "amount"'),
        f"{CORRECTION}.fields[amount].decimals",
        "fewer than 0",
    ),
    "decimals of an integer": (
        end('name = "n", length = 3, kind = "integer", decimals = 2, counts = ["*"]'),
        f"{END}.fields[n].decimals",
        "has no decimals",
    ),
    "number too wide": (
        field('name = "amount", length = 40, kind = "amount", to = "amount"'),
        f"{CORRECTION}.fields[amount].length",
        "at most 24",
    ),
    "sign of digits": (
        field('name = "text", length = 5, kind = "digits", sign = "leading", to = "text"'),
        f"{CORRECTION}.fields[text].sign",
        "has no sign",
    ),
    "minus that is blank": (
        field('name = "amount", length = 8, kind = "amount", sign = "trailing", signs = ["C", " "], to = "amount"'),
        f"{CORRECTION}.fields[amount].signs",
        "cannot be told",
    ),
    # Codes
    "codes missing": (small_toml(codes=""), f"{CORRECTION}.fields[kind].codes", "missing"),
    "code too wide": (small_toml(codes='DP = "direct_payment"'), f"{CORRECTION}.fields[kind].codes.DP", "does not fit"),
    "code of nothing": (small_toml(codes='"" = "direct_payment"'), f"{CORRECTION}.fields[kind].codes.", "does not fit"),
    "code with an unknown meaning": (
        small_toml(codes='D = "payment"'),
        f"{CORRECTION}.fields[kind].codes.D",
        "'payment' is not one of",
    ),
    "code with a meaning of another type": (
        small_toml(codes="D = 1"),
        f"{CORRECTION}.fields[kind].codes.D",
        "1 is not one of",
    ),
    "codes alike once filled": (
        small_toml(codes='A = "direct_payment", "A " = "total_claim"').replace(
            'length = 1, kind = "code"', 'length = 2, kind = "code"'
        ),
        f"{CORRECTION}.fields[kind].codes.A",
        "the same",
    ),
    "unknown code with an unknown meaning": (
        small_toml(codes='D = "direct_payment" }, unknown = "other", align = "left"').replace('"left" }', '"left"'),
        f"{CORRECTION}.fields[kind].unknown",
        "'other' is not one of",
    ),
    "codes of a text": (
        field('name = "text", length = 5, to = "text", codes = { A = "x" }'),
        f"{CORRECTION}.fields[text].codes",
        "has no codes",
    ),
    "raw code of a text": (
        field('name = "text", length = 5, to = "text", raw_to = "reference"'),
        f"{CORRECTION}.fields[text].raw_to",
        "has no raw_to",
    ),
    "raw code to what is no text": (
        small_toml().replace('to = "kind",', 'to = "kind", raw_to = "amount",'),
        f"{CORRECTION}.fields[kind].raw_to",
        "cannot hold",
    ),
    "flag with one code": (
        field('name = "f", length = 1, kind = "flag", codes = { J = true }, to = "text"'),
        f"{CORRECTION}.fields[f].codes",
        "codes for true and for false",
    ),
    "flag of words": (
        field('name = "f", length = 1, kind = "flag", codes = { J = "True", N = "False" }, to = "text"'),
        f"{CORRECTION}.fields[f].codes",
        "codes for true and for false",
    ),
    # Numbers and moments whose text could not be told
    "sign that leaves no digit": (
        field('name = "amount", length = 3, kind = "amount", sign = "leading", to = "amount"'),
        f"{CORRECTION}.fields[amount].decimals",
        "No digit is left",
    ),
    "sign of two characters that leaves no digit": (
        field('name = "amount", length = 4, kind = "amount", sign = "trailing", signs = ["", "CR"], to = "amount"'),
        f"{CORRECTION}.fields[amount].decimals",
        "No digit is left",
    ),
    "thousands without a decimal mark": (
        field('name = "amount", length = 9, kind = "amount", pad = " ", thousands = ".", to = "amount"'),
        f"{CORRECTION}.fields[amount].thousands",
        "decimals are too",
    ),
    "decimal mark that parts the line": (
        small_toml(fields='{ name = "amount", kind = "amount", decimal_mark = ";", to = "amount" },').replace(
            'recognised_by = ["code"]', 'recognised_by = ["code"]\ndelimited = { delimiter = ";", quote = "" }'
        ),
        f"{CORRECTION}.fields[amount].decimal_mark",
        "parts the values",
    ),
    "filled with a sign": (
        field('name = "amount", length = 9, kind = "amount", sign = "leading", pad = "-", to = "amount"'),
        f"{CORRECTION}.fields[amount].pad",
        "told from it",
    ),
    "filled with a digit": (
        field('name = "amount", length = 9, kind = "amount", pad = "9", to = "amount"'),
        f"{CORRECTION}.fields[amount].pad",
        "told from it",
    ),
    "time without a date": (
        small_toml().replace('length = 14, kind = "datetime"', 'length = 6, kind = "time"'),
        f"{START}.fields[created_at].to",
        "A time needs",
    ),
    "time where its date may be absent": (
        small_toml().replace(
            '{ name = "created_at", length = 14, kind = "datetime", to = "envelope.created_at" },',
            '{ name = "day", kind = "date", empty = "zeros", to = "envelope.created_at" }, '
            '{ name = "hour", kind = "time", to = "envelope.created_at" },',
        ),
        f"{START}.fields[hour].empty",
        "may be without a value",
    ),
    # Totals
    "count of an unknown record": (
        end('name = "n", length = 3, kind = "integer", counts = ["claim"]'),
        f"{END}.fields[n].counts",
        "no record 'claim'",
    ),
    "count as text": (end('name = "n", length = 3, counts = ["*"]'), f"{END}.fields[n].counts", "has no counts"),
    "count that fills": (
        small_toml().replace('to = "envelope.sequence"', 'to = "envelope.sequence", counts = ["*"]'),
        f"{START}.fields[sequence].to",
        "it fills nothing",
    ),
    "count below the top": (
        field('name = "n", length = 3, kind = "integer", counts = ["*"]'),
        f"{CORRECTION}.fields[n]",
        "has no others in it",
    ),
    "area of lines that repeat": (
        other('under = "correction"\noccurs = "*"', fields='{ name = "area", length = 2, kind = "reserved" }'),
        f"{OTHER}.fields[area].kind",
        "Say filler",
    ),
    "sum of a field of its own line": (
        end('name = "m", length = 9, kind = "amount", sums = ["end.n"] }, { name = "n", length = 9, kind = "amount"'),
        f"{END}.fields[m].sums",
        "of the line that states it",
    ),
    "sum of an unknown record": (
        end('name = "n", length = 9, kind = "amount", sums = ["claim.amount"]'),
        f"{END}.fields[n].sums",
        "'claim.amount'",
    ),
    "sum of an unknown field": (
        end('name = "n", length = 9, kind = "amount", sums = ["correction.sum"]'),
        f"{END}.fields[n].sums",
        "'correction.sum'",
    ),
    "sum of no amount": (
        end('name = "n", length = 9, kind = "amount", sums = ["correction.kind"]'),
        f"{END}.fields[n].sums",
        "not a field of kind amount",
    ),
    "sum as text": (
        end('name = "n", length = 9, sums = ["correction.amount"]', AMOUNT),
        f"{END}.fields[n].sums",
        "has no sums",
    ),
    "first date as text": (
        end('name = "n", length = 9, firsts = ["correction.effective_on"]'),
        f"{END}.fields[n].firsts",
        "has no firsts",
    ),
    "first date of no date": (
        end('name = "n", length = 8, kind = "date", firsts = ["correction.invoice_number"]'),
        f"{END}.fields[n].firsts",
        "not a field of kind date",
    ),
    "repeats what may stand but once": (
        other('occurs = "*"', fields='{ name = "text", length = 5, to = "envelope.currency" }, ' + CUSTOMER).replace(
            CUSTOMER, CUSTOMER.replace("length = 6", 'length = 6, kind = "digits"')
        ),
        f"{OTHER}.occurs",
        "may repeat",
    ),
    "sum of another scale": (
        end('name = "n", length = 9, kind = "amount", decimals = 0, sums = ["correction.amount"]', AMOUNT),
        f"{END}.fields[n].sums",
        "2 decimals, and the sum 0",
    ),
    "sum without the sign of its parts": (
        end('name = "n", length = 9, kind = "amount", sums = ["correction.amount"]', SIGNED),
        f"{END}.fields[n].sums",
        "can be negative",
    ),
    # Fields that older lines lack, and texts that others go on with
    "optional where there must be a value": (
        small_toml().replace(
            'kind = "date", to = "effective_on" }', 'kind = "date", to = "effective_on", optional = true }'
        ),
        f"{CORRECTION}.fields[effective_on].optional",
        "say in 'defaults'",
    ),
    "optional for the object around": (
        field('name = "c", length = 6, to = "^envelope.customer_id", optional = true').replace(CUSTOMER, ""),
        f"{CORRECTION}.fields[c].optional",
        "'^envelope.customer_id' always has a value",
    ),
    "optional and unique": (
        field('name = "case", length = 6, to = "agency_case_number", optional = true').replace(
            'occurs = "*"', 'occurs = "*"\nunique = ["case"]'
        ),
        f"{CORRECTION}.fields[case].optional",
        "nothing would identify them",
    ),
    "optional total": (
        end('name = "n", length = 3, kind = "integer", counts = ["*"], optional = true'),
        f"{END}.fields[n].optional",
        "a total is in every line",
    ),
    "optional running number": (
        field('name = "n", length = 3, kind = "integer", numbers = "*", optional = true'),
        f"{CORRECTION}.fields[n].optional",
        "a running number is in every line",
    ),
    "optional sign behind its amount": (
        field(
            'name = "amount", length = 9, kind = "amount", sign_in = "s", to = "amount" }, '
            '{ name = "s", length = 1, kind = "sign", optional = true'
        ),
        f"{CORRECTION}.fields[s].optional",
        "the sign of 'amount' is unknown",
    ),
    "optional code": (
        other(fields='{ name = "code2", length = 1, kind = "constant", value = "Y", optional = true },').replace(
            'name = "other"', 'name = "other"\nrecognised_by = ["code2"]'
        ),
        f"{OTHER}.recognised_by",
        "what is optional tells nothing",
    ),
    "joined and given twice": (
        field(
            'name = "a", length = 4, to = "text" }, '
            '{ name = "b", length = 4, to = "text", also_to = "reference", join = ""'
        ),
        f"{CORRECTION}.fields[b].also_to",
        "there is no whole",
    ),
    "given twice and gone on with": (
        field(
            'name = "a", length = 4, to = "text", also_to = "reference" }, '
            '{ name = "b", length = 4, to = "text", join = ""'
        ),
        f"{CORRECTION}.fields[b].to",
        "has but a part of it",
    ),
    "may be empty and must have a value": (
        field('name = "d", length = 8, kind = "date", empty = "zeros", to = "effective_on"').replace(
            '{ name = "effective_on", length = 8, kind = "date", to = "effective_on" },', ""
        ),
        f"{CORRECTION}.fields[d].empty",
        "say in 'defaults'",
    ),
    "running number that fills": (
        field('name = "n", length = 3, kind = "integer", numbers = "*", to = "reference"'),
        f"{CORRECTION}.fields[n].to",
        "fills nothing",
    ),
    "repeated key of another width": (
        field("").replace("{  },", "")
        + """
[[files.corrections.records]]
name = "more"
under = "correction"
fields = [ { name = "code", kind = "constant", value = "M" }, { name = "text", length = 3, to = "text" },
    { name = "key", length = 12, pad = "*", matches = "invoice_number" } ]
""",
        "files.corrections.records[more].fields[key].matches",
        "as wide as the field that it repeats",
    ),
}
