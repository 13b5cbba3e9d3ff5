"""What can be wrong with a file of definitions."""

from lindorff_sdk.findings.model import Severity, table

DEFINITION = table(
    Severity.ERROR,
    {
        "definition-unreadable": ("The file of definitions is missing or is not TOML.", "Mend the file."),
        "definition-missing": ("The file has no definition with this id.", "Use one of the ids it has."),
        "setting-unknown": ("A setting that does not exist.", "Correct the key, or remove it."),
        "setting-missing": ("A setting that is needed is not there.", "Add it; the agency states it in the agreement."),
        "setting-type": ("A setting of the wrong type.", "Write it as the type named; text stands in quotes."),
        "setting-value": ("A setting whose value cannot be used.", "Write one of the values named."),
        "setting-conflict": ("Two settings do not go together.", "Change one of them."),
    },
)
