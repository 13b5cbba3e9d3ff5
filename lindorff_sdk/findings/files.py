"""What can be wrong with a profile or a file, and what is only written otherwise."""

from lindorff_sdk.findings.model import Severity, table

FILES = (
    table(
        Severity.ERROR,
        {
            "profile-mistake": ("A profile says something that cannot be.", "Correct the key that is named."),
            "file-empty": ("The file holds no bytes.", "Ask the agency for the file again."),
            "file-changed": (
                "The file holds something else than when its totals were checked.",
                "Read a copy, or wait until whoever writes it is done.",
            ),
            "file-unrecognised": (
                "No layout of the profile begins like this file.",
                "Compare its first line with the agreement; move it away if it is no business of ours.",
            ),
            "record-unknown": ("No record of the layout has this code.", "Compare the line with the agreement."),
            "record-misplaced": ("A record stands where it may not.", "Ask the agency for the file again."),
            "record-missing": (
                "A record that must be there is not; a file without its end record was cut.",
                "Ask the agency for the file again.",
            ),
            "record-length": ("A line is longer or shorter than its record.", "Ask the agency for the file again."),
            "line-unparted": (
                "A delimited line cannot be parted into values: a quote is never closed, or closes too early.",
                "Compare 'quote' and 'escape' in the profile with the agreement; ask the agency for the file again.",
            ),
            "field-unreadable": (
                "A field holds what its kind does not allow.",
                "Compare the field with the agreement.",
            ),
            "byte-unknown": ("A byte that the profile's codec does not have.", "Check the codec in the profile."),
            "count-mismatch": ("A stated count is not the count of the records.", "Ask the agency for the file again."),
            "sum-mismatch": ("A stated sum is not the sum of the records.", "Ask the agency for the file again."),
            "date-mismatch": ("A stated first or last date is another.", "Ask the agency for the file again."),
            "key-mismatch": ("A line repeats another key than its opener has.", "Ask the agency for the file again."),
            "lines-disagree": ("Lines of one object disagree about what they share.", "Ask which line is right."),
            "lines-scattered": ("Lines of one object do not stand together.", "Set 'scattered' in the profile."),
            "column-missing": ("The header lacks a column.", "Compare the header with the agreement."),
            "field-unwritable": ("The layout cannot hold a value.", "Shorten or correct the value in the ERP."),
        },
    )
    | table(
        Severity.WARNING,
        {
            "code-unknown": ("A code that the profile does not list; it is kept raw.", "Add the code to the profile."),
            "number-unexpected": ("A running number is another.", "Ask the agency whether a line is missing."),
            "lines-differ": ("Lines of one object differ; the first one holds.", "Ask which line is right."),
            "record-ambiguous": (
                "A line fits a record and, field by field, the one that it wins over.",
                "Ask the agency which it is; tell the two by more than their codes if you can.",
            ),
            "filler-filled": ("A filler holds something; it is kept raw.", "Ask the agency whether the layout grew."),
        },
    )
    | table(
        Severity.INFO,
        {
            "field-not-canonical": ("A field is readable, but not written as the layout says.", "None is needed."),
            "record-short": ("A record ends before fields of newer versions.", "None is needed."),
            "batch-lost": (
                "A batch without objects, one like that before, or one that says what its objects have no place for.",
                "None is needed; only the file written again would differ.",
            ),
            "record-other": ("What a record holds, the layout would write as another one.", "None is needed."),
            "record-idle": ("A record says only what holds without it.", "None is needed."),
            "line-not-canonical": (
                "A delimited line, or the header, lacks the delimiter that ends it, or is quoted otherwise.",
                "None is needed.",
            ),
            "line-not-stripped": ("A line ends with blanks that the layout leaves out.", "None is needed."),
            "lines-merged": ("Lines of one object did not stand together.", "None is needed."),
            "columns-differ": ("Columns stand in another order, or there are more.", "None is needed."),
            "line-end-differs": ("Lines end otherwise than the profile says.", "None is needed."),
            "file-end-differs": ("The last line has no end, or empty lines or Ctrl-Z follow it.", "None is needed."),
            "findings-cut": ("More was found than is kept.", "Mend the first ones; the rest often follow from them."),
        },
    )
)
