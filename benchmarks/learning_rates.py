"""Which learning rate each system wants, by the ranks of validation matches.

    python benchmarks/learning_rates.py RUN [--rates 3e-4 1e-3 3e-3] [--fraction 0.5] [--epochs 3]
    [--systems NAME ...]

RUN is the folder of a run of `studio2shop reproduce --systems all`: its photos, split and article
features are taken, and a part of its training articles. No test article is looked at. Printed is
the geometric mean of the validation ranks after the best epoch, the value that chooses the epoch in
training.
"""

import argparse
import dataclasses
import json
import pathlib
import tempfile

import numpy as np

from studio2shop.jobs.comparison import Comparison
from studio2shop.jobs.data import given_catalogues, prepare_data
from studio2shop.jobs.features import FeatureStages
from studio2shop.jobs.fingerprints import fingerprint
from studio2shop.jobs.settings import Settings
from studio2shop.jobs.stages import Stages
from studio2shop.training.systems import train_system


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", metavar="RUN")
    parser.add_argument(
        "--backbone-weights",
        metavar="WEIGHTS",
        help="as the run was told; settings.json keeps only a file's name",
    )
    parser.add_argument(
        "--rates", metavar="RATE", type=float, nargs="+", default=[3e-4, 1e-3, 3e-3]
    )
    parser.add_argument(
        "--fraction", type=float, default=0.5, help="share of the training articles"
    )
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument(
        "--systems", metavar="NAME", nargs="+", help="default: all that the run trained"
    )
    options = parser.parse_args(arguments)
    job = job_of(
        pathlib.Path(options.run), options.backbone_weights, options.fraction, options.epochs
    )
    trained = {system.name: system for system in job.rows.systems if system.is_trained}
    unknown = sorted(set(options.systems or ()) - set(trained))
    if unknown:
        parser.error(f"--systems: the run trained no {unknown[0]!r}, but {', '.join(trained)}")
    print(
        f"{len(job.data.train.queries):,} training queries, {options.epochs} epochs; "
        "mean validation rank by learning rate"
    )
    print(f"{'system':32}" + "".join(f"{rate:>10g}" for rate in options.rates), flush=True)
    for name in options.systems or trained:
        print(
            f"{name:32}"
            + "".join(
                f"{validation_rank(job, trained[name], rate):10.2f}" for rate in options.rates
            ),
            flush=True,
        )


def job_of(folder, backbone_weights, fraction, epochs):
    """The run's `Comparison` on a part of its training articles, for fewer epochs."""
    facts = json.loads((folder / "settings.json").read_text())
    facts["backbone_weights"] = backbone_weights or {"random": "none"}.get(
        facts["backbone_weights"], facts["backbone_weights"]
    )
    fields = {field.name for field in dataclasses.fields(Settings)}
    resolved = Settings(
        **{name: value for name, value in facts.items() if name in fields}
    ).resolve()
    resolved = dataclasses.replace(
        resolved, scale=dataclasses.replace(resolved.scale, all_epochs=epochs, head_epochs=epochs)
    )
    stages, given = Stages(folder, lambda _: None), given_catalogues(resolved.settings)
    data = prepare_data(resolved, given, stages, lambda _: None)
    features = FeatureStages(folder, stages, resolved, data, fingerprint(folder / "features.npz"))
    drawn = np.random.default_rng(0).permutation(data.train.article_ids)
    train = data.train.select_articles(drawn[: round(fraction * len(drawn))])
    return Comparison(stages, resolved, dataclasses.replace(data, train=train), features)


def validation_rank(job, system, rate):
    """The best epoch's mean validation rank of a system trained with this rate."""
    with tempfile.TemporaryDirectory() as working:
        history = train_system(
            dataclasses.replace(system, learning_rate=rate, head_rate=rate),
            job.materials_of(system),
            working,
        ).history
    return history["val_rank"].min()


if __name__ == "__main__":
    main()
