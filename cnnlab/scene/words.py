"""How a scene reads: the line of arithmetic of a cell, and the whole in words.

The stage writes the same lines in the browser (``draw/browser/scene.js``); a test compares
the two on every explorer and on random links.
"""

import math
from statistics import median

import numpy as np

from cnnlab.scene.links import Span
from cnnlab.scene.numbers import format_number, format_shape, is_exact
from cnnlab.scene.panels import Items
from cnnlab.scene.vocabulary import LINKS, MOST_TERMS

__all__ = ["PICKS", "described", "tokens"]

PICKS = {"max": max, "min": min, "median": median}  # one number of many, or between two


def tokens(scene, cell):
    """The line of arithmetic as (text, role) pieces, so that it can be coloured."""
    panel = scene.panels[cell.panel]
    if isinstance(panel, Items):
        place = max(cell.row, cell.column)
        return [(panel.lines[place], panel.roles[place])]
    own = panel.value(cell.row, cell.column)
    head = [(f"{panel.title or panel.name}{_index(panel, cell)}", panel.role)]
    link = scene.link_of(cell)
    if isinstance(own, np.ndarray):
        shown = ", ".join(format_number(part, panel.digits) for part in own)
        return [*head, (f" = ({shown})", "")]
    shown = format_number(own, panel.digits)
    if panel.kind == "picture" and panel.called(own):
        shown = panel.called(own)
    if link is None or link.gives == "same":
        return [*head, (" = ", ""), (shown, panel.role)]
    if link.gives == "sight":
        return [*head, (" = ", ""), (shown, panel.role), *_seen(scene, link, cell)]
    terms = [
        [(*_number(scene, part), scene.panels[part.panel].role) for part in factors]
        for factors in _factors(link, cell)
    ]
    if not terms:
        return [*head, (" = ", ""), (shown, panel.role), (": nothing is added here", "")]
    products = [math.prod(value for value, *_ in term) for term in terms]
    total = PICKS.get(link.gives, sum)(products)
    if link.gives == "mean":
        total /= len(terms)
    exact = is_exact(own, panel.digits) and all(
        is_whole for term in terms for _, _, is_whole, _ in term
    )
    line = [*head, (" = ", ""), *_written(link.how, terms)]
    if abs(total - float(own)) <= 1e-4 * max(1.0, abs(total)):
        return [*line, (" = " if exact else " ≈ ", ""), (shown, panel.role)]
    sign = " = " if exact and is_exact(total, panel.digits) else " ≈ "
    given = f", but {link.computed or 'the cell'} gives "
    return [
        *line, (sign, ""), (format_number(total, panel.digits), panel.role),
        (given, ""), (shown, "window"),
    ]  # fmt: skip


def _seen(scene, link, cell):
    """How many cells of each panel a cell sees; those beyond the border are not there."""
    line = [(" sees ", "")]
    for place, span in enumerate(link.spans):
        panel = scene.panels[span.panel]
        count = span.size(cell.row, cell.column)
        text = f"{count} cell{'' if count == 1 else 's'}"
        if isinstance(span, Span):
            rows, columns = span.lines(cell.row, cell.column, panel.shape)
            inside = len(rows) * len(columns)
            text = "×".join(map(str, span.count))
            apart = sorted({abs(spread) for spread in span.spread})
            text += f", {' and '.join(map(str, apart))} apart" if apart != [1] else ""
            text += f" ({inside} inside)" if inside < count else ""
        line += [(", ", "")] if place else []
        line += [(f"{text} of ", ""), (panel.title or panel.name, panel.role)]
    return line


def _number(scene, cell):
    """(value, as shown, whether the shown number is the whole truth)."""
    panel = scene.panels[cell.panel]
    value = float(panel.value(cell.row, cell.column))
    return value, format_number(value, panel.digits), is_exact(value, panel.digits)


