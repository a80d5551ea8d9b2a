"""How an assortment is shared out among the cores: one thread each, with products of one thread.

NumPy's own threads would spread a product over the cores, but not the maxima between two of them;
and after a product they wait for the next one without letting go of their cores, up to a tenth of a
second, in which ours would get half of them. So all products of a search take one thread each.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np  # noqa: F401  its libraries must be there when they are looked for
from threadpoolctl import ThreadpoolController

NUM_WORKERS = joblib.cpu_count()


class _OneThreadAProduct:
    """While anyone is inside, NumPy's products take one thread each; searches may overlap."""

    def __init__(self):
        # made once: looking for the libraries takes milliseconds
        self._libraries = ThreadpoolController()
        self._lock, self._inside, self._limits = threading.Lock(), 0, None

    def __enter__(self):
        with self._lock:
            if not self._inside:
                self._limits = self._libraries.limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *error):
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limits.restore_original_limits()


one_thread_a_product = _OneThreadAProduct()
_pool = None


def in_threads(work, items):
    """`work` of each item, in the items' order; must not be called within itself.

    Args:
        work: function of one item.
        items: sequence.

    Returns:
        List of what `work` returned.
    """
    global _pool
    with one_thread_a_product:
        if len(items) < 2:
            return [work(item) for item in items]
        if _pool is None:
            _pool = ThreadPoolExecutor(NUM_WORKERS)
        return list(_pool.map(work, items))


def _forget_pool():
    global _pool
    _pool = None  # threads don't outlive a fork


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
