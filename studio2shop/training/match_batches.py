"""Batches of 64 queries x 50 articles (Section 4.1), for `fit` under every Keras backend."""

import os

import keras
import numpy as np

from studio2shop import paper
from studio2shop.features.article_features import check_is_features
from studio2shop.io.given import check_has, check_type, check_whole_number
from studio2shop.io.images import checked_size, load_images
from studio2shop.training.augmentation import DRAWS_PER_IMAGE, augment_as_drawn
from studio2shop.training.sampling import MatchSampler

MOST_WORKERS = 8  # threads that decode photos; each holds a batch


class Batches(keras.utils.PyDataset):
    """Batches that depend on the epoch and the step alone, prepared ahead by threads.

    `fit(batches, epochs=...)` draws the next epoch in each pass; with `shuffle=False`, in order.

    Args:
        draw: function of epoch and step to what `fit` takes, `(inputs, labels)`.
        num_steps: batches per epoch.
        first_epoch: epoch of the first pass, for a resumed `fit(initial_epoch=first_epoch)`.

    Attributes:
        epoch: that the next pass draws.
        error: what stopped the drawing of a batch, or `None`: TensorFlow hands it on as text only.
    """

    def __init__(self, draw, num_steps, first_epoch=0):
        workers = min(os.cpu_count() or 1, MOST_WORKERS)
        check_whole_number("first_epoch", first_epoch, least=0)
        super().__init__(workers=workers, max_queue_size=workers + 2)
        self.draw = draw
        self._num_steps = num_steps
        self.epoch = first_epoch
        self.error = None

    @property
    def num_batches(self):
        return self._num_steps

    def __getitem__(self, step):
        try:
            return self.draw(self.epoch, step)
        except Exception as error:
            self.error = error
            raise

    def on_epoch_end(self):
        self.epoch += 1

    def close(self):
        """Lets go of photos and activations: TensorFlow keeps what it drew from while it runs."""
        self.draw = None


class MatchBatches(Batches):
    """What `MatchSampler` draws, with the features of the articles and the photos of the queries.

    A batch is `((queries, article features), labels)`: what `load_queries` gives, by default
    float32 images `(batch, height, width, 3)` in [0, 255]; float32 `(batch, 50, size)`; float32
    `(batch, 50)`, 1 for a match. Needs no TensorFlow.

    Args:
        sampler: a `MatchSampler`.
        features: `ArticleFeatures` that have all articles of the sampler's catalogue.
        load_queries: `query_images`, `kept_activations` or `noisy_features`; default: images of the
            paper's size, as they are.
        first_epoch: epoch of the first pass, for a resumed `fit(initial_epoch=first_epoch)`.
        num_shards: in how many parts each batch is cut, for as many processes that train together.
        shard: which part this one has, from 0. The parts of a batch, one after the other, are what
            one process draws.

    Raises:
        ValueError: if there is no such part.

    Example:
        >>> import studio2shop as s2s
        >>> batches = s2s.MatchBatches(s2s.MatchSampler(catalogue), features)
        >>> (images, articles), labels = batches[0]
        >>> images.shape, articles.shape, labels.shape
        ((64, 224, 155, 3), (64, 50, 8), (64, 50))
    """

    def __init__(self, sampler, features, load_queries=None, first_epoch=0, num_shards=1, shard=0):
        check_type("sampler", sampler, MatchSampler, "a MatchSampler")
        check_is_features(features)
        check_whole_number("num_shards", num_shards)
        check_whole_number("shard", shard, least=0)
        if not 0 <= shard < num_shards:
            raise ValueError(
                f"`shard` must be from 0 to {num_shards - 1}, one of `num_shards`; received "
                f"{shard}."
            )
        if load_queries is not None:
            check_has("load_queries", load_queries, "__call__", "a function, as of `query_images`")
        load = load_queries or query_images(sampler.catalogue)
        vectors = features.of(sampler.catalogue).vectors

        def draw(epoch, step):
            query_rows, article_rows, labels = sampler.draw(epoch, step)
            first, last = (len(query_rows) * part // num_shards for part in (shard, shard + 1))
            mine = slice(first, last)
            random = np.random.default_rng([sampler.seed, epoch, step, 1])
            return (load(query_rows, random, mine), vectors[article_rows[mine]]), labels[mine]

        super().__init__(draw, sampler.num_steps, first_epoch)


def query_images(catalogue, image_size=paper.QUERY_SIZE, augment=False):
    """Loads queries as float32 images `(batch, height, width, 3)` in [0, 255].

    Args:
        catalogue: the training `Catalogue`.
        image_size: `(height, width)` the images are stretched to.
        augment: whether they go through `augment_images`.

    Returns:
        A function of the rows of a batch's queries, a `numpy.random.Generator`, and the slice of
        these rows that is wanted. What is drawn does not depend on the slice.
    """
    paths, image_size = catalogue.query_paths, checked_size(image_size)

    def load(rows, random, mine):
        images = load_images([paths[row] for row in rows[mine]], image_size, num_workers=1)
        if not augment:
            return images.astype("float32")
        return augment_as_drawn(images, random.random((len(rows), DRAWS_PER_IMAGE))[mine])

    return load


def kept_activations(ids, activations):
    """Loads queries, or articles, as a frozen backbone's activations in place of their images.

    Args:
        ids: of the catalogue's queries, in its order.
        activations: list of `Activations` by id, variants of the same images, such as plain and
            mirrored; each image of each batch takes one of them at random.

    Returns:
        A function as in `query_images`, to float32 arrays.
    """

    def load(rows, random, mine):
        variants = random.integers(len(activations), size=len(rows))
        taken = zip(variants[mine], rows[mine])
        arrays = [activations[variant].take([ids[row]]) for variant, row in taken]
        return np.concatenate(arrays).astype("float32")

    return load


def noisy_features(catalogue, features, noise):
    """Loads a match's feature with noise in place of a query, to train the matching alone.

    Args:
        catalogue: the training `Catalogue`.
        features: `ArticleFeatures` of its articles.
        noise: deviation of the normal noise; features have a deviation of 1.

    Returns:
        A function as in `query_images`, to float32 `(batch, size)`.
    """
    vectors = features.of(catalogue).vectors
    query_rows, article_rows = catalogue.match_indices()
    match_of = np.zeros(len(catalogue.queries), np.int64)
    match_of[query_rows] = article_rows  # the last of its matches

    def load(rows, random, mine):
        drawn = random.standard_normal((len(rows), features.size))
        return (vectors[match_of[rows[mine]]] + noise * drawn[mine]).astype("float32")

    return load
