"""What an explorer declares about its settings; the widgets themselves are ipywidgets.

A declaration is a class attribute of the explorer. Read on an explorer it is the
setting's present value; assigned, it is checked and the picture follows.
"""

from dataclasses import KW_ONLY, dataclass
from decimal import ROUND_HALF_UP, Decimal

import ipywidgets
import numpy as np

from cnnlab.arguments import flag, number, one_of, several, short, text
from cnnlab.ops import as_numbers
from cnnlab.widgets.student import StudentFunction

__all__ = ["OWN", "Choice", "Held", "Slider", "Switch", "functions", "numbers"]

OWN = "your own"
STYLE = {"description_width": "initial"}


class Setting:
    """What controls and held things have in common: they are attributes of an explorer."""

    def __set_name__(self, owner, name):
        if getattr(self, "name", name) != name:
            raise TypeError(
                f"{name} of {owner.__name__} is the declaration that is called {self.name!r} "
                "elsewhere: each setting needs one of its own."
            )
        object.__setattr__(self, "name", name)

    def __get__(self, explorer, owner=None):
        return self if explorer is None else explorer.value_of(self.name)

    def __set__(self, explorer, value):
        explorer.set(**{self.name: value})


@dataclass(frozen=True, eq=False)
class Slider(Setting):
    """A number that is dragged or stepped with the arrow keys.

    Attributes
    ----------
    low, high, value : int or float
        Floats if any of them or `step` is a float.
    label : str
    step : int or float
    play : bool
        A play button beside it, which steps in the browser.
    width : int
        Pixels, with label and number.

    Examples
    --------
    >>> Slider(1, 9, 12)
    Traceback (most recent call last):
    ValueError: value of a slider is 12, but it must lie in its range, 1 to 9.
    """

    low: float
    high: float
    value: float
    label: str = ""
    step: float = 1
    play: bool = False
    width: int = 310

    def __post_init__(self):
        for name in ("low", "high", "value"):
            read = number(f"{name} of a slider", getattr(self, name))
            object.__setattr__(self, name, read)
        step = number("step of a slider", self.step, above=0)
        # Settings are told apart by six decimals.
        object.__setattr__(self, "step", number("step of a slider", step, minimum=1e-4))
        text("label of a slider", self.label)
        flag("play of a slider", self.play)
        number("width of a slider", self.width, above=0)
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"value of a slider is {self.value}, but it must lie in its range, "
                f"{self.low} to {self.high}."
            )
        if not self._on_a_step(self.value, self.low, self.high):
            raise ValueError(
                f"value of a slider is {self.value}, but its steps are {short(self.values())}."
            )

    @property
    def whole(self):
        """Whether it gives whole numbers."""
        return all(isinstance(n, int) for n in (self.low, self.high, self.value, self.step))

    def _on_a_step(self, value, low, high):
        """Whether a slider of whole numbers stops there; another one takes what code gives it."""
        return not self.whole or value == high or (value - low) % self.step == 0

    def make(self):
        """The ipywidget of this control."""
        kind = ipywidgets.IntSlider if self.whole else ipywidgets.FloatSlider
        return kind(
            value=self.value, min=self.low, max=self.high, step=self.step,
            description=self.label or self.name, continuous_update=True, style=STYLE,
            layout={"width": f"{self.width}px"},
        )  # fmt: skip

    def read(self, value, ends=None):
        """The value, if it lies between the present ends of the range."""
        low, high = ends or (self.low, self.high)
        kinds = (int, np.integer) if self.whole else (int, float, np.integer, np.floating)
        legal = isinstance(value, kinds) and not isinstance(value, (bool, np.bool_))
        if not legal or not low <= value <= high:
            raise ValueError(
                f"{self.name} is {short(value)}, but it must be a "
                f"{'whole ' if self.whole else ''}number from {low} to {high}."
            )
        if not self._on_a_step(value, low, high):
            raise ValueError(
                f"{self.name} is {value}, but it goes in steps of {self.step} from {low} to {high}."
            )
        return int(value) if self.whole else float(value)

    def values(self, ends=None):
        """All values from one end to the other."""
        low, high = ends or (self.low, self.high)
        steps = int((high - low) / self.step + 1e-6)
        found = [low + place * self.step for place in range(steps + 1)]
        if not self.whole:
            found = [round(value, 6) for value in found]
        return found if found[-1] == high else [*found, high]

    def key(self, value):
        """The value as the browser writes it: whole, or with six decimals."""
        exact = Decimal(float(value)).quantize(Decimal("1e-6"), rounding=ROUND_HALF_UP)
        return int(exact) if exact == int(exact) else f"{exact:f}"


