"""Transfer: a trunk that has learned something else, and a new head on the features that it makes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field
from torch import Tensor, nn

from neurona.language import _
from neurona.nets.dense import mlp
from neurona.nets.kinds import NETS, Fitting, build
from neurona.nets.shapes import output_shape, shape_text
from neurona.validation import KeyedError

Units = Annotated[int, Field(gt=0, le=1_000_000)]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]
# An error tells so many names of weights.
NAMED = 3


@NETS.register("transfer", "The trunk of another net, with what it has learned, and a new head on its features")
def transfer(
    features: int,
    shape: tuple[int, ...],
    outputs: int,
    trunk: str | dict[str, Any],
    *,
    head: list[Units] | None = None,
    activation: str = "relu",
    dropout: Share = 0.0,
    standardise: bool = False,
    weights: str = "none",
    tokens: int = 0,
    steps: int = 0,
) -> nn.Sequential:
    """Return a sequence of `trunk`, `(n, ...) -> (n, d)`, and `head`, `(n, d) -> (n, outputs)`.

    The trunk is a net without its last linear layer, the head a multilayer perceptron. Their weights are new ones:
    what `weights` names is put in before the net is trained, by `fill`.

    Args:
        features: numbers in one sample.
        shape: of one sample.
        outputs: units of the last layer.
        trunk: a kind of net, or a table of its `kind` and options.
        head: units of each hidden layer of the head; none for one linear layer.
        activation: of the head's hidden layers.
        dropout: share of the head's hidden activations set to 0 while training.
        standardise: give the features mean 0 and variance 1 over the batch (batch normalisation) before the head.
        weights: what the trunk has learned: "imagenet" for weights that torchvision publishes, the path of a file or a
            run, "recipe:NAME" for those of a run of that recipe, or "none".
        tokens: how many different tokens the samples are made of.
        steps: how long the target is when it is a sequence.

    Raises:
        InputError: there is no such kind, one of its options is wrong, or it does not end in a linear layer.
    """
    options = {"kind": trunk} if isinstance(trunk, str) else dict(trunk)
    kind = str(options.pop("kind", ""))
    with _within_trunk():
        net = build(kind, options, Fitting(features, shape, outputs, tokens, steps))
    name, last = last_layer(net)
    if last is not None:
        net.set_submodule(name, nn.Identity())
    if last is None or not (tokens or _gives(net, shape, last.in_features)):
        problem = _("net.trunk = {kind!r}: this kind of net does not end in a linear layer.").format(kind=kind)
        raise KeyedError("net.trunk", problem, _('Use a classifier, such as "resnet18" or one of kind "conv".'))
    top = mlp(last.in_features, head or [], outputs, activation=activation, dropout=dropout)
    if standardise:
        standard = nn.BatchNorm1d(last.in_features, affine=False)
        top = nn.Sequential(OrderedDict([("standard", standard), *top.named_children()]))
    return nn.Sequential(OrderedDict(trunk=net, head=top))


def last_layer(net: nn.Module) -> tuple[str, nn.Linear | None]:
    """Return the name of the last linear layer of a net, and that layer; None where it has none."""
    layers = [(name, layer) for name, layer in net.named_modules() if isinstance(layer, nn.Linear)]
    return layers[-1] if layers else ("", None)


def fill(net: nn.Module, state: Mapping[str, Tensor], source: str) -> list[str]:
    """Put weights into the trunk of `net`.

    Args:
        net: what `transfer` returned.
        state: the weights of a net such as the trunk is made of, or of one that `transfer` returned, by their names.
        source: where they come from, for the error.

    Returns:
        The names of those that have no place in the trunk: of the last layer, or of another head.

    Raises:
        InputError: they are for another architecture; the net is as it was.
    """
    trunk = net.get_submodule("trunk")
    inside = {name.removeprefix("trunk."): value for name, value in state.items() if name.startswith("trunk.")}
    given = inside or dict(state)
    own = trunk.state_dict()
    # What batch normalisation counts is absent from old files.
    needed = [name for name in own if not name.endswith("num_batches_tracked")]
    missing = [name for name in needed if name not in given]
    shapes = [name for name in own if name in given and own[name].shape != given[name].shape]
    extra = [name for name in given if name not in own]
    unknown = [name for name in extra if not _left_out(trunk, name)]
    if missing or shapes or unknown:
        problem = _("The weights in {source} are for another net than the trunk.").format(source=source)
        problems = [problem, _missing(missing, len(needed)), _differing(shapes, own, given), _without_place(unknown)]
        hint = _("Give net.trunk the kind and the options, such as stem, of the net that they were trained in.")
        raise KeyedError("net.weights", " ".join(filter(None, problems)), hint)
    trunk.load_state_dict({name: given[name] for name in own if name in given}, strict=False)
    return extra + ([name for name in state if name.startswith("head.")] if inside else [])


def _gives(net: nn.Module, shape: tuple[int, ...], width: int) -> bool:
    """Tell whether `net` makes rows of so many numbers from samples of `shape`."""
    try:
        return output_shape(net.eval(), shape) == (width,)
    except RuntimeError:  # its layers do not fit each other without the one that was taken out
        return False


def _left_out(trunk: nn.Module, name: str) -> bool:
    """Tell whether a weight is of the last layer, which the trunk lacks, or of a part that it was built without."""
    owner, _dot, _weight = name.rpartition(".")
    if owner in dict(trunk.named_modules()):
        return isinstance(trunk.get_submodule(owner), nn.Identity)
    return getattr(trunk, name.partition(".")[0], trunk) is None


def _missing(names: list[str], count: int) -> str:
    if not names:
        return ""
    return _("{missing} of {count} are missing: {names}.").format(missing=len(names), count=count, names=_some(names))


def _differing(names: list[str], own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    if not names:
        return ""
    pairs = [
        _("{name} ({there} there, {here} here)").format(
            name=name, there=shape_text(given[name].shape), here=shape_text(own[name].shape)
        )
        for name in names[:NAMED]
    ]
    return _("{count} differ in shape: {names}.").format(count=len(names), names=_some(pairs, len(names)))


def _without_place(names: list[str]) -> str:
    return _("{count} have no place: {names}.").format(count=len(names), names=_some(names)) if names else ""


def _some(names: list[str], count: int = 0) -> str:
    """Return the first few of `names`, with "…" where there are more."""
    return ", ".join(names[:NAMED]) + (", …" if max(count, len(names)) > NAMED else "")


@contextmanager
def _within_trunk() -> Iterator[None]:
    """Within the block, an error about a key of `[net]` becomes one about the same key of `net.trunk`."""
    try:
        yield
    except KeyedError as error:
        key = error.key.replace("net.", "net.trunk.", 1)
        raise KeyedError(key, error.problem.replace(error.key, key), error.hint) from None
