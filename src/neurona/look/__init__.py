"""What can be seen of a run: figures, an animation, the layers as a table, and the report.

    looks = nr.look.Looks(run)             # or run.look()
    looks["boundary"]                      # a matplotlib Figure
    looks.save()                           # PNG files, and a GIF, in the run directory

    nr.look.activations()                  # each figure is also a function
    nr.look.decision_regions(run)
    nr.look.convolution()                  # what a convolution, and a pooling, does to a picture
    nr.look.pooling(picture, "max", 2, 2)

Nothing here needs a screen, and `matplotlib` keeps its global settings.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurona.look.animation import boundary_animation
    from neurona.look.answers import answered_samples
    from neurona.look.attention import attention_weights
    from neurona.look.boundary import decision_regions
    from neurona.look.boxes import boxes_and_sum
    from neurona.look.confusion import confusion_matrix, label_scores
    from neurona.look.counting import counting_weights
    from neurona.look.curves import learning_curves
    from neurona.look.ensemble import ensemble_bands
    from neurona.look.filtering import convolution, filtered, pooled, pooling
    from neurona.look.gallery import activations
    from neurona.look.gates import gates_over_time
    from neurona.look.gradients import gradients_in_time, gradients_of_each, gradients_through
    from neurona.look.kernels import convolution_kernels
    from neurona.look.looks import Looks
    from neurona.look.maps import feature_maps
    from neurona.look.next_tokens import likely_tokens
    from neurona.look.regression import fitted_curve, predicted_against_true
    from neurona.look.samples import surest_mistakes
    from neurona.look.weights import first_layer, weight_bars

# Each name is imported when it is first asked for, so that `import neurona.look` does not wait for matplotlib.
_HOMES = {
    "Looks": "looks",
    "activations": "gallery",
    "answered_samples": "answers",
    "attention_weights": "attention",
    "boundary_animation": "animation",
    "boxes_and_sum": "boxes",
    "confusion_matrix": "confusion",
    "convolution": "filtering",
    "convolution_kernels": "kernels",
    "counting_weights": "counting",
    "decision_regions": "boundary",
    "ensemble_bands": "ensemble",
    "feature_maps": "maps",
    "filtered": "filtering",
    "first_layer": "weights",
    "fitted_curve": "regression",
    "gates_over_time": "gates",
    "gradients_in_time": "gradients",
    "gradients_of_each": "gradients",
    "gradients_through": "gradients",
    "label_scores": "confusion",
    "learning_curves": "curves",
    "likely_tokens": "next_tokens",
    "pooled": "filtering",
    "pooling": "filtering",
    "predicted_against_true": "regression",
    "surest_mistakes": "samples",
    "weight_bars": "weights",
}

__all__ = [
    "Looks",
    "activations",
    "answered_samples",
    "attention_weights",
    "boundary_animation",
    "boxes_and_sum",
    "confusion_matrix",
    "convolution",
    "convolution_kernels",
    "counting_weights",
    "decision_regions",
    "ensemble_bands",
    "feature_maps",
    "filtered",
    "first_layer",
    "fitted_curve",
    "gates_over_time",
    "gradients_in_time",
    "gradients_of_each",
    "gradients_through",
    "label_scores",
    "learning_curves",
    "likely_tokens",
    "pooled",
    "pooling",
    "predicted_against_true",
    "surest_mistakes",
    "weight_bars",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name in _HOMES:
        value = getattr(importlib.import_module(f"neurona.look.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'neurona.look' has no attribute {name!r}")
