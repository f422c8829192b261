"""`Crossing`: what a PyTorch net computes with gradients is computed by `neurona.glass` instead, on its tape."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode, resolve_name

from neurona import glass
from neurona.bridge.functions import CHANGING, CONSTANT, FUNCTIONS, REFUSED
from neurona.bridge.unknown import unknown
from neurona.errors import InputError

Function = Callable[..., Any]


class Pane(Tensor):
    """A PyTorch tensor over the memory of a tensor of glass.

    PyTorch sees the numbers; where they came from stands on the tape of glass.

    Attributes:
        node: the tensor of glass.
        shared: whether another tensor looks at the same memory.
    """

    node: glass.Tensor
    shared: bool
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
        pane.node, pane.shared = tensor, False
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
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        super().__init__()
        self._leaves: dict[tuple[int, int, bool], Leaf] = {}
        self._parameters = {id(parameter): parameter for parameter in parameters}

    def __torch_function__(
        self, function: Function, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run `function` on glass if it is given what the tape knows, else on PyTorch."""
        kwargs = kwargs or {}
        if function is Tensor.backward:
            if kwargs.get("create_graph") or kwargs.get("inputs") is not None:
                raise unknown("backward with create_graph or inputs")
            return self._backward(args[0], kwargs.get("gradient"), kwargs.get("retain_graph"))
        if not torch.is_grad_enabled() or not self._is_recorded((args, kwargs)):
            return function(*args, **kwargs)
        if ours := FUNCTIONS.get(function) or CHANGING.get(function):
            return self._computed(function, ours, args, kwargs)
        if function in REFUSED:
            raise unknown(_name(function))
        if not _changes_its_operand(function):
            result = function(*args, **kwargs)
            if function in CONSTANT or not _has_numbers(result):
                if isinstance(result, Tensor) and isinstance(args[0], Pane):
                    args[0].shared = True  # such as what detach() gives
                return result
        raise unknown(_name(function))

    def _computed(self, function: Function, ours: Function, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Return what `ours`, glass's counterpart of PyTorch's `function`, makes of the arguments."""
        if kwargs.get("out") is not None:
            raise unknown(f"{_name(function)} with out")
        changes = function in CHANGING or bool(kwargs.get("inplace"))
        if changes:
            _require_own(args[0], _name(function))
        try:
            result = ours(*self._crossed(args), **self._crossed(kwargs))
        except (InputError, glass.GlassError):
            raise
        except Exception as error:  # the counterpart does not take all that the function does
            raise unknown(f"{_name(function)}, called like this") from error
        if changes:
            return args[0].become(result)
        panes = _panes(result)
        _note_shared(panes, (*args, *kwargs.values()))
        return panes

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
            if id(value) in self._parameters:
                return self.leaf(value)
            if value.requires_grad:
                raise unknown("tensors that require gradients and are no parameters that the crossing was given")
            return value.detach().numpy()
        if isinstance(value, dict):
            return {key: self._crossed(part) for key, part in value.items()}
        return type(value)(map(self._crossed, value)) if type(value) in (list, tuple) else value

    def leaf(self, parameter: Tensor) -> glass.Tensor:
        """Return the leaf of the tape over the memory of a parameter; one that is frozen requires no gradient."""
        key = (id(parameter), parameter.data_ptr(), parameter.requires_grad)
        if key not in self._leaves:
            if parameter.dtype not in (torch.float32, torch.float64):
                raise unknown(f"numbers of kind {str(parameter.dtype).removeprefix('torch.')}")
            leaf = glass.Tensor.over(parameter.detach().numpy())
            leaf.requires_grad = parameter.requires_grad
            self._leaves[key] = Leaf(parameter, leaf, parameter._version)
        self._leaves[key].stamp()
        return self._leaves[key].node

    @property
    def leaves(self) -> dict[int, glass.Tensor]:
        """For each parameter that was used, by its `id`, the tensor of glass over its memory."""
        return {id(leaf.parameter): leaf.node for leaf in self._leaves.values()}

    def _backward(self, root: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None) -> None:
        if not isinstance(root, Pane):
            root.backward(gradient, retain_graph)
            return
        for leaf in self._leaves.values():
            leaf.stamp()
        if gradient is None and root.numel() == 1:
            gradient = torch.ones_like(root)  # given one, glass goes backward from NaN too, as PyTorch does
        root.node.backward(None if gradient is None else gradient.detach().numpy(), retain_graph)
        for leaf in self._leaves.values():
            leaf.deliver()


@dataclass
class Leaf:
    """A parameter of PyTorch, and the leaf of the tape over its memory.

    Attributes:
        parameter: PyTorch's.
        node: that of glass.
        version: how often PyTorch had changed the parameter when that was last seen.
    """

    parameter: Tensor
    node: glass.Tensor
    version: int

    def stamp(self) -> None:
        """Tell the tape if the parameter was changed, so that a gradient that needs the old numbers is refused."""
        if self.parameter._version != self.version:
            self.version = self.parameter._version
            with glass.no_grad():
                self.node.changing()

    def deliver(self) -> None:
        """Add the gradient to the parameter's."""
        if self.node.grad is not None:
            found = torch.from_numpy(self.node.grad.numpy().copy())
            self.parameter.grad = found if self.parameter.grad is None else self.parameter.grad + found
            self.node.grad = None


def _panes(result: Any) -> Any:
    """Return what glass computed as PyTorch sees it."""
    if isinstance(result, tuple):
        return tuple(map(_panes, result))
    return Pane.over(result) if isinstance(result, glass.Tensor) else torch.from_numpy(np.asarray(result))


def _require_own(operand: Any, name: str) -> None:
    """Refuse a change in place that others would have to see: the tape knows only new values."""
    if not isinstance(operand, Pane) or operand.shared:
        raise unknown(f"{name} on a tensor that shares its memory with others, or that has no gradient yet")


def _note_shared(results: Any, operands: Any) -> None:
    """Mark results and operands that look at the same memory."""
    panes = [pane for pane in (results if isinstance(results, tuple) else (results,)) if isinstance(pane, Pane)]
    others = [other for other in operands if isinstance(other, Pane)]
    for pane in panes:
        for other in others:
            if np.may_share_memory(pane.node.numpy(), other.node.numpy()):
                pane.shared = other.shared = True


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
