"""Static comparisons: query and title image described in the same fixed way, nothing learned between them (Figure 2b).

The paper's static systems have a median rank of 16 % of the assortment; they show how far apart a photo of a model and
a title image are.
"""

import numpy as np

from studio2shop.evaluation import rank_catalogue
from studio2shop.features import ArticleFeatures
from studio2shop.image_batch import as_image_batch
from studio2shop.images import load_images
from studio2shop.retrieval.scorer import distinct_rows

HISTOGRAM_BINS = 6  # a channel: 216 colours
BACKGROUND_FROM = 215  # a pixel whose three channels are all lighter counts as background
PIXEL_SIZE = (16, 11)


def colour_histogram(images):
    """Share of each of 216 colours among a picture's pixels, background left out.

    Args:
        images: uint8 `(batch, height, width, 3)`.

    Returns:
        float32 `(batch, 216)`; square roots of shares, so that their dot product compares distributions.
    """
    histograms = np.empty((len(images), HISTOGRAM_BINS**3), "float32")
    for row, image in enumerate(images):
        pixels = image.reshape(-1, 3)
        garment = pixels[pixels.min(axis=1) < BACKGROUND_FROM]
        bins = (garment.astype(int) * HISTOGRAM_BINS // 256) @ [HISTOGRAM_BINS**2, HISTOGRAM_BINS, 1]
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


def static_results(catalogue, image_size, networks=None, seed=0):
    """Ranks a catalogue's matches by the cosine of fixed descriptions of query and title image.

    Args:
        catalogue: the test `Catalogue`.
        image_size: `(height, width)` images are stretched to before they are described.
        networks: dict of name to a Keras model from images to vectors, described beside colours and pixels.
        seed: of the bootstrap.

    Returns:
        dict of description to `Results`.
    """
    queries, articles = load_images(catalogue.query_paths, image_size), load_images(catalogue.article_paths, image_size)
    described = {name: (describe(queries), describe(articles)) for name, describe in DESCRIPTIONS.items()}
    for name, network in (networks or {}).items():
        described[name] = tuple(_activations(network, paths) for paths in (catalogue.query_paths, catalogue.article_paths))
    results = {}
    for name, vectors in described.items():
        query_vectors, article_vectors = map(_unit_length, vectors)
        features = ArticleFeatures(catalogue.article_ids, article_vectors)
        results[name] = rank_catalogue(_dot_product(article_vectors), query_vectors, features, catalogue, seed)
    return results


def _dot_product(article_vectors):
    distinct, rows = distinct_rows(article_vectors)

    def score(query_vectors):
        scores = query_vectors @ distinct.T
        return scores if rows is None else scores[:, rows]

    return score


def _activations(network, paths):
    return network.predict(load_images(paths, network.input_shape[1:3]), batch_size=32, verbose=0)


def _unit_length(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
