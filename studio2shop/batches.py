"""Catalogue + features -> batches of 64 queries x 50 articles (Section 4.1).

Which articles a query meets is drawn in NumPy from (seed, epoch, step) alone: the same on every backend, in every
process, and in a resumed run. `tf.data` only moves the work to other threads.
"""

import math
import os
import warnings

import numpy as np
from PIL import Image

from studio2shop import paper
from studio2shop.images import load_images


class MatchSampler:
    """Draws batches by the paper's rule, usable without TensorFlow.

    "These 50 articles contain the (at least 1) annotated matching articles and (at most 49) articles drawn randomly
    without replacement and temporarily labelled as negative matches. The negative articles are constantly resampled
    (for each query image in the batch, for each batch, and for each epoch)" (Section 4.1). Matches stand first, which no
    network here can notice. With fewer than 50 articles all of them are used, with a warning.

    Args:
        catalogue: the training `Catalogue`; queries without a match are left out.
        articles_per_query: the paper's 50.
        batch_size: queries a batch, the paper's 64.
        seed: of all that is drawn.
    """

    def __init__(self, catalogue, articles_per_query=paper.ARTICLES_PER_QUERY, batch_size=paper.QUERIES_PER_BATCH, seed=0):
        query_rows, article_rows = catalogue.match_indices()
        if not len(query_rows):
            raise ValueError(f"{catalogue!r} has no matches to train on; matches.csv needs rows of (query_id, article_id).")
        order = np.argsort(query_rows, kind="stable")
        self.query_rows, starts = np.unique(query_rows[order], return_index=True)
        self._matches = np.split(article_rows[order], starts[1:])
        self.num_articles = len(catalogue.articles)
        self.articles_per_query = min(articles_per_query, self.num_articles)
        if self.articles_per_query < articles_per_query:
            warnings.warn(
                f"A query meets all {self.num_articles} training articles instead of {articles_per_query}: there are no more.",
                stacklevel=3,
            )
        self.batch_size, self.seed = batch_size, seed
        self.num_steps = math.ceil(len(self.query_rows) / batch_size)

    def draw(self, epoch, step):
        """Draws one batch.

        Returns:
            Rows of the catalogue's queries `(batch,)`, rows of its articles `(batch, articles)`, and float32 labels
            `(batch, articles)`, 1 for a match. The last batch of an epoch may be smaller.
        """
        shuffled = np.random.default_rng([self.seed, epoch, 0]).permutation(len(self.query_rows))
        chosen = shuffled[step * self.batch_size : (step + 1) * self.batch_size]
        random = np.random.default_rng([self.seed, epoch, 1 + step])
        articles = np.stack([self._articles_of(self._matches[position], random) for position in chosen])
        num_matches = np.array([len(self._matches[position]) for position in chosen])
        labels = np.arange(self.articles_per_query) < num_matches[:, None]
        return self.query_rows[chosen], articles, labels.astype("float32")

    def _articles_of(self, matches, random):
        num_drawn = min(self.articles_per_query + len(matches), self.num_articles)
        drawn = random.choice(self.num_articles, num_drawn, replace=False)
        negatives = drawn[~np.isin(drawn, matches)]
        return np.concatenate([matches, negatives])[: self.articles_per_query]


def augment_images(images, random):
    """Light augmentation of query images: our choice, the paper names none.

    Each image is mirrored with probability a half, cropped by up to 12 % a side and stretched back, and its channels
    are multiplied by up to 6 % each and 12 % together, as light colour and exposure differ between shoots.

    Args:
        images: uint8 `(batch, height, width, 3)`.
        random: a `numpy.random.Generator`.

    Returns:
        float32 `(batch, height, width, 3)` in [0, 255].
    """
    height, width = images.shape[1:3]
    augmented = np.empty(images.shape, "float32")
    for position, image in enumerate(images):
        left, right, top, bottom = random.uniform(0, 0.12, 4)
        box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
        cropped = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, box=box))
        gain = random.uniform(0.94, 1.06, 3) * random.uniform(0.88, 1.12)
        augmented[position] = np.clip((cropped[:, ::-1] if random.random() < 0.5 else cropped) * gain, 0, 255)
    return augmented


