"""The parts of a short function that are forgotten or confused, each changed by itself.

For each kind of expression: what students write in its place, and what is said of that.
"""

import ast
import copy

__all__ = ["slips"]


def slips(definition, own):
    """Copies of a definition with one thing changed, and what is said of each.

    What is done to rows is also done to rows and columns at once.

    Parameters
    ----------
    definition : ast.FunctionDef or ast.Lambda
    own : set of str
        The names that may be spoken of.

    Yields
    ------
    (str, str, ast.AST)
        What is said, a hint, and the changed copy.

    Examples
    --------
    >>> found = slips(ast.parse("lambda n: n + 1", mode="eval").body, {"n"})
    >>> [(says, ast.unparse(other)) for says, _, other in found][:1]
    [('"+ 1" is missing.', 'lambda n: n')]
    """
    nodes = [node for node in ast.walk(_marked(definition)) if not _is_talk(node)]
    quiet = {id(inner) for node in ast.walk(definition) if _is_talk(node)
             for inner in ast.walk(node)}  # fmt: skip
    nodes = [node for node in nodes if id(node) not in quiet]
    if any(isinstance(node, ast.For) for node in nodes):  # not in loops: they would do much
        nodes = [node for node in nodes if not isinstance(node, ast.Name)]
    written = {ast.dump(node): node for node in nodes}
    for node in nodes:
        twin = written.get(ast.dump(_Twin().visit(copy.deepcopy(node))))
        others = list(_of_node(twin, own)) if twin is not None and twin is not node else []
        for place, (says, hint, other) in enumerate(_of_node(node, own)):
            yield says, hint, _with(definition, {node: other})
            if place < len(others):  # what is done to rows is done to columns
                yield says, hint, _with(definition, {node: other, twin: others[place][2]})
    for says, hint, change in EVERYWHERE:
        changed = change().visit(copy.deepcopy(definition))
        if ast.dump(changed) != ast.dump(definition):
            yield says, hint, changed


def _is_talk(node):
    """What only refuses bad input or documents."""
    return isinstance(node, ast.Raise) or (
        isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise)
    )


def _with(definition, changed):
    """A copy of a definition with other nodes in some places."""
    return copy.deepcopy(definition, {id(node): other for node, other in changed.items()})


# Names that references have for the same thing along rows and along columns.
TWINS = {
    "i": "j", "m": "n", "a": "b", "row": "column", "rows": "columns", "high": "wide",
    "height": "width", "down": "right", "top": "left", "x": "y",
}  # fmt: skip
TWINS |= {other: name for name, other in TWINS.items()}


class _Twin(ast.NodeTransformer):
    """The same expression for the other of the two axes."""

    def visit_Name(self, node):
        return ast.Name(TWINS.get(node.id, node.id), node.ctx)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        number = _number(node.slice)
        if number in (0, 1, 2, 3):  # of (rows, columns), or (x1, y1, x2, y2)
            node.slice = ast.Constant(number ^ 1)
        return node


class _Shorter(ast.NodeTransformer):
    """Every loop ends one step early."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if getattr(node.func, "id", "") == "range" and len(node.args) == 1:
            return ast.Call(node.func, [ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))], [])
        return node


class _Later(ast.NodeTransformer):
    """Every loop begins one step late."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if getattr(node.func, "id", "") == "range" and len(node.args) == 1:
            return ast.Call(node.func, [ast.Constant(1), node.args[0]], [])
        return node


INT = ast.Name("int", ast.Load())


