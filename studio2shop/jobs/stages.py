"""The stages of a run: what is made again, and what is reused."""

import json
import pathlib
import shutil
import time

from studio2shop.io.files import UNFINISHED, write_text
from studio2shop.io.readers import read_json, reading

WAY_OUT = "write {} into it, and all stages are made again"


class Stages:
    """Runs the stages of a run's folder, and skips those whose result is there already.

    A stage has a key: the fingerprint of its settings and inputs. Its result is reused only if the
    stage was finished with the same key. What a stage keeps while it works lies in a folder that
    has the key in its name, so that a stopped stage goes on, and one with other settings never
    finds it.

    Args:
        folder: the run's folder, made if missing.
        announce: called with a line of text when a stage starts, is reused, or ends.

    Raises:
        ValueError: if the folder is a file, or holds something else than a run, or its record is
            broken.
    """

    def __init__(self, folder, announce):
        self.folder = pathlib.Path(folder)
        self._record_path, self._announce = self.folder / "stages.json", announce
        if not self._record_path.exists():
            if self.folder.exists() and (
                not self.folder.is_dir()
                or any(not path.name.startswith(UNFINISHED) for path in self.folder.iterdir())
            ):
                raise ValueError(
                    f"{str(folder)!r} holds something else than a run; pass the name of a new "
                    "folder, or of a run's, as --out."
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(self._record_path, "{}")
        self._finished = read_json(self._record_path, {}, WAY_OUT)
        with reading(self._record_path, "record of a run's stages", WAY_OUT):
            for record in self._finished.values():
                record["key"], float(record["seconds"]), set(record.get("outputs", ()))
        self.seconds = {}

    def run(self, name, key, outputs, make, keep=False):
        """Runs one stage unless it was finished with the same key.

        Args:
            name: of the stage, as printed.
            key: a fingerprint.
            outputs: names of the files in the run's folder that the stage makes.
            make: function of the stage's working folder.
            keep: whether the working folder outlives the stage.

        Returns:
            The stage's working folder.
        """
        working = self.folder / "work" / f"{name.replace(' ', '-')}-{key}"
        finished = self._finished.get(name)
        if (
            finished
            and finished["key"] == key
            and finished.get("outputs", outputs) == outputs
            and all((self.folder / output).exists() for output in outputs)
            and (working.exists() or not keep)
        ):
            self.seconds[name] = finished["seconds"]
            self._announce(f"{name}: reused, made before in {finished['seconds']:.0f} s")
            return working
        # what another stage wrote in the same files, as another own model's, is no more
        for other, record in list(self._finished.items()):
            if other != name and set(record.get("outputs", ())) & set(outputs):
                del self._finished[other]
        write_text(self._record_path, json.dumps(self._finished, indent=1))
        # never leave another setting's result beside a stage that is not done
        for output in outputs:
            (self.folder / output).unlink(missing_ok=True)
        for stale in (self.folder / "work").glob("*"):
            if stale != working and stale.name.rpartition("-")[0] == name.replace(" ", "-"):
                shutil.rmtree(stale)
        self._announce(f"{name} ...")
        working.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        make(working)
        self.seconds[name] = time.perf_counter() - start
        seconds = round(self.seconds[name], 1)
        self._finished[name] = {"key": key, "outputs": outputs, "seconds": seconds}
        write_text(self._record_path, json.dumps(self._finished, indent=1))
        if not keep:
            shutil.rmtree(working)
        self._announce(f"{name}: {self.seconds[name]:.0f} s")
        return working
