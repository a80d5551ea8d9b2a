"""The course: sources and stored notebooks are in step, each source runs alone and offline.

And its exercises can be solved.
"""

import ast
import base64
import json
import re
import shutil
import socket

import pytest
from notebook_files import FOLDER, SOURCES, code_cells, run_cell, shown

import studio2shop

pytest.importorskip(
    "jupytext", reason="needs jupytext, of the extra `test`, to read the notebooks' sources"
)

EACH_SOURCE = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
CHECK = "exercises.check_"
MOST_BYTES = 10_000_000
MOST_BYTES_OF_A_PICTURE = 400_000
MOST_LINES_OF_A_CELL = 12
LONGEST_LINE = 100
WRONG_ANSWERS = [
    "no such thing",
    -12345.678,
    [],
    {},
    lambda *_: "no such thing",
    lambda: None,
    object(),
]
CLEAN_METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}


def few_rendered(folder, num_articles, num_queries, *options):
    """A shop of at most 100 articles, with as many queries per article."""
    few = min(num_articles, 100)
    num_queries = round(num_queries * few / num_articles)
    return studio2shop.render_catalogue(folder, few, num_queries, *options)


def smaller():
    """What takes long at its full size: where it stands, and a smaller one."""
    from studio2shop.evaluation.timings import grown_features, random_features

    return {
        "evaluation.timings.random_features": lambda number: random_features(min(number, 5_000)),
        "evaluation.timings.grown_features": lambda features, number: grown_features(
            features, min(number, 5_000)
        ),
        "course.search_costs.measure_sizes.__defaults__": ((1_000, 2_000, 5_000), 3),
        "course.kept.render_catalogue": few_rendered,
        "jobs.run.LEAST_TO_ADAPT": 10,
    }


def stored(source):
    return json.loads((FOLDER / f"{source.stem}.ipynb").read_text(encoding="utf-8"))


def text_of(lines):
    return "".join(lines)


@pytest.fixture(scope="module")
def course_run(tiny_run, tmp_path_factory):
    """A copy of the tiny run: a notebook may keep in it what it has made."""
    return shutil.copytree(tiny_run[0], tmp_path_factory.mktemp("course") / "studio2shop-run")


@pytest.fixture(scope="module", params=SOURCES, ids=lambda path: path.stem)
def read(request, course_run, tiny_scale, tmp_path_factory):
    """A notebook after all its cells ran, in an empty folder and without a way to a network.

    Epochs are few and short. Given are its source, the names that its cells defined, and what each
    check said while nothing was answered.
    """
    pytest.importorskip(
        "IPython", reason="needs IPython, of the extra `test`, which the notebooks' cells import"
    )
    import keras

    from studio2shop.jobs import scales

    def refuse(self, address, *_):
        if self.family != getattr(socket, "AF_UNIX", None):
            raise AssertionError(f"the notebook opened a connection to {address}")
        return connect(self, address)

    connect, source = socket.socket.connect, request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket.socket, "connect_ex", refuse)
        patch.setitem(scales.SCALES, "workshop", tiny_scale)
        patch.setenv("STUDIO2SHOP_RUN", str(course_run))
        for name, small in smaller().items():
            patch.setattr(f"studio2shop.{name}", small)
        patch.chdir(tmp_path_factory.mktemp(source.stem))
        keras.config.set_max_epochs(1)
        keras.config.set_max_steps_per_epoch(3)
        try:
            yield source, *run_source(source)
        finally:
            keras.config.set_max_epochs(None)
            keras.config.set_max_steps_per_epoch(None)


def run_source(source):
    names, verdicts = {"__name__": "notebook"}, []
    for number, cell in enumerate(code_cells(source)):
        value = run_cell(cell, names, f"{source.name}, code cell {number}")
        shown(value)
        if cell.startswith(CHECK):
            verdicts.append(value)
    return names, verdicts


def checks(source, names):
    return [
        run_cell(cell, names, source.name) for cell in code_cells(source) if cell.startswith(CHECK)
    ]


def test_a_source_runs_top_to_bottom_offline_while_nobody_has_answered(read):
    _, _, verdicts = read
    assert [verdict.is_right for verdict in verdicts] == [None] * 3
    assert all(verdict.sentence.startswith("Your turn") for verdict in verdicts)


@pytest.mark.parametrize(
    "wrong",
    WRONG_ANSWERS,
    ids=["words", "number", "list", "dict", "function", "function of nothing", "object"],
)
def test_a_check_answers_any_wrong_answer_in_a_sentence(read, wrong):
    source, names, _ = read
    for verdict in checks(
        source, names | {"answer_1": wrong, "answer_2": wrong, "answer_3": wrong}
    ):
        assert verdict.is_right is False and len(verdict.sentence) > 20, (wrong, verdict)


