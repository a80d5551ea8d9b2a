"""`studio2shop timings`."""

import pathlib

from studio2shop.jobs.commands.say import Help, examples, say, start_keras

EXAMPLES = examples(
    "timings --repetitions 1",
    "timings studio2shop-run --articles 5000",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    timings = commands.add_parser(
        "timings",
        help="Figure 9: how long a search takes, the paper's way and ours",
        description="Times the two stages of a search, query features and matching, for 1 to 128 "
        "queries: the paper's way (50 articles per call), exact and two-stage search. Writes "
        "timings.csv and figure9.png. Takes about half an hour on 2 cores; for a first look take "
        "--repetitions 1.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    timings.add_argument(
        "run",
        metavar="RUN",
        nargs="?",
        help="the folder of a finished run; the paper's full-size network with random weights if "
        "not given",
    )
    timings.add_argument(
        "--articles",
        metavar="N",
        type=int,
        default=50_000,
        help="size of the assortment; a run's features are repeated with small noise",
    )
    timings.add_argument(
        "--repetitions", metavar="N", type=int, default=10, help="of each measurement"
    )
    timings.add_argument(
        "--out", metavar="DIR", default="studio2shop-timings", help="where to write"
    )


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    out, folder = pathlib.Path(options["out"]), options["run"]
    num_articles, repetitions = options["articles"], options["repetitions"]
    if num_articles < 50 or repetitions < 1:
        raise ValueError(
            "--articles must be at least 50, --repetitions at least 1; received "
            f"{num_articles} and {repetitions}."
        )
    if folder:
        from studio2shop.jobs.run_files import check_finished

        check_finished(folder, "settings.json")
    out.mkdir(parents=True, exist_ok=True)
    start_keras()
    from studio2shop.jobs.timings import measure_figure9

    measure_figure9(out, folder, num_articles, repetitions, say)
    return 0