def training_batches(catalogue, features, image_size=paper.QUERY_SIZE, batch_size=paper.QUERIES_PER_BATCH, seed=0, first_epoch=0, augment=False):
    """A `tf.data.Dataset` of one epoch's batches, drawn anew each time it is gone through.

    Args:
        catalogue: the training `Catalogue`.
        features: `ArticleFeatures` that have all of its articles.
        image_size: `(height, width)` the query images are stretched to.
        batch_size: queries a batch; less for a small memory.
        seed: of all that is drawn.
        first_epoch: epoch that the first pass draws, for a resumed `fit(initial_epoch=first_epoch)`.
        augment: whether images go through `augment_images`.

    Returns:
        A dataset of `((images, article features), labels)`: float32 `(batch, height, width, 3)` in [0, 255],
        float32 `(batch, 50, size)`, float32 `(batch, 50)`. `model.fit(dataset, epochs=...)` is all there is to do.
    """
    paths = catalogue.query_paths

    def load_queries(query_rows, random):
        images = load_images([paths[row] for row in query_rows], image_size, num_workers=1)
        return augment_images(images, random) if augment else images.astype("float32")

    sampler = MatchSampler(catalogue, batch_size=batch_size, seed=seed)
    return _match_dataset(sampler, features.of(catalogue).vectors, load_queries, (*image_size, 3), first_epoch)


def activation_batches(catalogue, features, activations, batch_size=paper.QUERIES_PER_BATCH, seed=0, first_epoch=0):
    """As `training_batches`, with a frozen backbone's kept activations in place of the images.

    Args:
        catalogue, features, batch_size, seed, first_epoch: as in `training_batches`.
        activations: list of `Activations` by query id, variants of the same images, such as plain and mirrored; each
            query of each batch takes one of them at random.

    Returns:
        A dataset of `((activations, article features), labels)`.
    """
    ids = catalogue.query_ids

    def load_queries(query_rows, random):
        variants = random.integers(len(activations), size=len(query_rows))
        return np.concatenate([activations[variant].take([ids[row]]) for variant, row in zip(variants, query_rows)]).astype("float32")

    sampler = MatchSampler(catalogue, batch_size=batch_size, seed=seed)
    shape = activations[0].take(ids[:1]).shape[1:]
    return _match_dataset(sampler, features.of(catalogue).vectors, load_queries, shape, first_epoch)


def feature_batches(catalogue, features, noise, batch_size=paper.QUERIES_PER_BATCH, seed=0):
    """As `training_batches`, with a noisy feature of a query's match in place of its image: for the matching alone.

    Args:
        catalogue, features, batch_size, seed: as in `training_batches`.
        noise: deviation of the normal noise; features have a deviation of 1.

    Returns:
        A dataset of `((noisy features, article features), labels)`, the first float32 `(batch, size)`.
    """
    vectors = features.of(catalogue).vectors
    query_rows, article_rows = catalogue.match_indices()
    match_of = np.zeros(len(catalogue.queries), np.int64)
    match_of[query_rows] = article_rows  # the last of its matches

    def load_queries(query_rows, random):
        matching = vectors[match_of[query_rows]]
        return (matching + noise * random.standard_normal(matching.shape)).astype("float32")

    sampler = MatchSampler(catalogue, batch_size=batch_size, seed=seed)
    return _match_dataset(sampler, vectors, load_queries, (features.size,), 0)


