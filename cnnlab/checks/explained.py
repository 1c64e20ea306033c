"""Which mistake explains all results of a wrong answer: a known one, a general one, or two."""

import time
import warnings
from itertools import combinations

from cnnlab.checks.answers import Raised, same
from cnnlab.checks.calling import copies, outcome
from cnnlab.checks.general import changed, changes_of
from cnnlab.checks.verdict import Mistake

__all__ = ["explanation"]

PATIENCE = 0.7  # seconds for the search among pairs


def explanation(check, results, expected, wrong):
    """The mistake that gives a student's results on every case, or None.

    The exercise's own mistakes come first, then general changes of the reference, then
    two at once: an own one with a change, or two changes of different things.

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
        return _explained(check, results, expected, wrong)


def _explained(check, results, expected, wrong):
    order = [*wrong, *(n for n in range(len(results)) if n not in wrong)]

    def fits(answer):
        """Most answers fail on the first case, so that trying thousands takes no time."""
        return all(
            same(results[n], outcome(check.name, answer, copies(check.tried[n]))) for n in order
        )

    for mistake in check.mistakes:
        if fits(mistake.answer):
            return mistake
    if check.draw is None or not check.arguments or any(isinstance(r, Raised) for r in results):
        return None  # too few cases to be sure, or nothing to compare
    if all(same(result, results[0]) for result in results):
        return None  # one value for everything: much would explain it
    changes = changes_of(check.arguments, check.tried, expected)
    for change in changes:
        if fits(changed(check.reference, change)):
            return Mistake(change.says, change.hint, changed(check.reference, change))
    return _two(check, changes, fits)


def _two(check, changes, fits):
    """Two mistakes at once, if they explain everything together."""
    until = time.monotonic() + PATIENCE
    for mistake in check.mistakes:
        for change in changes:
            if fits(changed(mistake.answer, change)):
                return _both(mistake.name, mistake.hint, change, mistake.answer)
        if time.monotonic() > until:
            return None
    for number, (one, other) in enumerate(combinations(changes, 2)):
        if one.about == other.about:
            continue
        if fits(changed(check.reference, one, other)):
            both = changed(check.reference, one)
            return _both(one.says, one.hint, other, both)
        if number % 100 == 0 and time.monotonic() > until:
            return None
    return None


def _both(name, hint, change, answer):
    return Mistake(
        f"Two things at once. First: {name} Second: {change.says}", f"{hint} {change.hint}",
        changed(answer, change),
    )  # fmt: skip
