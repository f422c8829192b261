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
    from neurona.look.augmented import augmented_samples
    from neurona.look.boundary import decision_regions
    from neurona.look.boxes import boxes_and_sum
    from neurona.look.confusion import confusion_matrix, label_scores
    from neurona.look.counting import counting_weights
    from neurona.look.curves import learning_curves
    from neurona.look.ensemble import ensemble_bands
    from neurona.look.filtering import convolution, filtered, pooled, pooling
    from neurona.look.gallery import activations
    from neurona.look.gates import gates_over_time
    from neurona.look.generated import generated_samples, samples_over_training
    from neurona.look.gradients import gradients_in_time, gradients_of_each, gradients_through
    from neurona.look.kernels import convolution_kernels
    from neurona.look.landscape import loss_landscape
    from neurona.look.latent import latent_grid, latent_plane, latent_walks
    from neurona.look.looks import Looks
    from neurona.look.maps import feature_maps
    from neurona.look.next_tokens import likely_tokens
    from neurona.look.players import two_players
    from neurona.look.reconstructions import originals_and_reconstructions
    from neurona.look.regression import fitted_curve, predicted_against_true
    from neurona.look.samples import surest_mistakes
    from neurona.look.terms import loss_terms
    from neurona.look.weights import first_layer, weight_bars

# Each name is imported when it is first asked for, so that `import neurona.look` does not wait for matplotlib.
_HOMES = {
    "Looks": "looks",
    "activations": "gallery",
    "answered_samples": "answers",
    "attention_weights": "attention",
    "augmented_samples": "augmented",
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
    "generated_samples": "generated",
    "gradients_in_time": "gradients",
    "gradients_of_each": "gradients",
    "gradients_through": "gradients",
    "label_scores": "confusion",
    "latent_grid": "latent",
    "latent_plane": "latent",
    "latent_walks": "latent",
    "learning_curves": "curves",
    "likely_tokens": "next_tokens",
    "loss_landscape": "landscape",
    "loss_terms": "terms",
    "originals_and_reconstructions": "reconstructions",
    "pooled": "filtering",
    "pooling": "filtering",
    "predicted_against_true": "regression",
    "samples_over_training": "generated",
    "surest_mistakes": "samples",
    "two_players": "players",
    "weight_bars": "weights",
}

__all__ = [
    "Looks",
    "activations",
    "answered_samples",
    "attention_weights",
    "augmented_samples",
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
    "generated_samples",
    "gradients_in_time",
    "gradients_of_each",
    "gradients_through",
    "label_scores",
    "latent_grid",
    "latent_plane",
    "latent_walks",
    "learning_curves",
    "likely_tokens",
    "loss_landscape",
    "loss_terms",
    "originals_and_reconstructions",
    "pooled",
    "pooling",
    "predicted_against_true",
    "samples_over_training",
    "surest_mistakes",
    "two_players",
    "weight_bars",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name in _HOMES:
        value = getattr(importlib.import_module(f"neurona.look.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'neurona.look' has no attribute {name!r}")
