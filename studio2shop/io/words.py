"""Text from outside, such as ids and names of files, made fit to be shown."""

import re

MOST_QUOTED = 80
MOST_IN_A_LINE = 2_000
MOST_SHOWN = 500  # a path that a user has to find again is seldom longer


def printable(text):
    """A text in one line, whose control and format characters can be seen: `"a\\x1b"`."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def shown(text, most=MOST_SHOWN):
    """A text, or a path, in one printable line of at most `most` characters: `"abc..."`."""
    line = printable(str(text)[: most + 1])
    return line if len(line) <= most else f"{line[: most - 3]}..."


def shown_lines(text):
    """A text of several lines of ours as it may be printed: each of them as `shown`."""
    return "\n".join(shown(line, MOST_IN_A_LINE) for line in text.split("\n"))


def quoted(value):
    """A value as `repr` writes it, but short: `'a0'`, `'a\\x1b'`, `'abc...'`, `7`.

    A sentence of ours that has an id, a cell or another text from outside in it has it in this
    form, or as `shown`.
    """
    if not isinstance(value, str):
        return shown(repr(value), MOST_QUOTED)
    text = repr(str(value[: MOST_QUOTED + 1]))  # NumPy's strings too
    return text if len(text) <= MOST_QUOTED + 2 else f"{text[: MOST_QUOTED - 2]}...{text[0]}"


def as_markdown(text):
    """A text as `shown`, of which Markdown shows each character: no picture, link or formula."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", shown(text))
