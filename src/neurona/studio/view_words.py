"""The words of the views, in the language in use: their tabs, a line about each, and what stands on them."""

from __future__ import annotations

from neurona.language import _


def of_views() -> dict[str, str]:
    """Return the words of the views, by the name that their components have for them."""
    return {"views": _("Views"), **_tabs(), **_samples(), **_codes(), **_sequences(), **_numbers(), **_descriptions()}


def _tabs() -> dict[str, str]:
    return {
        "surface_tab": _("What it answers"),
        "surface_help": _("What the net answers at each point of the plane, and how sure it is, under the samples."),
        "line_tab": _("What it answers"),
        "each_net": _("each net"),
        "mean_of_nets": _("their mean"),
        "line_of_net": _("the net"),
        "line_help": _("The curve that the net has found, over the samples."),
        "picture_tab": _("Pictures"),
        "picture_help": _("A picture on its way through the net: what each layer makes of it, and what is answered."),
        "pad_tab": _("Draw"),
        "pad_help": _("Draw, and the net answers while you do; the drawing is placed as the pictures of the data are."),
        "reconstructions_tab": _("Given back"),
        "reconstructions_help": _("Pictures, and what the net reads back from their codes."),
        "latent_tab": _("Latent plane"),
        "latent_help": _("Where samples lie among the codes, and what any point stands for."),
        "samples_tab": _("New samples"),
        "samples_help": _("What the net makes of the same random numbers, while it learns."),
        "gates_tab": _("Step by step"),
        "gates_help": _("What a recurrent layer holds while it reads a sequence: its state and its gates."),
        "distributions_tab": _("Distributions"),
        "distributions_help": _("How weights, activations and gradients of each layer are distributed."),
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
        "clear": _("Clear all"),
        "undo": _("Undo"),
        "net_sees": _("What the net sees of it"),
        "channel": _("channel {number}"),
        "unit_number": _("unit {number}"),
        "first_of": _("(the first {count})"),
    }


def _codes() -> dict[str, str]:
    return {
        "reconstructions": _("Pictures and what the net gives back"),
        "back_of_each": _("One picture of each class of {split}, what is given back, and its error (RMSE)"),
        "back_of": _("Pictures of {split}, what is given back, and its error (RMSE)"),
        "latent": _("The latent plane"),
        "latent_keys": _("Drag the cross, or move it with the arrow keys: what it stands for is decoded at once."),
        "decoded": _("decoded"),
        "nearest": _("nearest sample"),
        "across": _("across"),
        "upwards": _("upwards"),
        "component": _("principal component"),
        "latent_number": _("latent number {number}"),
        "others_at_mean": _("The other latent numbers of the {count} are at their mean."),
        "components_at_mean": _("Of {count} latent numbers the two directions in which codes differ most."),
        "show_grid": _("what each place stands for"),
        "samples": _("New samples"),
        "made_pictures": _("Always the same random numbers: only the net changes."),
        "made_judged": _("Always the same random numbers. The bar is the chance that the discriminator calls it real."),
        "made_points": _("Grey: real samples. Blue: made ones, always of the same random numbers."),
        "said_real": _("taken for real: {share}"),
    }


def _sequences() -> dict[str, str]:
    return {
        "gates": _("A sequence, step by step"),
        "what_is_read": _("What is read"),
        "attention": _("Where the decoder looks (rows: what is written)"),
        "step_number": _("step {number}"),
        "answer": _("answer"),
        "truth": _("truth"),
        "written": _("What is written; wrong steps with the right one"),
        "answered": _("What is answered at each step; wrong ones with the right one"),
        "below_answers": _("Under each step what is answered there; ✗ is wrong."),
        "units_of": _("A row for each of {count} units, of {of}."),
    }


def _numbers() -> dict[str, str]:
    return {
        "distributions": _("Weights, activations and gradients, layer by layer"),
        "weights": _("Weights"),
        "activations": _("Activations"),
        "gradients": _("Gradients"),
        "distributed_over": _("Activations and gradients of {count} training samples; σ is the standard deviation."),
    }


def _descriptions() -> dict[str, str]:
    """Return what pictures say to those who do not see them."""
    return {
        "gate_says": _("{name}: mean {mean} over {steps} steps, highest at step {most}"),
        "state_says": _("{name}: mean size {mean} over {steps} steps, largest at step {most}"),
        "samples_say": _(
            "{count} pictures, of a mean brightness of {mean} between black (0) and white (1); "
            "from one to another a pixel differs by {apart}"
        ),
        "points_say": _("Made points: mean {made}, deviation {spread}; real ones: mean {real}, deviation {theirs}"),
        "latent_says": _("{count} samples; {across} from {left} to {right}, {upwards} from {low} to {high}."),
        "cross_says": _("The cross is at {x}, {y}; the nearest sample lies at {across}, {upwards}."),
        "pad_says": _("The net answers {first} ({share}), then {second} ({other})."),
        "line_says": _("From {left} to {right} it answers between {low} and {high}"),
        "layer_says": _("The strongest: {which}"),
        "rows_say": _("The mean RMSE of a feature is {mean}; the largest is that of {name}: {most}"),
    }
