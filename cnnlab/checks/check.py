"""What a check is: a reference, cases, and the mistakes that students make.

A check compares the answer with the reference on every case. When they differ it
shows the first case where they do, and if one of the known mistakes gives exactly
the student's results on all cases, it says which mistake it is.
"""

import copy
from dataclasses import dataclass, field

import numpy as np

from cnnlab.arguments import several, short, text
from cnnlab.scene import Grid, Mark, Row, Scene

__all__ = ["Check", "Condition", "Design", "Mistake", "Unfinished", "WrongAnswer", "true_or_false"]

CLOSE = 1e-6
MOST_CELLS = 14


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong answer.

    Attributes
    ----------
    name : str
        What it is, as a sentence to the student: "Your kernel is flipped."
    hint : str
        What to look at; it does not give the answer away.
    answer : object
        The wrong function or value itself.
    """

    name: str
    hint: str
    answer: object

    def __post_init__(self):
        text("name of a mistake", self.name, empty=False)
        text(f"hint of the mistake {short(self.name)}", self.hint, empty=False)


class WrongAnswer(Exception):
    """A check failed. It shows its sentence and no traceback."""

    def _render_traceback_(self):
        return [f"Not right yet. {self}"]


class Unfinished(WrongAnswer):
    """The exercise was not started."""

    def _render_traceback_(self):
        return [f"Not started yet. {self}"]


@dataclass(frozen=True)
class Finding:
    """What a check found in a wrong answer."""

    text: str
    scene: Scene | None = None
    mistake: Mistake | None = None

    def _repr_mimebundle_(self, include=None, exclude=None):
        from cnnlab.draw import static

        data = {"text/plain": self.text}
        if self.scene is not None:
            data["image/png"] = static.png(self.scene)
        return data


@dataclass(frozen=True, eq=False)
class Check:
    """Compare an answer with a reference.

    Attributes
    ----------
    name : str
        The name that the student gives to the answer.
    reference : object
        The right function, or the right value.
    cases : tuple of tuple
        Arguments of each case, for a function. Drawn so that rows differ from
        columns and channels from filters. Empty for a value.
    mistakes : tuple of Mistake
        The specific ones first.
    form : str
        How a value must look, in words: "a list of three numbers".

    Examples
    --------
    >>> late = Mistake("You added 1 twice.", "Count again.", lambda n: n + 2)
    >>> check = Check("successor", lambda n: n + 1, ((1,), (5,)), (late,))
    >>> check(lambda n: n + 1)
    successor is right, on 2 cases.
    >>> check.find(lambda n: n + 2).mistake.name
    'You added 1 twice.'
    """

    name: str
    reference: object
    cases: tuple = ()
    mistakes: tuple = ()
    form: str = ""

    def __post_init__(self):
        text("name of a check", self.name, empty=False)
        several(f"mistakes of the check {self.name!r}", self.mistakes, Mistake)
        several(f"cases of the check {self.name!r}", self.cases, tuple)
        if self.cases and not callable(self.reference):
            raise ValueError(
                f"reference of the check {self.name!r} is {short(self.reference)}, but a check "
                "with cases compares functions."
            )

    def __call__(self, answer):
        """Check an answer; returns quietly if it is right, else shows what is not.

        Raises
        ------
        Unfinished
            If there is no answer yet.
        WrongAnswer
            If it is not right; it names the mistake if it is a known one.
        """
        found = self.find(answer)
        if found is None:
            cases = f", on {len(self.cases)} cases" if self.cases else ""
            print(f"{self.name} is right{cases}.")
        else:
            _report(found)

    def find(self, answer):
        """What is wrong with an answer, as a Finding; None if nothing is.

        Raises
        ------
        Unfinished
            If there is no answer yet.
        """
        _insist_on_answer(self.name, answer, function=bool(self.cases))
        if not self.cases:
            return self._find_in_value(answer)
        results = []
        for arguments in self.cases:
            given = copy.deepcopy(arguments)
            results.append(_outcome(self.name, answer, given))
            if not all(map(_unchanged, given, arguments)):
                return Finding(
                    f"{self.name} changes the array that it is given. Work on a copy: whoever "
                    "calls it may still need the original."
                )
        if any(isinstance(r, Raised) and r.kind is NotImplementedError for r in results):
            raise Unfinished(f"Write {self.name} in the cell above.")
        if all(result is None or result is Ellipsis for result in results):
            raise Unfinished(
                f"{self.name} returns nothing: write it in the cell above, and return its result."
            )
        expected = [self.reference(*copy.deepcopy(arguments)) for arguments in self.cases]
        wrong = [
            place
            for place, (got, right) in enumerate(zip(results, expected, strict=True))
            if not same(got, right)
        ]
        if not wrong:
            return None
        mistake = next((m for m in self.mistakes if self._is(m, results)), None)
        first = wrong[0]
        return _finding(
            f"{self.name}({_call(self.cases[first])})", expected[first], results[first], mistake
        )

    def _is(self, mistake, results):
        return all(
            same(got, _outcome(self.name, mistake.answer, copy.deepcopy(arguments)))
            for got, arguments in zip(results, self.cases, strict=True)
        )

    def _find_in_value(self, answer):
        if same(answer, self.reference):
            return None
        mistake = next((m for m in self.mistakes if same(answer, m.answer)), None)
        if mistake is None and _form(answer) != _form(self.reference):
            return Finding(f"{self.name} is {short(answer)}, but it must be {self.form}.")
        text = f"{self.name} is {_words(answer)}, and that is not right."
        return Finding(_with_mistake(text, mistake), None, mistake)


def true_or_false(name, truth, reasons):
    """Check of an answer to some statements, each "true" or "false".

    Parameters
    ----------
    name : str
    truth : tuple of str
        The right words, in order.
    reasons : tuple of (str, str)
        For each statement what to say, and a hint, if it alone is answered wrongly.

    Returns
    -------
    Check

    Examples
    --------
    >>> check = true_or_false("facts", ("true",), (("no, one is odd", "Divide it by 2."),))
    >>> check.find(("false",)).mistake.name
    'Statement 1: no, one is odd'
    """
    other = {"true": "false", "false": "true"}
    mistakes = tuple(
        Mistake(
            f"Statement {place + 1}: {reason}",
            hint,
            (*truth[:place], other[truth[place]], *truth[place + 1 :]),
        )
        for place, (reason, hint) in enumerate(reasons)
    )
    count = len(truth)
    return Check(name, truth, (), mistakes, f'{count} words, each "true" or "false"')


@dataclass(frozen=True)
class Condition:
    """Something that an open answer must do.

    Attributes
    ----------
    says : str
        The condition, as a sentence.
    holds : callable
        Takes the answer; True if the condition holds.
    otherwise : str or callable
        What to tell the student if it does not; a function gets the answer, so
        that it can say where.
    """

    says: str
    holds: object
    otherwise: object


@dataclass(frozen=True, eq=False)
class Design:
    """Check an open answer by what it does: many answers are right.

    Attributes
    ----------
    name : str
    conditions : tuple of Condition
        In the order in which they are tried; the first that fails is told.
    examples : tuple of (str, object, str)
        Answers for the tests: what it is, the answer, and `says` of the condition
        that stops it; "" for one that is right.
    function : bool
        Whether the answer is a function.

    Examples
    --------
    >>> even = Condition("it is even", lambda n: n % 2 == 0, "It is odd.")
    >>> check = Design("number", (even,), (("seven", 7, "it is even"), ("two", 2, "")))
    >>> check(2)
    number meets all 1 conditions.
    """

    name: str
    conditions: tuple
    examples: tuple = field(default=(), repr=False)
    function: bool = False

    def __call__(self, answer):
        """Check an answer; see :meth:`Check.__call__`."""
        failed = self.find(answer)
        if failed is None:
            print(f"{self.name} meets all {len(self.conditions)} conditions.")
        else:
            _report(failed)

    def find(self, answer):
        """What is wrong with an answer, as a Finding; None if nothing is."""
        _insist_on_answer(self.name, answer, function=self.function)
        if self.function:
            answer = _never_blank(self.name, answer)
        for number, condition in enumerate(self.conditions, 1):
            place = f"Condition {number} of {len(self.conditions)}, “{condition.says}”"
            try:
                held = condition.holds(answer)
            except NotImplementedError:
                raise Unfinished(f"Write {self.name} in the cell above.") from None
            except WrongAnswer:
                raise
            except KeyboardInterrupt:
                raise WrongAnswer(_endless(self.name)) from None
            except Exception as error:
                return Finding(f"{place}: {self.name} raised {type(error).__name__}: {error}")
            if not held:
                why = condition.otherwise
                why = why(answer) if callable(why) else why
                return Finding(f"{place}, is not met. {why}")
        return None


@dataclass(frozen=True)
class Raised:
    """What came out of a function that raised; two are the same if of one kind."""

    kind: type
    text: str = field(compare=False)


def _outcome(name, function, arguments):
    """The result of a function, or what it raised."""
    try:
        return function(*arguments)
    except KeyboardInterrupt:
        raise WrongAnswer(_endless(name)) from None
    except Exception as error:
        return Raised(type(error), str(error))


def _endless(name):
    return f"{name} had not returned when it was interrupted; is there a loop that never ends?"


def _never_blank(name, function):
    """The function, but an empty result means that it was not written yet."""

    def insistent(*arguments):
        result = function(*arguments)
        if result is None or result is Ellipsis:
            raise Unfinished(
                f"{name} returns nothing: write it in the cell above, and return its result."
            )
        return result

    return insistent


def _report(found):
    """Show a finding, then stop the cell with its sentence."""
    from IPython.display import display

    if found.scene is not None:
        display(found)
    raise WrongAnswer(found.text)


def _insist_on_answer(name, answer, function):
    if answer is None or answer is Ellipsis:
        raise Unfinished(f"Write {name} in the cell above.")
    if function and not callable(answer):
        raise WrongAnswer(f"{name} is {short(answer)}, but it must be a function.")


def same(got, right):
    """Whether two results are equal: the same shape, and numbers that are close.

    Examples
    --------
    >>> same([1, 2], np.array([1.0, 2.0])), same([[1, 2]], [1, 2]), same("a", "b")
    (True, False, False)
    """
    if isinstance(got, Raised) or isinstance(right, Raised):
        return type(got) is type(right) and got == right
    if isinstance(right, tuple) and any(isinstance(part, np.ndarray) for part in right):
        alike = isinstance(got, (tuple, list)) and len(got) == len(right)
        return alike and all(map(same, got, right))
    a, b = _array(got), _array(right)
    # Single precision has seven digits; half of them may go on the way.
    close = 1e-4 if a is not None and a.dtype == np.float32 else CLOSE
    if a is None or b is None:
        return a is b and _form(got) == _form(right) and _tidy(got) == _tidy(right)
    share = 0 if b.dtype.kind in "iub" else close  # a count is right to the last digit
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=share, atol=close, equal_nan=True))


def _tidy(value):
    """Words without case, outer spaces and underscores (W_2 is W2); lists as tuples."""
    if isinstance(value, str):
        return value.strip().lower().replace("_", "")
    if isinstance(value, (list, tuple)):
        return tuple(map(_tidy, value))
    return value


def _form(value):
    """Whether each part of a value is a word or a number, to tell form from content."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_form, value))
    if isinstance(value, str):
        return "word"
    array = _array(value)
    return type(value) if array is None else ("number", array.shape)


