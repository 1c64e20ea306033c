"""What a check says of an answer: to a student in words, to a grader as data."""

from dataclasses import dataclass, replace

from cnnlab.arguments import one_of, text
from cnnlab.scene import Scene

__all__ = [
    "MIME",
    "Finding",
    "Mistake",
    "Unfinished",
    "Verdict",
    "WrongAnswer",
    "carried",
    "verdict_of",
]

# The type of the data that a grader reads; front ends that do not know it show the text.
MIME = "application/vnd.cnnlab.verdict+json"
STATUSES = RIGHT, WRONG, NOT_STARTED = "right", "wrong", "not started"


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
        text(f"hint of the mistake {self.name[:60]!r}", self.hint, empty=False)


def carried(mistakes, into):
    """The same mistakes, made inside another exercise.

    Parameters
    ----------
    mistakes : sequence of Mistake
    into : callable
        Takes a wrong answer of the simpler exercise and gives that of the other.

    Returns
    -------
    tuple of Mistake

    Examples
    --------
    >>> late = Mistake("You added 1 twice.", "Count again.", lambda n: n + 2)
    >>> carried((late,), lambda answer: lambda pair: tuple(map(answer, pair)))[0].answer((1, 5))
    (3, 7)
    """
    return tuple(replace(mistake, answer=into(mistake.answer)) for mistake in mistakes)


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
    """What a check found in a wrong answer.

    Attributes
    ----------
    text : str
    scene : Scene or None
        The case that differs.
    mistake : Mistake or None
        Which one it is, if one explains all cases.
    met : int
        How many conditions were met before.
    """

    text: str
    scene: Scene | None = None
    mistake: Mistake | None = None
    met: int = 0


@dataclass(frozen=True)
class Verdict:
    """What a check says of an answer.

    Attributes
    ----------
    name : str
        Of the exercise.
    status : {"right", "wrong", "not started"}
    text : str
        The sentence to the student.
    mistake : str
        The name of the mistake, if it has one.
    met, conditions : int
        How many of how many conditions are met.
    scene : Scene or None

    Examples
    --------
    >>> Verdict("steps", "right", "steps is right.").data()["status"]
    'right'
    """

    name: str
    status: str
    text: str
    mistake: str = ""
    met: int = 0
    conditions: int = 1
    scene: Scene | None = None

    def __post_init__(self):
        one_of("status of a verdict", self.status, STATUSES)

    def __repr__(self):
        return self.text if self.status == RIGHT else ""

    def data(self):
        """What a grader reads, as a dict of words and numbers."""
        fields = "name", "status", "text", "mistake", "met", "conditions"
        return {field: getattr(self, field) for field in fields}

    def _repr_mimebundle_(self, include=None, exclude=None):
        from cnnlab.draw import static

        bundle = {"text/plain": repr(self), MIME: self.data()}
        if self.scene is not None:
            bundle["image/png"] = static.png(self.scene)
        return bundle

    def tell(self):
        """Show it; the cell of an answer that is not right stops with the sentence.

        Raises
        ------
        Unfinished
            If there is no answer yet.
        WrongAnswer
            If it is not right.
        """
        from IPython.display import display

        display(self)
        if self.status != RIGHT:
            raise {WRONG: WrongAnswer, NOT_STARTED: Unfinished}[self.status](self.text)


def verdict_of(check, conditions, praise, answer):
    """The verdict of a check or a design from what its `find` says."""
    try:
        found = check.find(answer)
    except Unfinished as why:
        return Verdict(check.name, NOT_STARTED, str(why), conditions=conditions)
    except WrongAnswer as why:
        return Verdict(check.name, WRONG, str(why), conditions=conditions)
    if found is None:
        return Verdict(check.name, RIGHT, praise, met=conditions, conditions=conditions)
    name = found.mistake.name if found.mistake else ""
    return Verdict(check.name, WRONG, found.text, name, found.met, conditions, found.scene)
