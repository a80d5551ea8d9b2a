"""The paper's figures: a catalogue (Figure 1), retrievals (3 to 7), top-k curves (8), timings (9).

And one of ours for a report: how a training went.

Each function returns a `matplotlib.figure.Figure`: the last line of a notebook's cell shows it,
`figure.savefig(path)` keeps it.
"""

from studio2shop.plots.data_size import data_size
from studio2shop.plots.figure1 import catalogue_examples
from studio2shop.plots.figure8 import top_k_curves
from studio2shop.plots.figure9 import agreement, timings
from studio2shop.plots.figures3to7 import retrievals
from studio2shop.plots.learning_curves import learning_curves

__all__ = [
    "agreement",
    "catalogue_examples",
    "data_size",
    "learning_curves",
    "retrievals",
    "timings",
    "top_k_curves",
]
