"""pyproject.toml, constraints.txt and environment.yml are in step, and the tree is clean."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [Requirement(line) for line in PROJECT["dependencies"]]
FOR_TESTS = [Requirement(line) for line in PROJECT["optional-dependencies"]["test"]]
CONDA_NAMES = {"torch": "pytorch"}


def pinned():
    lines = (HERE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {pin.name.lower().replace("_", "-"): str(pin.specifier) for pin in pins}


@pytest.mark.parametrize("need", [*NEEDED, *FOR_TESTS], ids=str)
def test_every_range_holds_the_tested_version(need):
    pin = pinned()[need.name]
    assert re.fullmatch(r"==[\d.]+", pin), "exact, and of no local build"
    assert need.specifier.contains(pin.removeprefix("=="))


@pytest.mark.parametrize("need", [*NEEDED, *FOR_TESTS], ids=str)
def test_every_range_has_two_ends(need):
    operators = {part.operator for part in need.specifier}
    assert operators == {">=", "<"}


def test_conda_has_the_same_packages():
    listed = yaml.safe_load((HERE / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    assert listed[-1] == {"pip": ["-e ."]}
    conda = {}
    for line in listed[:-1]:
        if line != "pip":
            need = Requirement(line)
            conda[need.name] = need.specifier
    assert conda.pop("python") == Requirement("python" + PROJECT["requires-python"]).specifier
    assert conda == {CONDA_NAMES.get(need.name, need.name): need.specifier for need in NEEDED}


def tracked():
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=HERE, capture_output=True, text=True, check=True
    ).stdout
    return [HERE / name for name in names.split("\0") if name and (HERE / name).is_file()]


def test_no_large_file_and_no_path_of_a_machine():
    assert tracked()
    for path in tracked():
        assert path.stat().st_size < 2_000_000, path
        if path.suffix in (".py", ".md", ".toml", ".txt", ".yml", ".js", ".css", ".ipynb"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(home|Users|work)/\w+/", text), path


def test_what_is_derived_by_students_is_ignored():
    for name in ("work/notebooks/x.ipynb", ".venv/x", "grading/x"):
        done = subprocess.run(["git", "check-ignore", "-q", name], cwd=HERE)
        assert done.returncode == 0, name


def test_the_style_checker_is_content():
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format=concise", "."],
        cwd=HERE, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_public_functions_are_documented():
    """Shapes, errors and an example that runs: numpydoc sections in every public docstring."""
    import importlib
    import inspect

    for name in ("arguments", "geometry", "ops", "boxes", "segmentation", "scene", "data.images",
                 "data.mnist", "checks.check", "tables", "training", "models"):  # fmt: skip
        module = importlib.import_module(f"cnnlab.{name}")
        for public in module.__all__:
            thing = getattr(module, public)
            if inspect.isfunction(thing):
                text = inspect.getdoc(thing)
                assert "Examples\n" in text and ">>>" in text, f"{name}.{public}"
                if inspect.signature(thing).parameters and name != "checks.check":
                    assert "Parameters\n" in text, f"{name}.{public}"
