"""What can be odd about a file of the agency's that reads well."""

from lindorff_sdk.findings.model import Hold, Severity, held, table

_REFUSED = table(
    Severity.ERROR,
    {
        "customer-id-differs": ("The file is for another customer id.", "Tell the agency; it is not used."),
        "currency-differs": ("The file is in another currency.", "Compare it with the definition."),
        "transfer-unexpected": (
            "A file to the agency among those from there.",
            "Move it away at the agency; dismiss it here.",
        ),
        "bank-receiver-differs": (
            "A bank's file is for other agreements or accounts than the definition's.",
            "Compare bank_agreements and bank_accounts with the agreement; read the file again once they are right.",
        ),
        "settlement-mismatch": ("A settlement's totals are not what its lines come to.", "Ask the agency."),
    },
)
_NO_POSTING = table(
    Severity.ERROR,
    {
        "allocation-mismatch": ("The parts of a payment do not add up.", "Ask the agency for the right split."),
        "case-unknown": ("A receipt names a case that was never sent.", "Ask the agency which case it means."),
        "case-number-missing": ("The agency took a case and gave it no number.", "Ask the agency for the number."),
        "interest-note-stray": ("An interest note for a payment that is not there.", "Ask the agency for it."),
        "interest-note-unexpected": (
            "An interest note where the profile derives them.",
            "Set interest_notes to records in the profile.",
        ),
        "bank-assignment-differs": (
            "An assignment in a bank's file, among ours, is for another agreement or account.",
            "Compare bank_agreements and bank_accounts with the agreement; read the file again once they are right.",
        ),
        "transaction-differs": (
            "A line has the unique fields of one that was read before, and says something else.",
            "Ask the agency which one holds; correct the booking in the ERP if it is this one.",
        ),
        "settlement-repeated": (
            "Totals of a settlement whose totals another file brought; they are not booked.",
            "Compare both files with what was paid out; add the totals in the ERP.",
        ),
        "transaction-repeated": ("Two lines with the same unique fields.", "Ask the agency which one holds."),
    },
)
_OTHER_CHANNEL = table(
    Severity.ERROR,
    {
        "payment-in-other-channel": (
            "A payment that another channel brings: the bank's where money_source is the bank, else the agency's.",
            "Check money_source; release it only if the other channel does not bring it, or it is booked twice.",
        ),
    },
)
_LINES = table(
    Severity.ERROR,
    {
        "claim-unknown": ("A line names no claim that was sent.", "Ask the agency which claim it means."),
        "case-of-other-definition": (
            "A line names a case that was sent under another definition.",
            "Tell the agency which customer id it belongs to; dismiss it here.",
        ),
        "match-conflict": ("The references of a line lead to different cases.", "Ask the agency which is meant."),
        "amount-over-outstanding": (
            "More principal is paid than is left of what was sent.",
            "Compare it with the ERP's ledger; release it if the debtor paid too much.",
        ),
        "payment-after-closure": (
            "A payment on a case that is closed.",
            "Release it if the debtor paid late; ask the agency otherwise.",
        ),
        "closure-unregistered": (
            "A case is closed that no receipt registered.",
            "Look for the receipt; release it if the agency has closed the case indeed.",
        ),
        "kid-unknown": (
            "A payment in a bank's file has no KID, or one that no claim that was sent has.",
            "Dismiss it if the ERP books it by another routine; let it hold nothing where the ERP has none.",
        ),
        "bank-line-repeated": (
            "Two lines of a bank's file are the same to the bank's own serial number.",
            "Compare the account's statement; release it if the money came twice.",
        ),
        "receipt-case-elsewhere": (
            "A receipt names a case that is not in the file it answers.",
            "Ask the agency which file it means.",
        ),
        "receipt-correction-elsewhere": (
            "A receipt names a correction that is not in the file it answers.",
            "Ask the agency which correction it means.",
        ),
        "interest-note-missing": (
            "A payment has an interest share and no interest note.",
            "Ask the agency for the note, or let the profile derive it.",
        ),
        "interest-note-mismatch": ("Interest notes and interest share differ.", "Ask the agency which is right."),
        "suspected-repeat": (
            "Another file brought a payment of the same case, amount and date.",
            "Ask the agency; release it if the debtor paid twice, dismiss it if it is the same payment.",
        ),
    },
)
_FILES_HELD = table(
    Severity.ERROR,
    {
        "file-repeated": (
            "The same bytes came before under another name.",
            "Ask the agency whether it is the same file; dismiss it if it is, release it if both count.",
        ),
        "file-sequence-repeated": (
            "Another file of the agency had this running number.",
            "Ask the agency which of the two holds; release it if both do.",
        ),
    },
)
_TOLD = table(
    Severity.WARNING,
    {
        "receipt-for-unknown-file": ("A receipt answers a file never sent.", "Ask the agency which file it means."),
        "case-reopened": (
            "The agency goes on with a case that is closed: a receipt takes it up, or a payment is taken back.",
            "Ask whether it was opened again; unless the finding says so it is closed here, and payments are held.",
        ),
        "receipt-repeated": ("A second receipt for a file that was answered.", "Compare the two."),
        "receipt-cases-missing": (
            "A receipt names fewer cases than the file had.",
            "Ask the agency what became of the others.",
        ),
        "receipt-corrections-missing": (
            "A receipt names fewer corrections than the file had.",
            "Ask the agency what became of the others.",
        ),
        "zero-balance-unpaid": (
            "The agency says that nothing is left, but brought no payment; a balance is never booked.",
            "Ask the agency for the payment.",
        ),
        "kid-wrong": (
            "The check digit or the length of a KID in a bank's file is not as agreed.",
            "Compare kid_modulus and kid_lengths with the agreement; ask the bank.",
        ),
        "file-sequence-gap": (
            "Running numbers of the agency's files are missing.",
            "Ask the agency for the files in between.",
        ),
    },
)
_KNOWN_BEFORE = table(
    Severity.WARNING,
    {
        "events-known": ("Events of the file were known before and not booked again.", "None is needed."),
        "name-reused": ("Another file came under this name before.", "None is needed if the agency reuses names."),
    },
)
RECONCILIATION = {
    **held(Hold.FILE, _REFUSED, least=Hold.FILE),
    **held(Hold.LINE, {**_NO_POSTING, **_OTHER_CHANNEL}, least=Hold.LINE),
    **held(Hold.LINE, _LINES),
    **held(Hold.FILE, _FILES_HELD),
    **held(Hold.NOTHING, _TOLD),
    **_KNOWN_BEFORE,
}
