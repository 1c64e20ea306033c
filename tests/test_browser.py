"""A real JupyterLab in a real browser: the hand moves the picture."""

import os
import shutil
import signal
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cnnlab.scene import Graph, Node, Scene
from cnnlab.widgets import Choice, Explorer, NetworkExplorer
from tools.browser import chromium, has_chromium, open_notebook, run_all, serve, start_all

HERE = Path(__file__).resolve().parent.parent

if not has_chromium():
    pytest.skip("no Chromium on this machine", allow_module_level=True)

TRIALS = {
    "stepper": "ConvolutionStepper()",
    "own": (
        "def correlate(image, kernel):\n    return [[6, 9, 11], [10, 4, 4], [7, 7, 5]]\n"
        "own = ConvolutionStepper(correlate=correlate)\nown"
    ),
    "filter": "FilterExplorer()",
    "maps": "drawn = FeatureMaps()\ndrawn",
    "endless": (
        "import time\n\ndef forever(image, kernel):\n    while True:\n        time.sleep(0.01)\n"
        "stuck = ConvolutionStepper(correlate=forever)\nstuck"
    ),
}


LONG_CELLS = (
    "import torch\nfrom cnnlab.data import load_mnist\nfrom cnnlab.models import lenet5, vgg16\n"
    "from cnnlab.tables import layer_table\nfrom cnnlab.training import Training\n"
    "from cnnlab.widgets import FeatureMaps",
    "with torch.device('meta'):\n    model = vgg16()\nlayer_table(model, (3, 224, 224))",
    "FeatureMaps()",
)


TRAIN = "training = Training(lenet5(), *load_mnist(flatten=False))\ntraining.run(epochs=500)"
ADD_AND_RUN = """async (source) => {
  const {commands, shell} = window.jupyterapp;
  const {content} = shell.currentWidget;
  content.activeCellIndex = content.widgets.length - 1;
  await commands.execute('notebook:insert-cell-below');
  content.activeCell.model.sharedModel.setSource(source);
  commands.execute('notebook:run-cell');
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Copies of the lessons, and a notebook of trials."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "exercises"):
        shutil.copytree(HERE / name, folder / name)
    for path in sorted((HERE / "notebooks").glob("*.ipynb")):
        lesson = nbformat.read(path, as_version=4)
        for cell in lesson.cells:
            if cell.cell_type == "code":  # old prompts would look like finished cells
                cell.outputs, cell.execution_count = [], None
        (folder / "cleared").mkdir(exist_ok=True)
        nbformat.write(lesson, folder / "cleared" / path.name)
    imports = (
        "import os\nfrom pathlib import Path\n"
        "from cnnlab.widgets import ConvolutionStepper, FeatureMaps, FilterExplorer\n"
        "Path('kernel.txt').write_text(str(os.getpid()))"
    )
    names = ("stepper", "own", "filter", "maps")
    write_notebook(folder / "trials.ipynb", [imports, *(TRIALS[name] for name in names)])
    write_notebook(folder / "long.ipynb", LONG_CELLS)
    write_notebook(folder / "endless.ipynb", [imports, TRIALS["endless"]])
    return folder


def write_notebook(path, sources):
    """A notebook of code cells."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    with serve(folder, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="module")
def page():
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def trials(lab, page):
    """The notebook of trials, run; each test finds its explorer by its place."""
    open_notebook(page, lab, "trials.ipynb")
    run_all(page)
    return page


