"""A weight or a bias that a person sets on the drawing; training goes on from there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from neurona.errors import InputError
from neurona.language import _
from neurona.studio.part import Part

if TYPE_CHECKING:
    from neurona.studio.workshop import Command


class ByHand(Part):
    """The command that sets a weight."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"weight": self._weight}

    def _weight(self, command: Mapping[str, Any]) -> None:
        place, value = self._place(command), _number(command.get("value"))
        with torch.no_grad():
            place.fill_(value)
        workshop = self.workshop
        if not workshop.by_hand:
            workshop.by_hand = True
            words = _("A weight is set by hand: from here on, this run is no longer the one that the recipe gives.")
            if workshop.fit.ended:
                words = _("A weight is set by hand. To train on from it, choose more epochs; Train starts anew.")
            workshop.telling.remark(words)
        workshop.telling.frame()

    def _place(self, command: Mapping[str, Any]) -> Tensor:
        """Return the one number that is meant, as a part of the parameter that holds it.

        Raises:
            InputError: the net has no such weight.
        """
        layers = {layer.name: layer.linear for layer in self.workshop.scene.seen.drawing.layers}
        layer, to, source = layers.get(str(command.get("layer"))), command.get("to"), command.get("from")
        if layer is not None and isinstance(to, int) and 0 <= to < layer.out_features:
            if source is None and layer.bias is not None:
                return layer.bias[to]
            if isinstance(source, int) and 0 <= source < layer.in_features:
                return layer.weight[to, source]
        raise InputError(_("The net has no such weight."), _("Choose one on the drawing."))


def _number(value: Any) -> float:
    """Return a number that a weight can be.

    Raises:
        InputError: it is none, or too large.
    """
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or abs(value) > 1e6:
        problem = _("{value!r} is no number that a weight can be.").format(value=value)
        raise InputError(problem, _("Write one such as 0.5 or -1.2."))
    return float(value)
