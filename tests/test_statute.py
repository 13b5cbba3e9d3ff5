"""Statutory figures by date, late-payment interest, the check of interest notes, and the highest reminder fee."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.errors import FigureError, FigureMissingError
from lindorff_sdk.models.settlements import InterestNote
from lindorff_sdk.statute import (
    Figure,
    Figures,
    check_interest_note,
    highest_reminder_fee,
    interest_segments,
    late_payment_interest,
    reminder_fee_limit,
    rounded,
)

SHIPPED = Figures.shipped()
DAY = timedelta(days=1)
amounts = st.decimals(0, 10**7, places=2)
days = st.dates(date(2010, 1, 1), date(2025, 6, 30))
LATER = Figure(since=date(2025, 7, 1), until=date(2025, 12, 31), value="12.25", source="invented for the tests")
NOTE = InterestNote(
    transaction_id="T1",
    payment_transaction_id="T0",
    amount="387.15",
    issued_on=date(2024, 3, 12),
    note_number="N1",
    period_from=date(2023, 11, 16),
    period_to=date(2024, 3, 10),
)


# --- Interest -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "due", "paid", "interest"),
    [
        ("10000.00", date(2023, 11, 15), date(2024, 3, 10), "387.15"),
        ("1234.56", date(2019, 6, 14), date(2020, 7, 31), "128.99"),
        ("10000.00", date(2023, 1, 1), date(2023, 1, 2), "2.95"),  # one day at 10.75 % of 365: 2.945...
        ("10000.00", date(2024, 1, 1), date(2024, 1, 2), "3.42"),  # one day at 12.50 % of 366: 3.415...
        ("10000.00", date(2026, 6, 29), date(2026, 6, 30), "3.29"),
    ],
)
def test_vectors(principal: str, due: date, paid: date, interest: str) -> None:
    """The first two are domain.md's (section 9)."""
    assert late_payment_interest(principal, due, paid) == Decimal(interest)


def test_segments_say_rate_days_and_source() -> None:
    """The half-year's rate applies to running claims too; leap years have 366 days."""
    segments = interest_segments("10000.00", date(2023, 11, 16), date(2024, 3, 10))
    assert [(each.rate, each.days, each.days_in_year) for each in segments] == [
        (Decimal("11.75"), 46, 365),
        (Decimal("12.50"), 70, 366),
    ]
    assert all(each.source for each in segments)


@given(amounts, days)
def test_no_interest_until_the_due_date(principal: Decimal, due: date) -> None:
    """Zero days bear nothing, and early payment neither."""
    assert late_payment_interest(principal, due, due) == 0
    assert late_payment_interest(principal, due, due - DAY) == 0


@given(amounts, st.lists(days, min_size=3, max_size=3).map(sorted))
def test_interest_adds_up_over_time(principal: Decimal, three: list[date]) -> None:
    """Before rounding, a period's interest is the sum of its parts', wherever it is cut."""
    first, cut, last = three
    parts = (*interest_segments(principal, first, cut - DAY), *interest_segments(principal, cut, last))
    whole = interest_segments(principal, first, last)
    assert sum(each.interest for each in parts) == sum(each.interest for each in whole)
    assert rounded(parts) == rounded(whole)
    assert sum(each.days for each in whole) == (last - first).days + 1


@given(amounts, days, st.integers(0, 2000), st.integers(0, 2000))
def test_interest_grows_with_time_and_principal(principal: Decimal, due: date, less: int, more: int) -> None:
    """More days or more kroner never bear less."""
    end = date(2025, 6, 30)
    paid, later = (min(due + timedelta(days=n), end) for n in sorted((less, more)))
    interest = late_payment_interest(principal, due, paid)
    assert interest <= late_payment_interest(principal, due, later)
    assert interest <= late_payment_interest(principal + 1, due, paid)


@given(amounts, days, st.integers(1, 3000))
def test_interest_is_a_day_by_day_sum(principal: Decimal, due: date, count: int) -> None:
    """The same as adding each day's interest at that day's rate."""
    paid = min(due + timedelta(days=count), date(2025, 6, 30))
    exact = Fraction(0)
    for number in range(1, (paid - due).days + 1):
        day = due + timedelta(days=number)
        year = 366 if (date(day.year, 12, 31) - date(day.year, 1, 1)).days == 365 else 365
        exact += Fraction(principal) * Fraction(SHIPPED.late_interest_on(day).value) / 100 / year
    assert abs(Fraction(late_payment_interest(principal, due, paid)) - exact) <= Fraction(1, 200)


