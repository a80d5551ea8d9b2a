"""`studio2shop export`."""

from studio2shop.jobs.commands.say import Help, examples, say, start_keras
from studio2shop.models.exported import ENDINGS

EXAMPLES = examples(
    "export my-run --format onnx",
    "export my-run --format litert --to my-search",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    export = commands.add_parser(
        "export",
        help="a finished run's networks for other programs: SavedModel, LiteRT or ONNX",
        description="Writes a finished run's query network, its match, its article features and a "
        "page of facts to a folder, for programs that have no Keras, and compares what was written "
        "with the run on its own photos and articles.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    export.add_argument("run", metavar="RUN", help="the folder of a finished run")
    export.add_argument(
        "--format", choices=list(ENDINGS), required=True, help="what the other program reads"
    )
    export.add_argument(
        "--to", metavar="DIR", help="a new folder (default: RUN-FORMAT, beside the run)"
    )


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    import pathlib

    from studio2shop.jobs.run_files import check_finished

    folder, format = pathlib.Path(options["run"]), options["format"]
    check_finished(folder, "settings.json")
    start_keras()
    from studio2shop.jobs.export import export

    export(
        folder, format, options["to"] or folder.with_name(f"{folder.resolve().name}-{format}"), say
    )
    return 0
