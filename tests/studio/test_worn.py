"""What models wear of the catalogue, annotated or not."""

import dataclasses

import pytest

from studio2shop.studio.outfit import SEVERAL_ANNOTATED_SHARE, draw_outfit
from studio2shop.studio.worn import worn_articles


def test_what_is_annotated_is_worn_and_the_focus_comes_first():
    outfits = [draw_outfit(0, number, 60) for number in range(120)]
    assert all(
        set(outfit.matches) <= set(outfit.worn) and outfit.worn[0] == outfit.matches[0]
        for outfit in outfits
    )
    assert any(len(outfit.worn) > len(outfit.matches) for outfit in outfits)
    assert (
        0
        < sum(len(outfit.matches) > 1 for outfit in outfits) / len(outfits)
        < 2 * SEVERAL_ANNOTATED_SHARE
    )


def test_the_counts_are_those_of_matches_csv(studio):
    table = worn_articles(studio, num_queries=50, seed=3)
    num_matches = dict(zip(studio.query_ids, studio.matches_per_query()))
    views = dict(zip(studio.query_ids, studio.queries["view"]))
    assert len(table) == table["query_id"].nunique() == 50
    for row in table.to_dict("records"):
        assert row["annotated"] == num_matches[row["query_id"]] <= row["worn"]
        assert row["view"] == views[row["query_id"]]


def test_a_catalogue_of_photos_is_refused(studio, tmp_path):
    with pytest.raises(ValueError, match="was not rendered by the studio .* nobody knows"):
        worn_articles(dataclasses.replace(studio, folder=tmp_path))
