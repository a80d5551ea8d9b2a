"""Augmented query images: what changes, and that it can be drawn again."""

import numpy as np

from studio2shop.training.augmentation import augment_images


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
