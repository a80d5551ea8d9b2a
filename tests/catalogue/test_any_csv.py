"""Whatever lies in a CSV file, loading ends in a catalogue or in one sentence."""

import functools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio2shop.catalogue import Catalogue, check_catalogue, load_catalogue

pytestmark = pytest.mark.slow

FILES = ("articles", "queries", "matches")
SOUND = {
    "articles": (
        'article_id,image,colour,note\na1,images/a1.jpg,red,"one, two"\n'
        '007,a2.jpg,,"say ""hi"""\na3,a3.jpg,blue,"two\nlines"\n'
    ),
    "queries": "query_id,image,view\nq1,q1.jpg,full\nq2,images/q2.jpg,half\n",
    "matches": "query_id,article_id\nq1,a1\nq1,007\nq2,a3\n",
}
# what a CSV file is made of, and what hurts one
WORDS = [
    "article_id",
    "query_id",
    "image",
    "view",
    "a1",
    "q1",
    "007",
    "a.jpg",
    "../a.jpg",
    "/a.jpg",
    "C:a",
    "a\\b.jpg",
    "é",
    "NA",
    "1e5",
]
SIGNS = [
    ",",
    ",",
    ",",
    "\n",
    "\n",
    "\r\n",
    "\r",
    '"',
    '""',
    ";",
    "\t",
    " ",
    "\x00",
    "\ufeff",
    "\x85",
    "\u2028",
    "\x1a",
    "'",
    "#",
]

tokens = st.lists(st.sampled_from(WORDS + SIGNS), max_size=30).map("".join)
headed = st.builds(
    lambda file, rest: SOUND[file].split("\n")[0] + "\n" + rest, st.sampled_from(FILES), tokens
)
texts = st.builds(
    lambda text, code: text.encode(code, "ignore"),
    tokens | headed | st.text(max_size=40),
    st.sampled_from(["utf-8"] * 6 + ["latin-1", "utf-16"]),
)
edits = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.integers(0, 3),
        st.sampled_from([b"", *(word.encode() for word in SIGNS + WORDS), b"\xff"]),
    ),
    min_size=1,
    max_size=3,
)


def edited(file, changes):
    data = SOUND[file].encode()
    for place, num_cut, put in changes:
        place %= len(data) + 1
        data = data[:place] + put + data[place + num_cut :]
    return data


@st.composite
def catalogues(draw):
    """Three files, one or all of them spoiled.

    Most of them here and there, others from end to end.
    """
    files, spoils = (
        dict(SOUND),
        {file: edits.map(lambda changes, file=file: edited(file, changes)) for file in FILES},
    )
    for file in draw(st.sampled_from([*((file,) for file in FILES), FILES])):
        files[file] = draw(
            spoils[file] | spoils[file] | spoils[file] | texts | st.binary(max_size=40)
        )
    return files


def generated(num_examples):
    return functools.partial(settings, derandomize=True, suppress_health_check=list(HealthCheck))(
        max_examples=num_examples
    )


def load(folder):
    """The catalogue and no sentence, or the other way round.

    Any other error is the test's failure.
    """
    try:
        return load_catalogue(folder), None
    except ValueError as refusal:
        # and not one of the libraries' own, such as UnicodeDecodeError
        assert type(refusal) is ValueError
        return None, str(refusal)


@pytest.mark.filterwarnings("error")
@generated(2000)
@given(catalogues())
def test_any_csv_files_are_a_catalogue_or_one_sentence(write_catalogue, files):
    folder = write_catalogue(**files)
    catalogue, sentence = load(folder)
    if sentence is None:
        assert isinstance(catalogue, Catalogue) and len(catalogue.articles)
        assert (
            len({*catalogue.article_ids}) == len(catalogue.articles)
            and "" not in catalogue.article_ids
        )
        assert all((rows >= 0).all() for rows in catalogue.match_indices())
    else:
        assert (
            sentence.startswith(f"{folder}/")
            and sentence.endswith((".", ".)"))
            and len(sentence.splitlines()) == 1
        )


@generated(300)
@given(catalogues())
def test_the_check_finds_an_error_in_what_loading_refuses_and_none_in_what_it_takes(
    write_catalogue, files
):
    folder = write_catalogue(**files)
    _, sentence = load(folder)
    problems = check_catalogue(folder)
    assert (problems["what_to_do"] != "").all() and (
        problems["problem"].str.split("\n|\r", regex=True).str.len() == 1
    ).all()
    of_tables = (problems["severity"] == "error") & ~problems["problem"].str.contains(
        "there is no such file"
    )
    assert of_tables.any() == (sentence is not None)
