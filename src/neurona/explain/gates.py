"""The gates of a recurrent layer at one step, as formulas with their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from neurona.explain.calls import Call, Place, result_line, weights
from neurona.explain.formula import SYMBOL, Formula, evaluate
from neurona.explain.graph import Array

SIGMOID = "1 / (1 + exp(-{0}))"


def gate_lines(call: Call, place: Place) -> list[Formula]:
    """Return the gates of one unit at one step; only for one layer in one direction."""
    module: Any = call.module
    if module.num_layers > 1 or module.bidirectional or not module.batch_first:
        return []
    _sample, step, unit = place
    state = _before(call, step)
    sums = _sums(call, step, unit, state[0])
    lines: list[Formula] = []

    def line(name: str, template: str, values: Mapping[str, float]) -> float:
        result = _value(template, values)
        lines.append(Formula(name, template, values, result))
        return result

    hidden = float(state[0][unit])
    if call.kind == "RNN":
        return [result_line(call, place, "tanh({w . x} + {u . h} + {b})", sums[0])]
    if call.kind == "LSTM":
        cell = float(state[1][unit])
        gates = {}
        for name, gate in zip("ifgo", sums, strict=True):
            a = "{w . x} + {u . h} + {b}"
            total = line(f"a_{name}", a, gate)
            gates[name] = line(
                name,
                f"tanh({{a_{name}}})" if name == "g" else SIGMOID.replace("{0}", f"{{a_{name}}}"),
                {f"a_{name}": total},
            )
        c = line("c", "{f} * {c[t-1]} + {i} * {g}", {"c[t-1]": cell, **{k: gates[k] for k in "fig"}})
        return [*lines, result_line(call, place, "{o} * tanh({c})", {"o": gates["o"], "c": c})]
    r, z, n = sums
    found = {}
    for name, gate in (("r", r), ("z", z)):
        total = line(f"a_{name}", "{w . x} + {u . h} + {b}", gate)
        found[name] = line(name, SIGMOID.replace("{0}", f"{{a_{name}}}"), {f"a_{name}": total})
    new = line("n", "tanh({w . x} + {b} + {r} * ({u . h} + {c}))", {**n, "r": found["r"]})
    values = {"z": found["z"], "n": new, "h[t-1]": hidden}
    return [*lines, result_line(call, place, "(1 - {z}) * {n} + {z} * {h[t-1]}", values)]


def _before(call: Call, step: int) -> tuple[Array, ...]:
    """Return the state of a layer before `step`: h, and for an LSTM c."""
    module: Any = call.module
    zeros = np.zeros(module.hidden_size)
    state: Any = None
    if len(call.inputs) > 1:  # a state was handed over
        state = tuple(torch.from_numpy(part) for part in call.inputs[1:])
        state = state if module.mode == "LSTM" else state[0]
    if step:
        with torch.no_grad():
            state = module(torch.from_numpy(call.inputs[0][:, :step]), state)[1]
    if state is None:
        return zeros, zeros
    parts = state if isinstance(state, tuple) else (state,)
    return tuple(part.numpy()[0, 0] for part in parts)


def _sums(call: Call, step: int, unit: int, before: Array) -> list[dict[str, float]]:
    """Return for each gate what goes into it: from the input, from the state, and the biases."""
    module: Any = call.module
    w, u = weights(module, "weight_ih_l0"), weights(module, "weight_hh_l0")
    zeros = np.zeros(len(w))
    b, c = (weights(module, f"bias_{where}_l0") if module.bias else zeros for where in ("ih", "hh"))
    x = call.inputs[0][0, step]
    rows = range(unit, len(w), module.hidden_size)
    found = [{"w . x": w[k] @ x, "u . h": u[k] @ before, "b": b[k], "c": c[k]} for k in rows]
    if call.kind == "GRU":
        joined = [{**gate, "b": gate["b"] + gate["c"]} for gate in found[:2]]
        return [{key: float(gate[key]) for key in ("w . x", "u . h", "b")} for gate in joined] + [
            {key: float(value) for key, value in found[2].items()}
        ]
    return [{"w . x": float(g["w . x"]), "u . h": float(g["u . h"]), "b": float(g["b"] + g["c"])} for g in found]


def _value(template: str, values: Mapping[str, float]) -> float:
    return evaluate(SYMBOL.sub(lambda found: f"({values[found[1]]!r})", template))
