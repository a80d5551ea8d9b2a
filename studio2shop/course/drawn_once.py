"""Batches that are drawn once and kept, for notebook 04: what drawing anew is worth."""

import keras
import numpy as np


class DrawnOnce(keras.utils.PyDataset):
    """One pass of some batches, met again in each epoch, in another order.

    Args:
        batches: `MatchBatches`.
        seed: of the order.
    """

    def __init__(self, batches, seed=0):
        super().__init__()
        self._kept = list(batches)
        self._random = np.random.default_rng(seed)
        self.on_epoch_end()

    @property
    def num_batches(self):
        return len(self._kept)

    def __getitem__(self, step):
        return self._kept[self._order[step]]

    def on_epoch_end(self):
        self._order = self._random.permutation(len(self._kept))
