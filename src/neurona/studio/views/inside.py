"""A picture on its way through a net: what each layer makes of it, and what the net answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurona.data.inputs import Pixels
from neurona.look.evidence import each_class
from neurona.look.kernels import convolutions
from neurona.look.sheets import brightness
from neurona.look.style import thinned
from neurona.nets import shape_text
from neurona.studio.arrays import bytes_, shares, signed
from neurona.studio.views.layers import noted
from neurona.studio.views.watched import Watched

MOST_LAYERS, MOST_MAPS, MOST_UNITS, MOST_PICTURES = 24, 32, 128, 40
LARGEST_MAP, MOST_NUMBERS = 56, 200_000  # of a side, and of all maps together: a frame is sent many times a second


def sees_pictures(seen: Watched) -> bool:
    """Tell whether the net sees pictures, pixel by pixel or by convolutions."""
    return isinstance(seen.data.inputs, Pixels) and (_first_dense(seen) is not None or bool(convolutions(seen.net)))


def through(seen: Watched, x: Tensor) -> dict[str, Any]:
    """Return what a net makes of one picture.

    Args:
        seen: the fit; its net is in evaluation mode.
        x: the picture as the net sees it, `(1, channels, height, width)`.

    Returns:
        picture: it, `(channels, height, width)` bytes.
        shares: the probability of each class or label; empty for other tasks.
        layers: for each layer its name, the shape of what leaves it, and what there is to see: `maps`, the first
            channels `(k, h, w)`, or `units`, the first ones `(k,)`, both signed, with `reach`, the largest magnitude;
            and `kernels`, `(k, h, w)`, signed each by itself: of a convolution the mean over what it does to each
            input channel, of a dense layer that sees pixels the weights of each unit.
    """
    with noted(seen.net) as found:
        outputs = seen.outputs(x)
    inputs = seen.data.inputs
    assert isinstance(inputs, Pixels)
    kernels = kernels_of(seen)
    names = _of([name for name, values in found.items() if values.dim() in (2, 4)], MOST_LAYERS)
    maps = sum(min(MOST_MAPS, found[name].shape[1]) for name in names if found[name].dim() == 4)
    largest = min(LARGEST_MAP, math.isqrt(MOST_NUMBERS // max(1, maps)))
    return {
        "picture": bytes_(brightness(inputs, x.cpu())[0] * 255 + 0.5),
        "shares": [float(share) for share in _shares(seen, outputs)],
        "layers": [_layer(name, found[name][0], kernels.get(name), largest) for name in names],
    }


def _layer(name: str, values: Tensor, kernels: np.ndarray | None, largest: int) -> dict[str, Any]:
    shape = shape_text(tuple(values.shape))
    reach = float(torch.nan_to_num(values).abs().max())
    about: dict[str, Any] = {"name": name, "shape": shape, "count": len(values), "reach": reach}
    if values.dim() == 3 and values.shape[1:].numel() > 1:
        about["maps"] = signed(_small(values[:MOST_MAPS], largest).cpu().numpy(), axis=(0, 1, 2), largest=reach)
    else:
        about["units"] = signed(values.flatten()[:MOST_UNITS].cpu().numpy(), axis=(0,), largest=reach)
    if kernels is not None:
        about["kernels"] = signed(kernels, axis=(1, 2)) if kernels.ndim == 3 else shares(kernels)
    return about


def _small(maps: Tensor, largest: int) -> Tensor:
    """Return maps `(k, h, w)` with no side longer than `largest`; the pixels of larger ones are means."""
    if max(maps.shape[1:]) <= largest:
        return maps
    share = largest / max(maps.shape[1:])
    size = [max(1, round(side * share)) for side in maps.shape[1:]]
    return functional.interpolate(maps[None], size, mode="area")[0]


def _shares(seen: Watched, outputs: Any) -> np.ndarray:
    if not (seen.classes or seen.fit.task.name == "multilabel"):
        return np.zeros(0)
    answer = seen.fit.task.answer(outputs).cpu().double().numpy()
    shown: np.ndarray = np.nan_to_num(each_class(answer)[0] if seen.classes else answer[0])
    return shown


def kernels_of(seen: Watched) -> dict[str, np.ndarray]:
    """Return the weights that can be seen as pictures, by the name of their layer.

    Those of a convolution `(k, h, w)`, or `(k, 3, h, w)` from 0 to 1 where the first one sees colours; those of the
    first layer of a dense net `(k, height, width)`, the mean over colours.
    """
    dense = _first_dense(seen)
    if dense is not None:
        name, layer = dense
        weights = layer.weight[:MOST_PICTURES].detach().cpu().numpy()
        return {name: weights.reshape(len(weights), *seen.data.shape).mean(1)}
    found = {}
    for number, (name, convolution) in enumerate(convolutions(seen.net).items()):
        weights = convolution.weight[:MOST_MAPS].detach().cpu().numpy()
        if number == 0 and weights.shape[1] == 3:
            reach = np.abs(weights).max((1, 2, 3), keepdims=True)
            found[name] = 0.5 + weights / np.where(reach > 0, 2 * reach, 1)
        else:
            found[name] = weights.mean(1)
    return found


def _first_dense(seen: Watched) -> tuple[str, nn.Linear] | None:
    """Return the first layer of a net that sees all pixels at once, with its name; None of another net."""
    if convolutions(seen.net):
        return None
    layers = ((name, m) for name, m in seen.net.named_modules() if isinstance(m, nn.Linear))
    return next(((name, m) for name, m in layers if m.in_features == math.prod(seen.data.shape)), None)


def _of(names: list[str], most: int) -> list[str]:
    return [names[i] for i in thinned(len(names), most)]