class _Whole(ast.NodeTransformer):
    """Arrays that are made hold whole numbers."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if getattr(node.func, "attr", "") in ("zeros", "ones") and not node.keywords:
            return ast.Call(node.func, node.args, [ast.keyword("dtype", INT)])
        return node


EVERYWHERE = (
    ("Your loops end one step early.", "Where does range end?", _Shorter),
    ("Your loops begin one step late.", "Python counts from 0.", _Later),
    ("Your output array holds whole numbers: decimals are cut off.",
     "np.zeros(shape) holds floats.", _Whole),
)  # fmt: skip


def _names(node, own):
    """What an expression speaks of, in words: the mean of `x`, or `kernel` and `stride`."""
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("mean", "sum", "max"):
        inside = _names(node.func.value, own)
        return f"the {node.func.attr}{f' of {inside}' if inside else ''}"
    found = [f"`{n.id}`" for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in own]
    return " and ".join(dict.fromkeys(found))


def _spoken(node):
    """The names in an expression."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _of_node(node, own):
    kind = type(node).__name__
    yield from CHANGES.get(kind, lambda *_: ())(node, own)


def _number(node):
    return (
        node.value if isinstance(node, ast.Constant) and type(node.value) in (int, float) else None
    )


def _of_binary(node, own):
    left, right, op = node.left, node.right, type(node.op)
    if op in (ast.Add, ast.Sub):
        sign = "+" if op is ast.Add else "-"
        if (number := _number(right)) is not None:
            yield f'"{sign} {number}" is missing.', "Count by hand for a small case.", left
            yield (f"\"{sign} {number}\" has the wrong sign.", "Count by hand for a small case.",
                   ast.BinOp(left, ast.Sub() if op is ast.Add else ast.Add(), right))  # fmt: skip
        else:
            for kept, lost in ((left, right), (right, left)):
                if lost is left and op is ast.Sub:
                    continue
                what = _names(lost, own - _spoken(kept))
                yield (f"A term is missing{f': {what}' if what else ''}.",
                       "What belongs together here?", kept)  # fmt: skip
            yield ("Plus and minus are mixed up.", "What is added, and what is taken away?",
                   ast.BinOp(left, ast.Sub() if op is ast.Add else ast.Add(), right))  # fmt: skip
    if op is ast.Mult:
        for kept, lost in ((left, right), (right, left)):
            if (number := _number(lost)) is not None:
                yield (f"A factor of {number} is missing.", "What comes more than once?", kept)
                continue
            what = _names(lost, own - _spoken(kept))
            yield (f"A factor is missing{f': {what}' if what else ''}.",
                   "How often does each thing come?", kept)  # fmt: skip
    if op is ast.FloorDiv:
        yield ("A step or a share is not rounded down.", "// and not /: what does not fit wholly "
               "is left out.", ast.BinOp(left, ast.Div(), right))  # fmt: skip
        up = ast.UnaryOp(
            ast.USub(), ast.BinOp(ast.UnaryOp(ast.USub(), left), ast.FloorDiv(), right)
        )
        yield "You round up.", "What does not fit wholly is left out: down.", up
        near = ast.Call(ast.Name("round", ast.Load()), [ast.BinOp(left, ast.Div(), right)], [])
        yield "You round to the nearest whole number.", "Always down.", near
        yield "Something is not divided.", "How many steps, or shares, are there?", left
    if op is ast.Div:
        yield "Something is not divided.", "A share or a mean is asked.", left
        yield ("A share is rounded down.", "/ and not //.",
               ast.BinOp(left, ast.FloorDiv(), right))  # fmt: skip
    if op is ast.Pow and _number(right) == 2:
        yield ("^ is no power in Python.", "Write **.",
               ast.BinOp(left, ast.BitXor(), right))  # fmt: skip
        what = _names(left, own) or "Something"
        what = f"What is made of {what}" if " and " in what else what
        yield f"{what} is not squared.", "How many are there, both ways?", left
        yield (f"{what} is doubled, where it must be squared.", "How many are there, both ways?",
               ast.BinOp(left, ast.Mult(), right))  # fmt: skip
    if op is ast.Mod:
        yield "The remainder is missing.", "% begins anew.", left
        yield ("You divide where the remainder is meant.", "% and not //.",
               ast.BinOp(left, ast.FloorDiv(), right))  # fmt: skip
    if op is ast.MatMult:
        yield ("The order of a matrix product is turned round.", "Look at the shapes.",
               ast.BinOp(right, op(), left))  # fmt: skip


