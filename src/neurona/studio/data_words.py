"""The words of what concerns the data, in the language in use: features, points, tables, pictures, and the tour."""

from __future__ import annotations

from neurona.language import _


def of_data() -> dict[str, str]:
    """Return the words about data, by the name that their components have for them."""
    return {**_features(), **_points(), **_tables(), **_composition(), **_net(), **_tour()}


def _features() -> dict[str, str]:
    return {
        "features": _("What the net sees"),
        "features_help": _(
            "Features: switch on what the net sees of each point; with squares and sines less is left to learn."
        ),
        "own_feature": _("a formula, e.g. x1^2 + x2^2"),
        "own_feature_example": _("e.g. x1^2 + x2^2"),
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
        "clear": _("Clear all"),
    }


def _tables() -> dict[str, str]:
    return {
        "seen": _("sees"),
        "column": _("column"),
        "kind": _("kind"),
        "example": _("example"),
        "predicted": _("is predicted"),
        "names_rows": _("names the rows"),
        "no_column": _("none: the net sees every column"),
        "kind_number": _("number"),
        "kind_category": _("category"),
        "kind_date": _("date"),
        "kind_ignore": _("left out"),
        "kind_wrong": _("cannot be read"),
    }


def _composition() -> dict[str, str]:
    return {
        "composition_classes": _("Samples of each class"),
        "composition_labels": _("Samples with each label"),
        "composition_steps": _("Steps of each class"),
        "composition_values": _("Values of {name}"),
        "composition_first": _("the {count} most frequent of {of}"),
    }


def _net() -> dict[str, str]:
    return {
        "activation": _("Activation"),
        "activation_help": _(
            "What the units of this layer do with their sums; each layer may have a function of its own."
        ),
        "layers": _("Layers"),
        "layers_help": _("Layers in words, such as conv 16 5 pad 2: change one, take one out, or add one."),
    }


def _tour() -> dict[str, str]:
    return {
        "tour": _("Take the tour"),
        "tour_next": _("Next"),
        "tour_skip": _("Skip"),
        "tour_end": _("Begin"),
        "tour_data": _("Choose data"),
        "tour_data_text": _(
            "Pick one of these, draw points of your own, or bring a table (CSV) or pictures (zip). “Recipes” above "
            "opens any network of the courses."
        ),
        "tour_features": _("Choose what the net sees"),
        "tour_features_text": _("Squares, products and sines of the two numbers, or a formula of your own."),
        "tour_net": _("Build the net"),
        "tour_net_text": _(
            "Add layers and units. Each unit shows where it is active; each line is a weight: blue is positive, orange "
            "negative."
        ),
        "tour_train": _("Train it"),
        "tour_train_text": _(
            "Press play, or the space bar. The learning rate and more can be changed while it trains."
        ),
        "tour_watch": _("Watch it learn"),
        "tour_watch_text": _("What the net answers at each point, live, with the samples on it. Curves are below."),
        "tour_take": _("Take it away"),
        "tour_take_text": _("As plain PyTorch, as a recipe or a report; or copy a link that holds all of it."),
    }
