"""What a scene says about its cells, and how the two renderers treat it."""

import base64
import json

import numpy as np
import pytest

from cnnlab import ops
from cnnlab.draw import look, stage, static
from cnnlab.scene import (
    Bars,
    Blocks,
    Boxes,
    Cell,
    Column,
    Graph,
    Grid,
    Link,
    Mark,
    Node,
    Over,
    Picture,
    Row,
    Scene,
    Series,
    Space,
    Span,
    Table,
    format_number,
)
from cnnlab.scene.numbers import is_exact
from cnnlab.scene.shapes import shapes_of
from cnnlab.scene.vocabulary import COLORS, ROLES


def small(flip=False, output=None, how="dot", computed=""):
    """A 3 x 4 image, a 2 x 2 kernel and their cross-correlation or convolution."""
    image = np.arange(12).reshape(3, 4)
    kernel = np.array([[1, -2], [0, 3]])
    operation = ops.convolve2d if flip else ops.cross_correlate2d
    window = Span("input", count=(2, 2))
    weights = Span("kernel", step=(0, 0), count=(2, 2))
    if flip:
        weights = Span("kernel", start=(1, 1), step=(0, 0), count=(2, 2), spread=(-1, -1))
    return Scene(
        "small",
        Row(
            Grid(name="input", values=image, role="input"),
            "*",
            Grid(name="kernel", values=kernel, role="kernel"),
            "=",
            Grid(name="output", role="output",
                 values=operation(image, kernel) if output is None else output),
        ),
        links=(Link("output", (window, weights), how, computed),),
        focus=Cell("output", 1, 2),
    )  # fmt: skip


def test_the_arithmetic_is_written_out():
    assert small().arithmetic(Cell("output", 0, 0)) == (
        "output[0, 0] = 0×1 + 1×(−2) + 4×0 + 5×3 = 13"
    )
    assert small(flip=True).arithmetic(Cell("output", 0, 0)) == (
        "output[0, 0] = 0×3 + 1×0 + 4×(−2) + 5×1 = −3"
    )


def test_a_cell_without_a_link_shows_its_number():
    assert small().arithmetic(Cell("input", 2, 3)) == "input[2, 3] = 11"


def test_a_number_that_the_arithmetic_does_not_give_is_told():
    wrong = np.zeros((2, 3))
    line = small(output=wrong, computed="your function").arithmetic(Cell("output", 0, 0))
    assert line.endswith("= 13, but your function gives 0")


def test_rounded_numbers_are_not_called_equal():
    third = Scene(
        "thirds",
        Row(
            Series(name="x", values=np.array([1 / 3, 1.0])),
            Series(name="w", values=np.array([1.0, 1.0])),
            Series(name="s", values=np.array([4 / 3])),
        ),
        links=(Link("s", (Span("x", count=(1, 2)), Span("w", step=(0, 0), count=(1, 2)))),),
    )
    assert third.arithmetic(Cell("s", 0, 0)) == "s[0] = 0.33×1 + 1×1 ≈ 1.33"


def test_long_sums_leave_out_zeros_and_say_so():
    line = np.zeros(20)
    line[3] = 5
    scene = Scene(
        "long",
        Row(
            Series(name="x", values=line),
            Series(name="w", values=np.ones(20)),
            Series(name="s", values=np.array([5])),
        ),
        links=(Link("s", (Span("x", count=(1, 20)), Span("w", step=(0, 0), count=(1, 20)))),),
    )
    assert scene.arithmetic(Cell("s", 0, 0)) == "s[0] = 5×1 + 19 terms that are 0 = 5"


def test_sums_and_copies():
    part = np.array([[1.0, 2.0]])
    scene = Scene(
        "sum",
        Row(
            Grid(name="whole", values=part + 1),
            Grid(name="a", values=part),
            Grid(name="b", values=np.ones((1, 2))),
            Grid(name="copy", values=part),
        ),
        links=(Link("whole", (Span("a"), Span("b")), how="sum"),
               Link("copy", (Span("a"),), how="copy")),
    )  # fmt: skip
    assert scene.arithmetic(Cell("whole", 0, 1)) == "whole[0, 1] = 2 + 1 = 3"
    assert scene.arithmetic(Cell("copy", 0, 1)) == "copy[0, 1] = 2"
    assert scene.sources(Cell("copy", 0, 1)) == [Cell("a", 0, 1)]


