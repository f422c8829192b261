"""Which figures suit a net with convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from neurona.language import _
from neurona.look import kernels, maps
from neurona.look.evidence import Evidence
from neurona.look.looks import Look


def convolutional_looks(seen: Evidence) -> Iterator[Look]:
    """Yield the figures of a net with convolutions that sees pictures; none for another."""
    if not kernels.suits(seen):
        return
    yield Look(
        "kernels",
        _("Kernels"),
        _(
            "Each small picture is a kernel. Red weights excite, blue ones inhibit, white ones do not matter; kernels "
            "that see colours are shown in colour. Edges and spots in the first row are what it looks for; plain "
            "noise, that it has not learned much. Later kernels look at feature maps, no longer at pixels."
        ),
        partial(kernels.convolution_kernels, seen),
    )
    yield Look(
        "feature-maps",
        _("Feature maps"),
        _(
            "One picture on its way through the net, stage by stage: each small picture is a channel. Red numbers are "
            "positive; blue ones are negative, which a ReLU makes 0. Pooling keeps what was found, less of where."
        ),
        partial(maps.feature_maps, seen),
    )
