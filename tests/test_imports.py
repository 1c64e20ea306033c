"""Who may import whom, and that importing is quick and changes nothing."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
PACKAGE = HERE / "cnnlab"

# The parts from the bottom up; each may import those that are listed for it.
MAY_IMPORT = {
    "arguments": set(),
    "geometry": {"arguments"},
    "ops": {"arguments", "geometry"},
    "boxes": {"arguments", "ops"},
    "segmentation": {"arguments", "ops"},
    "layers": {"arguments", "geometry", "ops"},
    "data": {"arguments", "geometry", "ops"},
    "scene": {"arguments", "geometry", "ops"},
    "draw": {"arguments", "geometry", "ops", "scene"},
    "models": {"arguments", "geometry", "ops", "boxes"},
    "trace": {"arguments", "geometry"},
    "inside": {"scene", "trace"},
    "tables": {"scene", "trace"},
    "training": {"arguments", "draw", "ops"},
    "widgets": {
        "arguments",
        "scene",
        "draw",
        "ops",
        "geometry",
        "data",
        "models",
        "tables",
        "trace",
        "inside",
        "boxes",
        "segmentation",
    },
    "checks": {
        "arguments",
        "ops",
        "geometry",
        "scene",
        "draw",
        "data",
        "models",
        "tables",
        "training",
        "boxes",
        "segmentation",
    },
}
# Within a part: each module may import those that are named before it.
ORDER = {
    "geometry": ("positions", "fields", "counts"),
    "boxes": ("corners", "anchored", "regions", "scoring", "grid"),
    "ops": ("arrays", "padding", "correlation", "matrix", "pooling", "variants"),
    "scene": (
        "vocabulary", "numbers", "links", "panels", "graph", "boxes", "layered", "layout",
        "shapes", "words", "scene",
    ),
    "trace": ("record", "operations", "fields", "untouched", "watcher", "run"),
    "inside": ("view", "sums", "cells", "kinds"),
    "draw": ("look", "static", "modules", "stage"),
    "checks": (
        "answers", "verdict", "calling", "cases", "general", "slips", "mutants", "told",
        "explained", "check", "design", "blocks", *(f"week{number:02}" for number in range(12)),
    ),
    "widgets": (
        "student", "controls", "declared", "ahead", "explorer", "drawing", "flow",
    ),
}  # fmt: skip
STANDARD_ONLY = {"arguments", "geometry"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(path):
    """Names of all modules that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part == "__init__":
        return
    for name in imported(path):
        words = name.split(".")
        if words[0] == "cnnlab":
            assert words[1] == part or words[1] in MAY_IMPORT[part], f"{path} imports {name}"
        elif part in STANDARD_ONLY:
            assert words[0] in sys.stdlib_module_names, f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_imports_its_own_package(path):
    """``from cnnlab.widgets import Explorer`` in cnnlab/widgets/ is a circle, or luck."""
    own = ".".join(("cnnlab", *path.relative_to(PACKAGE).parts[:-1]))
    assert path.name == "__init__.py" or own not in imported(path) - {"cnnlab"}, (
        f"write: from {own}.<module> import ..."
    )


@pytest.mark.parametrize("part", ORDER)
def test_within_a_part_imports_point_down_too(part):
    order = ORDER[part]
    for path in sorted((PACKAGE / part).glob("*.py")):
        if path.stem == "__init__" or (part == "widgets" and path.stem not in order):
            continue  # an explorer may use all four
        assert path.stem in order, f"{path.stem} has no place in the order of {part}"
        for name in imported(path):
            words = name.split(".")
            if words[:2] == ["cnnlab", part]:
                below = order[: order.index(path.stem)]
                assert words[2] in below, f"{path.stem} imports {name}"


def test_no_explorer_imports_another():
    explorers = {p.stem for p in (PACKAGE / "widgets").glob("*.py")} - {"__init__"}
    explorers -= set(ORDER["widgets"])
    for path in (PACKAGE / "widgets" / f"{name}.py" for name in sorted(explorers)):
        used = {name.split(".")[2] for name in imported(path) if name.startswith("cnnlab.widgets.")}
        assert not used & explorers, path


def test_every_part_has_its_rule():
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert parts - {"__init__"} == set(MAY_IMPORT)
    assert not list(PACKAGE.rglob("utils.py"))


def run(code):
    """Run code in a Python of its own and return what it prints, from JSON."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE
    )
    return json.loads(result.stdout)


def test_importing_cnnlab_brings_neither_torch_nor_matplotlib():
    loaded = run("import cnnlab, sys, json; print(json.dumps(sorted(sys.modules)))")
    heavy = {"torch", "matplotlib", "ipywidgets", "PIL", "pooch", "IPython"}
    assert not heavy & set(loaded) and "cnnlab.ops" in loaded


def test_importing_the_widgets_brings_neither_torch_nor_matplotlib():
    loaded = run("import cnnlab.widgets, sys, json; print(json.dumps(sorted(sys.modules)))")
    assert not {"torch", "matplotlib"} & set(loaded)


def test_importing_cnnlab_is_quick():
    """Under 0.2 s beyond NumPy, by Python's own account; the best of five."""
    code = (
        "import time, json, numpy; start = time.perf_counter(); import cnnlab;"
        "print(json.dumps(time.perf_counter() - start))"
    )
    assert min(run(code) for _ in range(5)) < 0.2


def test_importing_sets_nothing():
    code = (
        "import json, random, numpy as np; random.seed(3); np.random.seed(3);"
        "before = random.getstate(), np.random.get_state()[1].tolist(), np.get_printoptions();"
        "import cnnlab, cnnlab.widgets, cnnlab.checks.week01, cnnlab.checks.week02;"
        "after = random.getstate(), np.random.get_state()[1].tolist(), np.get_printoptions();"
        "print(json.dumps(str(before) == str(after)))"
    )
    assert run(code) is True
