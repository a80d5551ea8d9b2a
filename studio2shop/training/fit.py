"""`fit` that an interruption can't lose, by our choice of optimiser."""

import dataclasses
import math
import pathlib
from collections.abc import Callable

import keras
import pandas as pd

from studio2shop.io.files import write_text
from studio2shop.io.readers import read_csv, reading
from studio2shop.models.saved import load_backup
from studio2shop.training.callbacks import EpochBackup, HistoryLog, TrainingProgress, ValidationRank


@dataclasses.dataclass(frozen=True)
class Phase:
    """One `fit` of a training: what is trained, on what, and how it is judged.

    Attributes:
        name: `"head"`, `"everything"` or `"matching"`.
        model: a Keras model on logits.
        loss: as in `compile`.
        make_batches: function from the first epoch to `Batches`.
        validation_rank: the `ValidationRank` whose best epoch is kept; `None` keeps the last one.
        epochs: number of epochs.
        learning_rate: the largest one, with which it starts.
        warmup_epochs: of these, half at most, in which the rate rises from 0 to the largest one.
        stop: the number of epochs after which it ends, if before `epochs`; the rates fall as if it
            did not.
    """

    name: str
    model: keras.Model
    loss: object
    make_batches: Callable
    validation_rank: ValidationRank | None
    epochs: int
    learning_rate: float
    warmup_epochs: int = 0
    stop: int | None = None


def fit_phases(phases, folder, callbacks=()):
    """Fits phase after phase, each as `fit_resumable` does, by `cosine_adam`.

    Args:
        phases: iterable of `Phase`s; the next one is asked for when one is done.
        folder: where each phase has a folder of its own.
        callbacks: further Keras callbacks, which see what the validation gave.

    Returns:
        The history of all as a DataFrame, with a column `phase`.
    """
    histories = []
    for phase in phases:
        num_batches = phase.make_batches(0).num_batches
        warmup_epochs = min(phase.warmup_epochs, phase.epochs // 2)
        steps = phase.epochs * num_batches, warmup_epochs * num_batches
        phase.model.compile(cosine_adam(phase.learning_rate, *steps), loss=phase.loss)
        history = fit_resumable(
            phase.model,
            phase.make_batches,
            phase.stop or phase.epochs,
            pathlib.Path(folder, phase.name),
            "val_rank" if phase.validation_rank else None,
            [*filter(None, [phase.validation_rank]), *callbacks],
        )
        histories.append(history.assign(phase=phase.name))
    return pd.concat(histories, ignore_index=True)


def fit_resumable(model, make_batches, epochs, folder, monitor, callbacks=(), validation_data=None):
    """`model.fit` that continues where an interrupted one stopped, and ends with the best epoch.

    Args:
        model: a compiled Keras model.
        make_batches: function from the first epoch to `Batches`.
        epochs: number of epochs in all.
        folder: where the last and the best weights and `history.csv` lie until training is done.
        monitor: the logged value that the best epoch has the least of; `None` keeps the last one.
        callbacks: further Keras callbacks; they come first.
        validation_data: as in `fit`.

    Returns:
        The history as a DataFrame: `epoch` (from 0), `loss`, and what was logged.

    Raises:
        ValueError: if training diverged in all epochs, or what an interrupted one left is damaged.
        ImageError: if a photo can't be read.
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    best, history = folder / "best.weights.h5", folder / "history.csv"
    kept = max(folder.glob("epoch*.weights.h5"), default=None)
    first_epoch = 0 if kept is None else int(kept.name[len("epoch") :].split(".")[0])
    anew = f"delete the folder {folder} to train anew"
    done = pd.DataFrame()
    if first_epoch:
        columns = ["epoch", *filter(None, [monitor])]
        done = read_csv(history, columns, anew)[:first_epoch]
    if len(done):
        # rows of an epoch that was logged but not kept are written anew
        write_text(history, done.to_csv(index=False))
    model.optimizer.build(model.trainable_variables)
    if kept is not None:  # also where all is done: the next phase draws on from here
        with reading(kept, "backup of a training", anew):
            load_backup(model, kept)
    if first_epoch < epochs:
        batches = make_batches(first_epoch)
        standard = [
            HistoryLog(history, append=bool(len(done))),
            TrainingProgress(monitor, batches.num_batches, first_epoch),
            EpochBackup(
                folder, monitor, done[monitor].min() if monitor and len(done) else math.inf
            ),
        ]
        try:
            model.fit(
                batches,
                epochs=epochs,
                initial_epoch=first_epoch,
                callbacks=[*callbacks, *standard],
                validation_data=validation_data,
                shuffle=False,  # the batches are shuffled already
                verbose=0,
            )
        except Exception as error:
            raise batches.error or error from None
        finally:
            batches.close()
    if not best.exists():
        raise ValueError(
            f"No epoch of {model.name!r} ended with a {monitor} that is a number: training "
            "diverged; try a lower learning rate."
        )
    with reading(best, "weights of an epoch", anew):
        model.load_weights(best)
    return read_csv(history, ["epoch"], anew)


def cosine_adam(learning_rate, num_steps, num_warmup_steps=0):
    """AdamW whose rate falls along a cosine to 0: our choice, the paper names no optimiser.

    Args:
        learning_rate: the largest one.
        num_steps: in all.
        num_warmup_steps: of these, in which the rate rises from 0 first.
    """
    if num_warmup_steps:
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0,
            num_steps - num_warmup_steps,
            warmup_target=learning_rate,
            warmup_steps=num_warmup_steps,
        )
    else:
        schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    return keras.optimizers.AdamW(schedule, weight_decay=1e-4)