def test_half_an_oere_goes_up() -> None:
    """Rounded once, at the end."""
    rates = Figures(late_interest=(Figure(since=date(2023, 1, 1), until=date(2023, 12, 31), value=10, source="test"),))
    assert late_payment_interest("18.25", date(2023, 1, 1), date(2023, 1, 2), figures=rates) == Decimal("0.01")
    assert late_payment_interest("18.24", date(2023, 1, 1), date(2023, 1, 2), figures=rates) == Decimal("0.00")


@pytest.mark.parametrize(("principal", "error"), [(1.5, TypeError), ("-1", ValueError), ("1.234", ValueError)])
def test_what_is_no_principal_is_refused(principal: str, error: type[Exception]) -> None:
    """Floats, negative amounts and parts of an øre."""
    with pytest.raises(error):
        late_payment_interest(principal, date(2024, 1, 1), date(2024, 2, 1))


# --- Figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["late_interest", "collection_rate", "fee_share"])
def test_shipped_figures_follow_each_other(table: str) -> None:
    """In order, each with a source, none over another."""
    figures: tuple[Figure, ...] = getattr(SHIPPED, table)
    assert figures
    assert all(before.until < after.since for before, after in pairwise(figures))


def test_only_two_half_years_lack_a_rate() -> None:
    """Those for which no source was found; nothing is carried over to them."""
    gaps = [(a.until, b.since) for a, b in pairwise(SHIPPED.late_interest) if b.since - a.until != DAY]
    assert gaps == [(date(2025, 6, 30), date(2026, 1, 1))]
    assert SHIPPED.late_interest[-1].until == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("due", "paid"),
    [
        (date(2025, 6, 1), date(2025, 7, 1)),
        (date(2025, 6, 1), date(2026, 2, 1)),  # a gap in the middle
        (date(2026, 6, 1), date(2026, 7, 1)),
        (date(2009, 12, 30), date(2010, 2, 1)),
    ],
)
def test_a_day_without_a_rate_raises(due: date, paid: date) -> None:
    """The error says which day, and where to put the figure."""
    with pytest.raises(FigureMissingError, match=r"late-payment interest .* is known for .*late_interest"):
        late_payment_interest(1000, due, paid)


def test_a_figure_of_ones_own_fills_a_gap_and_overrules() -> None:
    """In one call; the figures that ship stay as they are."""
    figures = SHIPPED.extended(late_interest=[LATER])
    assert interest_segments(1000, date(2025, 7, 1), date(2025, 7, 1), figures=figures)[0].rate == Decimal("12.25")
    other = evolve(LATER, since=date(2024, 2, 1), until=date(2024, 2, 10))
    rates = [
        (each.rate, each.first, each.last)
        for each in interest_segments(
            1000, date(2024, 1, 31), date(2024, 2, 12), figures=SHIPPED.extended(late_interest=[other])
        )
    ]
    assert rates == [
        (Decimal("12.50"), date(2024, 1, 31), date(2024, 1, 31)),
        (Decimal("12.25"), date(2024, 2, 1), date(2024, 2, 10)),
        (Decimal("12.50"), date(2024, 2, 11), date(2024, 2, 12)),
    ]
    with pytest.raises(FigureMissingError):
        late_payment_interest(1000, date(2025, 7, 1), date(2025, 7, 2))


