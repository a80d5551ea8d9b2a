"""`notebooks/make.py`: pictures get smaller, and a page doesn't tell where it was made."""

import base64
import importlib.util
import io
import pathlib

import numpy as np
import pytest
from PIL import Image

for needed in ("jupytext", "nbformat", "nbclient"):
    pytest.importorskip(needed, reason="needs the extra `notebooks`")


@pytest.fixture(scope="module")
def make():
    path = pathlib.Path(__file__).parents[2] / "notebooks" / "make.py"
    spec = importlib.util.spec_from_file_location("make", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def as_png(array):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_a_large_picture_of_photos_becomes_a_jpeg_near_the_old_one(make):
    across, down = np.meshgrid(np.linspace(0, 255, 300), np.linspace(0, 255, 300))
    noise = np.random.default_rng(0).normal(0, 3, (300, 300))
    picture = (
        np.stack([across + noise, down + noise, 255 - across - noise], axis=-1)
        .clip(0, 255)
        .astype("uint8")
    )
    before = as_png(picture)
    kind, after = make.smaller(before)
    assert kind == "image/jpeg" and len(after) < 0.3 * len(before)
    reduced = np.asarray(Image.open(io.BytesIO(base64.b64decode(after))).convert("RGB"))
    assert reduced.shape == picture.shape and np.abs(reduced.astype(int) - picture).mean() < 8


def test_a_large_chart_keeps_its_colours_and_stays_a_png(make):
    palette = np.random.default_rng(0).integers(0, 256, (200, 3))
    picture = palette[np.random.default_rng(1).integers(0, 200, (400, 400))].astype("uint8")
    kind, after = make.smaller(as_png(picture))
    reduced = np.asarray(Image.open(io.BytesIO(base64.b64decode(after))).convert("RGB"))
    assert kind == "image/png" and np.abs(reduced.astype(int) - picture).max() <= 1


def test_a_small_picture_stays_as_it_is(make):
    before = as_png(np.zeros((40, 40, 3), "uint8"))
    assert make.smaller(before) == ("image/png", before)


def test_a_source_is_run_and_nothing_tells_where_or_when(make, tmp_path):
    source = tmp_path / "00_a.py"
    progress = "Training fdna: 1,200 of 3,600 batches, about 2 min left, loss=1.3"
    source.write_text(
        f"# %% [markdown]\n# # 00 · A\n\n# %%\nprint(1 + 1)\nprint({progress!r})\nprint(2 + 2)\n"
    )
    markdown, code = make.executed(source).cells
    expected = ("markdown", "# 00 · A", "cell-00")
    assert (markdown.cell_type, markdown.source, markdown.id) == expected
    assert (
        code.execution_count == 1
        and code.metadata == {}
        and "".join(output.text for output in code.outputs) == "2\n4\n"
    )


def test_a_number_that_no_source_has_is_answered_in_a_sentence(make):
    with pytest.raises(
        SystemExit, match="no source begins with 77; give numbers such as 00, or none for all."
    ):
        make.main(["77"])
