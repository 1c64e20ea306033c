"""Who is joined to whom, and with which weight: four ways to make outputs from inputs."""

from cnnlab.geometry import output_size
from cnnlab.scene import Bars, Cell, Column, Graph, Node, Row, Scene
from cnnlab.widgets.controls import Slider
from cnnlab.widgets.explorer import Explorer

__all__ = ["ConnectionDiagram"]

WAYS = ("convolution", "tiled", "unshared", "fully connected")
WIDTH, HEIGHT = 160, 330


class ConnectionDiagram(Explorer):
    """Inputs, outputs and the weights between them, as lines of one colour a weight.

    Four layers side by side on the same inputs: a convolution, a tiled one, an unshared
    one, and a fully connected one. Point at a unit: its lines light up, and its sum is
    written out with the number of each weight.

    Parameters
    ----------
    size : int, optional
        Inputs in a row, 3 to 9.
    kernel : int, optional
        Inputs that one output sees, but for the fully connected layer.
    tiles : int, optional
        Sets of weights that the tiled layer uses in turn.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    References
    ----------
    Goodfellow, Bengio and Courville, 2016, section 9.5; handout S1, section 5.

    Examples
    --------
    >>> diagram = ConnectionDiagram(size=7, kernel=3, tiles=2)
    >>> diagram.current.panels["weights"].texts
    ('3', '6', '15', '35')
    >>> diagram.current.arithmetic(Cell("tiled", 0, 8))
    'y1 = w3·x1 + w4·x2 + w5·x3: the second of 2 sets'
    """

    size = Slider(3, 9, 7, "inputs")
    kernel = Slider(1, 5, 3)
    tiles = Slider(1, 4, 2, "sets t")

    @staticmethod
    def ranges(size):
        return {"kernel": (1, min(size, 5))}

    @staticmethod
    def scene(size, kernel, tiles):
        """The four diagrams and their counts; see the class."""
        outputs = output_size(size, kernel)
        weights = {way: _weights(way, size, outputs, kernel, tiles) for way in WAYS}
        counts = {way: len(set(joined.values())) for way, joined in weights.items()}
        graphs = [
            _graph(way, size, outputs, joined, counts[way], tiles)
            for way, joined in weights.items()
        ]
        connections = len(weights["convolution"])
        bars = Bars(
            name="weights", title="different weights", width=4 * WIDTH + 84, height=84,
            values=list(counts.values()), labels=WAYS, texts=tuple(map(str, counts.values())),
            lines=tuple(_counted(way, size, outputs, kernel, tiles, counts[way]) for way in WAYS),
            roles=("output", "output", "output", "kernel"), limits=(0, 81),
        )  # fmt: skip
        middle = size + outputs // 2
        return Scene(
            "One colour a weight: who shares with whom",
            Column(Row(*graphs), bars),
            focus=Cell("tiled", 0, middle),
            note=f"The first three have the same {connections} connections, so they do the same "
            f"{connections} products: sharing saves weights, not work. Fully connected: "
            f"{size * outputs}.",
        )  # fmt: skip


def _weights(way, size, outputs, kernel, tiles):
    """The number of the weight on each connection: dict of (input, output) to int."""
    if way == "fully connected":
        return {(i, j): j * size + i for j in range(outputs) for i in range(size)}
    sets = {"convolution": 1, "tiled": tiles, "unshared": outputs}[way]
    return {
        (j + m, j): (j % sets) * kernel + m for j in range(outputs) for m in range(kernel)
    }  # fmt: skip


def _graph(way, size, outputs, joined, count, tiles):
    inputs = [
        Node(name=f"x{i}", role="input", line=_read(way, i, joined)) for i in range(size)
    ]  # fmt: skip
    sums = [
        Node(name=f"y{j}", role="output", line=_sum(way, j, joined, tiles)) for j in range(outputs)
    ]
    return Graph(
        name=way, title=f"{way}: {count}", width=WIDTH, height=HEIGHT,
        nodes=(*inputs, *sums), edges=tuple((f"x{i}", f"y{j}") for i, j in joined),
        tints=tuple(weight / count for weight in joined.values()),
    )  # fmt: skip


def _sum(way, output, joined, tiles):
    terms = [f"w{weight}·x{i}" for (i, j), weight in joined.items() if j == output]
    words = f"y{output} = {' + '.join(terms)}"
    outputs = max(j for _, j in joined) + 1
    if way == "tiled" and min(tiles, outputs) > 1:
        turn = ("first", "second", "third", "fourth")[output % tiles]
        words += f": the {turn} of {min(tiles, outputs)} sets"
    return words


def _read(way, source, joined):
    used = [(j, weight) for (i, j), weight in joined.items() if i == source]
    told = ", ".join(f"y{j} with w{weight}" for j, weight in used)
    return f"x{source} is read by {told}" if told else f"x{source} is read by nobody"


def _counted(way, size, outputs, kernel, tiles, count):
    """How the number of weights comes about, in words."""
    used = min(tiles, outputs)
    products = {
        "convolution": f"{kernel} of one window",
        "tiled": f"{kernel}·{used}, a window for each set in use",
        "unshared": f"{kernel}·{outputs}, a window for each output",
        "fully connected": f"{size}·{outputs}, one for each input and output",
    }
    return f"{way}: {count} weight{'' if count == 1 else 's'} = {products[way]}"
