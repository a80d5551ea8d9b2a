"""Batches: what the sampler draws, as tensors, in order, and resumed."""

import gc
import time
import weakref

import numpy as np
import pytest

from studio2shop import ArticleFeatures
from studio2shop.features.activations import Activations
from studio2shop.io.images import load_images
from studio2shop.training.batches import (
    activation_batches,
    augment_images,
    title_batches,
    training_batches,
)
from studio2shop.training.sampling import MatchSampler


def test_augmented_images_differ_by_a_mirror_a_crop_and_a_little_colour():
    images = np.zeros((400, 20, 10, 3), np.uint8)
    images[..., 0], images[..., 1], images[:, :, 5:, 2] = 100, 250, 200  # blue on the right
    augmented = augment_images(images, np.random.default_rng(0))
    assert augmented.shape == images.shape and augmented.dtype == np.float32
    assert augmented.min() >= 0 and augmented.max() == 255
    red = augmented[..., 0]
    assert (np.ptp(red, axis=(1, 2)) < 1e-3).all()  # of one colour as before
    assert 100 * 0.94 * 0.88 <= red.min() < 88 and 112 < red.max() <= 100 * 1.06 * 1.12
    assert 98 < red.mean() < 102
    assert 160 < (augmented[:, 10, 0, 2] > 0).sum() < 240  # blue on the left in half of them
    assert (augmented[:, :, [3, 6], 2].min(axis=2) == 0).all() and (
        augmented[:, :, [3, 6], 2].max(axis=2) > 0
    ).all()


def test_augmentation_is_the_same_from_the_same_generator():
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 12, 3), np.uint8)
    first, second, other = (
        augment_images(images, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second) and not np.array_equal(first, other)


@pytest.fixture(scope="module")
def train(studio):
    return studio.split(0.9)[0]  # 54 articles


@pytest.fixture(scope="module")
def features(studio):
    """Article number i of the studio has the features i and -i."""
    return ArticleFeatures(studio.article_ids, np.arange(60)[:, None] * [1.0, -1.0])


def passes(dataset, count=1):
    return [
        [[part.numpy() for part in (*inputs, labels)] for inputs, labels in dataset]
        for _ in range(count)
    ]


def same(first, second):
    return all(
        np.array_equal(a, b)
        for one, two in zip(first, second, strict=True)
        for a, b in zip(one, two, strict=True)
    )


def test_training_batches_hold_what_the_sampler_draws(train, features):
    dataset, sampler = (
        training_batches(train, features, (48, 32), batch_size=32, seed=7),
        MatchSampler(train, batch_size=32, seed=7),
    )
    images = load_images(train.query_paths, (48, 32))
    own_features = features.of(train).vectors
    assert int(dataset.cardinality()) == sampler.num_steps == 4  # 103 queries
    for epoch, batches in enumerate(passes(dataset, 2)):
        assert len(batches) == 4
        for step, (queries, articles, labels) in enumerate(batches):
            query_rows, article_rows, expected_labels = sampler.draw(epoch, step)
            assert queries.dtype == articles.dtype == labels.dtype == np.float32
            assert (
                queries.shape[1:] == (48, 32, 3)
                and articles.shape[1:] == (50, 2)
                and labels.shape[1:] == (50,)
            )
            assert np.array_equal(queries, images[query_rows])
            assert np.array_equal(articles, own_features[article_rows])
            assert np.array_equal(labels, expected_labels)


def test_a_resumed_run_draws_what_an_uninterrupted_one_does(train, features):
    epochs = passes(training_batches(train, features, (48, 32), 32, augment=True), 3)
    resumed = passes(training_batches(train, features, (48, 32), 32, first_epoch=2, augment=True))
    assert same(epochs[2], resumed[0])
    assert not same(epochs[0], epochs[1])


@pytest.mark.parametrize("num_taken", [1, 2, 3])
def test_an_epoch_left_half_way_is_drawn_again(train, features, num_taken):
    dataset = training_batches(train, features, (48, 32), batch_size=32)
    batches = iter(dataset)
    for _ in range(num_taken):
        next(batches)
    time.sleep(0.3)  # whatever is prepared ahead is prepared now
    del batches
    assert same(
        passes(dataset)[0], passes(training_batches(train, features, (48, 32), batch_size=32))[0]
    )


def test_batches_are_at_hand_as_long_as_anything_draws_them_and_no_longer(train, features):
    batches = (
        training_batches(train, features, (48, 32), batch_size=32)
        .map(lambda inputs, labels: labels)
        .take(3)
    )
    drawn = weakref.ref(batches._input_dataset._input_dataset.drawn)
    iterator = iter(batches)
    del batches
    gc.collect()
    assert [labels.shape[0] for labels in iterator] == [32, 32, 32]
    del iterator
    gc.collect()
    assert drawn() is None  # though TensorFlow keeps the functions that drew them


def test_activation_batches_take_any_variant_of_each_query(train, features):
    variants = [Activations(), Activations()]
    rows = np.arange(len(train.queries), dtype="float16")[:, None, None] + 1
    for variant, sign in zip(variants, (1, -1)):
        variant.append(train.query_ids, sign * np.tile(rows, (1, 2, 3)))
    dataset, sampler = (
        activation_batches(train, features, variants, batch_size=32, seed=7),
        MatchSampler(train, batch_size=32, seed=7),
    )
    signs = []
    for step, (queries, articles, labels) in enumerate(passes(dataset)[0]):
        query_rows, article_rows, expected_labels = sampler.draw(0, step)
        assert queries.dtype == np.float32 and queries.shape[1:] == (2, 3)
        assert np.array_equal(np.abs(queries[:, 1, 2]), query_rows + 1)
        assert np.array_equal(
            articles, features.of(train).vectors[article_rows]
        ) and np.array_equal(labels, expected_labels)
        signs += np.sign(queries[:, 0, 0]).tolist()
    assert 30 < signs.count(1) < 73  # of 103


def test_title_batches_hold_each_article_once_with_its_labels(studio):
    # one pattern is unknown
    attributes = {
        "pattern": studio.attributes["pattern"][1:],
        "category": studio.attributes["category"],
    }
    rows = {
        image.tobytes(): row
        for row, image in enumerate(load_images(studio.article_paths, (24, 16)).astype("float32"))
    }
    dataset, met = title_batches(studio, attributes, (24, 16), batch_size=25), []
    assert int(dataset.cardinality()) == 3 and list(dataset.element_spec[1]) == [
        "pattern",
        "category",
    ]
    for images, labels in dataset:
        assert images.dtype == "float32" and labels["pattern"].dtype == "int32"
        found = [rows[image.tobytes()] for image in images.numpy()]
        met += found
        for name, names in attributes.items():
            cells = studio.articles[name].to_numpy()[found]
            assert labels[name].numpy().tolist() == [
                names.index(cell) if cell in names else -1 for cell in cells
            ]
    assert sorted(met) == list(range(60)) and met != list(range(60))