def explorer(page, place):
    """The explorer that is the output of the code cell at `place`."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    found = cell.locator(".cnnlab-explorer")
    found.locator(".cnnlab-stage[data-painted]").wait_for()
    found.scroll_into_view_if_needed()
    page.wait_for_timeout(400)  # the first scenes are sent ahead
    return found


def picture(found):
    """What the canvas shows, as text that differs if one pixel differs."""
    return found.locator("canvas").evaluate("canvas => canvas.toDataURL()")


def line(found):
    return found.locator(".cnnlab-arithmetic").inner_text()


def painted(found):
    return found.locator(".cnnlab-stage").get_attribute("data-painted")


def hover(page, found, panel, row, column, rows, columns):
    box = found.locator(f".cnnlab-panel[data-panel='{panel}']").bounding_box()
    page.mouse.move(
        box["x"] + box["width"] * (column + 0.5) / columns,
        box["y"] + box["height"] * (row + 0.5) / rows,
    )


# ------------------------------------------------------------ as it is stored


def test_a_stored_lesson_shows_its_pictures_before_it_is_run(lab, page):
    for name in ("week01_images", "week02_convolution"):
        stored = nbformat.read(HERE / "notebooks" / f"{name}.ipynb", as_version=4)
        places = [
            place
            for place, cell in enumerate(stored.cells)
            if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))
        ]
        assert places
        open_notebook(page, lab, f"notebooks/{name}.ipynb")
        for place in places:
            cell = page.locator(f"[data-windowed-list-index='{place}']")
            page.evaluate(
                "place => window.jupyterapp.shell.currentWidget.content.scrollToItem(place)", place
            )
            image = cell.locator(".jp-OutputArea img")
            image.wait_for()
            assert image.evaluate("img => img.naturalWidth") > 400
            output = cell.locator(".jp-OutputArea").inner_text()
            assert "model not found" not in output and "Error" not in output


def test_course_lab_opens_copies_at_the_start_page(folder, page, tmp_path):
    """The README's command itself, but for the set-up, on a copy of the course."""
    course = tmp_path / "course"
    for name in ("notebooks", "exercises"):
        shutil.copytree(HERE / name, course / name)
    shutil.copyfile(HERE / "course.py", course / "course.py")
    launch = (
        "import sys, course; from pathlib import Path; course.set_up = lambda profile: None;"
        "course.venv_python = lambda: Path(sys.executable);"
        "sys.exit(course.main(['lab', *sys.argv[1:]]))"
    )
    home = tmp_path / "jupyter"
    home.mkdir()
    with serve(course, home, command=[sys.executable, "-c", launch]) as address:
        page.goto(f"{address}/?token=course")
        page.get_by_role("heading", name="Start here").wait_for()
        assert page.url.endswith("/lab/tree/notebooks/00_start_here.ipynb")
        copies = {path.relative_to(course / "work") for path in (course / "work").rglob("*.ipynb")}
        assert Path("exercises/week02/week02_convolution.ipynb") in copies
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


# ---------------------------------------------------------------- the lessons


EVERY_LESSON = [path.stem for path in sorted((HERE / "notebooks").glob("*.ipynb"))]


@pytest.mark.parametrize("name", EVERY_LESSON)
def test_a_lesson_runs_from_top_to_bottom(lab, page, name):
    open_notebook(page, lab, f"cleared/{name}.ipynb")
    run_all(page)
    kinds = page.evaluate(
        """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
          .filter(cell => cell.type === 'code')
          .filter(cell => !(cell.getMetadata('tags') || []).includes('raises-exception'))
          .flatMap(cell => cell.sharedModel.getOutputs().map(output => output.output_type))"""
    )
    assert kinds and "error" not in kinds
    places = page.evaluate(
        """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
          .map((cell, place) => /^[A-Z][A-Za-z0-9]+\\(.*\\)$/
            .test(cell.sharedModel.getSource().trim().split('\\n').at(-1)) ? place : -1)
          .filter((place) => place >= 0)"""
    )
    for place in places:
        page.evaluate(
            "place => window.jupyterapp.shell.currentWidget.content.scrollToItem(place)", place
        )
        cell = page.locator(f"[data-windowed-list-index='{place}']")
        cell.locator(".cnnlab-stage[data-painted] canvas").wait_for()
        sliders = cell.locator(".noUi-target:not([disabled]) [role=slider]").all()
        movable = [
            slider for slider in sliders
            if float(slider.get_attribute("aria-valuenow"))
            < float(slider.get_attribute("aria-valuemax"))
        ]  # fmt: skip
        if movable:
            break
    # The hand moves the picture of every week.
    before = picture(cell)
    movable[0].focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([canvas, before]) => canvas.toDataURL() !== before",
        arg=[cell.locator("canvas").element_handle(), before],
    )
    assert page.get_by_text("Nbgrader", exact=True).count() == 0


# --------------------------------------------------------------- the gestures


def test_the_keyboard_moves_the_slider_and_the_picture(trials):
    found = explorer(trials, 1)
    before, words = picture(found), line(found)
    assert words.endswith("= 6")
    found.locator("[role=slider]").focus()
    trials.keyboard.press("ArrowRight")
    trials.wait_for_function("stage => stage.dataset.painted === '[1,false]'",
                             arg=found.locator(".cnnlab-stage").element_handle())  # fmt: skip
    assert picture(found) != before
    assert line(found) == (
        "cross-correlation[0, 1] = 2×1 + 3×0 + 4×1 + 1×1 + 0×0 + 1×1 + 0×0 + 1×1 + 1×0 = 9"
    )
    trials.keyboard.press("ArrowLeft")
    trials.wait_for_timeout(200)
    assert picture(found) == before, "the same settings give the same picture"


