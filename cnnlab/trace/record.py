"""What the record of a run is made of."""

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Layer", "Node", "Step", "Trace"]


@dataclass(frozen=True)
class Layer:
    """One row of the table.

    Attributes
    ----------
    name : str
        As in the model: "features.0"; for an operation outside of layers, the
        module whose forward calls it.
    layer : str
        The class, or what the operation does.
    output_shape : tuple of int
        Without the batch.
    parameters, macs : int
        Those that no earlier row has counted; written out if they follow from
        one formula.
    activations : int
        Numbers that come out; 0 for what works in place.
    receptive_field : (int, int) or None
        Rows and columns of the input that one cell depends on, where there are such.
    arithmetic : str
        Parameters and multiply-accumulates, written out.
    note : str
        What is particular: reused, shared, not known.
    """

    name: str
    layer: str
    output_shape: tuple
    parameters: int
    activations: int
    macs: int
    receptive_field: tuple | None
    arithmetic: str
    note: str = ""


class Step(NamedTuple):
    """The one operation that a node consists of, with its numbers.

    Attributes
    ----------
    operation : str
        As torch names it: "convolution".
    inputs : tuple
        Its arguments, tensors as they were before it.
    output : torch.Tensor
        What it gave, as it was then; later layers may work in place.
    """

    operation: str
    inputs: tuple
    output: object


class Node(NamedTuple):
    """Something that was computed: an input, a layer's output, or where branches join.

    Attributes
    ----------
    name : str
        As in the model, unique in its record.
    kind : str
        The class of the layer, what the operation does, or "input".
    shape : tuple of int
        Of what comes out, without the batch.
    row : int or None
        Its place among the rows of the record.
    calls : tuple of (str, str, int)
        The modules inside whose forward it was computed, from the outermost: name, class,
        and the number of its call.
    detail : str
        What tells it from others of its kind: "3x3, 64, /2".
    axes : (Axis, Axis) or None
        What its rows and its columns see of those of the input, where that is known.
    values : torch.Tensor or None
        What came out, batch included, if the record keeps numbers.
    step : Step or None
        How it came about, if the record keeps numbers and it is one operation.
    """

    name: str
    kind: str
    shape: tuple
    row: int | None
    calls: tuple
    detail: str = ""
    axes: tuple | None = None
    values: object = None
    step: Step | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """The record of a run.

    Attributes
    ----------
    model : str
        The class of the model.
    input_shapes : tuple of tuple
    given : int
        Numbers that went in, batch included.
    nodes : tuple of Node
        In the order of the computation.
    edges : tuple of (int, int)
        From a node to one that was computed of it, by their places in `nodes`.
    rows : tuple of Layer
        What was counted.
    notes : tuple of str
        What could not be counted.
    output : object
        What the model gave, if the record keeps numbers.
    """

    model: str
    input_shapes: tuple
    given: int
    nodes: tuple
    edges: tuple
    rows: tuple
    notes: tuple
    output: object = None

    @property
    def total_parameters(self):
        """All parameters of the model, each once."""
        return sum(int(row.parameters) for row in self.rows)

    @property
    def total_macs(self):
        """All multiply-accumulates that are known."""
        return sum(int(row.macs) for row in self.rows)

    def feeds(self, place):
        """Places of the nodes that a node was computed of."""
        return tuple(start for start, end in self.edges if end == place)
