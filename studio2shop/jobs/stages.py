"""The stages of a run: what is made again, and what is reused."""

import json
import pathlib
import shutil
import time

from studio2shop.io.files import UNFINISHED, write_text
from studio2shop.io.readers import read_json, reading

RECORD = "stages.json"
WAY_OUT = "write {} into it, and all stages are made again"


def claim_folder(folder, record, kind):
    """Makes a folder with an empty record by which it is known again, unless it is there.

    Args:
        folder: path.
        record: name of a JSON file in it.
        kind: what the folder is, such as `"a run"`.

    Raises:
        ValueError: if it is a file, or holds something else.
    """
    if (folder / record).exists():
        return
    is_other = folder.exists() and (
        not folder.is_dir()
        or any(not path.name.startswith(UNFINISHED) for path in folder.iterdir())
    )
    if is_other:
        raise ValueError(
            f"{str(folder)!r} holds something else than {kind}; pass the name of a new folder, or "
            f"of {kind}'s, as --out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / record, "{}")


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
        self._record_path, self._announce = self.folder / RECORD, announce
        claim_folder(self.folder, RECORD, "a run")
        self._records()  # a broken one is told of at once
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
        records = self._records()
        finished = records.get(name)
        if (
            finished
            and finished["key"] == key
            and finished.get("outputs", outputs) == outputs
            and all((self.folder / output).exists() for output in outputs)
            and (working.exists() or not keep)
        ):
            self.seconds[name] = finished["seconds"]
            self._announce(f"{name}: reused, made before in {finished['seconds']:.0f} s")
            if not keep:  # a kill after the record was written leaves it
                shutil.rmtree(working, ignore_errors=True)
            return working
        # what another stage wrote in the same files, as another own model's, is no more
        for other, record in list(records.items()):
            if other != name and set(record.get("outputs", ())) & set(outputs):
                del records[other]
        write_text(self._record_path, json.dumps(records, indent=1))
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
        record = {"key": key, "outputs": outputs, "seconds": seconds}
        write_text(self._record_path, json.dumps(self._records() | {name: record}, indent=1))
        if not keep:
            shutil.rmtree(working)
        self._announce(f"{name}: {self.seconds[name]:.0f} s")
        return working

    def _records(self):
        records = read_json(self._record_path, {}, WAY_OUT)
        with reading(self._record_path, "record of a run's stages", WAY_OUT):
            for record in records.values():
                record["key"], set(record.get("outputs", ()))
                record["seconds"] = float(record["seconds"])
        return records
