"""One trait at a time on a tiny run: the same matches each time; at home what the files give."""

import pytest

from studio2shop import Retriever, evaluate, load_run
from studio2shop.course import domain_shift
from studio2shop.studio.styles import STYLES


@pytest.fixture(scope="module")
def run(tiny_run):
    return load_run(tiny_run[0])


@pytest.fixture(scope="module")
def own(run):
    return run.load_catalogue().select_articles(run.parts["test"])


def test_a_trait_is_another_styles_and_all_else_is_the_studios():
    style, titles = domain_shift.TRAITS["people stretched"]
    assert titles is None
    assert style.aspect == STYLES["other_shop"].aspect != STYLES["studio"].aspect
    assert (style.background, style.exposure, style.tilt) == (
        STYLES["studio"].background,
        STYLES["studio"].exposure,
        STYLES["studio"].tilt,
    )
    assert domain_shift.TRAITS["a street behind"][0].background is STYLES["on_location"].background
    assert domain_shift.TRAITS["all of other_shop"] == (STYLES["other_shop"], STYLES["other_shop"])


def test_the_same_matches_are_ranked_among_all_articles_whatever_the_trait(run, own):
    traits = {
        name: domain_shift.TRAITS[name]
        for name in ("as in the studio", "a street behind", "other title images")
    }
    results = domain_shift.results_by_trait(run, own, traits, num_queries=9)
    assert list(results) == list(traits)
    for result in results.values():
        assert result.num_queries == 9 and result.num_articles == len(own.articles)
        assert result.ranks[["query_id", "article_id"]].equals(
            results["as in the studio"].ranks[["query_id", "article_id"]]
        )


def test_at_home_the_ranks_are_those_of_the_files_but_for_what_jpeg_loses(run, own):
    home = domain_shift.results_by_trait(
        run, own, {"as in the studio": domain_shift.TRAITS["as in the studio"]}, num_queries=1000
    )["as in the studio"]
    files = evaluate(Retriever(run.model, run.features.of(own)), own)
    assert home.num_queries == files.num_queries
    assert (home.ranks["rank"] - files.ranks["rank"]).abs().mean() < 1
