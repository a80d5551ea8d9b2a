"""Figure 1: examples of the images of a catalogue."""

import numpy as np

from studio2shop.catalogue.check import VIEWS
from studio2shop.io.images import load_image
from studio2shop.plots.style import grid_of_axes


def catalogue_examples(catalogue, num_rows=4, seed=0):
    """Figure 1: examples of the images, one column per image type.

    Columns are the views that the catalogue has (full, half, back, detail), or one column of
    queries where `queries.csv` has no views; the last column is a title image. A row's pictures are
    drawn independently, as in the paper.

    Args:
        catalogue: a `Catalogue`.
        num_rows: number of rows; less where a view has fewer images.
        seed: of the draw.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    random = np.random.default_rng(seed)
    queries = {"query": np.array(catalogue.query_paths)}
    if "view" in catalogue.queries:
        views = catalogue.queries["view"].to_numpy()
        queries = {
            view: queries["query"][views == view] for view in VIEWS if (views == view).any()
        } or queries
    columns = {
        name: random.permutation(paths)[:num_rows] for name, paths in queries.items() if len(paths)
    }
    columns["title image"] = random.permutation(catalogue.article_paths)[:num_rows]
    num_rows = max(len(paths) for paths in columns.values())
    figure, axes = grid_of_axes(num_rows, len(columns), 1.5, 1.5 * 224 / 155)
    for column, (name, paths) in enumerate(columns.items()):
        axes[0, column].set_title(f"({'abcde'[column]}) {name}", fontsize=10)
        for row, path in enumerate(paths):
            axes[row, column].imshow(load_image(path, (336, 232)))
    return figure