COMPARED = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt}


def _of_comparison(node, own):
    op = type(node.ops[0])
    if len(node.ops) == 1 and op in COMPARED:
        yield ("What is exactly equal is judged the other way.", "> or >=?",
               ast.Compare(node.left, [COMPARED[op]()], node.comparators))  # fmt: skip
    turned = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.NotEq,
              ast.NotEq: ast.Eq}  # fmt: skip
    if len(node.ops) == 1 and op in turned:
        words = "Two cases are exchanged." if op in (ast.Eq, ast.NotEq) else (
            "A comparison is turned round.")  # fmt: skip
        yield (words, "Which belongs to which?",
               ast.Compare(node.left, [turned[op]()], node.comparators))  # fmt: skip


# Functions that are mistaken for each other, and what is said then.
OTHERS = {
    "max": (("min", "You took the smallest, not the largest."),),
    "min": (("max", "You took the largest, not the smallest."),),
    "maximum": (("minimum", "You took the smaller of two, not the larger."),),
    "argmax": (("argmin", "You took the smallest, not the largest."),),
    "sum": (("mean", "You took the mean, not the sum."), ("max", "You took the largest, not the "
            "sum."), ("prod", "You multiplied what is added.")),
    "mean": (("sum", "You added up, but did not divide."), ("max", "You took the largest, not the "
             "mean.")),
    "prod": (("sum", "You added what is multiplied."),),
    "floor": (("ceil", "You round up."),), "ceil": (("floor", "You round down."),),
    "var": (("std", "You took the standard deviation for the variance."),),
    "std": (("var", "You took the variance for the standard deviation."),),
    "any": (("all", "One is enough; you ask for all."),),
    "all": (("any", "All are asked; one is enough for you."),),
}  # fmt: skip


def _of_call(node, own):
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    others = OTHERS.get(name, ())
    if name == "max" and any(keyword.arg == "axis" for keyword in node.keywords):
        others = ()  # a softmax takes it away: any other number would do
    for other, says in others:
        func = copy.copy(node.func)
        if isinstance(func, ast.Attribute):
            func.attr = other
        elif other in ("max", "min", "sum", "any", "all", "abs", "round"):
            func.id = other
        else:
            continue
        yield says, "Which of the two is asked?", ast.Call(func, node.args, node.keywords)
    if name in ("maximum", "max") and len(node.args) == 2 and _number(node.args[1]) == 0:
        yield "A bound at 0 is missing: something may fall below 0.", "max(..., 0).", node.args[0]
    if name in ("abs", "sqrt", "log", "exp", "floor", "ceil") and len(node.args) == 1:
        yield f"`{name}` is missing.", "Look at the formula once more.", node.args[0]
    if name == "range" and len(node.args) == 1:
        end = node.args[0]
        less = ast.BinOp(end, ast.Sub(), ast.Constant(1))
        yield ("The last step of a loop is missing.", "Where does range end?",
               ast.Call(node.func, [less], []))  # fmt: skip
        yield ("The first step of a loop is missing.", "Python counts from 0.",
               ast.Call(node.func, [ast.Constant(1), end], []))  # fmt: skip
    yield from _of_axes(node, name)


