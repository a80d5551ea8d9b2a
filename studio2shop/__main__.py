"""The commands: `studio2shop reproduce` and those on what it made."""

import argparse
import difflib
import importlib
import io
import os
import re
import sys

from studio2shop import __version__
from studio2shop.io.files import sentence_of
from studio2shop.io.words import shown_lines

COMMANDS = {  # the module that adds and runs each
    "demo": "jobs.commands.demo",
    "check": "jobs.commands.check",
    "reproduce": "jobs.commands.reproduce",
    "study": "jobs.commands.study",
    "evaluate": "jobs.commands.evaluate",
    "search": "jobs.commands.search",
    "serve": "jobs.commands.serve",
    "deploy": "jobs.commands.deploy",
    "add": "jobs.commands.add",
    "export": "jobs.commands.export",
    "convert": "jobs.commands.convert",
    "timings": "jobs.commands.timings",
    "notebooks": "course.command",
}
CONTINUES = ("reproduce", "study", "deploy")


class Parser(argparse.ArgumentParser):
    """Takes options in full only: a mistyped one is never taken for another."""

    def __init__(self, **settings):
        super().__init__(**{"allow_abbrev": False, **settings})

    def error(self, message):
        """Says what is wrong with the words that were typed, among them names of files."""
        super().error(shown_lines(message))


def main(arguments=None):
    """Runs one command.

    Args:
        arguments: list of words after `studio2shop`; default: the command line's.

    Returns:
        The exit status: 0, or 1 after an error, which is printed in one sentence.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whose console may lack some letters
            stream.reconfigure(errors="backslashreplace")
    parser = Parser(
        prog="studio2shop",
        description="Studio2Shop: from studio photo shoots to fashion articles.",
        epilog="Begin with `studio2shop demo`; with your own photos, `studio2shop check DIR`.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    modules = {
        name: importlib.import_module(f"studio2shop.{module}") for name, module in COMMANDS.items()
    }
    for module in modules.values():
        module.add(commands)
    options = _options(parser, commands, arguments)
    command = options.pop("command")
    if command is None:
        parser.print_help()
        return 0
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return modules[command].run(options)
    except KeyboardInterrupt:
        next_step = " The same command continues." if command in CONTINUES else ""
        print(f"\nStopped.{next_step}", file=sys.stderr)
        return 130
    except (ValueError, OSError, ImportError) as error:
        print(shown_lines(f"studio2shop {command}: {sentence_of(error)}"), file=sys.stderr)
        return 1


def _options(parser, commands, arguments):
    """What was typed, as a dict; photos may also stand behind an option."""
    options, others = parser.parse_known_args(arguments)
    options = vars(options)
    if "photos" in options:
        others_too = [word for word in others if not word.startswith("-")]
        options["photos"] = [*options["photos"], *others_too]
        others = [word for word in others if word.startswith("-")]
    if others:
        command = commands.choices.get(options["command"], parser)
        known = re.findall(r"--[a-z][a-z-]+", command.format_help())
        meant = difflib.get_close_matches(others[0].partition("=")[0], known, n=1)
        suggestion = f"; did you mean {meant[0]}?" if meant else ""
        command.error(f"unrecognized arguments: {' '.join(others)}{suggestion}")
    return options


if __name__ == "__main__":
    sys.exit(main())
