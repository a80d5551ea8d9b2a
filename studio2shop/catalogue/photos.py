"""Where a catalogue's photos lie.

Below its own folder, or below the one folder that its catalogue.json names.
"""

import json
from pathlib import Path

from studio2shop.io.words import quoted

ORIGIN = "catalogue.json"


def photos_folder(folder):
    """The folder that a catalogue's image paths are relative to, and stay inside.

    It is the catalogue's own, unless that holds a `catalogue.json` such as `{"photos":
    "/data/lookbook"}`: so a converted catalogue refers to a data set's photos without copying them.
    All photos lie below one folder, and one line of text says which; it is worth a look before a
    catalogue from somewhere else is opened.

    Args:
        folder: str or path of the catalogue.

    Returns:
        path.

    Raises:
        ValueError: `catalogue.json` does not name a folder.
        FileNotFoundError: there is no such folder.

    Example:
        photos_folder("my_shop")
        # PosixPath('my_shop')
    """
    path = Path(folder, ORIGIN)
    if not path.is_file():
        return Path(folder)
    try:
        named = json.loads(path.read_bytes())["photos"]
        photos = Path(folder, named)
    except (ValueError, TypeError, KeyError, RecursionError) as failure:
        expected = 'expected {"photos": "path of the folder that the photos lie in"}'
        raise ValueError(
            f"{path}: {expected}; write that, or delete the file if they lie beside it."
        ) from failure
    if not photos.is_dir():
        raise FileNotFoundError(
            f"{path}: the photos should lie in {quoted(str(named))}, but there is no such folder; "
            "write there where they are now."
        )
    return photos
