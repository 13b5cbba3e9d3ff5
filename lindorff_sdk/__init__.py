"""Exchange collection cases with Lindorff (Intrum Norway): cases out, receipts and money back, each event once.

Two calls carry the main job: `export_group` and `fetch_settlements`; `exchange` does both. Events come from the
`Journal`. `lindorff_sdk.sync` has the same calls without ``await``.
"""

from lindorff_sdk.by_hand import ready_text
from lindorff_sdk.collection_list import CollectionList, RemovalReason
from lindorff_sdk.corrections import Booking, BookingKind, corrections_since
from lindorff_sdk.definition import AfterFetch, ExportDefinition, MoneySource, Protocol
from lindorff_sdk.errors import LindorffError
from lindorff_sdk.exchange import (
    CorrectionsReport,
    ExchangeReport,
    ExportReport,
    FetchReport,
    Preview,
    check_before_sending,
    exchange,
    export_corrections,
    export_group,
    fetch_settlements,
    ingest,
    preview,
    reprocess,
)
from lindorff_sdk.files.parser import parse
from lindorff_sdk.files.serializer import serialize
from lindorff_sdk.findings import Finding, Hold, Severity
from lindorff_sdk.journal import Decision, Journal
from lindorff_sdk.json_models import from_json, to_json
from lindorff_sdk.models.cases import Claim, CollectionCase, CollectionGroup, ListedClaim
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.preflight import Standing
from lindorff_sdk.reconciliation.events import (
    BankPaymentReceived,
    BankPaymentReversed,
    CaseClosed,
    CaseRegistered,
    CaseRejected,
    CaseRenumbered,
    CorrectionAcknowledged,
    CorrectionRejected,
    FileAcknowledged,
    InterestNoteIssued,
    PaymentReceived,
    PaymentReversed,
    Posting,
    SettlementTotalled,
)
from lindorff_sdk.secrets import Secret

__all__ = [
    "Address",
    "AfterFetch",
    "BankPaymentReceived",
    "BankPaymentReversed",
    "Booking",
    "BookingKind",
    "CaseClosed",
    "CaseRegistered",
    "CaseRejected",
    "CaseRenumbered",
    "Claim",
    "CollectionCase",
    "CollectionGroup",
    "CollectionList",
    "CorrectionAcknowledged",
    "CorrectionRejected",
    "CorrectionsReport",
    "Debtor",
    "Decision",
    "ExchangeReport",
    "ExportDefinition",
    "ExportReport",
    "FetchReport",
    "FileAcknowledged",
    "Finding",
    "Hold",
    "InterestNoteIssued",
    "Journal",
    "LindorffError",
    "ListedClaim",
    "MoneySource",
    "PaymentReceived",
    "PaymentReversed",
    "Posting",
    "Preview",
    "Protocol",
    "RemovalReason",
    "Secret",
    "SettlementTotalled",
    "Severity",
    "Standing",
    "check_before_sending",
    "corrections_since",
    "exchange",
    "export_corrections",
    "export_group",
    "fetch_settlements",
    "from_json",
    "ingest",
    "parse",
    "preview",
    "ready_text",
    "reprocess",
    "serialize",
    "to_json",
]
