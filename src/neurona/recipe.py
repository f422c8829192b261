"""The recipe: a validated description of one experiment, its `[data]`, `[net]`, `[fit]` and `[[claim]]`s."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tomli_w
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from neurona import written
from neurona.claim import Claim
from neurona.defaults import from_table, net_for
from neurona.document import Document
from neurona.errors import DamagedError, InputError, NeuronaWarning
from neurona.fit.options import FitOptions
from neurona.language import _
from neurona.override import Override, put
from neurona.validation import (
    KeyedError,
    explain,
    plain,
    require_keys,
    require_path,
    require_written,
    unchangeable,
)
from neurona.vary import Vary
from neurona.written import leave_out_foreign, section

if TYPE_CHECKING:
    from torch import nn

    from neurona.data import Dataset
    from neurona.fit.fit import Fit

MOST_SEEDS = 10_000


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


class Recipe(BaseModel):
    """One experiment. Names and options of data and net are checked against what is registered.

    Attributes:
        name: how it is called; part of the run directory's name.
        title: one sentence about it.
        source: where the system comes from.
        data: `name` of a dataset or `path` of a table, and its options. A path is relative to the current directory,
            in a file to that of the file.
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
    vary: Vary = Field(default_factory=dict)
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS)] = 1
    claim: Annotated[list[Claim], BeforeValidator(_listed)] = Field(default_factory=list)

    _document: Document = PrivateAttr(default_factory=lambda: Document())

    def __init__(self, **sections: Any) -> None:
        """Validate a recipe; see `of`."""
        sections = plain(sections)
        if isinstance(sections.get("fit"), Mapping):
            sections["fit"] = FitOptions.read(sections["fit"])
        for part in ("data", "net", "vary"):
            for key, value in section(sections, part).items():
                require_written(f"{part}.{key}", value)
        try:
            super().__init__(**sections)
        except ValidationError as error:
            raise explain(error, "", list(Recipe.model_fields)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).model_fields:
            raise unchangeable(name, value)
        super().__setattr__(name, value)

    # ------------------------------------------------------------------ reading

    @staticmethod
    def read(what: str | Path, overrides: Sequence[str] | Mapping[str, Any] = (), target: str | None = None) -> Recipe:
        """Return the recipe that `what` names.

        Args:
            what: the name of a recipe, the path of a `.toml` file, or of data of one's own: a CSV, TSV or Parquet
                table, a text, or a folder with a sub-folder of pictures for each class.
            overrides: a change such as "fit.lr=0.1", or several, whose value is TOML, or else text; or values by dotted
                key, as `with_changes` takes them. Another kind of net, or another optimizer, leaves out the options of
                the old one that it does not take, with a warning.
            target: the column to predict, for a table.

        Raises:
            InputError: there is no such recipe or file, it does not parse, or a key or value in it is wrong.
        """
        require_path(what, "nr.Recipe.read")
        overrides = [overrides] if isinstance(overrides, str) else overrides
        if not isinstance(overrides, list | tuple) or not all(isinstance(text, str) for text in overrides):
            require_keys(overrides, "nr.Recipe.read", '"spiral", {"fit.lr": 0.1}')
        text, raw = written.read(what)
        changed = _change(raw, overrides, target, what)
        if text is None and "path" in section(raw, "data") and "kind" not in section(raw, "net"):
            raw["net"] = {**net_for(raw["data"]), **section(raw, "net")}
        return Recipe.of(raw, Document(str(what), text or "").with_changed(changed))

    @staticmethod
    def kept(folder: Path) -> Recipe:
        """Return the recipe that the directory of a run, a comparison or a search keeps.

        Raises:
            InputError: it is not there, or something in it is wrong.
        """
        path = folder / "recipe.toml"
        if not path.is_file():
            raise DamagedError(_("{path} lacks recipe.toml, the recipe that it was made by.").format(path=folder))
        return Recipe.read(path)

    @staticmethod
    def of(raw: Mapping[str, Any], document: Document | None = None) -> Recipe:
        """Validate `raw`, which was read from `document`; errors say the line of it where the key stands.

        Raises:
            InputError: a key is unknown or a value wrong.
        """
        require_keys(raw, "nr.Recipe.of", '{"data": {"name": "spiral"}}')
        document = document or Document()
        with document.pointing():
            recipe = Recipe(**raw)
        recipe._document = document
        return recipe

    def pointing(self) -> AbstractContextManager[None]:
        """Return a context in which an error about a key says the line of the file where the key stands."""
        return self._document.pointing()

    @property
    def overridden(self) -> tuple[str, ...]:
        """The dotted keys that were set beside the recipe, such as "fit.lr"; "vary" where that was."""
        return self._document.asked

    def settled(self) -> Recipe:
        """Return the recipe with all that was changed in it as its own, which variants may change in their turn."""
        settled = self.model_copy()
        settled._document = replace(self._document, asked=())
        return settled

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
        if "in_memory" in options:
            problem = _("The data were in memory ({what}), and no file holds them.").format(what=options["in_memory"])
            hint = _(
                "Give them to the run in Python, run.data(nr.load((x, y))); or write them to a file and train anew."
            )
            raise KeyedError("data.in_memory", problem, hint)
        what = options.pop("name", None) or options.pop("path", None)
        if what is None:
            problem = _("The recipe does not say what data to use.")
            raise KeyedError("data", problem, _('Write [data] with name = "spiral" or path = "my.csv".'))
        return load(str(what), **options)

    def build(self, data: Dataset) -> nn.Module:
        """Build the net for `data`, with weights drawn from `fit.seed`.

        Raises:
            InputError: the kind of net or an option is wrong.
        """
        from neurona.making import make

        with self._document.pointing():
            return make(self.net, data, self.fit.seed)

    def start(self, data: Dataset | None = None) -> Fit:
        """Load the data, build the net with the weights that it starts from, and return the fit, which has not begun.

        Args:
            data: those of the recipe, when they were loaded before.

        Raises:
            InputError: anything in the recipe is wrong.
        """
        from neurona.fit.fit import Fit

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
            "fit.warmup = {warmup:g} is longer than the fit ({epochs} epochs): the learning rate ends at {percent:.0f} "
            "% of fit.lr."
        )
        for stage in self.fit.by_stage():
            if stage.warmup > stage.epochs:
                percent = 100 * stage.epochs / stage.warmup
                said = message.format(warmup=stage.warmup, epochs=stage.epochs, percent=percent)
                warnings.warn(said, NeuronaWarning, stacklevel=3)

    # ------------------------------------------------------------------ writing

    def with_changes(
        self, changes: Mapping[str, Any], places: Mapping[str, str] | None = None, *, target: str | None = None
    ) -> Recipe:
        """Return the recipe with values at dotted keys replaced, such as `{"fit.seed": 3}`; None takes a key out.

        Where the kind of net or the optimizer is another then, the options of the old one that it does not take are
        left out, with a warning.

        Args:
            changes: the values, by dotted key.
            places: of changes that the recipe's own text holds, the dotted key under which they stand there.
            target: the column to predict, for a recipe whose data are a table.

        Raises:
            InputError: `changes` are no such dictionary, a key is unknown or a value wrong, or the data are no table.
        """
        require_keys(changes, "recipe.with_changes", '{"fit.lr": 0.1}')
        raw = self.to_dict()
        changed = _change(raw, changes, target, self.name)
        chosen, new = {**self._document.chosen, **(places or {})}, [key for key in changed if key not in (places or {})]
        return Recipe.of(raw, replace(self._document.with_changed(new), chosen=chosen))

    def varied(self, vary: Mapping[str, Sequence[Any]], seeds: int) -> Recipe:
        """Return the recipe as a comparison of `vary`, with `seeds` of each variant.

        Other variants than its own leave its claims behind, which speak of those; none leave its own.
        """
        if not vary:
            return self.model_copy(update={"seeds": seeds})
        update = {"vary": {key: list(v) for key, v in vary.items()}, "seeds": seeds, "claim": []}
        varied = self.model_copy(update=update)
        varied._document = self._document.with_changed(["vary"])
        return varied

    def placed(self) -> Recipe:
        """Return the recipe with paths that are not relative, as what is written elsewhere needs them."""
        raw = self.to_dict()
        for part, key in (("data", "path"), ("net", "weights")):
            given = section(raw, part).get(key)
            if isinstance(given, str) and (key == "path" or Path(given).exists()):
                raw[part][key] = str(Path(given).absolute())
        return Recipe.of(raw, self._document)

    def to_dict(self) -> dict[str, Any]:
        """Return what was set, without defaults and what is empty, in a form that TOML can hold."""
        told = self.model_dump(mode="json", exclude_unset=True)
        return {k: _without_none(v) for k, v in told.items() if v or k not in ("title", "source", "vary", "claim")}

    def to_toml(self) -> str:
        """Return the recipe as a TOML document that `read` accepts."""
        return tomli_w.dumps(self.to_dict())


def _change(
    raw: dict[str, Any], changes: Sequence[str] | Mapping[str, Any], target: str | None, what: object
) -> list[str]:
    """Change `raw`, the recipe `what`, by texts such as "fit.lr=0.1" or values by key, and return the dotted keys."""
    before = {part: section(raw, part) for part in ("net", "fit")}
    if target is not None:
        put(raw, ("data", "target"), target)
    if isinstance(changes, Mapping):
        for key, value in changes.items():
            put(raw, key.split("."), value)
        changed = list(changes)
    else:
        changed = [_override(raw, text) for text in changes]
    if target is not None and not from_table(section(raw, "data")):
        problem = _("A target is a column of a table, and {what} is no table.").format(what=what)
        raise InputError(problem, _("Leave it out, or give a CSV, TSV or Parquet file."))
    leave_out_foreign(raw, before, changed)
    return changed


def _override(raw: dict[str, Any], override: str) -> str:
    """Change `raw` by text such as "fit.lr=0.1", and return the dotted key."""
    sections = {"fit": FitOptions.model_fields, "net": section(raw, "net"), "data": section(raw, "data")}
    change = Override.read(override, {"": Recipe.model_fields, **sections})
    change.apply(raw)
    return change.key


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list | tuple) else value