def test_a_cell_of_the_padding_counts_0():
    span = Span("x", start=(0, -1), step=(1, 2), count=(1, 2), spread=(1, 3))
    weights = Span("w", step=(0, 0), count=(1, 2))
    scene = Scene(
        "strided",
        Row(
            Series(name="x", values=np.arange(9)),
            Series(name="w", values=np.ones(2)),
            Series(name="s", values=np.zeros(4)),
        ),
        links=(Link("s", (span, weights)),),
    )
    assert scene.arithmetic(Cell("s", 0, 0)).startswith("s[0] = 0×1 + 2×1")


def test_numbers_as_they_are_written():
    written = {0.125: "0.13", -0.125: "−0.13", 1e-9: "0", -1e-9: "0", 7.0: "7", 1234.5: "1234.5",
               -3: "−3", 0.1 + 0.2: "0.3", 1e26: "1e+26", -2.5e17: "−2.50e+17",
               1.125e15: "1.13e+15", 9.999e15: "1e+16", 1.5e300: "1.50e+300"}  # fmt: skip
    assert {value: format_number(value) for value in written} == written
    assert is_exact(0.1 + 0.2, 2) and not is_exact(1 / 3, 2)


def grid(name="g", shape=(2, 3), **more):
    return Grid(name=name, values=np.ones(shape), **more)


def two(**more):
    """A scene of two grids, "a" of 2 x 3 and "b" of 4 x 5 cells."""
    return Scene("t", Row(grid("a"), grid("b", (4, 5))), **more)


def graph(**more):
    nodes = tuple(Node(name=name) for name in "xyz")
    return Graph(name="net", nodes=nodes, **more)


