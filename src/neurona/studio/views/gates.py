"""What recurrent layers hold while they read one sample: states and gates, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.dataset import PADDING as NO_ANSWER
from neurona.data.inputs import Steps, Tokens
from neurona.look.attention import looks
from neurona.look.evidence import each_class
from neurona.look.gates import shown, step_labels
from neurona.nets import EncoderDecoder
from neurona.recurrence import read, reader, steps
from neurona.studio.arrays import floats, shares
from neurona.studio.views.picker import Picker
from neurona.studio.views.states import maps, require_layer
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

MOST_STEPS = 100


class Gates(View):
    """One sequence: what is read, what a recurrent layer holds meanwhile, and what is answered."""

    name = "gates"

    @staticmethod
    def suits(seen: Watched) -> bool:
        """Tell whether recurrent layers read the samples."""
        return isinstance(seen.data.inputs, Tokens | Steps) and reader(seen.net) is not None

    def frame(self) -> dict[str, Any]:
        """Return what is read, the maps of a layer `(units, steps)`, and what is answered."""
        picker = Picker(self.seen, self.chosen)
        x, y = self._sample(picker.number)
        layers = read(self.seen.net, self.seen.fit.task, x.to(self.seen.fit.device))
        number = min(self.chosen.get("layer", len(layers) - 1), len(layers) - 1)
        outputs = self.seen.outputs(x)
        return {
            **picker.described(),
            "layer": number,
            "layers": len(layers),
            **self._read(x[0]),
            "maps": maps(layers[number]),
            **self._answer(x, y, outputs),
        }

    def look(self, wish: Mapping[str, Any]) -> None:
        """Take another sample (see `Picker.look`), or another `layer`.

        Raises:
            InputError: there is no such sample or layer.
        """
        layers = reader(self.seen.net)
        assert layers is not None
        if "layer" in wish:
            self.chosen["layer"] = require_layer(wish["layer"], len(layers.forwards))
        Picker(self.seen, self.chosen).look(wish)

    def _sample(self, row: int) -> tuple[Tensor, Tensor]:
        """Return a sample as the net sees it and its target, both without padding and cut to 100 steps."""
        inputs, split = self.seen.data.inputs, self.seen.judged_by
        assert isinstance(inputs, Tokens | Steps)
        x, y = inputs.prepare(split.x[row : row + 1]), split.y[row : row + 1]
        length = int(steps(x, inputs).clamp(1, MOST_STEPS)[0])
        each = self.seen.fit.task.name in ("labelling", "next-token")
        return x[:, :length], y[:, :length] if each else y

    def _read(self, sample: Tensor) -> dict[str, Any]:
        """Return a label for each step, and of numbers the lines, `(d, steps)`, with their names."""
        inputs = self.seen.data.inputs
        assert isinstance(inputs, Tokens | Steps)
        found: dict[str, Any] = {"steps": step_labels(sample, inputs)}
        if isinstance(inputs, Steps):
            found |= {"values": floats(np.nan_to_num(sample.numpy().T)), "names": list(self.seen.called(inputs.names))}
        return found

    # ------------------------------------------------------------------ answers

    def _answer(self, x: Tensor, y: Tensor, outputs: Tensor) -> dict[str, Any]:
        """Return the shares of each class, values with their truth, or a token for each step with the right one."""
        task, data = self.seen.fit.task, self.seen.data
        answer = torch.nan_to_num(task.answer(outputs).cpu()).double().numpy()
        if self.seen.classes:
            return {"shares": each_class(answer)[0].tolist()}
        if task.name == "regression":
            scale, mean = np.array(data.target.scale), np.array(data.target.mean)
            truth, value = y.double().numpy()[0] * scale + mean, answer[0] * scale + mean
            return {"target": list(self.seen.targets), "value": value.tolist(), "wanted": truth.tolist()}
        if answer.ndim != 3:
            return {"shares": answer[0].tolist()}
        right = y[0].reshape(-1).numpy()
        count = int((right != NO_ANSWER).sum())
        says = answer[0].argmax(-1)[:count]
        found: dict[str, Any] = {
            "says": [self._token(one) for one in says],
            "right": [self._token(one) for one in right[:count]],
            "sure": [round(float(one), 3) for one in answer[0].max(-1)[:count]],
            "aligned": task.name in ("labelling", "next-token"),
        }
        net = self.seen.net
        if isinstance(net, EncoderDecoder) and net.attention:
            weights, _written = looks(net, x.to(self.seen.fit.device))
            found["attention"] = shares(weights[0, :count].cpu().numpy())
        return found

    def _token(self, number: Any) -> str:
        return shown(self.seen.names[int(number)])
