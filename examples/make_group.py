"""Make `examples/group.json`: the overdue invoices of an invented creditor, as its ERP would export them.

Nobody in it is real: national ids are synthetic (*Tenor*: month + 80), organisation numbers begin with 3 as those of
the tax administration's test population do, e-mail addresses end in ``.example``. The seed makes every run the same.

Run it from the root of the repository: ``python -m examples.make_group``.
"""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from attrs import evolve

from lindorff_sdk.identifiers import is_national_id, is_organisation_number, kid_check_digit
from lindorff_sdk.json_models import to_json
from lindorff_sdk.models.cases import Claim, CollectionGroup, ListedClaim
from lindorff_sdk.models.codes import DebtorKind
from lindorff_sdk.models.money import ORE, ZERO, from_ore
from lindorff_sdk.models.parties import Address, Debtor

SEED = 1911
TARGET = Path(__file__).with_name("group.json")
COLLECTION_DATE = date(2026, 11, 24)
FIRST_DUE, LAST_DUE = date(2026, 8, 3), date(2026, 10, 25)
REMINDER_FEE = Decimal("37.50")
"""1/20 of the collection rate of 2026, 750 kroner (domain.md section 9)."""

PRIVATE = [  # name, street, postcode, town
    ("Åse Bjørnstad", "Sjøgata 14", "9008", "Tromsø"),
    ("Øystein Mæhlum", "Granåsveien 3 B", "7048", "Trondheim"),
    ("Kari-Anne Østbø", "Ålgårdsveien 27", "4330", "Ålgård"),
    ("Sæbjørn Løkås", "Fjellvegen 8", "2615", "Lillehammer"),
    ("Ingrid Førde", "Strandgaten 112", "5004", "Bergen"),
    ("Jørgen Ødegård", "Møllergata 5", "0179", "Oslo"),
    ("Silje Hæreid", "Brønnøyveien 61", "8900", "Brønnøysund"),
    ("Pål Sørbråten", "Bråtenveien 2", "3512", "Hønefoss"),
    ("Maja Skjærvik", "Kjærlighetsstien 9", "6509", "Kristiansund N"),
    ("Bjørn Åge Grøttum", "Tømtegata 40", "2000", "Lillestrøm"),
    ("Liv Ragnhild Brække", "Rådhusgata 1", "1606", "Fredrikstad"),
    ("Torbjørn Vågå", "Elvebakken 17", "9512", "Alta"),
    ("Mohammed Al-Haddad", "Grønland 22", "0188", "Oslo"),
    ("Elzbieta Kowalska", "Nørvegata 30", "6008", "Ålesund"),
    ("Håkon Kjær", "Torggata 12", "2317", "Hamar"),
]
COMPANIES = [
    ("Fjordlys Elektro AS", "Industrivegen 4", "6800", "Førde"),
    ("Bjørkås Bygg og Anlegg AS", "Næringsveien 18", "1400", "Ski"),
    ("Blåbær Kafé AS", "Storgata 7", "8006", "Bodø"),
    ("Sørøya Sjømat AS", "Kaiveien 2", "9593", "Breivikbotn"),
    ("Østre Akershus Transport AS", "Terminalgata 33", "2050", "Jessheim"),
    ("Ærlig Regnskap DA", "Kongens gate 51", "7012", "Trondheim"),
    ("Kråkerøy Båtservice AS", "Bølgeveien 6", "1671", "Kråkerøy"),
    ("Nordvåg Hotelldrift AS", "Havnegata 11", "9750", "Honningsvåg"),
    ("Lærdal Ålefiske SA", "Øyraplassen 5", "6887", "Lærdal"),
]
PUBLIC = [
    ("Skogvær kommune", "Rådhusplassen 1", "8100", "Misvær"),
    ("Øvre Fjelldal skolekontor", "Skolevegen 20", "2686", "Lom"),
    ("Sjøholmen sykehus HF", "Sykehusveien 25", "0450", "Oslo"),
]
GOODS = [("Strøm og nettleie", 25), ("Matvarer", 15), ("Overnatting", 12), ("Faghefte, abonnement", 0)]
"""What was sold, and its rate of VAT in per cent."""
SHARED_BY, NO_ID_OF, CARE_OF, D_NUMBER_OF = "Åse Bjørnstad", "Sæbjørn Løkås", "Jørgen Ødegård", "Mohammed Al-Haddad"
EMPTY: tuple[object, ...] = ("", None, [], False, 0, "0.00")


def make_group() -> CollectionGroup:
    """Return the group."""
    dice = random.Random(SEED)  # noqa: S311  it makes up examples, not secrets
    claims: list[ListedClaim] = []
    for debtor in _debtors(dice):
        for _ in range(dice.choice((1, 1, 2, 2, 3))):
            claims.append(_listed(dice, debtor, 10001 + len(claims)))
    return CollectionGroup(collection_date=COLLECTION_DATE, claims=tuple(_with_the_unusual(claims)))


