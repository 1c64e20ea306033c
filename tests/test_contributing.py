"""CONTRIBUTING.md says what is true: its examples run, and what it names is there."""

import re
from pathlib import Path

import course
from cnnlab import scene, widgets
from cnnlab.draw.stage import pack

HERE = Path(__file__).resolve().parent.parent
TEXT = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_examples_run():
    assert len(BLOCKS) >= 2
    seen = {}
    for block in BLOCKS:
        exec(compile(block, "CONTRIBUTING.md", "exec"), seen)
    windows = seen["Windows"]
    for size in (1, 6):
        for what in ("largest", "smallest"):
            explorer = windows(size=size, what=what)
            assert explorer.current.problem == "" and pack(explorer.current)
    assert windows.documented() == ["image", "size", "what"]


def test_the_commands_and_names_that_it_speaks_of_exist():
    for task in re.findall(r"course\.py (\w+)", TEXT):
        assert task in course.TASKS, task
    for path in re.findall(r"`((?:cnnlab|tests|tools)/[\w./]+)`", TEXT):
        assert (HERE / path).exists() or "week12" in path, path
    for path in re.findall(r"^((?:cnnlab|tools)/[\w./]*)", TEXT, re.MULTILINE):
        assert (HERE / path).exists(), path
    rows = re.search(r"\| panels \|(.*)\|", TEXT)[1]
    for name in re.findall(r"`(\w+)`", rows):
        assert hasattr(scene, name), name
    for name in ("Slider", "Choice", "Switch", "Held", "numbers", "functions", "Explorer"):
        assert name in TEXT and hasattr(widgets, name), name
