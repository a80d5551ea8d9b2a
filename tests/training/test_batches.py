"""The `tf.data` pipeline: the very batches of `MatchBatches`, as tensors, in order, and resumed."""

import time

import numpy as np
import pytest

from studio2shop import ArticleFeatures, training_batches
from studio2shop.training.match_batches import MatchBatches, query_images
from studio2shop.training.sampling import MatchSampler


@pytest.fixture(scope="module")
def train(studio):
    return studio.split(0.9)[0]  # 54 articles


@pytest.fixture(scope="module")
def features(studio):
    """Article number i of the studio has the features i and -i."""
    return ArticleFeatures(studio.article_ids, np.arange(60)[:, None] * [1.0, -1.0])


def one_pass(dataset):
    return [[part.numpy() for part in (*inputs, labels)] for inputs, labels in dataset]


def same(first, second):
    return all(
        np.array_equal(a, b)
        for one, two in zip(first, second, strict=True)
        for a, b in zip(one, two, strict=True)
    )


def test_they_are_the_batches_of_keras_dataset_in_order(train, features):
    dataset = training_batches(train, features, (48, 32), batch_size=32, seed=7, augment=True)
    sampler = MatchSampler(train, batch_size=32, seed=7)
    batches = MatchBatches(sampler, features, query_images(train, (48, 32), augment=True))
    assert int(dataset.cardinality()) == sampler.num_steps == 4  # 103 queries
    for _ in range(2):
        expected = [batches[step] for step in range(4)]
        drawn = one_pass(dataset)
        assert same(drawn, [(*inputs, labels) for inputs, labels in expected])
        assert {part.dtype for batch in drawn for part in batch} == {np.dtype("float32")}
        batches.on_epoch_end()


def test_a_resumed_run_draws_what_an_uninterrupted_one_does(train, features):
    dataset = training_batches(train, features, (48, 32), 32, augment=True)
    epochs = [one_pass(dataset) for _ in range(3)]
    resumed = training_batches(train, features, (48, 32), 32, first_epoch=2, augment=True)
    assert same(epochs[2], one_pass(resumed))
    assert not same(epochs[0], epochs[1])


@pytest.mark.parametrize("num_taken", [1, 2, 3])
def test_an_epoch_left_half_way_is_drawn_again(train, features, num_taken):
    dataset = training_batches(train, features, (48, 32), batch_size=32)
    batches = iter(dataset)
    for _ in range(num_taken):
        next(batches)
    time.sleep(0.3)  # whatever is prepared ahead is prepared now
    del batches
    again = training_batches(train, features, (48, 32), batch_size=32)
    assert same(one_pass(dataset), one_pass(again))
