"""What a search found, as a page; a few lines stand in for the network."""

import base64
import dataclasses
import io
import shutil

import numpy as np
import pandas as pd
import pytest
from gallery_page import Page
from PIL import Image

from studio2shop import write_gallery
from studio2shop.io.images import ImageError
from studio2shop.jobs.pages.gallery import ENLARGED_BYTES, FEW_ARTICLES, THUMBNAIL_BYTES


def found(*rows):
    return pd.DataFrame(rows, columns=["query", "article_id", "score", "rank"])


def picture_in(address):
    data = base64.b64decode(address.removeprefix("data:image/jpeg;base64,"))
    return Image.open(io.BytesIO(data)), len(data)


@pytest.fixture
def page_of(tmp_path):
    def write(photos, rows, *others):
        write_gallery(tmp_path / "found.html", photos, found(*rows), *others)
        return Page(tmp_path / "found.html")

    return write


def test_the_page_holds_each_photo_and_its_articles_best_first(studio, page_of):
    ids = studio.article_ids
    page = page_of(
        studio.query_paths[:2],
        [(0, ids[7], 0.75, 1), (0, ids[2], 0.25, 2), (1, ids[7], 0.5, 1)],
        studio,
    )
    names = [
        "the photo q0000000.jpg",
        f"article {ids[7]}",
        f"article {ids[2]}",
        "the photo q0000001.jpg",
        f"article {ids[7]}",
    ]
    alts = [picture["alt"] for picture in page.pictures]
    assert [alt for alt in alts if not alt.startswith("known match")] == names
    labels = [
        ", ".join(
            f"{name.replace('_', ' ')}: {studio.articles.loc[row, name]}"
            for name in studio.attributes
            if studio.articles.loc[row, name]
        )
        for row in (7, 2)
    ]
    assert page.articles[0] == ["1", "0.750", ids[7], labels[0]]
    assert page.articles[1][:4] == ["2", "0.250", ids[2], labels[1]]
    assert "2 articles found; the known match is none of them" in page.words


def test_what_is_known_to_be_worn_is_shown_beside_the_photo_found_or_not(studio, page_of):
    query_id, article_id = studio.matches.iloc[0]
    photo = studio.query_paths[list(studio.query_ids).index(query_id)]
    known = set(studio.matches["article_id"][studio.matches["query_id"] == query_id])
    other = next(other for other in studio.article_ids if other not in known)
    for rows, where in (
        ([(0, article_id, 0.5, 3)], "rank 3"),
        ([(0, other, 0.5, 1)], "not found"),
    ):
        page = page_of([photo], rows, studio)
        shown = [picture for picture in page.pictures if picture["alt"].startswith("known match")]
        assert f"known match {article_id}" in [picture["alt"] for picture in shown]
        assert len(shown) == len(known) and {where, article_id} <= set(page.words)


def test_one_category_can_be_looked_at_alone(studio, page_of):
    category = studio.articles["category"]
    rows = [(0, article_id, 0.5, rank) for rank, article_id in enumerate(studio.article_ids, 1)]
    page = page_of(studio.query_paths[:1], rows, studio)
    choices = sorted(set(category) - {""})
    first = page.words.index("all")
    assert page.words[first : first + 1 + len(choices)] == ["all", *choices]
    for number, name in enumerate(choices):
        assert page.text.count(f'data-category="{number}">') == (category == name).sum()
        assert f"#only-{number}:checked" in page.text
    alike = studio.article_ids[category == choices[0]][:2]
    page = page_of(studio.query_paths[:1], [(0, one, 0.5, 1) for one in alike], studio)
    assert "fieldset" not in page.tags


def test_known_matches_of_a_catalogues_own_queries_are_marked(studio, page_of, tmp_path):
    query_id, article_id = studio.matches.iloc[0]
    photo = studio.query_paths[list(studio.query_ids).index(query_id)]
    other = next(
        other
        for other in studio.article_ids
        if other not in set(studio.matches["article_id"][studio.matches["query_id"] == query_id])
    )
    page = page_of([photo], [(0, other, 0.75, 1), (0, article_id, 0.5, 2)], studio)
    assert page.marked == [False, True] and page.articles[1][:3] == ["2", "0.500", "known match"]
    assert "2 articles found; known match at rank 2" in page.words
    assert (
        page_of([photo], [(0, article_id, 0.5, 1)], studio, [article_id]).articles[0][2]
        == "known match, trained on"
    )
    shutil.copy(photo, tmp_path / "copy.jpg")
    page = page_of([tmp_path / "copy.jpg"], [(0, article_id, 0.5, 1)], studio)
    assert page.marked == [False] and "1 article found" in page.words


