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
        "walk_sample": _("Sample"),
        "walk_modes": _("What the step is on"),
        "walk_one": _("One sample"),
        "walk_one_help": _("The step as it would be on this sample alone."),
        "walk_batch": _("The next batch"),
        "walk_batch_help": _("The step that the training makes next: the mean of the gradients over its batch."),
        "walk_of_batch": _("{place} of {count} in the batch"),
        "walk_split": _("Of which samples"),
        "walk_make": _("Make this step"),
        "walk_make_help": _("Trains on this batch, and opens the step after it."),
        "surface_click": _("Click on a sample to open a training step on it."),
        "choose_plane": _("The samples: click on one to walk the step on it."),
        "choose_one": _("Sample {number}: {label}"),
        "choose_place": _("{from} to {to} of {of}"),
        "choose_before": _("Samples before these"),
        "choose_after": _("Samples after these"),
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
        "idle": _("Others wait for a place: yours is theirs in {seconds} seconds."),
        "idle_hint": _("What you have stays."),
        "idle_on": _("I am here"),
        "rest": _("Your place is with others for now"),
        "rest_hint": _(
            "Nothing has happened here for a while, and others were waiting. Your net and its training are kept."
        ),
        "rest_on": _("Go on"),
        "second_tab": _("This tab is a second one, with a session of its own; the first goes on as it is."),
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
