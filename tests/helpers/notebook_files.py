"""How the tests read notebooks: the cells of a source, and one run without a kernel."""

import ast
import pathlib

FOLDER = pathlib.Path(__file__).parents[2] / "notebooks"
SOURCES = sorted((FOLDER / "source").glob("[0-9]*.py"))


def code_cells(path):
    """The code cells of a source or a solution, as text."""
    import jupytext

    return [
        cell.source
        for cell in jupytext.read(path, fmt="py:percent").cells
        if cell.cell_type == "code"
    ]


def run_cell(source, names, title):
    """Runs a cell in a namespace as a kernel would; returns its last line's value, if any."""
    *statements, last = ast.parse(source, title).body or [ast.Pass(lineno=1, col_offset=0)]
    ends_in_value = isinstance(last, ast.Expr)
    exec(
        compile(
            ast.Module(statements if ends_in_value else [*statements, last], []), title, "exec"
        ),
        names,
    )
    return (
        eval(compile(ast.Expression(last.value), title, "eval"), names) if ends_in_value else None
    )


def shown(value):
    """What a notebook would make of a value: what fails when it is shown fails here."""
    return getattr(value, "_repr_html_", value.__repr__)()
