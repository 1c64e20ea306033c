"""What a check is: a reference, cases, and the mistakes that students make.

A check compares the answer with the reference on every case. When they differ it
shows the smallest case where they do, and if a mistake gives exactly the student's
results on all cases, it says which mistake it is.
"""

from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter, signature

from cnnlab.arguments import several, short, text
from cnnlab.checks import told
from cnnlab.checks.answers import Raised, form_of, is_word, parts_of, same, spoken, unknown_word
from cnnlab.checks.calling import (
    borrowed,
    copies,
    insist_on_answer,
    names_called,
    not_own,
    outcome,
    reaches,
    unchanged,
    wrong_signature,
)
from cnnlab.checks.cases import drawn, size_of
from cnnlab.checks.explained import explanation, value_explanation
from cnnlab.checks.verdict import Finding, Mistake, Unfinished, verdict_of

__all__ = ["Check", "true_or_false"]


REORDERED = Mistake("The parts are right, but not in this order.", "What is asked first?", None)
RESTLESS = Mistake(
    "It gives another result each time.",
    "Something in it is random: a model that is still in training mode, or numbers that you draw.",
    None,
)


@dataclass(frozen=True, eq=False)
class Check:
    """Compare an answer with a reference.

    Attributes
    ----------
    name : str
        The name that the student gives to the answer.
    reference : object
        The right function, with its arguments named as in the exercise, or the right value.
    cases : tuple of tuple
        Arguments of cases that must be among all, for a function. Empty for a value.
    mistakes : tuple of Mistake
        The specific ones first.
    form : str
        How a value must look, in words: "a list of three numbers".
    draw : callable, optional
        Takes a :class:`~cnnlab.checks.cases.Draw` and gives the arguments of one more case.
    needs : tuple of Check
        Checks of earlier exercises, whose functions this one may call.
    without : tuple of str
        Names of functions that do what the exercise asks to write.
    words : tuple of str
        For an answer in words: all that may be written.
    also : dict of str to str
        Other words for those of the answer: "colon" for ":".
    derived : callable, optional
        Computes a right value, without arguments. What its code gives with one thing
        changed is a mistake with a name.

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
    draw: object = None
    needs: tuple = ()
    without: tuple = ()
    words: tuple = ()
    also: dict = field(default_factory=dict)
    derived: object = None

    def __post_init__(self):
        text("name of a check", self.name, empty=False)
        several(f"mistakes of the check {self.name!r}", self.mistakes, Mistake)
        several(f"cases of the check {self.name!r}", self.cases, tuple)
        if self.asks_function and not callable(self.reference):
            raise ValueError(
                f"reference of the check {self.name!r} is {short(self.reference)}, but a check "
                "with cases compares functions."
            )

    @property
    def asks_function(self):
        """Whether the answer is a function."""
        return bool(self.cases) or self.draw is not None

    @cached_property
    def tried(self):
        """All cases, from small to large."""
        found = [*self.cases, *(drawn(self.draw, seed=len(self.name)) if self.draw else ())]
        return tuple(sorted(found, key=size_of))

    @cached_property
    def arguments(self):
        """Names of the arguments, as the reference has them; empty if it has none."""
        found = signature(self.reference).parameters.values()
        plain = all(part.kind is Parameter.POSITIONAL_OR_KEYWORD for part in found)
        given = len(self.tried[0]) if self.tried else 0  # others keep their defaults
        return tuple(part.name for part in found)[:given] if plain else ()

    def __call__(self, answer):
        """Check an answer; returns quietly if it is right, else shows what is not.

        Raises
        ------
        Unfinished
            If there is no answer yet.
        WrongAnswer
            If it is not right; it names the mistake if it is a known one.
        """
        self.judge(answer).tell()

    def judge(self, answer):
        """The verdict on an answer: right, wrong or not started, as a Verdict."""
        cases = f", on {len(self.tried)} cases" if self.asks_function else ""
        return verdict_of(self, 1, f"{self.name} is right{cases}.", answer)

    def find(self, answer):
        """What is wrong with an answer, as a Finding; None if nothing is.

        Raises
        ------
        Unfinished
            If there is no answer yet.
        """
        insist_on_answer(self.name, answer, function=self.asks_function)
        if not self.asks_function:
            return self._find_in_value(answer)
        if lent := self._borrowed(answer):
            return Finding(lent)
        if mismatch := wrong_signature(self.name, answer, self.tried[0], self.arguments):
            return Finding(mismatch)
        results = []
        for arguments in self.tried:
            given = copies(arguments)
            results.append(outcome(self.name, answer, given))
            if not all(map(unchanged, given, arguments)):
                return Finding(
                    f"{told.call_of(self.name, arguments)} changes what it is given. Work on a "
                    "copy: whoever calls it may still need the original."
                )
        if any(isinstance(r, Raised) and r.kind is NotImplementedError for r in results):
            raise Unfinished(f"Write {self.name} in the cell above.")
        if all(result is None or result is Ellipsis for result in results):
            raise Unfinished(
                f"{self.name} returns nothing: write it in the cell above, and return its result."
            )
        expected = [self.reference(*copies(arguments)) for arguments in self.tried]
        return self._compared(answer, results, expected)

    def _compared(self, answer, results, expected):
        pairs = zip(results, expected, strict=True)
        wrong = [place for place, pair in enumerate(pairs) if not same(*pair)]
        if not wrong:
            return None
        first = wrong[0]
        arguments, right, got = self.tried[first], expected[first], results[first]
        mistake = explanation(self, results, expected, wrong)
        sentence = told.sentence_of(
            told.call_of(self.name, arguments), right, got,
            answer,
        )  # fmt: skip
        if mistake is None:
            if earlier := self._earlier_at_fault(answer):
                return Finding(f"{earlier} ({sentence})")
            again = (outcome(self.name, answer, copies(self.tried[n]), seed=1) for n in wrong[:5])
            if not all(same(results[n], other) for n, other in zip(wrong, again, strict=False)):
                mistake = RESTLESS
        scene = told.picture_of(
            mistake.name if mistake else "Expected and got", arguments, self.arguments, right, got
        )
        return Finding(_with_mistake(sentence, mistake), scene, mistake)

    def _borrowed(self, answer):
        """Who wrote what the student should have written, in words; or nothing."""
        if library := not_own(answer):
            return f"{self.name} is a function of {library}. Write it yourself, in the cell above."
        if reaches(answer, self.reference):
            return f"You call the check's own function. Write {self.name} yourself."
        used = borrowed(answer).intersection(self.without)
        if used:
            return f"You call {min(used)}, which does it all. Write {self.name} yourself."
        return ""

    def _earlier_at_fault(self, answer):
        """Which earlier exercise's function is not right, in words; or nothing."""
        space = getattr(answer, "__globals__", {})
        for check in self.needs:
            if check.name not in names_called(answer) or check.name not in space:
                continue
            verdict = check.judge(space[check.name])
            if verdict.status != "right":
                return (
                    f"{self.name} calls {check.name}, which is {verdict.status}: mend that one "
                    "first."
                )
        return ""

    # ------------------------------------------------------------------ values

    def _find_in_value(self, answer):
        answer = self._in_usual_words(spoken(answer, self.reference))
        if same(answer, self.reference):
            return None
        mistake = next((m for m in self.mistakes if same(answer, m.answer)), None)
        mistake = mistake or self._reordered(answer) or value_explanation(self, answer)
        if mistake is None and self._has_other_form(answer):
            return Finding(
                f"{self.name} is {short(answer)}, but the form is {self.form}."
                f"{self._odd_part(answer)}"
            )
        if mistake is None and (odd := unknown_word(answer, self.reference, self._known_words())):
            word, near = odd
            if near:
                return Finding(
                    f"{self.name} has the word {word!r}; did you mean {near!r}? The form is "
                    f"{self.form}."
                )
            if self.words:
                return Finding(
                    f"{self.name} has the word {word!r}, which is none of "
                    f"{', '.join(self.words)}. The form is {self.form}."
                )
        sentence = f"{self.name} is {told.words_of(answer, self.reference)}, and that is not right."
        if mistake is None:
            sentence += self._parts_right(answer)
        return Finding(_with_mistake(sentence, mistake), None, mistake)

    def _in_usual_words(self, answer):
        """The answer with the usual word for each other one of the same meaning."""
        parts = [answer] if isinstance(answer, str) else parts_of(answer)
        if not self.also or parts is None:
            return answer
        usual = [
            self.also.get(part.strip().lower(), part) if isinstance(part, str) else part
            for part in parts
        ]
        return usual[0] if isinstance(answer, str) else usual

    def _parts(self, answer):
        """Pairs of a part of the answer and of the right one, if it has as many."""
        parts, rights = parts_of(answer), parts_of(self.reference)
        if parts is None or rights is None or len(parts) != len(rights) or len(rights) < 2:
            return []
        return list(zip(parts, rights, strict=True))

    def _reordered(self, answer):
        """The mistake of an answer whose parts are right, but not their order; or None."""
        pairs = self._parts(answer)
        rights = [right for _, right in pairs]
        if len(set(map(str, rights))) < len(rights):
            return None  # with equal parts much is an order
        for part, _ in pairs:
            found = [right for right in rights if same(part, right)]
            if not found:
                return None
            rights.remove(found[0])
        return REORDERED if pairs else None

    def _parts_right(self, answer):
        """How many parts are right, in words; and of a known mistake in one of them."""
        pairs = self._parts(answer)
        if not pairs:
            return ""
        wrong = [place for place, pair in enumerate(pairs) if not same(*pair)]
        count = len(pairs) - len(wrong)
        said = f" {count} of {len(pairs)} parts {'is' if count == 1 else 'are'} right."
        for mistake in self.mistakes:
            parts = parts_of(mistake.answer)
            if parts is None or len(parts) != len(pairs):
                continue
            its = [n for n, pair in enumerate(pairs) if not same(parts[n], pair[1])]
            if its and set(its) < set(wrong) and all(same(pairs[n][0], parts[n]) for n in its):
                return f"{said} One thing first: {mistake.name} {mistake.hint}"
        return said

    def _has_other_form(self, answer):
        """Whether an answer has other parts than the right one, whatever holds them."""
        if form_of(answer) == form_of(self.reference):
            return False
        pairs = self._parts(answer)
        return not pairs or not all(
            form_of(part) == form_of(right) or (isinstance(right, str) and is_word(part))
            for part, right in pairs
        )

    def _odd_part(self, answer):
        """The first part that has another form, in words; or nothing."""
        for place, (part, right) in enumerate(self._parts(answer), 1):
            if form_of(part) != form_of(right):
                return f" Look at part {place}: {told.words_of(part)}."
        return ""

    def _known_words(self):
        """All words that may be written: those of the right answer and of known mistakes."""
        known = list(self.words)
        for value in (self.reference, *(m.answer for m in self.mistakes)):
            parts = [value] if isinstance(value, str) else parts_of(value) or []
            known += [part for part in parts if isinstance(part, str)]
        return tuple(dict.fromkeys(known))


def _with_mistake(sentence, mistake):
    return sentence if mistake is None else f"{mistake.name} {mistake.hint} ({sentence})"


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
    return Check(
        name, truth, (), mistakes, f'{len(truth)} words, each "true" or "false"',
        words=("true", "false"),
    )  # fmt: skip
