"""Two-stage search beside the exact one, on the features of a trained run: speed at an agreement of 0.999.

    python benchmarks/two_stage.py RUN FOLDER

RUN is a finished run on the embedded studio. Of another seed, 50,000 articles that it never saw and 2,000 queries are
rendered and described by its networks (10 minutes on 2 cores); towers are distilled on the training queries and the
assortment's features (5 minutes). All of it is kept in FOLDER and used again. Agreement is the share of the exact best 50
that two stages find, over queries that no tower was distilled on.
"""

import argparse
import pathlib
import types

import keras
import numpy as np
from exact_scorer import fastest_milliseconds, time_of

from studio2shop import (
    ArticleFeatures,
    Index,
    Retriever,
    distil_towers,
    load_run,
    paper,
    plots,
    render_catalogue,
)
from studio2shop.evaluation import candidate_agreement
from studio2shop.retrieval import best_rows
from studio2shop.retrieval.candidates import METHODS

NUM_QUERIES, NUM_STEPS, WANTED = 2_000, 8_000, 0.999
COUNTS = (50, 100, 200, 300, 400, 500, 600, 700, 800, 1000, 1250, 1500, 2000)


def make_material(run_folder, folder, num_articles, num_steps):
    """Renders, describes and distils what is not in the folder yet."""
    run = load_run(run_folder)
    if not (folder / "features.npz").exists():
        catalogue = render_catalogue(folder / "studio", num_articles, NUM_QUERIES, run.model.input_shape[0][1:3], run.settings["seed"] + 1)
        search = Retriever(run.model, run.features)
        np.save(folder / "query_features.npy", search.query_features_of(catalogue))
        training = run.load_catalogue().select_articles(run.parts["train"])
        np.save(folder / "training_query_features.npy", search.query_features_of(training))
        run.article_features(catalogue).save(folder / "features.npz")
    run.model.save(folder / "model.keras")
    if not (folder / "towers.keras").exists():
        features = ArticleFeatures.load(folder / "features.npz")
        distil_towers(run.model, np.load(folder / "training_query_features.npy"), features, num_steps).save(folder / "towers.keras")


def load_material(folder):
    """What `make_material` left: the model, its matching submodel, features, query features, towers."""
    import studio2shop.losses  # noqa: F401  registers what model files name
    import studio2shop.models.layers  # noqa: F401

    folder = pathlib.Path(folder)
    model = keras.models.load_model(folder / "model.keras")
    return types.SimpleNamespace(
        model=model,
        matching=model.get_layer("query_article_matching"),
        features=ArticleFeatures.load(folder / "features.npz"),
        query_features=np.load(folder / "query_features.npy"),
        towers=keras.models.load_model(folder / "towers.keras"),
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--articles", type=int, default=paper.TABLE_3_NUM_ARTICLES)
    parser.add_argument("--steps", type=int, default=NUM_STEPS, help="of distilling the towers")
    parser.add_argument("--queries", type=int, default=500, help="over which agreement is measured")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    seconds = time_of(lambda: make_material(options.run, options.folder, options.articles, options.steps))
    material = load_material(options.folder)
    queries = material.query_features[: options.queries]
    print(f"{len(material.features):,} articles, {len(queries)} queries; made or found in {seconds:.0f} s", flush=True)
    indexes = {"exact": Index(material.model, material.features)}
    exact = [best_rows(indexes["exact"].scores(queries[start : start + 64]), 50) for start in range(0, len(queries), 64)]
    exact = np.concatenate(exact)
    tables = {}
    for method in METHODS:
        index = indexes[method] = Index(material.model, material.features, material.towers, method=method)
        tables[method] = candidate_agreement(index.candidates, index.scorer, queries, COUNTS)
        enough = tables[method]["candidates"][tables[method]["agreement"] >= WANTED]
        index.num_candidates = int(enough.min()) if len(enough) else COUNTS[-1]
    towers = tables["product"]
    print(towers.to_string(index=False, float_format="{:.5f}".format))
    order = iter(np.random.default_rng(0).integers(0, len(queries), 1_000_000))
    works = {name: lambda index=index: index.search(queries[(row := next(order)) : row + 1], 50) for name, index in indexes.items()}
    milliseconds = fastest_milliseconds(works, 50)
    print(f"one query, best 50, fastest of 50 in turns; candidates as needed for an agreement of {WANTED}")
    for name, index in indexes.items():
        found = np.array([rows for rows, _ in index.search(queries, 50)])
        agreement = np.mean([np.isin(best, of_query).mean() for best, of_query in zip(exact, found)])
        of = "" if name == "exact" else f"{index.num_candidates:5,} candidates, agreement {agreement:.5f}, "
        print(f"{name:8} {milliseconds[name]:7.2f} ms   {of}{milliseconds['exact'] / milliseconds[name]:.1f} times as fast as exact")
    plots.agreement({"towers": tables["product"], "towers, faiss IVF": tables["ivf"], "towers, faiss HNSW": tables["hnsw"]}).savefig(options.folder / "agreement.png", dpi=110)
    return tables, milliseconds


if __name__ == "__main__":
    main()
