"""What can go wrong; each message says what, where, and what to write instead."""


class GlassError(Exception):
    """Any error of this package: integers that require gradients, a derivative that is wrong, and those below."""


class ShapeError(GlassError, ValueError):
    """Shapes that do not fit each other or the operation."""


class GraphError(GlassError, RuntimeError):
    """A graph that cannot give the gradient asked of it, or would give a wrong one."""


class OptionError(GlassError, ValueError):
    """An option out of its range: the name of a reduction, a learning rate, a probability."""


class NaNError(GlassError, ArithmeticError):
    """NaN, with the node that it was met first at."""


def require(fits: object, option: str, value: object, wanted: str) -> None:
    """Raise an `OptionError` that says the `value` of an `option` and what it should be, unless it `fits`."""
    if not fits:
        raise OptionError(f"{option} = {value!r} is not valid: it must be {wanted}.")
