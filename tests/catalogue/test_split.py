import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio2shop.catalogue import Catalogue, load_catalogue, split_counts
from studio2shop.catalogue.catalogue import labels_of
from studio2shop.catalogue.split import parts_to_train_on


def catalogue_of(num_articles, matched_articles):
    """A catalogue whose query number i matches the articles numbered `matched_articles[i]`."""
    articles = [f"a{number}" for number in range(num_articles)]
    queries = [f"q{number}" for number in range(len(matched_articles))]
    matches = [
        (f"q{query}", f"a{article}")
        for query, found in enumerate(matched_articles)
        for article in found
    ]
    colours = pd.Series([f"colour {number % 7}" for number in range(num_articles)])
    return Catalogue(
        folder=Path("shop"),
        articles=pd.DataFrame({"article_id": articles, "image": articles, "colour": colours}),
        queries=pd.DataFrame({"query_id": queries, "image": queries}, dtype=str),
        matches=pd.DataFrame(matches, columns=["query_id", "article_id"], dtype=str),
        attributes={"colour": labels_of(colours)},
    )


@st.composite
def catalogues(draw):
    num_articles = draw(st.integers(2, 30))
    matched = st.sets(st.integers(0, num_articles - 1), max_size=4)
    return catalogue_of(num_articles, draw(st.lists(matched, max_size=30)))


@settings(max_examples=80)
@given(catalogue=catalogues(), seed=st.integers(0, 5), train_fraction=st.floats(0.3, 0.7))
def test_no_article_is_on_both_sides_and_nothing_but_mixed_and_unmatched_queries_is_dropped(
    catalogue, seed, train_fraction
):
    train, test = catalogue.split(train_fraction, seed)
    train_articles, test_articles = set(train.article_ids), set(test.article_ids)
    assert not train_articles & test_articles
    assert train_articles | test_articles == set(catalogue.article_ids)
    assert len(train_articles) == round(train_fraction * len(catalogue.articles))
    mixed = unmatched = 0
    for query in catalogue.query_ids:
        matched = set(catalogue.matches["article_id"][catalogue.matches["query_id"] == query])
        unmatched += not matched
        mixed += bool(matched & train_articles) and bool(matched & test_articles)
        for side, side_articles in ((train, train_articles), (test, test_articles)):
            belongs = bool(matched) and matched <= side_articles
            assert (query in set(side.query_ids)) == belongs
            kept = side.matches["article_id"][side.matches["query_id"] == query]
            assert sorted(kept) == (sorted(matched) if belongs else [])
    counts = split_counts(catalogue, train, test)
    assert (counts["mixed_queries"], counts["unmatched_queries"]) == (mixed, unmatched)
    assert (
        counts["matches"]
        == counts["train_matches"] + counts["test_matches"] + counts["dropped_matches"]
    )


def test_split_counts_name_every_number():
    catalogue = catalogue_of(4, [{0}, {1}, {2}, {3}, {0, 1, 2, 3}, set()])
    assert split_counts(catalogue, *catalogue.split(0.5)) == {
        "articles": 4,
        "train_articles": 2,
        "test_articles": 2,
        "queries": 6,
        "train_queries": 2,
        "test_queries": 2,
        "mixed_queries": 1,
        "unmatched_queries": 1,
        "matches": 8,
        "train_matches": 2,
        "test_matches": 2,
        "dropped_matches": 4,
    }


def test_the_same_seed_gives_the_same_split_in_any_order_of_rows():
    catalogue = catalogue_of(50, [{number} for number in range(50)])
    shuffled = Catalogue(
        folder=catalogue.folder,
        articles=catalogue.articles.iloc[::-1].reset_index(drop=True),
        queries=catalogue.queries.iloc[::-1].reset_index(drop=True),
        matches=catalogue.matches,
        attributes=catalogue.attributes,
    )
    for side, other in zip(catalogue.split(0.8, seed=3), shuffled.split(0.8, seed=3), strict=True):
        assert side.article_ids.tolist() == other.article_ids.tolist()[::-1]
        assert set(side.query_ids) == set(other.query_ids)


def test_a_split_is_the_same_on_every_machine():
    _, test = catalogue_of(10, []).split(0.8, seed=0)
    assert test.article_ids.tolist() == ["a0", "a8"]


def test_another_seed_gives_another_split():
    catalogue = catalogue_of(200, [])
    first, second = (set(catalogue.split(0.8, seed)[1].article_ids) for seed in (0, 1))
    assert first != second


