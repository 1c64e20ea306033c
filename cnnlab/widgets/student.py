"""Calling what a student wrote: whatever goes wrong becomes one sentence."""

import copy
import ctypes
import signal
import threading
from contextlib import contextmanager

import numpy as np

from cnnlab.ops import as_numbers

__all__ = ["Interrupted", "StudentFunction", "interruptible"]

LONGEST_CALL = 10  # seconds for a student's function beside a running cell
REMEMBERED = 64  # results: steps do not change the input


class Interrupted(ValueError):
    """A student's function was stopped before it returned."""


class StudentFunction:
    """A student's function that is safe to call from an explorer.

    It gets copies, so that it cannot spoil what is shown, and is asked once for the
    same arguments, also where it fails.

    Parameters
    ----------
    given : callable
        The function as the student gave it.
    name : str
        The explorer's argument that it was given as: "correlate".

    Examples
    --------
    >>> StudentFunction(lambda image: None, "correlate")(np.ones(2))
    Traceback (most recent call last):
    ValueError: correlate returned None; a `return` may be missing.
    """

    def __init__(self, given, name):
        self.given, self.name = given, name
        self.results = {}

    def __call__(self, *arguments, shape=None):
        """The result for some arrays, as finite numbers.

        Parameters
        ----------
        *arguments : numpy.ndarray or int
        shape : tuple of int, optional
            The shape that the result must have.

        Returns
        -------
        numpy.ndarray

        Raises
        ------
        ValueError
            If it raises, returns nothing, or returns another shape or no numbers.
        """
        key = (
            shape,
            tuple(
                (part.shape, part.dtype.str, part.tobytes())
                if isinstance(part, np.ndarray)
                else part
                for part in arguments
            ),
        )
        if key not in self.results:
            try:
                result = self._ask(arguments, shape)
            except Interrupted:
                raise
            except ValueError as error:
                result = error
            if len(self.results) >= REMEMBERED:
                del self.results[next(iter(self.results))]
            self.results[key] = result
        if isinstance(self.results[key], ValueError):
            raise self.results[key]
        return self.results[key]

    def _ask(self, arguments, shape):
        name = self.name
        try:
            with _time_limit(LONGEST_CALL):
                result = self.given(*copy.deepcopy(arguments))
        except KeyboardInterrupt:
            raise Interrupted(
                f"{name} had not returned when it was stopped; is there a loop that never ends?"
            ) from None
        except BaseException as error:  # SystemExit too: it would end the kernel
            raise ValueError(f"{name} raised {type(error).__name__}: {error}") from error
        if result is None:
            raise ValueError(f"{name} returned None; a `return` may be missing.")
        result = np.array(as_numbers(f"what {name} returned", result, tuple(range(4))))
        if shape is not None and result.shape != tuple(shape):
            raise ValueError(
                f"{name} returned an array of shape {result.shape}, but here it must be "
                f"{tuple(shape)}."
            )
        return result


def _on_main_thread():
    return threading.current_thread() is threading.main_thread()


@contextmanager
def interruptible():
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
