"""The smallest recurrent net: its sum, its gradient by hand, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurona.errors import InputError
from neurona.nets import Fitting, LinearRecurrent, build, summary


def test_its_answer_is_the_sum_of_inputs_weighted_by_powers_of_w() -> None:
    x = torch.randn(5, 8, 1)
    wanted = sum(-2 * 0.7 ** (7 - t) * x[:, t] for t in range(8))
    torch.testing.assert_close(LinearRecurrent(-2.0, 0.7)(x), wanted)


def test_with_both_weights_one_it_counts() -> None:
    x = torch.randint(0, 2, (5, 8, 1)).float()
    assert torch.equal(LinearRecurrent(1.0, 1.0)(x), x.sum(1))


def test_beyond_the_end_the_state_stays() -> None:
    x = torch.randn(2, 8, 1)
    padded = x.clone()
    padded[1, 3:] = torch.nan
    net = LinearRecurrent(-2.0, 0.7)
    assert torch.equal(net(padded)[1], net(x[1:, :3])[0])
    net(padded).sum().backward()
    assert net.u.grad is not None and net.u.grad.isfinite()


def test_its_gradient_is_back_propagation_through_time_by_hand() -> None:
    x, u, w = np.random.default_rng(0).integers(0, 2, (20, 40)).astype(float), -2.0, -0.9
    states = [np.zeros(20)]
    for t in range(40):
        states.append(states[-1] * w + x[:, t] * u)
    error = 2 * (states[-1] - x.sum(1))
    by_u = by_w = 0.0
    for t in reversed(range(40)):
        by_u += (error * x[:, t]).mean()
        by_w += (error * states[t]).mean()
        error = error * w
    net = LinearRecurrent(u, w).double()
    ones = torch.tensor(x).unsqueeze(-1)
    torch.nn.functional.mse_loss(net(ones), ones.sum(1)).backward()
    assert net.u.grad.item() == pytest.approx(by_u)
    assert net.w.grad.item() == pytest.approx(by_w)


def test_it_begins_where_it_is_told_and_refuses_other_data() -> None:
    net = build("linear-recurrent", {"u": -2.0}, Fitting(10, (10, 1), 1))
    assert {name: p.item() for name, p in net.named_parameters()} == {"u": -2.0, "w": 0.0}
    for fitting in (Fitting(20, (10, 2), 1), Fitting(10, (10, 1), 3), Fitting(10, (10,), 1, tokens=5)):
        with pytest.raises(InputError, match="sequence-classifier"):
            build("linear-recurrent", {}, fitting)


def test_its_operations_are_a_product_and_a_sum_for_each_weight_and_step() -> None:
    (row,) = summary(LinearRecurrent(), (40, 1))
    assert row.flops == 2 * 2 * 40
