"""The list shows its groups as they stand, and where a claim stands follows what the agency says."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lindorff_sdk import CollectionGroup
from lindorff_sdk.collection_list import MOVES, GroupState, ListState, Move, RemovalReason
from lindorff_sdk.errors import IllegalMoveError, KeptBackError, NotListedError, RequestError
from tests.collection_list.scenes import DAY, DEFINITION, NOW, Scene, invoices
from tests.exchange.erp import listed

LATER_DAY = date(2026, 12, 1)


def test_groups_are_listed_by_date_with_count_sum_and_state(scene: Scene) -> None:
    """Each date has its group; what was removed is counted by its state only."""
    scene.add("B1", day=LATER_DAY)
    scene.add("A1", "A2", "A3")
    scene.collection.remove("A3", RemovalReason.OTHER, now=NOW)
    first, second = scene.collection.groups(now=NOW)
    assert (first.collection_date, first.count, first.total) == (DAY, 2, Decimal("2000.00"))
    assert (second.collection_date, second.count, second.total) == (LATER_DAY, 1, Decimal("1000.00"))
    assert first.states == {ListState.LISTED: 2, ListState.REMOVED: 1}
    assert (first.state, first.files, first.may_go) == (GroupState.WAITING, (), ("A1", "A2"))


def test_a_group_is_chosen_by_its_date_or_any_invoice(scene: Scene) -> None:
    """Both lead to the same claims; a number that is not on the list is an error, a date without claims is empty."""
    scene.add("A1", "A2")
    scene.add("B1", day=LATER_DAY)
    for which in (DAY, "A1", "A2"):
        group = scene.collection.group(which, now=NOW)
        assert (group.collection_date, invoices(group.claims)) == (DAY, ["A1", "A2"])
        assert [entry.invoice_number for entry in scene.collection.entries(which, now=NOW)] == ["A1", "A2"]
    assert scene.collection.group(date(2027, 1, 1), now=NOW).claims == ()
    for call in (scene.collection.group, scene.collection.entries, scene.collection.entry):
        with pytest.raises(NotListedError, match="C1 is not on the collection list"):
            call("C1", now=NOW)


def test_what_was_sent_says_when_and_in_which_file_and_what_may_go_again(scene: Scene) -> None:
    """A group that was sent in parts names its files, refused ones too, and tells what may go and what may go again."""
    scene.add("A1", "A2", "A3")
    scene.collection.stop("A3", until=date(2026, 11, 26), now=NOW)
    first = scene.send()
    [group] = scene.collection.groups(now=NOW)
    assert group.state is GroupState.PARTLY_SENT
    scene.rejects("A2")
    scene.later(days=3)
    [group] = scene.collection.groups(now=scene.now)
    assert [(file.name, file.sent_at, file.claims) for file in group.files] == [(first.name, NOW, 2)]
    assert (group.may_go, group.may_go_again) == (("A3",), ("A2",))
    scene.collection.correct("A2", listed("A2", 2, "900.00"), now=scene.now)
    [group] = scene.collection.groups(now=scene.now)
    assert (group.may_go, group.may_go_again, group.total) == (("A2", "A3"), (), Decimal("2900.00"))
    assert [file.claims for file in group.files] == [2], "what was refused is not forgotten"
    second = scene.send("A2")
    [group] = scene.collection.groups(now=scene.now)
    assert [(file.name, file.claims) for file in group.files] == [(first.name, 2), (second.name, 2)]
    assert (group.state, group.may_go, group.may_go_again) == (GroupState.SENT, (), ())
    assert scene.collection.entry("A2", now=scene.now).file_name == second.name
    assert scene.collection.entry("A1", now=scene.now).sent_at == NOW


def test_a_group_has_ended_when_nothing_of_it_is_open(scene: Scene) -> None:
    """Closed and removed claims leave nothing to wait for."""
    scene.add("A1", "A2")
    scene.send()
    scene.closes("A1")
    assert scene.collection.groups(now=NOW)[0].state is GroupState.SENT
    scene.collection.remove("A2", RemovalReason.SENT_IN_ERROR, now=NOW)
    assert scene.collection.groups(now=NOW)[0].state is GroupState.ENDED


def test_adding_is_all_or_nothing_and_leaves_what_is_there(scene: Scene) -> None:
    """What is on the list stays in its group; an invoice twice or without a number adds nothing at all."""
    scene.add("A1")
    added = scene.collection.add([listed("A1"), listed("A2")], LATER_DAY, now=NOW)
    assert (added.added, added.already) == (("A2",), ("A1",))
    assert scene.collection.entry("A1", now=NOW).collection_date == DAY
    for wrong in ([listed("A3"), listed("A3")], [listed("A3"), listed(" ")]):
        with pytest.raises(RequestError):
            scene.collection.add(wrong, DAY, now=NOW)
    with pytest.raises(NotListedError):
        scene.collection.entry("A3", now=NOW)


def test_states_follow_the_agency(scene: Scene) -> None:
    """Receipt, payment, reversal and closure move the claim without a call of the ERP's; so do refusal and reversal."""
    scene.add("A1")
    steps: list[tuple[Callable[[], object], ListState]] = [
        (scene.send, ListState.SENT),
        (lambda: scene.registers("A1"), ListState.REGISTERED),
        (lambda: scene.pays("A1"), ListState.PART_PAID),
        (lambda: scene.reverses("A1"), ListState.REGISTERED),
        (lambda: scene.pays("A1", 200), ListState.PART_PAID),  # the same again would be held as a repeat
        (lambda: scene.closes("A1"), ListState.CLOSED),
    ]
    for step, state in steps:
        step()
        assert scene.state("A1") is state
    assert scene.collection.entry("A1", now=NOW).agency_case_number
    scene.later(hours=1)
    scene.add("A1", day=LATER_DAY)
    assert scene.state("A1") is ListState.LISTED
    assert [group.collection_date for group in scene.collection.groups(now=NOW)] == [LATER_DAY]
    assert scene.collection.groups(now=NOW)[0].files == (), "the file of the earlier stay is not this group's"
    scene.send(LATER_DAY)
    assert scene.state("A1") is ListState.SENT


