"""The peer of the reference profile's benchmark: its files read and written by hand.

Slicing and formatting with the same conversions into the same classes, and no checks at all: no totals, no order of
records, no widths. It was committed before the table-driven parser and serializer, and stays as it is.
"""

from datetime import date, datetime
from decimal import Decimal

from lindorff_sdk.models.cases import CaseFile, Claim, CollectionCase
from lindorff_sdk.models.codes import ClaimKind, ClosingReason, DebtorKind, Party, StartLevel
from lindorff_sdk.models.envelope import Envelope
from lindorff_sdk.models.parties import Address, Debtor
from lindorff_sdk.models.settlements import (
    CaseClosure,
    InterestNote,
    Payment,
    PaymentReversal,
    SettlementEntry,
    SettlementFile,
    SettlementTotals,
)

_LEVELS = {"R": StartLevel.REMINDER, "N": StartLevel.NOTICE, "D": StartLevel.DEMAND}
_DEBTORS = {"P": DebtorKind.PRIVATE, "B": DebtorKind.COMPANY, "O": DebtorKind.PUBLIC}
_CLAIMS = {"F": ClaimKind.INVOICE, "K": ClaimKind.CREDIT_NOTE}
_PARTIES = {"A": Party.AGENCY, "C": Party.CREDITOR}
_REASONS = {f"{number:02d}": reason for number, reason in enumerate(list(ClosingReason)[:-1], 1)}
_REASONS["99"] = ClosingReason.OTHER
_LEVEL_CODES = {value: code for code, value in _LEVELS.items()}
_DEBTOR_CODES = {value: code for code, value in _DEBTORS.items()}
_CLAIM_CODES = {value: code for code, value in _CLAIMS.items()}
_PARTY_CODES = {value: code for code, value in _PARTIES.items()}
_REASON_CODES = {value: code for code, value in _REASONS.items()}


def _date_or_none(text: str) -> date | None:
    return None if text == "00000000" else date.fromisoformat(text)


def _rate_or_none(text: str) -> Decimal | None:
    return None if text == "     " else Decimal(f"{text[:3]}.{text[3:]}")


def _amount_or_none(text: str) -> Decimal | None:
    return None if text == "             " else Decimal(f"{text[:11]}.{text[11:]}")


def _signed(text: str) -> Decimal:
    return Decimal(f"{text[:13]}.{text[13:]}")


def _yyyymmdd(day: date) -> str:
    return f"{day.year}{day.month:02d}{day.day:02d}"


def _yyyymmdd_or_zeros(day: date | None) -> str:
    return f"{day.year}{day.month:02d}{day.day:02d}" if day else "00000000"


def _rate_or_blank(rate: Decimal | None) -> str:
    return "     " if rate is None else f"{int(rate * 100):05d}"


def _ore_or_blank(amount: Decimal | None, width: int) -> str:
    return " " * width if amount is None else f"{str(amount).replace('.', ''):0>{width}}"


def _signed_ore(amount: Decimal) -> str:
    return f"{int(amount * 100):015d}"


def _envelope(line: str) -> Envelope:
    return Envelope(
        customer_id=line[6:16].rstrip(),
        sequence=int(line[16:22]),
        created_at=datetime.strptime(line[22:36], "%Y%m%d%H%M%S"),
        currency=line[36:39].rstrip(),
        payout_account=line[39:50].rstrip(),
        agency_account=line[50:61].rstrip(),
    )


def read_cases(data: bytes) -> CaseFile:
    """Read a case file that is known to be well-formed."""
    lines = data.decode("iso-8859-1").split("\r\n")
    cases: list[CollectionCase] = []
    claims: list[Claim] = []
    co_debtors: list[Debtor] = []
    case_line, debtor = "", None
    for line in lines:
        code = line[:2]
        if code == "30":
            claims.append(_claim(line))
        elif code == "20":
            debtor = _debtor(line)
        elif code == "21":
            co_debtors.append(_debtor(line))
        elif code in ("10", "90"):
            if debtor is not None:
                cases.append(_case(case_line, debtor, tuple(co_debtors), tuple(claims)))
                claims, co_debtors = [], []
            case_line = line
    return CaseFile(envelope=_envelope(lines[0]), cases=tuple(cases))


def _case(line: str, debtor: Debtor, co_debtors: tuple[Debtor, ...], claims: tuple[Claim, ...]) -> CollectionCase:
    return CollectionCase(
        reference=line[2:22].rstrip(),
        agency_case_number=line[22:37].rstrip(),
        start_level=_LEVELS[line[37:38]],
        notice_date=_date_or_none(line[38:46]),
        collection_date=date.fromisoformat(line[46:54]),
        disputed=line[54:55] == "J",
        dispute_text=line[55:115].rstrip(),
        debtor=debtor,
        co_debtors=co_debtors,
        claims=claims,
    )


