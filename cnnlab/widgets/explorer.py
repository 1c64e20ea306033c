"""The explorer: controls, and one pure function from their settings to a scene."""

import asyncio
import ctypes
import json
import signal
import threading
from contextlib import contextmanager, suppress
from time import perf_counter

import ipywidgets
import numpy as np

from cnnlab.draw import static
from cnnlab.draw.stage import Stage
from cnnlab.scene import CAPTION, TITLE, Row, Scene, Space
from cnnlab.widgets.controls import Choice, Held, Slider, Switch

__all__ = ["Explorer", "Interrupted", "call_student"]

SLICE = 0.012  # seconds of work between two messages to the kernel
PAUSE = 0.004  # seconds in which a message or a cell gets its turn
REST = 0.4  # seconds after the pen: the next stroke makes other scenes worthless
SLOW_SCENE = 0.3  # a scene that takes longer is not made ahead of the hand
STORE_LIMIT = 48_000_000  # bytes
LONGEST_CALL = 10  # seconds for a student's function beside a running cell


class Explorer(ipywidgets.VBox):
    """Base of all explorers.

    A subclass declares controls as class attributes and one function
    ``scene(**settings)`` from their values to a :class:`cnnlab.scene.Scene`. The
    function must depend on its arguments only: the scenes of settings that the
    student may choose next are made ahead and kept in the browser.

    Parameters
    ----------
    **settings
        Values for any of the declared names.

    Attributes
    ----------
    stage : cnnlab.draw.stage.Stage
        The drawing.
    <declared name> : ipywidgets.Widget
        Each control, under the name it was declared with.

    Raises
    ------
    ValueError
        If a setting is not declared or has an illegal value.

    Examples
    --------
    >>> from cnnlab.scene import Grid
    >>> class Square(Explorer):
    ...     side = Slider(1, 9, 3)
    ...
    ...     def scene(self, side):
    ...         return Scene("A square", Grid(name="square", values=np.ones((side, side))))
    >>> square = Square(side=2)
    >>> square.set(side=4)
    >>> square.current.panels["square"].shape
    (4, 4)
    """

    declared = {}
    edits = {}  # what an editable panel edits, where the held setting has another name
    control_rows = ()  # names, row by row; by default all in one row that wraps

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = {
            name: value
            for name, value in vars(cls).items()
            if isinstance(value, (Slider, Choice, Switch, Held))
        }
        if taken := [name for name in own if hasattr(ipywidgets.VBox, name)]:
            raise TypeError(f"control names {taken} are used by ipywidgets; choose others.")
        cls.declared = {**cls.declared, **own}
        for name, value in own.items():
            if isinstance(value, Held):  # reading it gives the value, see __getattr__
                delattr(cls, name)

    def __init__(self, **settings):
        self.controls, self._held = {}, {}
        for name, declaration in self.declared.items():
            if isinstance(declaration, Held):
                self._held[name] = declaration.value
                continue
            widget = declaration.make(name)
            self.controls[name] = widget
            setattr(self, name, widget)
        self.stage = Stage(controls=list(self.controls.values()))
        self._now, self._last_good = None, None
        # JupyterLab hears widgets on a thread of their own, beside the running cell.
        self._lock = threading.RLock()
        self._edition = 0  # counts what is held, so that late scenes of older data are dropped
        self._turn = 0  # counts fillings of the store; only the newest goes on
        self._ahead = iter(())
        super().__init__()
        self.children = (self._control_bar(), self.stage)
        self.add_class("cnnlab-explorer")
        self._live = False
        self.set(**settings)
        self._live = True
        self._refresh(clear=True)
        for widget in self.controls.values():
            widget.observe(self._moved, names="value")
        self.stage.on_msg(self._gesture)

    def __getattr__(self, name):
        held = self.__dict__.get("_held", {})
        if name in held:
            return held[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    def scene(self, **settings):
        """The picture for these settings; a subclass writes this."""
        raise NotImplementedError(f"{type(self).__name__} has no scene(**settings).")

    def accept(self, name, value):
        """Return what is to be held under `name`, or raise a ValueError that says why not."""
        return value

    def arrange(self):
        """Adapt the ranges of controls to what is set; called whenever something was set."""

    def extras(self):
        """Widgets besides the declared controls, such as an upload button."""
        return ()

    def edited(self, panel, row, column, value):
        """A number was typed into a cell of an editable grid.

        By default that cell of the held array is replaced which has the panel's
        name, or the name that `edits` gives.
        """
        name = self.edits.get(panel, panel)
        array = np.array(self._held[name], dtype=float)
        array[row, column] = value
        self.set(**{name: array})

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

    def tell(self, words):
        """Show a sentence in the place of the note, until the next picture."""
        self.stage.send({"problem": words})

    def settings(self):
        """dict of every setting's present value."""
        return {name: widget.value for name, widget in self.controls.items()} | self._held

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
        if unknown := [name for name in settings if name not in self.declared]:
            raise ValueError(
                f"{unknown[0]} is no setting of {type(self).__name__}; "
                f"it has {', '.join(self.declared)}."
            )
        before = dict(self._held), {name: widget.value for name, widget in self.controls.items()}
        live = self._live
        self._live = False  # one picture for all the changes
        try:
            for name in self._held.keys() & settings.keys():
                self._held[name] = self.accept(name, settings[name])
            self.arrange()
            # Choices first, then sliders in their order: what is set may decide the next range.
            wanted = [name for name in self.controls if name in settings]
            for name in sorted(wanted, key=lambda name: hasattr(self.controls[name], "min")):
                self._check_control(name, settings[name])
                self.controls[name].value = settings[name]
                self.arrange()
        except BaseException:
            self._held = before[0]
            self.arrange()
            for name, value in before[1].items():
                self.controls[name].value = value
            raise
        finally:
            self._live = live
        if live:
            self._refresh(clear=bool(self._held.keys() & settings.keys()))

    @property
    def current(self):
        """The scene for the present settings."""
        if self._now is None:
            edition, start = self._edition, perf_counter()
            try:
                scene = self._scene_for(self.settings())
            except Interrupted as error:
                scene = self._problem(str(error))
                self._ahead = iter(())  # it would not end for the next settings either
            if edition != self._edition:
                return scene
            if perf_counter() - start > SLOW_SCENE:
                self._ahead = iter(())
            if not scene.problem:
                self._last_good = scene
            self._now = scene
        return self._now

    def _check_control(self, name, value):
        widget = self.controls[name]
        if hasattr(widget, "options"):
            if not isinstance(value, str) or value not in widget.options:
                raise ValueError(
                    f"{name} is {value!r}, but it must be one of {', '.join(widget.options)}."
                )
        elif hasattr(widget, "min"):
            whole = isinstance(widget, ipywidgets.IntSlider)
            kinds = (int, np.integer) if whole else (int, float, np.number)
            legal = isinstance(value, kinds) and not isinstance(value, bool)
            if not legal or not widget.min <= value <= widget.max:
                raise ValueError(
                    f"{name} is {value!r}, but it must be a {'whole ' if whole else ''}number "
                    f"from {widget.min} to {widget.max}."
                )
        elif not isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}, but it must be True or False.")

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

    # ----------------------------------------------------- scenes and the store

    def _key(self, settings):
        """The same text as `settingsKey` in stage.js."""
        values = []
        for name, widget in self.controls.items():
            value = settings[name]
            if hasattr(widget, "options"):
                value = widget.options.index(value)
            elif not isinstance(value, bool):
                value = round(float(value), 6)
                value = int(value) if value.is_integer() else value
            values.append(value)
        return json.dumps(values, separators=(",", ":"))

    def _scene_for(self, settings):
        try:
            return self.scene(**settings)
        except Interrupted:
            raise
        except ValueError as error:
            return self._problem(str(error))
        except Exception as error:
            return self._problem(f"{type(error).__name__}: {error}")

    def _problem(self, words):
        """The last good picture, or an empty one of the same size, with the reason."""
        if self._last_good is not None:
            return Scene(self._last_good.title, self._last_good.body, problem=words)
        usual = {
            name: declaration.value
            if isinstance(declaration, Held)
            else declaration.make(name).value
            for name, declaration in self.declared.items()
        }
        try:
            scene = self.scene(**usual)
        except ValueError:
            return Scene(type(self).__name__, Row(), problem=words)
        width, height = scene.layout()[2]
        return Scene(scene.title, Space(width, height - TITLE - CAPTION), problem=words)

    def _moved(self, _change):
        if self._live:
            self._refresh()

    def _refresh(self, clear=False):
        """Show the present settings, from the store if they are there."""
        with self._lock:
            self._live = False  # a range that shrinks moves its value: that is no new wish
            self.arrange()
            self._live = True
            settings = self.settings()
            key = self._key(settings)
            clear = clear or self.stage.size > STORE_LIMIT
            self._edition += clear
            self._turn += 1
            self._ahead = self._reachable(settings)
            self._now = None
            edition = self._edition
            stored = not clear and key in self.stage.scenes
            if stored:
                self.stage.current = key
        if not stored:
            # Outside the lock: a student's function may take its time, or never end.
            scene = self.current
            with self._lock:
                if edition == self._edition:
                    self.stage.add({key: scene}, current=key, clear=clear)
                    if not self._views:
                        # No page listens yet: the state waits for it, a message would be lost,
                        # and the kernel may be busy with the next cell when the page asks.
                        self.stage.send_state(["scenes", "arrays"])
        self._make_ahead()

    def _gesture(self, _stage, content, _buffers):
        kind = content.get("type")
        if kind == "ready":
            # What was sent before the page listened is lost; the state is not.
            self.stage.send_state(["scenes", "arrays", "current"])
            self._views += 1
            self._make_ahead()
        elif kind == "closed":
            self._views -= 1
            if not self._views:
                with self._lock:
                    self._turn += 1
                    self.stage.forget_others()
        elif kind == "want":
            if self._key(self.settings()) in self.stage.scenes:
                self.stage.send_state(["scenes", "arrays", "current"])
            else:
                self._refresh()
        elif kind == "edit":
            try:
                self.edited(content["panel"], content["row"], content["column"], content["value"])
            except ValueError as error:
                self.tell(str(error))
        elif kind == "stroke":
            self._painted_at = perf_counter()
            try:
                self.painted(content["panel"], content["points"])
            except ValueError as error:
                self.tell(str(error))

    _views = 0
    _painted_at = -float("inf")

    def _reachable(self, settings):
        """Settings that one control can reach from here, the nearest first."""
        lanes = []
        for name, widget in self.controls.items():
            values = _legal_values(widget)
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

    def _make_ahead(self):
        """Fill the store in small slices between the kernel's other work."""
        if not self._views:  # nobody is looking: nbconvert, tests
            return
        pause = REST if perf_counter() - self._painted_at < REST else PAUSE
        with suppress(RuntimeError):  # no event loop: a plain script
            asyncio.get_running_loop().call_later(pause, self._make_slice, self._turn)

    def _make_slice(self, turn):
        batch, edition, end = {}, self._edition, perf_counter() + SLICE
        settings = None
        try:
            with _interruptible():
                while turn == self._turn and perf_counter() < end:
                    settings = next(self._ahead, None)
                    if settings is None:
                        break
                    key = self._key(settings)
                    if key in self.stage.scenes:
                        continue
                    start = perf_counter()
                    batch[key] = self._scene_for(settings)
                    if perf_counter() - start > SLOW_SCENE:
                        self._ahead = iter(())
        except (Interrupted, KeyboardInterrupt):  # not meant for this scene: make no more
            self._ahead = iter(())
        with self._lock:
            if batch and edition == self._edition:
                self.stage.add(batch)
        if settings is not None and turn == self._turn and self.stage.size < STORE_LIMIT / 2:
            self._make_ahead()

    # -------------------------------------------------------------- as output

    def _repr_mimebundle_(self, **kwargs):
        """The live widget, and beside it the picture and its words for stored notebooks."""
        data = super()._repr_mimebundle_(**kwargs)
        scene = self.current
        data["image/png"] = static.png(scene)
        data["text/plain"] = scene.description
        return data, {"image/png": {"alt": scene.description, "needs_background": "light"}}


