"""Kept activations: chunks that survive a stop, only new ids computed, mirrored images."""

import os
import pathlib
import types

import keras
import numpy as np
import pytest

from studio2shop.features import activations
from studio2shop.features.activations import Activations, compute_activations, query_activations
from studio2shop.io.images import load_images

IDS = [f"q{number}" for number in range(10)]


class FakeModel:
    """Says an image's only value, its half and its negative; remembers the images it has seen."""

    name, output_shape = "fake", (None, 3)

    def __init__(self):
        self.seen = []

    def predict(self, images, batch_size, verbose):
        self.seen += images[:, 0, 0, 0].tolist()
        return images[:, 0, 0] * [1.0, 0.5, -1.0]


def load(positions):
    """Image number i is one pixel of value i."""
    return np.array(positions, "float32").reshape(-1, 1, 1, 1)


@pytest.fixture(autouse=True)
def chunks_of_four(monkeypatch):
    monkeypatch.setattr(activations, "IMAGES_PER_CHUNK", 4)


def test_what_is_kept_is_what_the_model_says_in_any_order():
    kept = compute_activations(FakeModel(), IDS, load)
    assert len(kept) == 10 and "q9" in kept and "q10" not in kept
    assert kept.take(["q9", "q0", "q4", "q9"]).tolist() == [
        [9, 4.5, -9],
        [0, 0, 0],
        [4, 2, -4],
        [9, 4.5, -9],
    ]
    assert kept.take(IDS).dtype == np.float16


def test_an_id_that_is_not_kept_is_named():
    with pytest.raises(KeyError, match="q10"):
        compute_activations(FakeModel(), IDS, load).take(["q10"])


def test_chunks_on_disk_survive(tmp_path):
    computed = compute_activations(FakeModel(), IDS, load, tmp_path / "new" / "folder")
    found = Activations(tmp_path / "new" / "folder", (3,))
    assert len(found) == 10 and np.array_equal(found.take(IDS), computed.take(IDS))
    assert len(list((tmp_path / "new" / "folder").glob("*.ids.npy"))) == 3  # 4 + 4 + 2 images


def _cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def _make_pipe(path):
    path.unlink()
    os.mkfifo(path)


def _hold_objects(path):
    np.save(path, np.array([{}] * 4, object), allow_pickle=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("name", ["000001.npy", "000001.ids.npy"])
@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _make_pipe,
        _hold_objects,
        pathlib.Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: np.save(path, np.zeros((4, 2), "float16")),
        lambda path: np.save(path, np.zeros((5, 3), "float16")),
    ],
)
def test_a_chunk_that_is_damaged_or_no_chunk_is_computed_anew(tmp_path, name, damage):
    compute_activations(FakeModel(), IDS, load, tmp_path)
    damage(tmp_path / name)
    for to_do in ([4, 5, 6, 7], []):
        model = FakeModel()
        kept = compute_activations(model, IDS, load, tmp_path)
        assert model.seen == to_do
        assert kept.take(IDS)[:, 0].tolist() == list(range(10))


def test_a_stopped_computation_goes_on_and_computes_only_what_is_missing(tmp_path):
    def load_until_6(positions):
        if 6 in positions:
            raise KeyboardInterrupt
        return load(positions)

    with pytest.raises(KeyboardInterrupt):
        compute_activations(FakeModel(), IDS, load_until_6, tmp_path)
    model = FakeModel()
    kept = compute_activations(model, IDS, load, tmp_path)
    assert model.seen == [4, 5, 6, 7, 8, 9]
    assert kept.take(IDS)[:, 0].tolist() == list(range(10))


def test_only_new_ids_are_computed_wherever_they_stand(tmp_path):
    compute_activations(
        FakeModel(),
        ["q2", "q5"],
        lambda positions: load([[2, 5][position] for position in positions]),
        tmp_path,
    )
    model = FakeModel()
    kept = compute_activations(model, IDS, load, tmp_path)
    assert model.seen == [0, 1, 3, 4, 6, 7, 8, 9]
    assert kept.take(IDS)[:, 0].tolist() == list(range(10))


