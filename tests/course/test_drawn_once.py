"""Batches that are kept: the same ones in each epoch, in another order."""

import numpy as np

from studio2shop.course.drawn_once import DrawnOnce
from studio2shop.training.match_batches import Batches


def test_each_epoch_has_the_batches_of_the_first_in_another_order():
    batches = Batches(lambda epoch, step: (np.array([epoch, step]), None), 20)
    once, epochs = DrawnOnce(batches), []
    assert once.num_batches == 20
    for _ in range(3):
        epochs.append([tuple(inputs) for inputs, _ in once])
        once.on_epoch_end()
    assert all(sorted(met) == [(0, step) for step in range(20)] for met in epochs)
    assert len(set(map(tuple, epochs))) == 3
