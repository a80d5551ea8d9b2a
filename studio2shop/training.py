"""compile/fit in phases, each resumable, keeping the weights with the best validation rank."""

import os
import pathlib

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm

from studio2shop import losses
from studio2shop.activations import query_activations
from studio2shop.batches import activation_batches, title_batches, training_batches
from studio2shop.evaluation import rank_catalogue
from studio2shop.images import load_images
from studio2shop.models.query_feature import split_at_backbone
from studio2shop.models.studio2shop import join_submodels
from studio2shop.retrieval import ExactScorer


class ValidationRank(keras.callbacks.Callback):
    """Ranks the validation matches after each epoch and logs `val_rank`, `val_median` and `val_top_1`.

    `val_rank` is the geometric mean of the ranks: steadier than the median and, unlike the average, not ruled by
    the few matches that are far down. Stands before the callbacks that read it.

    Args:
        catalogue: the validation `Catalogue`, ranked within its own articles.
        features: `ArticleFeatures` of its articles.
        query_inputs: what the query-feature submodel takes of its queries, in order: images or activations.
    """

    def __init__(self, catalogue, features, query_inputs):
        super().__init__()
        self.catalogue, self.features, self.query_inputs = catalogue, features.of(catalogue), query_inputs

    def on_epoch_end(self, epoch, logs=None):
        query_features = self.model.get_layer("query_feature").predict(self.query_inputs, batch_size=64, verbose=0)
        scorer = ExactScorer(self.model.get_layer("query_article_matching"), self.features.vectors)
        results = rank_catalogue(scorer.scores, query_features, self.features, self.catalogue)
        ranks = results.ranks["rank"].to_numpy()
        logs["val_rank"] = float(np.exp(np.log(ranks).mean()))
        logs["val_median"], logs["val_top_1"] = float(np.median(ranks)), float((ranks <= 1).mean())


class EpochBackup(keras.callbacks.Callback):
    """Keeps weights and optimizer after each epoch, so that a training that was stopped goes on from there.

    Keras' own BackupAndRestore writes over its only file: a stop in the middle of that leaves nothing to go on from.

    Args:
        folder: where `epoch0003.weights.h5` lies after three epochs.
    """

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def epochs_done(self):
        """Number of epochs that are kept."""
        return max((int(path.name[5:].split(".")[0]) for path in self.folder.glob("epoch*.weights.h5")), default=0)

    def restore(self, model):
        """Loads what is kept into a compiled model."""
        if self.epochs_done():
            model.load_weights(self._path(self.epochs_done()))

    def on_epoch_end(self, epoch, logs=None):
        temporary = self.folder / "unfinished.weights.h5"
        self.model.save_weights(temporary, overwrite=True)
        os.replace(temporary, self._path(epoch + 1))
        self._path(epoch).unlink(missing_ok=True)

    def _path(self, num_epochs):
        return self.folder / f"epoch{num_epochs:04d}.weights.h5"


