"""What a user meets first: the import, the public names, the dependencies, the commands."""

import configparser
import pathlib
import subprocess
import sys

import pytest
import yaml

import studio2shop
from studio2shop.__main__ import COMMANDS, main

ROOT = pathlib.Path(__file__).parents[1]


def in_fresh_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_import_is_light():
    heavy = ("tensorflow", "keras", "pandas", "numpy", "sklearn", "matplotlib", "PIL")
    code = f"import sys, studio2shop; print([name for name in {heavy} if name in sys.modules])"
    assert in_fresh_python(code) == "[]\n"


def test_results_are_compared_drawn_and_reported_without_tensorflow():
    modules = (
        "plots",
        "evaluation.system_order",
        "jobs.pages.system_sections",
        "jobs.pages.report",
    )
    imports = "; ".join(f"import studio2shop.{name}" for name in modules)
    heavy = "[name for name in ('tensorflow', 'keras') if name in sys.modules]"
    code = f"import sys; {imports}; print({heavy})"
    assert in_fresh_python(code) == "[]\n"


def test_the_public_face_is_small_enough_to_read():
    assert len(studio2shop.__all__) <= 38


def test_public_names_show_in_dir_and_load():
    for name in studio2shop.__all__:
        assert name in dir(studio2shop)
        assert getattr(studio2shop, name).__doc__
    with pytest.raises(
        AttributeError,
        match="'studio2shop' has no attribute 'build_studio3shop'; its public names are",
    ):
        studio2shop.build_studio3shop  # noqa: B018


def test_dependencies_in_environment_yml_are_those_of_setup_cfg():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    declared = config["options"]["install_requires"] + "".join(
        config["options.extras_require"].values()
    )
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    mirrored = [line for line in conda if isinstance(line, str)] + next(
        line["pip"] for line in conda if isinstance(line, dict)
    )
    python = "python" + config["options"]["python_requires"]
    assert sorted(mirrored) == sorted({*declared.split(), python, "pip"})


def test_each_package_in_environment_yml_has_a_comment():
    lines = (ROOT / "environment.yml").read_text().splitlines()
    packages = [
        line
        for line in lines
        if line.strip().startswith("- ") and any(sign in line for sign in "<>=")
    ]
    assert all("#" in line for line in packages if "python>=" not in line)


def test_the_readme_has_the_two_commands_and_ci_the_second():
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    assert "pip install . && studio2shop reproduce" in readme
    assert 'pip install ".[test]" && pytest' in readme
    assert 'pip install --quiet ".[test]" && pytest' in ci


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "studio2shop", *words], capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "words, sentence",
    [
        (
            ["--catalogue", "nowhere"],
            "nowhere: there is no such folder; give the folder that holds articles.csv.",
        ),
        (
            ["--article-features", "backbone", "--backbone-weights", "none"],
            (
                "Article features by 'backbone' need a pretrained backbone; name one and its "
                "weights, or take 'fdna'."
            ),
        ),
        (
            ["--backbone", "vgg16", "--backbone-weights", "nowhere.h5"],
            (
                "`backbone_weights` must be 'imagenet', 'studio', 'none' or a weights file; there "
                "is no file 'nowhere.h5'."
            ),
        ),
        (
            ["--finetune-epochs", "2", "--backbone-weights", "none"],
            (
                "`finetune_epochs` follow the head on a pretrained backbone; from random weights "
                "all layers are trained anyway: leave them out."
            ),
        ),
        (["--seed", "-1"], "`seed` must be an integer of at least 0; received -1."),
    ],
)
def test_a_command_that_cannot_run_says_why_in_one_sentence(tmp_path, words, sentence):
    done = command("reproduce", "--out", str(tmp_path / "run"), *words)
    assert (done.returncode, done.stderr) == (1, f"studio2shop reproduce: {sentence}\n")


def test_the_citation_names_the_paper_and_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == studio2shop.__version__ and citation["license"] == "Apache-2.0"
    paper = citation["preferred-citation"]
    assert (
        paper["title"] == "Studio2Shop: from studio photo shoots to fashion articles"
        and paper["year"] == 2018
    )
    assert [author["family-names"] for author in paper["authors"]] == [
        "Lasserre",
        "Rasch",
        "Vollgraf",
    ]


def test_the_command_line_tells_its_version_helps_and_suggests(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"studio2shop {studio2shop.__version__}\n"
    assert main([]) == 0
    assert "Begin with `studio2shop demo`" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["reproduce", "--scal", "paper"])  # not taken for --scale
    error = capsys.readouterr().err
    assert error.endswith("unrecognized arguments: --scal paper; did you mean --scale?\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_examples_and_no_default_that_is_none(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    text = capsys.readouterr().out
    _, _, below = text.partition("examples:\n")
    examples = below.splitlines()
    assert examples and all(line.startswith(f"  studio2shop {command}") for line in examples)
    assert "default: None" not in text and "default: []" not in text
    assert ("--seed" not in text) or "default: 0)" in text or command == "demo"
