"""Gradio's photo editor with the package's own reading of photos, and its bounds and sentences."""

import pathlib
import tempfile

import gradio as gr
from gradio.data_classes import FileData
from PIL import Image

from studio2shop.io.image_error import ImageError
from studio2shop.io.images import load_image


def photo_editor(**options):
    """An `ImageEditor` that opens no other photos than `load_image` does.

    Gradio opens whatever Pillow can: EPS too, by Ghostscript, and up to 179 megapixels.

    Args:
        **options: of `gradio.ImageEditor`.
    """
    editor = gr.ImageEditor(**options)
    # not in a subclass: Gradio writes a file of types beside the module of each
    editor.convert_and_format_image = _open_photo
    return editor


def _open_photo(file, flatten_on_white=False):
    """The PIL image of an upload or of the bytes of a canvas; what is clear becomes white.

    Raises:
        gradio.Error: it is no photo that can be used; shown on the page.
    """
    if file is None:
        return None
    if isinstance(file, FileData):
        return _load(file.path)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "photo")
        path.write_bytes(file)
        return _load(path)


def _load(path):
    try:
        return Image.fromarray(load_image(path))
    except ImageError as error:  # whose path is not the user's
        raise gr.Error(
            f"The photo can't be used: {error.problem}; {error.what_to_do}.", print_exception=False
        ) from error
