"""The places of objects: the same at any time, however many were written down since somebody asked."""

from hypothesis import given
from hypothesis import strategies as st

from lindorff_sdk.files.places import Places

STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "move", "keep", "ask"]), st.integers(0, 5), st.integers(0, 5)), max_size=30
)


@given(STEPS)
def test_places_are_those_that_were_written_down_last(steps: list[tuple[str, int, int]]) -> None:
    """An object that is put again has its last place; one that is moved or let go of has none."""
    items = [[number] for number in range(6)]
    places, expected = Places(), dict[int, int]()
    for line, (step, one, other) in enumerate(steps):
        key, new = id(items[one]), id(items[other])
        if step == "put":
            places.put(items[one], line)
            expected[key] = line
        elif step == "move" and key in expected:
            places.move(key, new)
            expected[new] = expected.pop(key)
        elif step == "keep":
            places.keep({key, new})
            expected = {each: at for each, at in expected.items() if each in {key, new}}
        elif step == "ask":
            assert dict(places) == expected
    assert (dict(places), len(places)) == (expected, len(expected))
