"""Work is timed by turns; both libraries do the product that machines are compared by."""

import numpy as np

from studio2shop.evaluation import stopwatch


def test_work_is_done_by_turns_after_one_round_that_is_not_counted():
    done, said = [], []
    seconds = stopwatch.interleaved(
        {"a": lambda: done.append("a"), "b": lambda: done.append("b")},
        2,
        {"b": lambda: done.append("warm b")},
        said.append,
    )
    assert done == ["a", "warm b", "a", "b", "a", "b"]
    assert {name: times.shape for name, times in seconds.items()} == {"a": (2,), "b": (2,)}
    assert [line.split(" done")[0] for line in said] == [
        "all 2 measurements warmed up",
        "repetition 1 of 2",
        "repetition 2 of 2",
    ]


def test_both_libraries_do_the_same_bare_product():
    products = stopwatch.product_works(10, 8)
    np.testing.assert_allclose(products["NumPy"](), products["TensorFlow"](), atol=1e-4)
