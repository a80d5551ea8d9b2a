"""What a split match promises: it knows itself again, and a row counts by itself."""

import dataclasses

import numpy as np
import pytest
from matching_models import randomised

from studio2shop import build_query_article_matching
from studio2shop.retrieval.split import ROWS_PER_BLOCK, SplitMatching, in_blocks
from studio2shop.retrieval.weights import split_matching


def test_the_split_is_close_to_itself_rounded_otherwise_and_to_no_other():
    split = split_matching(randomised(build_query_article_matching(5), 0))
    rounded = dataclasses.replace(split, bias=split.bias * (1 + 1e-12))
    assert split.is_close_to(rounded)
    assert not split.is_close_to(split_matching(randomised(build_query_article_matching(5), 1)))
    assert not split.is_close_to(split_matching(randomised(build_query_article_matching(6), 0)))
    assert not split.is_close_to(dataclasses.replace(split, layers=split.layers[:1]))
    assert not split.is_close_to(
        dataclasses.replace(
            split, layers=(split.layers[0], (split.layers[1][0], split.layers[1][1] + 0.01))
        )
    )
    assert not SplitMatching.dot_product(5).is_close_to(split)


@pytest.mark.parametrize("width", [1, 3, 40, 256])
def test_what_is_computed_of_a_row_is_the_same_to_the_last_bit_whichever_others_it_is_computed_with(
    width,
):
    random = np.random.default_rng(width)
    vectors, kernel = (
        random.standard_normal((ROWS_PER_BLOCK + 77, 33)).astype("float32"),
        random.standard_normal((33, width)).astype("float32"),
    )
    together = in_blocks(lambda block: block @ kernel, vectors)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together, vectors @ kernel, atol=1e-4)
    for rows in ([0], [5, ROWS_PER_BLOCK + 3], list(range(100, 1100)), []):
        np.testing.assert_array_equal(
            in_blocks(lambda block: block @ kernel, vectors[rows]), together[rows]
        )


@pytest.mark.parametrize(
    "shape, received",
    [
        ((3, 4), "4"),
        ((5,), r"an array of shape \(5,\)"),
        ((1, 2, 5), r"an array of shape \(1, 2, 5\)"),
    ],
)
def test_features_of_another_shape_are_refused(shape, received):
    split = SplitMatching.dot_product(5)
    for parts in (split.article_parts, split.query_parts):
        with pytest.raises(
            ValueError,
            match=(
                f"^The matching submodel takes features of size 5; received {received}. "
                "Use the features it was trained with.$"
            ),
        ):
            parts(np.zeros(shape, "float32"))


def test_the_parts_of_a_dot_product_are_the_scaled_features_to_the_last_bit():
    vectors = np.random.default_rng(0).standard_normal((7, 33)).astype("float32")
    split = SplitMatching.dot_product(33, scale=0.3, bias=2.0)
    np.testing.assert_array_equal(split.query_parts(vectors), vectors.astype("float64"))
    np.testing.assert_array_equal(
        split.article_parts(vectors), (vectors.astype("float64") * 0.3).astype("float32")
    )
    assert split.query_parts(vectors[:0]).shape == (0, 33)