def _array(value):
    """Numbers as an array, or None for anything else."""
    value = value.detach() if hasattr(value, "detach") else value  # a tensor with gradients
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError):  # ragged lists, a tensor with gradients
        return None
    return array if array.dtype.kind in "biuf" else None


def _unchanged(given, argument):
    """Whether an array came back as it was; a model may be put into another mode."""
    return not isinstance(argument, np.ndarray) or same(given, argument)


def _finding(call, right, got, mistake):
    if isinstance(got, Raised):
        text = f"{call} raised {got.kind.__name__}: {got.text}"
        if "NoneType" in got.text or "ellipsis" in got.text:
            text += "; is a function of an earlier exercise not written yet?"
        return Finding(_with_mistake(text, mistake), None, mistake)
    if isinstance(right, tuple) and isinstance(got, (tuple, list)) and len(got) == len(right):
        parts = zip(("first", "second", "third", "fourth"), got, right, strict=False)
        name, got, right = next((n, g, r) for n, g, r in parts if not same(g, r))
        call = f"The {name} of what {call} returned:"
    a, b = _array(got), _array(right)
    if got is None:
        text = f"{call} returned None; a `return` may be missing on one path."
    elif a is None or b is None:
        text = f"{call} returned {_words(got)}; expected {_words(right)}."
    elif a.shape != b.shape:
        text = f"{call} returned shape {a.shape}; expected shape {b.shape}."
    elif a.ndim == 0:
        text = f"{call} returned {_words(got)}; expected {_words(right)}."
    else:
        differ = ~np.isclose(a, b, rtol=CLOSE, atol=CLOSE, equal_nan=True)
        text = f"{call} differs from what is expected in {int(differ.sum())} of {a.size} numbers."
    drawn = None if a is None or b is None else _compare(call, b, a, mistake)
    return Finding(_with_mistake(text, mistake), drawn, mistake)