def _of_axes(node, name):
    """Sums and means over other axes."""
    for place, keyword in enumerate(node.keywords):
        if keyword.arg not in ("axis", "dim"):
            continue
        axes = ast.literal_eval(keyword.value) if _is_plain(keyword.value) else None
        if axes is None:
            continue
        now = set(axes) if isinstance(axes, tuple) else {axes}
        most = max(now) + 1
        others = [frozenset(now - {a}) for a in now] + [
            frozenset(now | {a}) for a in range(most + 1)
        ]
        others += [frozenset({a}) for a in range(most + 1)]
        others += [frozenset({a, b}) for a in range(most + 1) for b in range(a)]
        for other in dict.fromkeys(others):
            if other and other != now:
                value = tuple(sorted(other)) if len(other) > 1 else next(iter(other))
                yield (f"The {name} goes over axis {value}: those are not the ones.",
                       "Which numbers belong together?",
                       _with_keyword(node, place, ast.Constant(value)))  # fmt: skip
        yield (f"The {name} goes over all numbers.", "Which numbers belong together?",
               _with_keyword(node, place, ast.Constant(None)))  # fmt: skip


def _is_plain(node):
    return all(isinstance(n, (ast.Constant, ast.Tuple, ast.Load, ast.UnaryOp, ast.USub))
               for n in ast.walk(node))  # fmt: skip


def _with_keyword(node, place, value):
    keywords = list(node.keywords)
    keywords[place] = ast.keyword(keywords[place].arg, value)
    return ast.Call(node.func, node.args, keywords)


def _of_choice(node, own):
    if what := _names(node.test, own):
        yield f"You do the same, whatever {what} says.", "There are two cases.", node.body
        yield f"You do the same, whatever {what} says.", "There are two cases.", node.orelse


def _of_index(node, own):
    yield from _of_name_index(node, own)
    if isinstance(node.slice, ast.Tuple):
        yield from _of_indices(node, own)
    number = _number(node.slice)
    if number in (0, 1) and isinstance(node.ctx, ast.Load):
        what = _names(node.value, own)
        yield (f"Of {what or 'several'} you took [{1 - number}] where [{number}] belongs.",
               "Which of the two is asked?",
               ast.Subscript(node.value, ast.Constant(1 - number), node.ctx))  # fmt: skip
    if isinstance(node.slice, ast.Slice) and node.slice.lower and _number(node.slice.lower) == 1:
        yield ("One too many at the beginning.", "Where does it begin?",
               ast.Subscript(node.value, ast.Slice(None, node.slice.upper), node.ctx))  # fmt: skip


def _of_name_index(node, own):
    """a[c], where a[0] is taken for all."""
    if isinstance(node.slice, ast.Name) and isinstance(node.ctx, ast.Load):
        what = _names(node.value, own) or "one thing"
        yield (f"You take the first of {what} every time.", "Each step has its own.",
               ast.Subscript(node.value, ast.Constant(0), node.ctx))  # fmt: skip


def _of_indices(node, own):
    """a[f, c], where a[f, 0] is taken for all c."""
    for place, part in enumerate(node.slice.elts):
        if isinstance(part, ast.Name) and isinstance(node.ctx, ast.Load):
            parts = list(node.slice.elts)
            parts[place] = ast.Constant(0)
            what = _names(node.value, own) or "something"
            yield (f"You take the first part of {what} every time.", "Each step has its own.",
                   ast.Subscript(node.value, ast.Tuple(parts, ast.Load()), node.ctx))  # fmt: skip


def _of_unpacking(node, own):
    """rows, columns = shape, where one serves for both."""
    target = node.targets[0]
    if not isinstance(target, ast.Tuple) or isinstance(node.value, (ast.Tuple, ast.GeneratorExp)):
        return
    parts = [
        ast.Subscript(node.value, ast.Constant(n), ast.Load()) for n in range(len(target.elts))
    ]
    what = _names(node.value, own) or "several"
    for place in range(len(parts) - 1):
        for kept, lost in ((place, place + 1), (place + 1, place)):
            same = list(parts)
            same[lost] = parts[kept]
            yield (f"One size of {what} serves for another.", "It need not be a square.",
                   ast.Assign(node.targets, ast.Tuple(same, ast.Load())))  # fmt: skip


SWAPPED = {
    "sizes": "Two sizes, or two other names, are exchanged.",
    "indices": "Two indices are exchanged.",
    "results": "Two of the results changed places.",
}


