"""The recipe: a validated description of one experiment, its `[data]`, `[net]`, `[fit]` and `[[claim]]`s."""

from __future__ import annotations

import os
import re
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tomli_w
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from neurona.defaults import for_file, from_table, net_for
from neurona.document import Document, unparsable
from neurona.errors import InputError, NeuronaWarning, nearest, reason_of
from neurona.fit.options import FitOptions
from neurona.language import _
from neurona.override import Override, put
from neurona.validation import KeyedError, explain

if TYPE_CHECKING:
    from torch import nn

    from neurona.data import Dataset
    from neurona.fit.loop import Fit
    from neurona.nets import Fitting

FOLDER = Path(__file__).parent / "recipes"


MOST_SEEDS = 10_000
METRIC = r"[a-z_]+|(train|valid|test|gap)\.\w+|history\.\w+@\d+"


class Claim(BaseModel):
    """A number that a recipe reproduces.

    Attributes:
        metric: where it is found: "test.accuracy", "train.loss", "history.train_loss@1000" (of that epoch),
            "gap.accuracy" (train minus test), or the name of a measure of `neurona.measure`.
        at_least, at_most: the bounds.
        best: the variant of a comparison that must have the best mean.
        falls: the means must fall (never rise) from variant to variant.
        variant: which variant the bounds are about.
        seeds: train so many times with different seeds; the bounds are about the mean.
        source: where the number comes from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    best: str | None = None
    falls: bool = False
    variant: str | None = None
    seeds: Annotated[int, Field(ge=1)] = 1
    source: str = ""

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if not re.fullmatch(METRIC, metric):
            raise ValueError(_("It must be such as test.accuracy, gap.accuracy or history.train_loss@1000."))
        return metric

    @model_validator(mode="after")
    def _says_something(self) -> Claim:
        if self.at_least is None and self.at_most is None and self.best is None and not self.falls:
            raise ValueError(_("A claim needs at_least, at_most, best or falls."))
        return self


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


# What is compared: the values of one key, or choices by label, each a piece of a recipe. Errors leave the tags out.
Values = Annotated[list[Any], Field(min_length=2), Tag("list[values]")]
Choices = Annotated[dict[str, dict[str, Any]], Field(min_length=2), Tag("dict[choices]")]
Varied = Annotated[
    Values | Choices,
    Discriminator(lambda given: "dict[choices]" if isinstance(given, Mapping) else "list[values]"),
]


def _with_dots(vary: Any) -> Any:
    """Return `[vary]` with its keys as one word each, which TOML takes apart where they stand without quotes."""
    if not isinstance(vary, Mapping):
        return vary
    whole: dict[str, Any] = {}
    for key, given in vary.items():
        apart = isinstance(given, Mapping) and given and all(isinstance(inner, list) for inner in given.values())
        whole |= {f"{key}.{inner}": values for inner, values in given.items()} if apart else {key: given}
    return whole


class Recipe(BaseModel):
    """One experiment. Names and options of data and net are checked against what is registered.

    Attributes:
        name: how it is called; part of the run directory's name.
        title: one sentence about it.
        source: where the system comes from.
        data: `name` of a dataset or `path` of a table, and its options.
        net: `kind` of net and its options; empty for a module of the user's own.
        fit: how it is trained.
        vary: what is compared; empty for a single run. Either a key such as "net.activation" with the values to
            compare, or a word of one's own with choices by label, each of which sets one key or several:
            `sgd = { fit.optimizer = "sgd", fit.momentum = 0.8 }`.
        seeds: how many seeds each variant of a comparison trains with.
        claim: the numbers to reproduce.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "recipe"
    title: str = ""
    source: str = ""
    data: dict[str, Any]
    net: dict[str, Any] = Field(default_factory=dict)
    fit: FitOptions = Field(default_factory=FitOptions)
    vary: Annotated[dict[str, Varied], BeforeValidator(_with_dots)] = Field(default_factory=dict)
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS)] = 1
    claim: Annotated[list[Claim], BeforeValidator(_listed)] = Field(default_factory=list)

    _document: Document = PrivateAttr(default_factory=lambda: Document())

    # ------------------------------------------------------------------ reading

    @staticmethod
    def read(what: str | Path, overrides: Sequence[str] = (), target: str | None = None) -> Recipe:
        """Return the recipe that `what` names.

        Args:
            what: the name of a recipe, the path of a `.toml` file, or of data of one's own: a CSV, TSV or Parquet
                table, a text, or a folder with a sub-folder of pictures for each class.
            overrides: changes such as "fit.lr=0.1"; the value is TOML, or else text. Another kind of net leaves out
                the options of the old one that it does not take, with a warning.
            target: the column to predict, for a table.

        Raises:
            InputError: there is no such recipe or file, it does not parse, or a key or value in it is wrong.
        """
        text, raw = _raw(what)
        if target is not None:
            if not from_table(_section(raw, "data")):
                problem = _("--target names a column of a table, and {what} is no table.").format(what=what)
                raise InputError(problem, _("Leave it out, or give a CSV, TSV or Parquet file."))
            raw["data"]["target"] = target
        before = _section(raw, "net")
        changed = [_changed(raw, written) for written in overrides]
        _leave_out_foreign(raw, before, changed)
        if text is None and "path" in _section(raw, "data") and "kind" not in _section(raw, "net"):
            raw["net"] = {**net_for(raw["data"]), **_section(raw, "net")}
        return Recipe.of(raw, Document(str(what), text or "", tuple(changed)))

    @staticmethod
    def of(raw: Mapping[str, Any], document: Document | None = None) -> Recipe:
        """Validate `raw`, which was read from `document`; errors say the line of it where the key stands.

        Raises:
            InputError: a key is unknown or a value wrong.
        """
        document = document or Document()
        with document.pointing():
            recipe = Recipe._validated(raw)
        recipe._document = document
        return recipe

    @staticmethod
    def _validated(raw: Mapping[str, Any]) -> Recipe:
        sections: dict[str, Any] = dict(raw)
        if isinstance(sections.get("fit"), Mapping):
            sections["fit"] = FitOptions.read(sections["fit"])
        try:
            return Recipe(**sections)
        except ValidationError as error:
            raise explain(error, "", list(Recipe.model_fields)) from None

    def pointing(self) -> AbstractContextManager[None]:
        """Return a context in which an error about a key says the line of the file where the key stands."""
        return self._document.pointing()

    # ------------------------------------------------------------------ from recipe to fit

    def load(self) -> Dataset:
        """Load the data.

        Raises:
            InputError: the dataset, the file or an option is wrong.
        """
        with self._document.pointing():
            return self._load()

    def _load(self) -> Dataset:
        from neurona.data import load

        options = dict(self.data)
        if options.get("name") and options.get("path"):
            problem = _("data.path = {path!r} and data.name = {name!r} are two sets of data.")
            said = problem.format(path=options["path"], name=options["name"])
            raise KeyedError("data.path", said, _("Leave one of them out."))
        what = options.pop("name", None) or options.pop("path", None)
        if what is None:
            problem = _("The recipe does not say what data to use.")
            raise KeyedError("data", problem, _('Write [data] with name = "spiral" or path = "my.csv".'))
        return load(what, **options)

    def build(self, data: Dataset) -> nn.Module:
        """Build the net for `data`, with weights drawn from `fit.seed`.

        Raises:
            InputError: the kind of net or an option is wrong.
        """
        with self._document.pointing():
            return self._build(data)

    def _build(self, data: Dataset) -> nn.Module:
        import torch

        from neurona.nets import build
        from neurona.sizing import require_room

        options = dict(self.net)
        kind = options.pop("kind", None)
        if kind is None:
            problem = _("The recipe does not say what net to train.")
            raise KeyedError("net", problem, _('Write [net] with kind = "mlp" and hidden = [100].'))
        require_room(kind, options, fitting(data))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.fit.seed)
            try:
                return build(kind, options, fitting(data))
            except RuntimeError as error:  # torch's word for memory that is not there
                problem = _("The net cannot be built: {error}").format(error=str(error).partition("\n")[0])
                raise InputError(problem, _("Give it fewer units or layers.")) from error

    def start(self, data: Dataset | None = None) -> Fit:
        """Load the data, build the net with the weights that it starts from, and return the fit, which has not begun.

        Args:
            data: those of the recipe, when they were loaded before.

        Raises:
            InputError: anything in the recipe is wrong.
        """
        from neurona.fit.loop import Fit

        if self.net.get("kind") == "transfer":
            from neurona.pretrained import fetch

            with self._document.pointing():
                fetch(self.net)  # which may fail, and the data may take long
        data = self.load() if data is None else data
        net = self.build(data)
        self._warn_of_warmup()
        with self._document.pointing():
            if self.net.get("kind") == "transfer":
                from neurona.pretrained import start

                data = replace(data, notes=(*data.notes, *start(net, self.net)))
            return Fit(net, data, **self.fit.model_dump(exclude_unset=True))

    def _warn_of_warmup(self) -> None:
        """Say where the learning rate rises for longer than a stage lasts."""
        message = _(
            "fit.warmup = {warmup:g} is longer than the fit ({epochs} epochs): the learning rate ends at {share:.0%} "
            "of fit.lr."
        )
        for stage in self.fit.by_stage():
            if stage.warmup > stage.epochs:
                said = message.format(warmup=stage.warmup, epochs=stage.epochs, share=stage.epochs / stage.warmup)
                warnings.warn(said, NeuronaWarning, stacklevel=3)

    # ------------------------------------------------------------------ writing

    def with_changes(self, changes: Mapping[str, Any], places: Mapping[str, str] | None = None) -> Recipe:
        """Return the recipe with values at dotted keys replaced, such as `{"fit.seed": 3}`.

        Where the kind of net is another then, the options of the old one that it does not take are left out, with a
        warning.

        Args:
            changes: the values, by dotted key.
            places: of changes that the recipe's own text holds, the dotted key under which they stand there.
        """
        raw = self.to_dict()
        before = _section(raw, "net")
        for key, value in changes.items():
            put(raw, key.split("."), value)
        _leave_out_foreign(raw, before, tuple(changes))
        chosen, new = {**self._document.chosen, **(places or {})}, [key for key in changes if key not in (places or {})]
        document = replace(self._document, changed=(*self._document.changed, *new), chosen=chosen)
        return Recipe.of(raw, document)

    def varied(self, vary: Mapping[str, Sequence[Any]], seeds: int) -> Recipe:
        """Return the recipe as a comparison of `vary`, with `seeds` of each variant.

        Other variants than its own leave its claims behind, which speak of those; none leave its own.
        """
        if not vary:
            return self.model_copy(update={"seeds": seeds})
        update = {"vary": {key: list(v) for key, v in vary.items()}, "seeds": seeds, "claim": []}
        varied = self.model_copy(update=update)
        varied._document = replace(self._document, changed=(*self._document.changed, "vary"))
        return varied

    def to_dict(self) -> dict[str, Any]:
        """Return what was set, without defaults, in a form that TOML can hold."""
        return {k: _without_none(v) for k, v in self.model_dump(mode="json", exclude_unset=True).items()}

    def to_toml(self) -> str:
        """Return the recipe as a TOML document that `read` accepts."""
        return tomli_w.dumps(self.to_dict())


