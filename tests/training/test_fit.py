"""`fit` that an interruption can't lose.

The best epoch stays, an interrupted one is trained again.
"""

import dataclasses
import gc
import math
import pathlib
import weakref

import h5py
import keras
import numpy as np
import pytest

from studio2shop.io.images import ImageError
from studio2shop.training.fit import cosine_adam, fit_resumable
from studio2shop.training.match_batches import Batches, query_images

pytestmark = pytest.mark.slow


class Judge(keras.callbacks.Callback):
    """Logs given values of `val_rank`, and keeps each epoch's weights."""

    def __init__(self, ranks):
        super().__init__()
        self.ranks, self.weights = ranks, {}

    def on_epoch_end(self, epoch, logs=None):
        logs["val_rank"] = self.ranks[epoch]
        self.weights[epoch] = self.model.get_weights()


class StopAt(keras.callbacks.Callback):
    """A user's Ctrl-C in an epoch, at its `begin`, in its `middle` or at its `end`."""

    def __init__(self, epoch, moment):
        super().__init__()
        self.stop, self.moment = epoch, moment

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self.stop_if("begin")

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            self.stop_if("middle")

    def on_epoch_end(self, epoch, logs=None):
        self.stop_if("end")

    def stop_if(self, moment):
        if (self.epoch, moment) == (self.stop, self.moment):
            raise KeyboardInterrupt


# validation ranks of four epochs
RISING, LATE, FALLING = (
    (1.0, 2.0, 3.0, 4.0),
    (2.0, 3.0, 1.0, 4.0),
    (4.0, 3.0, 2.0, 1.0),
)


def fit_line(folder, ranks, *callbacks):
    """Four epochs of three batches, a model of one weight and one bias, on the points of a line."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(cosine_adam(0.1, 12), "mse", run_eagerly=True)
    x = np.arange(3, dtype="float32")[:, None]
    judge = Judge(ranks)

    def make_batches(first_epoch):
        judge.first_epoch = first_epoch
        return Batches(lambda _, row: (x[row : row + 1], 2 * x[row : row + 1] + 1), 3, first_epoch)

    return (
        model,
        judge,
        fit_resumable(model, make_batches, 4, folder, "val_rank", [judge, *callbacks]),
    )


def stop_line(folder, ranks, *callbacks):
    with pytest.raises(KeyboardInterrupt):
        fit_line(folder, ranks, *callbacks)


def assert_same_weights(first, second, **tolerance):
    for one, two in zip(first, second, strict=True):
        np.testing.assert_allclose(one, two, **tolerance)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Uninterrupted trainings by their validation ranks."""
    return {
        ranks: fit_line(tmp_path_factory.mktemp("whole"), ranks)
        for ranks in (RISING, LATE, FALLING)
    }


@pytest.mark.parametrize("ranks, best", [(RISING, 0), (LATE, 2), (FALLING, 3)])
def test_the_best_epochs_weights_are_what_is_left(whole, ranks, best):
    model, judge, history = whole[ranks]
    assert_same_weights(model.get_weights(), judge.weights[best])
    assert history["epoch"].tolist() == [0, 1, 2, 3] and history["val_rank"].tolist() == list(ranks)
    assert len({float(kernel.item()) for kernel, _ in judge.weights.values()}) == 4


@pytest.mark.parametrize("ranks", [RISING, LATE])
@pytest.mark.parametrize("epoch, moment", [(0, "middle"), (2, "begin"), (2, "middle"), (3, "end")])
def test_a_stopped_training_ends_as_an_uninterrupted_one(tmp_path, whole, ranks, epoch, moment):
    stop_line(tmp_path, ranks, StopAt(epoch, moment))
    model, judge, history = fit_line(tmp_path, ranks)
    # what was finished is not trained again
    assert judge.first_epoch == epoch and sorted(judge.weights) == list(range(epoch, 4))
    assert int(model.optimizer.iterations) == 3 * (ranks.index(min(ranks)) + 1)  # of the best epoch
    assert_same_weights(model.get_weights(), whole[ranks][0].get_weights(), rtol=1e-6)
    np.testing.assert_allclose(history, whole[ranks][2], rtol=1e-6)


@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("kind", ["best", "last"])
def test_a_stop_while_weights_are_written_costs_one_epoch(
    tmp_path, whole, monkeypatch, epoch, kind
):
    """In every epoch here the weights are written as the best, then as the last.

    One of the two is cut in the middle.
    """
    write, written = pathlib.Path.write_bytes, []

    def write_half(path, content):
        if {"best": "best.weights", "last": "epoch"}[kind] not in path.name:
            return write(path, content)
        written.append(path)
        if len(written) <= epoch:
            return write(path, content)
        write(path, content[: len(content) // 2])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pathlib.Path, "write_bytes", write_half)
        stop_line(tmp_path, FALLING)
    assert not list(tmp_path.glob(".*"))
    model, judge, history = fit_line(tmp_path, FALLING)
    assert sorted(judge.weights) == list(range(epoch, 4)) and history["epoch"].tolist() == [
        0,
        1,
        2,
        3,
    ]
    assert_same_weights(model.get_weights(), whole[FALLING][0].get_weights(), rtol=1e-6)


def fit_with_dropout(folder, *callbacks):
    """Three epochs of a network that draws noise and, in a model within it, dropouts."""
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    inner = keras.Sequential([keras.Input((4,)), *hidden])
    inputs = keras.Input((4,))
    model = keras.Model(inputs, inner(keras.layers.GaussianNoise(0.1)(inputs)))
    model.compile(cosine_adam(0.1, 12), "mse")

    def draw(epoch, step):
        x = np.random.default_rng([epoch, step]).random((6, 4), "float32")
        return x, x.sum(axis=1, keepdims=True)

    fit_resumable(model, lambda first: Batches(draw, 4, first), 3, folder, None, callbacks)
    # with the states of what it draws from
    return [*model.variables, *model.optimizer.variables]


def assert_same_bits(first, second):
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (one, two)))


