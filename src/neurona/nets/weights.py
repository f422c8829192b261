"""Weights in files: those of a run, of safetensors, or of PyTorch; and those that torchvision publishes."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from neurona.errors import InputError
from neurona.language import _

OF_A_RUN = "model.safetensors"
# Under such a key checkpoints of training loops keep the weights beside other things.
INSIDE = ("state_dict", "model_state_dict", "model", "net")


@dataclass(frozen=True)
class Published:
    """Weights that torchvision publishes: where they are, and the beginning of the file's SHA-256, in its name."""

    url: str

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.url.rpartition("/")[2]

    @property
    def digest(self) -> str:
        """The first letters of its SHA-256."""
        return self.file.rpartition("-")[2].partition(".")[0]


def published(kind: str, options: Mapping[str, Any]) -> Published | None:
    """Return the weights of a kind of net, trained on ImageNet, that torchvision publishes first; None without any."""
    from torchvision.models import get_model_weights, list_models

    name = f"{kind}_bn" if options.get("batch_norm") else kind
    if name not in list_models():
        return None
    return Published(next(iter(get_model_weights(name))).url)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the weights in a file of safetensors or of PyTorch, or in the directory of a run, by their names.

    Nothing in a file is run.

    Raises:
        InputError: there is no such file, or it holds no weights.
    """
    if path.is_dir():
        if not (path / OF_A_RUN).is_file():
            problem = _("{path} holds no weights: it lacks {file}.").format(path=path, file=OF_A_RUN)
            raise InputError(problem, _("Give the directory of a run that has reached its end."))
        path = path / OF_A_RUN
    if not path.is_file():
        problem = _("There is no file of weights at {path}.").format(path=path)
        raise InputError(problem, _("Give a file of safetensors or of PyTorch, or the directory of a run."))
    try:
        state = load_file(path) if _is_safetensors(path) else torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        # PyTorch's own words would advise to read the file without this protection.
        raise _refused(path, _("it holds more than weights, which might run code")) from None
    except (OSError, RuntimeError, EOFError, BadZipFile, SafetensorError, ValueError, KeyError) as error:
        raise _refused(path, str(error).partition("\n")[0] or type(error).__name__) from error
    return _only_weights(state, path)


def _is_safetensors(path: Path) -> bool:
    """Tell by its content: eight bytes of length, and then a JSON object."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def _only_weights(state: Any, path: Path) -> dict[str, Tensor]:
    if isinstance(state, dict):
        state = next((state[key] for key in INSIDE if isinstance(state.get(key), dict)), state)
        weights = {str(name).removeprefix("module."): value for name, value in state.items()}
        if weights and all(isinstance(value, Tensor) for value in weights.values()):
            return weights
    raise _refused(path, _("it holds something else than weights by their names"))


def _refused(path: Path, reason: str) -> InputError:
    problem = _("{path} cannot be read as weights: {reason}.").format(path=path, reason=reason.rstrip("."))
    return InputError(problem, _("Save them with safetensors, or with torch.save(net.state_dict(), path)."))