ROW = '[[late_interest]]\nsince = 2025-07-01\nuntil = 2025-12-31\nvalue = "12.25"\nsource = "invented for the tests"\n'


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    """A TOML file with the same tables as the one that ships."""
    path = tmp_path / "own.toml"
    path.write_text(ROW, encoding="utf-8")
    assert SHIPPED.extended_by(path) == SHIPPED.extended(late_interest=[LATER])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[late_interest]\n", "is not TOML"),
        (ROW.replace("late_interest", "late_interests"), "unknown tables: late_interests"),
        (ROW.replace("[[", "[").replace("]]", "]"), "late_interest is written as rows"),
        (ROW + ROW.replace('value = "12.25"', "value = 12.25"), "late_interest, row 2 cannot be used: a Decimal"),
        (ROW.replace("12.25", "12,25"), "row 1 cannot be used: not a number"),
        (ROW.replace("12.25", "-1"), "row 1 cannot be used: a number of 0 or more"),
        (ROW.replace("12.25", "NaN"), "row 1 cannot be used: a number of 0 or more"),
        (ROW.replace("2025-12-31", "2025-06-30"), "it ends on 2025-06-30, before it begins"),
        (ROW.replace("2025-07-01", "2025-07-01T00:00:00"), "a date without a time"),
        (ROW.replace("2025-07-01", '"2025-07-01"'), "a date without a time"),
        (ROW.replace("invented for the tests", " "), "a source"),
        (ROW.replace('source = "invented for the tests"\n', ""), "must have the keys since, until, value, source"),
        (ROW + "note = 1\n", "must have the keys"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, text: str, said: str) -> None:
    """The error names file, table and row."""
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FigureError) as caught:
        Figures.load(path)
    assert said in str(caught.value)
    assert "own.toml" in str(caught.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    """A documented error, not the system's."""
    with pytest.raises(FigureError, match=r"none\.toml cannot be read"):
        Figures.load(tmp_path / "none.toml")


# --- Interest notes -------------------------------------------------------------------------------------------------


def test_a_right_note_is_not_remarked() -> None:
    """Nor one that differs by less than the amount set, nor one without a period."""
    assert check_interest_note(NOTE, 10000) == ()
    assert check_interest_note(evolve(NOTE, amount="388.15"), 10000) == ()
    assert check_interest_note(evolve(NOTE, amount="1.00", period_from=None), 10000) == ()
    assert check_interest_note(evolve(NOTE, amount="1.00", period_to=None), 10000) == ()


@pytest.mark.parametrize("amount", ["386.14", "388.16"])
def test_a_note_that_differs_is_a_finding(amount: str) -> None:
    """With both figures, the days and the rates."""
    (found,) = check_interest_note(evolve(NOTE, amount=amount), 10000)
    assert (found.code, found.expected, found.found) == ("interest-note-differs", "387.15", amount)
    assert "46 days at 11.75 %, 70 days at 12.50 %" in found.message
    assert found.subject == "interest note N1"


def test_how_much_it_may_differ_is_the_callers() -> None:
    """To the øre, if wanted."""
    note = evolve(NOTE, amount="387.16")
    assert check_interest_note(note, 10000, differs_by="0.01") == ()
    assert check_interest_note(note, 10000, differs_by=0)


def test_an_agreed_rate_takes_the_laws_place() -> None:
    """And what the note itself says of its rate counts for nothing."""
    note = evolve(NOTE, amount="317.58", rate="10")  # 10000 * 10 % * (46 / 365 + 70 / 366)
    assert [each.code for each in check_interest_note(note, 10000)] == ["interest-note-differs"]
    assert check_interest_note(note, 10000, agreed_rate=10, differs_by="0.30") == ()


def test_a_rate_that_is_unknown_is_reported() -> None:
    """A check goes on where a figure is missing."""
    note = evolve(NOTE, period_from=date(2025, 6, 20), period_to=date(2025, 7, 10))
    (found,) = check_interest_note(note, 10000)
    assert found.code == "rate-unknown"
    assert "2025-07-01" in found.message


# --- Fees -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "limit"),
    [
        (date(2015, 1, 1), "65.00"),
        (date(2016, 6, 1), "67.00"),
        (date(2020, 9, 30), "70.00"),
        (date(2020, 10, 1), "35.00"),
        (date(2025, 12, 31), "35.00"),
        (date(2026, 1, 1), "37.50"),
    ],
)
def test_reminder_fees(day: date, limit: str) -> None:
    """A tenth of the collection rate, a twentieth since October 2020 (domain.md section 9)."""
    assert reminder_fee_limit(day) == Decimal(limit)


def test_a_fee_of_an_unknown_year_raises() -> None:
    """The collection rate is not carried over."""
    with pytest.raises(FigureMissingError, match="collection rate"):
        reminder_fee_limit(date(2027, 1, 1))


@given(st.dates(date(2015, 1, 1), date(2026, 12, 31)), st.integers(0, 2500))
def test_the_highest_fee_of_a_period_is_that_of_its_dearest_day(first: date, count: int) -> None:
    """Looking at the days on which figures change is as good as looking at every day."""
    last = min(first + count * DAY, date(2026, 12, 31))
    every = [first + number * DAY for number in range((last - first).days + 1)]
    assert highest_reminder_fee(first, last) == max(reminder_fee_limit(day) for day in every)


@pytest.mark.parametrize(
    ("first", "last"), [(date(2014, 12, 31), date(2015, 6, 1)), (date(2026, 6, 1), date(2027, 1, 1))]
)
def test_the_highest_fee_of_a_period_needs_every_day_of_it(first: date, last: date) -> None:
    """A day without a figure might be the dearest."""
    with pytest.raises(FigureMissingError):
        highest_reminder_fee(first, last)
