"""What a net makes of the same noise, at each moment of its training."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.inputs import Pixels
from neurona.look.sheets import brightness
from neurona.studio.arrays import bytes_, doubles
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched
from neurona.tasks.generative import Adversarial, Generative

PICTURES, POINTS = 60, 600


class Samples(View):
    """New samples, always of the same noise: pictures, or points among those of the data."""

    name = "samples"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net makes pictures, or points of a plane."""
        return isinstance(seen.fit.task, Generative) and (seen.is_flat or isinstance(seen.data.inputs, Pixels))

    @cached_property
    def noise(self) -> Tensor:
        """What samples are made of, `(n, k)`: the first numbers of seed 0, as in the report of a run."""
        task = self.seen.fit.task
        assert isinstance(task, Generative)
        count = PICTURES if isinstance(self.seen.data.inputs, Pixels) else POINTS
        noise = torch.randn(count, task.noise(self.seen.net), generator=torch.Generator().manual_seed(0))
        return noise.to(self.seen.fit.device)

    def frame(self) -> dict[str, Any]:
        """Return `pictures`, `(n, channels, height, width)` bytes, or `points`, `(n, 2)` in units.

        `real` is the probability of being real that the discriminator gives to each sample; null without one.
        """
        task, inputs = self.seen.fit.task, self.seen.data.inputs
        assert isinstance(task, Generative)
        made = task.made(self.seen.net, self.noise)
        real = None
        if isinstance(task, Adversarial):
            logits = self.seen.net.discriminator(made)  # type: ignore[operator]
            real = [float(share) for share in torch.nan_to_num(logits.sigmoid()).flatten().cpu()]
        if isinstance(inputs, Pixels):
            return {"pictures": bytes_(np.nan_to_num(brightness(inputs, made.cpu())) * 255 + 0.5), "real": real}
        assert self.seen.plane is not None
        return {"points": doubles(np.nan_to_num(self.seen.plane.in_units(made.cpu()))), "real": real}

    def described(self) -> dict[str, Any]:
        """Return real samples to hold the made ones against, where they are points: `(n, 2)` in units."""
        if self.seen.plane is None or isinstance(self.seen.data.inputs, Pixels):
            return {}
        low, high = self.seen.plane.bounds
        points = self.seen.plane.in_units(self.seen.judged_by.x[:POINTS])
        return {"points": doubles(points), "low": low.tolist(), "high": high.tolist(), "axes": self.seen.plane.names}
