"""Makes the notebooks from their sources: python notebooks/make.py [NN ...].

It needs the extra `notebooks`. Converts `source/NN_name.py` to `NN_name.ipynb`, runs it from top to
bottom in a fresh kernel and stores it with its outputs. The shared run is that of the environment
variable STUDIO2SHOP_RUN, else the usual one.
"""

import base64
import io
import os
import pathlib
import re
import sys
import time

import jupytext
import nbformat
from nbclient import NotebookClient
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
# what `studio2shop.io.progress` prints, which depends on the machine
PROGRESS = re.compile(r"^.+: [\d,]+ of [\d,]+ \w+, about .+ left.*\n", re.MULTILINE)
LARGE_PICTURE = 60_000  # bytes of a PNG, from which it is made smaller
MANY_COLOURS = 10_000  # from which a picture is of photos, whose skin 256 colours would blotch
JPEG_QUALITY = 85
KEPT_METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}


def main(prefixes):
    sources = [
        path
        for path in sorted((HERE / "source").glob("*.py"))
        if not prefixes or path.name.startswith(tuple(prefixes))
    ]
    if not sources:
        sys.exit(
            f"make.py: no source begins with {' or '.join(prefixes)}; give numbers such as 00, or "
            "none for all."
        )
    # this checkout's package
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    if os.environ.get("STUDIO2SHOP_RUN"):
        os.environ["STUDIO2SHOP_RUN"] = str(pathlib.Path(os.environ["STUDIO2SHOP_RUN"]).resolve())
    for source in sources:
        start = time.perf_counter()
        notebook = executed(source)
        path = HERE / f"{source.stem}.ipynb"
        nbformat.write(notebook, path)
        print(
            (
                f"{path.name}: {time.perf_counter() - start:.0f} s, "
                f"{path.stat().st_size / 1000:,.0f} kB"
            ),
            flush=True,
        )


def executed(source):
    """The notebook of a source, run from top to bottom; nothing in it tells where or when."""
    notebook = jupytext.read(source, fmt="py:percent")
    NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(HERE)}},
    ).execute()
    notebook.metadata = nbformat.from_dict(KEPT_METADATA)
    for position, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{position:02d}", nbformat.from_dict({})
        for output in cell.get("outputs", []):
            if "text" in output:
                output.text = PROGRESS.sub("", "".join(output.text))
            output.get("metadata", {}).clear()
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
            if "image/png" in output.get("data", {}):
                kind, picture = smaller(output.data.pop("image/png"))
                output.data[kind] = picture
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("text") != ""]
    return notebook


def smaller(picture):
    """A large PNG as a JPEG where it is of photos, else in at most 256 colours.

    Args:
        picture: a PNG in base64.

    Returns:
        `(kind, picture)`: `"image/png"` or `"image/jpeg"`, and the picture in base64.
    """
    if len(picture) * 3 / 4 < LARGE_PICTURE:
        return "image/png", picture
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    buffer = io.BytesIO()
    if image.getcolors(MANY_COLOURS) is None:
        image.save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return "image/jpeg", base64.b64encode(buffer.getvalue()).decode()
    image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(buffer, "PNG", optimize=True)
    return "image/png", min(picture, base64.b64encode(buffer.getvalue()).decode(), key=len)


if __name__ == "__main__":
    main(sys.argv[1:])