def _marked(definition):
    """The definition, where each tuple knows whether it holds indices, results or sizes."""
    for node in ast.walk(definition):
        for part, role in (
            (getattr(node, "slice", None), "indices"),
            (node.value if isinstance(node, ast.Return) else None, "results"),
            (node.body if isinstance(node, ast.Lambda) else None, "results"),
        ):
            if isinstance(part, ast.Tuple):
                part.role = role
    return definition


def _of_several(node, own):
    """(a, b): in another order, or one for both."""
    if any(isinstance(part, (ast.Starred, ast.Constant)) for part in node.elts):
        return
    role = getattr(node, "role", "sizes")
    for place in range(len(node.elts) - 1):
        parts = list(node.elts)
        parts[place], parts[place + 1] = parts[place + 1], parts[place]
        yield (SWAPPED[role], "What comes first?", ast.Tuple(parts, node.ctx))
        if isinstance(node.ctx, ast.Load) and role == "sizes":
            for one, other in ((0, 1), (1, 0)):
                parts = list(node.elts)
                parts[place + other] = parts[place + one]
                yield ("One of two sizes serves for both.", "It need not be a square.",
                       ast.Tuple(parts, node.ctx))  # fmt: skip


def _of_loop(node, own):
    once = copy.copy(node)
    once.body = [*node.body, ast.Break()]
    yield "Only the first step of a loop counts.", "Is a return inside the loop?", once


def _of_constant(node, own):
    number = _number(node)
    if isinstance(number, int) and 2 < number < 20:
        if number == 9:
            yield "A kernel of 3 x 3 has nine weights.", "You took 3.", ast.Constant(3)
        for other in (number - 1, number + 1):
            yield (
                f"You have {other} of something. Count again.",
                "How many are there?",
                (ast.Constant(other)),
            )


def _of_sign(node, own):
    if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield "A minus is missing.", "Which way does it go?", node.operand


def _of_addition(node, own):
    what = _names(node.value, own)
    about = f", with {what} in it" if what else ""
    if isinstance(node.op, (ast.Add, ast.Sub)):
        yield f"A step of a sum is missing{about}.", "What is added each time?", ast.Pass()
        turned = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield (f"Plus and minus are mixed up{about}.", "What is added, and what is taken away?",
               ast.AugAssign(node.target, turned, node.value))  # fmt: skip
    if isinstance(node.op, ast.Add):
        yield ("What comes later overwrites what came before.", "+= and not =.",
               ast.Assign([node.target], node.value))  # fmt: skip
        target = copy.copy(node.target)
        target.ctx = ast.Load()
        largest = ast.Call(ast.Name("max", ast.Load()), [target, node.value], [])
        yield ("You keep the largest, where you must add up.", "+= and not max.",
               ast.Assign([node.target], largest))  # fmt: skip
    if isinstance(node.op, ast.FloorDiv):
        yield "A step of a division is missing.", "What is halved, and when?", ast.Pass()
        yield ("A share is not rounded down.", "// and not /.",
               ast.AugAssign(node.target, ast.Div(), node.value))  # fmt: skip
    if isinstance(node.op, ast.Mult):
        yield f"A product is not carried on{about}.", "What grows from step to step?", ast.Pass()
        yield ("You add where you must multiply.", "*= and not +=.",
               ast.AugAssign(node.target, ast.Add(), node.value))  # fmt: skip
        yield ("What comes later overwrites what came before.", "*= and not =.",
               ast.Assign([node.target], node.value))  # fmt: skip


CHANGES = {
    "BinOp": _of_binary, "Compare": _of_comparison, "Call": _of_call, "IfExp": _of_choice,
    "Subscript": _of_index, "UnaryOp": _of_sign, "AugAssign": _of_addition,
    "Assign": _of_unpacking,
}  # fmt: skip
