"""Sample photographs, small drawn pictures, and a student's own images."""

import io
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from cnnlab.arguments import integer, one_of, short
from cnnlab.ops import as_numbers

__all__ = ["SAMPLE_IMAGES", "load_image", "sample_image", "to_color", "to_gray"]

# 16 x 16 drawings, dark to light: "." 0, "-" 0.5, "#" 1. The course's own.
DRAWN = {
    "drawn cat": """
................
................
..##........##..
..###......###..
..####....####..
..############..
..############..
..##.######.##..
..##.######.##..
..############..
..#####..#####..
..####-##-####..
...##########...
.....######.....
................
................""",
    "drawn ring": """
................
................
................
.....######.....
....########....
...###....###...
...##......##...
...##......##...
...##......##...
...##......##...
...###....###...
....########....
.....######.....
................
................
................""",
    "drawn bar": """
................
................
................
.......##.......
.......##.......
.......##.......
.......##.......
.......##.......
.......##.......
.......##.......
.......##.......
.......##.......
.......##.......
................
................
................""",
}
PHOTOGRAPHS = ("camera", "coffee", "brick", "cat")
SAMPLE_IMAGES = (*PHOTOGRAPHS, *DRAWN)

MAX_MEGAPIXELS = 40


def sample_image(name):
    """Return an image that comes with the course.

    Parameters
    ----------
    name : str
        One of ``data.SAMPLE_IMAGES``: photographs ("camera" and "brick" in gray,
        "coffee" and "cat" in colour) and small drawings ("drawn cat", ...).

    Returns
    -------
    numpy.ndarray, shape (H, W) or (H, W, 3)
        Brightness in [0, 1]: 0 is black, 1 is white.

    Raises
    ------
    ValueError
        If there is no such image.

    References
    ----------
    Sources and licences stand in ``cnnlab/data/files/README.md``.

    Examples
    --------
    >>> sample_image("cat").shape
    (128, 168, 3)
    """
    if one_of("name", name, SAMPLE_IMAGES) in DRAWN:
        shades = {".": 0.0, "-": 0.5, "#": 1.0}
        return np.array([[shades[mark] for mark in row] for row in DRAWN[name].split()])
    return _photograph(name).copy()


@cache
def _photograph(name):
    """A photograph of the course, decoded once: explorers ask for it at every move."""
    return load_image((files("cnnlab.data") / "files" / f"{name}.png").read_bytes())


def load_image(source, max_side=None, min_side=1, name="image"):
    """Read an image from a file, from a file's bytes, or from an array: the one reader of pictures.

    Parameters
    ----------
    source : str, Path, bytes, PIL.Image.Image or array_like
        A path, the content of an image file, a picture of Pillow's, or an array of
        shape (H, W) or (H, W, 3): floats in [0, 1] or whole numbers in 0 to 255.
    max_side : int, optional
        Shrink a larger image until its longer side has so many pixels.
    min_side : int
        Refuse an image with fewer rows or columns.
    name : str
        The argument's name, for the error.

    Returns
    -------
    numpy.ndarray, shape (H, W) or (H, W, 3)
        Brightness in [0, 1]. What is transparent lies on white; a picture that a
        camera stored turned is upright.

    Raises
    ------
    ValueError
        If there is no such file, it is empty, broken, larger than 40 megapixels
        or no image, or the array has another shape or other numbers.

    Examples
    --------
    >>> load_image([[0, 255], [255, 0]])
    array([[0., 1.],
           [1., 0.]])
    """
    if max_side is not None:
        max_side = integer("max_side", max_side, 1)
    min_side = integer("min_side", min_side, 1)
    pixels = _read(source, max_side, name)
    if min(pixels.shape[:2]) < min_side:
        raise ValueError(
            f"{name} has shape {pixels.shape}, but it must be at least {min_side} x {min_side} "
            "pixels."
        )
    return pixels


