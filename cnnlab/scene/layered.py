"""Where nodes stand in their columns: level with what they are joined to, none on another."""

from itertools import pairwise

__all__ = ["levels"]

SWEEPS = 16  # to the right and back; in the first half neighbours may change places
PASSING = 8.0  # pixels of an edge that passes a column


def levels(columns, arrows, heights, gap):
    """Middles of nodes, and of the edges that pass other nodes, from top to bottom.

    An edge over several columns gets a place of its own in each column between, so
    that it goes around the nodes there.

    Parameters
    ----------
    columns : sequence of int
        The column of each node.
    arrows : sequence of (int, int)
        From a node to one in a later column.
    heights : sequence of float
        Pixels of each node.
    gap : float
        Pixels between two neighbours in a column.

    Returns
    -------
    middles : list of float
        One for each node.
    bends : list of list of float
        For each arrow its middles in the columns between.

    References
    ----------
    Sugiyama, Tagawa and Toda, 1981, "Methods for visual understanding of hierarchical
    system structures", IEEE Transactions on Systems, Man, and Cybernetics 11.

    Examples
    --------
    >>> middles, bends = levels((0, 1, 2), ((0, 1), (1, 2), (0, 2)), (20, 20, 20), 10)
    >>> [round(m - middles[0]) for m in middles], bends[2][0] < middles[0] - 20
    ([0, 0, 0], True)
    """
    nodes = len(columns)
    columns, heights = list(columns), list(map(float, heights))
    passes, left, right = [], [[] for _ in columns], [[] for _ in columns]
    for start, end in arrows:
        chain = []
        for column in range(columns[start] + 1, columns[end]):
            chain.append(len(columns))
            columns.append(column)
            heights.append(PASSING)
            left.append([])
            right.append([])
        for one, other in pairwise([start, *chain, end]):
            right[one].append(other)
            left[other].append(one)
        passes.append(chain)
    lanes = [[] for _ in range(max(columns) + 1)]
    # What passes stands above what it passes: below a node stand its words.
    for item in (*range(nodes, len(columns)), *range(nodes)):
        lanes[columns[item]].append(item)
    middles = [0.0] * len(columns)
    for lane in lanes:
        _place(lane, dict.fromkeys(lane, (0.0, 1.0)), middles, heights, gap)
    for sweep in range(SWEEPS):
        back = sweep % 2 == 0  # the last way is to the right, as one reads
        near = right if back else left
        for lane in lanes[::-1] if back else lanes:
            wishes = {item: _wish(item, near[item], middles, nodes) for item in lane}
            if sweep < SWEEPS // 2:
                lane.sort(key=lambda item, wishes=wishes: wishes[item][0])
            _place(lane, wishes, middles, heights, gap)
    return middles[:nodes], [[middles[item] for item in chain] for chain in passes]


def _wish(item, neighbours, middles, nodes):
    """Where an item would stand alone, and how much it wants to."""
    if not neighbours:
        return middles[item], 0.1
    direct = [other for other in neighbours if other < nodes]
    if item < nodes and len(direct) == 1:  # the others go around something
        neighbours = direct
    # Nodes stay where they wish to be; what passes them gives way.
    weight = 1.0 if item < nodes else 0.01
    return sum(middles[other] for other in neighbours) / len(neighbours), weight


def _place(lane, wishes, middles, heights, gap):
    """Each item of a column as near to its wish as its neighbours allow.

    Weighted least squares with the order kept (isotonic regression): neighbours
    whose wishes collide move together to their common mean.
    """
    blocks, reach, before = [], 0.0, None  # [sum of weight · place, weight, items]
    offsets = {}
    for item in lane:
        if before is not None:
            reach += (heights[before] + heights[item]) / 2 + gap
        offsets[item], before = reach, item
        place, weight = wishes[item]
        blocks.append([weight * (place - reach), weight, [item]])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            pull, weight, items = blocks.pop()
            blocks[-1][0] += pull
            blocks[-1][1] += weight
            blocks[-1][2] += items
    for pull, weight, items in blocks:
        for item in items:
            middles[item] = pull / weight + offsets[item]
