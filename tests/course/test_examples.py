"""The examples in the course's docstrings run and give what they say."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    ["ablation", "ablation_plots", "exercises", "feature_space", "leaks", "rank_studies"],
)
def test_the_examples_give_what_they_say(name):
    module = importlib.import_module(f"studio2shop.course.{name}")
    failed, tried = doctest.testmod(module)
    assert tried and not failed
