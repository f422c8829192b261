"""What can be trained: nets as plain `torch.nn.Module`s, their activations and initialisation."""

from neurona.nets.activations import ACTIVATIONS, activation
from neurona.nets.dense import Ensemble, boxcar, ensemble, linear, mlp, perceptron
from neurona.nets.initialise import INITIALISATIONS, initialise
from neurona.nets.kinds import NETS, Fitting, build
from neurona.nets.shapes import Layer, summary

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "NETS",
    "Ensemble",
    "Fitting",
    "Layer",
    "activation",
    "boxcar",
    "build",
    "ensemble",
    "initialise",
    "linear",
    "mlp",
    "perceptron",
    "summary",
]
