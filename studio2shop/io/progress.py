"""How far long work is: a bar on a terminal, a line now and then anywhere else."""

import sys
import time

from tqdm import tqdm

from studio2shop.io.words import MOST_QUOTED, shown

SECONDS_BETWEEN_LINES = 30


def progress_bar(total, name, unit, initial=0):
    """Shows how far some work is, and how long the rest will take.

    On a terminal it is tqdm's bar. In a file, a pipe or a notebook it is a line every half minute,
    such as `Training fdna: 120 of 360 batches, about 2 min left, loss=1.3`; work that is done
    before leaves none.

    Args:
        total: number of units in all.
        name: of the work.
        unit: what is counted, in the singular.
        initial: units that were done before.

    Returns:
        A context manager with `update(count)`, `set_postfix(values)` and `close()`.
    """
    name = shown(name, MOST_QUOTED)
    if sys.stderr.isatty():
        return tqdm(total=total, desc=name, unit=unit, initial=initial)
    return _Lines(total, name, unit, initial)


class _Lines:
    def __init__(self, total, name, unit, initial):
        self.total, self.name, self.done, self.initial = total, name, initial, initial
        self.units = unit + ("es" if unit.endswith("ch") else "s")
        self.start = self.last = time.monotonic()
        self.postfix = ""

    def update(self, count=1):
        self.done += count
        now = time.monotonic()
        if now - self.last < SECONDS_BETWEEN_LINES or self.done >= self.total:
            return
        self.last = now
        left = (now - self.start) * (self.total - self.done) / (self.done - self.initial)
        print(
            f"{self.name}: {self.done:,} of {self.total:,} {self.units}, "
            f"about {_duration(left)} left{self.postfix}",
            flush=True,
        )

    def set_postfix(self, values):
        self.postfix = "".join(f", {name}={value}" for name, value in values.items())

    def close(self):
        """Nothing is left open."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
