"""Points that a visitor has drawn: a table of their own, `points.csv`, which travels along with the link."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurona.data.dataset import SPLITS
from neurona.errors import InputError
from neurona.files import write_text
from neurona.language import _, one_or_many
from neurona.studio import joining
from neurona.studio.arrays import floats
from neurona.studio.going_on import joined, seldom_written
from neurona.studio.part import Part

if TYPE_CHECKING:
    from neurona.data.dataset import Dataset
    from neurona.fit.fit import Fit
    from neurona.recipe import Recipe
    from neurona.studio.workshop import Command, Workshop

FILE = "points.csv"
AXES, TARGET = ("x1", "x2"), "class"
NAMES = "ABCDEF"
# They are drawn from -1 to 1; the table keeps so many decimals.
END, DECIMALS = 1.0, 3
MOST, LEAST = 1000, 4
MARK = "&p="

Point = joining.Point


class Points(Part):
    """The command that trains on drawn points."""

    @property
    def commands(self) -> Mapping[str, Command]:
        """What each command of this part does."""
        return {"points": self._points}

    def _points(self, command: Mapping[str, Any]) -> None:
        drawn, recipe = checked(command.get("points")), self.workshop.recipe
        own = recipe.data if recipe is not None and recipe.data.get("path") == FILE else None
        kept: dict[str, Any] = {"standardise": False} if own is None else dict(own)
        if own is not None and self.workshop.fit.steps[0]:
            with self.workshop.diverging("points"):
                self.workshop.advance()  # an epoch that has begun ends on the points that it began with
        flat = {name: "number" for place, name in enumerate(AXES) if len({point[place] for point in drawn}) == 1}
        if flat:
            kept = {**kept, "types": {**kept.get("types", {}), **flat}}  # a column of one value would be left out
        before = of_splits(self.workshop.fit.data)
        with unless_refused():
            write_text(Path(FILE), table(joining.arranged(drawn, before, kept) if before else drawn))
            self.workshop.use_data("points", {**kept, "path": FILE, "target": TARGET}, anew=True)


def on_file() -> str | None:
    """Return the table of points that is here; None where there is none."""
    return Path(FILE).read_text("utf-8") if Path(FILE).is_file() else None


@contextmanager
def unless_refused() -> Iterator[None]:
    """Within the block other points are written; an error brings back those that were there."""
    before = on_file()
    try:
        yield
    except Exception:
        if before is None:
            Path(FILE).unlink(missing_ok=True)
        else:
            write_text(Path(FILE), before)
        raise


def join(workshop: Workshop, recipe: Recipe, text: str) -> None:
    """Go on with the points as they are now where the fit can, else start anew; either is told.

    Args:
        workshop: whose recipe it is; what is wrong leaves it as it was.
        recipe: on points that have changed, and else the one in force.
        text: it as TOML.

    Raises:
        InputError: the points do not suit the recipe.
    """
    begun, fit = workshop.begun, workshop.fit
    before = of_splits(fit.data)
    with workshop.telling.remarked():
        data = recipe.load()
    data = joining.kept_apart(data, before, of_splits(data)) if begun and before else data
    why = joining.why_not(fit, data)
    if begun and before and why is None:
        after, last = joined(fit, data, seldom_written(recipe).fit), workshop.joined
        workshop.joined = fit.epoch
        workshop.adopt(after, recipe, text)
        if last is None or (fit.ended and last != fit.epoch):  # it is said once
            workshop.telling.remark(_joins(fit))
    else:
        workshop.begin(recipe, text)
        if begun and why is not None:
            workshop.telling.remark(why)
    workshop.repeats.again()


def _joins(fit: Fit) -> str:
    if fit.ended:
        return _("The points are these from now on. To train on with them, choose more epochs; Train starts anew.")
    words = _("Points join from epoch {epoch} on; a run of the recipe would have them from its beginning.")
    return words.format(epoch=fit.epoch + 1)


def behind(fit: Fit, recipe: Recipe) -> int:
    """Return how many points are of train here that are of valid or test for whoever loads the recipe."""
    if not of_splits(fit.data):
        return 0
    return len(fit.data.train) - len(recipe.load().train)


def waiting(count: int) -> str:
    """Return what is said of a run that is taken away while so many points are `behind`."""
    return one_or_many(
        count,
        _("{count} point that has been trained on would be of valid or test in this run, until more are drawn."),
        _("{count} points that have been trained on would be of valid or test in this run, until more are drawn."),
    ).format(count=count)


def of_splits(data: Dataset) -> dict[str, list[Point]]:
    """Return the drawn points of each split of a dataset, in the order of its rows; nothing for any other data."""
    own = Path(data.origin.get("path", "")).name == FILE
    found = {name: joining.points_of(data, name, AXES, DECIMALS) for name in SPLITS} if own else {}
    return found if found.get("train") else {}


def checked(given: Any) -> list[Point]:
    """Return points of the page, `[x, y, number of the class]` each, with names for their classes.

    Raises:
        InputError: they are no points, too many, or too few to train on.
    """
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(_is_point(one) for one in given):
        raise InputError(_("These are no points."), _("Draw them anew."))
    if len(given) > MOST:
        problem = _("{count} points are too many.").format(count=len(given))
        raise InputError(problem, _("Draw at most {most}, or upload them as a CSV.").format(most=MOST))
    classes = {number: [one for one in given if one[2] == number] for number in sorted({one[2] for one in given})}
    if len(classes) < 2 or min(map(len, classes.values())) < LEAST:
        problem = _("There is not enough to learn from yet.")
        hint = _("Draw two classes or more, each with {least} points at least.")
        raise InputError(problem, hint.format(least=LEAST))
    return [(round(float(x), DECIMALS), round(float(y), DECIMALS), NAMES[number]) for x, y, number in given]


def _is_point(one: Any) -> bool:
    if not isinstance(one, Sequence) or len(one) != 3:
        return False
    x, y, number = one
    inside = all(type(value) in (int, float) and math.isfinite(value) and abs(value) <= END for value in (x, y))
    return inside and type(number) is int and 0 <= number < len(NAMES)


def table(points: Sequence[Point]) -> str:
    """Return points as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*AXES, TARGET])
    writer.writerows(points)
    return text.getvalue()


