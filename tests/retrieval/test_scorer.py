"""The exact scorer against the Keras submodel; a score depends on nothing but its pair."""

import functools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from keras.layers import BatchNormalization, Dense
from matching_models import (
    chain_model,
    errors,
    features_of_statistics,
    in_float64,
    random_features,
    randomised,
    submodels_own,
)

from studio2shop import build_query_article_matching
from studio2shop.retrieval import ExactScorer, scorer
from studio2shop.retrieval.scorer import repeated_rows

TABLE_7 = randomised(build_query_article_matching(16, match_activation=None), 0)
# for tests that give it other weights each time
built = functools.cache(build_query_article_matching)


def assert_within_the_promise(ours, expected):
    assert ours.dtype == np.float32
    assert errors(ours, expected).max() < 1
    assert expected.std() > 0.01


@settings(max_examples=15)
@given(
    strategies.sampled_from([1, 2, 7, 128, 300]),
    strategies.sampled_from(["non-linear", "linear"]),
    strategies.integers(0, 1000),
)
def test_logits_are_the_submodels_own_of_any_feature_size(size, matching, seed):
    model = randomised(built(size, matching, match_activation=None), seed)
    articles, queries = random_features(seed, size=size)
    assert_within_the_promise(
        ExactScorer(model, articles).scores(queries), submodels_own(model, articles, queries)
    )


@pytest.mark.parametrize("widths", [(1,), (3,), (40, 7), (500, 3, 40), (256, 256, 256, 256)])
def test_logits_are_the_submodels_own_of_any_widths_and_number_of_layers(widths):
    model = randomised(
        chain_model(
            16, [BatchNormalization(), *(Dense(width, "relu") for width in widths), Dense(1)]
        ),
        0,
    )
    articles, queries = random_features(0)
    assert_within_the_promise(
        ExactScorer(model, articles).scores(queries), submodels_own(model, articles, queries)
    )


@settings(max_examples=15)
@given(strategies.integers(0, 1000), strategies.sampled_from([0, 1, 100, 1000]))
def test_extreme_statistics_of_the_features_do_not_matter(seed, means):
    """Variances from 1e-3 to 1e3, means up to 30,000 deviations from 0.

    There float32 itself has lost the features.

    The reference computes in float64. The Keras model in float32 is then up to 60 times further off
    than promised.
    """
    model = randomised(built(16, match_activation=None), seed, means, variances=(1e-3, 1e3))
    articles, queries = features_of_statistics(model, seed)
    assert_within_the_promise(
        ExactScorer(model, articles).scores(queries),
        submodels_own(in_float64(model), articles, queries),
    )


@pytest.mark.parametrize("seed", range(3))
def test_features_that_the_statistics_are_not_of_keep_the_promise_too(seed):
    model = randomised(built(16, match_activation=None), seed, means=2, variances=(1e-3, 1e3))
    articles, queries = random_features(seed)
    assert_within_the_promise(
        ExactScorer(model, articles).scores(queries), submodels_own(model, articles, queries)
    )


@pytest.mark.parametrize("num_articles", [1, 63, 64, 65, 128, 200])
def test_an_assortment_of_several_blocks_is_scored_as_one(monkeypatch, num_articles):
    monkeypatch.setattr(scorer, "ARTICLES_PER_BLOCK", 64)
    articles, queries = random_features(1, num_articles)
    assert_within_the_promise(
        ExactScorer(TABLE_7, articles).scores(queries), submodels_own(TABLE_7, articles, queries)
    )


@pytest.mark.parametrize("matching", ["non-linear", "linear"])
def test_a_submodel_that_ends_in_a_sigmoid_is_scored_by_its_logits(matching):
    model = randomised(build_query_article_matching(16, matching, match_activation="sigmoid"), 2)
    on_logits = build_query_article_matching(16, matching, match_activation=None)
    on_logits.set_weights(model.get_weights())
    articles, queries = random_features(2)
    assert submodels_own(model, articles, queries).max() <= 1
    assert_within_the_promise(
        ExactScorer(model, articles).scores(queries), submodels_own(on_logits, articles, queries)
    )


def test_logits_tell_apart_what_the_sigmoid_does_not():
    """Two articles far on the right: a float32 sigmoid says 1.0 of both, they would tie."""
    model = build_query_article_matching(1, "linear", match_activation="sigmoid")
    model.get_layer("dot_product").set_weights([np.float32(0), np.float32(0)])
    articles, queries = np.array([[30.0], [31.0]], "float32"), np.array([[1.0]], "float32")
    assert submodels_own(model, articles, queries).tolist() == [[1, 1]]
    np.testing.assert_allclose(ExactScorer(model, articles).scores(queries), [[30, 31]])


def test_articles_with_the_very_same_features_score_the_very_same():
    articles, queries = random_features(3, num_articles=1, num_queries=20)
    for num_articles in (3, 7, 37, 1030):
        logits = ExactScorer(TABLE_7, np.repeat(articles, num_articles, axis=0)).scores(queries)
        assert (logits == logits[:, :1]).all(), num_articles