def _read(source, max_side, name):
    if isinstance(source, (str, Path)):
        file = Path(source).name
        try:
            content = Path(source).expanduser().read_bytes()
        except FileNotFoundError:
            raise ValueError(
                f"{name} is {short(str(source))}, but there is no such file in {Path.cwd().name!r}."
            ) from None
        except OSError as error:
            raise ValueError(
                f"{name} is {short(str(source))}, which cannot be read: {error.strerror}."
            ) from None
        except (RuntimeError, ValueError) as error:  # "~nobody/x", a NUL in the path
            raise ValueError(
                f"{name} is {short(str(source))}, which is no path: {error}."
            ) from None
        return _decode(content, f"{name} {short(file)}", max_side)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decode(bytes(source), name, max_side)
    if type(source).__module__.startswith("PIL."):  # asked so, that Pillow need not be loaded
        return _flattened(source, name, max_side)
    array = as_numbers(name, source, (2, 3))
    if array.ndim == 3 and array.shape[2] not in (1, 3):
        raise ValueError(
            f"{name} has shape {array.shape}, but it must be (H, W) or (H, W, 3), "
            "with the channels last."
        )
    top, low, high = (1, array.min(), array.max())
    if array.dtype.kind in "iu" and (high > 1 or array.dtype == np.uint8):
        top = 255
    if low < 0 or high > top:
        raise ValueError(
            f"{name} has values from {low} to {high}, but they must lie in 0 to 1 (floats) "
            "or 0 to 255 (whole numbers)."
        )
    array = array / top
    array = array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if max_side is None or max(array.shape[:2]) <= max_side:
        return array
    # Pillow resizes bytes: the rounding to 1/255 is far below what one sees.
    from PIL import Image

    return _shrink(Image.fromarray(np.uint8(np.round(array * 255))), max_side)


def _decode(content, name, max_side):
    from PIL import Image, UnidentifiedImageError

    if not content:
        raise ValueError(f"{name} is empty (0 bytes).")
    try:
        picture = Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        raise ValueError(
            f"{name} is no image that can be read; use a PNG, JPEG, GIF, BMP or WebP file."
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{name} is broken: {error}.") from None
    except Image.DecompressionBombError:
        raise ValueError(f"{name} is too large: at most {MAX_MEGAPIXELS} megapixels.") from None
    return _flattened(picture, name, max_side)


def _flattened(picture, name, max_side):
    """A picture of Pillow's as brightness: upright, without palette, on white."""
    from PIL import Image, ImageOps

    megapixels = picture.width * picture.height / 1e6
    if megapixels > MAX_MEGAPIXELS:
        raise ValueError(
            f"{name} has {picture.width} x {picture.height} = {megapixels:.0f} megapixels, "
            f"but at most {MAX_MEGAPIXELS} are accepted; make it smaller first."
        )
    try:
        picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith(("I", "F")):  # 16 or 32 bits a pixel
            deep = np.asarray(picture, dtype=np.float64)
            picture = Image.fromarray(_eight_bits(deep, picture.mode))
        if picture.mode in ("P", "PA", "RGBA", "LA", "La", "RGBa") or (
            "transparency" in picture.info  # one colour of a PNG, in any mode
        ):
            rgba = picture.convert("RGBA")
            picture = Image.new("RGBA", rgba.size, "white")
            picture.alpha_composite(rgba)
        picture = picture.convert("L" if picture.mode in ("1", "L") else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{name} is broken: {error}.") from None
    return _shrink(picture, max_side)


def _eight_bits(deep, mode):
    """Brightness of 16 bits, or of floats, as whole numbers from 0 to 255."""
    top = 65535
    if mode.startswith("F"):
        top = 1 if deep.max() <= 1 else 255
    if not np.isfinite(deep).all() or deep.min() < 0 or deep.max() > top:
        raise ValueError("it holds numbers that are no brightness")
    return np.uint8(np.round(255 * deep / top))


def _shrink(picture, max_side):
    if max_side is not None:
        picture.thumbnail((max_side, max_side))
    return np.asarray(picture) / 255


def to_gray(image):
    """Brightness of a colour image.

    Parameters
    ----------
    image : numpy.ndarray, shape (H, W) or (H, W, 3)
        A gray image comes back as it is.

    Returns
    -------
    numpy.ndarray, shape (H, W)
        ``0.299 R + 0.587 G + 0.114 B``.

    Raises
    ------
    ValueError
        If it has another shape.

    References
    ----------
    Recommendation ITU-R BT.601.

    Examples
    --------
    >>> to_gray(np.ones((1, 2, 3))).round(3)
    array([[1., 1.]])
    """
    image = as_numbers("image", image, (2, 3))
    if image.ndim == 2:
        return image
    if image.shape[2] != 3:
        raise ValueError(f"image has shape {image.shape}, but it must be (H, W) or (H, W, 3).")
    return image @ np.array([0.299, 0.587, 0.114])


def to_color(image):
    """An image with three channels; of a gray one all three are alike.

    Parameters
    ----------
    image : numpy.ndarray, shape (H, W) or (H, W, 3)
        A colour image comes back as it is.

    Returns
    -------
    numpy.ndarray, shape (H, W, 3)

    Examples
    --------
    >>> to_color(np.ones((1, 2))).shape
    (1, 2, 3)
    """
    return image if image.ndim == 3 else np.repeat(image[:, :, None], 3, axis=2)
