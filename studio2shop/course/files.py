"""The course's own files: found in a checkout or in a package, copied to a user's folder."""

import pathlib
import shutil

import studio2shop

COPIED = (
    "README.md",
    "data_card.md",
    "model_card.md",
    "[0-9]*.ipynb",
    "source/[0-9]*.py",
    "solutions/[0-9]*.py",
)


def notebooks_folder():
    """The folder of the course: part of an installed package, beside it in a checkout."""
    package = pathlib.Path(studio2shop.__file__).parent
    installed = package / "notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"


def copy_course(target):
    """Copies notebooks, sources, solutions and the leader's page to a folder.

    Args:
        target: path of the folder, made if missing. What is there already and the same is left as
            it is.

    Returns:
        List of the copied files' paths below the folder, as str.

    Raises:
        FileExistsError: if a file there differs from the course's, before anything is copied.
        NotADirectoryError: if `target` is a file.
    """
    source, target = notebooks_folder(), pathlib.Path(target)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"{target}: there is a file of that name; give another folder.")
    paths = [
        path.relative_to(source) for pattern in COPIED for path in sorted(source.glob(pattern))
    ]
    missing = [path for path in paths if not (target / path).exists()]
    changed = [
        path
        for path in paths
        if path not in missing and (target / path).read_bytes() != (source / path).read_bytes()
    ]
    if changed:
        others = f" ({len(changed) - 1} more)" if len(changed) > 1 else ""
        raise FileExistsError(
            f"{target / changed[0]}: it differs from the course's{others} and is not overwritten; "
            "give another folder, or move it away."
        )
    for path in missing:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)
    return [path.as_posix() for path in missing]
