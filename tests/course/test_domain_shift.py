"""One trait at a time on a tiny run: the same matches each time; at home what the files give."""

import pandas as pd
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


def test_a_lens_has_one_softness_and_all_else_is_the_studios():
    ((style, titles),) = domain_shift.a_lens_of(0.02).values()
    assert style.softness == (0.02, 0.02) and titles is None
    assert style.background is STYLES["studio"].background


def test_the_lead_is_over_the_best_that_learns_nothing():
    medians = {"Studio2Shop": 5, "static: pixels": 60, "static: colours": 40, "chance": 100}
    rows = [("home", "here", system, median) for system, median in medians.items()]
    rows.append(("In-Shop", "paper", "Studio2Shop", 3))
    table = pd.DataFrame(rows, columns=["dataset", "source", "system", "median"])
    assert domain_shift.lead_over_static(table).to_dict("index") == {
        "home": {"Studio2Shop": 5, "without learning": 40, "by": "colours", "chance": 100}
    }


def test_the_adapted_and_the_run_as_it_is_meet_the_same_queries(run, own):
    search = Retriever(run.model, run.features.of(own))
    results = evaluate(search, own)
    table = domain_shift.adapted_beside({"own": search}, {"own": own}, {"own": results}, 9)
    as_it_is, adapted = (table.loc["own", way] for way in ("as it is", "adapted"))
    pd.testing.assert_series_equal(as_it_is, adapted, check_names=False)
