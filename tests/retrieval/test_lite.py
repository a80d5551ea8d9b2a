"""A model in LiteRT's form, against the model itself."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from studio2shop import (
    ArticleFeatures,
    Index,
    Retriever,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
)
from studio2shop.retrieval import lite
from studio2shop.retrieval.lite import LITE_FILES, LiteModel, write_lite_model

RANDOM = np.random.default_rng(0)
PHOTOS = RANDOM.integers(0, 256, (70, 48, 32, 3)).astype("uint8")
ASSORTMENT = ArticleFeatures([f"a{row:03d}" for row in range(90)], RANDOM.normal(size=(90, 16)))


@pytest.fixture(scope="module", params=["non-linear", "linear"])
def model(request):
    keras.utils.set_random_seed(0)
    query_feature = build_query_feature((48, 32, 3), 16, "compact", None, "pooled")
    return join_submodels(query_feature, build_query_article_matching(16, request.param))


@pytest.fixture(scope="module")
def lite_model(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a folder with ü")
    write_lite_model(model, folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(LITE_FILES)
    return LiteModel(folder)


@pytest.mark.parametrize("num_photos", [1, 3, 70, 2, 0])
def test_it_finds_what_the_model_finds(model, lite_model, num_photos):
    search, own = Retriever(lite_model, ASSORTMENT), Retriever(model, ASSORTMENT)
    photos = list(PHOTOS[:num_photos])
    assert search.image_size == own.image_size == (48, 32)
    if photos:
        features = search.query_features(photos)
        np.testing.assert_allclose(features, own.query_features(photos), rtol=1e-5, atol=1e-5)
        found, expected = search(photos, 20), own(photos, 20)
        np.testing.assert_allclose(found["logit"], expected["logit"], atol=1e-4)
        assert (found["article_id"] == expected["article_id"]).mean() > 0.99


def test_several_threads_get_each_their_own(lite_model):
    search = Retriever(lite_model, ASSORTMENT)
    alone = [search.query_features(PHOTOS[: 1 + number]) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda n: search.query_features(PHOTOS[: 1 + n % 4]), range(24)))
    for number, features in enumerate(together):
        np.testing.assert_array_equal(features, alone[number % 4])


def test_a_saved_index_goes_on_with_it(model, lite_model, tmp_path):
    Index(model, ASSORTMENT).save(tmp_path / "index")
    search = Retriever(Index.load(tmp_path / "index", lite_model))
    expected = Retriever(model, ASSORTMENT)(PHOTOS[0], 5)
    assert search(PHOTOS[0], 5)["article_id"].tolist() == expected["article_id"].tolist()


def test_what_computes_something_else_is_refused(model, tmp_path, monkeypatch):
    monkeypatch.setattr(lite, "MOST_OFF", -1)
    with pytest.raises(ValueError, match=r"^LiteRT's query features are .* off, -1 is the most\.$"):
        write_lite_model(model, tmp_path)
