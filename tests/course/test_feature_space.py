"""Feature spaces: by hand, against scikit-learn, and on features whose neighbours are known."""

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from studio2shop import ArticleFeatures, build_query_article_matching
from studio2shop.course import feature_space
from studio2shop.course.feature_space import (
    describe_pictures,
    fit_linear_leg,
    most_strayed,
    nearest_articles,
    neighbour_overlap,
    rank_by_cosine,
    ranks_by_size,
    shared_labels,
    variance_kept,
)
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.io.images import load_images
from studio2shop.retrieval import ExactScorer


def test_variance_kept_is_scikit_learns():
    vectors = np.random.default_rng(0).standard_normal((40, 6)) * [5, 1, 3, 2, 0, 1]
    np.testing.assert_allclose(
        variance_kept(vectors), np.cumsum(PCA().fit(vectors).explained_variance_ratio_)
    )


def test_variance_of_other_articles_is_measured_along_the_components_of_those_it_was_fitted_on():
    # the first component is the first value
    fitted = np.array([[2.0, 0], [-2, 0], [0, 1], [0, -1]])
    assert variance_kept(np.array([[1.0, 3], [0, 0]]), fitted).tolist() == [0.1, 1]


def test_what_has_no_variance_is_refused():
    with pytest.raises(
        ValueError, match="All 3 articles have the same features: there is no variance to keep"
    ):
        variance_kept(np.ones((3, 2)))
    with pytest.raises(ValueError, match="must be of one size; received 2 and 3 values an article"):
        variance_kept(np.ones((3, 2)), np.ones((3, 3)))


def test_the_nearest_articles_on_a_line():
    line = np.array([[0.0], [1], [3], [7]])
    assert nearest_articles(line, 2).tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert nearest_articles(line, 3).tolist() == [[1, 2, 3], [0, 2, 3], [1, 0, 3], [2, 1, 0]]
    with pytest.raises(
        ValueError, match="`k` must be from 1 to 3, the number of other articles; received 4."
    ):
        nearest_articles(line, 4)


def test_overlap_counts_common_neighbours_whatever_their_order():
    assert neighbour_overlap(np.array([[1, 2], [0, 2]]), np.array([[2, 1], [2, 3]])) == 0.75


def test_an_article_has_strayed_as_far_as_its_neighbours_have_left_its_kind():
    labels = np.array(["dress", "dress", "dress", "shirt", "shirt"])
    nearest = np.array([[1, 2], [0, 2], [0, 1], [4, 0], [3, 0]])
    cut = np.array([[1, 3], [3, 4], [0, 1], [4, 1], [3, 1]])
    assert most_strayed(nearest, cut, labels) == 1
    assert most_strayed(nearest, nearest, labels) == 0


def test_labels_are_compared_where_both_articles_are_annotated(four_articles):
    table = shared_labels(four_articles, np.array([0, 0, 0]), np.array([1, 2, 3]))
    assert table.to_dict("records") == [
        {"attribute": "colour", "pairs": 2, "shared": 0.5, "by_chance": pytest.approx(1 / 3)}
    ]


def test_a_linear_leg_finds_a_linear_relation_and_ignores_noise(studio):
    random = np.random.default_rng(0)
    query_rows, article_rows = studio.match_indices()
    features = ArticleFeatures(studio.article_ids, random.standard_normal((60, 2)))
    vectors = random.standard_normal((120, 12))  # of which two values say all of the article
    vectors[query_rows, :2] = (features.vectors[article_rows] - 3) @ [[1.0, 2], [0, -1]]
    one_match = studio.select_queries(studio.query_ids[studio.matches_per_query() == 1])
    vectors = vectors[studio.matches_per_query() == 1]
    leg = fit_linear_leg(vectors, features, one_match)
    predicted, expected = leg.predict(vectors), features.vectors[one_match.match_indices()[1]]
    assert all(
        np.corrcoef(predicted[:, value], expected[:, value])[0, 1] > 0.99 for value in (0, 1)
    )


def test_photos_are_described_block_by_block_by_a_model_or_a_function(studio, monkeypatch):
    means = keras.Sequential([keras.Input((12, 8, 3)), keras.layers.GlobalAveragePooling2D()])
    expected = load_images(studio.query_paths, (12, 8)).mean(axis=(1, 2))
    monkeypatch.setattr(feature_space, "PICTURES_PER_BLOCK", 50)
    np.testing.assert_allclose(describe_pictures(means, studio.query_paths), expected, rtol=1e-4)
    found = describe_pictures(lambda images: images.mean(axis=(1, 2)), studio.query_paths, (12, 8))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == np.float32


def test_matches_are_ranked_by_angle_whatever_the_length(four_articles):
    features = ArticleFeatures(four_articles.article_ids, [[1.0, 1], [1, 0], [0, 9], [-1, 2]])
    queries = np.array([[7.0, 6], [0, 0.1]])
    assert rank_by_cosine(queries, features, four_articles).ranks["rank"].tolist() == [1, 1]
    table = ranks_by_size(queries, features, four_articles, [1, 2])
    # by the first value alone, a ties with b, and r with all
    assert table["size"].tolist() == [1, 2] and table["average"].tolist() == [
        2.0,
        1,
    ]


def test_a_matching_reads_zeros_where_features_are_cut(four_articles):
    keras.utils.set_random_seed(0)
    matching = build_query_article_matching(2, match_activation=None)
    features = ArticleFeatures(four_articles.article_ids, [[1.0, 1], [1, 0], [0, 9], [-1, 2]])
    queries = np.ones((2, 2), "float32")
    cut = ArticleFeatures(features.ids, features.vectors * [1, 0])
    table = ranks_by_size(queries, features, four_articles, [1, 2], matching)
    for rank, same in zip(table["average"], (cut, features)):
        expected = rank_catalogue(
            ExactScorer(matching, same.vectors).scores, queries, same, four_articles
        )
        assert rank == expected.row()["average"]
