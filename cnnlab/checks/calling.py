"""Calling a student's function: its arguments are its own, and what goes wrong is told."""

import builtins
import contextlib
import copy
import dis
import inspect
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cnnlab.arguments import short
from cnnlab.checks.answers import Raised
from cnnlab.checks.verdict import Unfinished, WrongAnswer

__all__ = [
    "borrowed", "codes_of", "copies", "endless", "insist_on_answer", "names_called", "never_blank",
    "not_own", "outcome", "reaches", "unchanged", "wrong_signature",
]  # fmt: skip

LIBRARIES = ("cnnlab", "torch", "numpy", "scipy", "skimage", "cv2", "PIL")


def outcome(name, function, arguments, seed=0):
    """The result of a function on copies of the arguments, or what it raised.

    Where torch is in use its random numbers come from the seed, so that two answers with
    the same mistake, such as Dropout left on, give the same. The student's own stay.
    """
    try:
        with _random_numbers(seed):
            result = function(*arguments)
            return list(result) if isinstance(result, Iterator) else result
    except KeyboardInterrupt:
        raise WrongAnswer(endless(name)) from None
    except (Exception, SystemExit) as error:
        return Raised(type(error), str(error), error)


@contextlib.contextmanager
def _random_numbers(seed):
    """Torch's random numbers from a seed, and afterwards as they were."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def endless(name):
    """What is said of a function that was interrupted."""
    return f"{name} had not returned when it was interrupted; is there a loop that never ends?"


def insist_on_answer(name, answer, function):
    """Refuse what is no answer yet, and what is no function where one is asked."""
    if answer is None or answer is Ellipsis:
        raise Unfinished(f"Write {name} in the cell above.")
    if function and not callable(answer):
        raise WrongAnswer(
            f"{name} is {short(answer)}, but it must be a function: give the function itself, "
            "without calling it."
        )


def never_blank(name, function):
    """The function, but an empty result means that it was not written yet."""

    def insistent(*arguments):
        result = function(*arguments)
        if result is None or result is Ellipsis:
            raise Unfinished(
                f"{name} returns nothing: write it in the cell above, and return its result."
            )
        return result

    return insistent


def unchanged(given, argument):
    """Whether an argument came back as it was; a model may be put into another mode."""
    if isinstance(argument, np.ndarray):
        return type(given) is type(argument) and np.array_equal(given, argument, equal_nan=True)
    if isinstance(argument, (list, tuple)):
        return len(given) == len(argument) and all(map(unchanged, given, argument))
    if isinstance(argument, dict):
        return given.keys() == argument.keys() and all(
            unchanged(given[key], argument[key]) for key in argument
        )
    if hasattr(argument, "detach"):  # a tensor
        return given.shape == argument.shape and bool((given == argument).all())
    if hasattr(argument, "parameters"):  # a model, which must be able to learn afterwards
        return [p.requires_grad for p in given.parameters()] == [
            p.requires_grad for p in argument.parameters()
        ]
    return not isinstance(argument, (int, float, str)) or given == argument


def copies(arguments):
    """Arguments of its own for each call."""
    return copy.deepcopy(arguments)


def wrong_signature(name, answer, arguments, names):
    """What is wrong with the arguments that a function takes, in words; or nothing."""
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # built-in functions have none
        return ""
    try:
        signature.bind(*arguments)
    except TypeError:
        wanted = ", ".join(names) if names else f"{len(arguments)} arguments"
        return f"{name} must take ({wanted}), but yours takes {signature}."
    return ""


# ------------------------------------------------------------ whose work it is


def not_own(answer):
    """The library that a function comes from, or nothing if a student wrote it."""
    library = (getattr(answer, "__module__", None) or "").split(".")[0]
    if library not in LIBRARIES:
        return ""
    code = getattr(answer, "__code__", None)  # built-in functions have none
    home = Path(getattr(sys.modules.get(library), "__file__", None) or "").parent
    return library if code is None or home in Path(code.co_filename).parents else ""


def names_called(function):
    """Names of its notebook that a function uses, itself or in functions that it calls.

    Examples
    --------
    >>> names_called(lambda x: np.roll(x, 1))
    {'np'}
    """
    found = set()
    for part in _own_functions(function):
        for code in codes_of(part.__code__):
            found |= {step.argval for step in dis.get_instructions(code)
                      if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}  # fmt: skip
    return found


def borrowed(function):
    """Names of the functions of libraries that a function calls, itself or in its helpers.

    A method of a student's own class is none of these, whatever its name.

    Examples
    --------
    >>> borrowed(lambda x: np.roll(x, 1))
    {'roll'}
    """
    return {getattr(one, "__name__", "") for one in _touched(function)
            if callable(one) and not_own(one)}  # fmt: skip


def reaches(function, thing):
    """Whether a function names an object, itself or in its helpers.

    Examples
    --------
    >>> reaches(lambda x: np.roll(x, 1), np.roll), reaches(lambda x: x, np.roll)
    (True, False)
    """
    return any(one is thing for one in _touched(function))


def _touched(function):
    """The objects that a function's code names, as far as they can be known without running it."""
    for part in _own_functions(function):
        space = {**vars(builtins), **part.__globals__}
        for code in codes_of(part.__code__):
            here = module = None
            local = {}
            for step in dis.get_instructions(code):
                name = step.argval
                if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                    here = space.get(name)
                elif step.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
                    here = local.get(name)
                elif step.opname == "IMPORT_NAME":
                    here = module = sys.modules.get(name)
                elif step.opname == "IMPORT_FROM":
                    # "import a.b as c" asks the module a.b for its own parts
                    own = name in getattr(module, "__name__", "").split(".")
                    here = getattr(module, name, module if own else None)
                elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                    here = getattr(here, name, None)
                elif step.opname == "STORE_FAST":
                    local[name] = here
                yield here


def _own_functions(function, seen=None):
    """A function and those of its notebook that it calls."""
    seen = [] if seen is None else seen
    if isinstance(function, types.FunctionType) and function not in seen:
        seen.append(function)
        for name in {name for code in codes_of(function.__code__) for name in code.co_names}:
            other = function.__globals__.get(name)
            if getattr(other, "__globals__", None) is function.__globals__:
                _own_functions(other, seen)
    return seen


def codes_of(code):
    """A code object and those of the functions inside it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from codes_of(part)
