"""From bytes to a tree: what is read, where it stands, and what is refused before it costs much."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlplane.provisioning.problems import ConfigurationWrong
from controlplane.provisioning.reading import FILE_BYTES_MAX, Format, read_tree
from controlplane.provisioning.reading.nodes import Fields, Items, Scalar
from controlplane.provisioning.reading.tree import NODES_MAX
from controlplane.provisioning.shapes import plain_data

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


def read(text, kind=Format.YAML):
    """Plain data, and what was wrong with it."""
    top, problems = read_tree(text if isinstance(text, bytes) else text.encode(), kind)
    return plain_data(top), [str(problem) for problem in problems]


def refused(text, kind=Format.YAML):
    with pytest.raises(ConfigurationWrong) as error:
        read(text, kind)
    (problem,) = error.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", 1),
        ("a: 1.50", 1.5),
        ("a: 1e3", 1000.0),
        ("a: true", True),
        ("a: null", None),
        ("a: ~", None),
        ("a:", None),
        ("a: 'null'", "null"),
        ("a: '1'", "1"),
        ("a: yes", "yes"),
        ("a: off", "off"),
        ("a: 2026-12-31", "2026-12-31"),
        ("a: 12:30:45", "12:30:45"),
        ("a: 010", "010"),
        ("a: 0x10", "0x10"),
        ("a: .inf", ".inf"),
        ("a: é — 😀", "é — 😀"),
        ("a: |\n  two\n  lines\n", "two\nlines\n"),
        ("a: {b: [1, {c: 2}]}", {"b": [1, {"c": 2}]}),
        ("---\na: 1\n...\n", 1),
        ("%YAML 1.2\n---\na: 1", 1),
        ("\ufeffa: 1", 1),
        ("a: ${KEY}", "${KEY}"),
        ("a: {b: ${KEY}, c: [${KEY}]}", {"b": "${KEY}", "c": ["${KEY}"]}),
        ('a: "${KEY}"', "${KEY}"),
        ("# ${KEY}\na: 1", 1),
    ],
)
def test_reads_yaml_as_yaml_of_today_means_it(text, value):
    assert read(text) == ({"a": value}, [])


def test_knows_where_everything_stands():
    top, _ = read_tree("a: 1\nb:\n  - ${X}\n  - {c: é, d: 2}\n".encode(), Format.YAML)

    key, listed = top.pairs["b"]
    assert (key.line, key.column) == (2, 1)
    assert isinstance(listed, Items)
    inner = listed.entries[1]
    assert isinstance(inner, Fields)
    name, value = inner.pairs["d"]
    assert (name.line, name.column, value.line, value.column) == (4, 12, 4, 15)


def test_anchors_and_merges_are_written_out():
    text = "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: [*x]\nw: {<<: [*x, {c: 4}], a: 0}"

    found, problems = read(text)

    assert found["y"] == {"a": 1, "b": 3}
    assert found["z"] == [{"a": 1, "b": 2}]
    assert found["w"] == {"a": 0, "b": 2, "c": 4}
    assert problems == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1, column 1: The file is empty."),
        ("# nothing\n", "line 1, column 1: The file is empty."),
        ("null", "line 1, column 1: The file is empty."),
        ("[]", "line 1, column 1: The file is an object of sections such as 'virtual_keys'."),
        ("text", "line 1, column 1: The file is an object of sections such as 'virtual_keys'."),
        ("a: 1\n---\nb: 2", "line 2, column 1: A second document begins here: only one is read."),
        (
            "a:\n\tb: 1",
            "line 2, column 1: This is not YAML: a tab indents this line; YAML takes spaces "
            "alone, while scanning for the next token.",
        ),
        (
            "a: {b: [1}",
            "line 1, column 10: This is not YAML: did not find expected ',' or ']', while parsing "
            "a flow sequence.",
        ),
        (
            "a: !!python/object/apply:os.system [ls]",
            "line 1, column 4: The tag '!!python/object/apply:os.system' is not read: write "
            "plain values.",
        ),
        ("a: !env KEY", "line 1, column 4: The tag '!env' is not read: write plain values."),
        ("a: !!str 1", "line 1, column 4: The tag '!!str' is not read: write plain values."),
        ("a: *b", "line 1, column 4: The alias '*b' names nothing that stands before it."),
        ("a: &a [*a]", "line 1, column 8: The alias '*a' names nothing that stands before it."),
        ("? [a]\n: 1", "line 1, column 3: The name of a field is a text, not a list or an object."),
        ("é: \x01", "line 1, column 4: A control character that YAML does not allow."),
        (b"a: 1\nb: \xff", "line 2, column 4: The file is not UTF-8."),
        ("a: 1".encode("utf-16"), "line 1, column 1: The file is not UTF-8."),
        (b"\x00" * 10, "line 1, column 1: A control character that YAML does not allow."),
    ],
)
def test_says_in_a_sentence_why_a_file_is_no_configuration(text, problem):
    assert refused(text) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2", "line 2, column 1: 'a' is here twice, first in line 1."),
        ("x: {b: 1, b: 2}", "line 1, column 11: 'b' is here twice, first in line 1."),
        ("a: 1\n'a': 2", "line 2, column 1: 'a' is here twice, first in line 1."),
        ('a: "\\0"', "line 1, column 4: Holds a character that cannot be stored."),
        ("x: &x 1\ny: {<<: *x}", "line 2, column 5: '<<' merges objects."),
    ],
)
def test_goes_on_reading_after_what_leaves_a_tree(text, problem):
    assert read(text)[1] == [problem]


@pytest.mark.parametrize("kind", Format)
def test_nothing_is_nested_without_end(kind):
    assert "Nested deeper than 32 levels." in refused("[" * 1_000_000, kind)


def test_aliases_do_not_nest_without_end_either():
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))

    assert refused(chain).endswith("Nested deeper than 32 levels.")


def test_a_small_file_that_blows_up_is_refused_early():
    assert f"More than {NODES_MAX:,} values" in refused(BOMB)
    assert f"More than {NODES_MAX:,} values" in refused(
        "a: &a {b: 1}\nc: [" + "*a, " * (NODES_MAX // 2) + "*a]"
    )


def test_a_large_file_is_refused_by_its_size():
    assert refused(b"#" * (FILE_BYTES_MAX + 1)) == (
        "line 1, column 1: The file has more than 10,485,760 bytes: split it."
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1, column 1: This is not JSON: a value is expected."),
        ('{"a": 1,}', "line 1, column 9: This is not JSON: nothing stands after the last ','."),
        ('{"a" 1}', "line 1, column 6: This is not JSON: ':' is expected."),
        ("{a: 1}", "line 1, column 2: This is not JSON: a name in double quotes is expected."),
        ('{"a": NaN}', "line 1, column 7: This is not JSON: a value is expected."),
        ('{"a": 01}', "line 1, column 8: This is not JSON: ',' or the end is expected."),
        ('{"a": [1}', "line 1, column 9: This is not JSON: '}' closes what it did not open."),
        (
            '{"a":\n "b',
            "line 2, column 2: This is not JSON: a string is not written as JSON wants it.",
        ),
        (
            '{"a": "\t"}',
            "line 1, column 8: This is not JSON: a string is not written as JSON wants it.",
        ),
        ('{"a": 1} x', "line 1, column 10: This is not JSON: something stands after its end."),
        ('{"a": 1', "line 1, column 8: This is not JSON: ',' or the end is expected."),
    ],
)
def test_says_where_json_is_wrong(text, problem):
    assert refused(text, Format.JSON) == problem


def test_json_says_the_same_twice_as_yaml_does():
    found, problems = read('{"a": 1,\n "a": 2}', Format.JSON)

    assert found == {"a": 1}
    assert problems == ["line 2, column 2: 'a' is here twice, first in line 1."]


def test_a_lone_surrogate_in_json_cannot_be_stored():
    assert read('{"a": "\\ud800"}', Format.JSON)[1] == [
        "line 1, column 7: Holds a character that cannot be stored."
    ]


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
)
values = st.recursive(
    scalars,
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.dictionaries(st.text("abc<", max_size=5), parts, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abcdef", min_size=1), values, max_size=4), st.booleans())
def test_reads_all_that_json_writers_write(value, is_ascii):
    text = json.dumps(value, ensure_ascii=is_ascii, indent=1)

    assert read(text, Format.JSON) == (value, [])


@given(
    st.text(st.characters(exclude_categories=["Cs"])) | st.text("{}[]:,-?&*!|>'\"%@`#\t\n a0~<$")
)
def test_no_text_is_more_than_a_sentence(text):
    for kind in Format:
        with contextlib.suppress(ConfigurationWrong):
            read(text, kind)


def test_a_scalar_is_null_only_without_quotes():
    assert Scalar(1, 1, "null", plain=True).is_null
    assert not Scalar(1, 1, "null", plain=False).is_null