def test_the_solutions_are_right(read):
    source, names, _ = read
    names = dict(names)
    for number, cell in enumerate(code_cells(FOLDER / "solutions" / source.name)):
        run_cell(cell, names, f"solutions/{source.name}, code cell {number}")
    assert [verdict.sentence for verdict in checks(source, names) if not verdict.is_right] == []


@EACH_SOURCE
def test_a_stored_notebook_has_the_cells_of_its_source(source):
    import jupytext

    cells = [(cell["cell_type"], text_of(cell["source"])) for cell in stored(source)["cells"]]
    assert cells == [
        (cell.cell_type, cell.source) for cell in jupytext.read(source, fmt="py:percent").cells
    ]


@EACH_SOURCE
def test_a_stored_notebook_was_run_in_order_without_errors_and_warnings(source):
    cells = [cell for cell in stored(source)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert [
        output
        for output in outputs
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ] == []
    assert [
        text
        for output in outputs
        for text in [text_of(output.get("text", ""))]
        if re.search("warning|deprecated", text, re.IGNORECASE)
    ] == []


@EACH_SOURCE
def test_a_stored_notebook_does_not_tell_where_or_when_it_ran(source):
    notebook = stored(source)
    assert notebook["metadata"] == CLEAN_METADATA
    assert all(cell["metadata"] == {} for cell in notebook["cells"])
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            assert output.get("metadata", {}) == {}
            texts = [
                text_of(output.get("text", "")),
                *(
                    text_of(value)
                    for kind, value in output.get("data", {}).items()
                    if kind.startswith("text/")
                ),
            ]
            assert not any(
                re.search(
                    r"(?<![\w.])/(home|tmp|root|work|opt|usr|Users|private|mnt)/"
                    r"|[A-Z]:\\|widget-view",
                    text,
                )
                for text in texts
            ), texts


def test_all_stored_notebooks_together_are_small_and_so_is_each_picture():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.ipynb")) < MOST_BYTES
    for source in SOURCES:
        for cell in stored(source)["cells"]:
            for output in cell.get("outputs", []):
                for kind in ("image/png", "image/jpeg"):
                    picture = base64.b64decode(text_of(output.get("data", {}).get(kind, "")))
                    place = source.name, text_of(cell["source"])
                    assert len(picture) < MOST_BYTES_OF_A_PICTURE, place


@EACH_SOURCE
def test_a_notebook_begins_and_ends_as_all_do(source):
    text = source.read_text(encoding="utf-8")
    cells = code_cells(source)
    first, second, third = cells[:3] if len(cells) > 2 else ("", "", "")
    if "first_search()" in first:  # notebook 00: a search before anything is trained
        first, second, third = cells[1:4]
    assert text.startswith(f"# %% [markdown]\n# # {source.name[:2]} · ")
    assert (
        "import studio2shop as s2s" in first and "run = s2s.find_or_make_run(scale=SCALE)" in first
    )
    assert "s2s.versions(run)" in first + second + third
    for heading in ("## What you saw", "## Exercises"):
        assert text.count(f"\n# {heading}\n") == 1, heading
    assert re.findall(r"(?m)^# ### Exercise (\d)", text) == ["1", "2", "3"]


@EACH_SOURCE
def test_a_notebook_takes_public_names_and_the_rest_from_the_course(source):
    """`studio2shop.course.inside` hands on what it looks into."""
    solution = FOLDER / "solutions" / source.name
    trees = [ast.parse(cell) for path in (source, solution) for cell in code_cells(path)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    ours = {module for module in modules if module.startswith("studio2shop")}
    assert {module.split(".")[1] for module in ours} <= {"course"}
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    used = {node.attr for node in attributes if ast.unparse(node.value) == "s2s"}
    assert used <= set(studio2shop.__all__)


@EACH_SOURCE
def test_no_cell_is_a_wall_of_code(source):
    cells = code_cells(source)
    assert [cell for cell in cells if len(cell.splitlines()) > MOST_LINES_OF_A_CELL] == []
    lines = source.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


def test_each_source_has_its_notebook_and_solution_and_nothing_else_lies_about():
    names = [source.stem for source in SOURCES]
    assert len(names) > 2
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == names
    assert sorted(path.stem for path in (FOLDER / "solutions").glob("*.py")) == names


def test_the_leaders_page_lists_every_notebook_by_its_title():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    for source in SOURCES:
        title = source.read_text(encoding="utf-8").splitlines()[1].split(" · ")[1]
        assert f"[{title}]({source.stem}.ipynb)" in page