def test_one_refused_claim_of_a_case_goes_again_alone(scene: Scene) -> None:
    """The other claims of its case stand where they stood."""
    scene.collection.add([listed("A1"), listed("A2")], DAY, now=NOW)
    scene.send()
    scene.rejects("A1", "A2")
    assert (scene.state("A1"), scene.state("A2")) == (ListState.SENT, ListState.REJECTED)
    scene.collection.correct("A2", now=NOW)
    assert invoices(scene.collection.group(DAY, now=NOW).claims) == ["A2"]


def test_a_claim_sent_before_there_was_a_list_stands_as_sent(scene: Scene) -> None:
    """It is locked from the start, and not sent again; the file is told, though it is older than the entry."""
    cases = CollectionGroup(collection_date=DAY, claims=(listed("A1"),)).cases()
    scene.journal.store_outgoing(DEFINITION, "cases", lambda _: ("LS7", b"x"), cases=cases, now=NOW)
    scene.later(days=1)
    scene.add("A1", "A2")
    assert scene.state("A1") is ListState.SENT
    [group] = scene.collection.groups(now=scene.now)
    assert (group.may_go, [file.name for file in group.files]) == (("A2",), ["LS7"])


@pytest.mark.parametrize(("until", "goes"), [(None, False), (date(2026, 11, 30), False), (date(2026, 11, 29), True)])
def test_what_is_stopped_is_not_sent(scene: Scene, until: date | None, goes: bool) -> None:
    """For good until somebody starts it, or for a time: from that day on, a Norwegian one, it goes by itself."""
    scene.add("A1", "A2")
    scene.collection.stop("A1", until=until, note="Betalingsavtale", now=NOW)
    # 23:30 in UTC is the next day in Norway.
    scene.now = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
    assert invoices(scene.collection.group(DAY, now=scene.now).claims) == (["A1", "A2"] if goes else ["A2"])
    assert scene.collection.entry("A1", now=scene.now).note == "Betalingsavtale"
    if not goes:
        assert scene.state("A1") is ListState.STOPPED
        assert scene.journal.kept_back(DEFINITION, ["A1", "A2"], now=scene.now) == {"A1"}
        scene.collection.start("A1", now=scene.now)
    assert scene.state("A1") is ListState.LISTED