def test_the_mouse_drags_the_slider_and_the_picture_follows(trials):
    found = explorer(trials, 1)
    handle = found.locator("[role=slider]").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    seen = set()
    trials.mouse.move(x, y)
    trials.mouse.down()
    for step in range(1, 41):
        trials.mouse.move(x + 4 * step, y)
        seen.add(painted(found))
    trials.mouse.up()
    trials.wait_for_timeout(200)
    assert len(seen) >= 5 and painted(found) != "[0,false]"
    assert found.locator(".widget-readout").inner_text() == painted(found)[1:].split(",")[0]


def test_hovering_explains_a_cell_and_outlines_its_window(trials):
    found = explorer(trials, 1)
    found.locator("[role=slider]").focus()
    trials.keyboard.press("Home")
    trials.wait_for_timeout(200)
    before = picture(found)
    hover(trials, found, "output", 2, 1, 3, 3)
    assert line(found).startswith("cross-correlation[2, 1] = ") and line(found).endswith("= 7")
    assert picture(found) != before
    hover(trials, found, "input", 2, 2, 5, 5)
    assert "input[2, 2] = 1; used in 9 of 9 cells of cross-correlation" in line(found)
    hover(trials, found, "input", 0, 0, 5, 5)
    assert "used in 1 of 9 cells of cross-correlation" in line(found)
    trials.mouse.move(5, 5)
    assert picture(found) == before


def test_arrow_keys_walk_through_the_cells(trials):
    found = explorer(trials, 1)
    found.locator("[role=slider]").focus()
    for panel in ("input", "kernel", "output"):
        trials.keyboard.press("Tab")
        while trials.evaluate("document.activeElement.dataset.panel") != panel:
            trials.keyboard.press("Tab")
        trials.keyboard.press("ArrowDown")
        trials.keyboard.press("ArrowRight")
        name = {"input": "input", "kernel": "kernel as it is", "output": "cross-correlation"}[panel]
        assert line(found).startswith(f"{name}[1, 1] = ")
    trials.keyboard.press("Shift+ArrowDown")
    assert line(found).startswith("cross-correlation[2, 1] = ")
    assert trials.locator(".jp-CodeCell").count() == 5, "JupyterLab took no key for its own"


def test_pointing_and_stored_settings_need_no_kernel(trials, folder):
    """The kernel's process is halted meanwhile: it cannot have answered."""
    found = explorer(trials, 1)
    kernel = int((folder / "kernel.txt").read_text())
    os.kill(kernel, signal.SIGSTOP)
    try:
        hover(trials, found, "output", 0, 2, 3, 3)
        assert line(found).endswith("= 11")
        found.locator("[role=slider]").focus()
        for key, step in (("Home", 0), ("ArrowRight", 1), ("End", 8), ("ArrowLeft", 7)):
            trials.keyboard.press(key)
            trials.wait_for_timeout(100)
            assert painted(found) == f"[{step},false]"
    finally:
        os.kill(kernel, signal.SIGCONT)


def test_a_number_is_typed_into_a_cell(trials):
    found = explorer(trials, 1)
    hover(trials, found, "kernel", 2, 0, 3, 3)
    box = found.locator(".cnnlab-panel[data-panel='kernel']").bounding_box()
    trials.mouse.click(box["x"] + box["width"] / 6, box["y"] + box["height"] * 5 / 6)
    trials.keyboard.type("1/2")
    trials.keyboard.press("Enter")
    trials.wait_for_timeout(800)
    hover(trials, found, "output", 0, 0, 3, 3)
    assert line(found).endswith("+ 3×0.5 + 0×1 + 1×0 = 7.5")
    trials.mouse.click(box["x"] + box["width"] / 6, box["y"] + box["height"] * 5 / 6)
    trials.keyboard.type("two")
    trials.keyboard.press("Enter")
    assert "“two” is no number" in found.locator(".cnnlab-note").inner_text()


def test_letters_are_no_commands_of_jupyterlab(trials):
    """A letter must not cut, add or change cells, whatever has the focus."""
    found = explorer(trials, 1)
    count = "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map(c => c.type)"
    before = trials.evaluate(count)
    for place in ("[role=slider]", "input[type=checkbox]", ".cnnlab-panel[data-panel='output']"):
        for key in ("x", "b", "m"):
            found.locator(place).first.focus()
            trials.keyboard.press(key)
            assert trials.evaluate(count) == before, f"{key} on {place}"


