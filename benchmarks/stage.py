"""How fast an explorer answers the hand, beside a bare slider, and beside interact and pyplot.

    python3 course.py bench

All stand in the same JupyterLab in headless Chromium. The floor is an ipywidgets slider
whose value a label repeats in the browser. One stands below each explorer and is measured
by turns with it: what else is in view costs every frame, whoever asks for it.
FilterExplorer and interact draw the same filtered photograph. Measured in the page: from a
key (or the last movement of a drag, a movement over cells, a click on a map) to the frame
that shows the answer. Times depend on the machine, and so do ratios of few keys: with 60 of
each they still differ by a tenth from run to run.
"""

import statistics
import tempfile
import time
from pathlib import Path

import nbformat

from tools.browser import chromium, open_notebook, run_all, serve

ROUNDS, KEYS = 2, 30  # by turns, since a machine's speed drifts in the minutes that this takes
IMPORTS = """from cnnlab.widgets import *
from cnnlab.data import KERNELS, sample_image
from cnnlab.ops import cross_correlate2d
import ipywidgets, matplotlib.pyplot as plt, numpy as np"""
FLOOR = """slider, label = ipywidgets.IntSlider(50), ipywidgets.Label("50")
ipywidgets.jslink((slider, "value"), (label, "value"))
ipywidgets.VBox([slider, label])"""
INTERACT = """def show(strength):
    kernel = KERNELS["identity"] * (1 - strength / 100) + KERNELS["outline"] * strength / 100
    image = sample_image("camera")
    figure, axes = plt.subplots(1, 3, figsize=(7, 2.6))
    axes[0].imshow(image, cmap="gray")
    axes[1].imshow(kernel, cmap="PuOr")
    axes[2].imshow(cross_correlate2d(image, kernel), cmap="gray")
    plt.show()

interact = ipywidgets.interact(show, strength=ipywidgets.IntSlider(50, 0, 100))"""
EXPLORERS = (
    "PaddingStride", "PoolingExplorer", "Im2colView", "ConnectionDiagram", "TransposedStepper",
    "DilationLab", "AnchorLab", "SegmentationExplorer", "DetectionExplorer",
)  # fmt: skip
MEASURED = {
    "FilterExplorer": "FilterExplorer(strength=50)", "interact + pyplot": INTERACT,
    **{name: f"{name}()" for name in EXPLORERS},
}  # fmt: skip
WITH_PEN = ("FeatureMaps", "NetworkExplorer")

# Notes keys, pointer moves and paints of one cell, each with its time.
WATCH = """place => {
  const cell = document.querySelectorAll('.jp-CodeCell')[place];
  window.noted = [];
  const note = (kind) => window.noted.push([kind, performance.now()]);
  const painted = () => requestAnimationFrame(() => setTimeout(() => note('paint')));
  window.watcher?.disconnect();
  window.watcher = new MutationObserver(async (changes) => {
    const images = changes.flatMap((change) => [...change.addedNodes])
      .flatMap((node) => node.querySelectorAll ? [node, ...node.querySelectorAll('img')] : [])
      .filter((node) => node.tagName === 'IMG');
    const label = cell.querySelector('.widget-vbox > .widget-label');
    const answers = (change) => change.attributeName === 'data-painted'
      || label?.contains(change.target)
      || (window.hovering && change.target.closest?.('.cnnlab-arithmetic'));
    if (changes.some(answers)) painted();
    else if (images.length) { await images.at(-1).decode(); painted(); }
  });
  window.watcher.observe(cell, {
    subtree: true, childList: true, characterData: true,
    attributes: true, attributeFilter: ['data-painted'],
  });
  cell.querySelector('[role=slider]').addEventListener('keydown', () => note('key'), true);
  cell.addEventListener('click', () => note('choice'), true);
  document.addEventListener('pointermove', () => note('move'), true);
}"""


def after(noted, kind):
    """For each event of a kind, milliseconds to the next paint before another such event."""
    waits = []
    starts = [time for what, time in noted if what == kind]
    for start, end in zip(starts, [*starts[1:], float("inf")], strict=True):
        paints = [t for what, t in noted if what == "paint" and start < t < end]
        if paints:
            waits.append(paints[0] - start)
    return waits


