"""Notebook 08's checks say right to the right answers, what is off to others, and never raise."""

import numpy as np
import pytest
from PIL import Image

from studio2shop import Retriever, load_run
from studio2shop.course.exercises import other_photos


@pytest.fixture(scope="module")
def shop(tiny_run):
    """A search and the catalogue of its articles, as large as another shop's."""
    run = load_run(tiny_run[0])
    test = run.load_catalogue().select_articles(run.parts["test"])
    return Retriever(run.model, run.features.of(test)), test


def squeezed(images, factor):
    height, width = images.shape[1:3]
    narrow = round(width * factor)
    left = (width - narrow) // 2
    resized = np.stack(
        [np.asarray(Image.fromarray(image).resize((narrow, height))) for image in images]
    )
    return np.pad(resized, ((0, 0), (0, 0), (left, width - narrow - left), (0, 0)), mode="edge")


def test_one_per_cent_of_683_articles_is_the_best_six():
    assert other_photos.check_1(6).is_right
    assert "too large" in repr(other_photos.check_1(500))


def test_times_better_than_chance_is_the_middle_rank_by_the_median():
    assert other_photos.check_2(
        lambda median, num_articles: (num_articles + 1) / 2 / median
    ).is_right
    assert (
        other_photos.check_2(lambda median, num_articles: median / num_articles).is_right is False
    )
    assert "ZeroDivisionError" in repr(other_photos.check_2(lambda median, num_articles: 1 / 0))


def test_a_disc_must_be_round_again_and_then_the_ranks_are_told(shop):
    right = 0.54 / (78 / 112)
    assert other_photos.check_3(lambda images: squeezed(images, right), *shop).is_right
    verdict = other_photos.check_3(lambda images: squeezed(images, right).astype("float32"), *shop)
    assert (
        verdict.is_right
        and f"The median rank of {len(shop[1].queries)} queries of this shop goes from"
        in repr(verdict)
    )
    assert "still too wide" in repr(other_photos.check_3(lambda images: images, *shop))
    assert "too narrow" in repr(other_photos.check_3(lambda images: squeezed(images, 0.5), *shop))


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda images: images[:, :, ::2], "as large as they came"),
        (lambda images: images / 255, "from 0 to 255"),
        (lambda images: "photos", "as large as they came"),
        (lambda images: images * np.nan, "from 0 to 255"),
        (lambda images: [[1, 2], [3]], "no array"),
        (lambda images: np.full(images.shape, 230, "uint8"), "gone"),
        (lambda: 0, "TypeError"),
        (3, "a function"),
    ],
)
def test_what_is_no_photo_is_told(answer, words, shop):
    assert words in repr(other_photos.check_3(answer, *shop))


def test_no_answer_makes_a_check_raise(shop):
    checks = (
        other_photos.check_1,
        other_photos.check_2,
        lambda answer: other_photos.check_3(answer, *shop),
    )
    for check in checks:
        assert check(None).is_right is None
        assert [check(answer).is_right for answer in ("a word", [1, 2], np.zeros(3), {})] == [
            False
        ] * 4
    # a function that is not written yet
    assert [check(lambda *arguments: None).is_right for check in checks[1:]] == [
        None,
        None,
    ]
