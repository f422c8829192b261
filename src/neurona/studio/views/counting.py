"""The two weights of a linear recurrent unit on their way over the loss surface, and what they make of a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch

from neurona.look.counting import FAR, LARGEST, ROOM, SMALLEST, losses
from neurona.look.style import thinned
from neurona.nets import LinearRecurrent
from neurona.studio.arrays import floats, shares
from neurona.studio.views.picker import Picker
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

SIDE, MOST_SAMPLES, MOST_STEPS, LONGEST_WAY = 61, 400, 100, 500
WIDEST = 1.4


class Counting(View):
    """A unit `s_t = s_(t-1) W + x_t U`: its loss over U and W, the way of the two, and one sequence step by step."""

    name = "counting"

    def __init__(self, seen: Watched) -> None:
        super().__init__(seen)
        self.passed()

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net is a linear recurrent unit."""
        return isinstance(seen.net, LinearRecurrent)

    def passed(self) -> None:
        """Note where the weights are now; what was noted of later epochs, before a new start, is forgotten."""
        way, epoch = self._way, self.seen.fit.epoch
        while way and way[-1][0] >= epoch:
            way.pop()
        way.append((epoch, *self._weights))

    def described(self) -> dict[str, Any]:
        """Return the loss on train over U and W, `(side, side)` rows of W from below, as shares of its logarithm."""
        low, high = self._bounds
        u, w = (np.linspace(low[i], high[i], SIDE) for i in (0, 1))
        train = self.seen.data.train
        heights = np.log10(losses(train.x[:MOST_SAMPLES], train.y[:MOST_SAMPLES], u, w) + SMALLEST)
        ends = np.log10(SMALLEST), np.log10(LARGEST)
        return {
            "side": SIDE,
            "low": list(low),
            "high": list(high),
            "heights": shares((heights - ends[0]) / (ends[1] - ends[0])),
        }

    def frame(self) -> dict[str, Any]:
        """Return U and W, their gradient on train, the way `(k, 3)` of epoch, U and W, and one sequence.

        Of the sequence: what is read, the states, how many ones there were by each step, and what each step weighs in
        the answer, `U W^(T-t)`: with U = W = 1 all of them 1.
        """
        self.passed()
        picker = Picker(self.seen, self.chosen)
        u, w = self._weights
        read = self.seen.judged_by.x[picker.number, :, 0].double()
        bits: np.ndarray = read[~read.isnan()][:MOST_STEPS].numpy()
        with np.errstate(all="ignore"):  # after an explosion numbers are infinite
            each = floats(u * np.power(w, np.arange(len(bits) - 1, -1, -1)))
            states = floats(_states(bits, u, w))
            way = floats(np.array(self._way)[thinned(len(self._way), LONGEST_WAY)])
        return {
            **picker.described(),
            "u": _told(u),
            "w": _told(w),
            "gradient": [_told(one) for one in self._gradient()],
            "way": way,
            "bits": bits.tolist(),
            "states": states,
            "ones": np.cumsum(bits).tolist(),
            "each": each,
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another sequence; see `Picker.look`."""
        Picker(self.seen, self.chosen).look(wish)

    @property
    def _way(self) -> list[tuple[float, float, float]]:
        way: list[tuple[float, float, float]] = self.chosen.setdefault("way", [])
        return way

    @property
    def _weights(self) -> tuple[float, float]:
        net = self.seen.net
        assert isinstance(net, LinearRecurrent)
        return float(net.u.detach()), float(net.w.detach())

    @cached_property
    def _bounds(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The least and the largest U and W of the surface: the start and the solution lie in it."""
        net = self.seen.net
        assert isinstance(net, LinearRecurrent)
        (u, _w), reach = net.start, max(WIDEST, abs(net.start[1]) + ROOM)
        return (max(-FAR, min(u, -0.1) - ROOM), -reach), (min(FAR, max(u, 1.25) + ROOM), reach)

    def _gradient(self) -> list[float]:
        """Return the derivatives of the loss on train by U and W."""
        fit, net, train = self.seen.fit, self.seen.net, self.seen.data.train
        with torch.inference_mode(False), torch.enable_grad():
            x = self.seen.data.inputs.prepare(train.x[:MOST_SAMPLES]).to(fit.device)
            y = train.y[:MOST_SAMPLES].to(fit.device)
            found = torch.autograd.grad(fit.task.loss(fit.task.forward(net, x, y), y), list(net.parameters()))
        return [float(one) for one in found]


def _states(bits: np.ndarray, u: float, w: float) -> np.ndarray:
    """Return the state after each step, `(t,)`."""
    states, state = np.zeros(len(bits)), np.float64(0)
    for step, bit in enumerate(bits):
        state = state * w + bit * u
        states[step] = state
    return states


def _told(number: float) -> float | None:
    """Return a number for the page; None for one that is not finite."""
    return number if np.isfinite(number) else None
