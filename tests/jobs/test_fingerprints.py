"""What makes a stage be made again: code that says something else, and nothing of its form."""

import ast
import pathlib
import shutil

import pytest

import studio2shop
from studio2shop.jobs.fingerprints import code_fingerprint

PACKAGE = pathlib.Path(studio2shop.__file__).parent
TRAINING, FEATURES = "training.systems", "features.article_features"


@pytest.fixture
def package(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    return shutil.copytree(PACKAGE, tmp_path / "studio2shop", ignore=ignored)


def fingerprints(package):
    code_fingerprint.cache_clear()
    return [code_fingerprint(name, package=package) for name in (TRAINING, FEATURES)]


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_comment_or_other_code_in_the_gallery_makes_no_stage_be_made_again(package):
    before = fingerprints(package)
    gallery = package / "jobs" / "pages" / "gallery.py"
    gallery.write_text(gallery.read_text(encoding="utf-8") + "\n# a comment\nNEW = 1\n", "utf-8")
    assert fingerprints(package) == before


def test_comments_docstrings_and_form_of_a_loss_do_not_count(package):
    before = fingerprints(package)
    losses = package / "training" / "losses.py"
    change(losses, '"""Binary cross-entropy', '"""A sum of binary cross-entropies')
    text = losses.read_text(encoding="utf-8").replace("\n\n\n", "\n\n\n# a comment\n\n")
    losses.write_text(text, encoding="utf-8")
    assert fingerprints(package) == before


def test_a_changed_loss_makes_trainings_be_made_again_and_no_article_features(package):
    training, features = fingerprints(package)
    change(package / "training" / "losses.py", "ops.softplus(logits)", "ops.relu(logits)")
    changed, unchanged = fingerprints(package)
    assert changed != training and unchanged == features


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("training/fit.py", "weight_decay=1e-4", "weight_decay=1e-3"),
        ("training/augmentation.py", "0.12 * drawn[:4]", "0.2 * drawn[:4]"),
        ("training/sampling.py", "random.choice(matches, 1)", "matches[:1]"),
        ("models/matching.py", "layers.Dense(256", "layers.Dense(128"),
        ("io/images.py", "REDUCING_GAP = 3.0", "REDUCING_GAP = 2.0"),
    ],
)
def test_whatever_a_training_is_made_of_counts_however_deep(package, file, old, new):
    before, _ = fingerprints(package)
    change(package / file, old, new)
    assert fingerprints(package)[0] != before


def test_a_module_that_is_not_there_is_named(package):
    with pytest.raises(FileNotFoundError, match="there is no module 'training.fdnaa'"):
        code_fingerprint("training.fdnaa", package=package)


def named_for_stages(path):
    """The modules that the stages of a file are keyed by."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {"models.fdna", "models.fc14", "models.stylenet", "models.backbones"}  # of _NETWORKS
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "code_fingerprint":
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return names


def test_all_that_makes_features_and_systems_counts_for_some_stage(package):
    """What these files import from below `jobs`, but for tables that are written and read."""
    folder = package / "jobs"
    names, imported = set(), set()
    for file in ("features.py", "comparison.py"):
        names |= named_for_stages(folder / file)
        for node in ast.walk(ast.parse((folder / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("studio2shop."):
                imported.add(node.module.removeprefix("studio2shop."))
    built = {name for name in imported if name.split(".")[0] not in ("jobs", "io")}
    assert {"models.static_leg", "training.systems", "evaluation.results"} <= built
    for name in sorted(built):
        before = keys(names, package)
        path = package / f"{name.replace('.', '/')}.py"
        path = path if path.exists() else package / name.replace(".", "/") / "__init__.py"
        path.write_text(path.read_text(encoding="utf-8") + "\nNEW = 1\n", encoding="utf-8")
        assert keys(names, package) != before, name


def keys(names, package):
    code_fingerprint.cache_clear()
    return [code_fingerprint(name, package=package) for name in sorted(names)]
