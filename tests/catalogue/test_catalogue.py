import numpy as np
import pytest

from studio2shop.catalogue import load_catalogue


@pytest.fixture
def catalogue(write_catalogue):
    """Four articles; q1 is matched with two, q2 with one, q3 with none; a4 has no query."""
    return load_catalogue(
        write_catalogue(
            "article_id,image,colour,fit\na1,1.jpg,red,slim\na2,2.jpg,blue,\n"
            "a3,3.jpg,,wide\na4,4.jpg,red,\n",
            "query_id,image,view\nq1,q1.jpg,full\nq2,q2.jpg,half\nq3,q3.jpg,full\n",
            "query_id,article_id\nq2,a1\nq1,a3\nq1,a1\n",
        )
    )


def test_labels_are_positions_in_the_sorted_vocabulary(catalogue):
    assert catalogue.attributes == {"colour": ("blue", "red"), "fit": ("slim", "wide")}
    labels = catalogue.attribute_labels()
    assert labels["colour"].tolist() == [1, 0, -1, 1]
    assert labels["fit"].tolist() == [0, -1, 1, -1]
    assert labels["colour"].dtype == np.int32


def test_labels_unknown_to_a_vocabulary_are_masked(catalogue):
    labels = catalogue.attribute_labels({"colour": ["green", "red"], "length": ["long"]})
    assert labels["colour"].tolist() == [1, -1, -1, 1]
    assert labels["length"].tolist() == [-1, -1, -1, -1]


def test_a_vocabulary_reads_columns_that_this_catalogue_ignores(write_catalogue):
    catalogue = load_catalogue(
        write_catalogue("article_id,image,colour\na1,1.jpg,red\na2,2.jpg,red\n")
    )
    assert catalogue.ignored_columns == ("colour",)
    assert catalogue.attribute_labels({"colour": ["blue", "red"]})["colour"].tolist() == [1, 1]


def test_match_indices_are_rows_of_the_tables(catalogue):
    query_rows, article_rows = catalogue.match_indices()
    assert (query_rows.tolist(), article_rows.tolist()) == ([1, 0, 0], [0, 2, 0])
    assert query_rows.dtype == article_rows.dtype == np.int64
    assert catalogue.matches_per_query().tolist() == [2, 1, 0]


def test_selected_articles_bring_the_queries_whose_matches_are_all_among_them(catalogue):
    part = catalogue.select_articles(["a4", "a2", "a1"])
    assert part.article_ids.tolist() == ["a1", "a2", "a4"]
    assert part.query_ids.tolist() == ["q2"]
    assert part.matches.to_dict("list") == {"query_id": ["q2"], "article_id": ["a1"]}
    # of the fit, one value is left: nothing to learn
    assert part.attributes == {"colour": ("blue", "red")}
    assert catalogue.select_articles(["a4"]).attributes == {}
    assert catalogue.select_articles([]).article_ids.size == 0
    with pytest.raises(
        ValueError,
        match="Expected ids of this catalogue's articles, received 'a9': see article_ids.",
    ):
        catalogue.select_articles(["a1", "a9"])


def test_selected_queries_bring_their_matches_and_keep_all_articles(catalogue):
    part = catalogue.select_queries(["q3", "q1"])
    assert part.query_ids.tolist() == ["q1", "q3"]
    assert part.matches.to_dict("list") == {"query_id": ["q1", "q1"], "article_id": ["a3", "a1"]}
    assert part.articles is catalogue.articles and part.attributes == catalogue.attributes
    with pytest.raises(
        ValueError, match="Expected ids of this catalogue's queries, received 'q9': see query_ids."
    ):
        catalogue.select_queries(["q1", "q9"])


def test_summary_counts_what_is_there(catalogue):
    assert catalogue.summary() == {
        "articles": 4,
        "queries": 3,
        "matches": 3,
        "queries_with_several_articles": 1,
        "queries_without_match": 1,
        "articles_without_query": 2,
        "left_out": 0,
        "queries_by_view": {"full": 2, "half": 1},
        "attribute_coverage": {"colour": 0.75, "fit": 0.5},
    }


def test_repr_is_one_line(catalogue):
    assert repr(catalogue) == "Catalogue(shop: 4 articles, 3 queries, 3 matches, 2 attributes)"


def test_a_catalogue_cannot_be_changed(catalogue):
    with pytest.raises(AttributeError):
        catalogue.folder = "elsewhere"