def _debtor(line: str) -> Debtor:
    return Debtor(
        number=line[2:17].rstrip(),
        kind=_DEBTORS[line[17:18]],
        national_id=line[18:29].rstrip(),
        organisation_number=line[29:38].rstrip(),
        birth_date=_date_or_none(line[38:46]),
        name=line[46:106].rstrip(),
        language=line[273:275].rstrip(),
        phone=line[275:295].rstrip(),
        mobile=line[295:315].rstrip(),
        email=line[315:395].rstrip(),
        contact=line[395:435].rstrip(),
        address=Address(
            care_of=line[106:146].rstrip(),
            line1=line[146:186].rstrip(),
            line2=line[186:226].rstrip(),
            postcode=line[226:236].rstrip(),
            city=line[236:271].rstrip(),
            country=line[271:273].rstrip(),
        ),
    )


def _claim(line: str) -> Claim:
    return Claim(
        invoice_number=line[2:22].rstrip(),
        kind=_CLAIMS[line[22:23]],
        invoice_date=date.fromisoformat(line[23:31]),
        due_date=date.fromisoformat(line[31:39]),
        original_amount=Decimal(f"{line[39:50]}.{line[50:52]}"),
        remaining_amount=Decimal(f"{line[52:63]}.{line[63:65]}"),
        paid_amount=Decimal(f"{line[65:76]}.{line[76:78]}"),
        credited_amount=Decimal(f"{line[78:89]}.{line[89:91]}"),
        reminder_fee=Decimal(f"{line[91:98]}.{line[98:100]}"),
        other_fees=Decimal(f"{line[100:107]}.{line[107:109]}"),
        interest_rate=_rate_or_none(line[109:114]),
        interest_from=_date_or_none(line[114:122]),
        accrued_interest=Decimal(f"{line[122:133]}.{line[133:135]}"),
        kid=line[135:160].rstrip(),
        vat_amount=Decimal(f"{line[160:171]}.{line[171:173]}"),
        reminders_sent=int(line[173:175]),
        text=line[175:235].rstrip(),
    )


def read_settlements(data: bytes) -> SettlementFile:
    """Read a settlement file that is known to be well-formed."""
    lines = data.decode("iso-8859-1").split("\r\n")
    entries: list[SettlementEntry] = []
    for line in lines:
        code = line[:2]
        if code == "60":
            entries.append(_payment(line))
        elif code == "61":
            entries.append(_reversal(line))
        elif code == "62":
            entries.append(_interest_note(line))
        elif code == "70":
            entries.append(_closure(line))
        elif code == "80":
            entries.append(_totals(line))
    return SettlementFile(envelope=_envelope(lines[0]), entries=tuple(entries))


def _payment(line: str) -> Payment:
    return Payment(
        transaction_id=line[2:22].rstrip(),
        agency_case_number=line[22:37].rstrip(),
        reference=line[37:57].rstrip(),
        invoice_number=line[57:77].rstrip(),
        kid=line[77:102].rstrip(),
        paid_on=date.fromisoformat(line[102:110]),
        booked_on=_date_or_none(line[110:118]),
        settled_on=_date_or_none(line[118:126]),
        amount=Decimal(f"{line[126:137]}.{line[137:139]}"),
        principal=Decimal(f"{line[139:150]}.{line[150:152]}"),
        interest=Decimal(f"{line[152:163]}.{line[163:165]}"),
        costs=Decimal(f"{line[165:176]}.{line[176:178]}"),
        received_by=_PARTIES[line[178:179]],
        settlement_number=line[179:191].rstrip(),
        vat_set_off=Decimal(f"{line[191:202]}.{line[202:204]}"),
        commission=Decimal(f"{line[204:215]}.{line[215:217]}"),
        remaining_principal=_amount_or_none(line[217:230]),
    )


def _reversal(line: str) -> PaymentReversal:
    return PaymentReversal(
        transaction_id=line[2:22].rstrip(),
        reverses=line[22:42].rstrip(),
        agency_case_number=line[42:57].rstrip(),
        reference=line[57:77].rstrip(),
        invoice_number=line[77:97].rstrip(),
        reversed_on=date.fromisoformat(line[97:105]),
        amount=Decimal(f"{line[105:116]}.{line[116:118]}"),
        principal=Decimal(f"{line[118:129]}.{line[129:131]}"),
        interest=Decimal(f"{line[131:142]}.{line[142:144]}"),
        costs=Decimal(f"{line[144:155]}.{line[155:157]}"),
        settlement_number=line[157:169].rstrip(),
        text=line[169:229].rstrip(),
    )


