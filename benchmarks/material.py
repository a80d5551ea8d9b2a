"""What the benchmarks measure on: a big assortment that a run was not trained on, kept."""

import dataclasses
import json
import pathlib

import keras
import numpy as np

from studio2shop import (
    ArticleFeatures,
    Retriever,
    distil_towers,
    load_catalogue,
    load_run,
    render_catalogue,
)
from studio2shop.io.files import write_text
from studio2shop.jobs.fingerprints import fingerprint
from studio2shop.training.table2 import SYSTEMS, on_features


@dataclasses.dataclass(frozen=True)
class Material:
    """A run's model, and what it sees of an assortment and of queries that it was not trained on.

    `towers` are distilled from the model. `linear_query_features` are the queries' by the run's
    systems with a linear match, where it trained all systems: dict of system to float32 `(queries,
    size)`.
    """

    model: keras.Model
    features: ArticleFeatures
    query_features: np.ndarray
    towers: keras.Model
    linear_query_features: dict


def load_material(
    run_folder,
    cache,
    catalogue_folder=None,
    num_articles=50_000,
    num_queries=1_000,
    num_steps=4_000,
):
    """Makes what is missing in a folder, and loads it.

    Args:
        run_folder: of a finished run.
        cache: folder where features and towers are kept, made if missing.
        catalogue_folder: a catalogue of photos; default: one rendered below `cache` with another
            seed than the run's.
        num_articles, num_queries: sizes of the rendered one.
        num_steps: of distilling.

    Returns:
        A `Material`.

    Raises:
        ValueError: if the folder's files were made otherwise.
    """
    run = load_run(run_folder)
    cache = pathlib.Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    names = ("model.keras", "fdna.keras", "backbone.keras", "pca.npz")
    networks = [run.folder / name for name in names if (run.folder / name).exists()]
    rendered = f"{num_articles} articles and {num_queries} queries, rendered"
    source = str(catalogue_folder) if catalogue_folder else rendered
    made = json.dumps(
        {"networks": fingerprint(*networks), "assortment": source, "distilling": num_steps}
    )
    record = cache / "material.json"
    if record.exists() and record.read_text() != made:
        raise ValueError(
            f"{str(cache)!r} was made of another run or with other options: {record.read_text()}, "
            f"not {made}; name another folder as --cache."
        )
    write_text(record, made)

    search = Retriever(run.model, run.features)
    linear = {name: cache / f"{name}-query_features.npy" for name in linear_systems(run)}
    kept = [cache / "features.npz", cache / "query_features.npy", *linear.values()]
    if not all(path.exists() for path in kept):
        if catalogue_folder:
            catalogue = load_catalogue(catalogue_folder)
        else:
            catalogue = render_catalogue(
                cache / "studio",
                num_articles,
                num_queries,
                run.model.input_shape[0][1:3],
                run.settings["seed"] + 1,
            )
        np.save(cache / "query_features.npy", search.query_features_of(catalogue))
        for name, path in linear.items():
            model = keras.models.load_model(run.folder / "systems" / name / "model.keras")
            scale = keras.ops.convert_to_numpy(
                model.get_layer("query_article_matching").get_layer("dot_product").scale
            )
            np.save(path, Retriever(model, run.features).query_features_of(catalogue) * scale)
        run.article_features(catalogue).save(cache / "features.npz")
    features = ArticleFeatures.load(cache / "features.npz")
    if not (cache / "towers.keras").exists():
        train = run.load_catalogue().select_articles(run.parts["train"])
        distil_towers(run.model, search.query_features_of(train), features, num_steps).save(
            cache / "towers.keras"
        )
    towers = keras.models.load_model(cache / "towers.keras")
    return Material(
        run.model,
        features,
        np.load(cache / "query_features.npy"),
        towers,
        {name: np.load(path) for name, path in linear.items()},
    )


def linear_systems(run):
    """Names of the run's systems with a linear match on its own article features, if any."""
    own = "fDNA" if run.settings["article_features"] == "fdna" else run.settings["backbone"]
    names = (
        on_features(system, own).name
        for system in SYSTEMS
        if system.features == "fDNA" and system.matching == "linear"
    )
    return [name for name in names if (run.folder / "systems" / name / "model.keras").exists()]


def add_options(parser):
    """Adds the options of `load_material` to a script's parser."""
    parser.add_argument(
        "--cache",
        metavar="DIR",
        default="benchmark-material",
        help="where features and towers are kept",
    )
    parser.add_argument(
        "--catalogue",
        metavar="DIR",
        help="a catalogue of photos that the run was not trained on; a rendered one if not given",
    )
    parser.add_argument("--articles", metavar="N", type=int, default=50_000)
    parser.add_argument("--queries", metavar="N", type=int, default=1_000, help="to render")
    parser.add_argument(
        "--steps", metavar="N", type=int, default=4_000, help="of distilling the towers"
    )
