"""What a catalogue was rendered with, read again: as it was written, or one sentence."""

import json
import os
import re

import pytest

from studio2shop import render_catalogue
from studio2shop.studio.render import render_photos
from studio2shop.studio.restage import restaged_titles
from studio2shop.studio.settings import MARK
from studio2shop.studio.styles import STYLES
from studio2shop.studio.worn import worn_articles

WAY_OUT = "render the catalogue anew, into another folder."


@pytest.fixture
def catalogue(tmp_path):
    return render_catalogue(tmp_path / "studio", 2, 2, (16, 16))


def changed(path, **settings):
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_text(""), "no JSON object with .* \\(Expecting value"),
        (lambda path: path.write_bytes(path.read_bytes()[:50]), "no JSON object with "),
        (lambda path: path.write_text("[" * 100_000), "no JSON object with .* recursion"),
        (lambda path: path.write_text("[]"), "no JSON object with .* \\(it is of type list"),
        (lambda path: changed(path, seed=True), "\\(its seed is True\\)"),
        (
            lambda path: changed(path, seed=-1),
            "no settings of a rendering \\(`seed` must be",
        ),
        (lambda path: changed(path, style="nude"), "\\(`style` must be one of studio, .*'nude'"),
        (lambda path: changed(path, num_articles=10**40), "must be 10,000,000 at most, received "),
        (lambda path: changed(path, image_size=[10**6] * 2), "of 16 to 4096 pixels each, received"),
        (lambda path: changed(path, image_size=["a", {}]), "received \\['a', {}\\]"),
        (lambda path: changed(path, renderer_version=1), "renderer 1 drew them, this is 2"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "no regular file"),
        (lambda path: (path.unlink(), path.mkdir()), "no regular file"),
    ],
)
def test_settings_that_are_damaged_or_anothers_are_refused_in_one_sentence(catalogue, damage, said):
    path = catalogue.folder / MARK
    damage(path)
    for read in (
        lambda: render_photos(catalogue, catalogue.article_ids),
        lambda: restaged_titles(catalogue, catalogue.article_ids, STYLES["studio"]),
        lambda: worn_articles(catalogue),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: it is .*{said}") as caught:
            read()
        assert str(caught.value).endswith(WAY_OUT) and len(str(caught.value)) < 600


def test_a_folder_whose_settings_are_damaged_is_not_rendered_into(catalogue):
    path = catalogue.folder / MARK
    path.write_text("{}")
    with pytest.raises(ValueError, match=r"no JSON object .* \(its renderer_version is None"):
        render_catalogue(catalogue.folder, 2, 2, (16, 16))
    assert path.read_text() == "{}"


def test_an_id_that_the_studio_did_not_give_is_named(catalogue):
    for id_ in ("a1", "q0000001", "a00000012", "a-000001", "../../etc"):
        with pytest.raises(ValueError, match=rf"^'{id_}' is none of the studio's articles, whose"):
            render_photos(catalogue, article_ids=[id_])