def test_the_keyboard_keeps_its_place_while_the_mouse_wanders(trials):
    found = explorer(trials, 1)
    panel = found.locator(".cnnlab-panel[data-panel='kernel']")
    panel.focus()
    trials.keyboard.press("Home")
    for key in ("ArrowDown", "ArrowRight"):
        trials.keyboard.press(key)
    where = line(found).split(" = ")[0]
    hover(trials, found, "output", 0, 0, 3, 3)
    trials.keyboard.press("ArrowRight")
    trials.keyboard.press("ArrowLeft")
    assert line(found).split(" = ")[0] == where


def test_an_edit_that_is_left_gives_the_focus_away(trials):
    found = explorer(trials, 1)
    box = found.locator(".cnnlab-panel[data-panel='kernel']").bounding_box()
    trials.mouse.click(box["x"] + 10, box["y"] + 10)
    trials.keyboard.type("3")
    found.locator("[role=slider]").click()
    trials.wait_for_timeout(300)
    assert found.locator(".cnnlab-editor").count() == 0
    assert trials.evaluate("document.activeElement.dataset.panel ?? ''") == ""


def test_the_flip_is_one_switch(trials):
    found = explorer(trials, 2)
    found.locator("input[type=checkbox]").check()
    trials.wait_for_timeout(300)
    assert line(found).startswith("convolution[0, 0] = ")


def test_a_wrong_number_of_the_student_is_told_under_the_hand(trials):
    found = explorer(trials, 2)
    hover(trials, found, "output", 2, 2, 3, 3)
    assert line(found).endswith("= 4, but your correlate gives 5")


def test_a_photograph_answers_pixel_by_pixel(trials):
    found = explorer(trials, 3)
    hover(trials, found, "output", 10, 20, 126, 126)
    first = line(found)
    hover(trials, found, "output", 90, 70, 126, 126)
    assert first.startswith("output[10, 20] = ") and line(found).startswith("output[90, 70] = ")
    before = picture(found)
    found.locator("select").nth(1).select_option("Sobel, left to right")
    trials.wait_for_timeout(500)
    assert picture(found) != before


def test_the_picture_keeps_its_place_while_controls_move(trials):
    found = explorer(trials, 3)
    height = found.bounding_box()["height"]
    for option in ("each channel alone", "channels summed", "gray"):
        found.locator("select").nth(2).select_option(option)
        trials.wait_for_timeout(600)
        assert found.bounding_box()["height"] == height


def note(found):
    return found.locator(".cnnlab-note").inner_text()


def wait_for_another(page, found, words):
    """Until the note says something else than these words."""
    page.wait_for_function(
        "([stage, words]) => stage.querySelector('.cnnlab-note').innerText !== words",
        arg=[found.element_handle(), words],
    )
    page.wait_for_timeout(500)


def test_the_pen_draws_and_the_prediction_follows(trials):
    page = trials
    found = explorer(page, 4)
    found.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(500)
    empty, blank = picture(found), note(found)
    box = found.locator(".cnnlab-panel[data-panel='image']").bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    for share in np.linspace(0.2, 0.8, 12):
        page.mouse.move(x, box["y"] + share * box["height"])
    page.wait_for_timeout(300)
    while_down = picture(found)
    assert while_down != empty, "the picture waits for the pen to be lifted"
    page.mouse.up()
    wait_for_another(page, found, blank)
    assert note(found).startswith("The model says 1,")
    assert found.locator("select").input_value() == "your own"
    # The pen is up: moving on draws nothing.
    page.mouse.move(5, 5)
    before = picture(found)
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.move(box["x"] + 40, box["y"] + 60, steps=5)
    page.wait_for_timeout(400)
    page.mouse.move(5, 5)
    assert picture(found) == before


def test_a_stroke_is_whole_though_another_panel_had_the_focus(trials):
    page = trials
    found = explorer(page, 4)
    found.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(500)
    blank = note(found)
    found.locator(".cnnlab-panel[data-panel='conv1']").click()
    box = found.locator(".cnnlab-panel[data-panel='image']").bounding_box()
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    for share in np.linspace(0.2, 0.8, 12):
        page.mouse.move(x, box["y"] + share * box["height"])
    page.mouse.up()
    wait_for_another(page, found, blank)
    assert note(found).startswith("The model says 1,")
    hover(page, found, "image", 20, 14, 28, 28)  # near the end of the stroke
    assert line(found).startswith("image[20, 14] = ") and not line(found).endswith("= 0")


