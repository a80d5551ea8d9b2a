"""The embedded studio: pictures depend on number and seed alone, with Section 3's shares."""

import json
import math
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from studio2shop import load_catalogue, paper, render_catalogue
from studio2shop.io.images import load_image
from studio2shop.studio import render, vocabulary
from studio2shop.studio.article import article_attributes, article_garment
from studio2shop.studio.outfit import draw_outfit
from studio2shop.studio.scene import draw_title
from studio2shop.studio.settings import RENDERER_VERSION

SIZE = (64, 44)
NUM_ARTICLES, NUM_QUERIES = 12, 60


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """Articles and queries in several batches, so that several processes render them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "_BATCH", 5)
        return render_catalogue(
            tmp_path_factory.mktemp("rendered") / "studio", NUM_ARTICLES, NUM_QUERIES, SIZE, seed=3
        )


@pytest.fixture(scope="module")
def attributes():
    """The attributes of 4,000 articles."""
    return [article_attributes(0, number) for number in range(4000)]


@pytest.fixture(scope="module")
def outfits():
    """The outfits of 4,000 queries of 1,000 articles."""
    return [draw_outfit(0, number, 1000) for number in range(4000)]


def contents(folder, pattern="**/*.*"):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.glob(pattern))
        if path.is_file()
    }


def test_one_process_renders_the_same_bytes_as_several(studio, tmp_path, monkeypatch):
    monkeypatch.setattr(render, "_BATCH", 1000)  # one batch, which this process renders
    render_catalogue(tmp_path / "studio", NUM_ARTICLES, NUM_QUERIES, SIZE, seed=3)
    assert contents(tmp_path / "studio") == contents(studio.folder)
    assert len(contents(studio.folder, "**/*.jpg")) == NUM_ARTICLES + NUM_QUERIES


def test_some_photos_of_a_catalogue_are_rendered_as_all_of_them_are(studio, tmp_path):
    for name in ("studio.json", "articles.csv", "queries.csv", "matches.csv"):
        shutil.copy(studio.folder / name, tmp_path)
    catalogue = load_catalogue(tmp_path)
    wanted = catalogue.article_ids[[3, 1, 3]], catalogue.query_ids[:2]
    for _ in range(2):  # what is there is left alone
        render.render_photos(catalogue, *wanted)
        found = contents(tmp_path, "**/*.jpg")
        assert sorted(pathlib.Path(name).stem for name in found) == sorted({*wanted[0], *wanted[1]})
        assert found.items() <= contents(studio.folder, "**/*.jpg").items()


def test_an_article_is_the_same_in_a_catalogue_of_another_size_and_in_another_order(
    studio, tmp_path
):
    smaller = render_catalogue(tmp_path / "studio", 5, 1, SIZE, seed=3)
    ours = contents(studio.folder, "articles/**/*.jpg")
    assert contents(smaller.folder, "articles/**/*.jpg") == dict(list(ours.items())[:5])
    assert smaller.articles.equals(studio.articles[:5])
    (tmp_path / "backwards" / "articles" / "0000").mkdir(parents=True)
    look = {"seed": 3, "style": "studio", "image_size": SIZE}
    render._render_articles(tmp_path / "backwards", look, [4, 3, 2, 1, 0])
    assert contents(tmp_path / "backwards") == contents(smaller.folder, "articles/**/*.jpg")


def test_a_query_is_the_same_beside_more_or_fewer_queries(studio, tmp_path):
    fewer = render_catalogue(tmp_path / "studio", NUM_ARTICLES, 7, SIZE, seed=3)
    assert contents(fewer.folder, "queries/**/*.jpg") == dict(
        list(contents(studio.folder, "queries/**/*.jpg").items())[:7]
    )


def test_a_stopped_rendering_goes_on_and_gives_the_same_bytes(studio, tmp_path):
    shutil.copytree(studio.folder, tmp_path / "studio")
    complete = contents(tmp_path / "studio")
    for lost in [path for path in complete if path[-5] in "37"] + ["queries.csv", "matches.csv"]:
        (tmp_path / "studio" / lost).unlink()
    untouched = {path: path.stat().st_mtime_ns for path in (tmp_path / "studio").glob("**/*.jpg")}
    assert 40 < len(untouched) < NUM_ARTICLES + NUM_QUERIES
    render_catalogue(tmp_path / "studio", NUM_ARTICLES, NUM_QUERIES, SIZE, seed=3)
    assert contents(tmp_path / "studio") == complete
    assert all(path.stat().st_mtime_ns == time for path, time in untouched.items())


def test_another_seed_gives_other_pictures(studio, tmp_path):
    other = render_catalogue(tmp_path / "studio", 5, 5, SIZE, seed=4)
    ours = set(contents(studio.folder, "**/*.jpg").values())
    assert len(ours) == NUM_ARTICLES + NUM_QUERIES
    assert not ours & set(contents(other.folder, "**/*.jpg").values())


def test_the_catalogue_is_complete_and_passes_its_own_check(studio):
    assert studio.check().empty
    assert (
        repr(studio)
        == repr(load_catalogue(studio.folder))
        == (
            f"Catalogue(studio: 12 articles, 60 queries, {len(studio.matches)} matches, "
            f"{len(studio.attributes)} attributes)"
        )
    )
    counts = studio.summary()
    assert counts["articles_without_query"] == counts["queries_without_match"] == 0
    # an article's first four queries
    assert all(counts["queries_by_view"][view] >= NUM_ARTICLES for view in vocabulary.VIEWS)
    assert list(studio.articles.columns) == ["article_id", "image", *paper.ATTRIBUTES]
    assert {load_image(path).shape for path in studio.article_paths + studio.query_paths} == {
        (*SIZE, 3)
    }


def test_a_title_image_is_a_garment_on_white(studio):
    for path in studio.article_paths:
        picture = load_image(path)
        corners, middle = picture[[0, 0, -1, -1], [0, -1, 0, -1]], picture[24:40, 14:30]
        assert corners.min() >= 250, path
        assert middle.min() < 240, path


def test_the_main_colour_is_that_of_the_picture(attributes):
    def brightness(colour):
        garments = [
            article_garment(0, number)
            for number, known in enumerate(attributes)
            if known["main_colour"] == colour
        ]
        plain = [
            garment
            for garment in garments
            if garment.pattern == "plain" and garment.category == "t-shirt/top"
        ][:5]
        return [
            np.asarray(draw_title(garment, SIZE, np.random.default_rng(0)))[24:40, 17:27].mean()
            for garment in plain
        ]

    assert max(brightness("black")) < 80 < min(brightness("grey")) and max(
        brightness("grey")
    ) < 190 < min(brightness("white"))


def test_categories_have_the_papers_shares(attributes):
    for category, share in paper.CATEGORY_FRACTIONS.items():
        expected, deviation = (
            share * len(attributes),
            math.sqrt(share * (1 - share) * len(attributes)),
        )
        assert (
            abs(sum(known["category"] == category for known in attributes) - expected)
            < 4 * deviation
        ), category


def test_attributes_have_the_papers_coverage_and_no_more_labels_than_the_paper(attributes):
    assert list(attributes[0]) == list(paper.ATTRIBUTES)
    for name, (num_values, coverage) in paper.ATTRIBUTES.items():
        labels = [known[name] for known in attributes if known[name]]
        assert abs(len(labels) / len(attributes) - coverage) < 0.03, name
        assert 2 <= len(set(labels)) <= num_values, name


def test_the_vocabulary_has_as_many_words_as_the_paper_counts_values():
    lengths = vocabulary.TOP_LENGTHS | vocabulary.SKIRT_LENGTHS | vocabulary.TROUSER_LENGTHS
    tables = [
        vocabulary.CATEGORIES,
        vocabulary.COLOURS,
        vocabulary.PATTERNS,
        lengths,
        vocabulary.SLEEVE_LENGTHS,
    ]
    tables += [
        vocabulary.COLLARS,
        vocabulary.NECKLINES,
        vocabulary.MATERIALS,
        vocabulary.TROUSER_RISES,
    ]
    assert [len(table) for table in tables] == [
        num_values for num_values, _ in paper.ATTRIBUTES.values()
    ]


def test_an_attribute_is_never_annotated_where_it_means_nothing(attributes):
    for known in attributes:
        below = known["category"] in ("trouser", "skirt")
        assert not (
            below and (known["sleeve_length"] or known["shirt_collar"] or known["neckline"])
        )
        assert known["category"] == "trouser" or not known["trouser_rise"]


def test_about_a_fifth_of_the_queries_are_annotated_with_several_articles(outfits):
    # the paper: 250,000 of 1.15 million
    assert 0.17 < np.mean([len(outfit.matches) > 1 for outfit in outfits]) < 0.27


def test_each_article_is_the_focus_of_a_query_of_each_view(outfits):
    assert {(outfit.matches[0], outfit.view) for outfit in outfits} == {
        (article, view) for article in range(1000) for view in vocabulary.VIEWS
    }


@settings(max_examples=50)
@given(
    seed=strategies.integers(0, 5),
    num_articles=strategies.integers(1, 40),
    number=strategies.integers(0, 500),
)
def test_each_annotated_article_is_worn_and_the_querys_own_stands_first(seed, num_articles, number):
    outfit = draw_outfit(seed, number, num_articles)
    assert outfit.matches[0] == number % num_articles and outfit.focus == article_garment(
        seed, outfit.matches[0]
    )
    assert len(set(outfit.matches)) == len(outfit.matches) and max(outfit.matches) < num_articles
    assert all(
        article_garment(seed, match) in (outfit.inner, outfit.bottom, outfit.jacket)
        for match in outfit.matches
    )


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (
            {"num_articles": 0},
            "`num_articles` must be an integer of at least 1, received 0; pass such a number.",
        ),
        (
            {"num_queries": 0},
            "`num_queries` must be an integer of at least 1, received 0; pass such a number.",
        ),
        (
            {"num_articles": True},
            "`num_articles` must be an integer of at least 1, received True; pass such a number.",
        ),
        ({"seed": -1}, "`seed` must be an integer of at least 0, received -1; pass such a number."),
        (
            {"image_size": (15, 44)},
            (
                "`image_size` must be (height, width) of 16 to 4096 pixels each, received (15, "
                "44); pass for example (224, 155) or (112, 78)."
            ),
        ),
        (
            {"image_size": 64},
            (
                "`image_size` must be (height, width) of 16 to 4096 pixels each, received 64; "
                "pass for example (224, 155) or (112, 78)."
            ),
        ),
        (
            {"image_size": (64.0, 44.0)},
            (
                "`image_size` must be (height, width) of 16 to 4096 pixels each, received (64.0, "
                "44.0); pass for example (224, 155) or (112, 78)."
            ),
        ),
        (
            {"folder": "photos"},
            (
                "`folder` must be new, empty or an unfinished rendering, but {}/photos holds other "
                "files; pass another `folder`."
            ),
        ),
        (
            {"folder": "file.txt"},
            (
                "`folder` must be new, empty or an unfinished rendering, but {}/file.txt holds "
                "other files; pass another `folder`."
            ),
        ),
        (
            {"folder": "other"},
            (
                "{}/other/studio.json was rendered with seed=7, but 0 was asked for; pass the same "
                "settings, another `folder`, or delete this one."
            ),
        ),
    ],
)
def test_what_cannot_be_rendered_is_refused_in_one_sentence(tmp_path, arguments, sentence):
    (tmp_path / "photos").mkdir()
    for other in ("photos/mine.jpg", "file.txt"):
        (tmp_path / other).write_text("")
    (tmp_path / "other").mkdir()
    settings_there = {
        "renderer_version": RENDERER_VERSION,
        "num_articles": 2,
        "num_queries": 2,
        "image_size": [16, 16],
        "seed": 7,
    }
    (tmp_path / "other" / "studio.json").write_text(json.dumps(settings_there))
    before = contents(tmp_path)
    arguments = {
        "num_articles": 2,
        "num_queries": 2,
        "image_size": (16, 16),
        **arguments,
        "folder": tmp_path / arguments.get("folder", "new"),
    }
    with pytest.raises(ValueError) as caught:
        render_catalogue(**arguments)
    assert str(caught.value) == sentence.format(tmp_path)
    assert contents(tmp_path) == before


def test_a_plain_script_without_a_main_guard_renders_in_several_processes(tmp_path):
    script = (
        "import studio2shop\ncatalogue = studio2shop.render_catalogue('studio', num_articles=2, "
        "num_queries=51, image_size=(16, 16))\nprint(catalogue)\n"
    )
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout.startswith("Catalogue(studio: 2 articles, 51 queries, ")
        and done.stdout.count("\n") == 1
    )
