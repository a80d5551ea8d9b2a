"""`studio2shop study`."""

from studio2shop.jobs.commands.reproduce import add_run_options
from studio2shop.jobs.commands.say import Help, examples, say, start_keras
from studio2shop.jobs.settings import Settings

EXAMPLES = examples(
    "study",
    "study --num-seeds 1 --catalogue my_shop --out my-study",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    study = commands.add_parser(
        "study",
        help="all systems over several seeds, and by the number of training articles",
        description="Runs `reproduce --systems all` for several seeds, trains the linear and the "
        "non-linear match on parts of the training articles too, and writes their order beside the "
        "paper's. Takes about three hours on 2 cores on the embedded studio. If interrupted, give "
        "the same command again: it continues.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    study.add_argument(
        "--out",
        metavar="DIR",
        default="studio2shop-study",
        help="the study's folder, with a run for each seed",
    )
    study.add_argument("--num-seeds", metavar="N", type=int, default=3, help="seeds 0, 1, ...")
    add_run_options(study)


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    out, num_seeds = options.pop("out"), options.pop("num_seeds")
    Settings(**options, systems="all").resolve()
    start_keras()
    from studio2shop.jobs.study import run_study

    run_study(out, say, num_seeds, **options)
    return 0