def _with_mistake(text, mistake):
    return text if mistake is None else f"{mistake.name} {mistake.hint} ({text})"


def _compare(call, right, got, mistake):
    """Expected and got, side by side, with the differing cells marked."""
    place = ()
    if right.shape == got.shape and right.ndim > 2:  # the first sheet that differs
        differ = ~np.isclose(right, got, rtol=CLOSE, atol=CLOSE, equal_nan=True)
        place = tuple(int(n) for n in np.argwhere(differ)[0][:-2])
    grids = [_sheet(array[place]) for array in (right, got)]
    if any(grid is None for grid in grids):
        return None
    marks = []
    if right.shape == got.shape:
        differ = ~np.isclose(grids[0], grids[1], rtol=CLOSE, atol=CLOSE, equal_nan=True)
        marks = [Mark("got", int(i), int(j)) for i, j in np.argwhere(differ)]
    size = {"width": 300, "height": 40 * min(max(g.shape[0] for g in grids), 6)}
    first = f" (sheet {', '.join(map(str, place))})" if place else ""
    if not place and max(right.ndim, got.ndim) > 2:
        first = " (first sheet)"
    return Scene(
        mistake.name if mistake else "Expected and got",
        Row(
            Grid(name="expected", values=grids[0], title=f"expected{first}", role="output",
                 caption=f"shape {right.shape}", **size),
            Grid(name="got", values=grids[1], title=f"got{first}", role="window",
                 caption=f"shape {got.shape}", **size),
        ),
        marks=tuple(marks),
    )  # fmt: skip


def _sheet(array):
    """A result as rows and columns, or None where it cannot be drawn as numbers."""
    if array.ndim == 0 or array.size == 0 or not np.isfinite(array).all():
        return None
    while array.ndim > 2:
        array = array[0]
    sheet = np.atleast_2d(array).astype(float)
    return sheet if max(sheet.shape) <= MOST_CELLS else None


def _call(arguments):
    return ", ".join(_short(argument) for argument in arguments)


def _short(argument):
    if isinstance(argument, np.ndarray) and argument.size <= 9:
        return str(argument.tolist())
    if hasattr(argument, "shape"):
        kind = "array" if isinstance(argument, np.ndarray) else "tensor"
        return f"{kind} of shape {tuple(argument.shape)}"
    words = getattr(argument, "__name__", None) or repr(argument)
    return type(argument).__name__ if "\n" in words else words


def _words(value):
    text = repr(value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value)
    return text if len(text) <= 80 else text[:77] + "..."
