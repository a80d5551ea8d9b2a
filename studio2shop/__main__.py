"""The commands: `studio2shop check`, `studio2shop reproduce`."""

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
    _add_check(commands)
    _add_reproduce(commands)
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


def _add_check(commands):
    check = commands.add_parser(
        "check",
        help="all that is wrong with a catalogue of photos",
        description="Reads the three CSV files of a catalogue, decodes every photo and prints all that is wrong with them, "
        "grouped by kind. The exit status is 1 if a run would stop at any of it.",
    )
    check.add_argument("folder", metavar="DIR", help="the catalogue's folder")
    check.add_argument("--out", metavar="CSV", help="a file to write all problems to")


def _check(options):
    from studio2shop.catalogue import check_catalogue
    from studio2shop.catalogue.describe import describe_contents, describe_problems
    from studio2shop.files import write_text

    problems = check_catalogue(options["folder"])
    if len(problems):
        print(describe_problems(problems), end="\n\n")
    if options["out"] is not None:
        write_text(options["out"], problems.to_csv(index=False))
        print(f"all {len(problems):,} problems: {options['out']}")
    print(describe_contents(options["folder"], problems))
    return int((problems["severity"] == "error").any())


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
    reproduce.add_argument("--on-bad-image", choices=["stop", "skip"], default="stop", help="stop at a photo that can't be read, or leave such photos out and list them in left_out.csv")
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


_COMMANDS = {"check": _check, "reproduce": _reproduce}

if __name__ == "__main__":
    sys.exit(main())
