"""How fast an explorer answers the hand, beside interact and pyplot.

    python3 course.py bench

Both draw the same filtered photograph in the same JupyterLab in headless
Chromium. Measured in the page: from a key (or the last movement of a drag) to the
frame that shows the new picture. Times depend on the machine; the ratio says more.
"""

import statistics
import tempfile
import time
from pathlib import Path

import nbformat

from tools.browser import chromium, open_notebook, run_all, serve

KEYS = 30
OTHERS = ("PaddingStride", "PoolingExplorer", "Im2colView")
CELLS = [
    """from cnnlab.widgets import *
from cnnlab.data import KERNELS, sample_image
from cnnlab.ops import cross_correlate2d
import ipywidgets, matplotlib.pyplot as plt, numpy as np""",
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
    if (changes.some((change) => change.attributeName === 'data-painted')) painted();
    else if (images.length) { await images.at(-1).decode(); painted(); }
  });
  window.watcher.observe(cell, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['data-painted'],
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
        page.wait_for_timeout(400)
    keys = after(page.evaluate("window.noted"), "key")
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


# For each picture that answers the pen: milliseconds since the oldest place that it was
# asked for, up to the frame that shows it.
WATCH_PEN = """place => {
  const stage = document.querySelectorAll('.jp-CodeCell')[place].querySelector('.cnnlab-stage');
  window.lags = [];
  new MutationObserver(() => {
    const since = Number(stage.dataset.answered);
    requestAnimationFrame(() => setTimeout(() => window.lags.push(performance.now() - since)));
  }).observe(stage, {attributes: true, attributeFilter: ['data-answered']});
}"""


def measure_pen(page, place):
    """From a place of the pen to the picture that knows it: median and p95 in ms, pictures/s."""
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(3000)
    page.evaluate(WATCH_PEN, place)
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
    waits = page.evaluate("window.lags")
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
            open_notebook(page, address, "bench.ipynb")
            run_all(page)
            names = ("FilterExplorer", "interact + pyplot", *OTHERS)
            rows = {name: measure(page, place) for place, name in enumerate(names, 1)}
            pen = measure_pen(page, len(names) + 1)
    print(f"{'':20} {'key to paint, ms':>22} {'drag':>12} {'behind the hand':>17}")
    print(f"{'':20} {'median':>11} {'p95':>10} {'frames/s':>12} {'ms':>17}")
    for name, row in rows.items():
        numbers = (row["median"], row["p95"], row["frames"], row["behind"])
        print(
            f"{name:20} {numbers[0]:11.1f} {numbers[1]:10.1f} {numbers[2]:12.1f} {numbers[3]:17.0f}"
        )
    stage, plain = rows["FilterExplorer"], rows["interact + pyplot"]
    print(
        f"\nFeatureMaps, pen to prediction: {pen[0]:.0f} ms median, {pen[1]:.0f} ms p95, "
        f"{pen[2]:.0f} pictures a second"
    )
    print(f"ratio, interact to stage: {plain['median'] / stage['median']:.1f} (median)")


if __name__ == "__main__":
    main()
