"""What can be trained: nets as plain `torch.nn.Module`s, their activations and initialisation."""

from neurona.nets.activations import ACTIVATIONS, activation
from neurona.nets.autoencoder import Autoencoder, autoencoder, conv_autoencoder
from neurona.nets.blocks import Block, blocks_table
from neurona.nets.conv import convnet
from neurona.nets.dense import Ensemble, boxcar, ensemble, linear, mlp, perceptron
from neurona.nets.encoder_decoder import EncoderDecoder, encoder_decoder
from neurona.nets.gan import GAN, conv_gan, gan
from neurona.nets.graph import GraphNet, graph
from neurona.nets.inception import Branches, factorised, inception
from neurona.nets.initialise import INITIALISATIONS, initialise
from neurona.nets.kinds import NETS, Fitting, build
from neurona.nets.known import googlenet, resnet18, resnet34, resnet50, vgg16, vgg19
from neurona.nets.layers import LAYERS
from neurona.nets.linear_recurrent import LinearRecurrent, linear_recurrent
from neurona.nets.receptive import Field, Fields, receptive_field
from neurona.nets.recurrent import Recurrent
from neurona.nets.residual import Residual, bottleneck, residual
from neurona.nets.separable import separable
from neurona.nets.sequences import SequenceClassifier, SequenceLabeller, sequence_classifier, sequence_labeller
from neurona.nets.shapes import Layer, output_shape, shape_text, summary
from neurona.nets.sizes import convolved, pooled
from neurona.nets.transfer import transfer
from neurona.nets.variational import VariationalAutoencoder, vae

__all__ = [
    "ACTIVATIONS",
    "GAN",
    "INITIALISATIONS",
    "LAYERS",
    "NETS",
    "Autoencoder",
    "Block",
    "Branches",
    "EncoderDecoder",
    "Ensemble",
    "Field",
    "Fields",
    "Fitting",
    "GraphNet",
    "Layer",
    "LinearRecurrent",
    "Recurrent",
    "Residual",
    "SequenceClassifier",
    "SequenceLabeller",
    "VariationalAutoencoder",
    "activation",
    "autoencoder",
    "blocks_table",
    "bottleneck",
    "boxcar",
    "build",
    "conv_autoencoder",
    "conv_gan",
    "convnet",
    "convolved",
    "encoder_decoder",
    "ensemble",
    "factorised",
    "gan",
    "googlenet",
    "graph",
    "inception",
    "initialise",
    "linear",
    "linear_recurrent",
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
    "sequence_classifier",
    "sequence_labeller",
    "shape_text",
    "summary",
    "transfer",
    "vae",
    "vgg16",
    "vgg19",
]
