"""What commands say, and the seconds before they can: TensorFlow's start."""

import argparse

from studio2shop.io.words import shown_lines
from studio2shop.jobs.startup import silenced_start

BAD_IMAGE_HELP = (
    "stop at a photo that can't be read, or leave such photos out and list them in left_out.csv"
)


def examples(*commands):
    """What stands below a command's help: what to type, a line each."""
    return "\n".join(["examples:", *(f"  studio2shop {command}" for command in commands)])


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help with each option's default, where there is one, and examples in lines of their own."""

    def _fill_text(self, text, width, indent):
        if text.startswith("examples:"):
            return text
        return super()._fill_text(text, width, indent)

    def _get_help_string(self, action):
        if action.default is None or action.default is False or action.default == []:
            return action.help
        return super()._get_help_string(action)


def say(line):
    """Prints a line, or several, at once, also where output goes to a file."""
    print(shown_lines(line), flush=True)


def start_keras():
    """Imports Keras without TensorFlow's messages, once all options are known to be right."""
    with silenced_start():
        import keras  # noqa: F401