def _debtors(dice: random.Random) -> Iterator[Debtor]:
    for number, row in enumerate(PRIVATE, 1001):
        yield _private(dice, f"{number:05}", *row)
    yield Debtor(
        number="01016",
        kind=DebtorKind.PRIVATE,
        name="Märta Sjöström",
        address=Address(line1="Ängsgatan 3", postcode="41105", city="Göteborg", country="SE"),
        birth_date=date(1985, 6, 6),
        language="sv",
    )
    yield from _organisations(dice, DebtorKind.COMPANY, 2001, COMPANIES, "Regnskapsavdelingen")
    yield from _organisations(dice, DebtorKind.PUBLIC, 3001, PUBLIC, "Fakturamottak")


def _private(dice: random.Random, number: str, name: str, *address: str) -> Debtor:
    debtor = Debtor(
        number=number,
        kind=DebtorKind.PRIVATE,
        name=name,
        address=_address(*address),
        national_id=_national_id(dice, d_number=name == D_NUMBER_OF),
        email=f"kunde{number}@post.example" if dice.random() < 0.6 else "",
    )
    if name == NO_ID_OF:
        return evolve(debtor, national_id="", birth_date=date(1979, 2, 17))
    if name == CARE_OF:
        return evolve(debtor, address=evolve(debtor.address, care_of="c/o Sæther"))
    return debtor


def _organisations(
    dice: random.Random, kind: DebtorKind, first: int, rows: Iterable[tuple[str, str, str, str]], contact: str
) -> Iterator[Debtor]:
    for number, (name, *address) in enumerate(rows, first):
        yield Debtor(
            number=f"{number:05}",
            kind=kind,
            name=name,
            address=_address(*address),
            organisation_number=_organisation_number(dice),
            contact=contact,
        )


def _address(street: str, postcode: str, town: str) -> Address:
    return Address(line1=street, postcode=postcode, city=town)


def _national_id(dice: random.Random, *, d_number: bool) -> str:
    while True:
        born = date(1950, 1, 1) + timedelta(days=dice.randrange(365 * 50))
        day = born.day + (40 if d_number else 0)
        number = f"{day:02}{born.month + 80:02}{born.year % 100:02}{dice.randrange(500):03}{dice.randrange(100):02}"
        if is_national_id(number, synthetic=True):
            return number


def _organisation_number(dice: random.Random) -> str:
    while True:
        number = f"3{dice.randrange(10**8):08}"
        if is_organisation_number(number):
            return number


def _listed(dice: random.Random, debtor: Debtor, number: int) -> ListedClaim:
    due = FIRST_DUE + timedelta(days=dice.randrange((LAST_DUE - FIRST_DUE).days + 1))
    # A fee needs a letter at least 14 days after the due date, and a deadline of at least 14 days in each letter.
    letters = 2 if due + timedelta(days=42) < COLLECTION_DATE else 1
    claim = _claim(dice, debtor, number, due, letters)
    return ListedClaim(claim=claim, debtor=debtor, notice_date=due + timedelta(days=14 * letters))


def _claim(dice: random.Random, debtor: Debtor, number: int, due: date, letters: int) -> Claim:
    amount = from_ore(dice.randrange(19_900, 1_850_000))
    goods, vat = dice.choice(GOODS)
    body = f"{debtor.number}{number}"
    claim = Claim(
        invoice_number=str(number),
        invoice_date=due - timedelta(days=14),
        due_date=due,
        original_amount=amount,
        remaining_amount=amount,
        vat_amount=(amount * vat / (100 + vat)).quantize(ORE, ROUND_HALF_UP),
        reminder_fee=REMINDER_FEE * letters if dice.random() < 0.8 else ZERO,
        reminders_sent=letters,
        kid=body + kid_check_digit(body, 10),
        text=goods,
    )
    part = (amount * dice.randrange(10, 70) / 100).quantize(ORE)
    paid, credited = dice.choice(((part, ZERO), (ZERO, part), *[(ZERO, ZERO)] * 6))
    return evolve(claim, paid_amount=paid, credited_amount=credited, remaining_amount=amount - paid - credited)


def _with_the_unusual(claims: Iterable[ListedClaim]) -> Iterator[ListedClaim]:
    """One claim is disputed, one debtor does not owe alone, one invoice has an interest rate of its own."""
    for line in claims:
        match line.claim.invoice_number:
            case "10008":
                yield evolve(line, disputed=True, dispute_text="Kunden hevder at varen aldri ble levert på døra.")
            case "10040":
                yield evolve(line, claim=evolve(line.claim, interest_rate=Decimal("8.5")))
            case _ if line.debtor.name == SHARED_BY:
                yield evolve(line, co_debtors=(_co_debtor(line.debtor),))
            case _:
                yield line


def _co_debtor(debtor: Debtor) -> Debtor:
    return Debtor(
        number="01017",
        kind=DebtorKind.PRIVATE,
        name="Æneas Bjørnstad",
        address=debtor.address,
        birth_date=date(1971, 11, 30),
    )


def to_text(group: CollectionGroup) -> str:
    """Return the group as JSON for people to read: what is empty is left out."""
    return json.dumps(_without_empty(json.loads(to_json(group))), ensure_ascii=False, indent=1) + "\n"


def _without_empty(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_empty(item) for key, item in value.items() if item not in EMPTY}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    """Write the file."""
    TARGET.write_text(to_text(make_group()), encoding="utf-8")
    print(f"{TARGET} written")


if __name__ == "__main__":
    main()
