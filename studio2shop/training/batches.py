"""Catalogue + features -> batches of 64 queries x 50 articles (Section 4.1).

`MatchSampler` draws them in NumPy; `tf.data` only moves the work to other threads.
"""

import math
import os
import weakref

import numpy as np
from PIL import Image

from studio2shop import paper
from studio2shop.io.images import load_images
from studio2shop.training.sampling import MatchSampler


def augment_images(images, random):
    """Light augmentation of query images: our choice, the paper names none.

    Each image is mirrored with probability a half, cropped by up to 12 % a side and stretched back,
    and its channels are multiplied by up to 6 % each and 12 % together, as light colour and
    exposure differ between shoots.

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
        cropped = np.asarray(
            Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, box=box)
        )
        gain = random.uniform(0.94, 1.06, 3) * random.uniform(0.88, 1.12)
        augmented[position] = np.clip(
            (cropped[:, ::-1] if random.random() < 0.5 else cropped) * gain, 0, 255
        )
    return augmented


def training_batches(
    catalogue,
    features,
    image_size=paper.QUERY_SIZE,
    batch_size=paper.QUERIES_PER_BATCH,
    seed=0,
    first_epoch=0,
    augment=False,
    one_match=False,
):
    """A `tf.data.Dataset` of one epoch's batches, drawn anew each time it is gone through.

    Args:
        catalogue: the training `Catalogue`.
        features: `ArticleFeatures` that have all of its articles.
        image_size: `(height, width)` the query images are stretched to.
        batch_size: queries a batch; less for a small memory.
        seed: of all that is drawn.
        first_epoch: epoch that the first pass draws, for a resumed
            `fit(initial_epoch=first_epoch)`.
        augment: whether images go through `augment_images`.
        one_match: for the ranking loss: one match and 50 negatives a query (Section 4.2).

    Returns:
        A dataset of `((images, article features), labels)`: float32 `(batch, height, width, 3)` in
        [0, 255], float32 `(batch, 50, size)`, float32 `(batch, 50)`; 51 with `one_match`.
        `model.fit(dataset, epochs=...)` is all there is to do.
    """
    load_queries = query_image_loader(catalogue, image_size, augment)
    sampler = MatchSampler(catalogue, batch_size=batch_size, seed=seed, one_match=one_match)
    return _match_dataset(
        sampler, features.of(catalogue).vectors, load_queries, (*image_size, 3), first_epoch
    )


def activation_batches(
    catalogue,
    features,
    activations,
    batch_size=paper.QUERIES_PER_BATCH,
    seed=0,
    first_epoch=0,
    one_match=False,
):
    """As `training_batches`, with a frozen backbone's kept activations in place of the images.

    Args:
        catalogue, features, batch_size, seed, first_epoch, one_match: as in `training_batches`.
        activations: list of `Activations` by query id, variants of the same images, such as plain
            and mirrored; each query of each batch takes one of them at random.

    Returns:
        A dataset of `((activations, article features), labels)`.
    """
    sampler = MatchSampler(catalogue, batch_size=batch_size, seed=seed, one_match=one_match)
    load_queries, shape = activation_loader(catalogue.query_ids, activations)
    return _match_dataset(sampler, features.of(catalogue).vectors, load_queries, shape, first_epoch)


def feature_batches(
    catalogue, features, noise, batch_size=paper.QUERIES_PER_BATCH, seed=0, one_match=False
):
    """As `training_batches`, with a noisy feature of a query's match in place of its image: for the matching alone.

    Args:
        catalogue, features, batch_size, seed, one_match: as in `training_batches`.
        noise: deviation of the normal noise; features have a deviation of 1.

    Returns:
        A dataset of `((noisy features, article features), labels)`, the first float32 `(batch,
        size)`.
    """
    vectors = features.of(catalogue).vectors
    query_rows, article_rows = catalogue.match_indices()
    match_of = np.zeros(len(catalogue.queries), np.int64)
    match_of[query_rows] = article_rows  # the last of its matches

    def load_queries(query_rows, random):
        matching = vectors[match_of[query_rows]]
        return (matching + noise * random.standard_normal(matching.shape)).astype("float32")

    sampler = MatchSampler(catalogue, batch_size=batch_size, seed=seed, one_match=one_match)
    return _match_dataset(sampler, vectors, load_queries, (features.size,), 0)


def title_batches(
    catalogue,
    attributes=None,
    image_size=paper.FDNA_IMAGE_SIZE,
    batch_size=64,
    seed=0,
    first_epoch=0,
    augment=False,
):
    """Title images with their attributes, to train fDNA: one epoch's batches, drawn anew each time (Appendix).

    Args:
        catalogue: the training `Catalogue`.
        attributes: dict of attribute to its labels in the order of the network's outputs; default:
            the catalogue's own.
        image_size: `(height, width)` the title images are stretched to.
        batch_size, seed, first_epoch: as in `training_batches`.
        augment: whether each image is mirrored with probability a half; colour and length are what
            is to be learned.

    Returns:
        A dataset of `(images, {attribute: int32 labels (batch,)})`, -1 where an article is not
        annotated.
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

    signature = [tf.TensorSpec((None, *image_size, 3), "float32")] + [
        tf.TensorSpec((None,), "int32")
    ] * len(attributes)

    def arrange(images, *labels):
        return images, dict(zip(attributes, labels))

    return batch_dataset(
        make_batch, math.ceil(len(paths) / batch_size), signature, arrange, first_epoch
    )