class TrainingProgress(keras.callbacks.Callback):
    """One bar over all epochs, with the loss and the monitored value of the last one; nothing where output goes to a file.

    Keras' own bar prints every attribute's loss, a screen full a line.

    Args:
        monitor: name of a logged value.
        num_steps: batches an epoch.
        first_epoch: epoch that training starts with.
    """

    def __init__(self, monitor, num_steps, first_epoch):
        super().__init__()
        self.monitor, self.num_steps, self.first_epoch = monitor, num_steps, first_epoch

    def on_train_begin(self, logs=None):
        total, done = (epoch * self.num_steps for epoch in (self.params["epochs"], self.first_epoch))
        self.bar = tqdm(total=total, initial=done, unit="batch", desc=f"Training {self.model.name}", disable=None)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update()

    def on_epoch_end(self, epoch, logs=None):
        self.bar.set_postfix({"epoch": epoch + 1, **{name: f"{logs[name]:.3g}" for name in ("loss", self.monitor)}})

    def on_train_end(self, logs=None):
        self.bar.close()


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
    """
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    best, history, backup = folder / "best.weights.h5", folder / "history.csv", EpochBackup(folder)
    first_epoch = backup.epochs_done()
    done = pd.read_csv(history)[:first_epoch] if first_epoch else pd.DataFrame()
    if len(done):
        done.to_csv(history, index=False)  # rows of an epoch that was logged but not kept are written anew
    threshold = float(done[monitor].min()) if len(done) else None
    model.optimizer.build(model.trainable_variables)
    if first_epoch < epochs:
        backup.restore(model)
        batches = make_batches(first_epoch)
        standard = [
            keras.callbacks.ModelCheckpoint(best, monitor=monitor, mode="min", save_best_only=True, save_weights_only=True, initial_value_threshold=threshold),
            keras.callbacks.CSVLogger(history, append=bool(len(done))),
            TrainingProgress(monitor, int(batches.cardinality()), first_epoch),
            backup,
        ]
        model.fit(
            batches,
            epochs=epochs,
            initial_epoch=first_epoch,
            callbacks=[*callbacks, *standard],
            validation_data=validation_data,
            shuffle=False,  # the batches are shuffled already
            verbose=0,
        )
    model.load_weights(best)
    return pd.read_csv(history)


def cosine_adam(learning_rate, num_steps, weight_decay=1e-4):
    """AdamW whose rate falls along a cosine to 0 over `num_steps`: our choice, the paper names no optimiser."""
    return keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(learning_rate, num_steps), weight_decay=weight_decay)


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
        return title_batches(train, attributes, image_size, seed=seed, first_epoch=first_epoch, augment=True)

    fdna.compile(
        cosine_adam(learning_rate, epochs * int(make_batches(0).cardinality())),
        loss={name: losses.attribute_cross_entropy() for name in attributes},
    )
    labelled = load_images(validation.article_paths, image_size), validation.attribute_labels(attributes)
    return fit_resumable(fdna, make_batches, epochs, folder, "val_loss", validation_data=labelled)


def train_head(model, train, validation, features, activations, folder, epochs, learning_rate=1e-3, seed=0):
    """First phase, where the backbone is pretrained: everything above it, on its kept activations.

    Args:
        model: a Studio2Shop model on logits; its backbone is not touched.
        train, validation: `Catalogue`s.
        features: `ArticleFeatures` of both.
        activations: list of `Activations` by query id, the plain images first, then variants for training.
        folder, epochs: as in `fit_resumable`.
        learning_rate: the first, largest one.
        seed: of all that is drawn.

    Returns:
        The history as a DataFrame.
    """
    _, head = split_at_backbone(model.get_layer("query_feature"))
    head_model = join_submodels(head, model.get_layer("query_article_matching"))
    query_inputs = activations[0].take(validation.query_ids).astype("float32")

    def make_batches(first_epoch):
        return activation_batches(train, features, activations, seed=seed, first_epoch=first_epoch)

    return _fit_matches(head_model, make_batches, ValidationRank(validation, features, query_inputs), folder, epochs, learning_rate)


def train_everything(model, train, validation, features, folder, epochs, learning_rate=1e-3, seed=0, batch_size=64):
    """Second phase, or the only one: all layers, from images, as in the paper (Section 4.1).

    Args:
        model: a Studio2Shop model on logits.
        train, validation, features, folder, epochs, learning_rate, seed: as in `train_head`.
        batch_size: queries a batch.

    Returns:
        The history as a DataFrame.
    """
    image_size = model.get_layer("query_feature").input_shape[1:3]
    model.trainable = True

    def make_batches(first_epoch):
        return training_batches(train, features, image_size, batch_size, seed, first_epoch, augment=True)

    query_inputs = load_images(validation.query_paths, image_size)
    return _fit_matches(model, make_batches, ValidationRank(validation, features, query_inputs), folder, epochs, learning_rate)


def _fit_matches(model, make_batches, validation_rank, folder, epochs, learning_rate):
    model.compile(cosine_adam(learning_rate, epochs * int(make_batches(0).cardinality())), loss=losses.match_cross_entropy)
    return fit_resumable(model, make_batches, epochs, folder, "val_rank", [validation_rank])


def train_studio2shop(model, train, validation, features, folder, epochs, seed=0):
    """Both phases after each other: `train_head` on the backbone's activations, computed once, and `train_everything`.

    Args:
        model, train, validation, features, seed: as in `train_head`.
        folder: where activations and what a stopped training needs are kept.
        epochs: dict of `head` and `everything` to numbers of epochs, 0 to leave a phase out.

    Returns:
        The history of both as a DataFrame, with a column `phase`.
    """
    folder, histories = pathlib.Path(folder), []
    if epochs["head"]:
        backbone, _ = split_at_backbone(model.get_layer("query_feature"))
        activations = query_activations(backbone, train, validation, folder)
        history = train_head(model, train, validation, features, activations, folder / "head", epochs["head"], seed=seed)
        histories.append(history.assign(phase="head"))
    if epochs["everything"]:
        learning_rate = 1e-5 if epochs["head"] else 1e-3
        history = train_everything(model, train, validation, features, folder / "everything", epochs["everything"], learning_rate, seed)
        histories.append(history.assign(phase="everything"))
    return pd.concat(histories, ignore_index=True)
