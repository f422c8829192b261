"""What a comparison compares: the variants of a recipe, from its `[vary]` or from `--vary`."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from neurona.errors import InputError, NeuronaWarning, nearest
from neurona.language import _
from neurona.override import NONE, apart, as_changes, read_value
from neurona.validation import KeyedError

if TYPE_CHECKING:
    from neurona.recipe import Recipe

SECTIONS = ("data", "net", "fit")
SEEDS = {"fit.seed", "data.seed"}


def _with_dots(vary: Any) -> Any:
    """Return `[vary]` with its keys as one word each, which TOML takes apart where they stand without quotes."""
    if not isinstance(vary, Mapping):
        return vary
    whole: dict[str, Any] = {}
    for key, given in vary.items():
        apart = isinstance(given, Mapping) and given and all(isinstance(inner, list) for inner in given.values())
        whole |= {f"{key}.{inner}": values for inner, values in given.items()} if apart else {key: given}
    return whole


# What is compared: the values of one key, or choices by label, each a piece of a recipe. Errors leave the tags out.
Values = Annotated[list[Any], Field(min_length=2), Tag("list[values]")]
Choices = Annotated[dict[str, dict[str, Any]], Field(min_length=2), Tag("dict[choices]")]
Varied = Annotated[
    Values | Choices,
    Discriminator(lambda given: "dict[choices]" if isinstance(given, Mapping) else "list[values]"),
]
Vary = Annotated[dict[str, Varied], BeforeValidator(_with_dots)]


@dataclass(frozen=True)
class Variant:
    """One choice that is compared.

    Attributes:
        label: what tells it from the others, such as "relu" or "adam, 0.01".
        changes: what it sets in the recipe, by dotted key; None takes a key out.
        places: the key in `vary` that each change stands under: "vary.fit.lr", "vary.rule.fast.fit.lr".
        choices: the variants of single keys and words of `vary` that it is made of, where it is of these.
    """

    label: str
    changes: dict[str, Any]
    places: dict[str, str] = field(default_factory=dict)
    choices: tuple[Variant, ...] = ()

    @property
    def title(self) -> str:
        """What it is called: its values; numbers, true, false and none with the option that has them ("boxes 5")."""
        if self.choices:
            return ", ".join(choice.title for choice in self.choices)
        if self.changes and [*self.places.values()] == [f"vary.{key}" for key in self.changes]:
            return ", ".join(_titled(self.label, key, value) for key, value in self.changes.items())
        return _(self.label)  # those of our recipes have translations

    def of(self, recipe: Recipe) -> Recipe:
        """Return the recipe with this choice made.

        Raises:
            InputError: a key or a value is wrong; it says the line of `[vary]` where it stands.
        """
        return recipe.with_changes(self.changes, self.places)


def variants(recipe: Recipe) -> list[Variant]:
    """Return every combination of the choices in `recipe.vary`, in the order in which they are written.

    Keys with values come before words with labels, as they must when TOML is written.
    """
    written = sorted(recipe.vary.items(), key=lambda item: isinstance(item[1], dict))
    combinations = itertools.product(*(_choices(key, options) for key, options in written))
    return [
        Variant(
            ", ".join(choice.label for choice in choices),
            {key: value for choice in choices for key, value in choice.changes.items()},
            {key: place for choice in choices for key, place in choice.places.items()},
            choices,
        )
        for choices in combinations
    ]


def _choices(key: str, options: list[Any] | dict[str, dict[str, Any]]) -> list[Variant]:
    """Return what `key` of `vary` offers: a variant for each value of it, or for each label."""
    if isinstance(options, list):
        return [Variant(_label(value), as_changes({key: value}), {key: f"vary.{key}"}) for value in options]
    pieces = {label: as_changes(dict(_dotted(piece))) for label, piece in options.items()}
    return [
        Variant(label, piece, {inner: f"vary.{key}.{label}.{inner}" for inner in piece})
        for label, piece in pieces.items()
    ]


def require_comparable(recipe: Recipe) -> None:
    """Refuse a comparison whose variants are not told apart, or of what cannot vary.

    Raises:
        InputError: two variants are called the same, or a claim speaks of none; a key is none of data, net or fit; a
            seed is varied, which each variant has all of; or what every variant sets was set for all of them.
    """
    with recipe.pointing():
        found = variants(recipe)
        seen: set[str] = set()
        for variant in found:
            if variant.label in seen:
                problem = _("Two variants are called {label!r}.").format(label=variant.label)
                raise KeyedError("vary", problem, _("Leave one of them out, or give it another label."))
            seen.add(variant.label)
            for key, place in variant.places.items():
                _require_may_vary(key, place)
        for label in [label for claim in recipe.claim for label in (claim.best, claim.variant) if label]:
            if label not in seen:
                problem = _("The claim speaks of {label!r}, which is no variant.").format(label=label)
                raise InputError(problem, nearest(label, seen))
        _require_seeds_alone(recipe)
        fixed = [key for key in recipe.overridden if all(key in variant.changes for variant in found)]
        if fixed:
            problem = _("{key} is both set and varied.").format(key=fixed[0])
            hint = _("Leave it out of --set (or --epochs), or out of --vary.")
            if not any(key.partition(".")[0] == "vary" for key in recipe.overridden):
                hint = _("Leave it out of --set (or --epochs); --set vary=none trains the recipe without its variants.")
            raise KeyedError(found[0].places[fixed[0]], problem, hint)


def _require_seeds_alone(recipe: Recipe) -> None:
    """Refuse a seed of the data that was asked for, and warn of one that the recipe has."""
    if "data.seed" in recipe.overridden:
        problem = _("data.seed cannot be set here: each seed of a comparison is also that of the split.")
        raise InputError(problem, _("Write --set fit.seed=7 for the seeds from 7 on."))
    warn_of_fixed_data(recipe, recipe.seeds)


def warn_of_fixed_data(recipe: Recipe, seeds: int) -> None:
    """Say where a recipe fixes a seed of its data, which each of so many `seeds`, from `fit.seed` on, sets anew."""
    if recipe.data.get("seed", recipe.fit.seed) != recipe.fit.seed or (seeds > 1 and "seed" in recipe.data):
        message = _("data.seed = {seed} is left out: each seed that is trained with is also that of the split.")
        warnings.warn(message.format(seed=recipe.data["seed"]), NeuronaWarning, stacklevel=5)


def _require_may_vary(key: str, place: str) -> None:
    if hint := outside_sections(key):
        problem = _("{key} cannot be compared: only keys of data, net and fit can.").format(key=key)
        raise KeyedError(place, problem, hint)
    if key in SEEDS:
        problem = _("Seeds are no variants: each variant has the same ones.")
        raise KeyedError(place, problem, _("Write seeds = 10 above the sections, or --seeds 10"))


def outside_sections(key: str) -> str:
    """Return what to write instead of a key that is none of data, net or fit; nothing where it is one of them."""
    section, _dot, name = key.partition(".")
    if section in SECTIONS and name:
        return ""
    if section in SECTIONS or name:
        return nearest(section, SECTIONS) if name else _("Write for instance {key}.").format(key="fit.lr")
    whole = [f"{section}.{key}" for section in sections_with(key)]
    if not whole:
        return _("Write for instance {key}.").format(key="fit.lr")
    return _("The section comes first: {keys}.").format(keys=", ".join(whole))


def sections_with(name: str) -> list[str]:
    """Return the sections of a recipe that may have a field of this name, whatever their data or kind of net."""
    from neurona.data import DATASETS
    from neurona.data.splits import PictureOptions
    from neurona.data.tables import TableOptions
    from neurona.fit.options import FitOptions
    from neurona.nets import NETS

    options = {
        "data": {*(option for entry in DATASETS for option in entry.options.model_fields), *TableOptions.model_fields}
        | PictureOptions.model_fields.keys(),
        "net": {option for entry in NETS for option in entry.options.model_fields},
        "fit": FitOptions.model_fields,
    }
    return [section for section in SECTIONS if name in options[section]]


def of_combination(
    error: InputError, wrong: Variant, every: Sequence[Variant], start: Callable[[Variant], object]
) -> InputError:
    """Return the error of a variant, and where each of its choices is right without the others, say so.

    Args:
        error: what is wrong with it.
        wrong: the variant.
        every: all variants.
        start: raises an `InputError` where a variant is wrong.
    """

    def works(variant: Variant) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NeuronaWarning)
            try:
                start(variant)
            except InputError:
                return False
        return True

    for choice in wrong.choices:
        others = [variant for variant in every if choice in variant.choices and variant is not wrong]
        if len(wrong.choices) < 2 or not any(map(works, [choice, *others])):
            return error
    hint = _("{variant} do not go together. Combinations of your choice have names in [vary] of a recipe: {example}")
    example = 'slow = { fit.optimizer = "sgd", fit.momentum = 0.9 }'
    return InputError(error.problem, hint.format(variant=wrong.title, example=example))


def _dotted(piece: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys of a piece of a recipe, `{"fit": {"lr": 0.1}}` or `{"fit.lr": 0.1}`, and their values."""
    for section, value in piece.items():
        if isinstance(value, Mapping):
            yield from ((f"{section}.{key}", inner) for key, inner in value.items())
        else:
            yield section, value


