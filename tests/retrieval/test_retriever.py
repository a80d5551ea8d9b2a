"""Search, against the model's own predictions for the whole assortment."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from matching_models import random_towers
from PIL import Image

from studio2shop import (
    ArticleFeatures,
    Index,
    Retriever,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
)

RANDOM = np.random.default_rng(0)
PHOTOS = RANDOM.integers(0, 256, (3, 48, 32, 3)).astype("uint8")
NUM_ARTICLES = 30
ASSORTMENT = ArticleFeatures(
    [f"a{number:02d}" for number in RANDOM.permutation(NUM_ARTICLES)],
    RANDOM.standard_normal((NUM_ARTICLES, 16)),
)


def tiny_model(match_activation=None, matching="non-linear"):
    query_feature = build_query_feature((48, 32, 3), 16, "compact", None, "pooled")
    return join_submodels(
        query_feature, build_query_article_matching(16, matching, match_activation=match_activation)
    )


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return tiny_model()


@pytest.fixture(scope="module")
def search(model):
    return Retriever(model, ASSORTMENT)


def predicted(model, photos, assortment=ASSORTMENT):
    vectors = np.repeat(assortment.vectors[np.newaxis], len(photos), axis=0)
    return model.predict([photos.astype("float32"), vectors], verbose=0)


def test_search_is_the_models_own_prediction_sorted(model, search):
    logits = predicted(model, PHOTOS[:1])[0]
    best_first = np.argsort(-logits)
    found = search(PHOTOS[0], k=NUM_ARTICLES)
    assert list(found.columns) == ["query", "article_id", "score", "logit", "rank"]
    assert found["article_id"].tolist() == ASSORTMENT.ids[best_first].tolist()
    assert found["rank"].tolist() == list(range(1, NUM_ARTICLES + 1))
    np.testing.assert_allclose(found["logit"], logits[best_first], atol=1e-4)


def test_a_score_is_the_sigmoid_of_the_logit_as_the_sigmoid_model_says(model, search):
    found = search(PHOTOS[0])
    np.testing.assert_allclose(
        found["score"], 1 / (1 + np.exp(-found["logit"].astype("float64"))), rtol=1e-12
    )
    sigmoid_model = tiny_model(match_activation="sigmoid")
    sigmoid_model.set_weights(model.get_weights())
    np.testing.assert_allclose(
        found["score"], np.sort(predicted(sigmoid_model, PHOTOS[:1])[0])[::-1], atol=1e-4
    )
    same = Retriever(sigmoid_model, ASSORTMENT)(PHOTOS[0])
    assert same.equals(found)


def test_k_of_the_best_are_given_and_more_than_there_are_gives_all(search):
    whole = search(PHOTOS[0], k=NUM_ARTICLES)
    assert search(PHOTOS[0], k=7).equals(whole[:7])
    assert search(PHOTOS[0], k=1000).equals(whole) and search(PHOTOS[0]).equals(whole)


def test_several_images_are_searched_one_after_the_other(search):
    together = search(list(PHOTOS), k=4)
    assert together["query"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert together["rank"].tolist() == [1, 2, 3, 4] * 3
    for query, photo in enumerate(PHOTOS):
        part, alone = together[together["query"] == query], search(photo, k=4)
        assert part["article_id"].tolist() == alone["article_id"].tolist()
        np.testing.assert_allclose(part["logit"], alone["logit"], atol=1e-5)
    assert search(PHOTOS, k=4).equals(together)


def test_more_images_than_one_call_takes_are_all_searched(search, monkeypatch):
    together = search(PHOTOS)
    monkeypatch.setattr("studio2shop.retrieval.retriever.IMAGES_PER_CALL", 2)
    np.testing.assert_allclose(search(PHOTOS)["logit"], together["logit"], atol=1e-5)


def test_a_path_a_pil_image_and_an_array_find_the_same(search, tmp_path):
    Image.fromarray(PHOTOS[0]).save(tmp_path / "photo.png")
    expected = search(PHOTOS[0])
    for photo in (
        tmp_path / "photo.png",
        str(tmp_path / "photo.png"),
        Image.open(tmp_path / "photo.png"),
        PHOTOS[:1],
        [tmp_path / "photo.png"],
    ):
        assert search(photo).equals(expected)


def test_a_photo_of_another_size_is_stretched(search):
    large = np.repeat(np.repeat(PHOTOS[0], 2, axis=0), 3, axis=1)
    found = search(large, k=NUM_ARTICLES)
    assert sorted(found["article_id"]) == sorted(ASSORTMENT.ids)


def test_equal_logits_stand_in_the_assortments_order(model):
    search = Retriever(
        model, ArticleFeatures([f"a{number}" for number in range(300)], np.zeros((300, 16)))
    )
    logits = RANDOM.integers(0, 4, (1, 300)).astype("float32")
    search.index.scorer.scores = lambda query_features, rows=None: logits
    expected = sorted(range(300), key=lambda row: (-logits[0, row], row))
    assert search(PHOTOS[0], k=200)["article_id"].tolist() == [f"a{row}" for row in expected[:200]]


@pytest.mark.parametrize("matching", ["non-linear", "linear"])
def test_a_model_that_says_the_same_of_everything_gives_the_assortment_as_it_is(matching):
    model = tiny_model(matching=matching)
    match = model.get_layer("query_article_matching").get_layer(
        "match" if matching == "non-linear" else "dot_product"
    )
    match.set_weights(
        [np.float32(-1000), np.float32(0)]
        if matching == "linear"
        else [0 * weight for weight in match.get_weights()]
    )
    found = Retriever(model, ASSORTMENT)(PHOTOS[0], k=20)
    assert found["article_id"].tolist() == ASSORTMENT.ids[:20].tolist()
    assert found["score"].tolist() == [0.5] * 20


def test_a_logit_far_on_the_left_scores_zero_without_a_warning():
    model = tiny_model(matching="linear")
    dot_product = model.get_layer("query_article_matching").get_layer("dot_product")
    dot_product.set_weights([np.float32(0), np.float32(-1000)])
    assert Retriever(model, ASSORTMENT)(PHOTOS[0], k=1)["score"].item() == 0


def test_no_article_wanted_is_refused(search):
    for k in (0, -3):
        with pytest.raises(ValueError) as caught:
            search(PHOTOS[0], k=k)
        assert str(caught.value) == f"`k` must be an integer of at least 1; received {k}."


def test_features_that_the_model_was_not_made_for_are_refused(model):
    with pytest.raises(
        ValueError, match="The matching submodel takes features of size 16; received 12."
    ):
        Retriever(model, ArticleFeatures(["a"], np.zeros((1, 12))))


def test_no_query_features_find_nothing_in_a_table_of_the_same_columns(search):
    nothing, found = search.by_features(np.empty((0, 16), "float32")), search(PHOTOS)
    assert len(nothing) == 0 and list(nothing.columns) == list(found.columns)
    numbers = ["query", "score", "logit", "rank"]
    assert (nothing.dtypes[numbers] == found.dtypes[numbers]).all()


def test_query_features_computed_before_find_what_the_photos_do(search):
    query_features = search.query_features(list(PHOTOS))
    assert query_features.shape == (3, 16) and query_features.dtype == np.float32
    assert search.by_features(query_features, k=4).equals(search(list(PHOTOS), k=4))


def test_ranks_count_those_to_choose_among(search):
    among = ASSORTMENT.ids[[20, 3, 11, 7]]
    whole, found = search(PHOTOS[0], k=NUM_ARTICLES), search(PHOTOS[0], k=10, among=among)
    expected = whole[whole["article_id"].isin(among)]
    assert found["article_id"].tolist() == expected["article_id"].tolist() and found[
        "rank"
    ].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(found["logit"], expected["logit"], atol=1e-5)


def test_an_index_searches_in_two_stages_and_with_all_candidates_finds_the_same(model, search):
    staged = Retriever(Index(model, ASSORTMENT, random_towers(16, 0), num_candidates=8))
    found = staged(list(PHOTOS), k=5)
    assert found["rank"].tolist() == [1, 2, 3, 4, 5] * 3
    exact = search(list(PHOTOS), k=NUM_ARTICLES).set_index(["query", "article_id"])["logit"]
    np.testing.assert_allclose(
        found["logit"], exact.loc[list(zip(found["query"], found["article_id"]))], atol=1e-5
    )
    for query, photo in enumerate(PHOTOS):
        candidates = staged.index.candidates.best(staged.query_features(photo), 8)[0]
        of_candidates = exact[query][ASSORTMENT.ids[candidates]].sort_values(ascending=False)
        assert (
            found[found["query"] == query]["article_id"].tolist()
            == of_candidates.index[:5].tolist()
        )
    of_all = Retriever(Index(model, ASSORTMENT, random_towers(16, 0), num_candidates=NUM_ARTICLES))
    assert of_all(PHOTOS, k=9)["article_id"].tolist() == search(PHOTOS, k=9)["article_id"].tolist()


def test_articles_added_to_the_index_are_searched(model):
    index = Index(model, ASSORTMENT.of(ASSORTMENT.ids[:20]))
    search = Retriever(index)
    index.add(ASSORTMENT.of(ASSORTMENT.ids[20:]))
    found = search(PHOTOS[0], k=NUM_ARTICLES)
    assert found.equals(Retriever(model, ASSORTMENT)(PHOTOS[0], k=NUM_ARTICLES))


def test_several_threads_may_use_one_retriever(search):
    expected = [search(photo, k=7) for photo in PHOTOS]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda number: search(PHOTOS[number % 3], k=7), range(18)))
    assert all(
        table["article_id"].tolist() == expected[number % 3]["article_id"].tolist()
        for number, table in enumerate(found)
    )


def test_an_unknown_id_to_choose_among_is_named(search):
    with pytest.raises(
        ValueError, match="There are no features of article 'nobody'; 30 articles have some."
    ):
        search(PHOTOS[0], among=["a01", "nobody"])
