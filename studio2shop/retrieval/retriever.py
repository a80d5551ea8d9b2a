"""Finding the articles worn in a photo."""

import numpy as np
import pandas as pd

from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.io.image_batch import as_image_batch
from studio2shop.io.images import load_images
from studio2shop.io.progress import progress_bar
from studio2shop.retrieval.index import Index
from studio2shop.retrieval.lite import LiteModel

IMAGES_PER_CALL = 64


class Retriever:
    """Ranks an assortment for a photo: `search(image, k=50)`.

    Args:
        model: a Studio2Shop model, as `build_studio2shop` makes it; ranking is by logits whether it
            ends in a sigmoid or not. Or its `LiteModel`. Or an `Index`, which holds its model, may
            be saved, and ranks in two stages or in bfloat16 if it was made so.
        features: `ArticleFeatures` of the assortment, as the model was trained on, all of which are
            ranked. Not given with an `Index`, which has its own.

    Raises:
        ValueError: if model and features don't belong together, or an index comes with either.

    Example:
        search = Retriever(model, features.of(test))
        search("photo.jpg", k=5)[["article_id", "score", "rank"]]
    """

    def __init__(self, model, features=None):
        if isinstance(features, Index) or isinstance(model, Index) != (features is None):
            raise ValueError(
                "A Retriever takes a model and features, or only an Index, which holds its model; "
                f"received {type(model).__name__} and {type(features).__name__}."
            )
        self.index = model if features is None else Index(model, features)
        model = self.index.model
        if isinstance(model, LiteModel):
            self.image_size, self._predict = model.image_size, model.query_features
        else:
            self.query_feature = model.get_layer("query_feature")
            self.image_size = self.query_feature.input_shape[1:3]
            self._predict = _compiled(self.query_feature)

    @property
    def features(self):
        """`ArticleFeatures` of the assortment."""
        return self.index.features

    def query_features(self, images):
        """Query features float32 `(batch, size)` of one or several files, PIL images or arrays."""
        images = as_image_batch(images, self.image_size)
        return np.concatenate(
            [
                self._predict(images[start : start + IMAGES_PER_CALL])
                for start in range(0, len(images), IMAGES_PER_CALL)
            ]
        )

    def query_features_of(self, catalogue):
        """Query features float32 `(queries, size)` of a catalogue's queries."""
        check_is_catalogue(catalogue)
        paths = catalogue.query_paths
        blocks = [np.empty((0, self.features.size), "float32")]
        with progress_bar(len(paths), "Looking at photos", "photo") as progress:
            for start in range(0, len(paths), IMAGES_PER_CALL):
                images = load_images(paths[start : start + IMAGES_PER_CALL], self.image_size)
                blocks.append(self._predict(images))
                progress.update(len(images))
        return np.concatenate(blocks)

    def __call__(self, images, k=50, among=None):
        """Searches the assortment.

        Args:
            images: a path, a PIL image, an RGB array in [0, 255], or a list or batch of them.
            k: number of articles wanted; more than there are gives all.
            among: ids of the articles to choose among, such as those in stock or of one category;
                default: all.

        Returns:
            A DataFrame with one row per found article, best first: `query` (0, 1, ...; position of
            the image), `article_id`, `score` (probability of a match, 0-1), `logit`, `rank` (1 is
            first, of those to choose among). Equal scores stand in the assortment's order.

        Raises:
            ImageError: if a photo can't be read.
            ValueError: if `k` is less than 1, or an id of `among` is not in the assortment.
        """
        return self.by_features(self.query_features(images), k, among)

    def by_features(self, query_features, k=50, among=None):
        """Searches for query features, float32 `(queries, size)`; else as a call with images."""
        found = self.index.search(query_features, k, among)
        rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in found)])
        logits = np.concatenate([np.empty(0, "float32"), *(logits for _, logits in found)])
        counts = np.array([len(rows) for rows, _ in found], np.int64)
        # the sigmoid, without overflow
        return pd.DataFrame(
            {
                "query": np.repeat(np.arange(len(found)), counts),
                "article_id": self.features.ids[rows],
                "score": np.exp(-np.logaddexp(0, -logits.astype("float64"))),
                "logit": logits,
                "rank": np.concatenate(
                    [np.empty(0, np.int64), *(np.arange(1, count + 1) for count in counts)]
                ),
            }
        )


def _compiled(model):
    """A function from images to a model's output, both arrays, without Keras code of its own."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return lambda images: np.asarray(
            model.predict_on_batch(images.astype("float32")), "float32"
        )
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *model.input_shape[1:]), "float32")]
    graph = tf.function(
        lambda images: tf.cast(model(images, training=False), "float32"), input_signature=signature
    )
    return lambda images: graph(tf.constant(images, "float32")).numpy()
