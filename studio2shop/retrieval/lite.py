"""A trained model in a form that searches without TensorFlow, whose start takes seconds."""

import hashlib
import pathlib

import numpy as np

from studio2shop.io.files import whole_file, write_text
from studio2shop.io.readers import reading
from studio2shop.io.words import quoted
from studio2shop.models.exported import INPUTS, LiteNetwork
from studio2shop.retrieval.matching_file import read_matching, write_matching
from studio2shop.retrieval.threads import NUM_WORKERS

NETWORK, CHECKSUM, MATCHING = "query_feature.tflite", "query_feature.sha256", "matching.npz"
LITE_FILES = [NETWORK, CHECKSUM, MATCHING]
MOST_OFF = 1e-3  # of a query feature's value, or of 1 where that is smaller


class LiteModel:
    """What a search needs of a Studio2Shop model: `Index` and `Retriever` take it in its place.

    The query-feature submodel is run by LiteRT, the match by NumPy as always. Several threads may
    use it at once.

    Args:
        folder: where `write_lite_model` wrote its files.

    Attributes:
        image_size: `(height, width)` of the photos, in pixels.
        matching: the match as a `SplitMatching`.

    Raises:
        OSError, ValueError: if a file is missing or broken, in one sentence.
    """

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.matching = read_matching(folder / MATCHING)
        self._network = _network(folder)
        (shape,) = self._network.input_shapes
        self.image_size = tuple(shape[1:3])
        self.query_features(np.zeros(shape, "float32"))  # what the first photo would wait for

    def query_features(self, images):
        """Query features float32 `(batch, size)` of images `(batch, height, width, 3)`, 0-255."""
        return self._network(images)


def _network(folder):
    with reading(folder / CHECKSUM, f"checksum of {NETWORK}"):
        expected = (folder / CHECKSUM).read_text(encoding="ascii")
    with reading(folder / NETWORK, "LiteRT network"):
        content = (folder / NETWORK).read_bytes()
        # of a damaged network LiteRT computes something else, or ends the process
        if _checksum(content) != expected:
            raise ValueError(f"{CHECKSUM} is of another one")
        return LiteNetwork(content, NUM_WORKERS)


def _checksum(content):
    """One line, as `sha256sum --check` reads it."""
    return f"{hashlib.sha256(content).hexdigest()}  {NETWORK}\n"


def write_lite_model(model, folder):
    """Writes a model's `LITE_FILES`, and compares their query features with the model's own.

    Args:
        model: a trained Studio2Shop model.
        folder: where to; after an error, what lies there is of no use.

    Raises:
        ValueError: if LiteRT computes something else than Keras, or the backend can't convert.
    """
    from studio2shop.models.export_formats import write_network  # these start Keras
    from studio2shop.retrieval.weights import split_matching

    folder, query_feature = pathlib.Path(folder), model.get_layer("query_feature")
    with whole_file(folder / NETWORK) as unfinished:
        write_network(query_feature, unfinished, "litert", INPUTS["query_feature"])
    write_text(folder / CHECKSUM, _checksum((folder / NETWORK).read_bytes()))
    write_matching(split_matching(model.get_layer("query_article_matching")), folder / MATCHING)
    shape = (3, *query_feature.input_shape[1:])
    images = np.random.default_rng(0).integers(0, 256, shape).astype("float32")
    own = np.asarray(query_feature.predict_on_batch(images), "float32")
    off = np.abs(LiteModel(folder).query_features(images) - own) / np.maximum(1, np.abs(own))
    if not off.max() <= MOST_OFF:
        raise ValueError(
            f"LiteRT's query features are {off.max():.2g} off, {MOST_OFF} is the most."
        )


def matching_of(model):
    """What `ExactScorer` takes of a model, Keras' or a `LiteModel`: its match."""
    if isinstance(model, LiteModel):
        return model.matching
    layers = {layer.name: layer for layer in getattr(model, "layers", ())}
    if "query_article_matching" not in layers:
        raise ValueError(
            "`model` must be a Studio2Shop model, as `build_studio2shop` and `load_run` give it; "
            f"received {quoted(getattr(model, 'name', model))}."
        )
    return layers["query_article_matching"]


def feature_size_of(model):
    """Size of the features that a model, Keras' or a `LiteModel`, was made for."""
    if isinstance(model, LiteModel):
        return model.matching.feature_size
    return matching_of(model).inputs[0].shape[-1]
