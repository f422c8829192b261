"""What can be watched of a fit: a module for each view, which says whom it suits and what it shows at this moment."""

from __future__ import annotations

from neurona.studio.views.confusion import Confusion
from neurona.studio.views.line import Line
from neurona.studio.views.surface import Surface
from neurona.studio.views.units import Units
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

# In this order they stand on the page; the first that suits is in sight to begin with.
VIEWS: tuple[type[View], ...] = (Surface, Line, Units, Confusion)

__all__ = ["VIEWS", "View", "Watched"]
