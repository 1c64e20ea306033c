"""The explorer: declared settings, and one pure function from them to a scene."""

import json
import threading
from functools import cache
from time import perf_counter

import ipywidgets
import numpy as np

from cnnlab.arguments import short
from cnnlab.draw import static
from cnnlab.draw.stage import Stage
from cnnlab.scene import CAPTION, TITLE, Scene, Space
from cnnlab.widgets.ahead import Ahead
from cnnlab.widgets.controls import Held
from cnnlab.widgets.declared import Declared
from cnnlab.widgets.student import Interrupted

__all__ = ["Explorer"]


class Explorer(Declared, ipywidgets.VBox):
    """Base of all explorers.

    A subclass declares its settings as class attributes and one static method
    ``scene`` from their values to a :class:`cnnlab.scene.Scene`. Being static, it
    depends on its arguments only: the scenes of settings that the student may choose
    next are made ahead and kept in the browser. Two more static methods may be
    written, each of which takes the settings that it names: ``ranges``, the ends of
    sliders that follow from other settings, and ``unused``, the controls that do
    nothing now.

    Parameters
    ----------
    *held
        What the explorer holds (images, functions), in the order of the declarations.
    **settings
        Values for any of the declared names.

    Attributes
    ----------
    <declared name>
        The setting's present value. Assigning it is ``set`` with one name.
    controls : dict of str to ipywidgets.Widget
        The widget of each setting that has one.
    stage : cnnlab.draw.stage.Stage
        The drawing.

    Raises
    ------
    ValueError
        If a setting is not declared or has an illegal value.

    Examples
    --------
    >>> from cnnlab.scene import Grid
    >>> from cnnlab.widgets.controls import Slider
    >>> class Square(Explorer):
    ...     side = Slider(1, 9, 3)
    ...
    ...     @staticmethod
    ...     def scene(side):
    ...         return Scene("A square", Grid(name="square", values=np.ones((side, side))))
    >>> square = Square(side=2)
    >>> square.side = 4
    >>> square.current.panels["square"].shape
    (4, 4)
    """

    # ---------------------------------------------------------- what is written

    def extras(self):
        """Widgets besides the declared controls, such as an upload button."""
        return ()

    def edited(self, panel, row, column, value):
        """A number was typed into a cell of an editable grid.

        By default that cell of the held array is replaced which has the panel's
        name, or the name that `edits` gives.
        """
        name = self.edits.get(panel, panel)
        array = np.atleast_2d(np.array(self._shown(name), dtype=float))
        array[row, column] = value
        self.set(**{name: array})

    def dragged(self, panel, place, corners):
        """A box of a panel was moved or resized; by default that row of the held array.

        Parameters
        ----------
        panel : str
        place : int
        corners : list of float
            (x1, y1, x2, y2).
        """
        name = self.edits.get(panel, panel)
        array = np.array(self._shown(name), dtype=float)
        array[place] = corners
        self.set(**{name: array})

    def chosen(self, panel, name):
        """A node of a graph was chosen; by default the setting of the panel's name is set."""
        self.set(**{self.edits.get(panel, panel): name})

    def picked(self, panel, row, column):
        """A cell was chosen of a pickable picture or grid; an explorer that has one writes this.

        Parameters
        ----------
        panel : str
        row, column : int
        """
        raise NotImplementedError(f"{type(self).__name__} has no picked(panel, row, column).")

    def painted(self, panel, points):
        """The pen passed over a paintable picture; an explorer that has one writes this.

        Parameters
        ----------
        panel : str
        points : list of (float, float) or None
            Rows and columns in cells, on the way; (0, 0) is the middle of the first.
            At None the pen was lifted.
        """
        raise NotImplementedError(f"{type(self).__name__} has no painted(panel, points).")

    # ---------------------------------------------------------------- settings

    def __init__(self, *held, **settings):
        names = [name for name, value in self.declared.items() if isinstance(value, Held)]
        if len(held) > len(names):
            raise ValueError(
                f"{type(self).__name__} was given {len(held)} arguments without a name, but it "
                f"takes {', '.join(names) or 'none'}."
            )
        given = dict(zip(names, held, strict=False))
        if twice := [name for name in given if name in settings]:
            raise ValueError(f"{twice[0]} was given twice, with its name and without.")
        self.controls = {n: d.make() for n, d in self.declared.items() if n not in names}
        self._held = {name: self.declared[name].keep(self.declared[name].value) for name in names}
        self.stage = Stage(controls=list(self.controls.values()))
        self._ahead = Ahead(self.stage, self._make, self._problem, self._key)
        self._settling = threading.RLock()  # the page is heard on a thread of its own
        self._deaf = True  # to the controls, while they are set from here
        super().__init__()
        self.children = (self._control_bar(), self.stage)
        self.add_class("cnnlab-explorer")
        self._settle(self._wanted(given | settings))
        self._deaf = False
        self._refresh(clear=True)
        for widget in self.controls.values():
            widget.observe(self._moved, names="value")
        self.stage.on_msg(self._gesture)

    def settings(self):
        """dict of every setting's present value, as the explorer keeps it."""
        return {name: widget.value for name, widget in self.controls.items()} | self._held

    def value_of(self, name):
        """The present value of one setting: what ``explorer.<name>`` reads."""
        if name in self._held:
            kept = self._held[name]
            if isinstance(kept, np.ndarray):  # changed in place, the picture would not follow
                kept = kept.view()
                kept.flags.writeable = False
            return getattr(kept, "given", kept)  # a function is wrapped, a model copied
        return self.controls[name].value

    def set(self, **settings):
        """Change settings from code.

        Parameters
        ----------
        **settings
            Values by name, of controls and of what the explorer holds.

        Raises
        ------
        ValueError
            If a name is unknown or a value illegal; then nothing is changed.

        Examples
        --------
        >>> from cnnlab.widgets import ShiftLab
        >>> ShiftLab().set(right=99)
        Traceback (most recent call last):
        ValueError: right is 99, but it must be a whole number from -5 to 5.
        """
        other_data = bool(self._held.keys() & settings.keys())
        with self._settling:
            wanted = self._wanted(settings)
            if other_data and any(w.value != wanted[name] for name, w in self.controls.items()):
                self._ahead.outdate()  # before a page hears of the controls
            self._settle(wanted)
        self._refresh(clear=other_data)

    def _wanted(self, given):
        """All settings with those that are given, or a ValueError; nothing is changed."""
        if unknown := [name for name in given if name not in self.declared]:
            raise ValueError(
                f"{unknown[0]} is no setting of {type(self).__name__}; "
                f"it has {', '.join(self.declared)}."
            )
        wanted = self.settings()
        for name in given:
            declared = self.declared[name]
            if isinstance(declared, Held):
                wanted[name] = declared.keep(given[name])
                if declared.choice not in ("", *given) and given[name] is not None:
                    wanted[declared.choice] = declared.own
        moving = self._moving()
        for name in given:
            if name in self.controls and name not in moving:
                wanted[name] = self.declared[name].read(given[name])
        # What was set so far decides how far the others reach.
        for name in self.declared:
            if name in moving and name in given:
                wanted[name] = self.declared[name].read(given[name], self.ends(wanted)[name])
        return wanted

    def _shown(self, name):
        return self._chosen(name, self.settings())

    @classmethod
    def scene_of(cls, settings):
        """The scene for all settings, as they are kept; it raises what `scene` raises."""
        scene = cls._ask("scene", cls.settled(settings))
        if not isinstance(scene, Scene):
            raise TypeError(f"scene of {cls.__name__} returned {short(scene)}, no Scene.")
        cls._check_gestures(scene)
        return scene

    @classmethod
    def _check_gestures(cls, scene):
        """Where the hand may change something, there must be what it changes."""
        for panel in scene.panels.values():
            for word, hook in HOOKS.items():
                if not getattr(panel, word, False):
                    continue
                own = getattr(cls, hook) is not getattr(Explorer, hook)
                known = cls.edits.get(panel.name, panel.name) in cls.declared
                what = f"{panel.name!r} of {cls.__name__} is {word}, but there is no"
                if hook in ALONE and not own:  # no setting can stand for it
                    raise TypeError(f"{what} {hook}({', '.join(ALONE[hook])}).")
                if not own and not known:
                    raise TypeError(
                        f"{what} setting of that name: name one in edits, or write {hook}()."
                    )

    def _settle(self, wanted):
        """Give the controls these values, within the ends that follow from them."""
        before, self._deaf = self._deaf, True
        try:
            self._held = {name: wanted[name] for name in self._held}
            ends, unused = self.ends(wanted), self._unused(wanted)
            for name, widget in self.controls.items():
                with widget.hold_sync():
                    if name in ends:
                        _stretch(widget, *ends[name], wanted[name])
                    elif widget.value != wanted[name]:
                        widget.value = wanted[name]
                    widget.disabled = name in unused
        finally:
            self._deaf = before

    def _unused(self, settings):
        names = self._ask_safely("unused", settings, ())
        if lost := [name for name in names if name not in self.controls]:
            raise TypeError(
                f"unused of {type(self).__name__} names {short(lost[0])}, but the controls are "
                f"{', '.join(self.controls)}."
            )
        return names

    def _moved(self, _change):
        with self._settling:  # a move that comes while another thread sets values waits for it
            if self._deaf:
                return
            self._settle(self.settings())
        self._refresh()

    # ------------------------------------------------------------------ scenes

    @property
    def current(self):
        """The scene for the present settings."""
        with self._settling:
            settings, edition = self.settings(), self._ahead.edition
        return self._ahead.scene(settings, edition)

    def tell(self, words):
        """Show a sentence in the place of the note, until the next picture."""
        self.stage.send({"problem": words})

    def _make(self, settings):
        """The scene for some settings, or one that says why there is none."""
        try:
            return self.scene_of(settings)
        except (Interrupted, KeyboardInterrupt):
            raise
        except ValueError as error:
            return self._problem(str(error))
        except BaseException as error:  # SystemExit of a student's model would end the kernel
            return self._problem(f"{type(error).__name__}: {error}")

    @classmethod
    def _problem(cls, words):
        """An empty picture of the usual size, with the reason; the page keeps the one before."""
        title, (width, height) = cls._usual()
        return Scene(title, Space(width, height - TITLE - CAPTION), problem=words)

    @classmethod
    @cache
    def _usual(cls):
        """Title and size of the explorer as it comes."""
        try:
            scene = cls.scene_of(cls._as_it_comes())
        except Exception:  # it does not even work as it comes
            return cls.__name__, (0, TITLE + CAPTION)
        return scene.title, scene.layout()[2]

    def _key(self, settings):
        """The name of a scene in the store: the same text as `settingsKey` in store.js."""
        parts = [self.declared[name].key(settings[name]) for name in self.controls]
        return json.dumps(parts, separators=(",", ":"))

    def _refresh(self, clear=False):
        """Show the present settings, from the store if they are there."""
        with self._settling:  # another thread may hold other data a moment later
            settings = self.settings()
            edition, clear = self._ahead.begin(clear)
        self._ahead.show(settings, self._reachable(settings), edition, clear)

    def _reachable(self, settings):
        """Settings that one control can reach from here, the nearest first."""
        lanes, ends, unused = [], self.ends(settings), self._unused(settings)
        for name in self.controls:
            if name in unused:  # the hand cannot move it
                continue
            values = self.declared[name].values(ends.get(name))
            here = min(
                range(len(values)),
                key=lambda place, at=values, now=settings[name]: _distance(at[place], now),
            )
            near = sorted(range(len(values)), key=lambda place, origin=here: abs(place - origin))
            lanes.append((name, [values[place] for place in near if place != here]))
        for turn in range(max((len(values) for _, values in lanes), default=0)):
            for name, values in lanes:
                if turn < len(values):
                    yield settings | {name: values[turn]}

    # ---------------------------------------------------------------- gestures

    def _gesture(self, _stage, content, _buffers):
        kind = content.get("type")
        if kind == "ready":
            self._ahead.opened()
        elif kind == "closed":
            self._ahead.closed()
        elif kind == "want":
            if self._key(self.settings()) in self.stage.scenes:
                self._ahead.send_all()
            else:
                self._refresh()
        elif kind in GESTURES:
            hook, *parts = GESTURES[kind]
            if kind == "stroke":
                self._ahead.stroke_at = perf_counter()
            answer = {"done": kind}
            try:
                getattr(self, hook)(*(content[part] for part in parts))
            except KeyboardInterrupt:
                answer["problem"] = "This was stopped before it was done."
            except ValueError as error:
                answer["problem"] = str(error)
            except BaseException as error:  # SystemExit of a student's model would end the kernel
                answer["problem"] = f"{type(error).__name__}: {error}"
            self.stage.send(answer)  # each gesture gets one: the page waits for it

    # -------------------------------------------------------------- as output

    def _control_bar(self):
        rows = []
        for names in self.control_rows or (tuple(self.controls),):
            shown = [
                self._with_play(self.controls[name])
                if getattr(self.declared[name], "play", False)
                else self.controls[name]
                for name in names
            ]
            rows.append(ipywidgets.Box(shown))
        rows[-1].children += tuple(self.extras())
        for row in rows:
            row.layout = {"flex_flow": "row wrap", "align_items": "center"}
            row.add_class("cnnlab-controls")
        return ipywidgets.VBox(rows)

    def _with_play(self, slider):
        player = ipywidgets.Play(
            value=slider.value, min=slider.min, max=slider.max, interval=700,
            layout={"width": "auto"},
        )  # fmt: skip
        for end in ("min", "max"):
            ipywidgets.dlink((slider, end), (player, end))
        ipywidgets.jslink((player, "value"), (slider, "value"))
        return ipywidgets.HBox([player, slider])

    def _repr_mimebundle_(self, **kwargs):
        """The live widget, and beside it the picture and its words for stored notebooks."""
        data = super()._repr_mimebundle_(**kwargs)
        scene = self.current
        data["image/png"] = static.png(scene)
        data["text/plain"] = scene.description
        return data, {"image/png": {"alt": scene.description, "needs_background": "light"}}


# What the browser reports: the hook that hears of it, and what it is told.
GESTURES = {
    "edit": ("edited", "panel", "row", "column", "value"),
    "stroke": ("painted", "panel", "points"),
    "drag": ("dragged", "panel", "place", "corners"),
    "choose": ("chosen", "panel", "name"),
    "pick": ("picked", "panel", "row", "column"),
}

# What a panel may be, and the hook that hears of it then.
HOOKS = {
    "editable": "edited", "paintable": "painted", "movable": "dragged", "choosable": "chosen",
    "pickable": "picked",
}  # fmt: skip

# Hooks that no setting can stand for, and what they are told.
ALONE = {"painted": ("panel", "points"), "picked": ("panel", "row", "column")}


def _stretch(slider, low, high, value):
    """Give a slider its range and a value, without a moment in which they contradict.

    A value beyond an end becomes that end.
    """
    if slider.min > low:
        slider.min = low
    if slider.max < high:
        slider.max = high
    if slider.value != value:
        slider.value = value
    slider.min, slider.max = low, high


def _distance(value, now):
    return float(value != now) if isinstance(value, (str, bool)) else abs(value - now)
