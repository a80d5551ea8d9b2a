"""A command on tiny data as a process of its own, which may end at any moment.

Called as `python tiny_jobs.py JOB FOLDER [RENAMING LIMIT SECONDS]`: the process ends, as if killed,
before the renaming of an odd number, after that of an even one, or so many seconds after its start.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import zipfile

ROOT = pathlib.Path(__file__).parents[2]
KILLED = 137


def run_job(job, folder, renaming=0, limit=None, seconds=0):
    """Runs a job.

    Args:
        job: name of one of the functions below.
        folder: where it works.
        renaming: at which it is killed; 0 for none.
        limit: most bytes of a file that the system lets it write.
        seconds: after which it is killed, once TensorFlow has started; 0 for none.

    Returns:
        `subprocess.CompletedProcess` with the text of both outputs.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    words = [sys.executable, __file__, job, str(folder), str(renaming), str(limit or 0)]
    words.append(str(seconds))
    if not renaming and not seconds:  # pipes, which no limit on files holds for
        return subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    # no pipes: the renderer's processes, which outlive a killed one for a while, hold them open
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as told:
        done = subprocess.run(words, stdout=said, stderr=told, env=environment, check=False)
        for file in (said, told):
            file.seek(0)
        return subprocess.CompletedProcess(words, done.returncode, said.read(), told.read())


def tables(folder):
    """What all tables below a folder say, by their path in it; but what a kill left behind."""
    paths = sorted(pathlib.Path(folder).rglob("[!.]*.csv"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def results(folder):
    """All files below a folder by their path in it; of a model, its weights.

    What has times or paths of this machine in it has a name alone; what is hidden does not count.
    """
    paths = [path for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()]
    contents = {path.relative_to(folder): _content(path) for path in paths}
    return {str(path): content for path, content in contents.items() if not _is_hidden(path)}


def _is_hidden(path):
    return any(part.startswith(".") for part in path.parts)


def _content(path):
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            return archive.read("model.weights.h5")
    timed = path.suffix in (".html", ".json")
    return b"" if timed else path.read_bytes()


def end_at(renaming):
    """From now on the process ends before or after its n-th renaming; photos don't count."""
    replace, count = os.replace, 0

    def counted(source, target):
        nonlocal count
        count += not str(target).endswith(".jpg")
        if count == renaming and renaming % 2:
            os._exit(KILLED)
        replace(source, target)
        if count == renaming:
            os._exit(KILLED)

    os.replace = counted


def end_after(seconds):
    """The process ends after so many seconds, wherever it is by then."""
    timer = threading.Timer(seconds, os._exit, (KILLED,))
    timer.daemon = True
    timer.start()


def reproduce(folder):
    command("reproduce", "--out", str(folder / "run"))


def pretrained(folder, *options):
    """From a start that is pretrained: with dropout in the head, and two phases."""
    start = "--backbone-weights", "studio", "--finetune-epochs", "2"
    command("reproduce", "--out", str(folder / "run"), *start, *options)


def all_systems(folder):
    pretrained(folder, "--systems", "all")


def study(folder):
    command("study", "--out", str(folder / "study"), "--num-seeds", "1")


def evaluate(folder):
    """Of the finished run in the folder, on its own photos."""
    command(
        "evaluate",
        str(folder / "run"),
        "--catalogue",
        photos_of(folder),
        "--out",
        str(folder / "e"),
    )


def search(folder):
    out = "--out", str(folder / "found.csv")
    command("search", str(folder / "run"), "--catalogue", photos_of(folder), *out)


def check(folder):
    command("check", photos_of(folder), "--out", str(folder / "problems.csv"))


def deploy(folder):
    command("deploy", str(folder / "run"), "--out", str(folder / "deployed"))


def add(folder):
    """Some of the run's own articles once more, under other ids, to the deployed run."""
    command("add", str(folder / "deployed"), str(folder / "new"))


def convert(folder):
    command("convert", "lookbook", str(folder / "lookbook"), str(folder / "catalogue"))


def demo(folder):
    command("demo", "--out", str(folder / "demo"), "--seed", "0", "--no-browser")


def photos_of(folder):
    """The folder of the photos that a finished run was made of."""
    return str(next((folder / "run" / "work").glob("studio-*")))


def command(*words):
    from studio2shop.__main__ import main

    status = main(list(words))
    if status:
        sys.exit(status)


def tiny_scale():
    """Sizes and efforts at which the main job takes seconds."""
    from studio2shop.jobs.scales import Scale

    return Scale(
        (48, 32),
        (64, 64),
        "compact",
        None,
        fdna_epochs=2,
        head_epochs=2,
        all_epochs=2,
        comparison_epochs=2,
        num_articles=80,
        num_queries=160,
    )


def _make_tiny():
    import tensorflow as tf

    from studio2shop.jobs import scales
    from studio2shop.training import phases

    tf.config.run_functions_eagerly(True)
    phases.MATCHING_STEPS = 5
    scales.SCALES["workshop"] = tiny_scale()


if __name__ == "__main__":
    job, place, at, most_bytes, most_seconds = sys.argv[1:]
    if job not in ("check", "convert"):  # which need no TensorFlow
        _make_tiny()
    if int(most_bytes):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes),) * 2)
    end_at(int(at))
    if float(most_seconds):
        end_after(float(most_seconds))
    globals()[job](pathlib.Path(place))
