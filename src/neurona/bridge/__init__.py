"""The bridge from PyTorch to `neurona.glass`: within a `Crossing` a `torch.nn.Module` computes on the tape of glass.

`crossing` catches what PyTorch is asked for and hands it over; `functions` and `layers` say what it is called there.
"""

# mypy: implicit-reexport
# ruff: noqa: F401
from neurona.bridge.crossing import Crossing, Pane
