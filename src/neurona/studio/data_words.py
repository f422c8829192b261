"""The words of what concerns the data, in the language in use: features, points, tables, pictures, and the tour."""

from __future__ import annotations

from neurona.language import _


def of_data() -> dict[str, str]:
    """Return the words about data, by the name that their components have for them."""
    return {**_features(), **_points(), **_tables()}


def _features() -> dict[str, str]:
    return {
        "features": _("What the net sees"),
        "features_help": _(
            "Features: switch on what the net sees of each point; with squares and sines less is left to learn."
        ),
        "own_feature": _("a formula, e.g. x1^2 + x2^2"),
        "own_feature_help": _("Any formula of the columns, with + - * / ^, sin, cos, tanh, exp, log, sqrt and abs."),
        "formula": _("formula"),
        "add": _("Add"),
    }


def _points() -> dict[str, str]:
    return {
        "points": _("Your points"),
        "points_help": _("Set points of your own by class with the pointer, and train on them."),
        "points_class": _("Class {name}, {count} points"),
        "points_add": _("One class more"),
        "points_few": _("Click to set a point, drag to spray. Two classes with {least} points each are needed."),
        "points_ready": _("{count} points. Click to set one, drag to spray."),
        "points_full": _("These are {most} points, the most that there can be."),
        "points_done": _("Done"),
        "points_keys": _(
            "The plane: arrows move the cross, space sets a point, 1 to 6 choose the class, Delete the eraser."
        ),
        "erase": _("Erase"),
        "undo": _("Undo"),
        "clear": _("Clear"),
    }


def _tables() -> dict[str, str]:
    return {
        "seen": _("sees"),
        "column": _("column"),
        "kind": _("kind"),
        "example": _("example"),
        "predicted": _("is predicted"),
        "kind_number": _("number"),
        "kind_category": _("category"),
        "kind_date": _("date"),
        "kind_ignore": _("left out"),
        "kind_wrong": _("cannot be read"),
    }
