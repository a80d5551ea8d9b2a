"""Runs on other article features than fDNA's own: rows of Table 2, and fDNA's descriptor."""

import json
import shutil

import keras
import numpy as np
import pandas as pd
import pytest

from studio2shop import load_run, reproduce
from studio2shop.evaluation.results import evaluate
from studio2shop.io.images import load_images
from studio2shop.jobs import features, scales
from studio2shop.jobs.deploy import deploy
from studio2shop.models.descriptor_layers import block_sizes
from studio2shop.retrieval import Retriever

pytestmark = pytest.mark.slow
TITLE_SHAPE = (24, 16, 3)


def small_network(_):
    """In place of VGG16 with its top, half a gigabyte."""
    keras.utils.set_random_seed(5)
    images = keras.Input(TITLE_SHAPE)
    x = keras.layers.Conv2D(8, 5, strides=4, activation="relu")(images)
    return keras.Model(images, keras.layers.Flatten()(x), name="fc14")


@pytest.fixture(scope="module")
def runs(tiny_scale, tmp_path_factory):
    """Row to its finished run, one after the other in the same folder."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    weights = folder.parent / "weights.h5"
    weights.touch()
    given = {"fc14-non-linear": str(weights), "static-fc14-linear": str(weights)}
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio2shop.training.phases.MATCHING_STEPS", 5)
        patch.setattr(features, "build_fc14", small_network)
        patch.setitem(scales.SCALES, "workshop", tiny_scale)
        for row in ("all-in-two-nets", "fc14-non-linear", "static-fc14-linear", "Studio2Shop"):
            options = {"fc14_weights": given[row]} if row in given else {}
            if row == "Studio2Shop":
                options = {"article_features": "fdna-descriptor"}
            results = reproduce(folder, [].append, system=row, **options)
            found[row] = load_run(folder), results, pd.read_csv(folder / "table3.csv")
    return found


@pytest.mark.parametrize("row", ["all-in-two-nets", "fc14-non-linear", "static-fc14-linear"])
def test_a_loaded_run_ranks_its_test_articles_as_it_did(runs, row):
    run, results, table = runs[row]
    assert (run.system, run.settings["own_features"], run.attributes) == (
        row,
        "learnt" if row == "all-in-two-nets" else "fc14",
        {},
    )
    assert table["system"].tolist()[0] == row
    test = run.load_catalogue().select_articles(run.parts["test"])
    again = evaluate(Retriever(run.model, run.features.of(test)), test)
    assert again.ranks["rank"].tolist() == results.ranks["rank"].tolist()


@pytest.mark.parametrize("row", ["all-in-two-nets", "static-fc14-linear"])
def test_its_extractor_makes_the_features_of_new_articles(runs, row):
    run, _, _ = runs[row]
    some = run.load_catalogue().select_articles(run.parts["test"])
    made = run.article_features(some).vectors
    assert made == pytest.approx(run.features.of(some).vectors, abs=1e-3)
    if row == "static-fc14-linear":  # both images are described the same way
        images = load_images(some.article_paths, run.model.input_shape[0][1:3])
        described = run.model.get_layer("query_feature").predict(images, verbose=0)
        assert np.corrcoef(described.ravel(), made.ravel())[0, 1] > 0.5


def test_fdnas_layers_and_colours_describe_articles_beside_its_attributes(runs):
    run, results, _ = runs["Studio2Shop"]
    assert run.settings["own_features"] == "fDNA-descriptor" and list(run.attributes)
    assert (run.folder / "fdna.keras").exists()
    assert block_sizes(run.extractor) == [96, 256, 256, 1536, 144, 216, 216]
    test = run.load_catalogue().select_articles(run.parts["test"])
    made = run.article_features(test)
    assert made.vectors == pytest.approx(run.features.of(test).vectors, abs=1e-3)
    again = evaluate(Retriever(run.model, made), test)
    assert again.ranks["rank"].tolist() == results.ranks["rank"].tolist()


def test_what_has_no_query_leg_of_its_own_is_not_deployed(runs, tmp_path):
    static = shutil.copytree(runs["Studio2Shop"][0].folder, tmp_path / "static")
    settings_of = static / "settings.json"
    changed = json.loads(settings_of.read_text()) | {
        "system": "static-fc14-linear",
        "row": "static-fc14-linear",
    }
    settings_of.write_text(json.dumps(changed))
    with pytest.raises(ValueError, match="is a run of 'static-fc14-linear': search with it as it"):
        deploy(static, tmp_path / "deployed", [].append)
