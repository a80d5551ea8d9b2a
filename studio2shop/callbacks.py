"""What happens in training beside training: ranks on validation articles, a backup, a progress bar."""

import os

import keras
import numpy as np
from tqdm import tqdm

from studio2shop.evaluation import rank_catalogue
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
