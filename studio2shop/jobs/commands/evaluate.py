"""`studio2shop evaluate`."""

import pathlib

from studio2shop.jobs.commands.say import BAD_IMAGE_HELP, Help, examples, say, start_keras
from studio2shop.jobs.settings import CHOICES

EXAMPLES = examples(
    "evaluate studio2shop-run",
    "evaluate studio2shop-run --catalogue other_shop",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    evaluate = commands.add_parser(
        "evaluate",
        help="the external test: a finished run on other photos, Table 4",
        description="Ranks another shop's assortment for its photos by a finished run, without "
        "fine-tuning, and writes Table 4 and a report. Without a catalogue of photos it renders "
        "two other shops: another wall, camera and shape of the photos, and streets.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    evaluate.add_argument("run", metavar="RUN", help="the folder of a finished run")
    evaluate.add_argument(
        "--catalogue", metavar="DIR", help="a catalogue of photos; two rendered ones if not given"
    )
    evaluate.add_argument(
        "--on-bad-image",
        choices=CHOICES["on_bad_image"],
        default="stop",
        help=BAD_IMAGE_HELP,
    )
    evaluate.add_argument(
        "--out",
        metavar="DIR",
        help="where to write (default: RUN/external/ and the catalogue's name, or stand_ins)",
    )


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    from studio2shop.catalogue import load_catalogue
    from studio2shop.jobs.run_files import check_finished

    run_folder, folder, out = options["run"], options["catalogue"], options["out"]
    check_finished(run_folder, "settings.json")
    catalogues, name = None, "stand_ins"
    if folder:
        catalogue = load_catalogue(folder, on_bad_image=options["on_bad_image"])
        name = catalogue.folder.name
        catalogues = {name: catalogue}
    start_keras()
    from studio2shop.jobs.evaluate import evaluate_external
    from studio2shop.jobs.run import load_run

    out = out or pathlib.Path(run_folder, "external", name)
    evaluate_external(load_run(run_folder), out, catalogues, say)
    return 0
