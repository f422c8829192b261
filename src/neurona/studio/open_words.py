"""The words of opening, comparing and repeating a training."""

from __future__ import annotations

from neurona.language import _


def of_opening() -> dict[str, str]:
    """Return them by the name that the components have for them."""
    return {
        "keys_more": _("O opens a training step."),
        "walk": _("Open a step"),
        "walk_help": _("Walk through one training step: each number forward and backward, with its derivation."),
        "walk_sample": _("Training sample"),
        "walk_of": _("of {count}"),
        "walk_before": _("The sample before"),
        "walk_after": _("The next sample"),
        "walk_back": _("One line back"),
        "walk_on": _("One line on"),
        "walk_slider": _("Steps"),
        "walk_steps": _("The derivation"),
        "walk_graph": _("The graph"),
        "loop_forward": _("Forward"),
        "loop_loss": _("Loss"),
        "loop_clear": _("Clear gradients"),
        "loop_backward": _("Backward"),
        "loop_step": _("Step"),
    }