def fitting(data: Dataset) -> Fitting:
    """Return what a net for `data` must fit."""
    from neurona.nets import Fitting

    return Fitting(data.features, data.shape, data.outputs, data.tokens, data.steps)


def names() -> list[str]:
    """Return the names of the recipes that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def _changed(raw: dict[str, Any], written: str) -> str:
    """Change `raw` by text such as "fit.lr=0.1", and return the dotted key."""
    sections = {"fit": FitOptions.model_fields, "net": _section(raw, "net"), "data": _section(raw, "data")}
    override = Override.read(written, {"": Recipe.model_fields, **sections})
    override.apply(raw)
    return override.key


def _section(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = raw.get(name)
    return dict(section) if isinstance(section, Mapping) else {}


def _leave_out_foreign(raw: dict[str, Any], before: Mapping[str, Any], changed: Sequence[str]) -> None:
    """Take out of `[net]` what was written for the kind of net `before` and the new kind does not take.

    What is among the dotted keys that were `changed` stays: a person asked for it, and is told that it is wrong.
    """
    net = _section(raw, "net")
    kind = net.pop("kind", None)
    if "kind" not in before or kind is None or kind == before["kind"]:
        return
    from neurona.nets.kinds import foreign

    asked = {key.split(".")[1] for key in changed if key.startswith("net.")}
    left = [name for name in foreign(str(kind), net) if name not in asked]
    if not left:
        return
    for name in left:
        del raw["net"][name]
    message = _("A net of kind {kind} does not take these options, which the recipe has for {before}: {names}.").format(
        kind=kind, before=before["kind"], names=", ".join(left)
    )
    warnings.warn(message + " " + _("They are left out."), NeuronaWarning, stacklevel=3)


def _raw(what: str | Path) -> tuple[str | None, dict[str, Any]]:
    """Return the text and the parsed content of a recipe; data become a recipe with defaults, and have no text."""
    path = Path(what)
    if path.suffix == ".toml":
        named = path
    elif path.suffix or (str(what) and path.is_dir() and str(what) not in names()):
        return None, for_file(path)
    elif "/" in str(what).replace(os.sep, "/"):
        problem = _("There is no folder {path}.").format(path=path)
        raise InputError(problem, _("The path of a recipe ends in .toml; `neurona list recipes` shows names."))
    else:
        named = FOLDER / f"{what}.toml"
        if not re.fullmatch(r"[\w-]+", str(what)) or not named.is_file():
            problem = _("There is no recipe called {name!r}.").format(name=str(what))
            raise InputError(problem, nearest(str(what), names()))
    try:
        text = named.read_text(encoding="utf-8-sig")  # editors on Windows begin a file with a mark of its encoding
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else _("it is not UTF-8 text")
        problem = _("The recipe {path} cannot be read: {reason}.").format(path=path, reason=reason)
        raise InputError(problem, _("`neurona list` shows the recipes that come with neurona.")) from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise unparsable(path, text, error) from None
    raw.setdefault("name", path.stem)
    if isinstance(raw.get("data"), dict) and "path" in raw["data"]:
        raw["data"]["path"] = str((named.parent / str(raw["data"]["path"])).resolve())
    if isinstance(raw.get("net"), dict) and (named.parent / str(raw["net"].get("weights", "none"))).exists():
        raw["net"]["weights"] = str((named.parent / raw["net"]["weights"]).resolve())
    return text, raw


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list | tuple) else value
