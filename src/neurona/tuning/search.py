"""What a search is after, as its directory keeps it: the space, the metric, how many trials, and where the study is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neurona.errors import InputError
from neurona.language import _
from neurona.tuning.space import Space, of
from neurona.validation import explain, plain

FILE = "search.toml"
JOURNAL = "study.journal"

Count = Annotated[int, Field(ge=1)]


class Search(BaseModel):
    """What a search is after.

    Attributes:
        metric: what trials are judged by, on validation, such as "valid.loss".
        trials: how many in all, over all processes that share the study.
        seeds: fits of each trial, whose mean counts.
        seed: of the draws.
        prune: whether trials that fall behind are ended early.
        storage: the path of a file, below the directory where it is relative, or an address without its password.
        over: the space, see `space.of`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    metric: str
    trials: Count
    seeds: Count = 1
    seed: Annotated[int, Field(ge=0)] = 0
    prune: bool = True
    storage: str = JOURNAL
    over: dict[str, str | list[Any]]

    @staticmethod
    def of(**given: Any) -> Search:
        """Return the search that these fields describe.

        Raises:
            InputError: one of them is unknown, or its value wrong.
        """
        try:
            return Search(**plain(given))
        except ValidationError as error:
            raise explain(error, "", list(Search.model_fields)) from None

    @property
    def space(self) -> Space:
        """The space that it goes through."""
        return of(self.over)

    @property
    def total(self) -> int:
        """How many trials there are to be: no more than there are combinations."""
        return int(min(self.trials, self.space.size))

    @staticmethod
    def read(path: Path) -> Search:
        """Return the search that the file at `path` describes.

        Raises:
            InputError: it cannot be read, or a value in it is wrong.
        """
        try:
            return Search.of(**tomllib.loads(path.read_text(encoding="utf-8")))
        except InputError as error:
            raise InputError(f"{path}: {error.problem}", error.hint) from None
        except (OSError, ValueError) as error:
            problem = _("{path} cannot be read: {reason}").format(path=path, reason=error)
            raise InputError(problem, _("Restore it from a copy, or search anew.")) from error

    def to_toml(self) -> str:
        """Return it as a TOML document that `read` accepts."""
        return tomli_w.dumps(self.model_dump())
