"""Attacks with generated input: tables, images, indexes, runs and files that nobody should trust.

Each generator takes a seed, so that what fell short can be made again. Every run of the tests makes
a few of each; `pytest -m hostile` makes all of them, for hours.
"""

import pathlib

import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if pathlib.Path(__file__).parent in item.path.parents:
            item.add_marker("hostile")


@pytest.fixture
def seeds(request):
    """Function from how many attacks are few and how many are all to the range of their seeds."""
    all_of_them = request.config.option.markexpr == "hostile"
    return lambda few, everything: range(everything if all_of_them else few)
