"""Steps of the optimizers by name are those that PyTorch takes."""

from __future__ import annotations

import json
import subprocess
import sys

import torch
from torch.utils.flop_counter import FlopCounterMode

import neurona as nr
from neurona.fit.device import operations

# In a process of its own, where nobody has imported PyTorch's compiler: ours are stepped first, then PyTorch's.
STEPS = """
import json, sys, torch
from torch import nn
from neurona.fit.optim import OPTIMIZERS, optimizer
from neurona.fit.options import FitOptions

def stepped(name, make):
    torch.manual_seed(1)
    weight = nn.Parameter(torch.randn(3, 4))
    made, seen = make(name, weight), []
    for _ in range(5):
        weight.grad = torch.randn(3, 4)
        made.step()
        seen.append(weight.sum().item())
    assert weight.is_leaf and weight.requires_grad
    return seen

def ours(name, weight):
    return optimizer([weight], FitOptions(optimizer=name))

def theirs(name, weight):
    made = ours(name, weight)
    vars(made).pop("step", None)
    return made

NAMES = [entry.name for entry in OPTIMIZERS]
found = [stepped(name, ours) for name in NAMES]
weight = nn.Parameter(torch.ones(1))
weight.grad, hooked, heard = torch.ones(1), ours("sgd", weight), []
alone = "torch._dynamo" not in sys.modules
hooked.register_step_post_hook(lambda *_call: heard.append(weight.item()))
hooked.step()
print(json.dumps([alone, found, [stepped(name, theirs) for name in NAMES], heard == [weight.item()]]))
"""


def test_steps_without_the_compiler_are_those_of_pytorchs_classes() -> None:
    done = subprocess.run([sys.executable, "-c", STEPS], capture_output=True, text=True, check=True)
    alone, ours, theirs, hooks_are_called = json.loads(done.stdout)
    assert alone and hooks_are_called
    torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs))
    assert all(len(set(sums)) == 5 for sums in ours)


def test_operations_of_convolutions_are_those_that_pytorch_counts() -> None:
    x = torch.rand(2, 1, 8, 8)
    net = nr.nets.convnet((1, 8, 8), 10, ["conv 4 3 pad same", "relu", "pool 2", "conv 8 3", "bn", "relu"])
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(x)
    weights = sum(p.numel() for p in net.parameters())
    assert operations(net, x) == max(2 * weights, counter.get_total_flops() / 2)