@pytest.mark.parametrize("chunk, computed", [("000002", [8, 9]), ("000001", [4, 5, 6, 7])])
def test_a_chunk_without_its_ids_is_not_counted_and_computed_again(tmp_path, chunk, computed):
    compute_activations(FakeModel(), IDS, load, tmp_path)
    (tmp_path / f"{chunk}.ids.npy").unlink()
    assert len(Activations(tmp_path, (3,))) == 10 - len(computed)
    model = FakeModel()
    kept = compute_activations(model, IDS, load, tmp_path)
    assert model.seen == computed
    for found in (kept, Activations(tmp_path, (3,))):
        assert len(found) == 10 and found.take(IDS)[:, 0].tolist() == list(range(10))


def test_values_beyond_float16_are_cut_to_its_range():
    def large(positions):
        return np.array([70_000.0, -1e30, np.inf, 65_504.0], "float32")[positions].reshape(
            -1, 1, 1, 1
        )

    kept = compute_activations(FakeModel(), IDS[:4], large).take(IDS[:4])
    assert kept[:, 0].tolist() == [65504, -65504, 65504, 65504]
    assert kept[0].tolist() == [65504, 35008, -65504]  # float16 steps by 32 up there
    assert (
        compute_activations(FakeModel(), IDS[:1], large, dtype="float32").take(IDS[:1])[0, 0]
        == 70_000
    )


def test_too_little_disk_is_said_before_anything_is_computed(tmp_path, monkeypatch):
    model = FakeModel()
    model.output_shape = (None, 1000, 1000)  # 2 MB an image in float16
    monkeypatch.setattr("shutil.disk_usage", lambda folder: types.SimpleNamespace(free=19_999_999))
    with pytest.raises(OSError) as caught:
        compute_activations(model, IDS, load, tmp_path)
    assert str(caught.value) == (
        f"{str(tmp_path)!r} needs 0.0 GB for the activations of 10 images and its disk has less; "
        "free some room or choose another folder."
    )
    assert model.seen == [] and list(tmp_path.iterdir()) == []
    compute_activations(model, IDS, load)  # memory needs no disk
    monkeypatch.setattr("shutil.disk_usage", lambda folder: types.SimpleNamespace(free=20_000_000))
    compute_activations(model, IDS, load, tmp_path)


@pytest.fixture
def identity():
    """A "backbone" whose map is the image."""
    return keras.Sequential([keras.Input((12, 8, 3)), keras.layers.Rescaling(1.0)], name="identity")


def test_training_queries_are_kept_plain_and_mirrored_and_validation_queries_plain(
    studio, tmp_path, identity
):
    train, validation = (
        studio.select_articles(studio.article_ids[:10]),
        studio.select_articles(studio.article_ids[10:20]),
    )
    plain, mirrored = query_activations(identity, train, validation, tmp_path)
    assert len(train.query_ids) and len(validation.query_ids)
    assert len(plain) == len(train.query_ids) + len(validation.query_ids) and len(mirrored) == len(
        train.query_ids
    )
    for catalogue in (train, validation):
        assert np.array_equal(
            plain.take(catalogue.query_ids), load_images(catalogue.query_paths, (12, 8))
        )
    assert np.array_equal(
        mirrored.take(train.query_ids), load_images(train.query_paths, (12, 8))[:, :, ::-1]
    )
    assert not any(query_id in mirrored for query_id in validation.query_ids)


def test_of_many_training_queries_none_are_mirrored(studio, tmp_path, identity, monkeypatch):
    train = studio.select_articles(studio.article_ids[:10])
    for most, variants in ((len(train.queries), 2), (len(train.queries) - 1, 1)):
        monkeypatch.setattr(activations, "MOST_TO_MIRROR", most)
        kept = query_activations(identity, train, None, tmp_path / str(most))
        assert len(kept) == variants and len(kept[0]) == len(train.query_ids)


def test_the_folder_may_be_a_string(studio, tmp_path, identity):
    train = studio.select_articles(studio.article_ids[:10])
    plain, mirrored = query_activations(identity, train, train, str(tmp_path))
    assert len(plain) == len(mirrored) == len(train.query_ids)
