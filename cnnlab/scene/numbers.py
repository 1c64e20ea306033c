"""How numbers and shapes are written, in figures, explorers and tables alike."""

from decimal import ROUND_HALF_UP, Decimal

from cnnlab.scene.vocabulary import HUGE

__all__ = ["format_number", "format_shape", "is_exact"]


def format_number(value, digits=2):
    """A number as it is written in cells and arithmetic.

    Parameters
    ----------
    value : float
    digits : int
        Most decimals; zeros at the end are left out. Halves are rounded away
        from zero, as JavaScript does, so that browser and kernel agree.

    Returns
    -------
    str
        With a real minus sign.

    Examples
    --------
    >>> format_number(2.50), format_number(-0.125), format_number(3), format_number(1.125e15)
    ('2.5', '−0.13', '3', '1.13e+15')
    """
    exact = Decimal(float(value))
    if abs(exact) >= HUGE:
        power = exact.adjusted()
        scaled = exact.scaleb(-power).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        if abs(scaled) >= 10:  # 9.999e15 is written 1e+16
            scaled, power = (scaled / 10).quantize(Decimal("0.01")), power + 1
        text = f"{scaled:f}".removesuffix(".00")
        return f"{text}e+{power}".replace("-", "−")
    rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{rounded:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", "−")


def format_shape(shape):
    """A shape as it is written under panels.

    Parameters
    ----------
    shape : sequence of int

    Returns
    -------
    str

    Examples
    --------
    >>> format_shape((3, 28, 28))
    '3 x 28 x 28'
    """
    return " x ".join(map(str, shape))


def is_exact(value, digits):
    """Whether the written number is the number itself, up to the noise of floats."""
    written = float(format_number(value, digits).replace("−", "-"))
    return abs(written - float(value)) <= 1e-12 * max(1.0, abs(float(value)))
