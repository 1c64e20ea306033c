"""What an explorer declares: checked where it is defined, and asked as pure functions."""

import inspect
import re
from functools import cache

from cnnlab.widgets.controls import Choice, Held, Setting, Slider

__all__ = ["Declared"]


class Declared:
    """The half of an explorer that knows its settings and no widgets.

    A class that makes no sense cannot be defined. What follows from settings alone (the
    picture, the ends of sliders, the idle controls) is asked here.
    """

    declared = {}
    edits = {}  # the setting that a gesture on a panel changes, where it has another name
    control_rows = ()  # names, row by row; by default all in one row that wraps

    # ------------------------------------------------------------ declaration

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Setting)}
        # A setting may be declared anew, but no other name may be hidden.
        new = [name for name in own if name not in cls.declared]
        if taken := [name for name in new if any(hasattr(base, name) for base in cls.__bases__)]:
            raise TypeError(
                f"setting names {taken} of {cls.__name__} are used by every explorer or by "
                "ipywidgets; choose others."
            )
        # What is declared anew stands where it is declared now.
        cls.declared = {n: d for n, d in cls.declared.items() if n not in own} | own
        for name in ("scene", "ranges", "unused"):
            cls._check_static(name)
        takes = {*cls.declared, *inspect.signature(cls.__init__).parameters}
        if told := [name for name in cls.documented() if name not in takes]:
            raise TypeError(
                f"the docstring of {cls.__name__} tells of {', '.join(told)}, but it takes "
                f"{', '.join(cls.declared) or 'nothing'}."
            )
        if lost := [name for name in cls.edits.values() if name not in cls.declared]:
            raise TypeError(
                f"edits of {cls.__name__} speaks of {lost[0]!r}, but the settings are "
                f"{', '.join(cls.declared)}."
            )
        controls = [n for n, d in cls.declared.items() if not isinstance(d, Held)]
        if any(isinstance(row, str) for row in cls.control_rows):
            raise TypeError(
                f"control_rows of {cls.__name__} is {cls.control_rows}, but each row must be a "
                "tuple of names: put a comma behind a single one, as in (('size',),)."
            )
        rows = [name for row in cls.control_rows for name in row]
        if rows and sorted(rows) != sorted(controls):
            raise TypeError(
                f"control_rows of {cls.__name__} has {rows}, but the controls are {controls}."
            )
        for name, held in cls.declared.items():
            if isinstance(held, Held) and held.choice:
                choice = cls.declared.get(held.choice)
                if not isinstance(choice, Choice) or held.own not in choice.options:
                    raise TypeError(
                        f"{name} of {cls.__name__} speaks of the choice {held.choice!r}, but there "
                        f"is none with the option {held.own!r}."
                    )

    @classmethod
    def documented(cls):
        """Names under "Parameters" in the explorer's own docstring."""
        text = inspect.cleandoc(vars(cls).get("__doc__") or "")
        section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+$|\Z)", text, re.M | re.S)
        lines = re.findall(r"^(\w+(?:, \w+)*) :", section[1] if section else "", re.M)
        return [name for line in lines for name in line.split(", ")]

    @classmethod
    def _check_static(cls, name):
        """A function of the settings must not see the explorer, and must know their names."""
        function = vars(cls).get(name)
        if function is None:
            return
        if not isinstance(function, staticmethod):
            raise TypeError(
                f"{name} of {cls.__name__} must be a static method: write @staticmethod above it "
                "and leave self out. A picture depends on its settings only."
            )
        takes, has = _parameters(function.__func__), list(cls.declared)
        unknown = [part for part in takes if part not in has]
        missing = [part for part in has if part not in takes] if name == "scene" else []
        if unknown or missing:
            raise TypeError(
                f"{name} of {cls.__name__} takes ({', '.join(takes)}), but the settings are "
                f"{', '.join(has)}: {', '.join(unknown + missing)} is in one of them only."
            )

    # ---------------------------------------------------------- what is written

    @staticmethod
    def scene():
        """The picture for these settings; a subclass writes this."""
        raise NotImplementedError("this explorer has no scene.")

    @staticmethod
    def ranges():
        """The ends of sliders that follow from other settings: dict of str to (low, high).

        Where the settings cannot be shown it may raise a ValueError; then the sliders
        have the ranges that they were declared with. A range may follow from sliders
        that were declared before.
        """
        return {}

    @staticmethod
    def unused():
        """Names of the controls that do nothing for these settings."""
        return ()

    # ------------------------------------------------------- what is asked of it

    @classmethod
    def _as_it_comes(cls):
        """The settings as they were declared."""
        return {
            name: declared.keep(declared.value) if isinstance(declared, Held) else declared.value
            for name, declared in cls.declared.items()
        }

    @classmethod
    @cache
    def _moving(cls):
        """Names of the sliders whose ranges follow from other settings."""
        return frozenset(cls._ask_safely("ranges", cls._as_it_comes(), ()))

    @classmethod
    def _ask(cls, name, settings):
        """Call `scene`, `ranges` or `unused` with those settings that it takes."""
        function = getattr(cls, name)
        return function(**{part: cls._chosen(part, settings) for part in _parameters(function)})

    @classmethod
    def _ask_safely(cls, name, settings, otherwise):
        """Call `ranges` or `unused`; for settings that cannot be shown `scene` says why."""
        try:
            return cls._ask(name, settings)
        except KeyboardInterrupt:
            raise
        except BaseException:  # SystemExit of a student's model would end the kernel
            return otherwise

    @classmethod
    def _chosen(cls, name, settings):
        """A setting as `scene` gets it: a held one may stand for what is chosen."""
        declared, value = cls.declared[name], settings[name]
        if not isinstance(declared, Held) or not declared.choice:
            return value
        return declared.chosen(settings[declared.choice], value)

    @classmethod
    def ends(cls, settings):
        """The ends of every slider for these settings: dict of str to (low, high)."""
        found = {n: (d.low, d.high) for n, d in cls.declared.items() if isinstance(d, Slider)}
        moved = cls._ask_safely("ranges", settings, {})
        if lost := [name for name in moved if name not in found]:
            raise TypeError(
                f"ranges of {cls.__name__} gives {lost[0]!r}, but the sliders are "
                f"{', '.join(found) or 'none'}."
            )
        for name in found:
            if name not in moved:
                continue
            low, high = moved[name]
            whole = cls.declared[name].whole
            if low > high or (whole and not (low == int(low) and high == int(high))):
                raise TypeError(
                    f"ranges of {cls.__name__} gives {name!r} the ends {low} and {high}, but the "
                    f"first must be the lower one{', and both whole numbers' if whole else ''}."
                )
            found[name] = (int(low), int(high)) if whole else (float(low), float(high))
            within = min(max(settings[name], low), high)
            if within != settings[name]:  # the ranges of those behind may follow from it
                settings = settings | {name: within}
                moved = cls._ask_safely("ranges", settings, moved)
        return found

    @classmethod
    def settled(cls, settings):
        """The settings with every slider within its ends."""
        ends = cls.ends(settings)
        return settings | {
            name: min(max(settings[name], low), high) for name, (low, high) in ends.items()
        }


@cache
def _parameters(function):
    return tuple(inspect.signature(function).parameters)
