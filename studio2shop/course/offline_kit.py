"""A folder for a room with bad Wi-Fi.

It has the course, all wheels, a finished run, and one command that installs from it.
"""

import importlib.metadata
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import studio2shop
from studio2shop.course.files import copy_course, notebooks_folder
from studio2shop.io.files import UNFINISHED
from studio2shop.io.words import shown

NOT_COPIED = shutil.ignore_patterns(f"{UNFINISHED}*", "external")  # of a run


def make_offline_kit(target, run_folder, announce=print, get_wheels=None):
    """Makes the kit, or adds this machine's wheels to one that another machine made.

    Args:
        target: path of the kit's folder: `notebooks/ wheels/ studio2shop-run/ install.py
            README.txt`.
        run_folder: folder of a finished run.
        announce: called with each line of text on what is done.
        get_wheels: function of the folder for the wheels; default: `download_wheels`.

    Raises:
        FileExistsError: if a notebook there was changed.
        ValueError: if the run's folder holds a link, a device or a pipe, and no plain file.
        OSError: if the wheels can't be had.
    """
    target, run_folder = pathlib.Path(target), pathlib.Path(run_folder)
    copy_course(target / "notebooks")
    for path in sorted((notebooks_folder() / "offline_kit").glob("[!_]*.*")):
        shutil.copyfile(path, target / path.name)
    kept = target / "studio2shop-run"
    if not (kept / "settings.json").exists():
        announce("copying the run ...")
        _check_regular(run_folder)
        shutil.copytree(
            run_folder,
            kept,
            dirs_exist_ok=True,
            ignore=NOT_COPIED,
        )
    announce("fetching the wheels, about a gigabyte ...")
    (get_wheels or download_wheels)(target / "wheels")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    announce(f"{target}: {size / 1e9:.1f} GB. On each participant's machine: python install.py")


def _check_regular(folder):
    """Refuses what is no file of the folder's own: a kit is handed on, and links lead anywhere."""
    for parent, folders, names in os.walk(folder):
        ignored = NOT_COPIED(parent, [*folders, *names])
        folders[:] = [name for name in folders if name not in ignored]
        for name in {*folders, *names} - ignored:
            path = pathlib.Path(parent, name)
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise ValueError(
                    f"{shown(path)}: it is a link or no regular file, which a kit doesn't copy; "
                    "put the file itself there, or delete it."
                )


def download_wheels(folder):
    """Puts the wheels of this package, and of all it needs, into a folder.

    They are for this system and Python; JupyterLab is among them.

    Raises:
        OSError: if pip could not get them.
    """
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--wheel-dir",
        str(folder),
        f"{package_source()}[notebooks]",
    ]
    if subprocess.run(command, check=False).returncode:
        raise OSError(
            "pip could not get all wheels (above it says why); with a network this command can be "
            f"tried alone: {' '.join(command)}"
        )


def package_source():
    """What pip can build this package's wheel from.

    The checkout that it lies in or was installed from, else its name and version.
    """
    root = pathlib.Path(studio2shop.__file__).parents[1]
    if (root / "setup.cfg").exists():
        return str(root)
    origin = json.loads(
        importlib.metadata.distribution("studio2shop").read_text("direct_url.json") or "{}"
    ).get("url", "")
    path = urllib.request.url2pathname(urllib.parse.urlparse(origin).path)
    if origin.startswith("file:") and pathlib.Path(path).exists():
        return path
    return f"studio2shop=={studio2shop.__version__}"