REFUSED = {
    "axes of a grid": (lambda: Grid(name="g", values=np.ones(3)), "a grid has 2 axes"),
    "axes of a picture": (
        lambda: Picture(name="p", values=np.ones((2, 2, 2, 2))), "a picture has 2 or 3 axes"),
    "axes of a series": (lambda: Series(name="s", values=np.ones((2, 2))), "a series has 1 axes"),
    "two channels": (lambda: Picture(name="p", values=np.ones((2, 2, 2))), r"\(H, W, 3\)"),
    "an empty picture": (lambda: Picture(name="p", values=np.eye(2), colors="none"), "be empty"),
    "complex numbers": (lambda: Grid(name="g", values=[[1j]]), "holds complex numbers"),
    "infinite numbers": (lambda: Grid(name="g", values=[[np.inf]]), "too large to show"),
    "a name that is none": (lambda: Grid(name="", values=np.eye(2)), "must be text"),
    "a role": (lambda: grid(role="hero"), "is 'hero', but it must be one of input, kernel"),
    "colours": (lambda: grid(colors="grey"), "is 'grey', but it must be one of none, gray"),
    "limits": (lambda: grid(limits=(1, 1)), "the first must be below"),
    "no room": (lambda: grid(width=0), "width of the grid 'g' is 0"),
    "digits": (lambda: grid(digits=-1), "digits of the grid 'g' is -1"),
    "heads": (lambda: grid(heads=("x", "y")), "heads of the grid 'g' are 2, but it has 3"),
    "a style": (
        lambda: Series(name="s", values=np.ones(2), style="bars"),
        "is 'bars', but it must be one of line, stem"),
    "an axis": (
        lambda: Series(name="s", values=np.ones(5), axis=(0, 3)), "its numbers from 0 to 4"),
    "labels": (
        lambda: Bars(name="b", values=np.ones(2), labels=("one",), texts=("1", "2"),
                     lines=("a", "b")), r"has 2 values, but \[1, 2, 2, 2\] labels"),
    "a role of an item": (
        lambda: Bars(name="b", values=np.ones(1), labels=("a",), texts=("1",), lines=("a",),
                     roles=("hero",)), "a role of the bars 'b' is 'hero'"),
    "sizes of blocks": (
        lambda: Blocks(name="b", values=np.ones(1), labels=("a",), texts=("1",), lines=("a",),
                       sizes=((3, 4),)), "sizes of the blocks 'b'"),
    "a width without an end": (lambda: grid(width=np.inf), "width of the grid 'g' is inf"),
    "forty digits": (lambda: grid(digits=40), "digits of the grid 'g' is 40, but it must be at mo"),
    "a title of a panel": (lambda: grid(title=3), "title of the grid 'g' is 3, but it must be te"),
    "a caption of a panel": (lambda: grid(caption=None), "caption of the grid 'g' is None"),
    "a flag": (lambda: grid(faded="no"), "faded of the grid 'g' is 'no', but it must be True or"),
    "limits that are none": (lambda: grid(limits=(0, np.nan)), "limits of the grid 'g' is nan"),
    "one limit": (lambda: grid(limits=3), r"limits of the grid 'g' is 3, but it must be \(low"),
    "heads of numbers": (lambda: grid(heads=(1, 2, 3)), "heads of the grid 'g' holds 1"),
    "a lens of one": (lambda: grid(lens=("a",)), "lens of the grid 'g' is"),
    "no number": (lambda: Grid(name="g", values=[[np.nan]]), "holds a number that is not a num"),
    "profiles of one": (
        lambda: Picture(name="p", values=np.eye(2), profiles={"g": [1]}), "must be two arrays"),
    "profiles of nothing": (
        lambda: Picture(name="p", values=np.eye(2), profiles=[1]), "but it must be a dict"),
    "profiles without a number": (
        lambda: Picture(name="p", values=np.eye(2),
                        profiles={"g": (np.full((1, 2), np.nan), np.eye(2))}), "profiles of the"),
    "an axis of one": (lambda: Series(name="s", values=np.ones(2), axis=3), "axis of the series"),
    "a first": (lambda: Series(name="s", values=np.ones(2), first=0.5), "first of the series 's'"),
    "texts of numbers": (
        lambda: Bars(name="b", values=np.ones(1), labels=("a",), texts=(1,), lines=("a",)),
        "texts of the bars 'b' holds 1"),
    "a size of 0": (
        lambda: Blocks(name="b", values=np.ones(1), labels=("a",), texts=("1",), lines=("a",),
                       sizes=((3, 0, 4),)), "sizes of the blocks 'b' is 0"),
    "a missing comma of links": (
        lambda: Scene("t", grid(), links=Link("g", (Span("h"),), "copy")),
        "links is a single Link, but it must be a tuple: put a comma behind it"),
    "a missing comma of spans": (
        lambda: Link("a", Span("b"), "copy"), "spans of the link of 'a' is a single Span"),
    "no marks": (lambda: Scene("t", grid(), marks=None), "marks is None, but it must be a tuple"),
    "a link to itself": (
        lambda: Scene("t", grid(), links=(Link("g", (Span("g"),), "copy"),)), "reaches 'g' itself"),
    "sums of colours": (
        lambda: Scene("t", Row(grid(), Picture(name="p", values=np.ones((2, 2, 3)))),
                      links=(Link("g", (Span("p"),), "sum"),)), "whose cells are colours"),
    "sums without an end": (
        lambda: Scene("t", Row(grid(), grid(name="h")),
                      links=(Link("g", (Span("h", count=10**5),), "sum"),)),
        "sums with 10,000,000,000 cells of 'h', but at most 1,000,000"),
    "a lens of another size": (
        lambda: Scene("t", Row(grid(), grid(name="h"), grid(name="l", lens=("g", "h"))),
                      links=(Link("g", (Span("h"),), "copy"),)), "shows 1 cells of 'h', but it"),
    "boxes over nothing": (
        lambda: Scene("t", Row(Boxes(name="b", corners=[[0, 0, 1, 1]]))), "lie over nothing"),
    "corners without a number": (
        lambda: Boxes(name="b", corners=[[0, 0, np.nan, 1]]), "must be finite numbers"),
    "a step of 0": (lambda: Boxes(name="b", step=0), "step of the boxes 'b' is 0"),
    "an empty row": (lambda: Row(), "a Row is empty"),
    "an empty column": (lambda: Column(), "a Column is empty"),
    "room below 0": (lambda: Space(-1, 3), "width of a space is -1"),
    "nodes of text": (lambda: Graph(name="g", nodes=("x",)), "nodes of the graph 'g' holds 'x'"),
    "an edge twice": (
        lambda: Graph(name="g", nodes=(Node(name="x"), Node(name="y")),
                      edges=(("x", "y"), ("x", "y"))), "and stand once"),
    "a label of a node": (lambda: Node(name="x", label=5), "label of the node 'x' is 5"),
    "a size of a node": (lambda: Node(name="x", size=3), "size of the node 'x' is 3"),
    "limits of a node": (
        lambda: Node(name="x", picture=np.eye(2), limits=(1, 0)), "the first must be below"),
    "colours of a node": (
        lambda: Node(name="x", picture=np.ones((2, 2, 4))), r"must be \(H, W\) or \(H, W, 3\)"),
    "a panel's name in a mark": (lambda: Mark(3, 0, 0), "panel of a mark is 3"),
    "one name twice": (lambda: Scene("t", Row(grid(), grid())), "used once"),
    "a body": (lambda: Scene("t", Row(grid(), 3)), "body holds 3"),
    "a title": (lambda: Scene(3, grid()), "title is 3, but it must be text"),
    "how": (lambda: Link("a", (Span("b"),), how="summ"), "how is 'summ', but it must be one of"),
    "no spans": (lambda: Link("a", ()), "has no spans"),
    "a span": (lambda: Link("a", ("b",)), "must be a Span or a Table"),
    "spans that are no pairs": (lambda: Link("a", (Span("b"),)), "they come in pairs"),
    "a spread of 0": (lambda: Span("b", spread=(0, 1)), "neither may be 0"),
    "a count of 0": (lambda: Span("b", count=(0, 1)), "count of a span is 0"),
    "a start": (lambda: Span("b", start=(1.5, 0)), "start of a span is 1.5"),
    "places": (lambda: Table("b", ((3,),)), "must be a list of"),
    "a mark's role": (lambda: Mark("a", 0, 0, role="hero"), "role of a mark is 'hero'"),
    "a mark elsewhere": (lambda: two(marks=(Mark("c", 0, 0),)), "the panels are a, b"),
    "a mark outside": (
        lambda: two(marks=(Mark("a", 1, 1, 2, 1),)), "a mark reaches row 2, column 1 of 'a'"),
    "a mark that is none": (lambda: two(marks=("a",)), "each must be a Mark"),
    "focus elsewhere": (lambda: two(focus=Cell("c", 0, 0)), "focus speaks of the panel 'c'"),
    "focus outside": (lambda: two(focus=Cell("a", 2, 0)), "focus reaches row 2, column 0"),
    "focus before": (lambda: two(focus=Cell("a", 0, -1)), "focus reaches row 0, column -1"),
    "focus that is none": (lambda: two(focus=("a", 0, 0)), "it must be a Cell"),
    "a link elsewhere": (
        lambda: two(links=(Link("c", (Span("a"),), "sum"),)), "the link of 'c' speaks of"),
    "a span elsewhere": (
        lambda: two(links=(Link("a", (Span("c"),), "sum"),)), "speaks of the panel 'c'"),
    "two links of one": (
        lambda: two(links=(Link("a", (Span("b"),), "sum"),) * 2), "each may have one"),
    "pairs of unequal length": (
        lambda: two(links=(Link("a", (Span("b", count=(1, 2)), Span("b"))),)),
        "pairs 2 cells of 'b' with 1 of 'b'"),
    "a table of another size": (
        lambda: two(links=(Link("a", (Table("b", (((),),)),), "sum"),)), "2 x 3 cells"),
    "a table that leaves": (
        lambda: two(links=(Link("a", (Table("b", ((((4, 0),),) * 3,) * 2),), "sum"),)),
        "leaves 'b', which has 4 x 5 cells"),
    "a lens without a link": (
        lambda: Scene("t", Row(grid("a", lens=("b", "b")), grid("b"))), "needs a link of 'b'"),
    "a profile": (
        lambda: Scene("t", Row(grid("a"), Picture(name="p", values=np.eye(2), profiles={
            "a": (np.ones((2, 9)), np.ones((3, 2)))}))), "the profile of 'p' for 'a' has shapes"),
    "no nodes": (lambda: Graph(name="net"), "it needs at least 1"),
    "an edge to nowhere": (lambda: graph(edges=(("x", "w"),)), "must join two of its nodes"),
    "an edge to itself": (lambda: graph(edges=(("x", "x"),)), "must join two of its nodes"),
    "a circle": (
        lambda: graph(edges=(("x", "y"), ("y", "x"))), "edges of the graph 'net' run in a circle"),
    "what is chosen": (lambda: graph(chosen="w"), "chosen of the graph 'net' is 'w'"),
    "two nodes of a name": (
        lambda: Graph(name="net", nodes=(Node(name="x"),) * 2), "has two nodes 'x'"),
    "a node's role": (lambda: Node(name="x", role="hero"), "role of the node 'x' is 'hero'"),
    "a node of two kinds": (
        lambda: Node(name="x", size=(1, 2, 3), picture=np.eye(2)), "a size and a picture"),
    "a node's size": (lambda: Node(name="x", size=(1, 2)), r"must be \(channels, rows, columns\)"),
    "corners": (lambda: Boxes(name="b", corners=[[1, 2, 3]]), "must hold"),
    "corners the wrong way": (lambda: Boxes(name="b", corners=[[3, 0, 1, 2]]), "x1 <= x2"),
    "boxes over words": (lambda: Over(Space(3, 4)), "boxes lie over a Picture or a Grid"),
    "words over a picture": (lambda: Over(grid(), grid("b")), "only Boxes can"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_scene_that_makes_no_sense_is_refused(what):
    make, words = REFUSED[what]
    with pytest.raises(ValueError, match=words):
        make()


def test_nothing_overlaps_and_titles_are_level():
    body = Row(
        Grid(name="a", values=np.eye(2), width=80, height=120),
        "=",
        Column(
            Grid(name="b", values=np.eye(2), width=50, height=60),
            Grid(name="c", values=np.ones((2, 9)), width=90, height=30),
        ),
        Series(name="d", values=np.arange(3), width=70, height=40),
    )
    placed, signs, (width, height) = Scene("t", body).layout()
    spots = {spot.panel.name: spot for spot in placed}
    assert spots["a"].y == spots["b"].y == spots["d"].y
    boxes = [(s.x, s.y, s.x + s.width, s.y + s.height) for s in placed]
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        for other in boxes[:number]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart
    assert len(signs) == 1 and spots["a"].x + 80 < signs[0][0] < spots["b"].x


def test_the_room_does_not_depend_on_the_numbers():
    def size(rows):
        return Scene("t", Row(Grid(name="a", values=np.ones((rows, 3)), height=90))).layout()[2]

    assert size(1) == size(5) == size(12)


def test_a_diverging_map_is_centred_on_zero():
    panel = Grid(name="a", values=np.array([[-1.0, 4.0]]), colors="diverging")
    assert panel.limits == (-4.0, 4.0)
    zero = look.map_colors(np.zeros((1, 1)), "diverging", panel.limits)
    assert zero.tolist() == [[look.LOOK["light"]["maps"]["diverging"][1]]]
    assert Grid(name="a", values=np.zeros((1, 1)), colors="gray").limits == (0, 1)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_are_readable_in_both_themes(theme):
    """Contrast of at least 4.5 to 1, as WCAG 2 asks of text."""
    colors = look.LOOK[theme]
    ground = luminance(colors["background"])
    for color in [*colors["roles"].values(), colors["text"], colors["quiet"]]:
        bright, dark = sorted((luminance(color), ground), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, color


def test_both_themes_know_the_same_names():
    light, dark = look.LOOK["light"], look.LOOK["dark"]
    assert light.keys() == dark.keys()
    assert light["roles"].keys() == dark["roles"].keys()
    assert light["maps"].keys() == dark["maps"].keys()


def test_a_packed_scene_is_plain_json_and_bytes():
    header, arrays = stage.pack(small())
    assert json.loads(json.dumps(header))["focus"] == {"panel": "output", "row": 1, "column": 2}
    panel = header["panels"][0]
    assert panel["shape"] == [3, 4]
    values = np.frombuffer(arrays[panel["digest"]], dtype=panel["dtype"])
    assert values.tolist() == list(range(12))


def test_equal_arrays_travel_once():
    sent = []
    keeper = stage.Stage()
    keeper.send = lambda content, buffers=None: sent.append((content, buffers))
    keeper.add({"one": small()}, current="one")
    keeper.add({"two": small()})
    assert len(sent[0][1]) == 3 and sent[1][1] == []
    assert set(keeper.scenes) == {"one", "two"} and keeper.current == "one"
    before = keeper.size
    keeper.add({"three": small(flip=True)}, clear=True)
    assert set(keeper.scenes) == {"three"} and 0 < keeper.size < before
    assert set(keeper.get_state()["scenes"]) == {"three"}


def test_the_static_picture_is_a_png_of_the_layout():
    scene = small()
    content = base64.b64decode(static.png(scene))
    assert content.startswith(b"\x89PNG")
    width = int.from_bytes(content[16:20], "big")
    figure = static.draw(scene)
    assert width == pytest.approx(figure.get_figwidth() * 150, abs=1)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "small" in words and "11" in words and "×(−2)" not in words and "×−2" in words
    assert any("output[1, 2] = " in word for word in words)


def test_a_problem_stands_in_the_place_of_the_note():
    scene = Scene("t", Row(Grid(name="a", values=np.eye(2))), note="fine", problem="It is too big.")
    words = [text.get_text() for text in static.draw(scene).axes[0].texts]
    assert "It is too big." in words and "fine" not in words
    assert "It is too big." in scene.description and "fine" not in scene.description


def test_the_description_says_what_is_seen():
    lines = small().description.splitlines()
    assert lines[0] == "small"
    assert lines[1] == "- input (grid, 3 x 4); 0 1 2 3; 4 5 6 7; 8 9 10 11"
    assert lines[-1].startswith("output[1, 2] = ")


# ------------------------------------------------------------ graphs and boxes


def block():
    """A residual block: a chain of three, and a skip around two of them."""
    nodes = (
        Node(name="x", size=(8, 6, 6), role="input"),
        Node(name="conv1", text="8 x 6 x 6"),
        Node(name="conv2"),
        Node(name="add", label="+"),
        Node(name="out", picture=np.eye(5), role="output"),
    )
    edges = (("x", "conv1"), ("conv1", "conv2"), ("conv2", "add"), ("x", "add"), ("add", "out"))
    return Graph(name="net", title="block", nodes=nodes, edges=edges, width=500, height=160)


def test_a_graph_goes_from_left_to_right_and_no_node_lies_on_another():
    net = block()
    (spot,), _, _ = Scene("t", net).layout()
    assert net.columns == (0, 1, 2, 3, 4)
    boxes = [(x, y, x + w, y + h) for x, y, w, h in spot.cells]
    for start, end in net.arrows:
        assert boxes[start][2] < boxes[end][0]
    for left, top, right, bottom in boxes:
        assert spot.x <= left < right <= spot.x + spot.width
        assert spot.y <= top < bottom <= spot.y + spot.height
    middles = [(top + bottom) / 2 for _, top, _, bottom in boxes]
    assert np.ptp(middles) < 3, "the chain is level"
    skip = spot.graph[1][3]
    assert max(y for _, y in skip[1:-1]) < min(top for _, top, _, _ in boxes[1:3]), "it goes around"


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_keep_their_nodes_apart(seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 16))
    nodes = tuple(Node(name=f"n{i}", label="a" * int(random.integers(1, 9))) for i in range(count))
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count) if random.random() < 0.25]
    net = Graph(
        name="g", nodes=nodes, edges=tuple((f"n{i}", f"n{j}") for i, j in pairs),
        width=700, height=260,
    )  # fmt: skip
    (spot,), _, _ = Scene("t", net).layout()
    for number, (x, y, w, h) in enumerate(spot.cells):
        assert spot.x - 1 <= x and x + w <= spot.x + spot.width + 1
        assert spot.y - 1 <= y and y + h <= spot.y + spot.height + 1
        for left, top, across, down in spot.cells[:number]:
            apart = x >= left + across or left >= x + w or y >= top + down or top >= y + h
            assert apart
    for (start, end), way in zip(net.arrows, spot.graph[1], strict=True):
        assert [x for x, _ in way] == sorted(x for x, _ in way), "an edge never goes back"
        for number, (x, y, w, h) in enumerate(spot.cells):
            if number not in (start, end):
                for at_x, at_y in way[1:-1]:
                    assert not (x < at_x < x + w and y < at_y < y + h), "it passes over a node"


