"""What the trials of a study depend on: two accounts of it that differ are of two searches, whose trials do not mix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from neurona.language import _
from neurona.recipe import Recipe
from neurona.tuning.search import Search
from neurona.tuning.space import shown


@dataclass(frozen=True)
class Difference:
    """Where two accounts differ first.

    Attributes:
        part: of the account: "recipe", "data" (their fingerprint), "over", "metric", "seeds", "seed" or "prune".
        key: dotted, such as "fit.epochs" or "over.fit.lr".
        theirs, ours: the two values, as text.
    """

    part: str
    key: str
    theirs: str
    ours: str


def account(recipe: Recipe, wanted: Search, fingerprint: str) -> dict[str, Any]:
    """Return what the trials of a study depend on, the same on each machine that shares it, as JSON holds it."""
    told = recipe.to_dict()
    data = {key: value for key, value in told["data"].items() if key != "path"}
    fit = {key: value for key, value in told.get("fit", {}).items() if key not in ("device", "engine")}
    about = {
        "recipe": {"data": data, "net": told.get("net", {}), "fit": fit},
        "data": fingerprint,
        **wanted.model_dump(include={"over", "metric", "seeds", "seed", "prune"}),
    }
    return dict(json.loads(json.dumps(about)))


def difference(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Difference | None:
    """Return where two accounts differ first; None where they are the same."""
    for part in ours:
        before, now = (dict(_flat(part, about.get(part))) for about in (theirs, ours))
        for key in [*now, *(key for key in before if key not in now)]:
            if before.get(key) != now.get(key):
                return Difference(part, key, _text(before.get(key)), _text(now.get(key)))
    return None


def _flat(part: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each option of a part by its dotted key, as a recipe and `search.toml` write it."""
    if part == "recipe" and isinstance(value, dict):
        for section, options in value.items():
            yield from ((f"{section}.{name}", option) for name, option in options.items())
    elif part == "over" and isinstance(value, dict):
        yield from ((f"over.{key}", values) for key, values in value.items())
    else:
        yield part, value


def _text(value: Any) -> str:
    return _("not set") if value is None else shown(value)
