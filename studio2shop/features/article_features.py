"""Title images -> article features: a network's activations, reduced by PCA (Section 3)."""

import dataclasses
import functools

import numpy as np

from studio2shop import paper
from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.features.activations import compute_activations
from studio2shop.features.reduction import Reduction
from studio2shop.io.files import whole_file
from studio2shop.io.given import as_numbers, check_ids, check_type
from studio2shop.io.images import load_images
from studio2shop.io.readers import NUMBERS, read_arrays, reading
from studio2shop.io.words import quoted


@dataclasses.dataclass(frozen=True, eq=False)
class ArticleFeatures:
    """Feature vectors of articles, never parted from their ids.

    Attributes:
        ids: `(articles,)` strings, unique.
        vectors: float32 `(articles, size)`, finite.
    """

    ids: np.ndarray
    vectors: np.ndarray

    def __post_init__(self):
        ids = np.asarray(self.ids, dtype=str)
        vectors = as_numbers("vectors", self.vectors, "(articles, size)")
        if vectors.ndim != 2 or ids.shape != vectors.shape[:1]:
            num_ids = f"{len(ids)} ids" if ids.ndim == 1 else "no list of ids"
            raise ValueError(
                "`vectors` must be (articles, size) with one row per id; "
                f"received {vectors.shape} for {num_ids}."
            )
        if len(set(ids.tolist())) < len(ids):
            values, counts = np.unique(ids, return_counts=True)
            raise ValueError(
                f"`ids` must be unique; article {quoted(values[counts > 1][0])} occurs "
                f"{counts.max()} times."
            )
        bad = ~np.isfinite(vectors).all(axis=1)
        if bad.any():
            raise ValueError(
                f"`vectors` must be finite; {bad.sum()} rows are not, "
                f"the first of article {quoted(ids[bad][0])}. Extract them anew or leave them out."
            )
        object.__setattr__(self, "ids", ids)
        object.__setattr__(self, "vectors", vectors)

    @classmethod
    def unchecked(cls, ids, vectors):
        """Features of arrays that were checked before, such as memory-mapped ones, unread."""
        features = cls.__new__(cls)
        object.__setattr__(features, "ids", ids)
        object.__setattr__(features, "vectors", vectors)
        return features

    @functools.cached_property
    def _rows(self):
        return {article_id: row for row, article_id in enumerate(self.ids.tolist())}

    def __len__(self):
        return len(self.ids)

    @property
    def size(self):
        """Number of values per article."""
        return self.vectors.shape[1]

    def rows(self, article_ids):
        """Row of each of `article_ids`; a ValueError names the first that has no features."""
        check_ids(article_ids)
        try:
            return np.array([self._rows[article_id] for article_id in article_ids], dtype=np.int64)
        except KeyError as error:
            raise ValueError(
                f"There are no features of article {quoted(error.args[0])}; "
                f"{len(self)} articles have some. Extract them from the catalogue that has it."
            ) from error
        except TypeError as error:
            raise ValueError(
                "Expected a list of ids, received one of lists or other objects: ids are text."
            ) from error

    def of(self, articles):
        """The features of a catalogue's articles, in its order; also takes a sequence of ids."""
        ids = getattr(articles, "article_ids", articles)
        return ArticleFeatures(ids, self.vectors[self.rows(ids)])

    def reduce(self, size=paper.FEATURE_SIZE, fit_on=None):
        """PCA to `size` values, fitted on the articles of the catalogue `fit_on`; default: all."""
        fitted = self if fit_on is None else self.of(fit_on)
        return self.reduced_by(Reduction.fit(fitted.vectors, size))

    def reduced_by(self, reduction):
        """The features after a `Reduction` that was fitted before."""
        check_type("reduction", reduction, Reduction, "a Reduction, as `Reduction.fit` makes it")
        return ArticleFeatures(self.ids, reduction.apply(self.vectors))

    def save(self, path):
        """Writes ids and vectors to one `.npz` file, whole or not at all."""
        with whole_file(path) as unfinished:
            np.savez(unfinished, ids=self.ids, vectors=self.vectors)

    @classmethod
    def load(cls, path):
        """Reads what `save` wrote; a ValueError names a file that is none or is broken."""
        arrays = read_arrays(path, {"ids": ("U", 1), "vectors": (NUMBERS, 2)})
        with reading(path, "article features"):
            return cls(arrays["ids"], arrays["vectors"])


def check_is_features(features):
    """Refuses, in a sentence, what are no `ArticleFeatures`."""
    check_type(
        "features", features, ArticleFeatures, "ArticleFeatures, as `extract_features` gives them"
    )


def feature_extractor(model):
    """The part of a model that makes article features.

    Args:
        model: an fDNA network, of which the activations of the layer `fDNA` are taken (Table 5); or
            any Keras model from images to a map, which is averaged over the picture, or to vectors.

    Returns:
        A `keras.Model` from RGB images in [0, 255] to `(batch, size)`.
    """
    import keras

    check_type("model", model, keras.Model, "a Keras model from images to features")
    if any(layer.name == "fDNA" for layer in model.layers):
        return keras.Model(model.inputs[0], model.get_layer("fDNA").output, name="fdna_activations")
    if len(model.output_shape) == 4:
        return keras.Model(
            model.inputs[0],
            keras.layers.GlobalAveragePooling2D(name="pool")(model.outputs[0]),
            name="pooled_activations",
        )
    return model


def extract_features(model, catalogue, folder=None):
    """Runs a network over a catalogue's title images.

    Args:
        model: as in `feature_extractor`. Images are stretched to its input size.
        catalogue: a `Catalogue`.
        folder: where to keep finished chunks, so that a stopped extraction goes on; default: in
            memory only.

    Returns:
        `ArticleFeatures` of the network's own width, such as 1536 for fDNA; `.reduce(128,
        fit_on=train)` follows.
    """
    check_is_catalogue(catalogue)
    extractor = feature_extractor(model)
    ids, paths, image_size = (
        catalogue.article_ids,
        catalogue.article_paths,
        extractor.input_shape[1:3],
    )

    def load(positions):
        return load_images([paths[position] for position in positions], image_size)

    activations = compute_activations(extractor, ids, load, folder, dtype="float32")
    return ArticleFeatures(ids, activations.take(ids))


def reduced_features(model, catalogue, train, folder=None):
    """A network's activations of all title images, reduced as the training articles tell.

    Args:
        model, catalogue, folder: as in `extract_features`.
        train: the training `Catalogue`, on which the reduction is fitted.

    Returns:
        `ArticleFeatures` of 128 values, fewer with few training articles or a narrow network; and
        the fitted `Reduction`.
    """
    from studio2shop.models.descriptor_layers import (
        block_sizes,  # imports Keras, which takes seconds
    )

    activations = extract_features(model, catalogue, folder)
    training = activations.of(train)
    size = min(paper.FEATURE_SIZE, len(training) - 1, training.size)
    reduction = Reduction.fit(training.vectors, size, block_sizes(feature_extractor(model)))
    return activations.reduced_by(reduction), reduction
