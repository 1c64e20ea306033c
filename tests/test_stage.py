"""The browser's half of the drawing, module by module, and both sides' words compared."""

import base64
import json

import numpy as np
import pytest

from cnnlab.draw.look import map_colors
from cnnlab.draw.modules import FOLDER, joined, source_of
from cnnlab.draw.stage import pack
from cnnlab.scene import (
    LINKS,
    Bars,
    Cell,
    Column,
    Grid,
    Link,
    Picture,
    Row,
    Scene,
    Series,
    Span,
    Table,
    format_number,
)
from cnnlab.widgets import (
    EXPLORERS,
    ConvolutionStepper,
    FilterExplorer,
    PoolingExplorer,
    ReceptiveFieldExplorer,
    ResidualLab,
    Slider,
)
from tools.browser import chromium, has_chromium

if not has_chromium():
    pytest.skip("no Chromium on this machine", allow_module_level=True)

MODULES = sorted(path.name for path in FOLDER.glob("*.js"))


@pytest.fixture(scope="module")
def page():
    """A page that has the modules at addresses of their own, with real imports."""

    def answer(route):
        name = route.request.url.rsplit("/", 1)[1]
        if name == "page.html":
            route.fulfill(body="<body></body>", content_type="text/html")
        else:
            route.fulfill(body=source_of(name), content_type="text/javascript")

    with chromium() as page:
        page.route("http://stage.test/**", answer)
        page.goto("http://stage.test/page.html")
        yield page


def run(page, module, code, *given):
    """Import a module alone and run a function of its exports."""
    script = f"async (given) => ({code})(await import('./{module}'), ...given)"
    return page.evaluate(script, list(given))


# -------------------------------------------------------------- the modules


@pytest.mark.parametrize("name", [*MODULES, "data.js"])
def test_each_module_can_be_imported_alone(page, name):
    assert run(page, name, "(module) => Object.keys(module)")


def test_joined_they_are_one_module_with_one_export(page):
    script = """async (source) => {
      const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
      const module = await import(url);
      return [Object.keys(module), typeof module.default.render];
    }"""
    assert page.evaluate(script, joined()) == [["default"], "function"]
    assert "import {" not in joined() and joined().count("export ") == 1


def test_every_module_is_reached_from_the_entry():
    whole = joined()
    for name in MODULES:
        assert source_of(name).splitlines()[0] in whole, f"nobody imports {name}"


def test_numbers_are_written_as_in_python(page):
    random = np.random.default_rng(0)
    scales = 10.0 ** random.integers(-6, 22, 1500)
    values = [*(random.normal(size=1500) * scales).tolist()]
    values += [n / 8 for n in range(-40, 41)]  # halves, which are rounded away from 0
    values += [1.125e15, -1.125e15, 1e15, 9.995e15, 9.999e20, 1e300, 0.0, -0.0, 999999999999999.9]
    for digits in (0, 1, 2, 5):
        written = run(page, "numbers.js",
                      "({formatNumber}, values, n) => values.map((v) => formatNumber(v, n))",
                      values, digits)  # fmt: skip
        assert written == [format_number(value, digits) for value in values]


def test_settings_have_the_same_name_on_both_sides(page):
    """Keys of the store, by floats that have no end, halves at the last decimal and choices."""
    sliders = [Slider(-1, 1, 0.0, step=step) for step in (1e-4, 0.0078125, 0.1, 1 / 3, 0.5)]
    sliders += [Slider(-7, 9, 1, step=2), Slider(0.0, 3e6, 0.0, step=123456.789)]
    cases = [(d, value) for d in sliders for value in d.values()[:400]]
    cases += [(Slider(-1, 1, 0.0), v) for v in (0.1 + 0.2, 1 - 1e-9, -1e-9, 0.0078125, -2.5e-6)]
    written = run(page, "store.js", """({settingsKey}, values) => values.map((value) =>
      settingsKey([{has: () => false, get: () => value}]))""", [v for _, v in cases])  # fmt: skip
    assert written == [json.dumps([d.key(value)], separators=(",", ":")) for d, value in cases]
    for declared in sliders:
        assert len({declared.key(v) for v in declared.values()}) == len(declared.values())


def test_numbers_are_typed_in_several_ways(page):
    read = "({readNumber}, texts) => texts.map((text) => readNumber(text) ?? null)"
    typed = {"2": 2, " −0,5 ": -0.5, "1/4": 0.25, "-3": -3, "1e2": 100}
    bad = ["", "two", "0x1F", "1/0", "1/2/3", "--1", "Infinity", "1/"]
    assert run(page, "numbers.js", read, list(typed)) == list(typed.values())
    assert run(page, "numbers.js", read, bad) == [None] * len(bad)