def test_the_page_needs_nothing_but_itself(studio, page_of, tmp_path):
    rows = [
        (0, article_id, 0.5, rank) for rank, article_id in enumerate(studio.article_ids[:50], 1)
    ]
    page = page_of(studio.query_paths[:1], rows, studio)
    found_pictures = [one for one in page.pictures if one["alt"].startswith("article")]
    assert len(found_pictures) == 50 and all(
        picture["src"].startswith("data:image/jpeg;base64,") for picture in page.pictures
    )
    for picture in page.pictures:
        page.text = page.text.replace(picture["src"], "")
    assert (
        not any(word in page.text for word in ("http", "url(", "@import", "//"))
        and "script" not in page.tags
    )
    assert [path.name for path in tmp_path.iterdir()] == ["found.html"]


def test_a_picture_keeps_its_proportions_and_weighs_little_whatever_its_file_does(
    studio, page_of, tmp_path
):
    shop = dataclasses.replace(
        studio,
        photos=tmp_path,
        articles=studio.articles[:3].assign(image=["wide.png", "noise.png", "small.png"]),
    )
    Image.new("RGB", (1200, 300), "red").save(tmp_path / "wide.png")
    Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (1500, 1000, 3)).astype("uint8")
    ).save(tmp_path / "noise.png")
    Image.new("RGB", (10, 20), "red").save(tmp_path / "small.png")
    page = page_of(
        studio.query_paths[:1],
        [(0, article_id, 0.5, rank) for rank, article_id in enumerate(shop.article_ids, 1)],
        shop,
    )
    pictures = [
        picture_in(picture["src"]) for picture in page.pictures if "article" in picture["alt"]
    ]
    assert [picture.size for picture, _ in pictures] == [(240, 60), (232, 348), (10, 20)]
    assert all(num_bytes <= ENLARGED_BYTES for _, num_bytes in pictures)
    many = [(0, shop.article_ids[1], 0.5, rank) for rank in range(1, FEW_ARTICLES + 2)]
    picture, num_bytes = picture_in(
        page_of(studio.query_paths[1:2], many, shop).pictures[-1]["src"]
    )
    assert picture.size == (116, 174) and num_bytes <= THUMBNAIL_BYTES


def test_names_with_signs_of_html_are_shown_as_they_are(studio, page_of, tmp_path):
    photo, article_id = tmp_path / "a <b>&c.jpg", '<b>"5" & 6</b>'
    shutil.copy(studio.query_paths[0], photo)
    articles = studio.articles[:1].assign(article_id=article_id, category="<i>top</i>")
    shop = dataclasses.replace(
        studio, articles=articles, attributes={"category": ("<i>top</i>", "dress")}
    )
    page = page_of([photo], [(0, article_id, 0.5, 1)], shop)
    assert [picture["alt"] for picture in page.pictures] == [
        "the photo a <b>&c.jpg",
        f"article {article_id}",
    ]
    assert page.articles[0] == ["1", "0.500", article_id, "category: <i>top</i>"]
    assert page.tags.count("b") == 1  # the rank's own


def test_articles_without_a_picture_are_shown_by_their_ids(studio, page_of):
    gone = dataclasses.replace(
        studio, articles=studio.articles[:2].assign(image=["gone.jpg", studio.articles["image"][1]])
    )
    rows = [
        (0, studio.article_ids[0], 0.5, 1),
        (0, studio.article_ids[1], 0.4, 2),
        (0, "of another shop", 0.3, 3),
    ]
    page = page_of(studio.query_paths[:1], rows, gone)
    assert [article[0] for article in page.articles] == [
        "no picture",
        "2",
        "no picture",
    ] and page.articles[2] == ["no picture", "3", "0.300", "of another shop"]
    assert sum(picture["alt"].startswith("article") for picture in page.pictures) == 1
    assert "Articles whose title image is gone or can't be read: 2." in page.text
    assert "id, attributes. Scores" in page.text
    page = page_of(studio.query_paths[:1], rows)
    assert [article[0] for article in page.articles] == [
        "no picture"
    ] * 3 and "Articles whose title image is gone or can't be read: 3." in page.text
    assert "id. Scores" in page.text


def test_a_photo_in_which_nothing_was_found_is_shown_all_the_same(studio, page_of):
    page = page_of(studio.query_paths[:1], [], studio)
    alts = [picture["alt"] for picture in page.pictures]
    assert not any(alt.startswith("article") for alt in alts) and "nothing found" in page.words


def test_too_many_articles_for_a_page_are_refused_and_a_broken_photo_too(studio, tmp_path):
    with pytest.raises(
        ValueError,
        match="5,001 articles found in 1 photos are too many for one page, 5,000 are the most",
    ):
        write_gallery(
            tmp_path / "found.html",
            studio.query_paths[:1],
            found(*[(0, "a", 0.5, 1)] * 5001),
            studio,
        )
    (tmp_path / "broken.jpg").write_text("no photo")
    with pytest.raises(ImageError, match="broken.jpg"):
        write_gallery(tmp_path / "found.html", [tmp_path / "broken.jpg"], found(), studio)
    assert not (tmp_path / "found.html").exists()
