"""The store of an explorer's scenes: the present one first, then those within reach of the hand."""

import asyncio
import threading
from time import perf_counter

from cnnlab.widgets.student import Interrupted, interruptible

__all__ = ["Ahead"]

SLICE = 0.012  # seconds of work between two messages to the kernel
PAUSE = 0.004  # seconds in which a message or a cell gets its turn
FIRST = 0.05  # seconds after a move: the frame that answers the hand comes first
REST = 0.4  # seconds after the pen: the next stroke makes other scenes worthless
SLOW_SCENE = 0.3  # a scene that takes longer is not made ahead of the hand
STORE_LIMIT = 48_000_000  # bytes


class Ahead:
    """Make scenes, keep them in a stage, and fill it while nobody waits.

    JupyterLab hears widgets on a thread of its own, beside the running cell: what is
    kept is under a lock, and a late scene of older data is dropped.

    Parameters
    ----------
    stage : cnnlab.draw.stage.Stage
    make : callable
        ``make(settings)`` gives a scene; it raises Interrupted if a student's function
        was stopped.
    problem : callable
        ``problem(words)`` gives the scene that says so.
    key : callable
        ``key(settings)`` gives the name of a scene in the store.
    """

    def __init__(self, stage, make, problem, key):
        self.stage, self.make, self.problem, self.key = stage, make, problem, key
        self.lock = threading.RLock()
        self.edition = 0  # counts what is held, so that late scenes of older data are dropped
        self.turn = 0  # counts fillings of the store; only the newest goes on
        self.queue = iter(())  # settings whose scenes may be asked for next
        self.latest = (None, None, None)  # edition, key and scene that were made last
        self.stopped = set()  # keys of scenes that were interrupted: made anew when asked for
        self.views = 0  # pages that listen
        self.stroke_at = -float("inf")  # when the pen passed last

    def scene(self, settings, edition):
        """The scene for some settings of an edition, made now if it was not the last one made."""
        key = self.key(settings)
        if self.latest[:2] == (edition, key):
            return self.latest[2]
        try:
            scene = self._timed(settings)
        except Interrupted as error:
            scene = self.problem(str(error))
            self.queue = iter(())  # it would not end for the next settings either
            self.stopped.add(key)
        else:
            self.stopped.discard(key)
        if edition == self.edition:
            self.latest = edition, key, scene
        return scene

    def _timed(self, settings):
        """Make a scene; after a slow one no more are made ahead."""
        start = perf_counter()
        scene = self.make(settings)
        if perf_counter() - start > SLOW_SCENE:
            self.queue = iter(())
        return scene

    def begin(self, clear):
        """Begin to show something: (its edition, whether the store is to be cleared).

        Parameters
        ----------
        clear : bool
            What is stored answers to older data.
        """
        with self.lock:
            # Where no page listens, what was stored before would only travel with the state.
            clear = clear or not self.views or self.stage.size > STORE_LIMIT
            self.edition += clear
            self.turn += 1
            return self.edition, clear

    def show(self, settings, next_ones, edition, clear):
        """Show the scene for some settings, from the store if it is there.

        Parameters
        ----------
        settings : dict
        next_ones : iterator of dict
            Settings that may be asked for next, the likeliest first.
        edition, clear
            What `begin` gave when the settings were read; older ones are dropped.
        """
        key = self.key(settings)
        with self.lock:
            if edition != self.edition:
                return
            self.queue = next_ones
            stored = not clear and key in self.stage.scenes and key not in self.stopped
            if stored and not self._later(FIRST, self.name_current, key, self.turn):
                self.stage.current = key
        if not stored:
            # Outside the lock: a student's function may take its time, or never end.
            scene = self.scene(settings, edition)
            with self.lock:
                if edition == self.edition:
                    self.stage.add({key: scene}, current=key, clear=clear)
                    if not self.views:
                        # No page listens yet: the state waits for it, a message would be lost,
                        # and the kernel may be busy with the next cell when the page asks.
                        self.stage.send_state(["scenes", "arrays"])
        self.go_on(FIRST)

    def name_current(self, key, turn):
        """Tell pages which scene is shown, unless the hand has moved on since `turn`.

        A page that hears the controls knows it before the kernel: the frame that answers
        the hand must not wait for this message.
        """
        if turn == self.turn:
            self.stage.current = key

    def outdate(self):
        """Let pages forget their store: it answers to older data, even for new settings."""
        if self.views:
            self.stage.send({"scenes": {}, "digests": [], "clear": True})

    def _later(self, pause, act, *given):
        """Act after a pause between the kernel's other work; False where no page listens."""
        if not self.views:  # nobody is looking: nbconvert, tests
            return False
        try:
            asyncio.get_running_loop().call_later(pause, act, *given)
        except RuntimeError:  # no event loop: a plain script
            return False
        return True

    def opened(self):
        """A page listens: what was sent before is lost, the state is not."""
        with self.lock:
            self.send_all()
            self.views += 1
        self.go_on()

    def closed(self):
        """A page has gone; with the last one, all but the present scene."""
        with self.lock:
            self.views = max(self.views - 1, 0)
            if not self.views:
                self.turn += 1
                self.stage.forget_others()

    def send_all(self):
        """Send the whole store again."""
        with self.lock:
            self.stage.send_state(["scenes", "arrays", "current"])

    def go_on(self, pause=PAUSE):
        """Fill the store in small slices between the kernel's other work."""
        resting = perf_counter() - self.stroke_at < REST
        self._later(REST if resting else pause, self.fill, self.turn)

    def fill(self, turn):
        """Make scenes for one slice of time, unless the hand has moved on since `turn`."""
        batch, edition, end = {}, self.edition, perf_counter() + SLICE
        settings = None
        try:
            with interruptible():
                while turn == self.turn and perf_counter() < end:
                    with self.lock:  # a generator cannot be asked by two threads at once
                        settings = next(self.queue, None)
                    if settings is None:
                        break
                    key = self.key(settings)
                    if key in self.stage.scenes:
                        continue
                    batch[key] = self._timed(settings)
        except (Interrupted, KeyboardInterrupt):  # not meant for this scene: make no more
            self.queue = iter(())
        with self.lock:
            if batch and edition == self.edition:
                self.stage.add(batch)
        if settings is not None and turn == self.turn and self.stage.size < STORE_LIMIT / 2:
            self.go_on()