@pytest.fixture(scope="module")
def whole_with_dropout(tmp_path_factory):
    return fit_with_dropout(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_stopped_training_draws_the_dropouts_of_an_uninterrupted_one(
    tmp_path, whole_with_dropout, epoch
):
    with pytest.raises(KeyboardInterrupt):
        fit_with_dropout(tmp_path, StopAt(epoch, "middle"))
    assert_same_bits(fit_with_dropout(tmp_path), whole_with_dropout)


def test_a_finished_training_leaves_what_comes_next_the_same_dropouts(tmp_path, whole_with_dropout):
    fit_with_dropout(tmp_path)
    assert_same_bits(fit_with_dropout(tmp_path), whole_with_dropout)


def test_a_backup_of_an_earlier_version_has_weights_alone_and_is_continued_from(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit_with_dropout(tmp_path, StopAt(2, "begin"))
    for path in tmp_path.glob("*.weights.h5"):
        with h5py.File(path, "r+") as file:
            del file["random_states"]
    fit_with_dropout(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.h5")) == [
        "best.weights.h5",
        "epoch0003.weights.h5",
    ]


@pytest.mark.parametrize(
    "name, what",
    [
        ("history.csv", "CSV file with epoch"),
        ("epoch0002.weights.h5", "backup of a training"),
        ("best.weights.h5", "weights of an epoch"),
    ],
)
@pytest.mark.parametrize("share", [0, 0.5])
def test_what_an_interrupted_training_left_damaged_is_named(tmp_path, name, what, share):
    stop_line(tmp_path, RISING, StopAt(2, "begin"))
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(share * len(content))].replace(b"rank", b"tank"))
    with pytest.raises(ValueError) as caught:
        fit_line(tmp_path, RISING)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / name}: it is broken, or no {what}")
    assert said.endswith(f"; delete the folder {tmp_path} to train anew.") and "\n" not in said


def test_a_photo_that_gets_lost_while_training_is_named_in_one_sentence(studio, tmp_path):
    missing = dataclasses.replace(
        studio, queries=studio.queries.assign(image=["gone.jpg", *studio.queries["image"][1:]])
    )
    model = keras.Sequential(
        [keras.Input((48, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    model.compile("sgd", "mse")

    load = query_images(missing, (48, 32))

    def draw(_, step):
        return load(np.arange(step, step + 1), None, slice(None)), np.zeros((1, 1))

    def make_batches(first_epoch):
        return Batches(draw, 2, first_epoch)

    with pytest.raises(ImageError) as caught:
        fit_resumable(model, make_batches, 1, tmp_path, "loss")
    assert str(caught.value) == (
        f"{studio.folder}/gone.jpg: there is no such file; correct the path or put the photo there."
    )


def test_a_training_that_never_gave_a_number_says_so(tmp_path):
    with pytest.raises(
        ValueError,
        match=(
            "No epoch of .* ended with a val_rank that is a number: training diverged; try a lower "
            "learning rate."
        ),
    ):
        fit_line(tmp_path, (math.nan,) * 4)


def test_a_finished_training_is_not_done_again(tmp_path, whole):
    fit_line(tmp_path, LATE)
    model, judge, history = fit_line(tmp_path, LATE)
    assert judge.weights == {} and history.equals(whole[LATE][2])
    assert_same_weights(model.get_weights(), whole[LATE][0].get_weights())


def test_what_batches_were_drawn_from_leaves_memory_with_the_training(tmp_path):
    """TensorFlow keeps the functions that it once ran, for as long as the process lives."""

    class Photos:
        arrays = np.zeros((3, 1), "float32")

    photos = Photos()
    gone = weakref.ref(photos)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")

    def make_batches(first_epoch, photos=photos):
        return Batches(lambda _, step: (photos.arrays, photos.arrays), 3, first_epoch)

    fit_resumable(model, make_batches, 2, tmp_path, "loss")
    del photos, make_batches
    gc.collect()
    assert gone() is None


def test_the_rate_rises_in_the_warm_up_and_falls_along_a_cosine():
    rate = cosine_adam(0.2, num_steps=12, num_warmup_steps=4).learning_rate
    schedule = cosine_adam(0.2, num_steps=12, num_warmup_steps=4)._learning_rate
    assert float(rate) == 0
    rates = [float(schedule(step)) for step in (0, 2, 4, 8, 12)]
    np.testing.assert_allclose(rates, [0, 0.1, 0.2, 0.1, 0], atol=1e-6)
    plain = cosine_adam(0.2, num_steps=12)._learning_rate
    assert float(plain(0)) == pytest.approx(0.2) and float(plain(6)) == pytest.approx(0.1)