def test_a_graph_is_told_in_words_and_knows_what_feeds_a_node():
    scene = Scene("t", block(), focus=Cell("net", 0, 3))
    assert scene.description.splitlines()[1] == (
        "- block (graph, 5 nodes, 5 edges); x to conv1 and +; conv1 8 x 6 x 6 to conv2; "
        "conv2 to +; + to out; out"
    )
    assert scene.sources(scene.focus) == [Cell("net", 0, 2), Cell("net", 0, 0)]
    assert scene.arithmetic(scene.focus) == "+"


def test_boxes_lie_over_their_picture():
    photo = Picture(name="photo", values=np.ones((10, 20)), width=200, height=200)
    boxes = Boxes(
        name="truth", corners=[[2, 1, 6, 9], [0, 0, 20, 10]], labels=("cat", "all"),
        texts=("0.9", ""), roles=("output", "kernel"), movable=True,
    )  # fmt: skip
    scene = Scene("t", Row(Over(photo, boxes)), focus=Cell("truth", 0, 0))
    below, above = scene.layout()[0]
    assert (below.over, above.over) == ("", "photo")
    assert above.cells[0] == (below.x + 20, below.y + 10, 40, 80)
    assert above.cells[1] == (below.x, below.y, 200, 100)
    assert scene.arithmetic(scene.focus) == "cat 0.9: x 2 to 6, y 1 to 9"
    assert "cat 0.9: x 2 to 6, y 1 to 9; all: x 0 to 20, y 0 to 10" in scene.description
    none = Boxes(name="none", corners=np.zeros((0, 4)))
    empty = Scene("t", Over(photo, none))
    assert none.shape == (1, 0) and static.png(empty) and stage.pack(empty)


