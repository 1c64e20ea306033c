"""The check of an open answer: many are right, and each must do what is asked."""

from dataclasses import dataclass, field

from cnnlab.checks import told
from cnnlab.checks.answers import Raised, plain
from cnnlab.checks.calling import endless, insist_on_answer, never_blank
from cnnlab.checks.verdict import Finding, Unfinished, WrongAnswer, verdict_of

__all__ = ["Condition", "Design"]


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
    prepare : callable, optional
        Makes of the answer, once, what the conditions look at; by default itself.

    Examples
    --------
    >>> even = Condition("it is even", lambda n: n % 2 == 0, "It is odd.")
    >>> check = Design("number", (even,), (("seven", 7, "it is even"), ("two", 2, "")))
    >>> check(2)
    number meets its condition.
    """

    name: str
    conditions: tuple
    examples: tuple = field(default=(), repr=False)
    function: bool = False
    prepare: object = None

    def __call__(self, answer):
        """Check an answer; see :meth:`cnnlab.checks.check.Check.__call__`."""
        self.judge(answer).tell()

    def judge(self, answer):
        """The verdict on an answer, as a Verdict: also how many conditions are met."""
        count = len(self.conditions)
        praise = f"{self.name} meets " + (f"all {count} conditions." if count > 1
                                          else "its condition.")  # fmt: skip
        return verdict_of(self, count, praise, answer)

    def find(self, answer):
        """What is wrong with an answer, as a Finding; None if nothing is."""
        insist_on_answer(self.name, answer, function=self.function)
        told_of, asked = self.name if callable(answer) else "", answer
        answer = never_blank(self.name, answer) if self.function else plain(answer)
        if self.prepare:
            answer, error = self._asked(self.prepare, answer)
            if error is not None:
                return Finding(_raised(self.name, error, asked))
        for number, condition in enumerate(self.conditions, 1):
            place = f"Condition {number} of {len(self.conditions)}, “{condition.says}”"
            held, error = self._asked(condition.holds, answer)
            if error is not None:
                return Finding(f"{place}: {_raised(told_of, error, asked)}", met=number - 1)
            if not held:
                why = condition.otherwise
                why = why(answer) if callable(why) else why
                return Finding(f"{place}, is not met. {why}", met=number - 1)
        return None

    def _asked(self, question, answer):
        """What a function says of an answer, and what it raised if the answer broke it."""
        try:
            return question(answer), None
        except NotImplementedError:
            raise Unfinished(f"Write {self.name} in the cell above.") from None
        except WrongAnswer:
            raise
        except KeyboardInterrupt:
            raise WrongAnswer(endless(self.name)) from None
        except (Exception, SystemExit) as error:
            return None, error


def _raised(name, error, answer):
    """What an answer raised, in words; or, of one that is no function, why it cannot be read."""
    if not name:
        return f"this cannot be read, {type(error).__name__}: {error}"
    return told.raised(name, Raised(type(error), str(error), error), answer)
