"""What a query meets in training, drawn from (seed, epoch, step) alone (Sections 4.1 and 4.2)."""

import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio2shop.catalogue import Catalogue
from studio2shop.training.sampling import MatchSampler


def catalogue_of(num_articles, matched_articles):
    """A catalogue whose query number i matches the articles numbered `matched_articles[i]`."""
    articles, queries = (
        [f"{kind}{number}" for number in range(count)]
        for kind, count in (("a", num_articles), ("q", len(matched_articles)))
    )
    matches = [
        (f"q{query}", f"a{article}")
        for query, found in enumerate(matched_articles)
        for article in found
    ]
    return Catalogue(
        folder=pathlib.Path("shop"),
        articles=pd.DataFrame({"article_id": articles, "image": articles}),
        queries=pd.DataFrame({"query_id": queries, "image": queries}, dtype=str),
        matches=pd.DataFrame(matches, columns=["query_id", "article_id"], dtype=str),
        attributes={},
    )


@settings(max_examples=100)
@given(st.data())
def test_each_query_comes_once_per_epoch_with_all_its_matches_and_others_as_there_is_room(
    data,
):
    num_articles = data.draw(st.integers(1, 20))
    matched = data.draw(
        st.lists(
            st.sets(st.integers(0, num_articles - 1), max_size=5), min_size=1, max_size=20
        ).filter(any)
    )
    width, batch_size = data.draw(st.integers(1, num_articles)), data.draw(st.integers(1, 8))
    sampler = MatchSampler(
        catalogue_of(num_articles, matched), width, batch_size, seed=data.draw(st.integers(0, 9))
    )
    epoch, met = data.draw(st.integers(0, 3)), []
    for step in range(sampler.num_steps):
        queries, articles, labels = sampler.draw(epoch, step)
        assert (
            articles.shape == labels.shape == (len(queries), width) and labels.dtype == np.float32
        )
        assert len(queries) == batch_size or step == sampler.num_steps - 1
        for query, row, label in zip(queries, articles, labels):
            met.append(query)
            assert len(set(row)) == width and set(row) <= set(range(num_articles))
            assert label.tolist() == [article in matched[query] for article in row]
            assert label.sum() == min(width, len(matched[query]))
    assert sorted(met) == [query for query, found in enumerate(matched) if found]


@pytest.fixture(scope="module")
def sampler():
    """128 queries that all match article 0 of 100: two batches of 64, 10 negatives each."""
    return MatchSampler(catalogue_of(100, [{0}] * 128), articles_per_query=11, seed=3)


def test_negatives_are_drawn_anew_for_each_query_batch_and_epoch(sampler):
    drawn = [sampler.draw(epoch, step)[1] for epoch in range(2) for step in range(2)]
    rows = {tuple(sorted(row)) for articles in drawn for row in articles}
    assert len(rows) == 4 * 64
    # and queries come in another order
    assert len({tuple(sampler.draw(epoch, 0)[0]) for epoch in range(3)}) == 3


def test_a_batch_depends_on_seed_epoch_and_step_alone(sampler):
    def batch(seed, calls_before=()):
        again = MatchSampler(catalogue_of(100, [{0}] * 128), articles_per_query=11, seed=seed)
        for call in calls_before:
            again.draw(*call)
        return np.concatenate([part.ravel() for part in again.draw(5, 1)])

    assert np.array_equal(batch(3), np.concatenate([part.ravel() for part in sampler.draw(5, 1)]))
    assert np.array_equal(batch(3), batch(3, calls_before=[(0, 0), (5, 1), (9, 1)]))
    assert not np.array_equal(batch(3), batch(4))


def test_each_article_is_as_likely_a_negative_as_any_other(sampler):
    drawn = np.concatenate(
        [sampler.draw(epoch, step)[1][:, 1:].ravel() for epoch in range(25) for step in range(2)]
    )
    counts = np.bincount(drawn, minlength=100)
    assert counts[0] == 0
    assert counts[1:].min() > 235 and counts.max() < 415  # 323 expected, deviation 17


