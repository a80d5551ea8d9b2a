"""What happens beside training: ranks of validation articles, a backup, a progress bar."""

import math

import keras
import numpy as np

from studio2shop.evaluation.results import rank_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.files import cannot_write, write_bytes
from studio2shop.io.progress import progress_bar
from studio2shop.models.matching import SplitMatch
from studio2shop.models.predict_all import predict_all
from studio2shop.models.saved import backup_bytes
from studio2shop.retrieval import ExactScorer


class ValidationRank(keras.callbacks.Callback):
    """Ranks the validation matches after each epoch.

    Logs `val_rank`, `val_median` and `val_top_1`.

    `val_rank` is the geometric mean of the ranks: steadier than the median and, unlike the average,
    not ruled by the few matches that are far down. Stands before the callbacks that read it.

    Args:
        catalogue: the validation `Catalogue`, ranked within its own articles.
        query_inputs: what the query-feature submodel takes of its queries, in order: images or
            activations.
        features: `ArticleFeatures` of its articles; `None` where the model learns them.
        article_inputs: then, what the submodel `article_feature` takes of its articles, in order.
    """

    def __init__(self, catalogue, query_inputs, features=None, article_inputs=None):
        super().__init__()
        self.catalogue, self.query_inputs, self.article_inputs = (
            catalogue,
            query_inputs,
            article_inputs,
        )
        self.features = None if features is None else features.of(catalogue)

    def on_epoch_end(self, epoch, logs=None):
        features = self.features
        if features is None:  # unchecked: a training that diverges is told of at its end
            features = ArticleFeatures.unchecked(
                self.catalogue.article_ids, self._predict("article_feature", self.article_inputs)
            )
        matching = self.model.get_layer("query_article_matching")
        if isinstance(matching, SplitMatch):
            matching = matching.query_article_matching
        scorer = ExactScorer(matching, features.vectors)
        results = rank_catalogue(
            scorer.scores,
            self._predict("query_feature", self.query_inputs),
            features,
            self.catalogue,
        )
        ranks = results.ranks["rank"].to_numpy()
        logs["val_rank"] = float(np.exp(np.log(ranks).mean()))
        logs["val_median"], logs["val_top_1"] = float(np.median(ranks)), float((ranks <= 1).mean())

    def _predict(self, submodel, inputs):
        return predict_all(self.model.get_layer(submodel), inputs, batch_size=64)


class HistoryLog(keras.callbacks.CSVLogger):
    """Keras' own, but that its errors name the file."""

    def on_epoch_end(self, epoch, logs=None):
        try:
            super().on_epoch_end(epoch, logs)
        except OSError as error:
            raise cannot_write(self.filename, error) from error


class EpochBackup(keras.callbacks.Callback):
    """Keeps weights, optimizer and random numbers after each epoch, and those of the best one.

    Keras' own BackupAndRestore writes the weights and then, in another file, their epoch, also with
    `double_checkpoint=True`: if killed between the two, it trains an epoch again from the weights
    after it, and ends elsewhere than an uninterrupted run. Here one file has all, the epoch in its
    name, and is whole or not there: see `backup_bytes`.

    Args:
        folder: where `epoch0003.weights.h5` lies after three epochs, and `best.weights.h5`.
        monitor: the logged value that the best epoch has the least of; `None` for the last one.
        least: its least value in the epochs before.
    """

    def __init__(self, folder, monitor, least=math.inf):
        super().__init__()
        self.folder, self.monitor, self.least = folder, monitor, least

    def on_epoch_end(self, epoch, logs=None):
        kept = self.folder / f"epoch{epoch + 1:04d}.weights.h5"
        backup = backup_bytes(self.model)
        if self.monitor is None or logs[self.monitor] < self.least:
            self.least = logs.get(self.monitor)
            # before the epoch is kept: one that is kept is never made again
            write_bytes(self.folder / "best.weights.h5", backup)
        write_bytes(kept, backup)
        for older in self.folder.glob("epoch*.weights.h5"):
            if older != kept:
                older.unlink()


class TrainingProgress(keras.callbacks.Callback):
    """One bar over all epochs, with the loss and the monitored value of the last one.

    Keras' own bar prints every attribute's loss, a screen per line.

    Args:
        monitor: name of a logged value, or `None`.
        num_steps: batches per epoch.
        first_epoch: epoch that training starts with.
    """

    def __init__(self, monitor, num_steps, first_epoch):
        super().__init__()
        self.monitor, self.num_steps, self.first_epoch = monitor, num_steps, first_epoch

    def on_train_begin(self, logs=None):
        total, done = (
            epoch * self.num_steps for epoch in (self.params["epochs"], self.first_epoch)
        )
        self.bar = progress_bar(total, f"Training {self.model.name}", "batch", done)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update()

    def on_epoch_end(self, epoch, logs=None):
        shown = [name for name in ("loss", self.monitor) if name]
        values = {name: f"{logs[name]:.3g}" for name in shown}
        self.bar.set_postfix({"epoch": epoch + 1, **values})

    def on_train_end(self, logs=None):
        self.bar.close()
