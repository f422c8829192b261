"""The smallest recurrent net: two numbers, no bias, no activation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from neurona.errors import InputError
from neurona.language import _
from neurona.nets.kinds import NETS
from neurona.nets.shapes import shape_text


class LinearRecurrent(nn.Module):
    """One linear unit that feeds on itself: `s_t = s_(t-1) w + x_t u`, from `s_0 = 0`; its answer is the last state.

    Since `ds_t / ds_(t-m) = w^m`, its gradient explodes for `|w| > 1` and vanishes below. It counts with `u = w = 1`.

    Args:
        u: weight of the input at the start.
        w: weight of the state at the start.
    """

    def __init__(self, u: float = 0.0, w: float = 0.0) -> None:
        super().__init__()
        self.start = (u, w)
        self.u = nn.Parameter(torch.tensor(u))
        self.w = nn.Parameter(torch.tensor(w))

    def forward(self, x: Tensor) -> Tensor:
        """Return the last state, `(n, 1)`, of sequences `(n, t, 1)`; NaN pads them on the right."""
        there = ~x.isnan()
        x = x.where(there, 0.0)  # not later: the gradient of NaN times u would be NaN, also where it is not taken
        state = torch.zeros_like(x[:, 0])
        for step, reads in zip(x.unbind(1), there.unbind(1), strict=True):
            state = torch.where(reads, state * self.w + step * self.u, state)
        return state

    def extra_repr(self) -> str:
        """Return the arguments that build it again."""
        return "u={}, w={}".format(*self.start)


@NETS.register("linear-recurrent", "Two weights, the input's and the state's, and nothing else: s = s W + x U")
def linear_recurrent(shape: tuple[int, ...], outputs: int, *, u: float = 0.0, w: float = 0.0) -> LinearRecurrent:
    """Return the net for sequences of one number a step.

    Args:
        shape: of a sample, `(t, 1)`.
        outputs: must be 1.
        u: weight of the input at the start.
        w: weight of the state at the start.

    Raises:
        InputError: a step has more than one number, or the task needs more than one output.
    """
    if len(shape) != 2 or shape[1] != 1 or outputs != 1:
        problem = _(
            "linear-recurrent reads one number a step and gives one value; a sample is {shape}, outputs {count}."
        )
        raise InputError(
            problem.format(shape=shape_text(shape), count=outputs), _('Write net.kind = "sequence-classifier".')
        )
    return LinearRecurrent(u, w)
