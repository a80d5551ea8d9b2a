"""compile/fit in phases, each resumable, keeping the weights with the best validation rank."""

import contextlib
import math
import pathlib
import re

import keras
import pandas as pd

from studio2shop.features.activations import query_activations
from studio2shop.io.files import write_text
from studio2shop.io.images import ImageError, load_images
from studio2shop.models.query_feature import split_at_backbone
from studio2shop.models.studio2shop import join_submodels
from studio2shop.training import losses
from studio2shop.training.batches import (
    activation_batches,
    feature_batches,
    title_batches,
    training_batches,
)
from studio2shop.training.callbacks import EpochBackup, TrainingProgress, ValidationRank

MATCHING_STEPS, MATCHING_NOISE = 300, 0.7
LEARNING_RATE, FINETUNING_RATE = (
    1e-3,
    1e-5,
)  # the first, largest ones, of the first phase and of what follows a trained head


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
        write_text(
            history, done.to_csv(index=False)
        )  # rows of an epoch that was logged but not kept are written anew
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


def train_fdna(fdna, train, validation, folder, epochs, learning_rate=5e-4, seed=0):
    """Trains an fDNA network with logits on title images: one masked cross-entropy an attribute (Appendix).

    Args:
        fdna: a model of `build_fdna(..., attribute_activation=None)`, its attributes columns of the catalogues.
        train, validation: `Catalogue`s; the best epoch has the least validation loss.
        folder, epochs: as in `fit_resumable`.
        learning_rate: the first, largest one.
        seed: of the order and the augmentation.

    Returns:
        The history as a DataFrame.
    """
    attributes = {name: train.attributes[name] for name in fdna.output}
    image_size = fdna.input_shape[1:3]

    def make_batches(first_epoch):
        return title_batches(
            train, attributes, image_size, seed=seed, first_epoch=first_epoch, augment=True
        )

    fdna.compile(
        cosine_adam(learning_rate, epochs * int(make_batches(0).cardinality())),
        loss={name: losses.attribute_cross_entropy() for name in attributes},
    )
    labelled = (
        load_images(validation.article_paths, image_size),
        validation.attribute_labels(attributes),
    )
    return fit_resumable(fdna, make_batches, epochs, folder, "val_loss", validation_data=labelled)


def train_above(
    model,
    train,
    validation,
    features,
    activations,
    folder,
    epochs,
    loss=losses.match_cross_entropy,
    seed=0,
    learning_rate=LEARNING_RATE,
):
    """First phase, where the backbone is pretrained: everything above it, on its kept activations.

    Args:
        model: a Studio2Shop model on logits whose `query_feature` takes activations instead of images, such as one joined
            from the head of `split_at_backbone`.
        train, validation: `Catalogue`s.
        features: `ArticleFeatures` of both.
        activations: list of `Activations` by query id, the plain images first, then variants for training.
        folder, epochs: as in `fit_resumable`.
        loss: of `studio2shop.training.losses`; with `triplet_ranking_loss` a query meets one match and 50 negatives (Section 4.2).
        seed: of all that is drawn.
        learning_rate: the first, largest one.

    Returns:
        The history as a DataFrame.
    """
    query_inputs = activations[0].take(validation.query_ids).astype("float32")

    def make_batches(first_epoch):
        return activation_batches(
            train, features, activations, seed=seed, first_epoch=first_epoch, **_drawing(loss)
        )

    return fit_matches(
        model,
        make_batches,
        ValidationRank(validation, query_inputs, features),
        folder,
        epochs,
        learning_rate,
        loss,
    )


def train_matching(
    query_article_matching, train, features, loss=losses.match_cross_entropy, seed=0
):
    """Before the query-feature submodel has learned anything: the matching learns to know a feature again under noise.

    Ours, where the paper is silent on initial weights: from random ones, both submodels would have to wait for each
    other. It takes seconds, since no image is looked at.

    Args:
        query_article_matching: a submodel on logits.
        train, features, loss, seed: as in `train_above`.
    """
    query = keras.Input((features.size,), name="noisy_features")
    articles = keras.Input((None, features.size), name="article_fDNA")
    model = keras.Model([query, articles], query_article_matching([articles, query]))
    batches = feature_batches(train, features, MATCHING_NOISE, seed=seed, **_drawing(loss)).repeat()
    model.compile(cosine_adam(1e-3, MATCHING_STEPS), loss=loss)
    model.fit(batches, steps_per_epoch=MATCHING_STEPS, shuffle=False, verbose=0)


def train_everything(
    model,
    train,
    validation,
    features,
    folder,
    epochs,
    loss=losses.match_cross_entropy,
    seed=0,
    learning_rate=LEARNING_RATE,
):
    """Second phase, or the only one: all layers, from images, as in the paper (Section 4.1).

    Args:
        model: a Studio2Shop model on logits.
        train, validation, features, folder, epochs, loss, seed, learning_rate: as in `train_above`.

    Returns:
        The history as a DataFrame.
    """
    image_size = model.get_layer("query_feature").input_shape[1:3]
    model.trainable = True

    def make_batches(first_epoch):
        return training_batches(
            train,
            features,
            image_size,
            seed=seed,
            first_epoch=first_epoch,
            augment=True,
            **_drawing(loss),
        )

    query_inputs = load_images(validation.query_paths, image_size)
    return fit_matches(
        model,
        make_batches,
        ValidationRank(validation, query_inputs, features),
        folder,
        epochs,
        learning_rate,
        loss,
    )


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


def _drawing(loss):
    return {"one_match": loss is losses.triplet_ranking_loss}


def train_studio2shop(
    model,
    train,
    validation,
    features,
    folder,
    epochs,
    loss=losses.match_cross_entropy,
    seed=0,
    learning_rate=LEARNING_RATE,
    kept=None,
):
    """All phases after each other.

    With `epochs["head"]`, for a pretrained backbone: `train_above` on its activations, computed once. Without, for one from
    random weights: `train_matching`. Then `train_everything`.

    Args:
        model: a Studio2Shop model on logits.
        train, validation, features, loss, seed, learning_rate: as in `train_above`.
        folder: where what a stopped training needs is kept.
        epochs: dict of `head` and `everything` to numbers of epochs, 0 to leave a phase out.
        kept: folder of the backbone's activations, for other systems on the same one to find; default: in `folder`.

    Returns:
        The history of both as a DataFrame, with a column `phase`.
    """
    folder, histories = pathlib.Path(folder), []
    query_article_matching = model.get_layer("query_article_matching")
    if epochs["head"]:
        backbone, head = split_at_backbone(model.get_layer("query_feature"))
        activations = query_activations(backbone, train, validation, kept or folder)
        model_above = join_submodels(head, query_article_matching)
        history = train_above(
            model_above,
            train,
            validation,
            features,
            activations,
            folder / "head",
            epochs["head"],
            loss,
            seed,
            learning_rate,
        )
        histories.append(history.assign(phase="head"))
        learning_rate = FINETUNING_RATE
    else:
        train_matching(query_article_matching, train, features, loss, seed)
    if epochs["everything"]:
        history = train_everything(
            model,
            train,
            validation,
            features,
            folder / "everything",
            epochs["everything"],
            loss,
            seed,
            learning_rate,
        )
        histories.append(history.assign(phase="everything"))
    return pd.concat(histories, ignore_index=True)
