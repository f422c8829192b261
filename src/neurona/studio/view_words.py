"""The words of the views, in the language in use: their tabs, a line about each, and what stands on them."""

from __future__ import annotations

from neurona.language import _


def of_views() -> dict[str, str]:
    """Return the words of the views, by the name that their components have for them."""
    return {"views": _("Views"), **_tabs(), **_samples()}


def _tabs() -> dict[str, str]:
    return {
        "surface_tab": _("What it answers"),
        "surface_help": _("What the net answers at each point of the plane, and how sure it is, under the samples."),
        "line_tab": _("What it answers"),
        "line_help": _("The curve that the net has found, over the samples."),
        "picture_tab": _("Pictures"),
        "picture_help": _("A picture on its way through the net: what each layer makes of it, and what is answered."),
        "pad_tab": _("Draw"),
        "pad_help": _("Draw, and the net answers while you do; the drawing is placed as the pictures of the data are."),
        "confusion_tab": _("Confusion"),
        "confusion_help": _("Which classes are taken for which."),
    }


def _samples() -> dict[str, str]:
    return {
        "picture": _("A picture, layer by layer"),
        "layers": _("Layers"),
        "sample": _("Sample"),
        "sample_before": _("The sample before"),
        "sample_next": _("The next sample"),
        "sample_of": _("{number} of {count}, {split}"),
        "of_class": _("Of the class"),
        "shares": _("Probability of each class"),
        "true_class": _("true class"),
        "pad": _("A pad to draw on"),
        "draw_here": _("Draw here with the mouse, a pen or a finger."),
        "clear": _("Clear"),
        "undo": _("Undo"),
        "net_sees": _("What the net sees of it"),
        "channel": _("channel {number}"),
        "unit_number": _("unit {number}"),
        "first_of": _("(the first {count})"),
    }
