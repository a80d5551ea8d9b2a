"""How much better systems rank articles that they were trained on than articles new to them.

    python benchmarks/met_articles.py RUN [--queries 1000]

RUN is the folder of a run of `studio2shop reproduce --systems all`. Its test articles are one
assortment, as many of its training articles, drawn, the other; each is ranked for its own photos.
"""

import argparse

import keras
import numpy as np

from studio2shop import Retriever, evaluate, load_run


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", metavar="RUN")
    parser.add_argument(
        "--queries", type=int, default=1000, help="photos drawn for each assortment"
    )
    options = parser.parse_args(arguments)
    run = load_run(options.run)
    catalogue, test_ids = run.load_catalogue(), run.parts["test"]
    drawn = np.random.default_rng(0).permutation(run.parts["train"])[: len(test_ids)]
    assortments = {
        "training": catalogue.select_articles(drawn),
        "test": catalogue.select_articles(test_ids),
    }
    sizes = [f"{len(part.articles):,} {name} articles" for name, part in assortments.items()]
    print("median rank (top-1) of " + ", of ".join(sizes))
    for name, model in models_of(run):
        rows = [
            evaluate(Retriever(model, run.features.of(part)), part, options.queries).row()
            for part in assortments.values()
        ]
        cells = [f"{row['median']:10g} ({row['top_1']:.3f})" for row in rows]
        print(f"{name:32}", *cells, sep="", flush=True)


def models_of(run):
    """Name and model of each system that ranks the run's own article features."""
    yield "Studio2Shop", run.model
    for folder in sorted((run.folder / "systems").glob("*/")):
        if (
            (folder / "model.keras").exists()
            and not (folder / "features.npz").exists()
            and not folder.name.startswith("static")
        ):
            yield folder.name, keras.models.load_model(folder / "model.keras")


if __name__ == "__main__":
    main()
