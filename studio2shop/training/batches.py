"""The same batches as a `tf.data.Dataset`, for those who build their input with TensorFlow."""

import collections
import concurrent.futures

from studio2shop import paper
from studio2shop.io.images import checked_size
from studio2shop.training.match_batches import MatchBatches, query_images
from studio2shop.training.sampling import MatchSampler


def training_batches(
    catalogue,
    features,
    image_size=paper.QUERY_SIZE,
    batch_size=paper.QUERIES_PER_BATCH,
    seed=0,
    first_epoch=0,
    augment=False,
):
    """One epoch's batches of 64 queries x 50 articles, drawn anew in each pass (Section 4.1).

    Args:
        catalogue: the training `Catalogue`.
        features: `ArticleFeatures` that have all of its articles.
        image_size: `(height, width)` the query images are stretched to.
        batch_size: queries per batch; fewer for a small memory.
        seed: of all that is drawn.
        first_epoch: epoch that the first pass draws, for a resumed
            `fit(initial_epoch=first_epoch)`.
        augment: whether images go through `augment_images`.

    Returns:
        A `tf.data.Dataset` of `((images, article features), labels)`: float32
        `(batch, height, width, 3)` in [0, 255], float32 `(batch, 50, size)`, float32 `(batch, 50)`.
        `model.fit(dataset, epochs=...)` is all there is to do. Under another backend than
        TensorFlow, `MatchBatches` gives the same.
    """
    import tensorflow as tf

    sampler = MatchSampler(catalogue, batch_size=batch_size, seed=seed)
    images = query_images(catalogue, image_size, augment)
    batches = MatchBatches(sampler, features, images, first_epoch)
    num_articles, image_size = sampler.articles_per_query, checked_size(image_size)
    signature = (
        (
            tf.TensorSpec((None, *image_size, 3), "float32"),
            tf.TensorSpec((None, num_articles, features.size), "float32"),
        ),
        tf.TensorSpec((None, num_articles), "float32"),
    )
    dataset = tf.data.Dataset.from_generator(lambda: _one_pass(batches), output_signature=signature)
    options = tf.data.Options()
    # its thread sleeps up to 10 s at a time, and the end of each epoch waits for it
    options.autotune.enabled = False
    cardinality = tf.data.experimental.assert_cardinality(sampler.num_steps)
    return dataset.apply(cardinality).with_options(options)


def _one_pass(batches):
    """An epoch's batches, prepared ahead by threads; an epoch left half-way is drawn again."""
    with concurrent.futures.ThreadPoolExecutor(batches.workers) as pool:
        ahead = collections.deque()
        for step in range(batches.num_batches):
            ahead.append(pool.submit(batches.__getitem__, step))
            if len(ahead) > batches.max_queue_size:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    batches.on_epoch_end()