@pytest.mark.parametrize("matching", ["non-linear", "linear"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_copies_tie_wherever_they_stand_also_if_a_zero_is_negative(matching, dtype):
    random = np.random.default_rng(0)
    kinds = random.standard_normal((40, 16)).astype(dtype)
    kinds[:, 3] = 0
    drawn = random.integers(0, 40, 2100)
    articles = kinds[drawn]
    articles[::2, 3] = -0.0
    logits = ExactScorer(
        randomised(build_query_article_matching(16, matching), 1), articles
    ).scores(random_features(0)[1])
    for kind in range(40):
        same = logits[:, drawn == kind]
        assert (same == same[:, :1]).all()
    assert len(np.unique(logits[0])) == 40


@pytest.mark.parametrize("block_length", [64, 256, 1024])
def test_the_length_of_a_block_does_not_change_table_7s_scores(monkeypatch, block_length):
    """But for rounding: on some processors a row's place in a product decides how it adds up."""
    articles, queries = random_features(4, num_articles=1500)
    expected = ExactScorer(TABLE_7, articles).scores(queries)
    monkeypatch.setattr(scorer, "ARTICLES_PER_BLOCK", block_length)
    scores = ExactScorer(TABLE_7, articles).scores(queries)
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("matching", ["non-linear", "linear"])
@pytest.mark.parametrize("num_articles", [1, 50, 1500])
def test_a_querys_scores_are_the_same_to_the_last_bit_whichever_others_it_is_searched_with(
    num_articles, matching
):
    exact = ExactScorer(
        randomised(build_query_article_matching(16, matching), 2),
        random_features(5, num_articles)[0],
    )
    queries = random_features(5, num_queries=70)[1]
    together = exact.scores(queries)
    for some in ([0], [69], [3, 68], range(1, 65)):
        np.testing.assert_array_equal(exact.scores(queries[list(some)]), together[list(some)])
    np.testing.assert_array_equal(exact.scores(np.asfortranarray(queries)), together)
    np.testing.assert_array_equal(exact.scores(queries.astype("float64")[::-1])[::-1], together)


def test_some_articles_are_scored_as_among_all_in_any_order_and_as_often_as_asked():
    articles = random_features(6, num_articles=1200)[0]
    articles[700] = articles[5]
    exact, queries = ExactScorer(TABLE_7, articles), random_features(6)[1]
    whole = exact.scores(queries)
    for rows in ([7], [700, 5, 5, 3], np.arange(1199, -1, -3), np.array([], int)):
        some = exact.scores(queries, rows)
        assert some.shape == (5, len(rows)) and some.dtype == np.float32
        np.testing.assert_allclose(some, whole[:, rows], atol=1e-5)
    copies = exact.scores(queries, [700, 5])
    assert (copies[:, 0] == copies[:, 1]).all()


def test_no_queries_and_no_articles_give_no_scores():
    articles, queries = random_features(7)
    assert ExactScorer(TABLE_7, articles).scores(queries[:0]).shape == (0, 33)
    assert ExactScorer(TABLE_7, articles[:0]).scores(queries).shape == (5, 0)


def test_float64_strided_and_read_only_features_are_taken():
    articles, queries = random_features(8)
    expected = ExactScorer(TABLE_7, articles).scores(queries)
    wide = np.zeros((33, 40))
    wide[:, ::-2][:, :16] = articles
    articles.flags.writeable = False
    for same in (
        articles,
        articles.astype("float64"),
        np.asfortranarray(articles),
        wide[:, ::-2][:, :16],
        articles.tolist(),
    ):
        np.testing.assert_array_equal(ExactScorer(TABLE_7, same).scores(queries), expected)


def test_what_is_not_a_number_stays_not_a_number_in_its_own_row_and_column():
    articles, queries = random_features(9)
    articles[4, 2] = queries[1, 0] = np.nan
    logits = ExactScorer(TABLE_7, articles).scores(queries)
    expected = np.zeros((5, 33), bool)
    expected[1], expected[:, 4] = True, True
    np.testing.assert_array_equal(np.isnan(logits), expected)


def test_scoring_leaves_the_assortment_and_the_queries_as_they_were():
    articles, queries = random_features(4)
    kept = articles.copy(), queries.copy()
    exact = ExactScorer(TABLE_7, articles)
    np.testing.assert_array_equal(exact.scores(queries), exact.scores(queries))
    np.testing.assert_array_equal(articles, kept[0])
    np.testing.assert_array_equal(queries, kept[1])


def test_several_threads_may_score_at_once():
    articles, queries = random_features(10, num_articles=1500, num_queries=24)
    exact = ExactScorer(TABLE_7, articles)
    expected = exact.scores(queries)
    with ThreadPoolExecutor(6) as pool:
        alone = list(pool.map(lambda query: exact.scores(query[np.newaxis])[0], queries))
    np.testing.assert_array_equal(alone, expected)


def test_another_dtype_is_refused():
    with pytest.raises(ValueError) as caught:
        ExactScorer(TABLE_7, random_features(0)[0], "float16")
    assert str(caught.value) == "`dtype` must be 'float32' or 'bfloat16'; received 'float16'."


@settings(max_examples=60)
@given(
    strategies.lists(
        strategies.tuples(*[strategies.sampled_from([0.0, -0.0, 1.0, np.nan])] * 2), max_size=12
    )
)
def test_repeated_rows_are_those_of_a_brute_force(rows):
    vectors = np.array(rows, "float32").reshape(-1, 2)
    expected = {}
    for row, vector in enumerate(vectors):
        first = next(
            (earlier for earlier in range(row) if np.array_equal(vectors[earlier], vector)), None
        )
        if first is not None:
            expected[row] = first
    copies, originals = repeated_rows(vectors)
    assert dict(zip(copies.tolist(), originals.tolist())) == expected and copies.tolist() == sorted(
        expected
    )
    assert copies.dtype == originals.dtype == np.int64
