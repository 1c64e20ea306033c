"""What a scene says about its cells, and how the two renderers treat it."""

import base64
import json

import numpy as np
import pytest

from cnnlab import ops
from cnnlab.draw import look, stage, static
from cnnlab.scene import (
    Cell,
    Column,
    Grid,
    Link,
    Mark,
    Picture,
    Row,
    Scene,
    Series,
    Span,
    format_number,
    is_exact,
)


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


@pytest.mark.parametrize("flip", [False, True])
def test_users_are_the_inverse_of_sources(flip):
    scene = small(flip)
    for name in ("input", "kernel"):
        for row, column in np.ndindex(scene.panels[name].shape):
            cell = Cell(name, row, column)
            expected = {
                Cell("output", i, j)
                for i, j in np.ndindex(2, 3)
                if cell in scene.sources(Cell("output", i, j))
            }
            assert set(scene.users(cell)) == expected != set()


def test_users_know_strides_dilation_and_padding():
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
    for column in range(9):
        expected = [i for i in range(4) if column in (2 * i - 1, 2 * i + 2)]
        assert [cell.column for cell in scene.users(Cell("x", 0, column))] == expected
    assert scene.arithmetic(Cell("s", 0, 0)).startswith("s[0] = 0×1 + 2×1")  # padding counts 0


def test_numbers_as_they_are_written():
    written = {0.125: "0.13", -0.125: "−0.13", 1e-9: "0", -1e-9: "0", 7.0: "7", 1234.5: "1234.5",
               -3: "−3", 0.1 + 0.2: "0.3", 1e26: "1e+26", -2.5e17: "−2.50e+17"}  # fmt: skip
    assert {value: format_number(value) for value in written} == written
    assert is_exact(0.1 + 0.2, 2) and not is_exact(1 / 3, 2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Grid(name="g", values=np.ones(3)), "a grid has 2 axes"),
        (lambda: Picture(name="p", values=np.ones((2, 2, 2, 2))), "a picture has 2 or 3 axes"),
        (lambda: Series(name="s", values=np.ones((2, 2))), "a series has 1 axes"),
        (lambda: Grid(name="g", values=np.ones((1, 1)), role="hero"), "role is 'hero'"),
        (lambda: Scene("t", Row(*(Grid(name="g", values=np.eye(2)) for _ in "ab"))), "used once"),
        (lambda: Scene("t", Row(), marks=(Mark("g", 0, 0),)), "name {'g'}"),
        (lambda: Scene("t", Row(), focus=Cell("g", 0, 0)), "name {'g'}"),
        (lambda: Scene("t", Row(), links=(Link("g", ()),)), "name {'g'}"),
    ],
)
def test_a_scene_that_makes_no_sense_is_refused(make, words):
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
