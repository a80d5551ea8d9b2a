"""Short hashes of what a stage is made from: settings, files, photos, code."""

import ast
import functools
import hashlib
import json
import os
import pathlib

import numpy as np

import studio2shop
from studio2shop.io.readers import read_bytes


def fingerprint(*values):
    """A short hash of settings and files, to tell whether a stage may be reused.

    Args:
        values: anything JSON can say, or paths of files. A file counts by its content up to 1 MB,
            else by its size and time of change.

    Returns:
        16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for value in values:
        if isinstance(value, pathlib.Path):
            digest.update(_content(value))
        else:
            digest.update(json.dumps(value, sort_keys=True, default=str).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def _content(path):
    stat = path.stat()
    if stat.st_size <= 1_000_000:
        return read_bytes(path, "file that a stage is made from")
    return f"{stat.st_size} {stat.st_mtime_ns}".encode()


def file_digests(paths):
    """A hash of each file's content, an array `(files,)` of str."""
    contents = (read_bytes(path, "photo", "put a photo there or leave it out") for path in paths)
    return np.array([hashlib.sha256(content).hexdigest() for content in contents])


def catalogue_fingerprint(catalogue):
    """A hash of a catalogue's tables and of the size and time of change of each image it names."""
    digest = hashlib.sha256()
    for table in (catalogue.articles, catalogue.queries, catalogue.matches):
        digest.update(table.to_csv(index=False).encode())
    for path in [*catalogue.article_paths, *catalogue.query_paths]:
        if os.path.exists(path):
            stat = os.stat(path)
            digest.update(f"{stat.st_size} {stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]


@functools.cache
def code_fingerprint(*names, package=None):
    """A hash of some modules' code, and of all that they import from this package, however deep.

    Comments, docstrings and form don't count. So a stage is made again where the code that makes it
    says something else, and nowhere else.

    Args:
        names: of modules below `studio2shop`, such as `"training.fdna"`.
        package: the package's folder; default: where it is installed.

    Returns:
        16 hexadecimal digits.

    Raises:
        FileNotFoundError: if there is no module of such a name.
    """
    package = pathlib.Path(package or pathlib.Path(studio2shop.__file__).parent)
    for name in names:
        if _module_path(package, name) is None:
            raise FileNotFoundError(f"{package}: there is no module {name!r}.")
    code, wanted = {}, list(names)
    while wanted:
        name = wanted.pop()
        path = _module_path(package, name)
        if name not in code and path is not None:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            wanted += _imported_names(tree)
            code[name] = ast.unparse(_without_docstrings(tree))
    return fingerprint(sorted(code.items()))


def _module_path(package, name):
    places = (
        package / f"{name.replace('.', '/')}.py",
        package / name.replace(".", "/") / "__init__.py",
    )
    return next((path for path in places if path.exists()), None)


def _imported_names(tree):
    """Names below `studio2shop` that a module imports; some are of what stands in a module."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    own = "studio2shop."
    return [name.removeprefix(own) for name in names if name.startswith(own)]


def _without_docstrings(tree):
    for node in ast.walk(tree):
        has_docstring = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if has_docstring and ast.get_docstring(node, clean=False) is not None:
            node.body[0] = ast.Pass()
    return tree
