"""The paper's figures: a catalogue (Figure 1), retrievals (3 to 7), top-k curves (8), timings (9).

Each function returns a `matplotlib.figure.Figure`: the last line of a notebook's cell shows it,
`figure.savefig(path)` keeps it.
"""

from studio2shop.plots.figure8 import data_size, top_k_curves
from studio2shop.plots.figures import agreement, catalogue_examples, retrievals, timings

__all__ = ["agreement", "catalogue_examples", "data_size", "retrievals", "timings", "top_k_curves"]