def title_batches(catalogue, attributes=None, image_size=paper.FDNA_IMAGE_SIZE, batch_size=64, seed=0, first_epoch=0, augment=False):
    """Title images with their attributes, to train fDNA: one epoch's batches, drawn anew each time (Appendix).

    Args:
        catalogue: the training `Catalogue`.
        attributes: dict of attribute to its labels in the order of the network's outputs; default: the catalogue's own.
        image_size: `(height, width)` the title images are stretched to.
        batch_size, seed, first_epoch: as in `training_batches`.
        augment: whether each image is mirrored with probability a half; colour and length are what is to be learned.

    Returns:
        A dataset of `(images, {attribute: int32 labels (batch,)})`, -1 where an article is not annotated.
    """
    import tensorflow as tf

    attributes = catalogue.attributes if attributes is None else attributes
    paths, labels = catalogue.article_paths, catalogue.attribute_labels(attributes)

    def make_batch(epoch, step):
        shuffled = np.random.default_rng([seed, epoch, 0]).permutation(len(paths))
        rows = shuffled[step * batch_size : (step + 1) * batch_size]
        images = load_images([paths[row] for row in rows], image_size, num_workers=1)
        if augment:
            mirrored = np.random.default_rng([seed, epoch, 1 + step]).random(len(images)) < 0.5
            images[mirrored] = images[mirrored, :, ::-1]
        return images.astype("float32"), *(labels[name][rows] for name in attributes)

    signature = [tf.TensorSpec((None, *image_size, 3), "float32")] + [tf.TensorSpec((None,), "int32")] * len(attributes)

    def arrange(images, *labels):
        return images, dict(zip(attributes, labels))

    return _dataset(make_batch, math.ceil(len(paths) / batch_size), signature, arrange, first_epoch)


def _match_dataset(sampler, article_vectors, load_queries, query_shape, first_epoch):
    import tensorflow as tf

    def make_batch(epoch, step):
        query_rows, article_rows, labels = sampler.draw(epoch, step)
        random = np.random.default_rng([sampler.seed, epoch, step, 1])
        return load_queries(query_rows, random), article_vectors[article_rows], labels

    num_articles = sampler.articles_per_query
    shapes = [(None, *query_shape), (None, num_articles, article_vectors.shape[1]), (None, num_articles)]
    signature = [tf.TensorSpec(shape, "float32") for shape in shapes]

    def arrange(inputs, articles, labels):
        return (inputs, articles), labels

    return _dataset(make_batch, sampler.num_steps, signature, arrange, first_epoch)


def _dataset(make_batch, num_steps, signature, arrange, first_epoch):
    """A dataset of `make_batch(epoch, step)` for each step of one epoch; each pass is the next epoch."""
    import tensorflow as tf

    epoch = first_epoch

    def current_epoch():
        return np.int64(epoch)

    def count_epochs(step):
        # runs when the consumer takes a batch, not when one is prepared: an epoch left half way is drawn again
        nonlocal epoch
        epoch += int(step) == num_steps - 1
        return np.int64(step)

    def load(epoch, step):
        arrays = tf.numpy_function(
            lambda epoch, step: make_batch(int(epoch), int(step)), [epoch, step], [spec.dtype for spec in signature], stateful=False
        )
        return step, *(tf.ensure_shape(array, spec.shape) for array, spec in zip(arrays, signature))

    def hand_over(step, *arrays):
        with tf.control_dependencies([tf.numpy_function(count_epochs, [step], tf.int64)]):
            return arrange(*(tf.identity(array) for array in arrays))

    epochs = tf.data.Dataset.range(1).map(lambda _: tf.numpy_function(current_epoch, [], tf.int64))
    steps = epochs.flat_map(lambda epoch: tf.data.Dataset.range(num_steps).map(lambda step: (epoch, step)))
    batches = steps.map(load, num_parallel_calls=os.cpu_count(), deterministic=True).prefetch(2).map(hand_over)
    options = tf.data.Options()
    options.autotune.enabled = False  # its thread sleeps up to 10 s at a time, and the end of each epoch waits for it
    options.experimental_optimization.inject_prefetch = False  # it would count batches that nobody has taken
    return batches.apply(tf.data.experimental.assert_cardinality(num_steps)).with_options(options)
