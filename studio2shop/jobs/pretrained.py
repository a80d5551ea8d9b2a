"""The trained run that comes with the package: how it is packed, loaded and looked at."""

import dataclasses
import json
import pathlib
import sys

import numpy as np

from studio2shop.catalogue import Catalogue, load_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.files import whole_file, write_bytes, write_text
from studio2shop.io.readers import read_bytes
from studio2shop.models.pretrained import (
    FOLDER,
    WEIGHTS,
    checked_file,
    load_half,
    save_half,
    write_checksums,
)
from studio2shop.studio.settings import MARK

SUBMODELS = ("query_feature", "query_article_matching")
MEASURED = ["queries", "articles", "top_1", "top_10", "top_50", "average", "median"]
FEATURES, FACTS = "features.npz", "run.json"
TABLES = ("articles.csv", "queries.csv", "matches.csv", MARK)


@dataclasses.dataclass(frozen=True)
class PretrainedRun:
    """The run that comes with the package, of articles that it was not trained on.

    Attributes:
        model: the trained Studio2Shop model, on logits.
        features: `ArticleFeatures` of its test articles.
        facts: dict of what it was made with and what was measured.
        folder: where its files lie.
    """

    model: object
    features: ArticleFeatures
    facts: dict
    folder: pathlib.Path = FOLDER

    def retriever(self):
        """A `Retriever` of its test articles."""
        from studio2shop.retrieval import Retriever

        return Retriever(self.model, self.features)

    def write_catalogue(self, folder):
        """The test articles and their queries as a `Catalogue`, whose photos aren't rendered yet.

        Args:
            folder: where its tables are written; `render_photos` renders those that are wanted.

        Raises:
            ValueError: if the folder holds another catalogue.
        """
        folder = pathlib.Path(folder)
        tables = {name: checked_file(name, self.folder).read_bytes() for name in TABLES}
        mark = folder / MARK
        if mark.exists() and mark.read_bytes() != tables[MARK]:
            raise ValueError(f"{folder} holds another catalogue; give the name of a new folder.")
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in tables.items():
            write_bytes(folder / name, content)
        return load_catalogue(folder)


def load_pretrained(folder=FOLDER):
    """Loads the run that comes with the package.

    Args:
        folder: of another one that `pack` wrote.

    Returns:
        A `PretrainedRun`.

    Raises:
        FileNotFoundError, ValueError: if the installation lacks its files or they were changed.

    Example:
        >>> import studio2shop as s2s
        >>> search = s2s.load_pretrained().retriever()
        >>> len(search.features) > 1000
        True
    """
    from studio2shop.models.matching import build_query_article_matching
    from studio2shop.models.query_feature import build_query_feature
    from studio2shop.models.studio2shop import join_submodels

    facts = json.loads(checked_file(FACTS, folder).read_text(encoding="utf-8"))
    settings = facts["settings"]
    with np.load(checked_file(FEATURES, folder)) as arrays:
        features = ArticleFeatures(arrays["ids"], arrays["vectors"])
    shape = (*settings["query_size"], 3)
    query_feature = build_query_feature(
        shape, features.size, settings["backbone"], None, settings["head"], 0.0, SUBMODELS[0]
    )
    matching = build_query_article_matching(features.size, match_activation=None)
    for submodel in (query_feature, matching):
        load_half(submodel, checked_file(WEIGHTS, folder))
    return PretrainedRun(join_submodels(query_feature, matching), features, facts, folder)


def pack(run_folder, folder=FOLDER):
    """Packs what the package brings of a finished run: weights and features in float16, tables.

    Args:
        run_folder: of a run at the scale `"pretraining"`.
        folder: where to.

    Returns:
        The share of the best 50 articles of the test queries that float16 leaves the same.
    """
    from studio2shop.jobs.run import load_run
    from studio2shop.retrieval import Retriever

    run, folder = load_run(run_folder), pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    catalogue = run.load_catalogue()
    test = catalogue.select_articles(run.parts["test"])
    features = run.features.of(test)
    save_half([run.model.get_layer(name) for name in SUBMODELS], folder / WEIGHTS)
    with whole_file(folder / FEATURES) as unfinished:
        np.savez_compressed(
            unfinished, ids=features.ids, vectors=features.vectors.astype("float16")
        )
    for name in TABLES[:3]:
        table = getattr(test, name.partition(".")[0])
        write_text(folder / name, table.to_csv(index=False))
    write_bytes(folder / MARK, read_bytes(catalogue.folder / MARK, "mark of a rendering"))
    write_text(folder / FACTS, json.dumps(_facts(run), indent=1) + "\n")
    write_checksums(folder)
    return _agreement(Retriever(run.model, features), load_pretrained(folder).retriever(), test)


def _facts(run):
    import keras
    import pandas as pd

    table = pd.read_csv(run.folder / "table3.csv")
    row = table.loc[table["system"] == run.system, MEASURED].iloc[0]
    measured = {name: round(float(value), 4) for name, value in row.items()}
    settings = {name: value for name, value in run.settings.items() if value is not None}
    return {"settings": settings, "test": measured, "keras": keras.__version__}


def _agreement(search, half, test: Catalogue):
    """The share of the best 50 that two retrievers have in common, over all test queries."""
    best = [
        retriever.by_features(retriever.query_features_of(test))[["query", "article_id"]]
        for retriever in (search, half)
    ]
    return len(best[0].merge(best[1])) / len(best[0])


if __name__ == "__main__":
    print(f"{pack(sys.argv[1]):.4f} of the best 50 articles are the same in half precision")
