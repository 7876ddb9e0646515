"""Pairs that people type: what is shown reads as what was stored."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from controlplane.pair_fields import Pairs, TextPairs

TEXT = st.text(min_size=1, max_size=20)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(
    st.dictionaries(TEXT, VALUES.filter(lambda value: value not in (float("inf"), -float("inf"))))
)
def test_metadata_that_is_shown_and_saved_again_stays_as_it_was(stored):
    field = Pairs()
    shown = field.prepare_value(stored)

    assert field.to_python(shown) == stored
    assert not field.has_changed(stored, shown)


@given(st.dictionaries(TEXT, TEXT))
def test_renames_that_are_shown_and_saved_again_stay_texts(stored):
    field = TextPairs()

    assert field.to_python(field.prepare_value(stored)) == stored


def test_what_people_type_reads_as_they_mean_it():
    typed = (
        'department: research\ncost-centre:0042\nseats: 7\npaid: true\nnote: "7"\nx: NaN\nurl: a:b'
    )

    assert Pairs().to_python(typed) == {
        "department": "research",
        "cost-centre": "0042",
        "seats": 7,
        "paid": True,
        "note": "7",
        "x": "NaN",
        "url": "a:b",
    }
    assert Pairs().has_changed({"paid": 1}, "paid: true")


@pytest.mark.parametrize("typed", ["research", ": research", '"a', '"a" b', "a: 1\na: 2"])
def test_what_is_no_pair_is_said(typed):
    with pytest.raises(ValidationError):
        Pairs().to_python(typed)


def test_what_nests_deeply_is_text():
    assert Pairs().to_python("a: " + "[" * 100_000) == {"a": "[" * 100_000}