def test_every_shape_of_a_graph_and_of_boxes_is_drawn_and_packed():
    photo = Picture(name="photo", values=np.eye(9), width=150, height=150)
    boxes = Boxes(name="truth", corners=[[2, 1, 6, 8]], role="output")
    scene = Scene("t", Row(block(), Over(photo, boxes)), focus=Cell("net", 0, 1))
    kinds = [type(shape).__name__ for spot in scene.layout()[0] for shape in shapes_of(spot)]
    assert set(kinds) == {"Line", "Polygon", "Rectangle", "Text", "Image"}
    axes = static.draw(scene).axes[0]
    assert len(axes.lines) >= 5 and len(axes.images) == 2 and len(axes.patches) > 10
    assert {"conv1", "+", "8 x 6 x 6"} <= {text.get_text() for text in axes.texts}
    header, arrays = stage.pack(scene)
    packed = {panel["name"]: panel for panel in json.loads(json.dumps(header))["panels"]}
    shapes = packed["net"]["shapes"]
    image = next(shape for shape in shapes if shape["shape"] == "image")
    assert np.frombuffer(arrays[image["digest"]], np.float32).sum() == 5
    for start, end, place in packed["net"]["arrows"]:
        line, head = shapes[place : place + 2]
        assert (line["shape"], head["shape"]) == ("line", "polygon")
        x, y, w, h = packed["net"]["cells"][start]
        assert line["points"][0] == [
            pytest.approx(x + w, abs=0.02),
            pytest.approx(y + h / 2, abs=0.02),
        ]
        assert line["points"][-1] == pytest.approx(head["points"][0], abs=0.02)
        assert line["points"][-1][0] == pytest.approx(packed["net"]["cells"][end][0], abs=0.02)


