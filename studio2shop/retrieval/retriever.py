"""Finding the articles worn in a photo."""

import numpy as np
import pandas as pd

from studio2shop.image_batch import as_image_batch
from studio2shop.images import load_images
from studio2shop.retrieval.scorer import ExactScorer

IMAGES_PER_CALL = 64


class Retriever:
    """Ranks a whole assortment for a photo: `search(image, k=50)`.

    Args:
        model: a Studio2Shop model, as `build_studio2shop` makes it; ranking is by logits whether it ends in a sigmoid
            or not.
        features: `ArticleFeatures` of the assortment, as the model was trained on.

    Raises:
        ValueError: if model and features don't belong together.

    Example:
        >>> search = Retriever(model, features.of(test))
        >>> search("photo.jpg", k=5)[["article_id", "score", "rank"]]
    """

    def __init__(self, model, features):
        self.features = features
        self.query_feature = model.get_layer("query_feature")
        self.scorer = ExactScorer(model.get_layer("query_article_matching"), features.vectors)
        self.image_size = self.query_feature.input_shape[1:3]

    def query_features(self, images):
        """Query features `(batch, size)` of images: files, PIL images or arrays, one or several."""
        images = as_image_batch(images, self.image_size)
        return np.concatenate(
            [self._predict(images[start : start + IMAGES_PER_CALL]) for start in range(0, len(images), IMAGES_PER_CALL)]
        )

    def query_features_of(self, catalogue):
        """Query features of all of a catalogue's queries, `(queries, size)`, decoded a block at a time."""
        paths = catalogue.query_paths
        blocks = [np.empty((0, self.features.size), "float32")]
        for start in range(0, len(paths), IMAGES_PER_CALL):
            blocks.append(self._predict(load_images(paths[start : start + IMAGES_PER_CALL], self.image_size)))
        return np.concatenate(blocks)

    def _predict(self, images):
        # compiled: called as a function, a model keeps each layer's output until its end, gigabytes for 64 photos
        return self.query_feature.predict_on_batch(images.astype("float32")).astype("float32")

    def __call__(self, images, k=50):
        """Searches the assortment.

        Args:
            images: a path, a PIL image, an RGB array in [0, 255], or a list or batch of them.
            k: number of articles wanted; more than there are gives all.

        Returns:
            A DataFrame with a row a found article, best first: `query` (0, 1, ...; position of the image), `article_id`,
            `score` (probability of a match, 0-1), `logit`, `rank` (1 is first). Equal scores stand in the assortment's order.
        """
        if k < 1:
            raise ValueError(f"`k` must be at least 1; received {k}.")
        logits = self.scorer.scores(self.query_features(images))
        best = np.argsort(-logits, axis=1, kind="stable")[:, :k]
        found = np.take_along_axis(logits, best, axis=1)
        num_queries, num_found = best.shape
        return pd.DataFrame(
            {
                "query": np.repeat(np.arange(num_queries), num_found),
                "article_id": self.features.ids[best.ravel()],
                "score": np.exp(-np.logaddexp(0, -found.ravel().astype("float64"))),  # the sigmoid, without overflow
                "logit": found.ravel(),
                "rank": np.tile(np.arange(1, num_found + 1), num_queries),
            }
        )
