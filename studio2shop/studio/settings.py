"""What a catalogue was rendered with: checked, written beside its pictures, read again."""

import json
import pathlib
from types import NoneType

import numpy as np

from studio2shop.io.files import UNFINISHED, write_text
from studio2shop.io.readers import read_json, reading
from studio2shop.io.words import quoted
from studio2shop.studio.styles import STYLES

RENDERER_VERSION = 2
"""Raised whenever the same seed would give other pictures."""

MARK = "studio.json"  # in the folder of the catalogue
SMALLEST_IMAGE, LARGEST_IMAGE = 16, 4096
MOST_PICTURES = 10**7  # their names have seven digits

_WAY_OUT = "render the catalogue anew, into another folder"
_TYPES = {
    "renderer_version": (int,),
    "num_articles": (int,),
    "num_queries": (int,),
    "image_size": (list,),
    "seed": (int,),
    "style": (str, NoneType),  # styles came later than folders
}


def checked_settings(num_articles, num_queries, image_size, seed, style):
    """The settings of a rendering as they are written.

    Returns:
        dict.

    Raises:
        ValueError: a number or size is too small, too large or none, or the style unknown.
    """
    for name, value, least, most in (
        ("num_articles", num_articles, 1, MOST_PICTURES),
        ("num_queries", num_queries, 1, MOST_PICTURES),
        ("seed", seed, 0, None),
    ):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(
                f"`{name}` must be an integer of at least {least}, received {quoted(value)}; pass "
                "such a number."
            )
        if most is not None and value > most:
            raise ValueError(
                f"`{name}` must be {most:,} at most, received {quoted(value)}; pass fewer."
            )
    size = tuple(image_size) if isinstance(image_size, (tuple, list)) else ()
    if len(size) != 2 or any(
        not isinstance(side, (int, np.integer)) or not SMALLEST_IMAGE <= side <= LARGEST_IMAGE
        for side in size
    ):
        raise ValueError(
            f"`image_size` must be (height, width) of {SMALLEST_IMAGE} to {LARGEST_IMAGE} pixels "
            f"each, received {quoted(image_size)}; pass for example (224, 155) or (112, 78)."
        )
    if not isinstance(style, str) or style not in STYLES:
        raise ValueError(f"`style` must be one of {', '.join(STYLES)}; received {quoted(style)}.")
    return {
        "renderer_version": RENDERER_VERSION,
        "num_articles": int(num_articles),
        "num_queries": int(num_queries),
        "image_size": [int(side) for side in size],
        "seed": int(seed),
        "style": style,
    }


def claim(folder, settings):
    """Marks a folder as rendered with these settings.

    Raises:
        ValueError: it holds something else, or was rendered with other ones.
    """
    path = folder / MARK
    if path.exists():
        found = _read(path)
        different = [name for name, value in settings.items() if found.get(name) != value]
        if different:
            name = different[0]
            raise ValueError(
                f"{path} was rendered with {name}={quoted(found.get(name))}, but "
                f"{settings[name]!r} was asked for; pass the same settings, another `folder`, or "
                "delete this one."
            )
        return
    if folder.exists() and (
        not folder.is_dir()
        or any(not entry.name.startswith(UNFINISHED) for entry in folder.iterdir())
    ):
        raise ValueError(
            f"`folder` must be new, empty or an unfinished rendering, but {folder} holds other "
            "files; pass another `folder`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(settings, indent=1) + "\n")


def found_settings(catalogue, otherwise):
    """What a catalogue was rendered with.

    Args:
        catalogue: a `Catalogue` of `render_catalogue`, or a part of one.
        otherwise: what holds of a catalogue of other photos, a clause.

    Returns:
        dict, as of `checked_settings`.

    Raises:
        ValueError: it was not rendered, or not by this renderer, or the file that says how is
            damaged.
    """
    path = pathlib.Path(catalogue.folder, MARK)
    if not path.exists():
        raise ValueError(
            f"{catalogue!r} was not rendered by the studio (it has no {MARK}): {otherwise}."
        )
    found = _read(path)
    with reading(path, "settings of a rendering", _WAY_OUT):
        asked = {name: found[name] for name in _TYPES}
        version = asked.pop("renderer_version")
        if version != RENDERER_VERSION:
            raise ValueError(f"renderer {version} drew them, this is {RENDERER_VERSION}")
        return checked_settings(**asked)


def _read(path):
    found = read_json(path, _TYPES, _WAY_OUT)
    return {**found, "style": found.get("style") or "studio"}


def look(settings):
    """The seed of a style's pictures, the `Style`, and their size."""
    style = STYLES[settings["style"]]
    return style.own_seed(settings["seed"]), style, tuple(settings["image_size"])
