"""`studio2shop deploy`."""

from studio2shop.jobs.commands.say import Help, examples, say, start_keras

EXAMPLES = examples(
    "deploy my-run",
    "deploy my-run --out my-search",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    deploy = commands.add_parser(
        "deploy",
        help="make a finished run ready for use: train once more on all articles",
        description="Trains a finished run's model once more on all articles, test articles too, "
        "for the epochs that were best, and makes an index that can grow. `studio2shop search` "
        "takes the result. If interrupted, give the same command again: it continues.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    deploy.add_argument("run", metavar="RUN", help="the folder of a finished run")
    deploy.add_argument(
        "--out", metavar="DIR", help="where to write (default: RUN-deployed, beside the run)"
    )


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    import pathlib

    from studio2shop.jobs.run_files import check_finished

    folder = pathlib.Path(options["run"])
    check_finished(folder, "settings.json")
    start_keras()
    from studio2shop.jobs.deploy import deploy

    deploy(folder, options["out"] or folder.with_name(f"{folder.resolve().name}-deployed"), say)
    return 0