def test_a_table_of_sight_counts_its_cells():
    places = ((((0, 0), (1, 2)), ()), (((1, 1),), ((0, 0),)))
    links = (Link("far", (Table("image", places),), "field"),)
    scene = Scene("t", Row(grid("far", (2, 2)), grid("image")), links=links)
    lines = [scene.arithmetic(Cell("far", 0, column)) for column in (0, 1)]
    assert lines == ["far[0, 0] = 1 sees 2 cells of image", "far[0, 1] = 1 sees 0 cells of image"]


def test_what_the_vocabulary_names_has_colours():
    for theme in ("light", "dark"):
        assert set(look.LOOK[theme]["roles"]) == set(ROLES)
        assert set(look.LOOK[theme]["maps"]) == set(COLORS) - {"none"}


def test_a_window_without_an_end_is_counted_and_not_listed():
    """A field of 65,535 x 65,535 cells: only those inside are ever looked at."""
    scene = Scene(
        "far", Row(grid(), grid(name="h")),
        links=(Link("g", (Span("h", (-30000, -30000), (0, 0), (65535, 65535)),), "field"),),
        focus=Cell("g", 0, 0),
    )  # fmt: skip
    assert scene.arithmetic(scene.focus).endswith("sees 65535×65535 (6 inside) of h")
    assert static.png(scene)


