"""How a training went: loss and validation ranks, epoch by epoch."""

from studio2shop.plots.style import COLOURS, new_figure, plain

PHASES = {
    "head": "what stands above the backbone",
    "everything": "all layers",
    "matching": "the match",
}


def learning_curves(history):
    """The loss of the training batches and the median rank of the validation matches, by epoch.

    Args:
        history: DataFrame `epoch, loss, val_median, val_rank, phase` as a run's `history.csv`, the
            phases one after the other.

    Returns:
        A `matplotlib.figure.Figure`; a dot marks the epoch of each phase that was kept, by the
        geometric mean of the ranks.
    """
    history = history.reset_index(drop=True)
    figure, axes = new_figure(1, 2, figsize=(9.6, 3.4))
    names = {"loss": "loss of a batch", "val_median": "median rank, validation articles"}
    for axis, (column, name) in zip(axes, names.items()):
        for colour, (phase, rows) in zip(COLOURS, history.groupby("phase", sort=False)):
            epochs = rows.index + 1
            axis.plot(epochs, rows[column], color=colour, label=PHASES.get(phase, phase))
            kept = rows["val_rank"].idxmin()
            axis.plot(kept + 1, rows[column][kept], "o", color=colour)
        axis.set_xlabel("epoch")
        axis.set_ylabel(name)
        axis.set_ylim(bottom=0)
        plain(axis)
    if history["phase"].nunique() > 1:
        axes[1].legend(frameon=False)
    return figure
