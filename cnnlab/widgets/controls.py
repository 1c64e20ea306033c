"""What an explorer declares about its controls; the widgets themselves are ipywidgets."""

from dataclasses import dataclass

import ipywidgets

__all__ = ["Choice", "Held", "Slider", "Switch"]

STYLE = {"description_width": "initial"}


@dataclass(frozen=True)
class Slider:
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
    """

    low: float
    high: float
    value: float
    label: str = ""
    step: float = 1
    play: bool = False
    width: int = 310

    def make(self, name):
        """The ipywidget of this control."""
        whole = all(isinstance(n, int) for n in (self.low, self.high, self.value, self.step))
        kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        return kind(
            value=self.value, min=self.low, max=self.high, step=self.step,
            description=self.label or name, continuous_update=True, style=STYLE,
            layout={"width": f"{self.width}px"},
        )  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One of a few named things.

    Attributes
    ----------
    options : tuple of str
    value : str
        The first option if left out.
    label : str
    buttons : bool
        Side by side as buttons, for two to four short options; else a drop-down.
    """

    options: tuple
    value: str | None = None
    label: str = ""
    buttons: bool = False

    def make(self, name):
        """The ipywidget of this control."""
        kind = ipywidgets.ToggleButtons if self.buttons else ipywidgets.Dropdown
        style = STYLE | ({"button_width": "auto"} if self.buttons else {})
        return kind(
            options=self.options, value=self.value or self.options[0],
            description=self.label or name, style=style,
            layout={"width": "auto" if self.buttons else "310px"},
        )  # fmt: skip


@dataclass(frozen=True)
class Switch:
    """Something that is on or off."""

    value: bool = False
    label: str = ""

    def make(self, name):
        """The ipywidget of this control."""
        return ipywidgets.Checkbox(
            value=self.value, description=self.label or name, indent=False, style=STYLE,
            layout={"width": "auto"},
        )  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A setting without a control: an image, a kernel, the student's function."""

    value: object = None