@pytest.mark.parametrize("seed", range(40))
def test_what_lies_inside_a_window_is_what_a_list_says(seed):
    random = np.random.default_rng(seed)
    span = Span("p", *(tuple(random.integers(low, high, 2).tolist())
                       for low, high in ((-6, 7), (-2, 3), (1, 6))),
                tuple(random.choice([-3, -2, -1, 1, 2, 3], 2).tolist()))  # fmt: skip
    for row, column in np.ndindex(4, 4):
        inside = [c for c in span.cells(row, column) if 0 <= c.row < 5 and 0 <= c.column < 7]
        assert span.cells(row, column, (5, 7)) == inside


def test_a_figure_shows_what_a_lens_sees():
    image = np.arange(12.0).reshape(3, 4)
    scene = Scene(
        "lens",
        Row(Grid(name="x", values=image), Grid(name="y", values=np.ones((2, 3))),
            Grid(name="seen", values=np.zeros((2, 2)), lens=("y", "x"))),
        links=(Link("y", (Span("x", count=(2, 2)),), "max"),), focus=Cell("y", 1, 2),
    )  # fmt: skip
    seen = scene.panels["seen"]
    assert scene.shown(seen).tolist() == [[6, 7], [10, 11]]
    assert scene.shown(seen, Cell("y", 0, 1)).tolist() == [[1, 2], [5, 6]]
    assert scene.shown(seen, Cell("x", 0, 1)).tolist() == [[6, 7], [10, 11]]
    written = [text.get_text() for text in static.draw(scene).axes[0].texts]
    assert written.count("10") == 2 and written.count("11") == 2