def measure_keys(page, place):
    """Milliseconds from each key on the slider to the paint that answers it."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(3000)  # the scenes within reach are sent ahead
    page.evaluate(WATCH, place)
    cell.locator("[role=slider]").first.focus()
    for number in range(KEYS):
        page.keyboard.press("ArrowRight" if number % 20 < 10 else "ArrowLeft")
        page.wait_for_timeout(200)
    return after(page.evaluate("window.noted"), "key")


def measure_drag(page, place):
    """Pictures a second of a drag, and how far the last one lags behind the hand."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    page.evaluate(WATCH, place)
    slider = cell.locator("[role=slider]").first
    slider.focus()
    page.keyboard.press("End")  # the drag goes to the left
    page.wait_for_timeout(1000)
    page.evaluate("window.noted.length = 0")
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(x - 1.4 * step, y)
        page.wait_for_timeout(16)
    page.mouse.up()
    page.wait_for_timeout(4000)
    noted = page.evaluate("window.noted")
    moves = [time for what, time in noted if what == "move"]
    paints = [time for what, time in noted if what == "paint"]
    during = [time for time in paints if moves[0] <= time <= moves[-1]]
    frames = 1000 * len(during) / (moves[-1] - moves[0])
    return frames, max(paints[-1] - moves[-1], 0)


def measure_hover(page, place):
    """From a movement over the cells to the frame that explains the new one: median and p95."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, place)
    page.evaluate("window.hovering = true")
    waits = []
    for panel in cell.locator(".cnnlab-panel").all():
        panel.scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        box = panel.bounding_box()
        page.evaluate("window.noted.length = 0")
        for step in range(24):
            row, column = divmod(step * 7 % 36, 6)
            page.mouse.move(
                box["x"] + box["width"] * (column + 0.5) / 6,
                box["y"] + box["height"] * (row + 0.5) / 6,
            )
            page.wait_for_timeout(60)
        waits += after(page.evaluate("window.noted"), "move")
    page.evaluate("window.hovering = false")
    return middle_and_p95(waits)


# The pen: when it moved, when its way went to the kernel, when the kernel answered, and
# when new pictures were on the page. From outside: the stage knows nothing of it.
WATCH_PEN = """(() => {
  window.pen = [];
  const note = (kind) => window.pen.push([kind, performance.now()]);
  const says = (data, words) =>
    words.test(typeof data === 'string' ? data : new TextDecoder().decode(data));
  document.addEventListener('pointermove', () => note('move'), true);
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (says(data, /"stroke"/)) note('sent');
    return send.call(this, data);
  };
  const {set} = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage');
  Object.defineProperty(WebSocket.prototype, 'onmessage', {set(hear) {
    set.call(this, (event) => {
      // The answer holds a scene; one without only empties the store.
      if (says(event.data, /"clear": ?true/) && !says(event.data, /"scenes": ?{}/)) note('answer');
      hear.call(this, event);
      if (window.pen.at(-1)?.[0] === 'answer')
        requestAnimationFrame(() => setTimeout(() => note('picture')));
    });
  }});
})()"""


def measure_pen(page, place):
    """From a place of the pen to the picture that knows it: median and p95 in ms, pictures/s."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(3000)
    page.evaluate("window.pen.length = 0")
    box = cell.locator(".cnnlab-paintable").bounding_box()
    seconds = 0.0
    for stroke in range(6):
        x, y = box["x"] + 40, box["y"] + 40 + 24 * stroke
        page.mouse.move(x, y)
        start = time.perf_counter()
        page.mouse.down()
        for step in range(1, 40):
            page.mouse.move(x + 3.5 * step, y)
            page.wait_for_timeout(16)
        page.mouse.up()
        seconds += time.perf_counter() - start
        page.wait_for_timeout(500)
    noted = page.evaluate("window.pen")
    # Messages are answered in their order; each holds the places since the one before.
    oldest, places = [], []
    for kind, at in noted:
        if kind == "move":
            places.append(at)
        elif kind == "sent":
            oldest.append(places[0] if places else at)
            places = []
    answers = [at for kind, at in noted if kind == "answer"]
    pictures = [at for kind, at in noted if kind == "picture"]
    waits = [
        next(shown for shown in pictures if shown >= answer) - since
        for since, answer in zip(oldest, answers, strict=False)
    ]
    return statistics.median(waits), statistics.quantiles(waits, n=20)[-1], len(waits) / seconds