def _index(panel, cell):
    if panel.kind == "series":
        return f"[{panel.first + cell.column}]"
    if panel.kind == "grid" and panel.shape == (1, 1) and not panel.heads:
        return ""  # one number has no place
    if panel.kind == "grid" and panel.heads:
        return f" {cell.row + 1}, {panel.heads[cell.column]}"
    return f"[{cell.row}, {cell.column}]"


def _factors(link, cell):
    """The cells whose numbers are multiplied, one tuple for each term of the sum."""
    each = [span.cells(cell.row, cell.column) for span in link.spans]
    if not link.pairs:
        return [(found,) for cells in each for found in cells]
    return [
        pair
        for numbers, weights in zip(each[::2], each[1::2], strict=True)
        for pair in zip(numbers, weights, strict=True)
    ]


def _written(how, terms):
    """The terms as they are written; the many zeros of a large sum in a word."""
    kind = LINKS[how]
    shown = terms
    picks = kind["gives"] in PICKS
    if len(terms) > MOST_TERMS and not picks:
        shown = [term for term in terms if all(value for value, *_ in term)]
    zeros = len(terms) - len(shown)
    more = max(len(shown) - MOST_TERMS, 0)
    line = []
    for term in shown[:MOST_TERMS]:
        line += [(kind["between"], "")] if line else []
        for place, (_, text, _, role) in enumerate(term):
            line += [("×", "")] if place else []
            line.append((text if picks else _bracketed(text), role))
    if more:
        line.append((f"{kind['between']}… ({more} more)", ""))
    if zeros:
        told = "term that is" if zeros == 1 else "terms that are"
        line.append((f"{kind['between'] if line else ''}{zeros} {told} 0", ""))
    before, after = kind["before"], kind["after"].replace("{count}", str(len(terms)))
    return [*([(before, "")] if before else []), *line, *([(after, "")] if after else [])]


def _bracketed(text):
    return f"({text})" if text.startswith("−") else text


def described(scene):
    """A scene in words: its panels, the note, and the cell that is in focus."""
    lines = [scene.title]
    for panel in scene.panels.values():
        words = [f"{panel.title or panel.name} ({panel.kind}, {_extent(panel)})"]
        if panel.caption:
            words.append(panel.caption)
        if panel.kind == "grid" and panel.heads:
            words.append("columns: " + ", ".join(panel.heads))
        if panel.kind == "graph":
            words += [_joined(panel, place) for place in sorted(set(panel.heads))]
        elif panel.kind == "boxes":
            words += panel.lines
        elif isinstance(panel, Items):
            words += [
                f"{label} {text}".strip()
                for label, text in zip(panel.labels, panel.texts, strict=True)
            ]
        elif panel.kind != "picture" and panel.values.size <= 100:
            words.append(_in_words(panel))
        else:
            low, high = np.min(panel.values), np.max(panel.values)
            words.append(
                f"values from {format_number(low, panel.digits)} "
                f"to {format_number(high, panel.digits)}"
            )
        lines.append("- " + "; ".join(words))
    if scene.problem:
        lines.append(scene.problem)
    elif scene.note:
        lines.append(scene.note)
    if scene.focus is not None and not scene.problem:
        lines.append(scene.arithmetic(scene.focus))
    return "\n".join(lines)


def _extent(panel):
    if panel.kind == "graph":
        return f"{len(panel.nodes)} nodes, {len(panel.edges)} edges"
    return format_shape(panel.values.shape)


def _joined(graph, place):
    """A node, and what it feeds."""
    node = graph.nodes[place]
    text = f"{node.label} {node.text}".strip()
    fed = [graph.nodes[other].label for other in graph.fed(place)]
    chosen = " (chosen)" if node.name == graph.chosen else ""
    return f"{text}{chosen} to {' and '.join(fed)}" if fed else f"{text}{chosen}"


def _in_words(panel):
    rows = np.atleast_2d(panel.values)
    return "; ".join(
        " ".join(format_number(value, panel.digits) for value in np.ravel(row)) for row in rows
    )
