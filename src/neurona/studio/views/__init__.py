"""What can be watched of a fit: a module for each view, which says whom it suits and what it shows at this moment."""

from __future__ import annotations

from neurona.studio.views.confusion import Confusion
from neurona.studio.views.counting import Counting
from neurona.studio.views.distributions import Distributions
from neurona.studio.views.drawn import Drawn
from neurona.studio.views.formula import Formula
from neurona.studio.views.gates import Gates
from neurona.studio.views.labels import Labels
from neurona.studio.views.latent import Latent
from neurona.studio.views.line import Line
from neurona.studio.views.pad import Pad
from neurona.studio.views.picture import Picture
from neurona.studio.views.pixels import Weights
from neurona.studio.views.reconstructions import Reconstructions
from neurona.studio.views.rows import Rows
from neurona.studio.views.samples import Samples
from neurona.studio.views.spread import Spread
from neurona.studio.views.surface import Surface
from neurona.studio.views.text import Text
from neurona.studio.views.unit_curves import UnitCurves
from neurona.studio.views.units import Units
from neurona.studio.views.values import Values
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched
from neurona.studio.views.whatif import WhatIf
from neurona.studio.views.writing import Writing

# In this order they stand on the page; the first that suits is in sight to begin with.
VIEWS: tuple[type[View], ...] = (
    Surface,
    Line,
    Units,
    UnitCurves,
    Weights,
    Spread,
    Formula,
    Counting,
    Text,
    Writing,
    Reconstructions,
    Rows,
    Latent,
    Samples,
    Drawn,
    Gates,
    Picture,
    Pad,
    Labels,
    Values,
    Confusion,
    WhatIf,
    Distributions,
)

__all__ = ["VIEWS", "View", "Watched"]