def test_the_keyboard_draws_too(trials):
    page = trials
    found = explorer(page, 4)
    found.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(500)
    panel = found.locator(".cnnlab-panel[data-panel='image']")
    panel.focus()
    for _ in range(3):  # to the corner, wherever the cursor was
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("Shift+ArrowLeft")
    for _ in range(14):
        page.keyboard.press("ArrowRight")
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    untouched = note(found)
    page.keyboard.press("Space")
    for _ in range(17):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    wait_for_another(page, found, untouched)
    assert note(found).startswith("The model says 1,")
    # The pen is lifted: the cursor moves and draws nothing.
    page.keyboard.press("Escape")
    before = picture(found)
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(400)
    page.keyboard.press("Escape")
    assert picture(found) == before


def test_words_are_written_in_the_font_of_the_page(trials):
    """A font that the canvas does not know leaves it at 10 pixels, without a word."""
    found = explorer(trials, 1)
    font = "canvas => canvas.getContext('2d').font"
    hover(trials, found, "output", 0, 0, 3, 3)
    written = found.locator("canvas").evaluate(font)
    family = found.locator(".cnnlab-stage").evaluate("stage => getComputedStyle(stage).fontFamily")
    assert family.split(",")[0].strip('"') in written and not written.startswith("10px")


def test_the_dark_theme_is_followed_at_once(trials):
    found = explorer(trials, 1)
    before = picture(found)
    change = "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
    trials.evaluate(change, "JupyterLab Dark")
    trials.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    trials.wait_for_timeout(500)
    assert picture(found) != before
    trials.evaluate(change, "JupyterLab Light")
    trials.wait_for_function("document.body.dataset.jpThemeLight === 'true'")


def test_what_cannot_be_shown_leaves_the_last_picture_and_says_why(lab, page, folder):
    write_notebook(folder / "problem.ipynb", ["from cnnlab.widgets import PaddingStride",
                   "PaddingStride(size_h=5, kernel_h=4)"])  # fmt: skip
    open_notebook(page, lab, "problem.ipynb")
    run_all(page)
    found = explorer(page, 1)
    before = picture(found)
    sliders = found.locator("[role=slider]")
    sliders.nth(0).focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    found.locator(".cnnlab-problem").wait_for()
    assert "the kernel must fit into the padded input" in note(found)
    assert found.locator(".cnnlab-stage.cnnlab-stale").count() == 1
    assert picture(found) != before, "the input shrank once before it could not be shown"
    kept = picture(found)
    inked = found.locator("canvas").evaluate(
        """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
          .filter((part, place) => place % 4 === 3 && part > 0).length"""
    )
    assert inked > 3000, "the last picture is gone"
    assert found.locator(".cnnlab-panel").count() == 3
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(600)
    assert picture(found) == kept
    sliders.nth(2).focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "stage => !stage.classList.contains('cnnlab-stale')",
        arg=found.locator(".cnnlab-stage").element_handle(),
    )
    assert picture(found) != kept


# ---------------------------------------------------------- nodes, and boxes


GESTURES = [
    """import os
from pathlib import Path
import numpy as np
from cnnlab.scene import Boxes, Cell, Graph, Node, Over, Picture, Row, Scene
from cnnlab.widgets import Choice, Explorer, Held, Slider, numbers

NAMES = ("x", "conv1", "conv2", "add")
Path("gestures.txt").write_text(str(os.getpid()))""",
    """class Block(Explorer):
    node = Choice(NAMES)

    @staticmethod
    def scene(node):
        nodes = tuple(Node(name=name, line=f"{name} = {len(name)} letters") for name in NAMES)
        edges = ("x", "conv1"), ("conv1", "conv2"), ("conv2", "add"), ("x", "add")
        net = Graph(name="node", title="net", nodes=nodes, edges=edges, width=500,
                    height=150, choosable=True, chosen=node)
        return Scene("A block", net, note=f"{node} is chosen.")

Block()""",
    """class Pair(Explorer):
    grow = Slider(0, 3, 0)
    boxes = Held([[10, 10, 30, 40], [50, 20, 90, 60]], read=numbers(2, shape=(2, 4)))

    @staticmethod
    def scene(grow, boxes):
        photo = Picture(name="photo", title="photo", values=np.eye(100), width=300, height=300)
        corners = [[60, 70, 95, 95]] if grow < 3 else []
        stays = Boxes(name="stays", corners=corners, solid=False)
        moves = Boxes(name="boxes", corners=boxes, labels=("one", "two"), movable=True)
        told = ", ".join(f"{n:g}" for n in np.ravel(boxes))
        return Scene("Two boxes", Row(Over(photo, stays, moves)), note=f"at {told}.")

Pair()""",
    "from cnnlab.widgets import ReceptiveFieldExplorer\nReceptiveFieldExplorer()",
    "from cnnlab.widgets import NetworkExplorer\nNetworkExplorer()",
]


