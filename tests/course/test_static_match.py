"""A static match that is trained in seconds, on a tiny run."""

import shutil

import pytest

from studio2shop import load_run
from studio2shop.course import static_match

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def some(tiny_run, tmp_path_factory):
    run = load_run(shutil.copytree(tiny_run[0], tmp_path_factory.mktemp("static") / "run"))
    return static_match.described(run)


def test_photos_and_title_images_are_described_alike_and_parts_share_no_article(some):
    assert some.photos.size == some.titles.size
    for part in (some.train, some.test):
        assert len(some.photos.of(part.query_ids)) == len(part.queries) > 0
    assert set(some.train.article_ids) & set(some.test.article_ids) == set()


@pytest.mark.parametrize("loss", ["cross-entropy", "listwise", "triplet ranking"])
def test_the_same_loss_gives_the_same_match_again(some, loss):
    shares = [
        static_match.top_ten(static_match.trained_match(some, loss, epochs=1), some)
        for _ in range(2)
    ]
    assert shares[0] == shares[1] and 0 < shares[0] <= 1
