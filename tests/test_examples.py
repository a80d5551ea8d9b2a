"""The `>>>` examples in the package's docstrings run and give what they say."""

import doctest
import importlib
import pathlib

import numpy as np
import pytest

import studio2shop

PACKAGE = pathlib.Path(studio2shop.__file__).parent
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_give_what_they_say(name, studio):
    """An example may take a `catalogue` and its `features` as given."""
    vectors = np.random.default_rng(0).standard_normal((len(studio.articles), 8))
    given = {
        "catalogue": studio,
        "features": studio2shop.ArticleFeatures(studio.article_ids, vectors),
    }
    module = importlib.import_module(name)
    failed, tried = doctest.testmod(module, extraglobs=given, optionflags=doctest.ELLIPSIS)
    assert tried and not failed