def measure_choices(page, place):
    """From a click on a map, and on a cell of it, to the picture that shows it: median, p95."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(2000)
    page.evaluate(WATCH, place)

    def choose(panel, across, down):
        box = cell.locator(f".cnnlab-panel[data-panel='{panel}']").bounding_box()
        page.evaluate("window.noted.length = 0")
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(500)
        return after(page.evaluate("window.noted"), "choice")

    maps, cells = [], []
    for turn in range(20):
        # The columns of conv1 and conv2, and rows of their maps.
        maps += choose("flow", 0.12 if turn % 2 else 0.385, 0.2 + 0.15 * (turn % 5))
        cells += choose("sum", 0.2 + 0.15 * (turn % 5), 0.3 + 0.1 * (turn % 4))
        choose("way", 0.03, 0.5)
    return [middle_and_p95(waits) for waits in (maps, cells)]


def main():
    """Measure all and print the ratios."""
    sources = [IMPORTS]
    for source in MEASURED.values():
        sources += [source, FLOOR]
    sources += [f"{name}()" for name in WITH_PEN]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    places = {name: 1 + 2 * number for number, name in enumerate(MEASURED)}
    pens = {name: 1 + 2 * len(MEASURED) + number for number, name in enumerate(WITH_PEN)}
    with tempfile.TemporaryDirectory() as top:
        folder, home = Path(top, "course"), Path(top, "jupyter")
        folder.mkdir()
        home.mkdir()
        nbformat.write(notebook, folder / "bench.ipynb")
        with serve(folder, home) as address, chromium() as page:
            page.add_init_script(WATCH_PEN)
            open_notebook(page, address, "bench.ipynb")
            run_all(page)
            keys, floors = ({name: [] for name in MEASURED} for _ in range(2))
            for _ in range(ROUNDS):
                for name, place in places.items():
                    keys[name] += measure_keys(page, place)
                    floors[name] += measure_keys(page, place + 1)
            hovered = {
                name: measure_hover(page, place)
                for name, place in places.items()
                if name != "interact + pyplot"
            }
            # At the end, since a drag may end where nothing can be shown.
            dragged = {name: measure_drag(page, place) for name, place in places.items()}
            drawn = {name: measure_pen(page, place) for name, place in pens.items()}
            hovered["NetworkExplorer"] = measure_hover(page, pens["NetworkExplorer"])
            choices = measure_choices(page, pens["NetworkExplorer"])
    print(f"{'':20} {'key to paint, ms':>17} {'bare slider, ms':>17} {'ratio':>6} {'drag':>9} "
          f"{'behind':>7} {'hover, ms':>13}")  # fmt: skip
    print(f"{'':20} {'median':>8} {'p95':>8} {'median':>8} {'p95':>8} {'':>6} {'frames/s':>9} "
          f"{'ms':>7} {'median':>6} {'p95':>6}")  # fmt: skip
    for name in MEASURED:
        (own, own_p95), (floor, floor_p95) = map(middle_and_p95, (keys[name], floors[name]))
        frames, behind = dragged[name]
        hover = "{:6.1f} {:6.1f}".format(*hovered[name]) if name in hovered else ""
        print(
            f"{name:20} {own:8.1f} {own_p95:8.1f} {floor:8.1f} {floor_p95:8.1f} "
            f"{own / floor:6.2f} {frames:9.1f} {behind:7.0f} {hover}"
        )
    for name, pen in drawn.items():
        print(
            f"{name}, pen to prediction: {pen[0]:.0f} ms median, {pen[1]:.0f} ms p95, "
            f"{pen[2]:.0f} pictures a second"
        )
    for what, waits in zip(("a map", "a cell"), choices, strict=True):
        print(f"NetworkExplorer, choosing {what}: {waits[0]:.0f} ms median, {waits[1]:.0f} ms p95")
    print("NetworkExplorer, hovering: {:.1f} ms median, {:.1f} ms p95".format(
        *hovered["NetworkExplorer"]))  # fmt: skip
    slow, quick = (statistics.median(keys[n]) for n in ("interact + pyplot", "FilterExplorer"))
    print(f"ratio, interact to stage: {slow / quick:.1f} (median)")


def middle_and_p95(waits):
    """The median, and what 95 % do not exceed."""
    return statistics.median(waits), statistics.quantiles(waits, n=20)[-1]


if __name__ == "__main__":
    main()
