"""Text from outside is shown in one short line that does nothing to a console."""

import re

import numpy as np
import pytest

from studio2shop.io.words import as_markdown, quoted, shown, shown_lines


@pytest.mark.parametrize(
    "text, line",
    [
        ("a0", "a0"),
        ("Größe 🙂", "Größe 🙂"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("two\nlines\u2028", r"two\nlines\u2028"),
        ("x" * 200_000, "x" * 497 + "..."),
        ("\x1b" * 200_000, r"\x1b" * 124 + r"\..."),
    ],
)
def test_a_text_is_shown_in_one_printable_line_of_500_characters(text, line):
    assert shown(text) == line and line.isprintable() and len(line) <= 500


@pytest.mark.parametrize(
    "value, words",
    [
        ("a0", "'a0'"),
        ("it's", '"it\'s"'),
        (np.str_("a0"), "'a0'"),
        ("\x1b[31m\u202e", r"'\x1b[31m\u202e'"),
        ("x" * 80, repr("x" * 80)),
        ("x" * 200_000, f"'{'x' * 77}...'"),
        (7, "7"),
        (["x" * 100], f"['{'x' * 75}..."),
    ],
)
def test_a_value_is_quoted_as_repr_writes_it_but_short(value, words):
    assert quoted(value) == words and len(words) <= 82


def test_line_ends_of_our_own_stay():
    assert shown_lines("Errors:\n\n  a\x1b\n") == "Errors:\n\n  a\\x1b\n"


def test_no_character_of_a_text_is_markdown():
    hostile = "![x](http://a/b.png) <i>*c*</i> $d$ | e_f \\ g"
    escaped = as_markdown(hostile)
    assert re.sub(r"\\(.)", r"\1", escaped) == hostile
    assert not re.search(r"(?<!\\)(\\\\)*[!\[\](<*$|_]", escaped)
    assert as_markdown("a0001616") == "a0001616"
