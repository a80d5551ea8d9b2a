"""What a conversion made of a data set, beside what the paper and the data set's authors state."""

import pathlib
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

LEFT_OUT = "left_out.csv"
STATED_BY = {"paper": "the paper", "authors": "its authors"}


@dataclass(frozen=True)
class Conversion:
    """What a conversion made of a data set.

    Attributes:
        name: str. The data set's name in its manifest.
        source: path of the data set, target: path of the catalogue.
        counts: dict of int: `photos` of the data set that were found, `articles`, `queries` and
            `matches` made of them.
        stated: dict from who stated it (`"paper"`, `"authors"`) to dict of int, the counts that are
            known.
        left_out: DataFrame `file`, `row`, `reason`, as in `left_out.csv`.
        notes: tuple of sentences on what is unusual in this copy.
    """

    name: str
    source: pathlib.Path
    target: pathlib.Path
    counts: dict
    stated: dict
    left_out: pd.DataFrame = field(repr=False)
    notes: tuple = ()

    @property
    def left_out_counts(self):
        """dict from reason to how many were left out for it, the most frequent first."""
        return dict(Counter(self.left_out["reason"]).most_common())

    def report(self):
        """The counts beside the stated ones, what was left out and why, and what is unusual.

        Str of several lines.
        """
        table = pd.DataFrame(
            {"here": self.counts, **self.stated}, index=list(self.counts), dtype=object
        )
        table = table.map(lambda count: "-" if pd.isna(count) else f"{int(count):,}").rename(
            columns=STATED_BY
        )
        lines = [f"{self.name}, {self.source}", "", table.to_string(), ""]
        lines += [self._difference(), *self.notes, ""]
        lines += [
            f"Left out, listed in {self.target / LEFT_OUT}:"
            if len(self.left_out)
            else "Nothing was left out."
        ]
        return "\n".join(
            lines + [f"{count:>10,}  {reason}" for reason, count in self.left_out_counts.items()]
        )

    def _difference(self):
        different = [
            f"{what} {abs(self.counts[what] - count):,} "
            f"{'more' if self.counts[what] > count else 'fewer'}"
            for what, count in self.stated.get("paper", {}).items()
            if self.counts[what] != count
        ]
        return (
            f"Not the paper's counts: {', '.join(different)}."
            if different
            else "The paper's counts exactly."
        )
