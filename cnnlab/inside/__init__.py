"""How one map of a layer comes from the maps before it, and one number from numbers.

For each kind of operation: the panels, what each cell of them comes from, and a sentence.
The numbers are those of the run: nothing is computed here that torch has not computed,
but the parts of its sums, which are checked against them.
"""

from cnnlab.inside.kinds import kind_of, map_view, number_view
from cnnlab.inside.view import View, look, numbers, sizes_of

__all__ = ["View", "kind_of", "look", "map_view", "number_view", "numbers", "sizes_of"]
