"""Loading a run: an unfinished one, and one that an earlier version made."""

import pathlib
import shutil

import keras
import numpy as np
import pytest

from studio2shop.__main__ import main
from studio2shop.jobs.run import load_run
from studio2shop.models.saved import save_model

OLD_RUN = pathlib.Path(__file__).parents[1] / "data" / "run_before_the_folders"


def test_an_unfinished_run_is_named_with_what_is_missing(tmp_path):
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(FileNotFoundError) as caught:
        load_run(tmp_path)
    assert str(caught.value) == (
        f"'{tmp_path}' is no finished run: model.keras is missing; "
        f"run `studio2shop reproduce --out {tmp_path}` to its end."
    )


def test_a_run_made_before_the_modules_stood_in_folders_is_loaded_and_scores_the_same():
    """Narrow networks with every registered layer and loss of that time, trained for one step."""
    run = load_run(OLD_RUN)
    ramp = np.arange(16 * 12 * 3).reshape(1, 16, 12, 3).astype("float32") % 256
    articles = run.features.vectors[np.newaxis]
    linear = keras.models.load_model(OLD_RUN / "systems" / "fDNA-linear-listwise" / "model.keras")
    feature = run.reduction.apply(run.extractor.predict(ramp, verbose=0))[0]
    assert feature == pytest.approx([0.0714226, 1.1262197, 0.1113028, 0.5639912], abs=1e-4)
    scores = run.model.predict([ramp, articles], verbose=0)[0]
    assert scores[:3] == pytest.approx([-3.5920007, -3.5676079, -3.5697088], abs=1e-4)
    scores = linear.predict([ramp, articles], verbose=0)[0]
    assert scores[:3] == pytest.approx([-8.8684502, -1.3877592, 2.1585481], abs=1e-3)
    assert {part: len(ids) for part, ids in run.parts.items()} == {
        "train": 5,
        "validation": 1,
        "test": 2,
    }


@pytest.mark.parametrize("outputs", ["one", "dict"])
def test_a_model_is_saved_without_its_optimizer_and_gives_the_same(tmp_path, outputs):
    image, scale = keras.Input((4,), name="image"), keras.Input((1,), name="scale")
    dense = keras.layers.Dense(300)(image * scale)
    output = dense if outputs == "one" else {"a": dense, "b": keras.layers.Dense(2)(dense)}
    model = keras.Model([image, scale], output, name="trained")
    inputs = [np.ones((5, 4), "float32"), np.full((5, 1), 2.0, "float32")]
    before = model.predict(inputs, verbose=0)
    targets = keras.tree.map_structure(lambda values: values + 1, before)
    losses = "mse" if outputs == "one" else {"a": "mse", "b": "mse"}
    model.compile("adam", losses)
    model.fit(inputs, targets, verbose=0)
    model.save(tmp_path / "whole.keras")
    save_model(model, tmp_path / "bare.keras")
    loaded = keras.models.load_model(tmp_path / "bare.keras")
    assert loaded.name == "trained" and not loaded.compiled and model.compiled
    sizes = [(tmp_path / f"{name}.keras").stat().st_size for name in ("bare", "whole")]
    assert sizes[0] < 0.75 * sizes[1]
    expected, found = model.predict(inputs, verbose=0), loaded.predict(inputs, verbose=0)
    keras.tree.map_structure(np.testing.assert_array_equal, expected, found)


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(OLD_RUN, tmp_path / "run")


@pytest.mark.parametrize(
    "name, source, reason",
    [
        ("model.keras", "fdna.keras", "no Studio2Shop model (No such layer: query_feature."),
        (
            "fdna.keras",
            "model.keras",
            "no network that makes article features (",
        ),
        ("features.npz", "pca.npz", "no .npz file with ids, vectors (it has no ids)"),
        ("split.csv", "settings.json", "no CSV file with kind, id, part ("),
        ("attributes.json", "split.csv", "no JSON object ("),
    ],
)
def test_a_file_of_another_kind_in_its_place_is_named(copied, name, source, reason):
    shutil.copy(copied / source, copied / name)
    with pytest.raises(ValueError) as caught:
        load_run(copied)
    assert str(caught.value).startswith(f"{copied / name}: it is broken, or {reason}")
    assert str(caught.value).endswith("; delete it and run again what made it.")


@pytest.mark.parametrize("command", ["search", "evaluate", "deploy"])
@pytest.mark.parametrize(
    "name, content, reason",
    [
        (
            "settings.json",
            b"[1]",
            "JSON object with query_size, seed, backbone (it is of type list)",
        ),
        ("features.npz", b"", ".npz file with ids, vectors (File is not a zip file)"),
        (
            "split.csv",
            b"kind,id,part\narticle,A0,test\n",
            "split of a run's articles (it has no article of the part train)",
        ),
    ],
)
def test_commands_name_a_damaged_file(copied, tmp_path, capsys, command, name, content, reason):
    keras.utils.save_img(tmp_path / "photo.png", np.zeros((16, 12, 3)))
    (copied / name).write_bytes(content)
    others = {"search": [str(tmp_path / "photo.png")], "evaluate": [], "deploy": ["--out", "new"]}
    assert main([command, str(copied), *others[command]]) == 1
    assert capsys.readouterr().err == (
        f"studio2shop {command}: {copied / name}: it is broken, or no {reason}; delete it and run "
        "again what made it.\n"
    )
