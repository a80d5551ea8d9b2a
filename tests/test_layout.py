"""The house: what stands where, and that each floor imports only from those below it."""

import ast
import graphlib
import pathlib

import pytest

TESTS = pathlib.Path(__file__).parent
# the source: an installed package also holds the notebooks and the manifests
PACKAGE = TESTS.parent / "studio2shop"

# from the ground up; a folder imports from lower floors and from itself
FLOORS = (
    {"paper", "io"},
    {"models", "catalogue"},
    {"features", "studio", "plots"},
    {"retrieval"},
    {"evaluation"},
    {"training"},
    {"jobs"},
    {"course"},
    {"__main__"},
)
FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def name_of(path):
    """`models.layers` for `studio2shop/models/layers.py`; an `__init__` has its package's name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}
FULL_NAMES = {f"studio2shop.{name}" for name in NAMES}


def imports_of(path):
    """Names of the package's modules that a module imports, anywhere in it."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                imported.add(module if module in FULL_NAMES else node.module)
    return {name.removeprefix("studio2shop.") for name in imported & FULL_NAMES}


def folder_of(name):
    return name.split(".")[0]


def test_the_packages_root_holds_what_the_layout_names():
    entries = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    folders = "catalogue course evaluation features io jobs models plots retrieval studio training"
    data = {"pretrained"}  # no modules
    assert entries == {"__init__.py", "__main__.py", "paper.py", *folders.split(), *data}


def test_each_folder_has_a_floor():
    assert {folder_of(name) for name in NAMES} == set(FLOOR_OF)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_lower_floors_and_its_own_folder(path):
    own = folder_of(name_of(path))
    others = {name for name in imports_of(path) if folder_of(name) != own}
    assert {name for name in others if FLOOR_OF[folder_of(name)] >= FLOOR_OF[own]} == set()


def test_no_modules_import_each_other_in_a_circle():
    graph = {name_of(path): imports_of(path) - {name_of(path)} for path in MODULES}
    assert set(graphlib.TopologicalSorter(graph).static_order()) == NAMES


def test_imports_are_seen_in_both_forms(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "from studio2shop import paper\n"
        "import studio2shop.io.files\n"
        "def later():\n"
        "    from studio2shop.training import losses\n"
        "    from studio2shop.models.layers import PairConcatenate\n"
    )
    assert imports_of(module) == {"paper", "io.files", "training.losses", "models.layers"}


def test_the_tests_mirror_the_package():
    folders = {folder_of(name) for name in NAMES if "." in name}
    for path in TESTS.rglob("test_*.py"):
        if path.parent != TESTS and path.relative_to(TESTS).parts[0] in folders:
            assert (PACKAGE / path.parent.relative_to(TESTS)).is_dir(), path
