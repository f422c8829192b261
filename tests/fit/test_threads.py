"""How much of a step threads can share."""

from __future__ import annotations

import torch
from torch import nn

from neurona.fit.device import ONE_THREAD, operations, threads_for
from neurona.nets import mlp
from neurona.nets.recurrent import Recurrent


def test_a_dense_net_multiplies_and_adds_once_for_each_weight() -> None:
    net = mlp(20, [30], 10)
    assert operations(net, torch.ones(1, 20)) == 2 * sum(p.numel() for p in net.parameters())


def test_a_convolution_is_counted_at_each_place() -> None:
    net = nn.Conv2d(3, 8, 5, padding=2, bias=False)
    assert operations(net, torch.ones(1, 3, 16, 16)) == 2 * 8 * 3 * 25 * 16 * 16


def test_of_a_recurrent_net_one_layer_at_one_step_counts_however_long_the_sequence() -> None:
    net = Recurrent(7, "lstm", hidden=32, layers=3, embedding=16)
    largest = 4 * 32 * (32 + 32 + 2)
    assert operations(net, torch.ones(1, 5).long()) == 2 * largest
    assert operations(net, torch.ones(1, 500).long()) == 2 * largest


def test_small_steps_run_on_one_thread_and_the_number_comes_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads_for(ONE_THREAD / 2):
            assert torch.get_num_threads() == 1
        with threads_for(ONE_THREAD * 2):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