@pytest.mark.parametrize("colors", ["gray", "diverging", "heat"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_those_of_the_figures(page, colors, theme):
    values = np.linspace(-1.5, 2.5, 24).reshape(4, 6)
    panel = {"values": values.ravel().tolist(), "rows": 4, "columns": 6, "depth": 1,
             "limits": [-1, 2], "colors": colors}  # fmt: skip
    pixels = run(page, "colors.js",
                 "({mapColors}, panel, theme) => Array.from(mapColors(panel, theme))",
                 panel, theme)  # fmt: skip
    shown = np.reshape(pixels, (4, 6, 4))
    expected = map_colors(values, colors, (-1, 2), theme).astype(int)
    assert np.abs(shown[..., :3] - expected).max() <= 1 and (shown[..., 3] == 255).all()


def test_few_messages_fly_at_a_time(page):
    sent = run(page, "flight.js", """({Flight}) => {
      const sent = [];
      const flight = new Flight((message) => sent.push(message));
      for (let load = 1; load < 9; load++) if (!flight.full) flight.start(load, load);
      const landed = [flight.land(), flight.land()];
      for (let load = 11; load < 15; load++) if (!flight.full) flight.start(load, load);
      return [sent, landed, flight.land(), flight.land(), flight.land(), flight.land()];
    }""")  # fmt: skip
    assert sent == [[1, 2, 3, 11, 12], [1, 2], 3, 11, 12, 0]


def test_a_box_that_is_moved_keeps_its_size_and_stays_inside(page):
    """Every side and corner of random boxes, by random ways."""
    random = np.random.default_rng(1)
    tries = []
    for _ in range(300):
        corners = np.hstack([np.sort(random.uniform(0, most, 2)) for most in (20, 12)])
        sides = [[0, 1, 2, 3], [0], [1], [2], [3], [0, 1], [2, 1], [0, 3], [2, 3]]
        x1, x2, y1, y2 = corners.round(1).tolist()
        if x2 - x1 > 1 and y2 - y1 > 1:
            tries.append([[x1, y1, x2, y2], sides[random.integers(9)],
                          random.uniform(-30, 30, 2).tolist()])  # fmt: skip
    assert len(tries) > 200
    moved = run(page, "boxes.js", """({Boxes}, tries) => {
      const base = {name: 'photo', rows: 12, columns: 20};
      return tries.map(([corners, sides, by]) => {
        const panel = {name: 'b', over: 'photo', step: 1, corners: [corners]};
        const byName = new Map([['photo', base], ['b', panel]]);
        const view = {scene: {byName}, send: () => {}, paintSoon: () => {}};
        const boxes = new Boxes(view);
        boxes.move('b', 0, corners, sides, by);
        return boxes.held?.corners ?? corners;
      });
    }""", tries)  # fmt: skip
    for (before, sides, by), (x1, y1, x2, y2) in zip(tries, moved, strict=True):
        assert 0 <= x1 < x2 <= 20 and 0 <= y1 < y2 <= 12
        if len(sides) == 4:
            size = before[2] - before[0], before[3] - before[1]
            assert (x2 - x1, y2 - y1) == pytest.approx(size), "its size has changed"
            assert x1 == pytest.approx(np.clip(np.floor(before[0] + by[0] + 0.5), 0, 20 - size[0]))
        else:
            kept = {0, 1, 2, 3} - set(sides)
            assert all((x1, y1, x2, y2)[side] == before[side] for side in kept)


def test_the_painter_draws_a_scene_without_a_page_around_it(page):
    scene = ConvolutionStepper().current
    header, arrays = pack(scene)
    inks = run(page, "painter.js", """async ({Painter}, header, packed) => {
      const {Scene} = await import('./scene.js');
      const canvas = document.createElement('canvas');
      const painter = new Painter(canvas);
      const scene = new Scene(header, unpacked(packed));
      painter.begin(scene, 'light', 0);
      painter.drawScene(scene.focus);
      const tokens = painter.explain(scene.focus);
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let inked = 0;
      for (let at = 3; at < pixels.length; at += 4) inked += pixels[at] > 0;
      return [inked / (pixels.length / 4), tokens.map(([text]) => text).join('')];
    }""".replace("unpacked(packed)", UNPACKED), header, encoded(arrays))  # fmt: skip
    assert 0.02 < inks[0] < 0.6 and inks[1] == scene.arithmetic(scene.focus)


def test_the_painter_counts_a_window_without_an_end(page):
    """A field of 2^31 x 2^31 cells: only those inside are looked at."""
    values = np.zeros((600, 600))  # more cells than a function takes arguments
    span = Span("x", (-(2**30), -(2**30)), (0, 0), (2**31, 2**31))
    scene = Scene(
        "far", Row(Picture(name="x", values=values), Grid(name="y", values=np.eye(2))),
        links=(Link("y", (span,), "field"),), focus=Cell("y", 0, 0),
    )  # fmt: skip
    header, arrays = pack(scene)
    line = run(page, "painter.js", """async ({Painter}, header, packed) => {
      const {Scene} = await import('./scene.js');
      const painter = new Painter(document.createElement('canvas'));
      painter.begin(new Scene(header, unpacked(packed)), 'light', 0);
      return painter.explain(painter.scene.focus).map(([text]) => text).join('');
    }""".replace("unpacked(packed)", UNPACKED), header, encoded(arrays))  # fmt: skip
    assert line == scene.arithmetic(scene.focus)
    assert line.endswith("sees 2147483648×2147483648 (360000 inside) of x")


# ------------------------------------------------- the two sides say the same

UNPACKED = """Object.fromEntries(Object.entries(packed).map(([digest, text]) => [
        digest,
        new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer),
      ]))"""

BROWSER_SIDE = """({Scene}, header, packed, cells) => {
  const scene = new Scene(header, UNPACKED);
  const text = (cell) => `${cell.panel} ${cell.row} ${cell.column}`;
  return cells.map(([panel, row, column]) => {
    const cell = {panel, row, column};
    return {
      line: scene.arithmetic(cell),
      sources: scene.sources(cell).map(text),
      users: scene.users(cell).map(text),
      winners: scene.winners(cell).map(text),
      shown: scene.panels.filter((panel) => panel.lens || Object.keys(panel.profiles ?? {}).length)
        .map((panel) => Array.from(panel.lens ? scene.lensValues(panel, cell)
          : scene.shown(panel, cell))),
    };
  });
}""".replace("UNPACKED", UNPACKED)


def encoded(arrays):
    return {digest: base64.b64encode(content).decode() for digest, content in arrays.items()}


def text(cell):
    return f"{cell.panel} {cell.row} {cell.column}"


def cells_of(scene, most=60):
    """Cells of every panel, spread evenly."""
    for panel in scene.panels.values():
        every = [Cell(panel.name, i, j) for i, j in np.ndindex(*panel.shape)]
        yield from every[:: max(1, len(every) // most)]


def compare(page, scene, most=60):
    """Both sides on the cells of a scene; returns how many were compared."""
    cells = list(cells_of(scene, most))
    header, arrays = pack(scene)
    answers = run(page, "scene.js", BROWSER_SIDE, header, encoded(arrays), cells)
    changing = [
        p for p in scene.panels.values() if getattr(p, "profiles", None) or getattr(p, "lens", None)
    ]
    for cell, answer in zip(cells, answers, strict=True):
        assert answer["line"] == scene.arithmetic(cell)
        assert answer["sources"] == [text(c) for c in scene.sources(cell)]
        assert answer["winners"] == [text(c) for c in scene.winners(cell)]
        for panel, shown in zip(changing, answer["shown"], strict=True):
            assert np.allclose(shown, scene.shown(panel, cell).ravel(), atol=1e-4)
    return cells, answers


def random_settings(explorer_class, seed):
    """Settings that the hand could choose; "your own" is left out where there is none."""
    random = np.random.default_rng(seed)
    settings = explorer_class().settings()
    for name, declared in explorer_class.declared.items():
        if name in explorer_class().controls:
            ends = explorer_class.ends(settings).get(name)
            values = [v for v in declared.values(ends) if not str(v).startswith("your own")]
            settings[name] = values[random.integers(len(values))]
    return explorer_class.settled(settings)


@pytest.mark.parametrize("explorer_class", EXPLORERS)
def test_browser_and_kernel_write_the_same_for_every_explorer(page, explorer_class):
    compare(page, explorer_class().current)
    shown = 0
    for seed in range(6):
        try:
            scene = explorer_class.scene_of(random_settings(explorer_class, seed))
        except ValueError:  # a kernel that does not fit
            continue
        compare(page, scene, most=25)
        shown += 1
    assert shown >= 3


# What the student's own things bring in: fractions, huge numbers, ties, wrong results.
OWN = {
    "fractions": lambda: ConvolutionStepper([[1, -2.5, 3], [0.125, 5, 1 / 3]], [[1, -1 / 3]]),
    "huge": lambda: ConvolutionStepper([[1e26, -2.5e17, 123456.789]], [[1, 1e16]]),
    "wrong": lambda: ConvolutionStepper(correlate=lambda image, kernel: np.full((3, 3), 0.1)),
    "ties": lambda: PoolingExplorer([[1, 5, 2], [5, -3, 0.5]], size=2, stride=1),
    "own slices": lambda: FilterExplorer(
        own=np.arange(12).reshape(3, 2, 2) - 5, channels="channels summed", picture="cat"
    ),
    "wide": lambda: ReceptiveFieldExplorer(layers=[(5, 2, 3, 4), (3, 1, 0, 2)]),
    "identity": lambda: ResidualLab(np.eye(3), [[0.5], [-1 / 3], [1e16]]),
}


@pytest.mark.parametrize("name", OWN)
def test_browser_and_kernel_write_the_same_for_ones_own(page, name):
    compare(page, OWN[name]().current)


def random_scene(random):
    """Panels of random numbers, and a link of each kind by windows and by tables."""

    def numbers(shape):
        kind = random.integers(5)
        if kind == 0:
            return random.integers(-3, 4, shape)  # ties and zeros
        if kind == 1:
            return random.normal(size=shape) * 10.0 ** random.integers(-4, 18)
        if kind == 2:
            return random.integers(-40, 40, shape) / 8
        return random.integers(0, 2, shape) * (1.125e15 if kind == 3 else 1)

    def span(panel, count=None):
        shape, target = panels[panel].shape, panels["out"].shape
        if random.random() < 0.3 and count is None:
            size = int(random.integers(0, 4))
            return Table(panel, tuple(
                tuple(tuple(tuple(int(random.integers(n)) for n in shape) for _ in range(size))
                      for _ in range(target[1])) for _ in range(target[0])
            ))  # fmt: skip
        count = count or tuple(random.integers(1, 5, 2).tolist())
        return Span(
            panel, tuple(random.integers(-2, 3, 2).tolist()),
            tuple(random.integers(0, 3, 2).tolist()), count,
            tuple(random.choice([-2, -1, 1, 2], 2).tolist()),
            tuple(random.choice([0, 0, 2, 3], 2).tolist()),
            tuple(size if random.random() < 0.3 else 0 for size in shape),
        )  # fmt: skip

    panels = {
        "a": Grid(name="a", title="the first", values=numbers((4, 6)),
                  digits=int(random.integers(4))),
        "b": Grid(name="b", values=numbers((3, 3)), role="kernel"),
        "s": Series(name="s", values=numbers(7), first=int(random.integers(-2, 3))),
        "p": Picture(name="p", values=random.random((5, 5)), colors="heat"),
        "out": Grid(name="out", values=numbers((3, 4)), role="output"),
        "c": Picture(name="c", values=random.random((4, 3, 3))),
        "i": Bars(name="i", values=numbers(4), labels=tuple("wxyz"), texts=tuple("1234"),
                  lines=("a", "b", "c", "d")),
    }  # fmt: skip
    how = list(LINKS)[random.integers(len(LINKS))]
    if how in ("copy", "field"):
        wide = tuple(random.integers(1, 40, 2).tolist()) if how == "field" else (2, 1)
        link = Link("out", (span("c"), span("i"), span("a", wide)), how)
        return Scene("random", Column(Row(*panels.values())), links=(link,))
    if random.random() < 0.3:
        link = Link("out", (span("a", (2, 3)),), "max")
        lens = Grid(name="l", values=np.zeros((3, 2)), lens=("out", "a"))
        return Scene("random", Row(*panels.values(), lens), links=(link,), focus=Cell("out", 1, 1))
    chosen = [list("abs")[n] for n in random.integers(0, 3, int(random.integers(1, 3)))]
    if LINKS[how]["pairs"]:
        spans = []
        for name in chosen:
            count = tuple(random.integers(1, 5, 2).tolist())
            spans += [span(name, count), span("b", count)]
    else:
        spans = [span(name) for name in chosen]
    link = Link("out", tuple(spans), how, "your function" if random.random() < 0.5 else "")
    first, *rest = panels.values()
    return Scene("random", Column(Row(first, "=", *rest)), links=(link,))


@pytest.mark.parametrize("start", range(0, 200, 25))
def test_browser_and_kernel_write_the_same_for_random_links(page, start):
    """Windows and tables, all kinds of links, ties, halves and huge numbers."""
    for seed in range(start, start + 25):
        scene = random_scene(np.random.default_rng(seed))
        cells, answers = compare(page, scene)
        # Who uses a cell is whose sources it is among.
        out = [cell for cell in cells if cell.panel == "out"]
        sources = {text(cell): {text(c) for c in scene.sources(cell)} for cell in out}
        for cell, answer in zip(cells, answers, strict=True):
            expected = {user for user, found in sources.items() if text(cell) in found}
            assert set(answer["users"]) == expected


def test_a_window_that_goes_around_is_outlined_cell_by_cell(page):
    """Rows 2, 3 and 0 of four are not the block from 0 to 2."""
    scene = Scene(
        "around", Row(Grid(name="x", values=np.eye(4)), Grid(name="y", values=np.eye(4))),
        links=(Link("y", (Span("x", (-1, -1), (1, 1), (3, 3), around=(4, 4)),), "copy"),),
    )  # fmt: skip
    header, arrays = pack(scene)
    for at, expected in (((3, 3), 9), ((1, 1), 1), ((3, 1), 9)):
        drawn = run(page, "painter.js", """async ({Painter}, header, packed, [row, column]) => {
          const {Scene} = await import('./scene.js');
          const painter = new Painter(document.createElement('canvas'));
          painter.begin(new Scene(header, unpacked(packed)), 'light', 0);
          const drawn = [];
          painter.outline = (panel, ...place) => drawn.push([panel.name, ...place]);
          painter.explain({panel: 'y', row, column});
          return drawn.filter(([name]) => name === 'x');
        }""".replace("unpacked(packed)", UNPACKED), header, encoded(arrays), list(at))  # fmt: skip
        assert len(drawn) == expected
        cells = {(r + i, c + j) for _, r, c, rows, columns, *_ in drawn
                 for i in range(rows) for j in range(columns)}  # fmt: skip
        assert cells == {(c.row, c.column) for c in scene.sources(Cell("y", *at))}


def test_the_last_place_of_each_box_is_sent(page):
    """Three messages fly; meanwhile the hand goes on with one box, and then with another."""
    sent = run(page, "boxes.js", """({Boxes}) => {
      const base = {name: 'photo', rows: 30, columns: 30};
      const corners = [[0, 0, 10, 10], [12, 12, 20, 20]];
      const panel = {name: 'b', over: 'photo', step: 1, corners};
      const byName = new Map([['photo', base], ['b', panel]]);
      const sent = [];
      const view = {scene: {byName}, send: ({place, corners}) => sent.push([place, corners[0]]),
                    paintSoon: () => {}};
      const boxes = new Boxes(view);
      const all = [0, 1, 2, 3];
      for (let by = 1; by < 6; by++) boxes.move('b', 0, corners[0], all, [by, 0]);
      for (let by = 1; by < 4; by++) boxes.move('b', 1, corners[1], all, [by, 0]);
      for (let turn = 0; turn < 8; turn++) boxes.answered();
      return [sent, boxes.held, boxes.waiting.length];
    }""")  # fmt: skip
    places, held, waiting = sent
    assert places[:3] == [[0, 1], [0, 2], [0, 3]] and held is None and waiting == 0
    assert [at for place, at in places if place == 0][-1] == 5
    assert [at for place, at in places if place == 1][-1] == 15


def test_a_narrow_box_stays_on_the_picture_and_other_axes_stay_where_they_are(page):
    moved = run(page, "boxes.js", """({Boxes}) => {
      const base = {name: 'photo', rows: 10, columns: 10};
      const panel = {name: 'b', over: 'photo', step: 1, corners: [[0.4, 3.4, 0.75, 6]]};
      const byName = new Map([['photo', base], ['b', panel]]);
      const boxes = new Boxes({scene: {byName}, send: () => {}, paintSoon: () => {}});
      const results = [];
      boxes.move('b', 0, panel.corners[0], [0], [-1, 0]);
      results.push(boxes.held?.corners[0] ?? 0.4);
      boxes.held = null;
      boxes.move('b', 0, panel.corners[0], [0, 1, 2, 3], [0, 1]);
      results.push(boxes.held.corners[0], boxes.held.corners[1]);
      return results;
    }""")  # fmt: skip
    assert moved[0] >= 0 and moved[1] == 0.4 and moved[2] == 4