@dataclass(frozen=True, eq=False)
class Choice(Setting):
    """One of a few named things.

    Attributes
    ----------
    options : tuple of str
    value : str
        The first option if left out.
    label : str
    buttons : bool
        Side by side as buttons, for two to four short options; else a drop-down.

    Examples
    --------
    >>> Choice(("max", "mean"), value="sum")
    Traceback (most recent call last):
    ValueError: value of a choice is 'sum', but it must be one of max, mean.
    """

    options: tuple
    value: str | None = None
    label: str = ""
    buttons: bool = False

    def __post_init__(self):
        options = several("options of a choice", self.options, str)
        text("label of a choice", self.label)
        flag("buttons of a choice", self.buttons)
        if not options or len(set(options)) < len(options):
            raise ValueError(f"options of a choice are {short(options)}: they must differ.")
        object.__setattr__(self, "options", options)
        value = options[0] if self.value is None else self.value
        object.__setattr__(self, "value", one_of("value of a choice", value, options))

    def make(self):
        """The ipywidget of this control."""
        kind = ipywidgets.ToggleButtons if self.buttons else ipywidgets.Dropdown
        style = STYLE | ({"button_width": "auto"} if self.buttons else {})
        return kind(
            options=self.options, value=self.value,
            description=self.label or self.name, style=style,
            layout={"width": "auto" if self.buttons else "310px"},
        )  # fmt: skip

    def read(self, value, ends=None):
        """The value, if it is one of the options."""
        return one_of(self.name, value, self.options)

    def values(self, ends=None):
        """All options."""
        return list(self.options)

    def key(self, value):
        """The value's place: only that is known in the browser."""
        return self.options.index(value)


@dataclass(frozen=True, eq=False)
class Switch(Setting):
    """Something that is on or off."""

    value: bool = False
    label: str = ""

    def __post_init__(self):
        flag("value of a switch", self.value)
        text("label of a switch", self.label)

    def make(self):
        """The ipywidget of this control."""
        return ipywidgets.Checkbox(
            value=self.value, description=self.label or self.name, indent=False, style=STYLE,
            layout={"width": "auto"},
        )  # fmt: skip

    def read(self, value, ends=None):
        """The value, if it is a truth value."""
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"{self.name} is {short(value)}, but it must be True or False.")
        return bool(value)

    def values(self, ends=None):
        """Off and on."""
        return [False, True]

    def key(self, value):
        """The value itself."""
        return value


@dataclass(frozen=True, eq=False)
class Held(Setting):
    """A setting without a control: an image, a kernel, the student's function.

    Attributes
    ----------
    value : object
        Until something else is given.
    read : callable, optional
        ``read(name, value)`` returns what is kept, or raises a ValueError that says
        why not. ``numbers`` and ``functions`` make the usual ones; it must copy what
        the student may go on to change. None is kept as it is, unless the setting
        starts with something else.
    choice : str, optional
        A choice of the explorer that has the option `own`. Giving this setting chooses
        that option.
    ready : callable, optional
        ``ready(option)`` gives what the other options of that choice stand for: then
        `scene` gets, under this name, whatever is chosen.
    own : str
        The option of that choice that stands for this setting.
    ask : str
        How to give one, for the sentence when `own` is chosen and there is none.

    Examples
    --------
    >>> Held(read="no function")
    Traceback (most recent call last):
    ValueError: read is 'no function', but it must be a function read(name, value).
    """

    value: object = None
    _: KW_ONLY
    read: object = None
    choice: str = ""
    ready: object = None
    own: str = OWN
    ask: str = ""

    def __post_init__(self):
        for name, form in (("read", "read(name, value)"), ("ready", "ready(option)")):
            what = getattr(self, name)
            if what is not None and not callable(what):
                raise ValueError(f"{name} is {short(what)}, but it must be a function {form}.")
        for name in ("choice", "own", "ask"):
            text(name, getattr(self, name))
        if self.ready is not None and not self.choice:
            raise ValueError("ready is given, but no choice whose options it could stand for.")
        if self.ready is not None and self.value is None and not self.ask:
            raise ValueError(f"ask is '', but {self.own!r} needs a sentence on how to give one.")

    def keep(self, value):
        """What is kept of a given value."""
        if self.read is None or (value is None and self.value is None):
            return value
        return self.read(self.name, value)

    def chosen(self, option, kept):
        """What `scene` gets: what the option stands for, or what is kept."""
        if self.ready is None:
            return kept
        if option != self.own:
            return self.ready(option)
        if kept is None:
            raise ValueError(f"{self.name} is None; {self.ask}.")
        return kept


def numbers(ndim, most=None, shape=None):
    """A reader of small arrays, for :class:`Held`.

    Parameters
    ----------
    ndim : int or tuple of int
    most : int, optional
        The longest axis that can be shown.
    shape : tuple of int, optional
        The only legal shape.

    Returns
    -------
    callable
        ``read(name, value)``, which returns a copy; whole numbers have 64 bits.

    Examples
    --------
    >>> numbers(2, most=3)("image", np.ones((2, 5)))
    Traceback (most recent call last):
    ValueError: image has shape (2, 5), but at most 3 x 3 numbers can be read here.
    """

    def read(name, value):
        array = np.array(as_numbers(name, value, ndim, shape))
        if array.dtype.kind in "bui":  # of few bits, as pictures have them: −image would wrap
            array = array.astype(np.int64)
        if most is not None and max(array.shape) > most:
            lines = " x ".join([str(most)] * array.ndim)
            raise ValueError(
                f"{name} has shape {array.shape}, but at most {lines} numbers can be read here."
            )
        return array

    return read


def functions(form):
    """A reader of a student's function, for :class:`Held`.

    Parameters
    ----------
    form : str
        How it is called: "correlate(image, kernel)".

    Returns
    -------
    callable
        ``read(name, value)``.

    Examples
    --------
    >>> functions("correlate(image, kernel)")("correlate", 3)
    Traceback (most recent call last):
    ValueError: correlate is 3, but it must be a function correlate(image, kernel): give its \
name without brackets.
    """

    def read(name, value):
        if not callable(value):
            raise ValueError(
                f"{name} is {short(value)}, but it must be a function {form}: give its name "
                "without brackets."
            )
        return StudentFunction(value, name)

    return read
