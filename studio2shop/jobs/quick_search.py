"""A run keeps its model in a second form, with which a search starts in a moment."""

import os

from studio2shop.jobs.fingerprints import code_fingerprint, fingerprint
from studio2shop.jobs.startup import silenced_start
from studio2shop.retrieval.lite import LITE_FILES, write_lite_model


def keep_lite_model(run, stages, announce):
    """Writes a run's `LITE_FILES`, or says why there are none: a search does without.

    Args:
        run: a `Run`.
        stages: the `Stages` of its folder.
        announce: called with a line of text.
    """

    def make(working):
        with silenced_start():
            write_lite_model(run.model, working)
        for name in LITE_FILES:  # compared by now
            os.replace(working / name, run.folder / name)

    key = fingerprint(run.folder / "model.keras", code_fingerprint("retrieval.lite"))
    try:
        stages.run("quick search", key, LITE_FILES, make)
    except OSError:  # a full disk, which is the user's to know
        raise
    except Exception as error:  # a converter fails in many ways, one for each odd layer
        first_line = str(error).strip().split("\n")[0]
        announce(f"quick search: LiteRT can't run this model, Keras does ({first_line})")
