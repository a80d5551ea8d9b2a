"""What callers hand over, checked where it enters: a sentence instead of a traceback from within.

All of them raise a ValueError that says what was expected and what was received.
"""

import numbers
import os
from collections.abc import Iterable

import numpy as np

from studio2shop.io.words import quoted


def check_type(name, value, kinds, expected):
    """Refuses what is of none of `kinds`, a class or a tuple of classes.

    Args:
        name: of the argument.
        value: what was given.
        kinds: as `isinstance` takes it.
        expected: words for it, such as "a Catalogue".
    """
    if not isinstance(value, kinds):
        raise ValueError(f"`{name}` must be {expected}; received {_received(value)}.")


def check_has(name, value, attribute, expected):
    """As `check_type`, of what may be of any class that has an attribute."""
    if not hasattr(value, attribute):
        raise ValueError(f"`{name}` must be {expected}; received {_received(value)}.")


def check_whole_number(name, value, least=1):
    """Refuses what is no integer of at least `least`."""
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_integer or value < least:
        received = _received(value)
        raise ValueError(f"`{name}` must be an integer of at least {least}; received {received}.")


def check_whole_numbers(name, values, least=1):
    """Refuses what is no list or other sequence of integers of at least `least`, or empty."""
    is_list = isinstance(values, (list, tuple, range, np.ndarray)) and len(values) > 0
    if not is_list:
        raise ValueError(
            f"`{name}` must be a list of integers of at least {least}; received "
            f"{_received(values)}."
        )
    for value in values:
        check_whole_number(f"{name}[...]", value, least)


def check_path(name, value):
    """Refuses what is no path."""
    check_type(name, value, (str, os.PathLike), "a path")


def as_numbers(name, values, expected):
    """An array of float32, of what can be one; refuses text, complex numbers and ragged lists.

    Args:
        name: of the argument.
        values: what was given.
        expected: words for its shape, such as "(queries, 128)".
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind in "cSUmM":
            raise TypeError
        return array.astype("float32", copy=False)
    except (TypeError, ValueError) as error:
        dtype = getattr(values, "dtype", None)
        received = _received(values) if dtype is None else f"an array of {dtype}"
        raise ValueError(f"`{name}` must be numbers, {expected}; received {received}.") from error


def check_ids(ids):
    """Refuses what is no list or other sequence of ids, such as a single one."""
    if isinstance(ids, str) or not isinstance(ids, Iterable):
        raise ValueError(
            f"Expected a list of ids, received {_received(ids)}: put a single id in a list."
        )


def _received(value):
    if value is None or isinstance(value, numbers.Number):
        return str(value)
    return quoted(value) if isinstance(value, str) else type(value).__name__