@pytest.fixture(scope="module")
def gestures(lab, page, folder):
    """A notebook with a graph and with boxes that can be moved, run."""
    write_notebook(folder / "gestures.ipynb", GESTURES)
    open_notebook(page, lab, "gestures.ipynb")
    run_all(page)
    return page


def test_a_refused_number_ends_the_waiting(gestures):
    page = gestures
    found = explorer(page, 3)
    panel = found.locator(".cnnlab-panel[data-panel='layers']")
    panel.focus()
    page.keyboard.press("ArrowRight")  # the stride of the first layer
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    found.locator(".cnnlab-problem").wait_for()
    assert "stride is 0" in note(found)
    page.wait_for_timeout(700)
    assert found.locator(".cnnlab-waiting").count() == 0


def test_choosing_the_chosen_node_ends_the_waiting(gestures):
    page = gestures
    found = explorer(page, 1)
    page.mouse.click(*node_at(found, 0))
    page.wait_for_timeout(700)
    page.mouse.click(*node_at(found, 0))
    page.wait_for_timeout(700)
    assert note(found) == "x is chosen." and found.locator(".cnnlab-waiting").count() == 0


def until(page, found, words):
    """Wait until the note says so."""
    page.wait_for_function(
        "([root, words]) => root.querySelector('.cnnlab-note').innerText === words",
        arg=[found.element_handle(), words],
    )


def node_at(found, place):
    """Middle of a node on the page, and its panel."""
    panel = found.locator(".cnnlab-panel[data-panel='node']")
    box = panel.bounding_box()
    spot = Block().current.layout()[0][0]
    x, y, width, height = spot.cells[place]
    return (
        box["x"] + (x + width / 2 - spot.x) * box["width"] / spot.width,
        box["y"] + (y + height / 2 - spot.y) * box["height"] / spot.height,
    )


class Block(Explorer):
    """The explorer of the notebook, for its layout."""

    node = Choice(("x", "conv1", "conv2", "add"))

    @staticmethod
    def scene(node):
        nodes = tuple(Node(name=name) for name in ("x", "conv1", "conv2", "add"))
        edges = ("x", "conv1"), ("conv1", "conv2"), ("conv2", "add"), ("x", "add")
        net = Graph(name="node", title="net", nodes=nodes, edges=edges, width=500, height=150)
        return Scene("A block", net)


def test_a_node_is_pointed_at_and_chosen_by_mouse(gestures):
    page = gestures
    found = explorer(page, 1)
    page.mouse.move(5, 5)
    before = picture(found)
    page.mouse.move(*node_at(found, 2))
    assert line(found) == "conv2 = 5 letters" and picture(found) != before
    page.mouse.click(*node_at(found, 3))
    until(page, found, "add is chosen.")
    assert found.locator("select").input_value() == "add"
    x, y = node_at(found, 1)
    page.mouse.move(x, y - 60)  # beside every node
    assert line(found) == ""


def test_a_node_is_chosen_with_the_keyboard_and_by_touch(gestures):
    page = gestures
    found = explorer(page, 1)
    found.locator(".cnnlab-panel[data-panel='node']").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    assert line(found) == "conv1 = 5 letters"
    page.keyboard.press("Enter")
    until(page, found, "conv1 is chosen.")
    touch(page, [node_at(found, 0)])
    until(page, found, "x is chosen.")


def title(found):
    return found.locator(".cnnlab-title").inner_text()


def until_title(page, found, words):
    page.wait_for_function(
        "([root, words]) => root.querySelector('.cnnlab-title').innerText === words",
        arg=[found.element_handle(), words],
    )


def cell_of(found, twin, name, place):
    """Middle of a cell on the page, by the layout of the same explorer here."""
    spot = next(s for s in twin.current.layout()[0] if s.panel.name == name)
    x, y, width, height = spot.cells[place]
    box = found.locator(f".cnnlab-panel[data-panel='{name}']").bounding_box()
    return (
        box["x"] + (x + width / 2 - spot.x) * box["width"] / spot.width,
        box["y"] + (y + height / 2 - spot.y) * box["height"] / spot.height,
    )


LEVELS = "The whole network, as it ran", "How one map comes about", "How one number comes about"


