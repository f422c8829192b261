"""The state of a fit and the weights of a net as files; reading them runs no code."""

from __future__ import annotations

import errno
import io
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from neurona.errors import DamagedError, InputError, reason_of
from neurona.files import write_whole
from neurona.language import _


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write the state of a fit: tensors, numbers, text and containers only.

    Raises:
        OSError: it cannot be written, for instance because the disk is full; what was there before still is.
    """
    content = io.BytesIO()  # where PyTorch writes to the disk itself, it does not say that the disk is full
    torch.save(dict(state), content)
    write_whole(path, lambda aside: aside.write_bytes(content.getbuffer()))


def load_state(path: Path) -> dict[str, Any]:
    """Read what `save_state` wrote, without running any code from it.

    Raises:
        DamagedError: the file is not there, truncated, or holds anything but tensors and plain values.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # PyTorch's own words would advise to read the file without this protection.
        reason = _("it is not a checkpoint of neurona")
        raise _unreadable(path, reason) from error
    except (OSError, RuntimeError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(state, dict) or "players" not in state:
        raise _unreadable(path, _("it is not a checkpoint of neurona"))
    return state


# What a state holds, and of what types; see `Fit.state`.
_HOLDS: dict[str, Any] = {
    "epoch": int,
    "stage": int,
    "seconds": (int, float),
    "stopped_early": bool,
    "diverged": bool,
    "scaler": Mapping,
    "net": Mapping,
    "players": list,
    "random": Mapping,
    "history": list,
    "best": Mapping,
}
# The same of what it holds of each player, of random numbers and of the best epoch.
_WITHIN: dict[str, Any] = {
    "players": {"optimizer": Mapping, "schedule": Mapping},
    "random": {"order": Tensor},
    "best": {"value": (int, float), "epoch": int, "net": (Mapping, type(None))},
}


def _holds(given: object, types: Mapping[str, Any]) -> bool:
    """Tell whether a dictionary has these keys, and values of these types."""
    return isinstance(given, Mapping) and all(isinstance(given.get(key, ...), kind) for key, kind in types.items())


def _parts(state: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield what a state holds that has keys of its own, by the key it stands under."""
    yield from (("players", player) for player in state["players"])
    yield from ((key, state[key]) for key in ("random", "best"))


def check_state(state: Any, net: nn.Module, stages: int) -> None:
    """Raise an `InputError` unless `state` is one of a fit of such a net, with so many stages or more to come to."""
    if not _holds(state, _HOLDS) or not all(_holds(part, _WITHIN[key]) for key, part in _parts(state)):
        raise other_state(_("This is no state of a fit."))
    have, want = (
        {name: getattr(value, "shape", None) for name, value in of.items()} for of in (state["net"], net.state_dict())
    )
    other = next((name for name in [*want, *have] if have.get(name) != want.get(name) or name not in have), None)
    if other is not None:
        raise other_state(_("The state is of another net: {name} does not fit.").format(name=other))
    if state["stage"] >= stages:
        raise other_state(_("The state is of a fit with more stages."))


def other_state(problem: str) -> InputError:
    """Return the error about a state that a fit cannot go on from."""
    return InputError(problem, _("Give what state() of a fit of the same net, data and options has returned."))


def check_keepable(net: nn.Module) -> None:
    """Raise an `InputError` where the state of a net holds what safetensors cannot.

    Raises:
        InputError: an extra state is no tensor, or a tensor is sparse.
    """
    for name, value in net.state_dict().items():
        if not isinstance(value, Tensor) or value.layout != torch.strided:
            kind = str(value.layout) if isinstance(value, Tensor) else type(value).__name__
            problem = _("A run keeps the state of its net as dense tensors, and {name} of it is a {kind}.")
            hint = _(
                "Let get_extra_state() return a tensor; register_buffer(..., persistent=False) keeps a buffer out."
            )
            raise InputError(problem.format(name=name, kind=kind), hint)


def save_weights(path: Path, state: Mapping[str, Tensor]) -> None:
    """Write weights as safetensors."""
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in state.items()}
    write_whole(path, lambda aside: aside.write_bytes(save(tensors)))


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read weights from safetensors.

    Raises:
        DamagedError: the file is not there or is truncated.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, reason: Exception | str) -> DamagedError:
    if isinstance(reason, OSError) and reason.errno != errno.EINVAL:
        reason = reason_of(reason)
    elif isinstance(reason, Exception):  # libraries speak of archives, or of a place before the file's beginning
        reason = _("it is damaged, or cut short")
    return DamagedError(_("{path} cannot be read: {reason}").format(path=path, reason=reason))
