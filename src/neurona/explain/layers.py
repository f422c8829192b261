"""What one number of a layer's output was made of, and one number of its gradients, as formulas with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import nn

from neurona import glass
from neurona.explain.calls import Call, Place, at, result_line, weights
from neurona.explain.dense import ACTIVATIONS
from neurona.explain.formula import Formula
from neurona.explain.gates import gate_lines
from neurona.explain.graph import Array
from neurona.explain.operations import FORWARD, filled
from neurona.explain.sums import SPELLED, product

Lines = Callable[[Call, Place], list[Formula]]
MOST = 9  # numbers of a window that are written out


def largest(array: Array) -> Place:
    """Return where the number stands that is farthest from 0."""
    return tuple(map(int, np.unravel_index(np.abs(array).argmax(), array.shape)))


# ---------------------------------------------------------------------- forward


def _linear(call: Call, place: Place) -> list[Formula]:
    unit = place[-1]
    template, values = product("w_*", weights(call.module, "weight")[unit], "x_*", call.inputs[0][place[:-1]])
    return [_with_bias(call, place, unit, template, values)]


def _conv2d(call: Call, place: Place) -> list[Formula]:
    weight = weights(call.module, "weight")[place[1]]
    template, values = product("w_*", weight.ravel(), "x_*", _patch(call, place).ravel())
    return [_with_bias(call, place, place[1], template, values)]


def _with_bias(call: Call, place: Place, unit: int, template: str, values: dict[str, float]) -> Formula:
    if getattr(call.module, "bias", None) is not None:
        template, values = f"{template} + {{b}}", {**values, "b": float(weights(call.module, "bias")[unit])}
    return result_line(call, place, template, values)


def _patch(call: Call, place: Place) -> Array:
    """Return the numbers that a filter looked at, `(channels, kernel height, kernel width)`; zeros for padding."""
    module: Any = call.module
    groups = module.out_channels // module.groups
    first = place[1] // groups * (module.in_channels // module.groups)
    x = call.inputs[0][0, first : first + module.in_channels // module.groups]
    if isinstance(module.padding, str):
        reach = [d * (k - 1) if module.padding == "same" else 0 for d, k in _pairs(module.dilation, module.kernel_size)]
        edges = [(r // 2, r - r // 2) for r in reach]
    else:
        edges = [(p, p) for p in module.padding]
    padded = np.pad(x, [(0, 0), *edges])
    rows, columns = (
        s * i + d * np.arange(k)
        for s, i, (d, k) in zip(module.stride, place[2:], _pairs(module.dilation, module.kernel_size), strict=True)
    )
    return np.asarray(padded[:, rows[:, None], columns])


def _pairs(one: Any, other: Any) -> list[tuple[int, int]]:
    return list(zip(one, other, strict=True))


def _window(call: Call, place: Place) -> Array:
    """Return the numbers that a pooling looked at, those of padding left out."""
    module: Any = call.module
    x = call.inputs[0][0, place[1]]
    if isinstance(module, nn.AdaptiveAvgPool2d):
        sizes = zip(place[2:], x.shape, call.output.shape[2:], strict=True)
        spans = [slice(i * n // w, -(-(i + 1) * n // w)) for i, n, w in sizes]
        return np.asarray(x[tuple(spans)].ravel())
    kernel, stride, padding = (
        (value, value) if isinstance(value, int) else value
        for value in (module.kernel_size, module.stride or module.kernel_size, module.padding)
    )
    spans = [
        slice(max(0, i * s - p), min(n, i * s - p + k))
        for i, k, s, p, n in zip(place[2:], kernel, stride, padding, x.shape, strict=True)
    ]
    return np.asarray(x[tuple(spans)].ravel())


def _max_pool(call: Call, place: Place) -> list[Formula]:
    window = _window(call, place)
    if not 1 < len(window) <= MOST or getattr(call.module, "dilation", 1) not in (1, (1, 1)):
        return []
    values = {f"x_{k}": float(value) for k, value in enumerate(window, 1)}
    return [result_line(call, place, f"max({', '.join(f'{{{name}}}' for name in values)})", values)]


def _avg_pool(call: Call, place: Place) -> list[Formula]:
    window = _window(call, place)
    if getattr(call.module, "padding", 0) not in (0, (0, 0)):
        return []
    if len(window) > MOST:
        return [result_line(call, place, f"{{sum(x)}} / {len(window)}", {"sum(x)": float(window.sum())})]
    values = {f"x_{k}": float(value) for k, value in enumerate(window, 1)}
    return [result_line(call, place, f"({' + '.join(f'{{{name}}}' for name in values)}) / {len(window)}", values)]


def _batch_norm(call: Call, place: Place) -> list[Formula]:
    module: Any = call.module
    k = place[1]
    values = {
        "gamma": float(weights(module, "weight")[k]),
        "x": float(call.inputs[0][place]),
        "mean": float(weights(module, "running_mean")[k]),
        "std": float(np.sqrt(weights(module, "running_var")[k] + module.eps)),
        "beta": float(weights(module, "bias")[k]),
    }
    return [result_line(call, place, "{gamma} * ({x} - {mean}) / {std} + {beta}", values)]


def _activation(call: Call, place: Place) -> list[Formula]:
    pattern = FORWARD[ACTIVATIONS[call.kind].name]
    if call.kind == "LeakyReLU":
        pattern = pattern.replace("0.01", f"{getattr(call.module, 'negative_slope', 0.01):g}")
    return [result_line(call, place, filled(pattern, ["x"], ""), {"x": float(call.inputs[0][place])})]


# ---------------------------------------------------------------------- backward


def weight_lines(call: Call, gradients: Mapping[str, Array], delta: Array) -> list[Formula]:
    """Return how the largest number of the gradient of weights and biases came about, for the layers that are known.

    Args:
        call: of the layer.
        gradients: of the loss, by the names of parameters in the net.
        delta: the gradient of the loss for the output, in its shape.
    """
    lines = []
    for name in ("weight", "bias"):
        label = f"{call.name}.{name}"
        gradient = gradients.get(label)
        if gradient is None or call.kind not in ("Linear", "Conv2d"):
            continue
        place = largest(gradient)
        reached = _reached(call, place, delta)
        if name == "bias":
            template, values = _added(reached)
        else:
            template, values = product("delta_*", reached, "x_*", _read(call, place))
        lines.append(Formula(f"dJ/d{at(label, place)}", template, values, float(gradient[place]), label, True))
    return lines


def passed_lines(call: Call, delta: Array, source: str, gradient: Array) -> list[Formula]:
    """Return how the largest number of the gradient for what a layer read came about, for the layers that are known.

    Args:
        call: of the layer.
        delta: the gradient of the loss for the output.
        source: the label of what it read.
        gradient: of the loss for that, in the shape of `call.inputs[0]`.
    """
    place = largest(gradient)
    left = f"dJ/d{at(source, place[1:])}"
    if call.kind in ACTIVATIONS:
        values = {"delta": float(delta[place]), "g'(x)": _slope(call, float(call.inputs[0][place]))}
    elif call.kind in ("BatchNorm1d", "BatchNorm2d"):
        variance = weights(call.module, "running_var")[place[1]] + float(getattr(call.module, "eps", 0.0))
        gamma = float(weights(call.module, "weight")[place[1]])
        values = {"delta": float(delta[place]), "gamma / std": gamma / float(np.sqrt(variance))}
    elif call.kind == "Linear":
        template, found = product("delta_*", delta[place[:-1]], "w_*", weights(call.module, "weight")[:, place[-1]])
        return [Formula(left, template, found, float(gradient[place]), source, True)]
    else:
        return []
    template = " * ".join(f"{{{name}}}" for name in values)
    return [Formula(left, template, values, float(gradient[place]), source, True)]


def _slope(call: Call, x: float) -> float:
    """Return the derivative of an activation at x, as glass has it."""
    point = glass.Tensor(x, requires_grad=True)
    options = {"negative_slope": getattr(call.module, "negative_slope", 0.01)} if call.kind == "LeakyReLU" else {}
    (local,) = ACTIVATIONS[call.kind](point, **options).local_derivatives()
    return 0.0 if local is None else float(local)


def _reached(call: Call, place: Place, delta: Array) -> Array:
    """Return the deltas of all that a weight or bias of one unit or filter went into."""
    return delta[0, place[0]].ravel() if call.kind == "Conv2d" else delta[..., place[0]].ravel()


def _read(call: Call, place: Place) -> Array:
    """Return what one weight was multiplied by, each time."""
    if call.kind == "Linear":
        return call.inputs[0][..., place[1]].ravel()
    rows, columns = call.output.shape[2:]
    unit, channel, i, j = place
    return np.array([_patch(call, (0, unit, r, c))[channel, i, j] for r in range(rows) for c in range(columns)])


def _added(numbers: Array) -> tuple[str, dict[str, float]]:
    if len(numbers) > SPELLED:
        return "{sum(delta)}", {"sum(delta)": float(numbers.sum())}
    values = {f"delta_{k}": float(value) for k, value in enumerate(numbers, 1)}
    return " + ".join(f"{{{name}}}" for name in values), values


LAYERS: Mapping[str, Lines] = {
    "Linear": _linear,
    "Conv2d": _conv2d,
    "MaxPool2d": _max_pool,
    "AvgPool2d": _avg_pool,
    "AdaptiveAvgPool2d": _avg_pool,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "RNN": gate_lines,
    "LSTM": gate_lines,
    "GRU": gate_lines,
    **dict.fromkeys(ACTIVATIONS, _activation),
}


def products(call: Call, place: Place) -> list[tuple[str, Array]]:
    """Return the weights and what they were multiplied by for one number of an output, where a line sums them up."""
    if call.kind == "Conv2d":
        weight, read = weights(call.module, "weight")[place[1]], _patch(call, place)
    elif call.kind == "Linear":
        weight, read = weights(call.module, "weight")[place[-1]], call.inputs[0][place[:-1]]
    else:
        return []
    return [("w", weight), ("x", read)] if weight.size > SPELLED else []


def forward_lines(call: Call, place: Place) -> Sequence[Formula]:
    """Return how one number of the output of a layer was computed; nothing for kinds that no formula is known of."""
    return LAYERS[call.kind](call, place) if call.kind in LAYERS else []
