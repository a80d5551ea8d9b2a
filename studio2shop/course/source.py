"""The source of a function as a notebook shows it."""

import inspect
import textwrap


def source_of(function):
    """A function's source, in colours, without the indent of its class.

    Args:
        function: of Python code.

    Returns:
        An `IPython.display.Markdown`.
    """
    from IPython.display import Markdown

    return Markdown(f"```python\n{textwrap.dedent(inspect.getsource(function))}```")