def test_the_journal_refuses_what_the_list_keeps_back(scene: Scene) -> None:
    """What was stopped or removed meanwhile is not stored, nor is anything of its file, whatever group is given."""
    scene.add("A1", "A2", "A3")
    group = scene.collection.group(DAY, now=NOW)
    scene.collection.stop("A1", now=NOW)
    scene.collection.remove("A2", RemovalReason.DISPUTED, now=NOW)
    with pytest.raises(KeptBackError, match="A1, A2") as caught:
        scene.journal.store_outgoing(DEFINITION, "cases", lambda _: ("LS", b"x"), cases=group.cases(), now=NOW)
    assert list(caught.value.invoice_numbers) == ["A1", "A2"]
    assert scene.journal.outgoing(DEFINITION) == ()
    assert scene.state("A3") is ListState.LISTED


def test_a_case_taken_up_after_all_stands_as_registered_again(scene: Scene) -> None:
    """What was refused, and then stopped or made ready to go again, is with the agency when it thinks again."""
    scene.add("A1", "A2", "A3")
    scene.send()
    for number in ("A1", "A2", "A3"):
        scene.rejects(number)
    scene.collection.stop("A1", now=NOW)
    scene.collection.correct("A2", now=NOW)
    for number in ("A1", "A2", "A3"):
        scene.registers(number)
        assert scene.state(number) is ListState.REGISTERED
    assert scene.collection.group(DAY, now=NOW).claims == ()


def test_what_was_refused_and_stopped_goes_when_it_is_started(scene: Scene) -> None:
    """By somebody, or by itself when its day has come: stopping it was to say that it goes again some day."""
    scene.add("A1", "A2")
    scene.send()
    for number in ("A1", "A2"):
        scene.rejects(number)
    scene.collection.stop("A1", now=NOW)
    scene.collection.stop("A2", until=date(2026, 11, 25), now=NOW)
    scene.collection.start("A1", now=NOW)
    assert invoices(scene.collection.group(DAY, now=NOW).claims) == ["A1"]
    scene.later(days=1)
    assert invoices(scene.collection.group(DAY, now=scene.now).claims) == ["A1", "A2"]
    scene.send()
    assert (scene.state("A1"), scene.state("A2")) == (ListState.SENT, ListState.SENT)


CALLS: dict[Move, Callable[[Scene, str], object]] = {
    Move.STOP: lambda scene, number: scene.collection.stop(number, now=scene.now),
    Move.START: lambda scene, number: scene.collection.start(number, now=scene.now),
    Move.CORRECT: lambda scene, number: scene.collection.correct(number, now=scene.now),
    Move.REMOVE: lambda scene, number: scene.collection.remove(number, RemovalReason.OTHER, now=scene.now),
}


@pytest.mark.parametrize("move", CALLS)
def test_the_erps_moves_are_those_of_the_table(scene: Scene, move: Move) -> None:
    """A move that the table has leads where it says; any other is refused, says why, and changes nothing."""
    for at, state in enumerate(ListState):
        number = f"A{at}"
        scene.bring_to(number, state)
        assert scene.state(number) is state
        if move in MOVES[state]:
            CALLS[move](scene, number)
            assert scene.state(number) in MOVES[state][move]
        else:
            with pytest.raises(IllegalMoveError, match=f"{number} is {state}"):
                CALLS[move](scene, number)
            assert scene.state(number) is state
        if scene.state(number) is ListState.LISTED:
            scene.collection.stop(number, now=NOW)  # so that it does not go with the next one


def test_a_correction_is_of_its_own_invoice(scene: Scene) -> None:
    """A claim cannot be replaced by another's."""
    scene.add("A1")
    with pytest.raises(RequestError, match="of invoice A2"):
        scene.collection.correct("A1", listed("A2"), now=NOW)
