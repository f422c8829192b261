"""`Crossing`: what a PyTorch net computes with gradients is computed by `neurona.glass` instead, on its tape."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, resolve_name

from neurona import glass
from neurona.bridge.functions import CHANGING, CONSTANT, FUNCTIONS
from neurona.bridge.unknown import unknown

Function = Callable[..., Any]


class Pane(Tensor):
    """A PyTorch tensor over the memory of a tensor of glass.

    PyTorch sees the numbers; where they came from stands on the tape of glass.

    Attributes:
        node: the tensor of glass.
    """

    node: glass.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def over(tensor: glass.Tensor) -> Pane:
        """Return PyTorch's view of `tensor`."""
        with warnings.catch_warnings():
            # Glass writes into nothing that it shares, and PyTorch is not let write here.
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            numbers = tensor.numpy()
            # PyTorch has no negative strides.
            numbers = numbers.copy() if min(numbers.strides, default=0) < 0 else numbers
            pane = torch.from_numpy(numbers).as_subclass(Pane)
        pane.node = tensor
        return pane

    def become(self, tensor: glass.Tensor) -> Pane:
        """Stand for another tensor of glass from now on, which an operation in place has made of this one."""
        self.set_(Pane.over(tensor))  # type: ignore[call-overload]  # PyTorch's stubs lack this one
        self.node = tensor
        return self

    @property
    def requires_grad(self) -> bool:  # type: ignore[override]
        """Whether gradients flow to it on the tape."""
        return self.node.requires_grad


class Crossing(TorchFunctionMode):
    """While it is entered, each PyTorch function of the parameters of `net` runs on the tape of glass.

    Gradients come back into `grad` of the parameters, whose memory both share; so optimizers of PyTorch work as ever.
    What runs under `torch.no_grad()` or `torch.inference_mode()` stays PyTorch's.

    Args:
        parameters: what is learned, float32 or float64 on a CPU.

    Attributes:
        leaves: for each parameter that was used, by its `id`, the tensor of glass over its memory.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        super().__init__()
        self.leaves: dict[int, glass.Tensor] = {}
        self._parameters = {id(parameter): parameter for parameter in parameters}

    def __torch_function__(
        self, function: Function, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run `function` on glass if it is given what the tape knows, else on PyTorch."""
        kwargs = kwargs or {}
        if function is Tensor.backward:
            return self._backward(args[0], kwargs.get("gradient"), kwargs.get("retain_graph"))
        if not torch.is_grad_enabled() or not self._is_recorded((args, kwargs)):
            return function(*args, **kwargs)
        if ours := FUNCTIONS.get(function) or CHANGING.get(function):
            return self._computed(function, ours, args, kwargs)
        if not _changes_its_operand(function):
            result = function(*args, **kwargs)
            if function in CONSTANT or not _has_numbers(result):
                return result
        raise unknown(_name(function))

    def _computed(self, function: Function, ours: Function, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Return what `ours`, glass's counterpart of PyTorch's `function`, makes of the arguments."""
        try:
            result = ours(*self._crossed(args), **self._crossed(kwargs))
        except TypeError as error:  # the counterpart does not take all that the function does
            raise unknown(f"{_name(function)}: {error}") from error
        if isinstance(args[0], Pane) and (function in CHANGING or kwargs.get("inplace")):
            return args[0].become(result)
        return _panes(result)

    def _is_recorded(self, value: Any) -> bool:
        if isinstance(value, Tensor):
            return isinstance(value, Pane) or id(value) in self._parameters
        if isinstance(value, dict):
            return any(map(self._is_recorded, value.values()))
        return isinstance(value, (list, tuple)) and any(map(self._is_recorded, value))

    def _crossed(self, value: Any) -> Any:
        """Return arguments with tensors of glass in the places of panes and parameters, and arrays of other tensors."""
        if isinstance(value, Pane):
            return value.node
        if isinstance(value, Tensor):
            return self.leaf(value) if id(value) in self._parameters else value.detach().numpy()
        if isinstance(value, dict):
            return {key: self._crossed(part) for key, part in value.items()}
        return type(value)(map(self._crossed, value)) if type(value) in (list, tuple) else value

    def leaf(self, parameter: Tensor) -> glass.Tensor:
        """Return the leaf of the tape over the memory of a parameter; one that is frozen requires no gradient."""
        if id(parameter) not in self.leaves:
            leaf = self.leaves[id(parameter)] = glass.Tensor.over(parameter.detach().numpy())
            leaf.requires_grad = parameter.requires_grad
        return self.leaves[id(parameter)]

    def _backward(self, root: Pane, gradient: Tensor | None, retain_graph: bool | None) -> None:
        if gradient is None and root.numel() == 1:
            gradient = torch.ones_like(root)  # given one, glass goes backward from NaN too, as PyTorch does
        root.node.backward(None if gradient is None else gradient.detach().numpy(), retain_graph)
        for key, leaf in self.leaves.items():
            if leaf.grad is not None:
                found, parameter = torch.from_numpy(leaf.grad.numpy().copy()), self._parameters[key]
                parameter.grad = found if parameter.grad is None else parameter.grad + found
        self.leaves.clear()


def _panes(result: Any) -> Any:
    """Return what glass computed as PyTorch sees it."""
    if isinstance(result, tuple):
        return tuple(map(_panes, result))
    return Pane.over(result) if isinstance(result, glass.Tensor) else torch.from_numpy(np.asarray(result))


def _changes_its_operand(function: Function) -> bool:
    name = function.__name__
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))


def _name(function: Function) -> str:
    return (resolve_name(function) or function.__name__).removeprefix("torch.")


def _has_numbers(result: Any) -> bool:
    """Tell whether a result could have had a gradient."""
    if isinstance(result, (tuple, list)):
        return any(map(_has_numbers, result))
    return isinstance(result, Tensor) and result.is_floating_point()