def _interest_note(line: str) -> InterestNote:
    return InterestNote(
        transaction_id=line[2:22].rstrip(),
        payment_transaction_id=line[22:42].rstrip(),
        note_number=line[42:62].rstrip(),
        agency_case_number=line[62:77].rstrip(),
        reference=line[77:97].rstrip(),
        invoice_number=line[97:117].rstrip(),
        amount=Decimal(f"{line[117:128]}.{line[128:130]}"),
        issued_on=date.fromisoformat(line[130:138]),
        period_from=_date_or_none(line[138:146]),
        period_to=_date_or_none(line[146:154]),
        rate=_rate_or_none(line[154:159]),
    )


def _closure(line: str) -> CaseClosure:
    return CaseClosure(
        transaction_id=line[2:22].rstrip(),
        agency_case_number=line[22:37].rstrip(),
        reference=line[37:57].rstrip(),
        closed_on=date.fromisoformat(line[57:65]),
        reason=_REASONS[line[65:67]],
        reason_code=line[65:67],
        remaining_principal=_amount_or_none(line[67:80]),
        text=line[80:140].rstrip(),
    )


def _totals(line: str) -> SettlementTotals:
    return SettlementTotals(
        settlement_number=line[2:14].rstrip(),
        settled_on=date.fromisoformat(line[14:22]),
        gross=_signed(line[22:37]),
        kept_by_agency=Decimal(f"{line[37:50]}.{line[50:52]}"),
        vat=Decimal(f"{line[52:65]}.{line[65:67]}"),
        paid_out=_signed(line[67:82]),
    )


def _start(e: Envelope, transfer: str) -> str:
    return (
        "00"
        f"{transfer}"
        "01"
        f"{e.customer_id:<10}"
        f"{e.sequence:06d}"
        f"{e.created_at:%Y%m%d%H%M%S}"
        f"{e.currency:<3}"
        f"{e.payout_account:<11}"
        f"{e.agency_account:<11}"
    )


def write_cases(file: CaseFile) -> bytes:
    """Write a case file."""
    lines = [_start(file.envelope, "LS")]
    original = remaining = Decimal("0.00")
    claims = 0
    for case in file.cases:
        lines.append(
            "10"
            f"{case.reference:<20}"
            f"{case.agency_case_number:<15}"
            f"{_LEVEL_CODES[case.start_level]}"
            f"{_yyyymmdd_or_zeros(case.notice_date)}"
            f"{_yyyymmdd(case.collection_date)}"
            f"{'J' if case.disputed else 'N'}"
            f"{case.dispute_text:<60}"
        )
        lines.append(_debtor_line("20", case.debtor))
        lines.extend(_debtor_line("21", co_debtor) for co_debtor in case.co_debtors)
        for claim in case.claims:
            lines.append(_claim_line(claim))
            original += claim.original_amount
            remaining += claim.remaining_amount
        claims += len(case.claims)
    lines.append(
        f"90{len(lines) + 1:08d}{len(file.cases):08d}{claims:08d}"
        f"{str(original).replace('.', ''):0>15}{str(remaining).replace('.', ''):0>15}"
    )
    return ("\r\n".join(lines) + "\r\n").encode("iso-8859-1")


def _debtor_line(code: str, debtor: Debtor) -> str:
    return (
        f"{code}"
        f"{debtor.number:<15}"
        f"{_DEBTOR_CODES[debtor.kind]}"
        f"{debtor.national_id:<11}"
        f"{debtor.organisation_number:<9}"
        f"{_yyyymmdd_or_zeros(debtor.birth_date)}"
        f"{debtor.name:<60}"
        f"{debtor.address.care_of:<40}"
        f"{debtor.address.line1:<40}"
        f"{debtor.address.line2:<40}"
        f"{debtor.address.postcode:<10}"
        f"{debtor.address.city:<35}"
        f"{debtor.address.country:<2}"
        f"{debtor.language:<2}"
        f"{debtor.phone:<20}"
        f"{debtor.mobile:<20}"
        f"{debtor.email:<80}"
        f"{debtor.contact:<40}"
    )


def _claim_line(claim: Claim) -> str:
    return (
        "30"
        f"{claim.invoice_number:<20}"
        f"{_CLAIM_CODES[claim.kind]}"
        f"{_yyyymmdd(claim.invoice_date)}"
        f"{_yyyymmdd(claim.due_date)}"
        f"{str(claim.original_amount).replace('.', ''):0>13}"
        f"{str(claim.remaining_amount).replace('.', ''):0>13}"
        f"{str(claim.paid_amount).replace('.', ''):0>13}"
        f"{str(claim.credited_amount).replace('.', ''):0>13}"
        f"{str(claim.reminder_fee).replace('.', ''):0>9}"
        f"{str(claim.other_fees).replace('.', ''):0>9}"
        f"{_rate_or_blank(claim.interest_rate)}"
        f"{_yyyymmdd_or_zeros(claim.interest_from)}"
        f"{str(claim.accrued_interest).replace('.', ''):0>13}"
        f"{claim.kid:<25}"
        f"{str(claim.vat_amount).replace('.', ''):0>13}"
        f"{claim.reminders_sent:02d}"
        f"{claim.text:<60}"
    )