def test_matches_beyond_the_articles_of_a_query_are_left_out_and_never_negatives():
    queries, articles, labels = MatchSampler(
        catalogue_of(9, [{0, 2, 4, 6, 8}, {1}]), articles_per_query=3
    ).draw(0, 0)
    many = queries.tolist().index(0)
    assert labels[many].tolist() == [1, 1, 1] and set(articles[many]) < {0, 2, 4, 6, 8}
    assert labels[1 - many].tolist() == [1, 0, 0]


def test_with_fewer_than_50_articles_all_are_used_and_it_says_so():
    with pytest.warns(
        UserWarning,
        match="^A query meets all 7 training articles instead of 50: there are no more.$",
    ):
        sampler = MatchSampler(catalogue_of(7, [{1}, {2, 3}]))
    assert np.sort(sampler.draw(0, 0)[1]).tolist() == [list(range(7))] * 2


def test_a_catalogue_without_matches_cannot_train():
    with pytest.raises(ValueError) as caught:
        MatchSampler(catalogue_of(60, [set(), set()]))
    assert str(caught.value) == (
        "Catalogue(shop: 60 articles, 2 queries, 0 matches, 0 attributes) has no matches to train "
        "on; "
        "matches.csv needs rows of (query_id, article_id)."
    )


@settings(max_examples=100)
@given(st.data())
def test_for_the_ranking_loss_a_query_meets_one_of_its_matches_and_never_the_others(data):
    num_articles = data.draw(st.integers(1, 20))
    matched = data.draw(
        st.lists(
            st.sets(st.integers(0, num_articles - 1), max_size=5), min_size=1, max_size=20
        ).filter(any)
    )
    most_matches = max(map(len, matched))
    width = data.draw(st.integers(1, num_articles - most_matches + 1))
    sampler = MatchSampler(
        catalogue_of(num_articles, matched),
        width,
        8,
        seed=data.draw(st.integers(0, 9)),
        one_match=True,
    )
    for step in range(sampler.num_steps):
        queries, articles, labels = sampler.draw(0, step)
        assert articles.shape == (len(queries), width) and labels.tolist() == [
            [1.0] + [0.0] * (width - 1)
        ] * len(queries)
        for query, row in zip(queries, articles):
            assert len(set(row)) == width
            assert [article in matched[query] for article in row] == [True] + [False] * (width - 1)


def test_the_ranking_loss_meets_one_match_and_50_negatives_and_any_match_comes_up():
    sampler = MatchSampler(catalogue_of(100, [{3, 4, 5}] * 64), seed=1, one_match=True)
    assert sampler.articles_per_query == 51
    counts = np.bincount(
        np.concatenate([sampler.draw(epoch, 0)[1][:, 0] for epoch in range(10)]), minlength=6
    )
    assert counts[:3].sum() == 0 and counts[3:].min() > 170  # 213 expected, deviation 12


@settings(max_examples=100)
@given(st.data())
def test_shared_articles_are_one_match_of_each_query_and_labelled_for_all(data):
    num_articles = data.draw(st.integers(1, 20))
    matched = data.draw(
        st.lists(
            st.sets(st.integers(0, num_articles - 1), max_size=5), min_size=1, max_size=20
        ).filter(any)
    )
    sampler = MatchSampler(
        catalogue_of(num_articles, matched), 1, batch_size=8, seed=data.draw(st.integers(0, 9))
    )
    met = []
    for step in range(sampler.num_steps):
        queries, articles, labels = sampler.draw_shared(2, step)
        met += queries.tolist()
        assert articles.shape == (len(queries),) and labels.dtype == np.float32
        assert labels.tolist() == [
            [article in matched[query] for article in articles] for query in queries
        ]
        assert labels.diagonal().all()
    assert sorted(met) == [query for query, found in enumerate(matched) if found]
