"""The words of the views, in the language in use: their tabs, a line about each, and what stands on them."""

from __future__ import annotations

from neurona.language import _


def of_views() -> dict[str, str]:
    """Return the words of the views, by the name that their components have for them."""
    return {"views": _("Views"), **_tabs()}


def _tabs() -> dict[str, str]:
    return {
        "surface_tab": _("What it answers"),
        "surface_help": _("What the net answers at each point of the plane, and how sure it is, under the samples."),
        "line_tab": _("What it answers"),
        "line_help": _("The curve that the net has found, over the samples."),
        "confusion_tab": _("Confusion"),
        "confusion_help": _("Which classes are taken for which."),
    }
