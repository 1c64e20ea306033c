"""Wrong answers made from the right one: its own code with one thing changed.

A reference is short and written as the exercise explains it. What students forget or
confuse are the parts of it: a + 1, a factor, a floor, an axis, > for >=. Each such part
is changed in turn, in the reference and in the helpers that it calls, and the changed
function is a mistake that can be named.
"""

import ast
import types
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cnnlab.checks.calling import codes_of
from cnnlab.checks.slips import slips

__all__ = ["Mutant", "mutants"]

HOME = Path(__file__).resolve().parent
INSIDE = (HOME, HOME.parent / "geometry")  # whose functions are changed too
DEEPEST = 4  # calls of helpers that are followed


class Mutant(NamedTuple):
    """A function that differs from the right one in one place.

    Attributes
    ----------
    says, hint : str
        As for a :class:`~cnnlab.checks.verdict.Mistake`.
    answer : callable
    """

    says: str
    hint: str
    answer: object


def mutants(function, names=()):
    """The functions that differ from one in one place, with what is said of each.

    Parameters
    ----------
    function : callable
        Written in Python, in a file.
    names : sequence of str
        The arguments of the exercise: only these are spoken of.

    Yields
    ------
    Mutant

    Examples
    --------
    >>> from cnnlab.geometry import output_size
    >>> found = {mutant.says: mutant.answer for mutant in mutants(output_size)}
    >>> found["You round up."](8, 3, 2), found["A step or a share is not rounded down."](8, 3, 2)
    (4, 3.5)
    """
    for part in _reached(function, DEEPEST, []):
        node = _node_of(part)
        if node is None:
            continue
        for says, hint, changed in slips(node, set(names)):
            made = _compiled(changed, part)
            if made is not None:
                yield Mutant(says, hint, _rebuilt(function, part, made, {}))


# ---------------------------------------------------------------- functions and files


def _reached(function, depth, seen):
    """A function and the helpers that it calls, each once."""
    if not _is_ours(function) or function in seen:
        return seen
    seen.append(function)
    if depth:
        for other in _used(function).values():
            _reached(other, depth - 1, seen)
    return seen


def _is_ours(function):
    if not isinstance(function, types.FunctionType):
        return False
    parents = Path(function.__code__.co_filename).parents
    return any(home in parents for home in INSIDE)


def _used(function):
    """Functions that a function uses: those of its module, its closure, and of geometry."""
    names = {name for code in codes_of(function.__code__) for name in code.co_names}
    found = {n: function.__globals__[n] for n in names if _is_ours(function.__globals__.get(n))}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if _is_ours(cell.cell_contents):
            found[name] = cell.cell_contents
    geometry = function.__globals__.get("geometry")
    if isinstance(geometry, types.ModuleType):
        found |= {f"geometry.{n}": getattr(geometry, n) for n in names if hasattr(geometry, n)}
    return found


def _rebuilt(function, target, made, done):
    """A function in which all that reaches the target reaches what was made of it."""
    if function is target:
        return made
    if function in done:
        return done[function]
    done[function] = function  # while its helpers are looked at
    fresh = {
        name: other for name, old in _used(function).items()
        if _is_ours(old) and (other := _rebuilt(old, target, made, done)) is not old
    }  # fmt: skip
    if not fresh:
        return function
    space = dict(function.__globals__)
    space |= {name: other for name, other in fresh.items() if name in space}
    inside = {n.partition(".")[2]: other for n, other in fresh.items() if "." in n}
    if inside:
        space["geometry"] = types.SimpleNamespace(**{**vars(space["geometry"]), **inside})
    cells = tuple(
        types.CellType(fresh.get(name, cell.cell_contents))
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        )
    )
    done[function] = types.FunctionType(
        function.__code__, space, function.__name__, function.__defaults__, cells
    )
    done[function].__kwdefaults__ = function.__kwdefaults__
    return done[function]


@cache
def _tree(file):
    return ast.parse(Path(file).read_text(encoding="utf-8"))


@cache
def _node_of(function):
    """The definition of a function in its file, or None."""
    code = function.__code__
    found = [
        node for node in ast.walk(_tree(code.co_filename))
        if isinstance(node, (ast.FunctionDef, ast.Lambda))
        and node.lineno <= code.co_firstlineno <= node.end_lineno
        and [one.arg for one in node.args.args] == list(code.co_varnames[: code.co_argcount])
        and getattr(node, "name", "<lambda>") == code.co_name
    ]  # fmt: skip
    if code.co_name == "<lambda>":  # several may begin on one line: where does its body stand?
        lines = {(a, c) for a, _, c, _ in code.co_positions() if a and c}
        found = [node for node in found if any(
            (node.body.lineno, node.body.col_offset) <= place
            <= (node.body.end_lineno, node.body.end_col_offset) for place in lines)]  # fmt: skip
        found.sort(key=lambda node: node.end_col_offset - node.col_offset)
    return found[0] if found else None


def _compiled(node, function):
    """A changed definition as a function, in the room of the old one; None if it makes none."""
    free = function.__code__.co_freevars
    if isinstance(node, ast.Lambda):
        body = [ast.Return(node)]
    else:
        node.decorator_list = []
        body = [node, ast.Return(ast.Name(node.name, ast.Load()))]
    outer = ast.FunctionDef(
        name="outer", body=body, decorator_list=[],
        args=ast.arguments(posonlyargs=[], args=[ast.arg(n) for n in free], kwonlyargs=[],
                           kw_defaults=[], defaults=[]),
    )  # fmt: skip
    module = ast.fix_missing_locations(ast.Module([outer], []))
    space = dict(function.__globals__)
    try:
        exec(compile(module, "<mutant>", "exec"), space)
    except (SyntaxError, ValueError):
        return None
    made = space["outer"](*(cell.cell_contents for cell in function.__closure__ or ()))
    return made
