"""Which figures suit a net that gives samples back or makes new ones, with their titles and captions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from neurona.data.inputs import Pixels
from neurona.language import _
from neurona.look import curves, generated, latent, players, reconstructions, terms
from neurona.look.evidence import Evidence
from neurona.look.looks import ANIMATION, Look, Moving


def generative_looks(seen: Evidence) -> Iterator[Look | Moving]:
    """Yield the figures that suit a run of such a task, in order; only the curves when its data or net are missing."""
    yield _curves(seen)
    if seen.lacks:
        return
    if reconstructions.suits(seen):
        yield Look(
            "reconstructions",
            _("Originals and what the net gives back"),
            _(
                "Above: pictures that the net has not trained on. Below: what it reads back from their codes. Fine "
                "strokes are lost first; the worst cases show what it has never learned to write down."
            ),
            partial(reconstructions.originals_and_reconstructions, seen),
        )
    yield from _of_latent_space(seen)
    yield from _of_samples(seen)


def _curves(seen: Evidence) -> Look:
    if players.suits(seen):
        return Look(
            "curves",
            _("Two players against each other"),
            _(
                "Solid: train, with a band of one standard deviation over batches. Dashed: validation. Left: neither "
                "loss should fall to 0, for then the other player learns nothing more; dotted is where they are at "
                "rest. Right: the nearer both lines come to 0.5, the less can made samples be told from real ones."
            ),
            partial(players.two_players, seen),
        )
    if terms.suits(seen):
        return Look(
            "curves",
            _("The two terms of the loss"),
            _(
                "The ELBO is minus the sum of the other two. The reconstruction term says how much of a sample is "
                "lost, the divergence how many nats a code carries: a divergence of 0 is a code that says nothing."
            ),
            partial(terms.loss_terms, seen),
        )
    return Look(
        "curves",
        _("Learning curves"),
        _(
            "Solid: train, measured while the net was changing, with a band of one standard deviation over batches. "
            "Dashed: validation. When the dashed line turns up while the solid one falls, the net overfits."
        )
        + curves.two_measures(seen),
        partial(curves.learning_curves, seen),
    )


def _of_latent_space(seen: Evidence) -> Iterator[Look]:
    if latent.suits(seen):
        yield Look(
            "latent",
            _("The latent space"),
            _(
                "Each point is the code of a sample. Nobody told the net the classes; where they lie apart all the "
                "same, the code has found what tells them apart."
            )
            if seen.classes
            else _("Each point is the code of a sample: those that are alike lie side by side."),
            partial(latent.latent_plane, seen),
        )
    if latent.suits_grid(seen):
        yield Look(
            "latent-grid",
            _("What each place in the latent plane stands for"),
            _("Pictures that the net reads from codes nobody wrote, at evenly spread places of the plane above."),
            partial(latent.latent_grid, seen),
        )
    if latent.suits_walks(seen):
        yield Look(
            "latent-walks",
            _("Walks in the latent space"),
            _(
                "From the code of one picture straight to that of another. In a good latent space each step is itself "
                "a picture of something; in a poor one the middle is two pictures on top of each other."
            ),
            partial(latent.latent_walks, seen),
        )


def _of_samples(seen: Evidence) -> Iterator[Look | Moving]:
    if generated.suits(seen):
        pictures = isinstance(seen.run.inputs, Pixels)
        caption = _("None of these was ever in the data: the net made each of them from random numbers.")
        points = _("Real rows, and rows that the net made from random numbers, by the first two columns.")
        title = _("New samples")
        yield Look("samples", title, caption if pictures else points, partial(generated.generated_samples, seen))
    if generated.has_snapshots(seen):
        yield Moving(
            ANIMATION,
            _("New samples over training"),
            _("The same random numbers each time: only the net changes, from its initial weights to the last epoch."),
            partial(generated.samples_over_training, seen),
        )
