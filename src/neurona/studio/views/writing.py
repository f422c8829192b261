"""What a decoder writes of one sample, step by step, beside what is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.dataset import PADDING as NO_ANSWER
from neurona.data.inputs import Pixels, Steps, Tokens
from neurona.look.attention import looks
from neurona.look.gates import shown, step_labels
from neurona.look.sheets import brightness
from neurona.nets import EncoderDecoder
from neurona.nets.unrolled import Unrolled, unrolled
from neurona.recurrence import steps
from neurona.studio.arrays import bytes_, shares
from neurona.studio.views.picker import Picker
from neurona.studio.views.states import maps, require_layer
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

MOST_STEPS, LIKELY = 60, 3


class Writing(View):
    """One sample: what was read of it, what is written with its likeliest words, and the decoder's states meanwhile."""

    name = "writing"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether the net reads a sample as a whole and then writes a sequence."""
        return isinstance(seen.net, EncoderDecoder)

    def frame(self) -> dict[str, Any]:
        """Return what is read, what is written, and the maps of a layer of the decoder, `(units, steps)`.

        A step is a token that the net writes on its own, told the one that it wrote before. `says` are these, `right`
        the true ones, both as long as the longer one; `likely` the three likeliest with their probabilities; and
        `attention`, `(steps, places)`, where each step looks, if the net has attention: at what was read, or at the
        places of a picture, row by row (`grid`: their rows and columns).
        """
        picker, net = Picker(self.seen, self.chosen), self._net
        x, y = self._sample(picker.number)
        written, right = net(x)[0], y.cpu().numpy()
        count = self._count(written, right)
        tokens = written.argmax(-1)[:count]
        layers = self._states(x, tokens)
        number = min(self.chosen.get("layer", len(layers) - 1), len(layers) - 1)
        says = [self._token(one) for one in tokens.tolist()]
        wanted = [self._token(one) if one != NO_ANSWER else "" for one in right[:count].tolist()]
        return {
            **picker.described(),
            "layer": number,
            "layers": len(layers),
            "steps": says,
            "says": says,
            "right": wanted + [""] * (count - len(wanted)),
            "likely": self._likely(written[:count].softmax(-1)),
            "maps": maps(layers[number]),
            **self._read(x),
            **self._attention(x, count),
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another sample (see `Picker.look`), or another `layer` of the decoder.

        Raises:
            InputError: there is no such sample or layer.
        """
        if "layer" in wish:
            self.chosen["layer"] = require_layer(wish["layer"], len(self._net.decoder.forwards))
        Picker(self.seen, self.chosen).look(wish)

    @property
    def _net(self) -> EncoderDecoder:
        assert isinstance(self.seen.net, EncoderDecoder)
        return self.seen.net

    def _sample(self, row: int) -> tuple[Tensor, Tensor]:
        """Return a sample as the net sees it, `(1, ...)`, and what is to be written, `(steps,)`."""
        split = self.seen.judged_by
        x = self.seen.data.inputs.prepare(split.x[row : row + 1]).to(self.seen.fit.device)
        return x, split.y[row]

    def _count(self, written: Tensor, right: np.ndarray) -> int:
        """Return how many steps are shown: to the end that the net writes, or that it should have written."""
        end = int((right != NO_ANSWER).sum())
        last = right[end - 1] if end else NO_ANSWER  # every sequence of ours ends with a sign of its own
        ends = torch.nonzero(written.argmax(-1) == int(last)).flatten().tolist()
        return min(max(end, ends[0] + 1 if ends else len(written)), len(written), MOST_STEPS)

    def _states(self, x: Tensor, tokens: Tensor) -> list[dict[str, Tensor]]:
        """Return what each layer of the decoder computes while it writes, `(1, steps, hidden)` under each name."""
        copy = unrolled(self._net).eval()
        _memory, end, _there = copy.encoder(x)
        begin = tokens.new_zeros(1)
        copy.decoder.step(torch.cat([begin, tokens[:-1] + 1])[None], copy.begin(end))
        layers = [layer for layer in copy.decoder.forwards if isinstance(layer, Unrolled)]
        return [{name: torch.stack(kept, 1) for name, kept in layer.kept.items()} for layer in layers]

    def _likely(self, probabilities: Tensor) -> list[list[list[Any]]]:
        """Return for each step the likeliest tokens, each with its probability."""
        best, numbers = torch.nan_to_num(probabilities).topk(min(LIKELY, probabilities.shape[-1]))
        pairs = zip(best.tolist(), numbers.tolist(), strict=True)
        return [[[self._token(one), round(share, 4)] for share, one in zip(*step, strict=True)] for step in pairs]

    def _read(self, x: Tensor) -> dict[str, Any]:
        """Return the picture, or a label for each step that is read."""
        inputs = self.seen.data.inputs
        if isinstance(inputs, Pixels):
            return {"picture": bytes_(brightness(inputs, x.cpu())[0] * 255 + 0.5)}
        assert isinstance(inputs, Tokens | Steps)
        return {"read": step_labels(x[0, : int(steps(x, inputs).clamp(1)[0])].cpu(), inputs)}

    def _attention(self, x: Tensor, count: int) -> dict[str, Any]:
        if not self._net.attention:
            return {}
        weights = looks(self._net, x)[0][0, :count].cpu().numpy()
        inputs = self.seen.data.inputs
        if isinstance(inputs, Pixels):
            grid = [(side + 1) // 2 for side in inputs.seen[1:]]
            return {"attention": shares(weights), "grid": grid}
        assert isinstance(inputs, Tokens | Steps)
        return {"attention": shares(weights[:, : int(steps(x, inputs).clamp(1)[0])])}

    def _token(self, number: int) -> str:
        return shown(self.seen.names[number])
