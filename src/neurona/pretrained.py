"""Where the weights of a trunk come from: torchvision's, a file or a run, or a recipe that is trained for them."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from neurona.data.cache import data_directory, workshop
from neurona.data.network import patience
from neurona.errors import InputError, NeuronaWarning
from neurona.fit.checkpoint import save_weights
from neurona.fit.fit import Fit
from neurona.fit.history import Epoch
from neurona.language import _
from neurona.nets.freezing import freeze, is_frozen, matching
from neurona.nets.transfer import fill
from neurona.nets.weights import Published, published, read_weights
from neurona.recipe import Recipe
from neurona.run import Run
from neurona.validation import KeyedError

FOLDER = "weights"
RECIPE, IMAGENET = "recipe:", "imagenet"


class AbsentError(InputError):
    """Weights that have to be downloaded are not there, and cannot be fetched now."""


def start(net: nn.Module, options: Mapping[str, Any]) -> list[str]:
    """Put into the trunk of `net` what the option `weights` names.

    Args:
        net: what `nets.transfer` returned.
        options: the `[net]` of its recipe.

    Returns:
        Sentences for people about what was done.

    Raises:
        InputError: the weights are not there, or are for another architecture.
    """
    wanted = str(options.get("weights", "none"))
    if wanted == "none":
        return []
    if wanted == IMAGENET:
        state = read_weights(imagenet(options))
    elif wanted.startswith(RECIPE):
        state = of_recipe(wanted.removeprefix(RECIPE))
    else:
        state = read_weights(Path(wanted))
    left = fill(net, state, wanted)
    sentence = _("The trunk starts from the weights in {source}.").format(source=wanted)
    if not left:
        return [sentence]
    layers = ", ".join(dict.fromkeys(name.rpartition(".")[0] for name in left))
    return [sentence + " " + _("Left out, since the head is new: {layers}.").format(layers=layers)]


def fetch(options: Mapping[str, Any]) -> None:
    """Download the weights that the net of options `options` starts from, where they are not there yet.

    Raises:
        AbsentError: they cannot be fetched now.
        InputError: there are none, or a file of theirs is damaged.
    """
    if options.get("weights") == IMAGENET and options.get("trunk"):
        imagenet(options)


def imagenet(options: Mapping[str, Any]) -> Path:
    """Return the file of the weights that torchvision publishes for a trunk; it is downloaded the first time.

    Args:
        options: of a net of kind transfer, whose `trunk` is a kind of net, or a table of it and its options.

    Raises:
        AbsentError: they are not there, and there is no network or no place for them.
        InputError: there are none for this kind, or a file of theirs is damaged.
    """
    named = options["trunk"]
    trunk = named if isinstance(named, Mapping) else {"kind": named}
    kind = str(trunk.get("kind", ""))
    weights = published(kind, trunk)
    if weights is None:
        problem = _('net.weights = "imagenet": torchvision publishes no weights for {kind!r}.').format(kind=kind)
        raise KeyedError("net.weights", problem, _('Write the path of a file, "recipe:NAME", or "none".'))
    known = [*_folders(), Path(torch.hub.get_dir()) / "checkpoints"]
    path = next((folder / weights.file for folder in known if (folder / weights.file).is_file()), None)
    if path is None:
        return _downloaded(weights)
    if not _digest(path).startswith(weights.digest):
        problem = _("{path} is damaged: its SHA-256 does not begin with {digest}.")
        raise InputError(problem.format(path=path, digest=weights.digest), _("Delete it, and run again."))
    return path


def of_recipe(name: str) -> dict[str, Tensor]:
    """Return the weights that a recipe ends with; it is trained when they are not kept from an earlier time.

    They are kept by what decides about them: data, net and fit of the recipe, and the samples themselves.

    Raises:
        InputError: there is no such recipe, it starts from other weights itself, or it cannot be trained.
        TrainingError: its loss became NaN.
    """
    recipe = _from_the_beginning(name)
    file = _file(recipe)
    if _kept(file) is None:
        for _epoch in train_for_weights(recipe):
            pass
    kept = _kept(file)
    assert kept is not None
    return read_weights(kept)


def first_to_train(recipe: Recipe) -> Recipe | None:
    """Return the recipe that has to be trained before `recipe`, which starts from its weights; None if they are kept.

    Raises:
        InputError: there is no such recipe, or it starts from other weights itself.
    """
    wanted = str(recipe.net.get("weights", "none"))
    if not wanted.startswith(RECIPE):
        return None
    first = _from_the_beginning(wanted.removeprefix(RECIPE))
    return first if _kept(_file(first)) is None else None


def train_for_weights(recipe: Recipe, fit: Fit | None = None) -> Iterator[Epoch]:
    """Train a recipe, yield each epoch, and keep the weights that it ends with.

    Args:
        recipe: it.
        fit: that of the recipe, where it was started before.
    """
    folder = _writable()
    message = _(
        "The recipe {name} is trained first, for its weights: {title}. It is done once; they are kept in {folder}."
    )
    warnings.warn(message.format(name=recipe.name, title=_(recipe.title), folder=folder), NeuronaWarning, stacklevel=2)
    fit = recipe.start() if fit is None else fit
    yield from fit
    save_weights(folder / _file(recipe), fit.net.state_dict())


def _from_the_beginning(name: str) -> Recipe:
    recipe = Recipe.read(name)
    if str(recipe.net.get("weights", "none")) != "none":
        problem = _("The recipe {name} starts from weights itself.").format(name=recipe.name)
        raise KeyedError("net.weights", problem, _("Name a recipe that trains a net from the beginning."))
    return recipe


def _kept(file: str) -> Path | None:
    """Return the path at which weights are kept under a name of `_file`."""
    return next((folder / file for folder in _folders() if (folder / file).is_file()), None)


def moved(run: Run) -> float:
    """Return the largest change of a number that `fit.frozen` of a run froze, since the weights that it started from.

    Raises:
        InputError: the run froze nothing, or its weights are not there any more.
    """
    if not run.recipe.fit.frozen:
        raise InputError(_("{path} has frozen nothing.").format(path=run.path))
    begun = run.recipe.start().net
    names = matching(begun, run.recipe.fit.frozen)
    freeze(begun, names, names)
    for name, module in begun.named_modules():
        if is_frozen(module):
            names |= {f"{name}.{buffer}".lstrip(".") for buffer, _value in module.named_buffers()}
    before, after = begun.cpu().state_dict(), run.net().state_dict()
    return max(float((after[name] - before[name]).abs().max()) for name in names)


def _file(recipe: Recipe) -> str:
    """Return the name of the file for its weights: of all that decides about them."""
    parts = {section: value for section, value in recipe.to_dict().items() if section in ("data", "net", "fit")}
    text = json.dumps([parts, recipe.load().fingerprint()], sort_keys=True)
    return f"{recipe.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.safetensors"


# ---------------------------------------------------------------------- where they are kept


def _folders() -> Iterator[Path]:
    """Yield the folders of weights, the one to write to first: in `NEURONA_DATA`, and in the user's cache directory."""
    import platformdirs

    yield data_directory() / FOLDER
    yield Path(platformdirs.user_cache_dir("neurona", appauthor=False)) / FOLDER


def _writable() -> Path:
    """Return the first folder of weights that can be written to, and make it.

    Raises:
        InputError: there is none.
    """
    first, second = _folders()
    try:
        if not _is_locked(first):
            with workshop(first):
                return first
    except InputError:
        pass  # the second one remains
    with workshop(second):
        return second


def _is_locked(folder: Path) -> bool:
    """Tell whether nobody is meant to write there, which does not keep the superuser from it."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return not there.stat().st_mode & 0o222


def _downloaded(weights: Published) -> Path:
    """Download weights into a folder of ours, whole and with the right hash or not at all."""
    folder = _writable()
    try:
        with workshop(folder) as temporary, patience([weights.url]):
            aside = temporary / weights.file
            torch.hub.download_url_to_file(weights.url, str(aside), weights.digest, progress=False)
            return aside.replace(folder / weights.file)
    except (RuntimeError, OSError, HTTPException) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        problem = _("The weights {file} are not in {folder} and could not be downloaded: {reason}")
        hint = _("Try again with a network, or put {url} there, or give weights of your own with --weights FILE.")
        raise AbsentError(
            problem.format(file=weights.file, folder=folder, reason=reason), hint.format(url=weights.url)
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
