"""The ablation of Section 4.2 in minutes, for notebook 06.

Each row of Table 2 is trained on one body that a run has trained already.
"""

import pathlib
import tempfile

import pandas as pd

from studio2shop.course.body import BODY, Body
from studio2shop.evaluation.comparisons import paired_comparison, verdict
from studio2shop.evaluation.results import Results
from studio2shop.io.files import write_text
from studio2shop.training.table2 import SYSTEMS, on_features

HEAD_EPOCHS = 5

PIECES = (
    ("a query leg that learns, for a fixed one", "static-body-non-linear", "body-non-linear"),
    ("fDNA, for a body's activations", "body-non-linear", "Studio2Shop"),
    ("article features given, for learnt ones", "all-in-two-nets", "fDNA-ranking-loss"),
    ("cross-entropy, for the ranking loss", "fDNA-ranking-loss", "fDNA-linear"),
    ("a non-linear match, for a dot product", "fDNA-linear", "Studio2Shop"),
    ("a listwise loss, for cross-entropy (linear)", "fDNA-linear", "fDNA-linear-listwise"),
    ("a listwise loss, for cross-entropy (non-linear)", "Studio2Shop", "fDNA-non-linear-listwise"),
)
"""What is exchanged, the system without it and the system with it.

But for the third, the two differ in nothing else, apart from the learning rate chosen for each.
"""


def body_systems():
    """Table 2's rows as they can be trained here.

    A trained body's activations stand for fc14's, and the row of 128floats is left out.

    Returns:
        Tuple of `System`s, in Table 2's order.

    Example:
        >>> body_systems()[0].name
        'static-body-linear'
    """
    return tuple(
        on_features(system, BODY) if system.features == "fc14" else system
        for system in SYSTEMS
        if system.features != "128floats"
    )


def compare_on_body(run, systems=None, epochs=HEAD_EPOCHS, announce=print):
    """Trains and ranks systems on the convolutions of a run's trained network.

    All photos go through these convolutions, which stay as they are. What stands above them is
    trained anew for each row, with the same effort, on half of the training photos. So minutes are
    enough; but that body was trained for Studio2Shop and for photos of people, which favours
    Studio2Shop, if any, and is no good start for a leg that looks at title images.

    Args:
        run: a `Run` with fDNA features; ranks are kept in its folder, and a system that has some is
            not trained again.
        systems: iterable of `System`s; default: `body_systems()`.
        epochs: of each training.
        announce: called with a line of text before and after what takes long.

    Returns:
        Dict of system to `Results`, all on the very same matches of the run's test articles.
    """
    import keras

    systems = body_systems() if systems is None else tuple(systems)
    folder = run.folder / "course" / f"ablation-{epochs}-epochs"
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = run.load_catalogue()
    test = catalogue.select_articles(run.parts["test"])
    missing = [system for system in systems if not (folder / f"{system.name}.csv").exists()]
    if missing:
        announce(
            f"Training {len(missing)} systems on the run's own convolutions, once: about two "
            "minutes on 2 cores."
        )
        with tempfile.TemporaryDirectory(dir=folder) as working:
            body = Body.of(run, catalogue, test, pathlib.Path(working))
            body.keep_descriptions()
            for system in missing:
                keras.utils.clear_session()  # what is left of the system before
                ranks = body.trained_ranks(system, epochs)
                write_text(folder / f"{system.name}.csv", ranks.to_csv(index=False))
        announce("All are trained and ranked.")
    ids = {"query_id": str, "article_id": str}
    tables = {
        system.name: pd.read_csv(folder / f"{system.name}.csv", dtype=ids, keep_default_na=False)
        for system in systems
    }
    return {
        name: Results(ranks, len(test.articles), run.settings["seed"])
        for name, ranks in tables.items()
    }


def shares_better(results, exchanges, seed=0):
    """How often a system with a piece ranks a match better than the one without it.

    Args:
        results: dict of system to `Results`.
        exchanges: sequence of (what is exchanged, system without it, system with it), such as
            `PIECES`.
        seed: of the bootstrap.

    Returns:
        DataFrame with what is exchanged as its index: `without`, `having`, the two systems;
        `better`, the share, equal ranks counted half, and its 95 % interval `low`, `high`, of
        `paired_comparison`; `verdict` on the system with it.
    """
    rows = {}
    for what, without, having in exchanges:
        (pair,) = paired_comparison(
            {name: results[name] for name in (without, having)}, without, seed
        ).to_dict("records")
        low, high = pair["better_low"], pair["better_high"]
        rows[what] = {
            "without": without,
            "having": having,
            "better": pair["better"],
            "low": low,
            "high": high,
            "verdict": verdict(low, high),
        }
    return pd.DataFrame.from_dict(rows, orient="index")
