"""The commands: `studio2shop reproduce`, `studio2shop timings`."""

import argparse
import contextlib
import os
import sys


def main(arguments=None):
    """Runs one command.

    Args:
        arguments: list of words after `studio2shop`; default: the command line's.

    Returns:
        The exit status: 0, or 1 after an error, which is printed in one sentence.
    """
    parser = argparse.ArgumentParser(prog="studio2shop", description="Studio2Shop: from studio photo shoots to fashion articles.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_reproduce(commands)
    _add_timings(commands)
    options = vars(parser.parse_args(arguments))
    command = options.pop("command")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return _COMMANDS[command](options)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where it was.", file=sys.stderr)
        return 130
    except (ValueError, OSError) as error:
        print(f"studio2shop {command}: {error}", file=sys.stderr)
        return 1


def _add_reproduce(commands):
    reproduce = commands.add_parser(
        "reproduce",
        help="the main job: from photos to Table 3's row and a report",
        description="Renders the embedded studio (or takes a catalogue of photos), trains the article features and "
        "Studio2Shop, ranks the test assortment and writes a report. A stopped run goes on when called again.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    reproduce.add_argument("--out", metavar="DIR", default="studio2shop-run", help="the run's folder")
    reproduce.add_argument("--catalogue", metavar="DIR", help="a catalogue of photos; the embedded studio if not given")
    reproduce.add_argument("--attributes", metavar="DIR", help="a catalogue of labelled articles to train fDNA on; the training articles if not given")
    reproduce.add_argument("--article-features", choices=["fdna", "backbone"], default="fdna", help="fDNA, or a pretrained backbone's pooled activations")
    reproduce.add_argument("--backbone", metavar="NAME", help="compact, or a name in keras.applications; the scale's own if not given")
    reproduce.add_argument("--backbone-weights", metavar="WEIGHTS", help="imagenet, none, or the path of a weights file; the scale's own if not given")
    reproduce.add_argument("--scale", choices=["workshop", "paper"], default="workshop", help="112x78 images and a compact backbone, or the paper's sizes and VGG16")
    reproduce.add_argument("--finetune-epochs", metavar="N", type=int, default=0, help="after the head on a pretrained backbone, epochs of training all layers")
    reproduce.add_argument("--seed", type=int, default=0, help="of the studio, the split, the weights and all that is drawn")


def _reproduce(options):
    from studio2shop.main_job import reproduce
    from studio2shop.settings import Settings

    out = options.pop("out")
    Settings(**options).resolve()  # a wrong option is told before the seconds that TensorFlow takes to start
    with _silenced_start():
        import keras  # noqa: F401
    reproduce(out, lambda line: print(line, flush=True), **options)
    return 0


def _add_timings(commands):
    timings = commands.add_parser(
        "timings",
        help="Figure 9: how long a search takes, the paper's way and ours",
        description="Times the two stages of a search, query features and matching, for 1 to 128 queries: the paper's way (50 articles a call), "
        "exact and two-stage search. Writes timings.csv and figure9.png. Takes about half an hour on 2 cores; for a first look take --repetitions 1.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    timings.add_argument("run", metavar="RUN", nargs="?", help="the folder of a finished run; the paper's full-size network with random weights if not given")
    timings.add_argument("--articles", metavar="N", type=int, default=50_000, help="size of the assortment; a run's features are repeated with small noise")
    timings.add_argument("--repetitions", metavar="N", type=int, default=10, help="of each measurement")
    timings.add_argument("--out", metavar="DIR", default="studio2shop-timings", help="where to write")


def _timings(options):
    import pathlib

    out = pathlib.Path(options["out"])
    if options["articles"] < 50 or options["repetitions"] < 1:
        raise ValueError(f"--articles must be at least 50, --repetitions at least 1; received {options['articles']} and {options['repetitions']}.")
    if options["run"] and not pathlib.Path(options["run"], "settings.json").exists():
        raise ValueError(f"{options['run']!r} is no finished run: settings.json is missing; give the folder of `studio2shop reproduce`, or none.")
    out.mkdir(parents=True, exist_ok=True)
    with _silenced_start():
        import keras  # noqa: F401
    from studio2shop.figure9 import measure_figure9

    measure_figure9(out, options["run"], options["articles"], options["repetitions"], lambda line: print(line, flush=True))
    return 0


@contextlib.contextmanager
def _silenced_start():
    """Keeps TensorFlow's start-up messages, which it writes past Python and past its own log level, off the screen."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


_COMMANDS = {"reproduce": _reproduce, "timings": _timings}

if __name__ == "__main__":
    sys.exit(main())