def test_a_network_is_entered_and_left_by_mouse(gestures):
    page = gestures
    found, twin = explorer(page, 4), NetworkExplorer()
    names = [node.name for node in twin.current.panels["flow"].nodes]
    page.mouse.click(*cell_of(found, twin, "flow", names.index("conv2#3")))
    until_title(page, found, LEVELS[1])
    twin.chosen("flow", "conv2#3")
    page.wait_for_timeout(400)
    before = picture(found)
    page.mouse.move(*cell_of(found, twin, "sum", 12))
    assert line(found).startswith("sum + bias: map 3[1, 2] = ") and picture(found) != before
    page.mouse.click(*cell_of(found, twin, "sum", 12))
    until_title(page, found, LEVELS[2])
    twin.picked("sum", 1, 2)
    assert "150 products" in note(found)
    page.wait_for_timeout(400)
    page.mouse.click(*cell_of(found, twin, "way", 0))
    until_title(page, found, LEVELS[0])


def test_a_network_is_entered_and_left_with_the_keyboard_and_by_touch(gestures):
    page = gestures
    found, twin = explorer(page, 4), NetworkExplorer(layer="conv2", map=3)
    found.locator(".cnnlab-panel[data-panel='flow']").focus()
    for key in (*["ArrowLeft"] * 13, "ArrowRight", "ArrowDown", "Enter"):  # from the input
        page.keyboard.press(key)
    until_title(page, found, LEVELS[1])
    found.locator(".cnnlab-panel[data-panel='sum']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    until_title(page, found, LEVELS[2])
    assert "25 products" in note(found)
    found.locator(".cnnlab-panel[data-panel='way']").focus()
    page.keyboard.press("Enter")
    until_title(page, found, LEVELS[0])
    names = [node.name for node in twin.current.panels["flow"].nodes]
    touch(page, [cell_of(found, twin, "flow", names.index("pool1#1"))])
    until_title(page, found, LEVELS[1])


def touch(page, way):
    """A finger on its way over the page."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    kinds = ["touchStart"] + ["touchMove"] * (len(way) - 1)
    for kind, (x, y) in zip(kinds, way, strict=True):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()


def on_photo(found, x, y):
    """A place of the photograph on the page."""
    box = found.locator(".cnnlab-panel[data-panel='photo']").bounding_box()
    return box["x"] + x * box["width"] / 100, box["y"] + y * box["height"] / 100


def drag(page, found, start, end):
    page.mouse.move(*on_photo(found, *start))
    page.mouse.down()
    page.mouse.move(*on_photo(found, *end), steps=12)
    page.mouse.up()


def test_a_box_is_dragged_and_resized_with_the_mouse(gestures):
    page = gestures
    found = explorer(page, 2)
    drag(page, found, (20, 25), (40, 35))
    until(page, found, "at 30, 20, 50, 50, 50, 20, 90, 60.")
    assert line(found) == "one: x 30 to 50, y 20 to 50"
    drag(page, found, (90, 60), (80, 70))  # a corner
    until(page, found, "at 30, 20, 50, 50, 50, 20, 80, 70.")
    drag(page, found, (30, 35), (25, 35))  # a side
    until(page, found, "at 25, 20, 50, 50, 50, 20, 80, 70.")
    drag(page, found, (60, 40), (10, 200))  # it stays on the photograph
    until(page, found, "at 25, 20, 50, 50, 0, 50, 30, 100.")


def test_a_box_follows_the_hand_before_the_kernel_answers(gestures, folder):
    """The kernel's process is halted meanwhile: it cannot have answered."""
    page = gestures
    found = explorer(page, 2)
    page.mouse.move(*on_photo(found, 35, 30))
    page.mouse.down()
    before, told = picture(found), note(found)
    kernel = int((folder / "gestures.txt").read_text())
    os.kill(kernel, signal.SIGSTOP)
    try:
        page.mouse.move(*on_photo(found, 45, 30), steps=4)
        page.wait_for_timeout(100)
        assert picture(found) != before and note(found) == told
    finally:
        os.kill(kernel, signal.SIGCONT)
    page.mouse.move(*on_photo(found, 35, 30), steps=4)
    page.mouse.up()
    until(page, found, "at 25, 20, 50, 50, 0, 50, 30, 100.")


def test_a_box_is_moved_with_keys_and_by_touch(gestures):
    page = gestures
    found = explorer(page, 2)
    box = found.locator(".cnnlab-box[data-box='boxes 0']")
    box.focus()
    assert line(found) == "one: x 25 to 50, y 20 to 50"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    until(page, found, "at 26, 30, 50, 60, 0, 50, 30, 100.")
    assert "x 26 to 50, y 30 to 60; arrow keys move" in box.get_attribute("aria-label")
    touch(page, [on_photo(found, x, 45) for x in range(38, 59, 2)])
    until(page, found, "at 46, 30, 70, 60, 0, 50, 30, 100.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.box") == "boxes 1"


def test_only_the_hand_that_holds_a_box_moves_it(gestures):
    page = gestures
    found = explorer(page, 2)
    told = note(found)
    page.mouse.move(*on_photo(found, 60, 45))
    page.mouse.down(button="right")
    page.mouse.move(*on_photo(found, 80, 45), steps=4)
    page.mouse.up(button="right")
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert note(found) == told


def test_a_box_that_stays_is_pointed_at_by_its_side(gestures):
    page = gestures
    found = explorer(page, 2)
    page.mouse.move(*on_photo(found, 95, 90))
    assert line(found) == "1: x 60 to 95, y 70 to 95"
    page.mouse.move(*on_photo(found, 80.5, 85.5))  # inside, what lies below answers
    assert line(found) == "photo[85, 80] = 0"
    stays = found.locator(".cnnlab-panel[data-panel='stays']")
    stays.focus()
    page.keyboard.press("ArrowRight")
    assert line(found) == "1: x 60 to 95, y 70 to 95"
    found.locator("[role=slider]").focus()
    page.keyboard.press("End")  # there are no boxes that stay any more
    page.wait_for_function(
        "stage => stage.dataset.painted === '[3]'",
        arg=found.locator(".cnnlab-stage").element_handle(),
    )
    assert stays.count() == 0
    page.mouse.move(*on_photo(found, 95.5, 90.5))
    assert line(found) == "photo[90, 95] = 0"


def test_an_endless_function_is_interrupted_and_told(lab, page):
    open_notebook(page, lab, "endless.ipynb")
    start_all(page)
    page.wait_for_function(
        """() => {
          const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
          return cells.get(0).executionCount === 1 && cells.get(1).executionCount === null;
        }"""
    )
    page.wait_for_timeout(2000)
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()"
    )
    problem = page.locator(".cnnlab-problem")
    problem.wait_for()
    assert "correlate had not returned when it was stopped" in problem.inner_text()