def test_many_equal_huge_numbers_have_limits():
    assert Grid(name="g", values=np.full((2, 2), 2.0**60), colors="heat").limits[1] == 2.0**61


def test_a_long_series_of_stems_shows_them_without_numbers():
    numbers = np.arange(1.0, 26.0)
    scene = Scene("long", Series(name="s", values=numbers, style="stem", width=300))
    lines = [shape for shape in shapes_of(scene.layout()[0][0]) if type(shape).__name__ == "Line"]
    assert len(lines) == 1 + 25


@pytest.mark.parametrize("edges", [[(1, 0)], [(0, 2)], [(0, 0)], [(0,)], [(0.5, 1)], [3]])
def test_edges_of_blocks_lead_from_one_of_them_to_a_later_one(edges):
    two = {"values": [1, 1], "labels": ("a", "b"), "texts": ("", ""), "lines": ("", "")}
    with pytest.raises(ValueError, match="edges of the blocks 'b'"):
        Blocks(name="b", sizes=((1, 2, 2), (1, 2, 2)), edges=edges, **two)


def test_a_stack_of_nodes_stands_as_one():
    nodes = [Node(name="x"), *(Node(name=f"m{n}", label="maps", text="3", stack="s")
                               for n in range(3)), Node(name="y")]  # fmt: skip
    graph = Graph(name="g", nodes=tuple(nodes), edges=(("x", "m0"), ("m0", "y")))
    assert graph.heads == (0, 1, 1, 1, 4) and graph.columns == (0, 1, 1, 1, 2)
    assert graph.feeds(3) == (0,) and graph.fed(2) == (4,) and graph.stacked(1) == 3
    spot = Scene("t", graph).layout()[0][0]
    tops = [y for _, y, _, _ in spot.cells[1:4]]
    assert min(np.diff(tops)) > spot.cells[1][3] and len({x for x, *_ in spot.cells[1:4]}) == 1
    for edges, words in ((("x", "m1"), "the first node of a stack"),):
        with pytest.raises(ValueError, match=words):
            Graph(name="g", nodes=tuple(nodes), edges=(edges,))
    with pytest.raises(ValueError, match="the stack 's' of the graph 'g' is parted"):
        Graph(name="g", nodes=(nodes[1], nodes[0], nodes[2]))


def test_cells_that_light_up_with_others_must_be_there():
    two = Grid(name="a", values=np.eye(2)), Grid(name="b", values=np.eye(2))
    link = Link("a", (Span("b"),), how="copy", also=(Span("c"),))
    with pytest.raises(ValueError, match="the link of 'a' speaks of the panel 'c'"):
        Scene("t", Row(*two), links=(link,))
    with pytest.raises(ValueError, match="also of the link of 'a'"):
        Link("a", (Span("b"),), how="copy", also=("b",))
