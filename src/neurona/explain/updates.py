"""The update of one weight, line by line, by the rule of each optimizer of PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from neurona.explain.formula import Formula
from neurona.language import _


@dataclass(frozen=True)
class Weight:
    """One weight before a step, and all that its optimizer knows of it.

    Attributes:
        name: "W1_3,2".
        before: it.
        after: what PyTorch's optimizer made of it, in float64.
        gradient: what the optimizer is given.
        given: what that is called: "dJ/dW1_3,2", or another name where it is clipped or of more than the loss.
        group: the settings of the optimizer.
        state: what it remembers of this weight, by PyTorch's names; empty before the first step.
    """

    name: str
    before: float
    after: float
    gradient: float
    given: str
    group: Mapping[str, Any]
    state: Mapping[str, float]


def update_lines(optimizer: torch.optim.Optimizer, weight: Weight) -> list[Formula]:
    """Return the lines from the gradient of a weight to its new value; nothing for an optimizer without a rule here."""
    rule = RULES.get(type(optimizer))
    return rule(_Lines(weight)) if rule else []


class _Lines:
    """The lines so far, and the numbers that they are made of.

    Args:
        weight: that they are about.
    """

    def __init__(self, weight: Weight) -> None:
        self.weight, self.lines = weight, list[Formula]()
        self.w, self.g = weight.name, weight.given
        self.known: dict[str, float] = {self.w: weight.before, self.g: weight.gradient, "lr": float(weight.group["lr"])}

    def line(self, left: str, template: str, result: float, **known: float) -> float:
        """Add a line whose result later ones may use; `template` has symbols in braces."""
        self.known |= known
        self.lines.append(Formula(left, template, dict(self.known), result))
        self.known[left] = result
        return result

    def decayed(self) -> tuple[str, float]:
        """Return the name and value of the gradient with weight decay added, if there is any (Krogh and Hertz 1991)."""
        decay = float(self.weight.group["weight_decay"])
        if not decay:
            return self.g, self.weight.gradient
        value = self.weight.gradient + decay * self.weight.before
        self.line("g", f"{{{self.g}}} + {{decay}} * {{{self.w}}}", value, decay=decay)
        return "g", value

    def remembered(self, name: str) -> float:
        """Return what the optimizer remembers under a name; 0 before the first step."""
        return self.weight.state.get(name, 0.0)

    def end(self, template: str, **known: float) -> list[Formula]:
        """Return the lines, of which the last gives the new weight."""
        self.line(_("new {name}").format(name=self.w), template, self.weight.after, **known)
        return self.lines


def _sgd(it: _Lines) -> list[Formula]:
    """`v = mu v + g; w -= lr v`, or Nesterov's `w -= lr (g + mu v)`."""
    name, g = it.decayed()
    momentum = float(it.weight.group["momentum"])
    if not momentum:
        return it.end(f"{{{it.w}}} - {{lr}} * {{{name}}}")
    before = it.remembered("momentum_buffer")
    it.line("v", f"{{mu}} * {{v_before}} + {{{name}}}", momentum * before + g, mu=momentum, v_before=before)
    if it.weight.group["nesterov"]:
        return it.end(f"{{{it.w}}} - {{lr}} * ({{{name}}} + {{mu}} * {{v}})")
    return it.end(f"{{{it.w}}} - {{lr}} * {{v}}")


def _adagrad(it: _Lines) -> list[Formula]:
    """`s += g^2; w -= lr g / (sqrt(s) + eps)` (Duchi 2011)."""
    name, g = it.decayed()
    before, group = it.remembered("sum"), it.weight.group
    it.line("s", f"{{s_before}} + ({{{name}}})^2", before + g * g, s_before=before)
    return it.end(f"{{{it.w}}} - {{lr}} * {{{name}}} / (sqrt({{s}}) + {{eps}})", eps=float(group["eps"]))


