"""URLs of pages: what is kept, changed, added and left out."""

from django.http import QueryDict

from controlplane.dashboard.filters.adding import with_added
from controlplane.dashboard.filters.query import Query


def query(text):
    return Query.read(QueryDict(text))


def test_what_is_empty_is_left_out_but_for_filters_where_it_means_not_set():
    assert query("q=&team=&metadata.code=&period=7d").text() == "team=&metadata.code=&period=7d"


def test_a_name_may_have_several_values_in_their_order():
    assert query("model=a&model=b").adding("model", "c").text() == "model=a&model=b&model=c"
    assert query("model=a&model=b").adding("model", "a").text() == "model=a&model=b"
    assert query("model=a&model=b").removing("model", "a").text() == "model=b"
    assert query("model=a").removing("model", "a").url("/x/") == "/x/"


def test_odd_values_survive_the_way_into_a_url_and_back():
    for value in ["a&b=c", "<script>", "ä ö/ü", "100%", "+1", "#"]:
        written = Query({"model": (value,)}).text()
        assert query(written).first("model") == value


def test_only_the_named_parameters_go_along():
    kept = query("model=a&metadata.code=B-17&after=x&period=7d").only(["model", "metadata."])

    assert kept.text() == "model=a&metadata.code=B-17"


def test_the_form_of_the_bar_adds_to_what_there_is():
    assert with_added(query("model=a")) is None
    assert with_added(query("model=a&add=model&value=b")).text() == "model=a&model=b"
    assert with_added(query("add=metadata&value=code=B=1")).text() == "metadata.code=B%3D1"
    assert with_added(query("add=metadata&value=code")).text() == ""
    assert with_added(query("add=nonsense&value=b")).text() == ""