def _legal_values(widget):
    if hasattr(widget, "options"):
        return list(widget.options)
    if hasattr(widget, "min"):
        count = round((widget.max - widget.min) / widget.step) + 1
        values = [widget.min + place * widget.step for place in range(count)]
        whole = isinstance(widget, ipywidgets.IntSlider)
        return values if whole else [round(value, 6) for value in values]
    return [False, True]


def _distance(value, now):
    return float(value != now) if isinstance(value, (str, bool)) else abs(value - now)


def _on_main_thread():
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _interruptible():
    """Let "Interrupt Kernel" stop a student's endless function between two cells.

    The kernel ignores SIGINT while its main thread handles no message.
    """
    if not _on_main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _time_limit(seconds):
    """Stop what runs too long on a thread that "Interrupt Kernel" cannot reach.

    On the main thread the student decides. Elsewhere KeyboardInterrupt is raised
    after `seconds`, so that one endless function does not silence every widget.
    """
    if _on_main_thread():
        yield
        return
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    thread = ctypes.c_ulong(threading.get_ident())
    timer = threading.Timer(seconds, raise_in, (thread, ctypes.py_object(KeyboardInterrupt)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        raise_in(thread, None)  # too late: take it back


class Interrupted(ValueError):
    """A student's function was stopped before it returned."""


def call_student(function, name, arguments, shape=None):
    """Call a student's function, and turn whatever goes wrong into one sentence.

    Parameters
    ----------
    function : callable
    name : str
        The explorer's argument that it was given as: "correlate".
    arguments : tuple of numpy.ndarray
        The function gets copies.
    shape : tuple of int, optional
        The shape that the result must have.

    Returns
    -------
    numpy.ndarray
        The result, as finite numbers.

    Raises
    ------
    ValueError
        If it raises, returns nothing, or returns another shape or no numbers.

    Examples
    --------
    >>> call_student(lambda image: None, "correlate", (np.ones(2),))
    Traceback (most recent call last):
    ValueError: correlate returned None; a `return` may be missing.
    """
    from cnnlab.ops import as_numbers

    try:
        with _time_limit(LONGEST_CALL):
            result = function(*(np.array(argument) for argument in arguments))
    except Exception as error:
        raise ValueError(f"{name} raised {type(error).__name__}: {error}") from error
    except KeyboardInterrupt:
        raise Interrupted(
            f"{name} had not returned when it was stopped; is there a loop that never ends?"
        ) from None
    if result is None:
        raise ValueError(f"{name} returned None; a `return` may be missing.")
    result = np.array(as_numbers(f"what {name} returned", result, tuple(range(4))))
    if shape is not None and result.shape != tuple(shape):
        raise ValueError(
            f"{name} returned an array of shape {result.shape}, but here it must be {tuple(shape)}."
        )
    return result
