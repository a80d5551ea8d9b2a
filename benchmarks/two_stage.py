"""Two-stage search beside the exact one: how much faster at 0.999 of the exact top-50.

    python benchmarks/two_stage.py RUN [--cache DIR] [--catalogue DIR]

Of 50,000 articles that RUN was never trained on (rendered with another seed, about ten minutes on 2
cores, or those of a catalogue), towers are distilled (three minutes). All is kept in DIR and used
again. The number of candidates is chosen on half of the queries, and what is printed was measured
on the others. Where RUN trained all systems (`--systems all`), its linear ones are tried as the
first stage too, as the paper suggests, each by its own query features. Writes agreement.csv and
agreement.png into DIR.
"""

import argparse
import itertools
import pathlib

import numpy as np
import pandas as pd
from material import add_options, load_material

from studio2shop import Index, candidate_agreement, plots
from studio2shop.evaluation import stopwatch
from studio2shop.retrieval.candidates import METHODS, CandidateStage

WANTED, K, MOST_QUERIES = 0.999, 50, 400
NUMS = (50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", metavar="RUN", help="the folder of a finished run")
    parser.add_argument("--repetitions", metavar="N", type=int, default=50)
    add_options(parser)
    options = parser.parse_args(arguments)
    material = load_material(
        options.run,
        options.cache,
        options.catalogue,
        options.articles,
        options.queries,
        options.steps,
    )
    chosen_on, measured_on = np.array_split(material.query_features[:MOST_QUERIES], 2)
    print(
        (
            f"{len(material.features):,} articles; candidates chosen on {len(chosen_on)} queries, "
            f"measured on {len(measured_on)} others"
        ),
        flush=True,
    )

    nums = [num for num in NUMS if num < len(material.features)] + [len(material.features)]
    dot_product = plain_dot_product(material.features.vectors)
    exact = Index(material.model, material.features)
    indexes, tables = {"exact": exact}, {}

    def agreement_of(first_stage, own=None):
        return candidate_agreement(first_stage, exact.scorer, chosen_on, nums, (10, K), own)

    for method in METHODS:
        try:
            index = Index(material.model, material.features, material.towers, method=method)
        except ImportError as error:
            print(f"{method}: left out, {error}")
            continue
        indexes[method] = index
        tables[f"towers, {method}"] = agreement_of(index.candidates)
    tables["plain dot product"] = agreement_of(dot_product)
    for name, own in material.linear_query_features.items():
        tables[name] = agreement_of(dot_product, own[: len(chosen_on)])
    agreement = pd.concat(tables, names=["first stage"]).droplevel(1).reset_index()
    columns = agreement.pivot(
        index="num_candidates", columns=["first stage", "k"], values="agreement"
    )
    print(columns.to_string(float_format="{:.4f}".format), flush=True)
    for method, index in list(indexes.items())[1:]:
        table = tables[f"towers, {method}"]
        enough = table[(table["k"] == K) & (table["agreement"] >= WANTED)]["num_candidates"]
        index.num_candidates = int(enough.min())  # all articles are enough in any case
    report(indexes, measured_on, options.repetitions)
    agreement.to_csv(pathlib.Path(options.cache, "agreement.csv"), index=False)
    drawn = ("towers, product", *material.linear_query_features, "plain dot product")
    figure = plots.agreement({name: tables[name] for name in drawn})
    figure.savefig(pathlib.Path(options.cache, "agreement.png"), dpi=150)
    return agreement


def plain_dot_product(vectors):
    """The first stage that needs no training: query feature times article features."""
    identity = np.eye(vectors.shape[1], dtype="float32"), np.zeros(vectors.shape[1], "float32")
    return CandidateStage((identity,), (identity,), vectors)


def report(indexes, queries, repetitions):
    """Prints each index' time of one query, and what it finds of the exact top-50."""
    works = {}
    for name, index in indexes.items():
        rows = itertools.cycle(range(len(queries)))
        works[name] = lambda index=index, rows=rows: index.search(queries[[next(rows)]], K)
    seconds = stopwatch.interleaved(works, repetitions)
    best = [rows for rows, _ in indexes["exact"].search(queries, K)]
    print(
        f"one query's matching, median (least) of {repetitions}; "
        f"bare product {stopwatch.product_gigaflops():.0f} GFLOP/s"
    )
    for name, index in indexes.items():
        found = [rows for rows, _ in index.search(queries, K)]
        share = np.mean([np.isin(exact, rows).mean() for exact, rows in zip(best, found)])
        median, least = np.median(seconds[name]), seconds[name].min()
        print(f"{name:8} {1000 * median:8.2f} ms ({1000 * least:.2f})", end="")
        if name != "exact":
            print(
                f"  {np.median(seconds['exact']) / median:5.1f} x as fast as exact, "
                f"{index.num_candidates:6,} candidates, {share:.5f} of the exact top-50",
                end="",
            )
        print()


if __name__ == "__main__":
    main()
