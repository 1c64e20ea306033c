"""What a model is made of: a table of its layers, read from the record of a run."""

import html

from cnnlab.scene import format_shape
from cnnlab.trace import Layer, trace

__all__ = ["Layer", "LayerTable", "layer_table"]

CONVENTIONS = (
    "For the input as given. Multiply-accumulates (MACs): one product and its addition are one; "
    "FLOPs as torch counts them are twice as many. Biases, normalization, activations, "
    "pooling, sums and what works number by number are not counted. Field: rows and columns of the "
    "input that one cell can depend on, where that is known. Activations: the outputs of layers "
    "that cannot work in place, and the input. Sizes are rounded down, unless a pooling has "
    "ceil_mode. Parameters that are used twice are counted once."
)
LONG = 25  # rows from which on the table in a notebook can be searched


class LayerTable(list):
    """Rows of :class:`Layer`, with their totals; shown as a table in notebooks.

    Attributes
    ----------
    model : str
        The class of the model.
    input_shapes : list of tuple
    notes : list of str
        What could not be counted. If it is not empty, the multiply-accumulates are
        a lower bound.
    record : cnnlab.trace.Trace
        The run that was counted.
    """

    def __init__(self, record):
        super().__init__(record.rows)
        self.record, self.model, self.notes = record, record.model, list(record.notes)
        self.input_shapes = list(record.input_shapes)

    @property
    def total_parameters(self):
        """All parameters of the model, each once."""
        return self.record.total_parameters

    @property
    def total_macs(self):
        """All multiply-accumulates."""
        return self.record.total_macs

    @property
    def total_activations(self):
        """Numbers of the input and of all rows."""
        return self.record.given + sum(row.activations for row in self)

    def find(self, word):
        """The rows in whose name, layer or note a word stands.

        Returns
        -------
        list of Layer
        """
        word = word.lower()
        return [row for row in self if word in f"{row.name} {row.layer} {row.note}".lower()]

    def _lines(self):
        head = ("name", "layer", "output", "parameters", "activations", "MACs", "field", "")
        rows = [
            (row.name, row.layer, format_shape(row.output_shape), f"{int(row.parameters):,}",
             f"{row.activations:,}", f"{int(row.macs):,}", format_shape(row.receptive_field or ()),
             row.note)
            for row in self
        ]  # fmt: skip
        total = ("total", self.model, "", f"{self.total_parameters:,}",
                 f"{self.total_activations:,}", f"{self.total_macs:,}", "", "")  # fmt: skip
        return head, rows, total

    def __str__(self):
        head, rows, total = self._lines()
        lines = [head, *rows, total]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        text = [
            "  ".join(
                cell.ljust(width) if column in (0, 1, 2, 7) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*text, *self.notes, CONVENTIONS])

    __repr__ = __str__

    def _repr_html_(self):
        head, rows, total = self._lines()

        def line(cells, tag, title=""):
            right = [' style="text-align:right"' if 3 <= n <= 6 else "" for n in range(len(cells))]
            inside = "".join(
                f"<{tag}{style}>{html.escape(cell)}</{tag}>"
                for cell, style in zip(cells, right, strict=True)
            )
            return f'<tr title="{html.escape(title)}">{inside}</tr>'

        body = "".join(
            line(cells, "td", row.arithmetic) for cells, row in zip(rows, self, strict=True)
        )
        search = ""
        if len(self) >= LONG:
            search = (
                '<input type="search" placeholder="search" aria-label="search the layers" '
                "oninput=\"for (const row of this.parentNode.querySelectorAll('tbody tr')) "
                'row.hidden = !row.innerText.toLowerCase().includes(this.value.toLowerCase())">'
            )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in (*self.notes, CONVENTIONS))
        return (
            f"<div>{search}<table><thead>{line(head, 'th')}</thead><tbody>{body}</tbody>"
            f"<tfoot>{line(total, 'th')}</tfoot></table>{notes}</div>"
        )


def layer_table(model, input_shape, device="meta"):
    """Count the layers of any torch module.

    Parameters
    ----------
    model, input_shape, device
        As in :func:`cnnlab.trace.trace`.

    Returns
    -------
    LayerTable

    Raises
    ------
    ValueError
        If the model is none, the shape is none, or a layer cannot take what it is
        given: the sentence names the layer.

    Examples
    --------
    >>> from torch import nn
    >>> model = nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU())
    >>> table = layer_table(model, (3, 32, 32))
    >>> table[0].arithmetic
    '3·3·3·32 + 32 = 896 parameters; 3·3·3·32·30·30 = 777,600 MACs'
    >>> table.total_parameters, table.total_macs, table.total_activations
    (896, 777600, 31872)
    """
    return LayerTable(trace(model, input_shape, device))