def _mean_square(it: _Lines, name: str, g: float, before: float, **kept: float) -> float:
    """Write the running mean of g^2, of which the share `kept`, by the name that the formula gives it, is kept."""
    ((share, value),) = kept.items()
    template = f"{{{share}}} * {{s_before}} + (1 - {{{share}}}) * ({{{name}}})^2"
    return it.line("s", template, value * before + (1 - value) * g * g, s_before=before, **kept)


def _rmsprop(it: _Lines) -> list[Formula]:
    """`s = alpha s + (1 - alpha) g^2; w -= lr g / (sqrt(s) + eps)` (Hinton 2012), with momentum if asked for."""
    name, g = it.decayed()
    group, before = it.weight.group, it.remembered("square_avg")
    alpha, momentum = float(group["alpha"]), float(group["momentum"])
    s = _mean_square(it, name, g, before, alpha=alpha)
    eps = float(group["eps"])
    ratio = f"{{{name}}} / (sqrt({{s}}) + {{eps}})"
    if not momentum:
        return it.end(f"{{{it.w}}} - {{lr}} * {ratio}", eps=eps)
    held = it.remembered("momentum_buffer")
    value = momentum * held + g / (math.sqrt(s) + eps)
    it.line("v", f"{{mu}} * {{v_before}} + {ratio}", value, mu=momentum, v_before=held, eps=eps)
    return it.end(f"{{{it.w}}} - {{lr}} * {{v}}")


def _adadelta(it: _Lines) -> list[Formula]:
    """Steps of the size of the steps before them (Zeiler 2012, algorithm 1)."""
    name, g = it.decayed()
    group, before = it.weight.group, it.remembered("square_avg")
    rho, eps = float(group["rho"]), float(group["eps"])
    s = _mean_square(it, name, g, before, rho=rho)
    changes = it.remembered("acc_delta")
    change = math.sqrt(changes + eps) / math.sqrt(s + eps) * g
    template = f"sqrt({{u}} + {{eps}}) / sqrt({{s}} + {{eps}}) * {{{name}}}"
    it.line("change", template, change, u=changes, eps=eps)
    return it.end(f"{{{it.w}}} - {{lr}} * {{change}}")


def _adam(it: _Lines) -> list[Formula]:
    """Running mean over the root of the running mean square, without their bias (Kingma and Ba 2014)."""
    name, g = it.decayed()
    return _moments(it, name, g, f"{{{it.w}}}")


def _adamw(it: _Lines) -> list[Formula]:
    """The same, with weight decay beside the gradient (Loshchilov and Hutter 2017)."""
    decay = float(it.weight.group["weight_decay"])
    if not decay:
        return _moments(it, it.g, it.weight.gradient, f"{{{it.w}}}")
    it.known["decay"] = decay
    return _moments(it, it.g, it.weight.gradient, f"{{{it.w}}} * (1 - {{lr}} * {{decay}})")


def _moments(it: _Lines, name: str, g: float, begin: str) -> list[Formula]:
    first, second = (float(beta) for beta in it.weight.group["betas"])
    m, v, t = it.remembered("exp_avg"), it.remembered("exp_avg_sq"), it.remembered("step") + 1
    mean = f"{{b1}} * {{m_before}} + (1 - {{b1}}) * {{{name}}}"
    it.line("m", mean, first * m + (1 - first) * g, b1=first, m_before=m)
    square = f"{{b2}} * {{v_before}} + (1 - {{b2}}) * ({{{name}}})^2"
    it.line("v", square, second * v + (1 - second) * g * g, b2=second, v_before=v)
    template = f"{begin} - {{lr}} * {{m}} / (1 - {{b1}}^{{t}}) / (sqrt({{v}} / (1 - {{b2}}^{{t}})) + {{eps}})"
    return it.end(template, t=t, eps=float(it.weight.group["eps"]))


RULES: Mapping[type[torch.optim.Optimizer], Callable[[_Lines], list[Formula]]] = {
    torch.optim.SGD: _sgd,
    torch.optim.Adagrad: _adagrad,
    torch.optim.RMSprop: _rmsprop,
    torch.optim.Adadelta: _adadelta,
    torch.optim.Adam: _adam,
    torch.optim.AdamW: _adamw,
}
