"""Which mistake explains all results of a wrong answer: a known one, a general one, or two."""

import re
import time
import warnings
from itertools import combinations

import numpy as np

from cnnlab.checks.answers import Raised, same
from cnnlab.checks.calling import copies, outcome
from cnnlab.checks.general import changed, changes_of
from cnnlab.checks.mutants import mutants
from cnnlab.checks.verdict import Mistake

__all__ = ["explanation", "value_explanation"]

PATIENCE = 0.6  # seconds for the search among pairs
REFUSALS = (ValueError, IndexError, ZeroDivisionError)
# What may be spoken of where a value is computed: words of the exercises.
SPOKEN = ("size", "kernel", "stride", "padding", "window", "filters", "channels", "classes")
LEAST = 5  # results, right ones among them, that a general mistake must give


def explanation(check, results, expected, wrong):
    """The mistake that gives a student's results on every case, or None.

    The exercise's own mistakes come first, then the reference with one thing changed in its
    code, then general changes of what it gets and gives, then two at once: something of
    these with a change of an argument, or two changes of different things.

    Parameters
    ----------
    check : cnnlab.checks.check.Check
    results, expected : list
        For each of ``check.tried``.
    wrong : list of int
        The cases where they differ.

    Returns
    -------
    Mistake or None
    """
    with warnings.catch_warnings():  # a changed reference may divide by 0: nobody's concern
        warnings.simplefilter("ignore")
        for mistake in check.mistakes:
            if _explains(check, mistake.answer, results, wrong, check.draw is not None):
                return mistake
        told = [results[n] for n in wrong if not isinstance(results[n], Raised)]
        if check.draw is None or not check.arguments:
            return None  # too few cases to be sure
        if len(told) >= LEAST and all(same(result, told[0]) for result in told):
            return None  # one value for everything: much would explain it
        return _found(check, results, expected, wrong)


def value_explanation(check, answer):
    """The mistake in how a value was computed that gives a student's value, or None.

    Parameters
    ----------
    check : cnnlab.checks.check.Check
        With a `derived`, whose code is changed in one thing at a time.
    answer : object

    Returns
    -------
    Mistake or None
    """
    if check.derived is None:
        return None
    for says, hint, changed_way in mutants(check.derived, SPOKEN):
        other = outcome(check.name, changed_way, ())
        if not isinstance(other, Raised) and same(answer, other):
            return Mistake(says, hint, other)
    return None


def _explains(check, answer, results, wrong, raising=False, alike=False):
    """Whether a function gives a student's results on every case.

    Most fail on the first case already, so that trying thousands takes no time. With
    `raising`, cases on which it raises say nothing, as long as it explains most others:
    a changed reference refuses what a student's loops may not. With `alike` it may also
    be wrong in raising only, as code with the same slip is.
    """
    given = explained = refused = 0
    for n in (*wrong, *(n for n in range(len(results)) if n not in wrong)):
        other = outcome(check.name, answer, copies(check.tried[n]))
        if raising and isinstance(other, Raised):
            # In their own words both refuse it; a name that is missing says nothing.
            raised = isinstance(results[n], Raised) and results[n].kind is other.kind
            refused += raised and other.kind in REFUSALS
            continue
        if not same(results[n], other):
            if not raising or not _overflowed(results[n]):
                return False
            refused += 1  # what overflows is a mistake of its own, and says nothing of others
            continue
        given += 1
        explained += n in wrong
    if not raising:
        return True
    enough = given >= min(LEAST, len(results) // 2)
    return enough and (explained > 0 or alike) and explained + refused >= len(wrong) / 2


def _overflowed(result):
    """Whether a result has numbers that are none."""
    try:
        return not np.isfinite(np.asarray(result, dtype=float)).all()
    except (TypeError, ValueError, RuntimeError):  # no numbers, or a tensor that learns
        return False


def _found(check, results, expected, wrong):
    """A mistake that nobody wrote down, or two at once."""

    def fits(answer, alike=False):
        return _explains(check, answer, results, wrong, raising=True, alike=alike)

    slips = list(mutants(check.reference, check.arguments))
    for slip in slips:
        if fits(slip.answer, alike="`" in slip.says):  # it must say what is at fault
            return Mistake(*slip)
    changes = changes_of(check.arguments, check.tried, expected)
    for change in changes:
        if fits(answer := changed(check.reference, change)):
            return Mistake(change.says, change.hint, answer)
    beside = [change for change in changes if not change.alone]
    until = time.monotonic() + PATIENCE
    known = [(m.name, m.hint, m.answer, beside) for m in check.mistakes]
    # What a slip does to an argument, a change of an argument can undo.
    of_results = [change for change in beside if change.about == "the result"]
    for says, hint, answer, further in (*known, *((*slip, of_results) for slip in slips)):
        for change in further:
            if _of_one_thing(says, hint, change):
                continue
            if fits(both := changed(answer, change)):
                return _two(says, hint, change.says, change.hint, both)
        if time.monotonic() > until:
            return None
    for one, other in combinations(beside, 2):
        if _of_one_thing(one.says, one.about, other):
            continue
        if fits(both := changed(check.reference, one, other)):
            return _two(one.says, one.hint, other.says, other.hint, both)
        if time.monotonic() > until:
            return None
    return None


def _of_one_thing(says, further, change):
    """Whether a change is about what was spoken of already: it would say two things of one."""
    about = any(word in f"{says} {further}" for word in re.findall(r"\w+", change.about))
    return about or any(word in says for word in re.findall(r"\w{7,}", change.says))


def _two(says, hint, also, further, answer):
    return Mistake(f"Two things at once. First: {says} {hint} Second: {also}", further, answer)
