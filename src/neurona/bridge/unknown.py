"""What glass has no counterpart for."""

from __future__ import annotations

from neurona.errors import InputError
from neurona.language import _


class UnknownError(InputError):
    """Glass has no counterpart for a part of PyTorch."""


def unknown(what: str) -> UnknownError:
    """Return the error that names what of PyTorch glass does not know."""
    problem = _("The engine glass does not know PyTorch's {name}.").format(name=what)
    return UnknownError(problem, _('Leave it out of the net, or write fit.engine = "torch".'))


def require(known: bool, what: str) -> None:
    """Raise that error unless `what` is `known`."""
    if not known:
        raise unknown(what)
