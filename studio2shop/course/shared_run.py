"""What the notebooks share.

One finished run, found or made once, and the line that says what a page was made with.
"""

import os
import pathlib

import pandas as pd

from studio2shop.jobs.machine import machine_facts
from studio2shop.jobs.run import load_run
from studio2shop.jobs.startup import silenced_start

RUN_VARIABLE = "STUDIO2SHOP_RUN"
RUN_NAMES = {"workshop": "studio2shop-run", "paper": "studio2shop-run-paper"}
HOW_LONG = {
    "workshop": "5 to 7 minutes on 2 cores without a GPU",
    "paper": "many hours without a GPU",
}


def find_or_make_run(folder=None, scale="workshop", announce=print):
    """Loads the run that all notebooks share, or makes it.

    Args:
        folder: the run's folder. By default that of the environment variable `STUDIO2SHOP_RUN`,
            else `studio2shop-run` (`studio2shop-run-paper` at paper scale) in the current folder or
            the one above it, else a new one in the current folder. A stopped run continues where it
            stopped.
        scale: `"workshop"` or `"paper"`; the run must be of this scale.
        announce: called with each line of text on what is found or done.

    Returns:
        A `Run`.

    Raises:
        ValueError: if there is no such scale, or the folder's run is of another one.
    """
    if scale not in RUN_NAMES:
        names = " or ".join(map(repr, RUN_NAMES))
        raise ValueError(f"`scale` must be {names}; received {scale!r}.")
    folder = _usual_folder(scale) if folder is None else pathlib.Path(folder)
    with silenced_start():
        from studio2shop.jobs.reproduce import reproduce  # imports Keras, and so TensorFlow
    if not (folder / "settings.json").exists():
        announce(
            f"There is no finished run in {folder.name!r}. It is made now, once for all notebooks: "
            f"{HOW_LONG[scale]}. If interrupted, run it again: it continues where it stopped."
        )
        reproduce(folder, announce, scale=scale)
    run = load_run(folder)
    if run.settings["scale"] != scale:
        raise ValueError(
            f"{str(folder)!r} holds a run at {run.settings['scale']} scale, but {scale!r} was "
            f"asked for; give another folder, or unset {RUN_VARIABLE}."
        )
    announce(
        f"The shared run is loaded: {len(run.features):,} articles, {len(run.parts['test']):,} of "
        "them kept for tests."
    )
    return run


def _usual_folder(scale):
    if os.environ.get(RUN_VARIABLE):
        return pathlib.Path(os.environ[RUN_VARIABLE])
    here = pathlib.Path(RUN_NAMES[scale])
    # that of a checkout, or of an offline kit, whose notebooks lie in a folder
    above = pathlib.Path("..", RUN_NAMES[scale])
    return above if (above / "settings.json").exists() and not here.exists() else here


def versions(run):
    """What the numbers of a notebook depend on.

    Args:
        run: a `Run`.

    Returns:
        A DataFrame of one column: data, scale, size of the photos, seed, machine, software.
    """
    given = run.settings.get("catalogue")
    height, width = run.settings["query_size"]
    facts = machine_facts()
    rows = {
        "data": "the embedded studio" if given is None else pathlib.Path(given).name,
        "scale": f"{run.settings['scale']}, photos of {height} x {width} pixels",
        "seed": str(run.settings["seed"]),
        "machine": facts["machine"],
        "software": facts["software"],
    }
    return pd.Series(rows).to_frame("this page was made with")
