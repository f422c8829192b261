"""Files that are either whole or not there: checkpoints, weights and text, written aside and renamed."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from neurona.errors import InputError
from neurona.language import _


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a temporary file beside `path`, then rename it: a reader sees the old file or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(aside)
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text as a whole."""
    write_whole(path, lambda aside: aside.write_text(text, encoding="utf-8"))


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write the state of a fit: tensors, numbers, text and containers only."""
    write_whole(path, lambda aside: torch.save(dict(state), aside))


def load_state(path: Path) -> dict[str, Any]:
    """Read what `save_state` wrote, without running any code from it.

    Raises:
        InputError: the file is not there, truncated, or holds anything but tensors and plain values.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # PyTorch's own words would advise to read the file without this protection.
        reason = _("it is not a checkpoint of neurona")
        raise _unreadable(path, reason, _("Restore it from a copy, or train anew.")) from error
    except (OSError, RuntimeError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise _unreadable(path, error, _("Restore it from a copy, or train anew.")) from error
    if not isinstance(state, dict) or "players" not in state:
        raise _unreadable(path, _("it is not a checkpoint of neurona"), _("Restore it from a copy, or train anew."))
    return state


def save_weights(path: Path, state: Mapping[str, Tensor]) -> None:
    """Write weights as safetensors."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    write_whole(path, lambda aside: aside.write_bytes(save(tensors)))


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read weights from safetensors.

    Raises:
        InputError: the file is not there or is truncated.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise _unreadable(path, error, _("Restore it from a copy, or train anew.")) from error


def _unreadable(path: Path, reason: object, hint: str) -> InputError:
    first = str(reason).splitlines()[0] if str(reason) else type(reason).__name__
    return InputError(_("{path} cannot be read: {reason}").format(path=path, reason=first), hint)