def _titled(label: str, key: str, value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    if not all(item is None or isinstance(item, int | float) for item in items):
        return label
    return f"{key.rpartition('.')[2]} {label.lower() if isinstance(value, bool) else label}"


def _label(value: Any) -> str:
    if isinstance(value, list):
        return "-".join(str(item) for item in value) or NONE
    return NONE if value is None else str(value)


def read(options: Sequence[str]) -> dict[str, list[Any]]:
    """Return what `--vary` options say, as a recipe's `[vary]`: "net.activation=relu,tanh" gives two values.

    Values are TOML, or else text: "net.hidden=[50],[100, 50]".

    Raises:
        InputError: one is no list of values, gives a key twice, or the values are fewer than two.
    """
    found: dict[str, list[Any]] = {}
    for option in options:
        key, equals, text = option.partition("=")
        key, example = key.strip(), _("Write for instance --vary net.activation=relu,tanh,sigmoid")
        if not (equals and key) or text.startswith("="):
            raise InputError(_("--vary {option!r} is not KEY=VALUE,VALUE.").format(option=option), example)
        if key in found:
            raise InputError(_("--vary gives {key} twice.").format(key=key), _("Give all its values in one."))
        values = [read_value(part) for part in between_commas(key, text)]
        if not values:
            raise InputError(_("--vary {option!r} gives no values.").format(option=option), example)
        if len(values) == 1:
            problem = _("--vary {option!r} leaves nothing to compare: it gives a single value.").format(option=option)
            if isinstance(values[0], list) and len(values[0]) > 1:
                within = f"--vary {key}={text.strip()[1:-1]}"
                example = _("Brackets make one value of several. To compare these: {option}").format(option=within)
            elif ".." in text:
                example = _("A range of numbers is searched: neurona tune RECIPE --over {option}").format(option=option)
            raise InputError(problem, example)
        found[key] = values
    return found


def between_commas(key: str, text: str) -> list[str]:
    """Return what stands between the commas of the values of `key`.

    Raises:
        InputError: a bracket or a quote in it is not closed.
    """
    parts = apart(text)
    if parts is None:
        problem = _("{key}={text}: a bracket or a quote is not closed.").format(key=key, text=text)
        hint = _("Close it; where values have spaces, put all of it in quotes: 'net.hidden=[50],[100, 50]'")
        raise InputError(problem, hint)
    return parts
