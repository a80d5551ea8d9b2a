"""Static comparisons: query and title image described in the same fixed way (Figure 2b).

Nothing is learned between the two. The paper's static systems have a median rank of 16 % of the
assortment; they show how far apart a photo of a model and a title image are.
"""

import functools

import numpy as np

from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.image_batch import as_image_batch
from studio2shop.io.images import load_images
from studio2shop.io.progress import progress_bar
from studio2shop.models.predict_all import predict_all
from studio2shop.retrieval import ExactScorer, SplitMatching

HISTOGRAM_BINS = 6  # a channel: 216 colours
BACKGROUND_FROM = 215  # a pixel whose three channels are all lighter counts as background
PIXEL_SIZE = (16, 11)
PHOTOS_PER_BLOCK = (
    256  # decoded at a time: an external set may have more photos than fit into memory
)


def colour_histogram(images):
    """Share of each of 216 colours among a picture's pixels, background left out.

    Args:
        images: uint8 `(batch, height, width, 3)`.

    Returns:
        float32 `(batch, 216)`; square roots of shares, so that their dot product compares
        distributions.
    """
    histograms = np.empty((len(images), HISTOGRAM_BINS**3), "float32")
    for row, image in enumerate(images):
        pixels = image.reshape(-1, 3)
        garment = pixels[pixels.min(axis=1) < BACKGROUND_FROM]
        bins = (garment.astype(int) * HISTOGRAM_BINS // 256) @ [
            HISTOGRAM_BINS**2,
            HISTOGRAM_BINS,
            1,
        ]
        histograms[row] = np.bincount(bins, minlength=HISTOGRAM_BINS**3)
    return np.sqrt(histograms / np.maximum(histograms.sum(axis=1, keepdims=True), 1))


def small_pixels(images):
    """The picture shrunk to 16 x 11 pixels, centred: float32 `(batch, 528)`."""
    flat = as_image_batch(images, PIXEL_SIZE).reshape(len(images), -1).astype("float32")
    return flat - flat.mean(axis=1, keepdims=True)


def centre_crop(images):
    """The middle half of the height and of the width, where tops mostly are."""
    height, width = images.shape[1:3]
    return images[:, height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]


DESCRIPTIONS = {
    "colour histogram": colour_histogram,
    "colour histogram of the centre": lambda images: colour_histogram(centre_crop(images)),
    "pixels 16x11": small_pixels,
}


def untrained_results(catalogue, image_size, networks=None, seed=0):
    """Ranks a catalogue's matches by the cosine of fixed descriptions of query and title image.

    Args:
        catalogue: the test `Catalogue`.
        image_size: `(height, width)` images are stretched to before they are described.
        networks: dict of name to a Keras model from images to vectors, described beside colours and
            pixels.
        seed: of the bootstrap.

    Returns:
        dict of description to `Results`.
    """
    check_is_catalogue(catalogue)
    sides = catalogue.query_paths, catalogue.article_paths
    described = [
        {**_described(paths, image_size, DESCRIPTIONS), **_activations(paths, networks or {})}
        for paths in sides
    ]
    results = {}
    for name in described[0]:
        query_vectors, article_vectors = (_unit_length(vectors[name]) for vectors in described)
        features = ArticleFeatures(catalogue.article_ids, article_vectors)
        dot_product = ExactScorer(SplitMatching.dot_product(features.size), features.vectors)
        results[name] = rank_catalogue(dot_product.scores, query_vectors, features, catalogue, seed)
    return results


def _described(paths, image_size, descriptions):
    """dict of description to its vectors of all photos, decoded once and a block at a time."""
    vectors = {name: [] for name in descriptions}
    with progress_bar(len(paths), "Describing photos", "photo") as progress:
        for start in range(0, len(paths), PHOTOS_PER_BLOCK):
            images = load_images(paths[start : start + PHOTOS_PER_BLOCK], image_size)
            for name, describe in descriptions.items():
                vectors[name].append(describe(images))
            progress.update(len(images))
    return {name: np.concatenate(blocks) for name, blocks in vectors.items()}


def _activations(paths, networks):
    vectors = {}
    for name, network in networks.items():
        predict = functools.partial(predict_all, network, batch_size=32)
        vectors |= _described(paths, network.input_shape[1:3], {name: predict})
    return vectors


def _unit_length(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
