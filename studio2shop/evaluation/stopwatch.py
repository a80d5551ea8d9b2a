"""Pieces of work timed by turns, and a plain product to compare machines by."""

import time

import numpy as np

from studio2shop import paper
from studio2shop.models.predict_all import without_retracing_warnings

# before each: a library's threads wait for more work without letting go of the core, up to 30 ms
PAUSE_SECONDS = 0.05


def interleaved(works, repetitions, warm_ups=None, announce=lambda line: None):
    """Times pieces of work by turns, with a pause before each.

    Args:
        works: dict of name to function without arguments.
        repetitions: how often each is timed.
        warm_ups: dict of name to what is called once before, where that is not the work itself.
        announce: called with a line of text after each repetition.

    Returns:
        dict of name to float64 `(repetitions,)`, seconds.
    """
    with without_retracing_warnings():
        for name, work in works.items():
            (warm_ups or {}).get(name, work)()
    announce(f"all {len(works)} measurements warmed up")
    seconds = {name: np.empty(repetitions) for name in works}
    begin = time.perf_counter()
    for repetition in range(repetitions):
        for name, work in works.items():
            time.sleep(PAUSE_SECONDS)
            start = time.perf_counter()
            work()
            seconds[name][repetition] = time.perf_counter() - start
        passed = time.perf_counter() - begin
        left = passed / (repetition + 1) * (repetitions - repetition - 1)
        announce(
            f"repetition {repetition + 1} of {repetitions} done after {passed:.0f} s, "
            f"about {left:.0f} s left"
        )
    return seconds


def product_works(num_articles=paper.TABLE_3_NUM_ARTICLES, width=256):
    """The bare float32 product `(articles, width) x (width, width)`, to compare machines by.

    Returns:
        dict of library to function without arguments.
    """
    import tensorflow as tf

    random = np.random.default_rng(0)
    hidden, kernel = (
        random.standard_normal((rows, width)).astype("float32") for rows in (num_articles, width)
    )
    out = np.empty_like(hidden)
    tensors = tf.constant(hidden), tf.constant(kernel)
    return {
        "NumPy": lambda: np.matmul(hidden, kernel, out=out),
        # a tensor: `.numpy()` would copy 51 MB, and be timed with the product
        "TensorFlow": lambda: tf.matmul(*tensors),
    }


def product_gigaflops(repetitions=10):
    """1e9 float32 operations per second of a product of 50,000 x 256 by 256 x 256, at its best."""
    fastest = min(times.min() for times in interleaved(product_works(), repetitions).values())
    return 2 * paper.TABLE_3_NUM_ARTICLES * 256 * 256 / fastest / 1e9
