"""fDNA's training: its batches, and the epoch that is kept."""

import keras
import pytest

from studio2shop import build_fdna, title_batches
from studio2shop.io.images import load_images
from studio2shop.training import fdna as training_fdna
from studio2shop.training.fdna import train_fdna
from studio2shop.training.plan import TrainingPlan

pytestmark = pytest.mark.slow


def test_title_batches_hold_each_article_once_with_its_labels(studio):
    # one pattern is unknown
    attributes = {
        "pattern": studio.attributes["pattern"][1:],
        "category": studio.attributes["category"],
    }
    rows = {
        image.tobytes(): row
        for row, image in enumerate(load_images(studio.article_paths, (24, 16)).astype("float32"))
    }
    batches, met = title_batches(studio, attributes, (24, 16), batch_size=25), []
    assert batches.num_batches == 3
    for images, labels in batches:
        assert list(labels) == ["pattern", "category"]
        assert images.dtype == "float32" and labels["pattern"].dtype == "int32"
        found = [rows[image.tobytes()] for image in images]
        met += found
        for name, names in attributes.items():
            cells = studio.articles[name].to_numpy()[found]
            assert labels[name].tolist() == [
                names.index(cell) if cell in names else -1 for cell in cells
            ]
    assert sorted(met) == list(range(60)) and met != list(range(60))


def test_fdna_learns_and_keeps_the_epoch_with_the_least_validation_loss(tmp_path, studio):
    train, validation = studio.split(0.9)
    keras.utils.set_random_seed(0)
    attributes = {name: train.attributes[name] for name in ("category", "pattern")}
    fdna = build_fdna(
        {name: len(labels) for name, labels in attributes.items()},
        (64, 64, 3),
        12,
        attribute_activation=None,
    )
    seen = []
    log = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(dict(logs)))
    plan = TrainingPlan(all_epochs=3, learning_rate=1e-4, callbacks=(log,))
    history = train_fdna(fdna, train, validation, plan, tmp_path)
    assert [logs["val_loss"] for logs in seen] == pytest.approx(history["val_loss"].tolist())
    assert (
        history["epoch"].tolist() == [0, 1, 2]
        and history["loss"].iloc[-1] < history["loss"].iloc[0]
    )
    left = fdna.evaluate(
        title_batches(validation, attributes, (64, 64)), return_dict=True, verbose=0
    )
    assert left["loss"] == pytest.approx(history["val_loss"].min(), rel=1e-3)


@pytest.mark.parametrize("way, tolerance", [("compiled", 1e-4), ("bfloat16", 1e-2)])
def test_whichever_way_is_fastest_on_a_processor_learns_the_same(
    tmp_path, studio, monkeypatch, way, tolerance
):
    train, validation = studio.split(0.9)
    sizes, trained, computed = {"category": len(train.attributes["category"])}, {}, {}
    for each in (way, "plain"):
        monkeypatch.setattr(training_fdna, "_fastest_way", lambda num_steps, each=each: each)
        keras.utils.set_random_seed(0)
        fdna = build_fdna(sizes, (64, 64, 3), 12, attribute_activation=None)
        log = keras.callbacks.LambdaCallback(
            on_epoch_begin=lambda epoch, logs, fdna=fdna, each=each: computed.update(
                {each: {layer.compute_dtype for layer in fdna.layers}}
            )
        )
        plan = TrainingPlan(all_epochs=2, learning_rate=1e-4, callbacks=(log,))
        trained[each] = train_fdna(fdna, train, validation, plan, tmp_path / each)
        assert fdna.jit_compile is (each == "compiled")
        assert {layer.compute_dtype for layer in fdna.layers} == {"float32"}
    for name in ("loss", "val_loss"):
        one, other = trained[way][name].tolist(), trained["plain"][name].tolist()
        assert one == pytest.approx(other, rel=tolerance)
    hidden = "bfloat16" if way == "bfloat16" else "float32"
    assert computed == {way: {hidden, "float32"}, "plain": {"float32"}}


@pytest.mark.parametrize(
    "amx, gpus, num_steps, way",
    [
        (True, [], 10, "bfloat16"),
        (False, [], 100, "compiled"),
        (False, [], 99, "plain"),
        (True, ["gpu:0"], 1000, "plain"),
    ],
)
def test_the_way_is_by_the_machine_and_by_how_long_it_takes(monkeypatch, amx, gpus, num_steps, way):
    monkeypatch.setattr(training_fdna, "_has_amx", lambda: amx)
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind: gpus)
    assert training_fdna._fastest_way(num_steps) == way
