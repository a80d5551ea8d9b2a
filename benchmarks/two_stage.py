"""Two-stage search beside the exact one, on a trained run's features: how much faster at 0.999 of the exact top-50.

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
from studio2shop.evaluation import timings
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
        f"{len(material.features):,} articles; candidates chosen on {len(chosen_on)} queries, measured on {len(measured_on)} others",
        flush=True,
    )

    indexes, tables = {"exact": Index(material.model, material.features)}, {}
    nums = [num for num in NUMS if num < len(material.features)] + [len(material.features)]
    for method in METHODS:
        try:
            index = Index(material.model, material.features, material.towers, method=method)
        except ImportError as error:
            print(f"{method}: left out, {error}")
            continue
        indexes[method], tables[f"towers, {method}"] = (
            index,
            candidate_agreement(index.candidates, index.scorer, chosen_on, nums, (10, K)),
        )
    tables["plain dot product"] = candidate_agreement(
        plain_dot_product(material.features.vectors),
        indexes["exact"].scorer,
        chosen_on,
        nums,
        (10, K),
    )
    for name, own in material.linear_query_features.items():
        first_stage = plain_dot_product(material.features.vectors)
        tables[name] = candidate_agreement(
            first_stage, indexes["exact"].scorer, chosen_on, nums, (10, K), own[: len(chosen_on)]
        )
    agreement = pd.concat(tables, names=["first stage"]).droplevel(1).reset_index()
    print(
        agreement.pivot(
            index="num_candidates", columns=["first stage", "k"], values="agreement"
        ).to_string(float_format="{:.4f}".format),
        flush=True,
    )
    for method, index in list(indexes.items())[1:]:
        table = tables[f"towers, {method}"]
        enough = table[(table["k"] == K) & (table["agreement"] >= WANTED)]["num_candidates"]
        index.num_candidates = int(enough.min())  # all articles are enough in any case
    report(indexes, measured_on, options.repetitions)
    agreement.to_csv(pathlib.Path(options.cache, "agreement.csv"), index=False)
    plots.agreement(
        {
            name: tables[name]
            for name in ("towers, product", *material.linear_query_features, "plain dot product")
        }
    ).savefig(pathlib.Path(options.cache, "agreement.png"), dpi=150)
    return agreement


def plain_dot_product(vectors):
    """The first stage that needs no training: query feature times article features."""
    identity = np.eye(vectors.shape[1], dtype="float32"), np.zeros(vectors.shape[1], "float32")
    return CandidateStage((identity,), (identity,), vectors)


def report(indexes, queries, repetitions):
    """Prints each index' time of one query, another one each time, and what it finds of the exact top-50."""
    works = {}
    for name, index in indexes.items():
        rows = itertools.cycle(range(len(queries)))
        works[name] = lambda index=index, rows=rows: index.search(
            queries[(row := next(rows)) : row + 1], K
        )
    seconds = timings.interleaved(works, repetitions)
    best = [rows for rows, _ in indexes["exact"].search(queries, K)]
    print(
        f"one query's matching, median (least) of {repetitions}; bare product {timings.product_gigaflops():.0f} GFLOP/s"
    )
    for name, index in indexes.items():
        found = [rows for rows, _ in index.search(queries, K)]
        share = np.mean([np.isin(exact, rows).mean() for exact, rows in zip(best, found)])
        median, least, faster = (
            1000 * np.median(seconds[name]),
            1000 * seconds[name].min(),
            np.median(seconds["exact"]) / np.median(seconds[name]),
        )
        of = (
            ""
            if name == "exact"
            else f"  {faster:5.1f} x as fast as exact, {index.num_candidates:6,} candidates, {share:.5f} of the exact top-50"
        )
        print(f"{name:8} {median:8.2f} ms ({least:.2f}){of}")


if __name__ == "__main__":
    main()
