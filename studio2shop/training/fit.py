"""`fit` that a stop cannot lose, by our choice of optimiser."""

import contextlib
import math
import pathlib
import re

import keras
import pandas as pd

from studio2shop.io.files import write_text
from studio2shop.io.images import ImageError
from studio2shop.training.callbacks import EpochBackup, TrainingProgress


def fit_resumable(model, make_batches, epochs, folder, monitor, callbacks=(), validation_data=None):
    """`model.fit` that goes on where a stopped one was, and ends with the best epoch's weights.

    Args:
        model: a compiled Keras model.
        make_batches: function from the first epoch to a dataset.
        epochs: number of epochs in all.
        folder: where the last and the best weights and `history.csv` lie until training is done.
        monitor: the logged value that the best epoch has the least of.
        callbacks: further Keras callbacks; they come first.
        validation_data: as in `fit`.

    Returns:
        The history as a DataFrame: `epoch` (from 0), `loss`, and what was logged.

    Raises:
        ValueError: if training diverged in all epochs, or an `ImageError` if a photo can't be read.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    best, history = folder / "best.weights.h5", folder / "history.csv"
    kept = max(folder.glob("epoch*.weights.h5"), default=None)
    first_epoch = 0 if kept is None else int(kept.name[len("epoch") :].split(".")[0])
    done = pd.read_csv(history)[:first_epoch] if first_epoch else pd.DataFrame()
    if len(done):
        # rows of an epoch that was logged but not kept are written anew
        write_text(history, done.to_csv(index=False))
    model.optimizer.build(model.trainable_variables)
    if first_epoch < epochs:
        if kept is not None:
            model.load_weights(kept)
        batches = make_batches(first_epoch)
        standard = [
            keras.callbacks.CSVLogger(history, append=bool(len(done))),
            TrainingProgress(monitor, int(batches.cardinality()), first_epoch),
            EpochBackup(folder, monitor, done[monitor].min() if len(done) else math.inf),
        ]
        with _bad_photos_named():
            model.fit(
                batches,
                epochs=epochs,
                initial_epoch=first_epoch,
                callbacks=[*callbacks, *standard],
                validation_data=validation_data,
                shuffle=False,  # the batches are shuffled already
                verbose=0,
            )
    if not best.exists():
        raise ValueError(
            f"No epoch of {model.name!r} ended with a {monitor} that is a number: training diverged; try a lower learning rate."
        )
    model.load_weights(best)
    return pd.read_csv(history)


def cosine_adam(learning_rate, num_steps, weight_decay=1e-4):
    """AdamW whose rate falls along a cosine to 0 over `num_steps`: our choice, the paper names no optimiser."""
    return keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(learning_rate, num_steps), weight_decay=weight_decay
    )


@contextlib.contextmanager
def _bad_photos_named():
    """Gives back the sentence on a photo that got lost since it was checked: TensorFlow wraps it into a page of its own."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        found = re.search("ImageError: (.*)", str(error))
        if found is None:
            raise
        raise ImageError(found[1]) from error


def fit_matches(model, make_batches, validation_rank, folder, epochs, learning_rate, loss):
    """`fit_resumable` by `cosine_adam`, keeping the epoch with the best validation rank.

    Args:
        model, make_batches, folder, epochs: as in `fit_resumable`.
        validation_rank: a `ValidationRank`.
        learning_rate: the first, largest one.
        loss: as in `compile`.

    Returns:
        The history as a DataFrame.
    """
    model.compile(
        cosine_adam(learning_rate, epochs * int(make_batches(0).cardinality())), loss=loss
    )
    return fit_resumable(model, make_batches, epochs, folder, "val_rank", [validation_rank])
