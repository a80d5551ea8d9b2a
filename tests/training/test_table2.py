"""Table 2 as data."""

import csv
import dataclasses

from studio2shop import SYSTEMS, paper
from studio2shop.training.table2 import on_features

BY_NAME = {system.name: system for system in SYSTEMS}


def test_the_papers_eight_stand_in_table_3s_order_and_ours_below():
    assert [system.name for system in SYSTEMS if system.in_paper] == list(paper.TABLE_3)
    assert [system.in_paper for system in SYSTEMS] == [True] * 8 + [False] * 2


def test_table_3s_names_are_those_of_the_papers_table(shared_folder):
    with open(shared_folder / "paper" / "table3.csv", newline="") as file:
        assert [row["system"] for row in csv.DictReader(file)] == [
            system.name for system in SYSTEMS if system.in_paper
        ]


def test_the_rows_are_table_2s():
    """Table 2 as printed, with 128floats-non-linear, which it lacks, as fc14-non-linear is."""
    table_2 = {
        "static-fc14-linear": ("static", "fc14", "linear", "none"),
        "static-fc14-non-linear": ("static", "fc14", "non-linear", "cross-entropy"),
        "fc14-non-linear": ("ours", "fc14", "non-linear", "cross-entropy"),
        "128floats-non-linear": ("ours", "128floats", "non-linear", "cross-entropy"),
        "fDNA-linear": ("ours", "fDNA", "linear", "cross-entropy"),
        "fDNA-ranking-loss": ("ours", "fDNA", "linear", "triplet ranking"),
        "all-in-two-nets": ("siamese", "learnt", "linear", "triplet ranking"),
        "Studio2Shop": ("ours", "fDNA", "non-linear", "cross-entropy"),
    }
    assert {
        system.name: (system.architecture, system.features, system.matching, system.loss)
        for system in SYSTEMS
        if system.in_paper
    } == table_2


def test_only_the_ranking_losses_draw_one_match_and_only_two_nets_learn_attributes():
    assert {system.name for system in SYSTEMS if system.one_match} == {
        "fDNA-ranking-loss",
        "all-in-two-nets",
    }
    assert [system.name for system in SYSTEMS if system.uses_attributes] == ["all-in-two-nets"]
    assert [system.name for system in SYSTEMS if not system.is_trained] == ["static-fc14-linear"]


def test_a_row_on_other_features_is_named_after_them_and_studio2shop_keeps_its_name():
    row = on_features(BY_NAME["fDNA-linear"], "mobilenet_v2")
    assert (row.name, row.features) == ("mobilenet_v2-linear", "mobilenet_v2")
    assert on_features(BY_NAME["Studio2Shop"], "vgg16") == dataclasses.replace(
        BY_NAME["Studio2Shop"], features="vgg16"
    )
