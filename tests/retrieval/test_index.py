"""The laws of searching in one stage and in two, and of an assortment that changes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from matching_models import (
    ALL,
    EXACT,
    errors,
    joined,
    random_features,
    random_towers,
    randomised,
    submodels_own,
)

from studio2shop import ArticleFeatures, Index, build_query_article_matching
from studio2shop.retrieval import candidates, split

NUM_ARTICLES = 300
ARTICLES, QUERIES = random_features(0, NUM_ARTICLES, num_queries=6)
ARTICLES[200] = ARTICLES[100]  # a copy
IDS = np.array([f"a{number}" for number in np.random.default_rng(0).permutation(NUM_ARTICLES)])
FEATURES = ArticleFeatures(IDS, ARTICLES)
MODEL = joined(randomised(build_query_article_matching(16, match_activation=None), 0))
LINEAR = joined(randomised(build_query_article_matching(16, "linear", None), 1))
LOGITS = submodels_own(MODEL.get_layer("query_article_matching"), ARTICLES, QUERIES)
TOWERS = random_towers(16, 2)


def found_ids(index, *args, **options):
    return [
        index.features.ids[rows].tolist() for rows, _ in index.search(QUERIES, *args, **options)
    ]


def assert_same_results(some, others):
    for (rows, logits), (other_rows, other_logits) in zip(some, others, strict=True):
        np.testing.assert_array_equal(rows, other_rows)
        np.testing.assert_allclose(logits, other_logits, atol=1e-5)


def test_exact_search_is_the_models_own_scores_sorted():
    for query, (rows, logits) in enumerate(Index(MODEL, FEATURES).search(QUERIES, k=20)):
        assert (
            rows.dtype == np.int64
            and logits.dtype == np.float32
            and len(rows) == len(set(rows)) == 20
        )
        assert errors(logits, LOGITS[query, rows]).max() < 1
        assert (np.diff(logits) <= 0).all() and logits[-1] >= np.delete(
            LOGITS[query], rows
        ).max() - 1e-4


def test_copies_tie_and_stand_in_the_assortments_order():
    [(rows, logits)] = Index(MODEL, FEATURES).search(QUERIES[:1], k=NUM_ARTICLES)
    place = rows.tolist().index(100)
    assert rows[place + 1] == 200 and logits[place] == logits[place + 1]


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("num_candidates", [NUM_ARTICLES, 10 * NUM_ARTICLES])
def test_with_all_articles_as_candidates_two_stages_find_what_one_does(method, num_candidates):
    exact, staged = Index(MODEL, FEATURES), Index(MODEL, FEATURES, TOWERS, num_candidates, method)
    assert_same_results(
        staged.search(QUERIES, k=NUM_ARTICLES), exact.search(QUERIES, k=NUM_ARTICLES)
    )
    assert_same_results(staged.search(QUERIES, 50, IDS[::3]), exact.search(QUERIES, 50, IDS[::3]))
    np.testing.assert_allclose(staged.scores(QUERIES), exact.scores(QUERIES), atol=1e-5)


@pytest.mark.parametrize("method", ALL)
def test_two_stages_find_the_best_of_the_candidates_by_the_match(method):
    index = Index(MODEL, FEATURES, TOWERS, 30, method)
    chosen = index.candidates.best(QUERIES, 30)
    for query, (rows, logits) in enumerate(index.search(QUERIES, k=12)):
        expected = sorted(chosen[query], key=lambda row: (-LOGITS[query, row], row))[:12]
        assert rows.tolist() == expected
        assert errors(logits, LOGITS[query, rows]).max() < 1


def test_a_match_that_is_the_first_stage_itself_keeps_its_order():
    exact, staged = Index(LINEAR, FEATURES), Index(LINEAR, FEATURES, LINEAR, 40)
    assert_same_results(staged.search(QUERIES, k=40), exact.search(QUERIES, k=40))
    whole_order = [
        np.argsort(-index.scores(QUERIES), axis=1, kind="stable") for index in (staged, exact)
    ]
    np.testing.assert_array_equal(*whole_order)


@pytest.mark.parametrize("method", EXACT)
def test_nothing_below_the_candidates_moves(method):
    index = Index(MODEL, FEATURES, TOWERS, 25, method)
    first = index.candidates.scores(QUERIES)
    for scores, products, logits, rows in zip(
        index.scores(QUERIES), first, LOGITS, index.candidates.best(QUERIES, 25)
    ):
        others = np.setdiff1d(np.arange(NUM_ARTICLES), rows)
        assert errors(scores[rows], logits[rows]).max() < 1
        assert scores[others].max() < scores[rows].min()
        order = others[np.argsort(-products[others], kind="stable")]
        assert (np.diff(scores[order]) <= 0).all()


@pytest.mark.parametrize("first_stage", [None, TOWERS], ids=["one stage", "two stages"])
@pytest.mark.parametrize("method", EXACT)
def test_choosing_among_some_is_searching_an_assortment_of_those_alone(first_stage, method):
    """Filtered before ranking in both stages: 20 candidates of the 60 that were asked for."""
    among = IDS[np.random.default_rng(1).choice(NUM_ARTICLES, 60, replace=False)]
    index = Index(MODEL, FEATURES, first_stage, 20, method)
    alone = Index(
        MODEL, FEATURES.of(FEATURES.ids[np.sort(FEATURES.rows(among))]), first_stage, 20, method
    )
    assert found_ids(index, 15, among) == found_ids(alone, 15)
    assert found_ids(index, 15, [*among, *among[:9]]) == found_ids(alone, 15), (
        "an id named twice counts once"
    )
    assert (
        found_ids(index, 15, set(among))
        == found_ids(index, 15, np.array(list(among), object))
        == found_ids(alone, 15)
    )


@pytest.mark.parametrize("method", ALL)
def test_more_wanted_than_candidates_gives_as_many_as_wanted_and_never_more_than_there_are(method):
    index = Index(MODEL, FEATURES, TOWERS, 5, method)
    for k, among, expected in (
        (5, None, 5),
        (80, None, 80),
        (1000, None, NUM_ARTICLES),
        (80, IDS[:20], 20),
        (1, IDS[:1], 1),
    ):
        assert [len(set(rows)) for rows, _ in index.search(QUERIES, k, among)] == [expected] * len(
            QUERIES
        )


@pytest.mark.parametrize("first_stage", [None, TOWERS], ids=["one stage", "two stages"])
def test_a_query_finds_the_same_alone_and_among_others(first_stage):
    index = Index(MODEL, FEATURES, first_stage, 40)
    together = index.search(QUERIES, 20)
    for query in range(len(QUERIES)):
        for given, expected in zip(
            index.search(QUERIES[query : query + 1], 20)[0], together[query]
        ):
            np.testing.assert_array_equal(given, expected)
    assert index.search(QUERIES[:0]) == [] and index.scores(QUERIES[:0]).shape == (0, NUM_ARTICLES)


@pytest.mark.parametrize("method", ALL)
def test_several_threads_may_search_at_once(method):
    index = Index(MODEL, FEATURES, TOWERS, 40, method)
    expected = index.search(QUERIES, 20, IDS[:200])
    with ThreadPoolExecutor(6) as pool:
        for results in pool.map(lambda _: index.search(QUERIES, 20, IDS[:200]), range(8)):
            assert_same_results(results, expected)


@pytest.mark.parametrize(
    "first_stage", [None, TOWERS, LINEAR], ids=["one stage", "towers", "linear"]
)
@pytest.mark.parametrize("method", EXACT)
def test_an_index_of_one_article_finds_it(first_stage, method):
    [(rows, logits)] = Index(MODEL, FEATURES.of(IDS[:1]), first_stage, 1, method).search(
        QUERIES[:1], k=3
    )
    assert rows.tolist() == [0] and errors(logits, LOGITS[:1, 0]).max() < 1


@pytest.mark.parametrize("first_stage", [None, TOWERS], ids=["one stage", "two stages"])
def test_where_all_articles_are_copies_all_tie_in_the_assortments_order(first_stage):
    index = Index(
        MODEL, ArticleFeatures(IDS, np.repeat(ARTICLES[:1], NUM_ARTICLES, axis=0)), first_stage, 50
    )
    rows, logits = index.search(QUERIES[:1], 50)[0]
    assert len(set(logits)) == 1 and (np.diff(rows) > 0).all()


@pytest.mark.parametrize("first_stage", [None, TOWERS], ids=["one stage", "two stages"])
@pytest.mark.parametrize("method", EXACT)
def test_adding_and_removing_articles_gives_what_a_new_index_would_to_the_last_bit(
    first_stage, method
):
    index = Index(MODEL, FEATURES.of(IDS[:250]), first_stage, 30, method)
    index.add(FEATURES.of(IDS[250:]))
    index.remove(IDS[[0, 100, 299]])  # 100 is the original of a copy
    kept = np.delete(IDS, [0, 100, 299])
    anew = Index(MODEL, FEATURES.of(kept), first_stage, 30, method)
    assert index.features.ids.tolist() == kept.tolist() and len(index) == 297
    np.testing.assert_array_equal(index.scores(QUERIES), anew.scores(QUERIES))
    for given, expected in zip(index.search(QUERIES, 30), anew.search(QUERIES, 30), strict=True):
        np.testing.assert_array_equal(given, expected)
    assert found_ids(index, 9, kept[:50]) == found_ids(anew, 9, kept[:50])


@pytest.mark.parametrize("method", ALL)
def test_added_articles_are_found_and_removed_ones_are_not(method):
    index = Index(MODEL, FEATURES.of(IDS[:250]), TOWERS, 100, method)
    index.add(FEATURES.of(IDS[250:]))
    whole = Index(MODEL, FEATURES, TOWERS, 100)
    agreement = [np.isin(*both).mean() for both in zip(found_ids(whole, 20), found_ids(index, 20))]
    assert np.mean(agreement) > 0.8
    best = {ids[0] for ids in found_ids(index, 1)}
    index.remove(best)
    assert len(index) == NUM_ARTICLES - len(best) and not best & set(
        np.concatenate(found_ids(index, 50))
    )
    with pytest.raises(ValueError, match="There are no features of article"):
        index.search(QUERIES, 5, best)


def test_of_added_articles_alone_anything_is_computed_and_of_removed_ones_nothing(monkeypatch):
    index = Index(MODEL, FEATURES.of(IDS[:290]), TOWERS)
    computed = []
    for module in (split, candidates):
        of_blocks = module.in_blocks
        monkeypatch.setattr(
            module,
            "in_blocks",
            lambda function, vectors, of_blocks=of_blocks: (
                computed.append(len(vectors)),
                of_blocks(function, vectors),
            )[1],
        )
    index.add(FEATURES.of(IDS[290:]))
    assert computed == [10, 10]  # once by the match, once by the first stage
    index.remove(IDS[:5])
    assert computed == [10, 10] and len(index) == 295


def test_what_can_not_be_added_or_removed_is_refused_and_changes_nothing():
    index = Index(MODEL, FEATURES.of(IDS[:10]), TOWERS)
    for change, given, sentence in (
        (
            index.add,
            FEATURES.of(IDS[8:12]),
            (
                f"Article {str(IDS[8])!r} is in the index already; "
                "remove it first to give it other features."
            ),
        ),
        (
            index.add,
            ArticleFeatures(["new"], np.zeros((1, 12))),
            (
                "The matching submodel takes features of size 16; received 12. "
                "Use the features it was trained with."
            ),
        ),
        (
            index.remove,
            ["unknown"],
            (
                "There are no features of article 'unknown'; 10 articles have some. "
                "Extract them from the catalogue that has it."
            ),
        ),
        (
            index.remove,
            IDS[:10],
            "Removing all 10 articles leaves nothing to search; make a new index instead.",
        ),
    ):
        with pytest.raises(ValueError) as caught:
            change(given)
        assert str(caught.value) == sentence
    assert len(index) == 10 and index.features.ids.tolist() == IDS[:10].tolist()


def test_an_index_in_bfloat16_ranks_all_in_it_and_candidates_in_float32():
    rounded = Index(MODEL, FEATURES, dtype="bfloat16").scores(QUERIES)
    assert 0 < np.abs(rounded - LOGITS).max() < 0.2 * LOGITS.std()
    assert_same_results(
        Index(MODEL, FEATURES, TOWERS, 40, dtype="bfloat16").search(QUERIES, 40),
        Index(MODEL, FEATURES, TOWERS, 40).search(QUERIES, 40),
    )


@pytest.mark.parametrize(
    "search, sentence",
    [
        (
            lambda index: index.search(QUERIES, k=0),
            "`k` must be an integer of at least 1; received 0.",
        ),
        (
            lambda index: index.search(QUERIES, among=[]),
            "`among` has no ids: name at least one article, or leave it out to search all.",
        ),
        (
            lambda index: index.search(QUERIES, among=["a0", "b0"]),
            (
                "There are no features of article 'b0'; 300 articles have some. "
                "Extract them from the catalogue that has it."
            ),
        ),
        (
            lambda index: index.search(QUERIES[0]),
            "`query_features` must be (queries, 16); received (16,).",
        ),
        (
            lambda index: index.search(QUERIES[:, :12]),
            "`query_features` must be (queries, 16); received (6, 12).",
        ),
        (
            lambda index: index.search(np.full((1, 16), np.nan)),
            "`query_features` must be finite; received NaN or infinity. Did training diverge?",
        ),
    ],
)
@pytest.mark.parametrize("first_stage", [None, TOWERS], ids=["one stage", "two stages"])
def test_what_can_not_be_searched_is_refused(search, sentence, first_stage):
    with pytest.raises(ValueError) as caught:
        search(Index(MODEL, FEATURES, first_stage))
    assert str(caught.value) == sentence


def test_an_index_of_nothing_or_with_no_candidates_is_refused():
    with pytest.raises(
        ValueError, match="`num_candidates` must be an integer of at least 1; received 0."
    ):
        Index(MODEL, FEATURES, TOWERS, 0)
    for first_stage in (None, TOWERS):
        with pytest.raises(
            ValueError,
            match=(
                "`features` has no articles: there is nothing to search; "
                "give the features of at least one."
            ),
        ):
            Index(MODEL, ArticleFeatures([], np.zeros((0, 16))), first_stage)
    with pytest.raises(
        ValueError, match="`method` must be one of product, flat, ivf, hnsw; received 'exact'."
    ):
        Index(MODEL, FEATURES, TOWERS, method="exact")
    with pytest.raises(
        ValueError,
        match=(
            "`first_stage` must be towers .* or a Studio2Shop model with the linear match; "
            "received 'studio2shop'."
        ),
    ):
        Index(MODEL, FEATURES, MODEL)