def test_each_article_is_as_likely_to_test_as_any_other():
    catalogue = catalogue_of(20, [])
    tested = np.concatenate([catalogue.split(0.5, seed)[1].article_ids for seed in range(400)])
    counts = pd.Series(tested).value_counts()
    assert len(counts) == 20 and counts.between(150, 250).all()  # 200 expected, deviation 10


def test_validation_is_not_drawn_from_the_positions_that_the_test_side_was_drawn_from():
    """With one random stream for both, validation articles would be neighbours of test articles."""
    num_articles, distances = 1000, []
    catalogue = catalogue_of(num_articles, [])
    catalogue.articles["article_id"] = [f"a{number:04d}" for number in range(num_articles)]
    for seed in range(20):
        train, test = catalogue.split(0.98, seed)
        _, validation = train.split(0.98, seed)
        places = [
            np.array([int(value[1:]) for value in side.article_ids]) for side in (test, validation)
        ]
        distances.append(np.abs(places[0][:, np.newaxis] - places[1]).min(axis=1).mean())
    assert np.mean(distances) > 20  # about 25 if drawn apart


def test_train_has_its_own_vocabulary():
    train, test = catalogue_of(8, []).split(0.25)
    assert train.attributes == {"colour": labels_of(train.articles["colour"])}
    assert train.attribute_sizes == {"colour": 2}
    assert set(test.attribute_labels(train.attributes)["colour"]) <= {-1, 0, 1}


def test_order_and_matches_follow():
    catalogue = catalogue_of(30, [{number} for number in range(29, -1, -1)])
    train, _ = catalogue.split(0.8)
    assert train.article_ids.tolist() == [
        value for value in catalogue.article_ids if value in set(train.article_ids)
    ]
    query_rows, article_rows = train.match_indices()
    assert (query_rows >= 0).all() and (article_rows >= 0).all() and len(query_rows) == 24
    assert list(train.articles.index) == list(range(24)) and list(train.queries.index) == list(
        range(24)
    )


def test_a_split_that_cannot_be_is_refused():
    catalogue = catalogue_of(3, [])
    with pytest.raises(ValueError) as caught:
        catalogue.split(0.9)
    assert str(caught.value) == (
        "Expected at least one article on each side, but train_fraction=0.9 of 3 articles gives 3 "
        "and 0: "
        "use more articles or another train_fraction."
    )
    for train_fraction in (0, 1, 80, float("nan")):
        with pytest.raises(ValueError, match="Expected train_fraction between 0 and 1, received"):
            catalogue.split(train_fraction)
    with pytest.raises(ValueError, match="`seed` must be an integer of at least 0; received -1."):
        catalogue.split(0.5, seed=-1)


def with_parts(parts):
    catalogue = catalogue_of(len(parts), [[article] for article in range(len(parts))])
    articles = catalogue.articles.assign(part=parts)
    return dataclasses.replace(catalogue, articles=articles)


def test_a_catalogues_own_split_is_taken_whatever_the_seed():
    parts = ["train", "test", "validation", "train", "test", "train"]
    learning, train, validation, test = parts_to_train_on(with_parts(parts), seed=7)
    assert train.article_ids.tolist() == ["a0", "a3", "a5"]
    assert validation.article_ids.tolist() == ["a2"]
    assert test.article_ids.tolist() == ["a1", "a4"]
    assert learning.article_ids.tolist() == ["a0", "a2", "a3", "a5"]


def test_validation_is_drawn_from_the_training_articles_where_no_part_names_it():
    parts = ["train"] * 20 + ["test"] * 5
    _, train, validation, test = parts_to_train_on(with_parts(parts))
    assert (len(train.articles), len(validation.articles), len(test.articles)) == (18, 2, 5)
    assert set(test.article_ids) == {f"a{number}" for number in range(20, 25)}


def test_a_split_without_a_test_article_is_refused():
    with pytest.raises(ValueError, match="but no article in it is 'test'; write train and test"):
        parts_to_train_on(with_parts(["train"] * 5))


def test_a_part_is_no_attribute_and_an_unknown_one_is_named(tmp_path):
    rows = ["article_id,image,colour,part", "a,a.jpg,red,train", "b,b.jpg,blue, test "]
    (tmp_path / "articles.csv").write_text("\n".join(rows))
    catalogue = load_catalogue(tmp_path)
    assert list(catalogue.attributes) == ["colour"] and not catalogue.ignored_columns
    assert catalogue.articles["part"].tolist() == ["train", "test"]
    (tmp_path / "articles.csv").write_text("\n".join([*rows, "c,c.jpg,red,tset"]))
    with pytest.raises(ValueError) as caught:
        load_catalogue(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'articles.csv'}, row 4: part 'tset' is none of a split's; write train, "
        "validation or test in each row, or give the column another name."
    )
