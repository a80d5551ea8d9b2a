"""What a search finds when its photos lose their colours, for notebook 00."""

import numpy as np

from studio2shop.evaluation.results import rank_catalogue
from studio2shop.io.images import load_images

BRIGHTNESS = np.array([0.299, 0.587, 0.114])  # of red, green and blue, as an eye weighs them


def paler(images, colour):
    """Photos with less colour and the same brightness.

    Args:
        images: uint8 `(batch, height, width, 3)`.
        colour: 1 leaves a photo as it is, 0 makes it grey.

    Returns:
        uint8 of the same shape.

    Example:
        >>> paler(np.array([[[[255, 0, 0]]]], "uint8"), 0).tolist()
        [[[[76, 76, 76]]]]
    """
    grey = (images @ BRIGHTNESS)[..., None]
    return np.rint(colour * images + (1 - colour) * grey).clip(0, 255).astype("uint8")


def ranks_of_paler_photos(search, catalogue, colour, num_queries=500, seed=0):
    """Ranks the matches of random queries whose photos have lost some of their colour.

    The articles keep theirs.

    Args:
        search: a `Retriever` of the catalogue's articles.
        catalogue: the test `Catalogue`.
        colour: as in `paler`.
        num_queries: most queries drawn.
        seed: of the draw and of the bootstrap.

    Returns:
        `Results`.
    """
    drawn = np.random.default_rng(seed).permutation(catalogue.query_ids)[:num_queries]
    some = catalogue.select_queries(drawn)
    photos = paler(load_images(some.query_paths, search.image_size), colour)
    query_features = search.query_features(photos)
    return rank_catalogue(search.index.scores, query_features, search.features, some, seed)