# ------------------------------------------------------------- while it trains


def test_training_leaves_the_page_free_and_can_be_interrupted(lab, page):
    open_notebook(page, lab, "long.ipynb")
    run_all(page)
    found = explorer(page, 2)
    page.evaluate(ADD_AND_RUN, TRAIN)
    running = page.locator(".jp-CodeCell").nth(3)
    running.get_by_text("loss 0.").first.wait_for()
    found.scroll_into_view_if_needed()
    box = found.locator(".cnnlab-panel[data-panel='image']").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 30, steps=4)
    page.mouse.up()
    # The kernel has painted: a test digit became the student's own.
    page.wait_for_function(
        "select => select.value === 'your own'", arg=found.locator("select").element_handle()
    )
    assert running.locator(".jp-InputPrompt").inner_text() == "[*]:"
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    stopped = running.get_by_text("What was learned is kept")
    stopped.wait_for()
    assert "of 31500 batches" in stopped.inner_text()
    page.evaluate(ADD_AND_RUN, "print('learned', len(training.losses) > 0)")
    page.get_by_text("learned True").wait_for()
    image = running.locator(".jp-OutputArea img")
    assert image.evaluate("img => img.naturalWidth") > 700


def test_an_explorer_is_painted_while_the_next_cell_runs(lab, page, folder):
    """Run All: the kernel is busy when the page could ask for the first scene."""
    cells = ["from cnnlab.widgets import PoolingExplorer", "PoolingExplorer()",
             "import time\nfor _ in range(600):\n    time.sleep(0.01)"]  # fmt: skip
    write_notebook(folder / "busy.ipynb", cells)
    open_notebook(page, lab, "busy.ipynb")
    start_all(page)
    explorer(page, 1)
    assert page.locator(".jp-CodeCell").nth(2).locator(".jp-InputPrompt").inner_text() == "[*]:"


def test_a_long_table_can_be_searched(lab, page):
    open_notebook(page, lab, "long.ipynb")
    run_all(page)
    table = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea table")
    table.scroll_into_view_if_needed()
    rows = table.locator("tbody tr")
    assert rows.count() == 39
    box = page.locator(".jp-CodeCell").nth(1).get_by_label("search the layers")
    box.fill("linear")
    assert rows.filter(visible=True).count() == 3
    assert "102,764,544" in table.inner_text()
    box.fill("")
    assert rows.filter(visible=True).count() == 39
