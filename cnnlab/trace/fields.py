"""What each row and each column of a tensor sees of those of the input."""

from fractions import Fraction
from math import prod
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.weak import WeakIdKeyDictionary

from cnnlab.trace.operations import pair_of, pooling_of, tensors_in

__all__ = ["Axis", "Fields"]

aten = torch.ops.aten


class Axis(NamedTuple):
    """What each cell along one axis sees of the input.

    Attributes
    ----------
    first, last : numpy.ndarray of int
        The first and last input position of each cell; below 0 or beyond the end in the
        padding. One number where all cells see the same.
    step : Fraction
        Input positions between two cells, on the average.
    dim : int or None
        Which axis of the tensor it is; None if it is none any more.
    """

    first: np.ndarray
    last: np.ndarray
    step: Fraction
    dim: int | None

    @property
    def size(self):
        """The most input positions that one cell sees."""
        return int((self.last - self.first).max()) + 1

    @property
    def same(self):
        """Whether all cells see the same."""
        return self.step == 0

    @property
    def regular(self):
        """(start, step, size) if the cells see windows of one size in equal steps, or None."""
        sizes, steps = self.last - self.first + 1, np.diff(self.first)
        if len(set(sizes.tolist())) > 1 or len(set(steps.tolist())) > 1:
            return None
        step = int(steps[0]) if len(steps) else int(self.step)
        return int(self.first[0]), step, int(sizes[0])

    def at(self, places, ends):
        """First or last positions of cells, also of cells beyond the border.

        Beyond it the map goes on as it began: what is there is padding, whose field
        lies in the padding of the input.
        """
        if self.same:
            return np.full(len(places), ends[0])
        period, cells = self.step.denominator, len(ends)
        turns = np.where(places < 0, places // period, 0)
        beyond = np.maximum(places - (cells - 1), 0)
        turns = np.where(beyond > 0, -(-beyond // period), turns)
        inside = np.clip(places - turns * period, 0, cells - 1)
        return ends[inside] + turns * int(self.step * period)

    def seen(self, low, high, step, dim):
        """The axis of a result whose cell i depends on the cells low[i] to high[i] of this one."""
        low, high = np.asarray(low), np.asarray(high)
        if self.same:
            return self._replace(dim=dim)
        return Axis(self.at(low, self.first), self.at(high, self.last), self.step * step, dim)

    def whole(self, size, dim):
        """The axis of a result each cell of which depends on all cells of this one."""
        first, last = max(int(self.first.min()), 0), min(int(self.last.max()), size - 1)
        return Axis(np.array([first]), np.array([last]), Fraction(0), dim)

    def joined(self, other, size):
        """What depends on a cell of this one and on the same cell of another; None if unknown."""
        if self.same or other.same:
            if any(axis.dim is None and not axis.same for axis in (self, other)):
                return None
            if not (self.same and other.same):  # what sees all sees the other's part as well
                wide, narrow = (self, other) if self.same else (other, self)
                part = narrow.whole(size, None)
                if part.first[0] < wide.first[0] or part.last[0] > wide.last[0]:
                    return None
                return wide._replace(dim=narrow.dim)
        elif self.step != other.step or self.dim != other.dim:
            return None
        dim = self.dim if self.dim is not None else other.dim
        return Axis(
            np.minimum(self.first, other.first), np.maximum(self.last, other.last), self.step, dim
        )


class Fields:
    """Follows the fields of tensors through torch's operations.

    Attributes
    ----------
    sizes : tuple of int
        Rows and columns of the input.
    """

    def __init__(self):
        self.sizes = None
        self.entries = WeakIdKeyDictionary()  # of each tensor: (edition, axes or None)
        self.edition = 0
        self.viewed = WeakIdKeyDictionary()  # tensors of which parts were taken

    def begin(self, x):
        """An input: if it has rows and columns, each cell sees itself."""
        axes = None
        if x.ndim == 4 and self.sizes in (None, tuple(x.shape[2:])):
            self.sizes = tuple(x.shape[2:])
            axes = tuple(
                Axis(np.arange(x.shape[dim]), np.arange(x.shape[dim]), Fraction(1), dim)
                for dim in (2, 3)
            )
        self.entries[x] = self.edition, axes

    def of(self, x):
        """(Axis, Axis) of a tensor, or None where it is not known."""
        edition, axes = self.entries.get(x, (None, None))
        return axes if edition == self.edition else None

    def sizes_of(self, x):
        """Rows and columns that a cell of a map sees, or None."""
        axes = self.of(x) if x is not None and x.ndim == 4 else None
        if axes is None or any(axis.dim is None and not axis.same for axis in axes):
            return None
        return tuple(axis.size for axis in axes)

    def follow(self, func, args, kwargs, out):
        """Note what the result of an operation sees."""
        used = [x for x in tensors_in((args, kwargs)) if x in self.entries]
        if not used:
            return
        results = list(tensors_in(out))
        mutable = func._schema.is_mutable
        written = mutable and any(x._is_view() for x in results)
        known = None if written else self._known(func, args, used)
        if func.is_view:
            for x in used:
                self.viewed[x._base if x._is_view() else x] = True
        if mutable and any(x in self.viewed for x in results):
            written = True  # its parts were taken before
        if func._overloadpacket is aten._local_scalar_dense:
            self.edition += 1  # a number for Python: where it goes is not seen
        if written:  # into a part of another tensor: nothing is known any more
            self.edition += 1
        for x in results:
            axes = known
            if axes is not None:
                axes = self._checked(known(x) if callable(known) else known, x)
            self.entries[x] = self.edition, axes

    def _checked(self, axes, x):
        """Axes that fit a tensor, or None: rather not known than wrong."""
        if axes is None or None in axes:
            return None
        for axis in axes:
            # An axis of length 1 may stand for all.
            if axis.dim is not None and not axis.same and (
                axis.dim >= x.ndim or x.shape[axis.dim] != len(axis.first)
            ):  # fmt: skip
                return None
        return axes

    def _known(self, func, args, used):
        """Axes of the result, or what gives them for a tensor of the result, or None."""
        if None in (axes := [self.of(x) for x in used]):
            return None
        packet, name = func._overloadpacket, func._overloadpacket.__name__.rstrip("_")
        if name in SPATIAL and len(used) == 1:
            if SPATIAL[name][1] and any(axis.dim != used[0].ndim - 2 + place and not axis.same
                                        for place, axis in enumerate(axes[0])):  # fmt: skip
                return None
            return SPATIAL[name][0](self, args, axes[0], used[0])
        if len(used) == 1 and (func.is_view or packet in (aten._unsafe_view, aten._reshape_alias)):
            return self._viewed(name, args, axes[0], used[0])
        if packet is aten.cat or packet is aten.stack:
            dim = args[1] if len(args) > 1 else 0
            dim %= used[0].ndim
            if packet is aten.stack or any(axis.dim == dim for pair in axes for axis in pair):
                return None
            return self._joined(axes)
        if torch.Tag.pointwise in func.tags or packet in SAME or name in SAME_NAMES:
            if packet is aten.native_batch_norm and args[5]:
                return self._mixed(axes, used)  # while training it mixes all places
            return self._broadcast(axes, used, args)
        if name == "native_layer_norm":
            inside = [axis.dim is not None and axis.dim >= used[0].ndim - len(args[1])
                      for axis in axes[0] if not axis.same]  # fmt: skip
            if not any(inside):
                return axes[0]
            return self._mixed(axes, used) if all(inside) else None
        alone = name in ("addmm", "mm") and used[0].shape[0] == 1  # all stands in one row
        if alone or name in MIXING or all(axis.same for pair in axes for axis in pair):
            return self._mixed(axes, used)
        return None

    def _joined(self, axes):
        found = axes[0]
        for pair in axes[1:]:
            if found is None or None in found:
                return None
            found = tuple(
                one.joined(other, size)
                for one, other, size in zip(found, pair, self.sizes, strict=True)
            )
        return found

    def _broadcast(self, axes, used, args):
        """Number by number: shapes are aligned at their last axes."""
        most = max(x.ndim for x in tensors_in(args))
        moved = []
        for pair, x in zip(axes, used, strict=True):
            shift = most - x.ndim
            moved.append(tuple(
                axis if axis.dim is None else axis._replace(dim=axis.dim + shift) for axis in pair
            ))  # fmt: skip
        return self._joined(moved)

    def _mixed(self, axes, used):
        """Each number of the result depends on all of what is used."""
        wholes = [tuple(axis.whole(size, None) for axis, size in zip(pair, self.sizes, strict=True))
                  for pair in axes]  # fmt: skip
        found = wholes[0]
        for pair in wholes[1:]:
            found = tuple(
                Axis(np.minimum(a.first, b.first), np.maximum(a.last, b.last), a.step, None)
                for a, b in zip(found, pair, strict=True)
            )
        return found

    # ------------------------------------------------ operations on rows and columns

    def _convolved(self, args, axes, x):
        _, weight, _, stride, padding, dilation, transposed, *_ = args
        kernel = weight.shape[2:]
        if len(kernel) != 2:
            return None
        if not transposed:
            return self._windows(axes, x, kernel, stride, padding, dilation)

        def of(out):
            found = []
            for place, axis in enumerate(axes):
                k, s, p, d = (
                    int(pair_of(part)[place]) for part in (kernel, stride, padding, dilation)
                )
                cells = np.arange(out.shape[2 + place]) + p
                found.append(axis.seen(-((d * (k - 1) - cells) // s), cells // s,
                                       Fraction(1, s), 2 + place))  # fmt: skip
            return tuple(found)

        return of

    def _max_pooled(self, args, axes, x):
        return self._windows(axes, x, *pooling_of(args, dilated=True))

    def _averaged(self, args, axes, x):
        return self._windows(axes, x, *pooling_of(args, dilated=False))

    def _windows(self, axes, x, kernel, stride, padding, dilation):
        def of(out):
            found = []
            for place, axis in enumerate(axes):
                dim = out.ndim - 2 + place
                k, s, p, d = (
                    int(pair_of(part)[place]) for part in (kernel, stride, padding, dilation)
                )
                cells = np.arange(out.shape[dim]) * s - p
                found.append(axis.seen(cells, cells + d * (k - 1), s, dim))
            return tuple(found)

        return of

    def _adapted(self, args, axes, x):
        return lambda out: self._resized(axes, x, out, lambda i, n, m: (
            i * n // m, -(-(i + 1) * n // m) - 1))  # fmt: skip

    def _nearest(self, args, axes, x):
        if not _whole_scales(args[2:], x, args[1]):
            return None
        return lambda out: self._resized(axes, x, out, lambda i, n, m: (i * n // m, i * n // m))

    def _bilinear(self, args, axes, x):
        if not _whole_scales(args[3:], x, args[1]):
            return None
        if len(args) > 2 and args[2]:  # corners aligned
            return lambda out: self._resized(axes, x, out, lambda i, n, m: (
                i * (n - 1) // max(m - 1, 1), -(-i * (n - 1) // max(m - 1, 1))))  # fmt: skip
        return lambda out: self._resized(axes, x, out, lambda i, n, m: (
            ((2 * i + 1) * n - m) // (2 * m), -(-((2 * i + 1) * n - m) // (2 * m))))  # fmt: skip

    def _resized(self, axes, x, out, sources):
        """Each cell depends on those from the first to the last that `sources` names."""
        found = []
        for place, axis in enumerate(axes):
            dim = out.ndim - 2 + place
            n, m = x.shape[x.ndim - 2 + place], out.shape[dim]
            low, high = sources(np.arange(m), n, m)
            found.append(axis.seen(low, high, Fraction(n, m), dim))
        return tuple(found)

    def _padded(self, args, axes, x):
        """Zeros, or numbers of the map, at the ends; a negative number cuts."""
        widths = list(args[1])

        def of(out):
            found = []
            for axis in axes:
                if axis.dim is None:
                    found.append(axis)
                    continue
                back = x.ndim - 1 - axis.dim
                before = widths[2 * back] if 2 * back < len(widths) else 0
                cells = np.arange(out.shape[axis.dim]) - before
                found.append(axis.seen(cells, cells, 1, axis.dim))
            return tuple(found)

        return of

    def _shuffled(self, args, axes, x):
        factor = args[1]
        return lambda out: self._resized(axes, x, out, lambda i, n, m: (i // factor, i // factor))

    def _unshuffled(self, args, axes, x):
        return self._windows(axes, x, args[1], args[1], 0, 1)

    def _reduced(self, args, axes, x):
        """A mean or a sum over some axes."""
        dims = args[1] if len(args) > 1 and args[1] is not None else ()
        dims = [dims] if isinstance(dims, int) else list(dims)
        dims = {dim % x.ndim for dim in dims} or set(range(x.ndim))
        keep = bool(args[2]) if len(args) > 2 else False
        found = []
        for axis, size in zip(axes, self.sizes, strict=True):
            if axis.dim in dims or axis.dim is None:
                if axis.dim is None and not axis.same:
                    return None
                dim = axis.dim if keep else None
                found.append(axis.whole(size, dim) if not axis.same else axis._replace(dim=dim))
            else:
                before = 0 if keep else sum(dim < axis.dim for dim in dims)
                found.append(axis._replace(dim=axis.dim - before))
        return tuple(found)

    def _viewed(self, name, args, axes, x):
        if name in ("permute", "transpose", "t"):
            order = list(range(x.ndim))
            if name == "permute":
                order = [dim % x.ndim for dim in args[1]]
            else:
                one, other = (d % x.ndim for d in (args[1:3] if name == "transpose" else (0, -1)))
                order[one], order[other] = order[other], order[one]
            return tuple(
                axis if axis.dim is None else axis._replace(dim=order.index(axis.dim))
                for axis in axes
            )
        if name == "slice":
            dim, start, _, step = (*args[1:], *(0, None, None, 1)[len(args) - 1 :])
            dim %= x.ndim
            start = 0 if start is None else start + x.shape[dim] * (start < 0)
            start = min(max(start, 0), x.shape[dim])

            def cut(out):
                cells = start + step * np.arange(out.shape[dim])
                return tuple(
                    axis.seen(cells, cells, step, dim) if axis.dim == dim else axis for axis in axes
                )

            return cut
        if name == "select":
            dim, place = args[1] % x.ndim, args[2] % x.shape[args[1] % x.ndim]
            found = []
            for axis in axes:
                if axis.dim == dim and not axis.same:
                    axis = Axis(axis.first[[place]], axis.last[[place]], Fraction(0), None)
                elif axis.dim is not None:
                    axis = axis._replace(
                        dim=None if axis.dim == dim else axis.dim - (axis.dim > dim)
                    )
                found.append(axis)
            return tuple(found)
        if name in ("split", "split_with_sizes", "unbind", "diagonal", "as_strided", "unfold"):
            if name in ("diagonal", "as_strided", "unfold"):
                return None
            dim = (args[2] if name != "unbind" and len(args) > 2 else 0) % x.ndim
            if name == "unbind":
                dim = (args[1] if len(args) > 1 else 0) % x.ndim
            if any(axis.dim == dim for axis in axes):
                return None
            gone = name == "unbind"
            return tuple(
                axis
                if axis.dim is None
                else axis._replace(dim=axis.dim - (gone and axis.dim > dim))
                for axis in axes
            )
        # All others name the same numbers in the same order by other axes.
        return lambda out: tuple(_renamed(axis, x.shape, out.shape) for axis in axes)


def _renamed(axis, before, after):
    """An axis in another shape of the same numbers: it stands after as many others."""
    if axis.dim is None:
        return axis
    size, left = before[axis.dim], prod(before[: axis.dim])
    for dim, length in enumerate(after):
        if length == size and prod(after[:dim]) == left and (
            size > 1 or dim == axis.dim or len(before) != len(after)
        ):  # fmt: skip
            return axis._replace(dim=dim)
    if prod(before) != prod(after):  # broadcast to more cells
        ahead = len(after) - len(before)
        whole = axis.dim + ahead < len(after) and after[axis.dim + ahead] == size
        return axis._replace(dim=axis.dim + ahead) if whole else None
    return axis._replace(dim=None)  # scattered over one long axis


def _whole_scales(scales, x, size):
    """Whether scales, where they are given, are what the sizes say: else cells shift."""
    return all(
        scale is None or scale * x.shape[2 + place] == size[place]
        for place, scale in enumerate(scales)
    )


def _along(place, *parts):
    """One whole number of each of a layer's parts: along its rows or along its columns."""
    return tuple(int(pair_of(part)[place]) for part in parts)


# How operations on rows and columns go on, and whether these must be the last two axes.
SPATIAL = {
    "convolution": (Fields._convolved, True),
    "max_pool2d_with_indices": (Fields._max_pooled, True),
    "avg_pool2d": (Fields._averaged, True),
    "_adaptive_avg_pool2d": (Fields._adapted, True),
    "adaptive_max_pool2d": (Fields._adapted, True),
    "upsample_nearest2d": (Fields._nearest, True),
    "upsample_bilinear2d": (Fields._bilinear, True),
    "constant_pad_nd": (Fields._padded, False),
    "pixel_shuffle": (Fields._shuffled, True),
    "pixel_unshuffle": (Fields._unshuffled, True),
    "mean": (Fields._reduced, False),
    "sum": (Fields._reduced, False),
    "amax": (Fields._reduced, False),
    "amin": (Fields._reduced, False),
}
SAME = {aten.native_batch_norm, aten._native_batch_norm_legit_no_training}
SAME_NAMES = {"clone", "detach", "alias", "_to_copy", "contiguous", "lift_fresh", "native_dropout",
              "channel_shuffle", "hardswish", "hardsigmoid"}  # fmt: skip
# Each number of the result depends on all that goes in: they normalize over the whole map.
MIXING = {"native_group_norm", "_native_batch_norm_legit"}
