"""The stage: scenes drawn in the browser, sent ahead of the hand.

The stage keeps a store of scenes by settings. In the browser it listens to the
controls themselves, so that a stored scene is painted without asking the
kernel. Arrays travel as bytes and once only: scenes name them by their digest.
"""

import hashlib
import json

import anywidget
import numpy as np
import traitlets
from ipywidgets import widget_serialization

from cnnlab.draw.modules import FOLDER, joined
from cnnlab.scene.shapes import Image, shapes_of

__all__ = ["Stage", "pack"]


def pack(scene):
    """Turn a scene into what the browser needs.

    Parameters
    ----------
    scene : cnnlab.scene.Scene

    Returns
    -------
    header : dict
        Everything but the numbers, ready for JSON.
    arrays : dict of str to bytes
        The numbers, by digest.

    Examples
    --------
    >>> from cnnlab.scene import Grid, Scene
    >>> header, arrays = pack(Scene("one number", Grid(name="a", values=np.eye(1))))
    >>> header["panels"][0]["shape"], len(arrays)
    ([1, 1], 1)
    """
    placed, signs, size = scene.layout()
    arrays = {}
    header = {
        "title": scene.title,
        "note": scene.note,
        "problem": scene.problem,
        "size": size,
        "signs": signs,
        "panels": [_pack_panel(spot, arrays) for spot in placed],
        "links": [
            {
                "source": link.source,
                "how": link.how,
                "computed": link.computed,
                "spans": [vars(span) for span in link.spans],
                "also": [vars(span) for span in link.also],
            }
            for link in scene.links
        ],
        "marks": [vars(mark) for mark in scene.marks],
        "focus": scene.focus._asdict() if scene.focus else None,
        "description": scene.description,
    }
    return header, arrays


SAID = ("name", "kind", "title", "caption", "role", "colors", "digits", "faded", "limits")
# What the browser needs to know of each kind beside that.
MORE = {
    "grid": ("editable", "pickable", "lens", "heads"),
    "picture": ("paintable", "pickable", "names"),
    "series": ("first",),
    "bars": ("lines", "roles"),
    "blocks": ("lines", "roles"),
    "graph": ("lines", "roles", "choosable"),
    "boxes": ("lines", "roles", "movable", "solid", "step"),
}


def _pack_panel(spot, arrays):
    panel = spot.panel
    values = np.ascontiguousarray(panel.values)
    if panel.kind != "picture":
        values = values.astype(np.float64)
    rows, columns = panel.shape
    packed = {key: getattr(panel, key) for key in SAID + MORE[panel.kind]}
    packed |= {
        "x": spot.x, "y": spot.y, "width": spot.width, "height": spot.height, "cell": spot.cell,
        "over": spot.over, "rows": rows, "columns": columns, "digest": _keep(values, arrays),
        "dtype": values.dtype.name, "shape": list(values.shape),
    }  # fmt: skip
    if panel.kind == "grid":
        packed["letters"] = spot.letters()
    if panel.kind == "picture":
        packed["profiles"] = {
            name: [np.asarray(part, dtype=float).round(5).tolist() for part in parts]
            for name, parts in panel.profiles.items()
        }
    if panel.kind == "graph":
        packed["names"] = [node.name for node in panel.nodes]
        packed["tinted"] = bool(panel.tints)
        packed["heads"] = panel.heads
        # Of each edge the nodes, and where its line and its head stand among the shapes.
        packed["arrows"] = [(*ends, 2 * place) for place, ends in enumerate(panel.arrows)]
    if panel.kind == "boxes":
        packed["corners"] = panel.corners.tolist()
    if panel.kind not in ("grid", "picture"):
        packed["cells"] = _rounded(spot.cells)
        packed["shapes"] = [_pack_shape(shape, arrays) for shape in shapes_of(spot)]
    return packed


def _pack_shape(shape, arrays):
    parts = shape._asdict()
    packed = {"shape": type(shape).__name__.lower()}
    if isinstance(shape, Image):
        values = np.ascontiguousarray(parts.pop("values"), dtype=np.float32)
        rows, columns, *depth = values.shape
        packed |= {
            "digest": _keep(values, arrays), "rows": rows, "columns": columns,
            "depth": depth[0] if depth else 1, "limits": parts.pop("limits"),
        }  # fmt: skip
    return packed | {name: _rounded(part) for name, part in parts.items()}


def _rounded(part):
    """Pixels to a hundredth: more would only cost bytes."""
    if isinstance(part, float):
        return round(part, 2)
    return [_rounded(inner) for inner in part] if isinstance(part, (list, tuple)) else part


def _keep(values, arrays):
    """Keep an array's bytes under their digest, and return it."""
    content = values.tobytes()
    digest = hashlib.blake2b(content, digest_size=12).hexdigest()
    arrays[digest] = content
    return digest


class Stage(anywidget.AnyWidget):
    """The drawing half of an explorer; :class:`cnnlab.widgets.Explorer` feeds it.

    Attributes
    ----------
    controls : list of ipywidgets.Widget
        Their values, in this order, are the key of the store.
    current : str
        Key of the settings that the kernel has; a page without a widget manager
        shows these.
    size : int
        Bytes in the store.
    """

    size = 0

    _esm = joined()
    _css = (FOLDER / "stage.css").read_text(encoding="utf-8")

    controls = traitlets.List().tag(sync=True, **widget_serialization)
    scenes = traitlets.Dict().tag(sync=True)
    arrays = traitlets.Dict().tag(sync=True)
    current = traitlets.Unicode().tag(sync=True)

    def add(self, scenes, current=None, clear=False):
        """Put scenes into the store, here and in the browser.

        Parameters
        ----------
        scenes : dict of str to Scene
        current : str, optional
            The key to show.
        clear : bool
            Forget what was stored before: it answers to older data.
        """
        made = {key: pack(scene) for key, scene in scenes.items()}
        if clear:
            self.scenes.clear()
            self.arrays.clear()
            self.size = 0
        packed, fresh = {}, {}
        for key, (header, arrays) in made.items():
            packed[key] = header
            fresh |= {d: content for d, content in arrays.items() if d not in self.arrays}
            # In place, so that no trait changes: the whole store would travel again.
            # A page that is opened later still gets all of it with the state.
            self.arrays.update(fresh)
            self.size += len(json.dumps(packed[key]))
        self.size += sum(map(len, fresh.values()))
        self.scenes.update(packed)
        message = {"scenes": packed, "digests": list(fresh), "clear": clear}
        self.send(message, buffers=list(fresh.values()))
        if current is not None:
            self.current = current

    def forget_others(self):
        """Keep the current scene only: nobody looks."""
        kept = {key: header for key, header in self.scenes.items() if key == self.current}
        digests = {
            part["digest"]
            for header in kept.values()
            for panel in header["panels"]
            for part in (panel, *panel.get("shapes", ()))
            if "digest" in part
        }
        self.arrays = {digest: self.arrays[digest] for digest in digests}
        self.scenes = kept
        self.size = sum(map(len, self.arrays.values()))