def write_settlements(file: SettlementFile) -> bytes:
    """Write a settlement file."""
    lines = [_start(file.envelope, "OP")]
    payments = reversals = notes = Decimal("0.00")
    for entry in file.entries:
        if isinstance(entry, Payment):
            lines.append(_payment_line(entry))
            payments += entry.amount
        elif isinstance(entry, PaymentReversal):
            lines.append(_reversal_line(entry))
            reversals += entry.amount
        elif isinstance(entry, InterestNote):
            lines.append(_interest_note_line(entry))
            notes += entry.amount
        elif isinstance(entry, CaseClosure):
            lines.append(_closure_line(entry))
        else:
            lines.append(_totals_line(entry))
    lines.append(
        f"90{len(lines) + 1:08d}{len(file.entries):08d}{str(payments).replace('.', ''):0>15}"
        f"{str(reversals).replace('.', ''):0>15}{str(notes).replace('.', ''):0>15}"
    )
    return ("\r\n".join(lines) + "\r\n").encode("iso-8859-1")


def _payment_line(p: Payment) -> str:
    return (
        "60"
        f"{p.transaction_id:<20}"
        f"{p.agency_case_number:<15}"
        f"{p.reference:<20}"
        f"{p.invoice_number:<20}"
        f"{p.kid:<25}"
        f"{_yyyymmdd(p.paid_on)}"
        f"{_yyyymmdd_or_zeros(p.booked_on)}"
        f"{_yyyymmdd_or_zeros(p.settled_on)}"
        f"{str(p.amount).replace('.', ''):0>13}"
        f"{str(p.principal).replace('.', ''):0>13}"
        f"{str(p.interest).replace('.', ''):0>13}"
        f"{str(p.costs).replace('.', ''):0>13}"
        f"{_PARTY_CODES[p.received_by]}"
        f"{p.settlement_number:<12}"
        f"{str(p.vat_set_off).replace('.', ''):0>13}"
        f"{str(p.commission).replace('.', ''):0>13}"
        f"{_ore_or_blank(p.remaining_principal, 13)}"
    )


def _reversal_line(r: PaymentReversal) -> str:
    return (
        "61"
        f"{r.transaction_id:<20}"
        f"{r.reverses:<20}"
        f"{r.agency_case_number:<15}"
        f"{r.reference:<20}"
        f"{r.invoice_number:<20}"
        f"{_yyyymmdd(r.reversed_on)}"
        f"{str(r.amount).replace('.', ''):0>13}"
        f"{str(r.principal).replace('.', ''):0>13}"
        f"{str(r.interest).replace('.', ''):0>13}"
        f"{str(r.costs).replace('.', ''):0>13}"
        f"{r.settlement_number:<12}"
        f"{r.text:<60}"
    )


def _interest_note_line(n: InterestNote) -> str:
    return (
        "62"
        f"{n.transaction_id:<20}"
        f"{n.payment_transaction_id:<20}"
        f"{n.note_number:<20}"
        f"{n.agency_case_number:<15}"
        f"{n.reference:<20}"
        f"{n.invoice_number:<20}"
        f"{str(n.amount).replace('.', ''):0>13}"
        f"{_yyyymmdd(n.issued_on)}"
        f"{_yyyymmdd_or_zeros(n.period_from)}"
        f"{_yyyymmdd_or_zeros(n.period_to)}"
        f"{_rate_or_blank(n.rate)}"
    )


def _closure_line(c: CaseClosure) -> str:
    return (
        "70"
        f"{c.transaction_id:<20}"
        f"{c.agency_case_number:<15}"
        f"{c.reference:<20}"
        f"{_yyyymmdd(c.closed_on)}"
        f"{c.reason_code or _REASON_CODES[c.reason]}"
        f"{_ore_or_blank(c.remaining_principal, 13)}"
        f"{c.text:<60}"
    )


def _totals_line(t: SettlementTotals) -> str:
    return (
        "80"
        f"{t.settlement_number:<12}"
        f"{_yyyymmdd(t.settled_on)}"
        f"{_signed_ore(t.gross)}"
        f"{str(t.kept_by_agency).replace('.', ''):0>15}"
        f"{str(t.vat).replace('.', ''):0>15}"
        f"{_signed_ore(t.paid_out)}"
    )
