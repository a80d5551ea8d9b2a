"""The command `studio2shop timings`: Figure 9 measured on this machine, written and told."""

import pathlib

from studio2shop import paper, plots
from studio2shop.evaluation.stopwatch import product_gigaflops
from studio2shop.evaluation.timings import (
    REPETITIONS,
    build_indexes,
    grown_features,
    measure_timings,
    one_query_steps,
    random_features,
)
from studio2shop.io.files import write_text
from studio2shop.jobs.machine import PEAK, machine_facts
from studio2shop.jobs.run import load_run
from studio2shop.models.studio2shop import build_studio2shop

STAGES = {
    "both": "query features and matching",
    "query-feature": "query features alone",
    "matching": "matching alone",
}


def measure_figure9(
    out,
    run_folder=None,
    num_articles=paper.TABLE_3_NUM_ARTICLES,
    repetitions=REPETITIONS,
    announce=print,
):
    """Times searches and writes `timings.csv` and `figure9.png`.

    Args:
        out: folder to write to, which exists.
        run_folder: of a finished run, whose networks and features are timed; default: the paper's
            full-size network with random weights (224x155 images, VGG16, Table 7) and random
            features.
        num_articles: size of the assortment; a run's features are repeated with small noise.
        repetitions: of each measurement.
        announce: called with each line of text.

    Returns:
        The DataFrame of `measure_timings`.
    """
    out = pathlib.Path(out)
    if run_folder is None:
        announce(
            "The paper's full-size network (224x155 images, VGG16, Table 7) with random weights, "
            "random features."
        )
        model, features = (
            build_studio2shop(backbone_weights=None, match_activation=None),
            random_features(num_articles),
        )
    else:
        run = load_run(run_folder)
        announce(
            f"The networks of {run_folder}, its {len(run.features):,} articles' features as "
            f"{num_articles:,}."
        )
        model, features = run.model, grown_features(run.features, num_articles)
    announce(
        "A network's speed does not depend on its weights: the towers are untrained, and how well "
        "anything is found is not"
    )
    announce(
        "measured here. What faiss' cells take also depends on how the features lie; see "
        "benchmarks/two_stage.py."
    )
    facts = [f"{name} {fact}" for name, fact in machine_facts().items() if name != PEAK]
    announce(f"{num_articles:,} articles; {', '.join(facts)}")
    announce(f"bare float32 product of 50,000x256 by 256x256: {product_gigaflops():.0f} GFLOP/s")
    announce("building the indexes ...")
    indexes = build_indexes(model, features, announce=announce)
    steps = one_query_steps(model, indexes)
    announce("\nOne query's milliseconds, median of 20; no step calls Keras")
    announce(steps.to_string(float_format="{:.2f}".format, na_rep="", index_names=False))
    announce("")
    table = measure_timings(model, features, indexes, repetitions=repetitions, announce=announce)
    write_text(out / "timings.csv", table.to_csv(index=False))
    plots.timings(table).savefig(out / "figure9.png", dpi=150)
    for stage, title in STAGES.items():
        rows = table[table["stage"] == stage]
        if stage == "query-feature":
            rows = rows.drop_duplicates(["num_queries", "seconds"]).replace(
                {"way": dict.fromkeys(indexes, "ours")}
            )
        announce(f"\n{title}: seconds by number of queries, mean of {repetitions}")
        announce(
            rows.pivot(index="way", columns="num_queries", values="seconds")
            .loc[rows["way"].unique()]
            .rename_axis(index=None, columns=None)
            .to_string(float_format="{:.3g}".format)
        )
    published = ", ".join(
        f"{seconds} s on its {machine}" for machine, seconds in paper.FIGURE_9.items()
    )
    announce(
        f"\nThe paper's own, one image: about {published} (its Figure 9; another machine, Keras of "
        "2018)."
    )
    announce(
        f"peak resident memory {machine_facts()[PEAK]}; wrote "
        f"{out / 'timings.csv'} and {out / 'figure9.png'}"
    )
    return table
