"""The files of a run's folder, one by one: written, and read as what they should be."""

import pathlib

import numpy as np
import pandas as pd

from studio2shop.features.article_features import feature_extractor
from studio2shop.io.files import write_text
from studio2shop.io.given import check_path
from studio2shop.io.readers import read_csv, read_json, reading
from studio2shop.jobs.startup import silenced_start

SETTINGS = {
    "query_size": (list,),
    "seed": (int,),
    "backbone": (str, list),
    **dict.fromkeys(("catalogue", "attributes", "system", "deployed_from"), (str, type(None))),
    "added": (list, type(None)),
}
SUBMODELS = ("query_feature", "query_article_matching")


def write_split(path, catalogue, parts):
    """Writes which part each article and each query of a catalogue belongs to.

    Args:
        path: of the CSV file `kind,id,part`; kind is `article` or `query`.
        catalogue: the whole `Catalogue`.
        parts: dict of part to its `Catalogue`; what is in none of them is `dropped`.
    """
    tables = []
    for kind in ("article", "query"):
        part_of = pd.Series("dropped", index=getattr(catalogue, f"{kind}_ids"))
        for name, part in parts.items():
            part_of[getattr(part, f"{kind}_ids")] = name
        tables.append(pd.DataFrame({"kind": kind, "id": part_of.index, "part": part_of.to_numpy()}))
    write_text(path, pd.concat(tables).to_csv(index=False))


def read_parts(folder):
    """dict of part to the ids of its articles, from what `write_split` wrote."""
    path = folder / "split.csv"
    split = read_csv(path, ("kind", "id", "part"), dtype=str, keep_default_na=False)
    articles = split[split["kind"] == "article"]
    parts = {part: np.array(rows["id"]) for part, rows in articles.groupby("part")}
    with reading(path, "split of a run's articles"):
        if "train" not in parts:
            raise ValueError("it has no article of the part train")
    return parts


def read_attributes(folder):
    """dict of attribute to its labels, in the order of fDNA's outputs; empty without fDNA."""
    if not (folder / "fdna.keras").exists():
        return {}
    return read_json(folder / "attributes.json", {})


def read_networks(folder):
    """`(model, extractor)`: a run's Studio2Shop model, and what makes its article features."""
    with silenced_start():  # of TensorFlow, unless it is there
        from studio2shop.models.saved import load_model

    path = folder / "backbone.keras"
    path = path if path.exists() else folder / "fdna.keras"
    network = load_model(path)
    with reading(path, "network that makes article features"):
        extractor = feature_extractor(network)
        if len(extractor.input_shape) != 4 or len(extractor.output_shape) != 2:
            raise ValueError(f"it is from {extractor.input_shape} to {extractor.output_shape}")
    path = folder / "model.keras"
    model = load_model(path)
    with reading(path, "Studio2Shop model"):
        for name in SUBMODELS:
            model.get_layer(name)
    return model, extractor


def check_finished(folder, *others):
    """Raises FileNotFoundError if a run's folder is missing or lacks a model or another file."""
    check_path("folder", folder)
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{str(folder)!r}: there is no such folder; give the folder of a finished run."
        )
    extractor = "backbone.keras" if (folder / "backbone.keras").exists() else "fdna.keras"
    for name in (*others, "model.keras", extractor, "pca.npz", "features.npz", "split.csv"):
        if not (folder / name).exists():
            raise FileNotFoundError(
                f"{str(folder)!r} is no finished run: {name} is missing; run `studio2shop "
                f"reproduce --out {folder}` to its end."
            )
