"""The words of opening, comparing and repeating a training."""

from __future__ import annotations

from neurona.language import _


def of_opening() -> dict[str, str]:
    """Return them by the name that the components have for them."""
    return {
        "keys_more": _("B trains on one batch, O opens a training step, P pins the run."),
        "batch_step": _("One batch: a single step of the optimizer"),
        "batch_of": _("batch {done} of {of}"),
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
        "pins": _("Pinned runs"),
        "pin": _("Pin this run"),
        "pin_help": _("Keeps its curves and its picture, to hold the next run against it; up to four stay."),
        "pin_name": _("Name of this run"),
        "pin_now": _("Now"),
        "unpin": _("Let go of {name}"),
        "compare": _("Compare"),
        "compare_help": _("The runs side by side: pictures, last numbers, and what differs in their recipes."),
        "compare_numbers": _("Last numbers"),
        "compare_settings": _("What differs"),
        "compare_same": _("Their recipes are the same."),
        "seeds": _("Seeds"),
        "seeds_help": _(
            "Trains this recipe with several seeds beside yours; the curves show their mean and 95 % interval."
        ),
        "seeds_share": _("{share} % trained"),
        "seeds_done": _("mean and 95 % interval"),
        "by_hand": _("Set a weight by hand"),
        "by_hand_help": _(
            "Click on an edge or a unit to set its weight or bias by hand; Enter does so for the first one."
        ),
        "hand_from": _("From"),
        "hand_to": _("To"),
        "weight_word": _("Weight"),
        "bias_word": _("Bias"),
        "loop_forward": _("Forward"),
        "loop_loss": _("Loss"),
        "loop_clear": _("Clear gradients"),
        "loop_backward": _("Backward"),
        "loop_step": _("Step"),
    }