def drawn(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the points that a recipe trains on, for the page; None when it trains on others."""
    if data.get("path") != FILE or not Path(FILE).is_file():
        return None
    points = _read(Path(FILE).read_text("utf-8"))
    return {"points": floats(np.array([[x, y, NAMES.index(name)] for x, y, name in points]).reshape(-1, 3))}


def along(data: Mapping[str, Any]) -> str:
    """Return what a link adds for the points that a recipe trains on; nothing when it trains on others."""
    if data.get("path") != FILE or not Path(FILE).is_file():
        return ""
    packed = zlib.compress(Path(FILE).read_text("utf-8").encode(), 9)
    return MARK + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpacked(link: str) -> str:
    """Write the points that a link brings along, and return the rest of it.

    Raises:
        InputError: the link is not whole, or what it brings is no table of points.
    """
    rest, mark, packed = link.partition(MARK)
    if not mark:
        return link
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(data, 64 * MOST).decode()
        if not unpacking.eof:
            raise ValueError(link)
        points = _read(text)
    except (binascii.Error, zlib.error, ValueError) as error:
        problem = _("The points in the link are not whole.")
        raise InputError(problem, _("Copy it again, from its beginning to its end.")) from error
    write_text(Path(FILE), table(points))
    return rest


def _read(text: str) -> list[Point]:
    """Return the points of a table that `table` wrote; raise ValueError for any other."""
    header, *rows = csv.reader(io.StringIO(text))
    if header != [*AXES, TARGET] or len(rows) > MOST:
        raise ValueError(header)
    points = []
    for x, y, name in rows:
        if not re.fullmatch(f"[{NAMES}]", name) or not all(abs(float(value)) <= END for value in (x, y)):
            raise ValueError(name)
        points.append((float(x), float(y), name))
    return points
