"""How fast an explorer answers the hand, beside a bare slider, and beside interact and pyplot.

    python3 course.py bench

All stand in the same JupyterLab in headless Chromium. The floor is an ipywidgets slider
whose value a label repeats in the browser; FilterExplorer and interact draw the same
filtered photograph. Measured in the page: from a key (or the last movement of a drag, or
a movement over cells) to the frame that shows the answer. Times depend on the machine;
the ratios say more.
"""

import statistics
import tempfile
import time
from pathlib import Path

import nbformat

from tools.browser import chromium, open_notebook, run_all, serve

KEYS = 80
FLOOR = "slider and label"
OTHERS = ("PaddingStride", "PoolingExplorer", "Im2colView")
CELLS = [
    """from cnnlab.widgets import *
from cnnlab.data import KERNELS, sample_image
from cnnlab.ops import cross_correlate2d
import ipywidgets, matplotlib.pyplot as plt, numpy as np""",
    """slider, label = ipywidgets.IntSlider(50), ipywidgets.Label("50")
ipywidgets.jslink((slider, "value"), (label, "value"))
ipywidgets.VBox([slider, label])""",
    "FilterExplorer(strength=50)",
    """def show(strength):
    kernel = KERNELS["identity"] * (1 - strength / 100) + KERNELS["outline"] * strength / 100
    image = sample_image("camera")
    figure, axes = plt.subplots(1, 3, figsize=(7, 2.6))
    axes[0].imshow(image, cmap="gray")
    axes[1].imshow(kernel, cmap="PuOr")
    axes[2].imshow(cross_correlate2d(image, kernel), cmap="gray")
    plt.show()

interact = ipywidgets.interact(show, strength=ipywidgets.IntSlider(50, 0, 100))""",
    *(f"{name}()" for name in OTHERS),
    "FeatureMaps()",
]

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


def measure(page, place):
    """Key to paint, and how far a drag's last picture lags behind the hand."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(3000)  # the scenes within reach are sent ahead
    page.evaluate(WATCH, place)
    slider = cell.locator("[role=slider]").first
    slider.focus()
    for number in range(KEYS):
        page.keyboard.press("ArrowRight" if number % 20 < 10 else "ArrowLeft")
        page.wait_for_timeout(200)
    keys = after(page.evaluate("window.noted"), "key")
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
    return {
        "median": statistics.median(keys),
        "p95": statistics.quantiles(keys, n=20)[-1],
        "frames": 1000 * len(during) / (moves[-1] - moves[0]),
        "behind": max(paints[-1] - moves[-1], 0),
    }


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
    return statistics.median(waits), statistics.quantiles(waits, n=20)[-1]


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
      if (says(event.data, /"clear": ?true/)) note('answer');
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


def main():
    """Measure both and print the ratio."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    with tempfile.TemporaryDirectory() as top:
        folder, home = Path(top, "course"), Path(top, "jupyter")
        folder.mkdir()
        home.mkdir()
        nbformat.write(notebook, folder / "bench.ipynb")
        with serve(folder, home) as address, chromium() as page:
            page.add_init_script(WATCH_PEN)
            open_notebook(page, address, "bench.ipynb")
            run_all(page)
            names = (FLOOR, "FilterExplorer", "interact + pyplot", *OTHERS)
            rows, hovered = {}, {}
            for place, name in enumerate(names, 1):
                if name in ("FilterExplorer", *OTHERS):
                    hovered[name] = measure_hover(page, place)
                rows[name] = measure(page, place)  # it may end where nothing can be shown
            pen = measure_pen(page, len(names) + 1)
    print(f"{'':20} {'key to paint, ms':>22} {'of the floor':>13} {'drag':>10} {'behind':>8} "
          f"{'hover, ms':>16}")  # fmt: skip
    print(f"{'':20} {'median':>11} {'p95':>10} {'median':>13} {'frames/s':>10} {'ms':>8} "
          f"{'median':>9} {'p95':>6}")  # fmt: skip
    for name, row in rows.items():
        share = row["median"] / rows[FLOOR]["median"]
        hover = "{:9.1f} {:6.1f}".format(*hovered[name]) if name in hovered else ""
        print(
            f"{name:20} {row['median']:11.1f} {row['p95']:10.1f} {share:13.2f} "
            f"{row['frames']:10.1f} {row['behind']:8.0f} {hover}"
        )
    stage, plain = rows["FilterExplorer"], rows["interact + pyplot"]
    print(
        f"\nFeatureMaps, pen to prediction: {pen[0]:.0f} ms median, {pen[1]:.0f} ms p95, "
        f"{pen[2]:.0f} pictures a second"
    )
    print(f"ratio, interact to stage: {plain['median'] / stage['median']:.1f} (median)")


if __name__ == "__main__":
    main()
