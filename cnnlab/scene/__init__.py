"""What a picture is: panels of cells, marks on them, links between them, and words.

A :class:`Scene` says what is to be seen, not how it is drawn. Two renderers
share it: :mod:`cnnlab.draw.static` makes a figure for print and for stored
notebooks, :mod:`cnnlab.draw.stage` draws it in the browser, where it follows
the hand. Because a scene is plain data, tests can ask it for every number.

``vocabulary`` has the words that may be used, ``panels``, ``graph``, ``boxes`` and
``links`` what there is to see, ``layout`` where it stands, ``words`` how it reads, and
``shapes`` what is drawn of the panels that are no grids and pictures.
"""

from cnnlab.scene.boxes import Boxes
from cnnlab.scene.graph import Graph, Node
from cnnlab.scene.layout import CAPTION, TITLE, Column, Over, Row, Space, block_scales
from cnnlab.scene.links import Cell, Link, Mark, Span, Table
from cnnlab.scene.numbers import format_number, format_shape
from cnnlab.scene.panels import Bars, Blocks, Grid, Panel, Picture, Series
from cnnlab.scene.scene import Scene
from cnnlab.scene.vocabulary import LINKS, ROLES

__all__ = [
    "CAPTION",
    "LINKS",
    "ROLES",
    "TITLE",
    "Bars",
    "Blocks",
    "Boxes",
    "Cell",
    "Column",
    "Graph",
    "Grid",
    "Link",
    "Mark",
    "Node",
    "Over",
    "Panel",
    "Picture",
    "Row",
    "Scene",
    "Series",
    "Space",
    "Span",
    "Table",
    "block_scales",
    "format_number",
    "format_shape",
]
