"""compile/fit in phases, each resumable, keeping the weights with the best validation rank."""

import pathlib

import keras
import pandas as pd

from studio2shop.features.activations import query_activations
from studio2shop.io.images import load_images
from studio2shop.models.query_feature import split_at_backbone
from studio2shop.models.studio2shop import join_submodels
from studio2shop.training import losses
from studio2shop.training.batches import (
    activation_batches,
    feature_batches,
    training_batches,
)
from studio2shop.training.callbacks import ValidationRank
from studio2shop.training.fit import cosine_adam, fit_matches

MATCHING_STEPS, MATCHING_NOISE = 300, 0.7
# the first, largest ones, of the first phase and of what follows a trained head
LEARNING_RATE, FINETUNING_RATE = (
    1e-3,
    1e-5,
)


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
        model: a Studio2Shop model on logits whose `query_feature` takes activations instead of
            images, such as one joined from the head of `split_at_backbone`.
        train, validation: `Catalogue`s.
        features: `ArticleFeatures` of both.
        activations: list of `Activations` by query id, the plain images first, then variants for
            training.
        folder, epochs: as in `fit_resumable`.
        loss: of `studio2shop.training.losses`; with `triplet_ranking_loss` a query meets one match
            and 50 negatives (Section 4.2).
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

    Ours, where the paper is silent on initial weights: from random ones, both submodels would have
    to wait for each other. It takes seconds, since no image is looked at.

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

    With `epochs["head"]`, for a pretrained backbone: `train_above` on its activations, computed
    once. Without, for one from random weights: `train_matching`. Then `train_everything`.

    Args:
        model: a Studio2Shop model on logits.
        train, validation, features, loss, seed, learning_rate: as in `train_above`.
        folder: where what a stopped training needs is kept.
        epochs: dict of `head` and `everything` to numbers of epochs, 0 to leave a phase out.
        kept: folder of the backbone's activations, for other systems on the same one to find;
            default: in `folder`.

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