def query_image_loader(catalogue, image_size, augment):
    """A function from rows of the catalogue's queries and a `numpy.random.Generator` to float32 images in [0, 255]."""
    paths = catalogue.query_paths

    def load(rows, random):
        images = load_images([paths[row] for row in rows], image_size, num_workers=1)
        return augment_images(images, random) if augment else images.astype("float32")

    return load


def activation_loader(ids, activations):
    """As `query_image_loader`, to one of several `Activations` of each; returned with the shape of one."""

    def load(rows, random):
        variants = random.integers(len(activations), size=len(rows))
        return np.concatenate(
            [activations[variant].take([ids[row]]) for variant, row in zip(variants, rows)]
        ).astype("float32")

    return load, activations[0].take(ids[:1]).shape[1:]


def _match_dataset(sampler, article_vectors, load_queries, query_shape, first_epoch):
    import tensorflow as tf

    def make_batch(epoch, step):
        query_rows, article_rows, labels = sampler.draw(epoch, step)
        random = np.random.default_rng([sampler.seed, epoch, step, 1])
        return load_queries(query_rows, random), article_vectors[article_rows], labels

    num_articles = sampler.articles_per_query
    shapes = [
        (None, *query_shape),
        (None, num_articles, article_vectors.shape[1]),
        (None, num_articles),
    ]
    signature = [tf.TensorSpec(shape, "float32") for shape in shapes]

    def arrange(inputs, articles, labels):
        return (inputs, articles), labels

    return batch_dataset(make_batch, sampler.num_steps, signature, arrange, first_epoch)


def batch_dataset(make_batch, num_steps, signature, arrange, first_epoch):
    """A `tf.data.Dataset` of `make_batch(epoch, step)` for each step of one epoch; each pass is the next epoch.

    Args:
        make_batch: function of epoch and step to a tuple of arrays.
        num_steps: batches an epoch.
        signature: list of a `tf.TensorSpec` an array.
        arrange: function of the tensors to what `fit` takes.
        first_epoch: epoch of the first pass.
    """
    import tensorflow as tf

    drawn = _Drawn(make_batch, num_steps, first_epoch)
    # TensorFlow may keep a function that it once ran for as long as the process lives; photos must
    # not stay with it
    weakly = weakref.ref(drawn)

    def load(epoch, step):
        arrays = tf.numpy_function(
            lambda epoch, step: weakly().batch(epoch, step),
            [epoch, step],
            [spec.dtype for spec in signature],
            stateful=False,
        )
        return step, *(tf.ensure_shape(array, spec.shape) for array, spec in zip(arrays, signature))

    def hand_over(step, *arrays):
        with tf.control_dependencies(
            [tf.numpy_function(lambda step: weakly().count(step), [step], tf.int64)]
        ):
            return arrange(*(tf.identity(array) for array in arrays))

    epochs = tf.data.Dataset.range(1).map(
        lambda _: tf.numpy_function(lambda: weakly().current_epoch(), [], tf.int64)
    )
    steps = epochs.flat_map(
        lambda epoch: tf.data.Dataset.range(num_steps).map(lambda step: (epoch, step))
    )
    batches = (
        steps.map(load, num_parallel_calls=os.cpu_count(), deterministic=True)
        .prefetch(2)
        .map(hand_over)
    )
    options = tf.data.Options()
    options.autotune.enabled = (
        False  # its thread sleeps up to 10 s at a time, and the end of each epoch waits for it
    )
    options.experimental_optimization.inject_prefetch = (
        False  # it would count batches that nobody has taken
    )
    batches = batches.apply(tf.data.experimental.assert_cardinality(num_steps)).with_options(
        options
    )
    # so that it lives as long as the dataset, whose iterators and transformations hold on to it
    batches.drawn = drawn
    return batches


class _Drawn:
    """The batches of a dataset, and which epoch it is at."""

    def __init__(self, make_batch, num_steps, first_epoch):
        self.make_batch, self.num_steps, self.epoch = make_batch, num_steps, first_epoch

    def current_epoch(self):
        return np.int64(self.epoch)

    def batch(self, epoch, step):
        return self.make_batch(int(epoch), int(step))

    def count(self, step):
        """Runs when the consumer takes a batch, not when one is prepared: an epoch left half way is drawn again."""
        self.epoch += int(step) == self.num_steps - 1
        return np.int64(step)
