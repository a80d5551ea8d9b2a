"""A finished run's networks for other programs: SavedModel, LiteRT or ONNX."""

import dataclasses
import pathlib

import numpy as np

from studio2shop.io.files import cannot_write, whole_folder
from studio2shop.io.images import load_images
from studio2shop.io.lock import only_writer_beside
from studio2shop.jobs.run import load_run
from studio2shop.jobs.startup import silenced_start
from studio2shop.models.export_formats import write_exported
from studio2shop.models.exported import INPUTS, ExportedModel
from studio2shop.retrieval.lite import MOST_OFF

ARTICLES = {"file": "articles.npz", "ids": "ids", "vectors": "vectors"}
MOST_LOGITS_OFF = 1e-4  # of a logit, or of 1 where that is smaller, as of the exact scorer's
NUM_PHOTOS, NUM_ARTICLES = 64, 1000  # that are compared


@dataclasses.dataclass(frozen=True)
class Exported:
    """What `export` wrote, and how much it differs from the Keras model.

    Attributes:
        folder: where it lies.
        features_off: largest difference of a value of a query feature.
        largest_feature: largest value of a query feature, for comparison.
        logits_off: largest difference of a logit, of the same query features.
        largest_logit: largest logit.
        num_photos, num_articles: how many of the run's own were compared.
    """

    folder: pathlib.Path
    features_off: float
    largest_feature: float
    logits_off: float
    largest_logit: float
    num_photos: int
    num_articles: int


def export(run_folder, format, out, announce=print):
    """Writes a run's query network, its match and its article features for other programs.

    Both networks take any number of photos and of articles. What was written is run and compared
    with Keras on up to 64 of the run's own photos and 1,000 of its articles.

    Args:
        run_folder: folder of a finished run; its photos must still be there.
        format: `"saved_model"`, `"litert"` or `"onnx"`.
        out: folder to write, new or empty. `ExportedModel(out)` runs it without Keras.
        announce: called with each line of text on what is done.

    Returns:
        An `Exported`.

    Raises:
        ValueError: if `out` holds something, the run's networks can't be written in this format, or
            what was written computes something else.
        ImportError: if the format's libraries are not installed.
        OSError: if the run is not finished, a photo is gone, the disk is full, or another process
            is writing to `out`.

    Example:
        export("my-run", "onnx", "my-run-onnx")
    """
    out = pathlib.Path(out)
    with only_writer_beside(out):
        _check_is_free(out)
        exported = _export(load_run(run_folder), format, out)
    _announce(exported, announce)
    return exported


def _check_is_free(out):
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(
            f"{str(out)!r} holds something already; name a new folder, or remove what is there."
        )


def _export(run, format, out):
    paths = run.load_catalogue().query_paths
    paths = paths[:: -(-len(paths) // NUM_PHOTOS)]
    images = load_images(paths, run.model.get_layer("query_feature").input_shape[1:3])
    features = run.retriever().features  # of a deployed run with what was added to its index
    try:
        with whole_folder(out) as unfinished, silenced_start():
            features.save(unfinished / ARTICLES["file"])
            write_exported(run.model, unfinished, format, ARTICLES)
            compared = compare(run.model, ExportedModel(unfinished), images, features.vectors)
    except OSError as error:
        raise error if error.errno is None else cannot_write(out, error) from error
    return Exported(out, *compared)


def compare(model, exported, images, vectors):
    """Runs a model and what was exported of it on the same photos and articles.

    Args:
        model: the Keras model.
        exported: its `ExportedModel`.
        images: RGB `(photos, height, width, 3)` in [0, 255].
        vectors: article features float32 `(articles, size)`, of which up to 1,000 are taken.

    Returns:
        What an `Exported` has behind its folder, in order.

    Raises:
        ValueError: if a value of a feature is more than 1e-3 off, or a logit more than 1e-4; of its
            size, or of 1 where that is smaller.
    """
    query_feature, matching = map(model.get_layer, INPUTS)
    images = images.astype("float32")
    vectors = vectors[:: -(-len(vectors) // NUM_ARTICLES)].astype("float32")
    own = _in_parts(query_feature.predict_on_batch, images)
    features = _in_parts(exported.query_features, images)
    features_off = _off("query features", features, own, MOST_OFF)
    # of the same features: what the match adds to their differences is its own
    articles, queries = vectors[np.newaxis], own[:, np.newaxis]
    own_logits = np.concatenate([matching.predict_on_batch([articles, one]) for one in queries])
    logits = np.concatenate([exported.logits(articles, one) for one in queries])
    logits_off = _off("logits", logits, own_logits, MOST_LOGITS_OFF)
    return (
        features_off,
        float(np.abs(own).max()),
        logits_off,
        float(np.abs(own_logits).max()),
        len(images),
        len(vectors),
    )


def _in_parts(function, images, size=16):
    parts = [images[start : start + size] for start in range(0, len(images), size)]
    return np.concatenate([np.asarray(function(part), "float32") for part in parts])


def _off(what, values, own, most):
    """The largest difference; a ValueError if it is too large for the size of the value."""
    off = np.abs(values - own)
    share = (off / np.maximum(1, np.abs(own))).max()
    if not share <= most:
        raise ValueError(
            f"The exported model's {what} are {share:.2g} off Keras' ({most:g} of a value, or of "
            "1 where that is smaller, is the most), so nothing was kept; take another format."
        )
    return float(off.max())


def _announce(exported, announce):
    announce(
        f"compared with Keras on {exported.num_photos} photos and {exported.num_articles:,} "
        f"articles: features differ by {exported.features_off:.2g} at most, of values up to "
        f"{exported.largest_feature:.3g}; logits by {exported.logits_off:.2g}, of up to "
        f"{exported.largest_logit:.3g}"
    )
    announce(f"exported: {exported.folder}; model.json in it says how to use it")
