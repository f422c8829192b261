"""What can be trained: nets as plain `torch.nn.Module`s, their activations and initialisation."""

from neurona.nets.activations import ACTIVATIONS, activation
from neurona.nets.blocks import Block, blocks_table
from neurona.nets.conv import convnet
from neurona.nets.dense import Ensemble, boxcar, ensemble, linear, mlp, perceptron
from neurona.nets.graph import GraphNet, graph
from neurona.nets.inception import Branches, factorised, inception
from neurona.nets.initialise import INITIALISATIONS, initialise
from neurona.nets.kinds import NETS, Fitting, build
from neurona.nets.known import googlenet, resnet18, resnet34, resnet50, vgg16, vgg19
from neurona.nets.layers import LAYERS
from neurona.nets.receptive import Field, Fields, receptive_field
from neurona.nets.residual import Residual, bottleneck, residual
from neurona.nets.separable import separable
from neurona.nets.shapes import Layer, output_shape, shape_text, summary
from neurona.nets.sizes import convolved, pooled

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "LAYERS",
    "NETS",
    "Block",
    "Branches",
    "Ensemble",
    "Field",
    "Fields",
    "Fitting",
    "GraphNet",
    "Layer",
    "Residual",
    "activation",
    "blocks_table",
    "bottleneck",
    "boxcar",
    "build",
    "convnet",
    "convolved",
    "ensemble",
    "factorised",
    "googlenet",
    "graph",
    "inception",
    "initialise",
    "linear",
    "mlp",
    "output_shape",
    "perceptron",
    "pooled",
    "receptive_field",
    "residual",
    "resnet18",
    "resnet34",
    "resnet50",
    "separable",
    "shape_text",
    "summary",
    "vgg16",
    "vgg19",
]
