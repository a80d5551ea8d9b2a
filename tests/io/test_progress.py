"""Progress where there is no terminal: a line now and then, and none for what is soon done."""

import sys

import pytest
from tqdm import tqdm

from studio2shop.io import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    return now


def test_long_work_says_every_half_minute_how_long_the_rest_takes(clock, capsys):
    with progress.progress_bar(100, "Training fdna", "batch", initial=10) as bar:
        for clock[0] in range(0, 90, 10):  # seconds, ten batches in ten of them
            bar.set_postfix({"loss": "1.3"})
            bar.update(10)
    assert capsys.readouterr().out.splitlines() == [
        "Training fdna: 50 of 100 batches, about 38 s left, loss=1.3",
        "Training fdna: 80 of 100 batches, about 17 s left, loss=1.3",
    ]


def test_minutes_are_told_as_minutes_and_short_work_says_nothing(clock, capsys):
    bar = progress.progress_bar(2_000, "Rendering queries", "image")
    clock[0] = 29
    bar.update(100)
    assert not capsys.readouterr().out
    clock[0] = 31
    bar.update(100)
    assert capsys.readouterr().out == ("Rendering queries: 200 of 2,000 images, about 5 min left\n")


def test_a_terminal_has_a_bar(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.progress_bar(3, "Searching", "photo") as bar:
        assert isinstance(bar, tqdm) and bar.total == 3
