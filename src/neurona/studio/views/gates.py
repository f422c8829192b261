"""What recurrent layers hold while they read one sample: states and gates, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurona.data.dataset import PADDING as NO_ANSWER
from neurona.data.inputs import Steps, Tokens
from neurona.errors import InputError
from neurona.language import _
from neurona.look.attention import looks
from neurona.look.evidence import each_class
from neurona.look.gates import GATES, SHOWN, shown, step_labels, title_of
from neurona.look.style import thinned
from neurona.nets import EncoderDecoder
from neurona.recurrence import read, reader, steps
from neurona.studio.arrays import floats, shares, signed
from neurona.studio.views.picker import Picker
from neurona.studio.views.view import View
from neurona.studio.views.watched import Watched

MOST_STEPS, MOST_UNITS = 100, 32


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
        kept = {name: states[0].cpu().numpy() for name, states in layers[number].items()}
        outputs = self.seen.outputs(x)
        return {
            **picker.described(),
            "layer": number,
            "layers": len(layers),
            **self._read(x[0]),
            "maps": [self._map(name, kept[name]) for name in SHOWN if name in kept],
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
            count = len(layers.forwards)
            if type(wish["layer"]) is not int or not 0 <= wish["layer"] < count:
                problem = _("There is no number {number} here.").format(number=wish["layer"])
                raise InputError(problem, _("They go from 0 to {last}.").format(last=count - 1))
            self.chosen["layer"] = wish["layer"]
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
            found |= {"values": floats(np.nan_to_num(sample.numpy().T)), "names": list(inputs.names)}
        return found

    def _map(self, name: str, states: np.ndarray) -> dict[str, Any]:
        """Return a map of at most 32 units, `(units, steps)`: gates from 0 to 1, states signed with their reach."""
        chosen = thinned(states.shape[1], MOST_UNITS)
        values, gate = states[:, chosen].T, name in GATES
        reach = 1.0 if gate else float(max(1.0, np.abs(np.nan_to_num(states)).max()))
        packed = shares(values) if gate else signed(values, axis=(0, 1), largest=reach)
        return {
            "name": name, "title": title_of(name), "gate": gate, "reach": reach, "values": packed,
            "units": chosen.tolist(), "of": states.shape[1],
        }  # fmt: skip

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
            return {"target": list(data.target.names), "value": value.tolist(), "wanted": truth.tolist()}
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
        return shown(self.seen.data.classes[int(number)])
