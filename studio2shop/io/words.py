"""Text from outside, such as ids and names of files, made fit to be shown."""


def printable(text):
    """A text in one line, whose control and format characters can be seen: `"a\\x1b"`."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
