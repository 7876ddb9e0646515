"""The ids of imported rows, and what the first look at them remembers."""

import pytest

from controlplane.moving_in.usage.ids import FirstLook, SecondLook

ROWS = [(b"a", None), (b"x", "x"), (b"a", None), (b"x", "x"), (b"b", None)]


def looked():
    first = FirstLook()
    for line, (said, given) in enumerate(ROWS, start=2):
        first.of(line, said, given)
    return first, first.repeated()


def test_what_is_given_again_is_told_by_its_line():
    first, repeated = looked()

    assert len(repeated) == 2
    assert list(first.lines_given_again(repeated)) == [5]


def test_rows_that_say_the_same_are_told_apart_and_keep_their_ids():
    ids = SecondLook(looked()[1])

    found = [ids.of(0, said, given) for said, given in (ROWS[0], ROWS[1], ROWS[2], ROWS[4])]

    assert len(set(found)) == 4
    assert found[1] == "x"
    assert found[0] == SecondLook(frozenset()).of(0, b"a", None)
    with pytest.raises(ValueError, match="twice"):
        ids.of(0, *ROWS[3])


def test_an_id_that_is_too_long_is_shortened_always_alike():
    long = "x" * 65

    assert len({SecondLook(frozenset()).of(0, long.encode(), long) for _ in "ab"}) == 1
    assert len(SecondLook(frozenset()).of(0, long.encode(), long)) == 36
