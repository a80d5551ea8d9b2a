"""An index is searched with the model that it was made with: its match and its query submodel."""

import json

import keras
import numpy as np
import pytest

from studio2shop import (
    ArticleFeatures,
    Index,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
)
from studio2shop.retrieval.lite import LiteModel, write_lite_model

FEATURES = ArticleFeatures(["a", "b", "c"], np.random.default_rng(0).normal(size=(3, 16)))


def query_feature(seed):
    keras.utils.set_random_seed(seed)
    return build_query_feature((48, 32, 3), 16, "compact", None, "pooled")


@pytest.fixture(scope="module")
def models():
    """A model, and another one with the same match."""
    keras.utils.set_random_seed(0)
    matching = build_query_article_matching(16)
    return [join_submodels(query_feature(seed), matching) for seed in (1, 2)]


def test_an_index_is_refused_to_a_model_with_another_query_submodel(models, tmp_path):
    folder = tmp_path / "index"
    Index(models[0], FEATURES).save(folder)
    assert Index.load(folder, models[0]).model is models[0]
    with pytest.raises(ValueError) as caught:
        Index.load(folder, models[1])
    assert str(caught.value) == (
        f"The index in {str(folder)!r} was made with another query-feature submodel than this "
        "model's; load it with its own model, or make it anew: Index(model, features)."
    )


def test_either_form_of_a_model_takes_the_index_of_the_other(models, tmp_path):
    write_lite_model(models[0], tmp_path)
    lite = LiteModel(tmp_path)
    for maker, user in ((lite, models[0]), (models[0], lite)):
        Index(maker, FEATURES).save(tmp_path / "index")
        assert len(Index.load(tmp_path / "index", user)) == 3
    with pytest.raises(ValueError, match="another query-feature submodel"):
        Index.load(tmp_path / "index", models[1])


def test_an_index_of_before_which_knows_no_query_submodel_is_loaded(models, tmp_path):
    Index(models[0], FEATURES).save(tmp_path / "index")
    path = tmp_path / "index" / "index.json"
    facts = json.loads(path.read_text())
    for name in ("whole_files", "query_features", "checksum"):
        del facts[name]
    path.write_text(json.dumps(facts))
    assert len(Index.load(tmp_path / "index", models[1])) == 3


def test_a_changed_index_json_is_told(models, tmp_path):
    folder = tmp_path / "index"
    Index(models[0], FEATURES).save(folder)
    facts = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(facts | {"num_candidates": 7}))
    with pytest.raises(ValueError) as caught:
        Index.load(folder, models[0])
    assert str(caught.value) == (
        f"{folder / 'index.json'}: it is broken, or no description of an index (its checksum is "
        "another one); make the index anew with Index.save."
    )


def test_a_damaged_network_is_not_handed_to_litert(models, tmp_path):
    write_lite_model(models[0], tmp_path)
    path = tmp_path / "query_feature.tflite"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError) as caught:
        LiteModel(tmp_path)
    assert str(caught.value) == (
        f"{path}: it is broken, or no LiteRT network (query_feature.sha256 is of another one); "
        "delete it and run again what made it."
    )
