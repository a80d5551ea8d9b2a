"""A notebook shows the very code that runs."""

import pytest

from studio2shop.course.drawn_once import DrawnOnce

pytest.importorskip("IPython", reason="needs IPython, of the extra `test`")


def test_a_method_is_shown_from_the_margin():
    from studio2shop.course.source import source_of

    shown = source_of(DrawnOnce.on_epoch_end).data
    assert shown == (
        "```python\ndef on_epoch_end(self):\n"
        "    self._order = self._random.permutation(len(self._kept))\n```"
    )
