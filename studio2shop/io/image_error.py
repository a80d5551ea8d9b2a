"""The one error of photos that cannot be used, and what shows from outside that a file is none."""

import os
import stat

from PIL import Image

from studio2shop.io.words import shown

# Some decoders read the whole file first. Even 80 megapixels with alpha have 320 MB uncompressed.
MAX_FILE_BYTES = 400_000_000


class ImageError(ValueError):
    """A photo that cannot be used.

    Its message is one sentence with the path, the problem and the way out.

    Attributes:
        problem: str. What is wrong, without the path.
        what_to_do: str. The way out.
    """

    def __init__(self, path, problem, what_to_do):
        super().__init__(path, problem, what_to_do)
        self.problem, self.what_to_do = problem, what_to_do

    def __str__(self):
        return f"{shown(self.args[0])}: {self.problem}; {self.what_to_do}."


def refuse_what_is_no_photo(path):
    """Raises `ImageError` for what is missing, no file, empty or larger than any photo."""
    try:
        status = os.stat(path)
    except PermissionError as error:
        raise unreadable(path, error) from error
    except (OSError, ValueError) as error:  # missing, or a name that no file can have
        raise ImageError(
            path, "there is no such file", "correct the path or put the photo there"
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise ImageError(path, "it is a folder", "give the path of a photo")
    if not stat.S_ISREG(status.st_mode):
        raise ImageError(path, "it is no regular file", "give the path of a photo")
    if status.st_size == 0:
        raise ImageError(path, "the file is empty (0 bytes)", "copy or download the photo again")
    if status.st_size > MAX_FILE_BYTES:
        raise ImageError(
            path,
            f"the file has {status.st_size // 10**6:,} megabytes, more than "
            f"{MAX_FILE_BYTES // 10**6}",
            "save a smaller version of it",
        )


def unreadable(path, error):
    """The `ImageError` for what reading or decoding raised.

    `path` may also be words for an image without a file.
    """
    again = "copy or download the photo again"
    if isinstance(error, ImageError):  # raised where the path was not known
        return ImageError(path, error.problem, error.what_to_do)
    if isinstance(error, PermissionError):
        return ImageError(path, "it may not be read", "ask for the right to read it")
    if not isinstance(error, Image.UnidentifiedImageError):
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        return ImageError(path, f"it cannot be decoded ({shown(reason)})", again)
    with open(path, "rb") as file:
        if file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return ImageError(path, "it is a web page or other text, not an image", again)
    return ImageError(path, "it is no image in a format read here", "save it as JPEG or PNG")
