"""The paper's way of matching gives the submodel's own scores, in calls as in training."""

import keras
import numpy as np
import pytest

from studio2shop import build_query_article_matching
from studio2shop.evaluation.papers_way import PapersMatching

SIZE = 16
ARTICLES = np.random.default_rng(0).standard_normal((120, SIZE)).astype("float32")


@pytest.fixture(scope="module")
def matching():
    keras.utils.set_random_seed(0)
    return build_query_article_matching(SIZE, match_activation=None)


@pytest.mark.parametrize("num_queries", [1, 3, 64, 70])
@pytest.mark.parametrize("num_articles", [1, 50, 120])
def test_the_papers_way_gives_the_submodels_own_scores(matching, num_queries, num_articles):
    queries = np.random.default_rng(1).standard_normal((num_queries, SIZE)).astype("float32")
    articles = ARTICLES[:num_articles]
    expected = keras.ops.convert_to_numpy(
        matching([np.repeat(articles[np.newaxis], num_queries, axis=0), queries])
    )
    np.testing.assert_allclose(
        PapersMatching(matching, articles).scores(queries), expected, atol=1e-5
    )


def test_the_papers_way_calls_the_submodel_with_64_queries_and_50_articles(matching, monkeypatch):
    shapes = []

    def predict(calls, verbose):
        shapes.extend(
            tuple(array.shape for array in calls[group][0]) for group in range(len(calls))
        )
        return np.zeros((sum(len(calls[group][0][1]) for group in range(len(calls))), 50))

    monkeypatch.setattr(matching, "predict", predict)
    PapersMatching(matching, ARTICLES).scores(np.zeros((70, SIZE), "float32"))
    # 120 articles are 3 calls
    assert shapes == 3 * [((64, 50, SIZE), (64, SIZE))] + 3 * [((6, 50, SIZE), (6, SIZE))]
