"""Glass: reverse-mode automatic differentiation and neural networks on NumPy alone, to read.

`node` and `tape` are reverse mode; `primitives` says what a derivative is; `functions`, `maps`, `windows`, `losses` are
the derivatives, each beside its function; the rest is made of these. The names are PyTorch's.
"""

# ruff: noqa: I001
# fmt: off
from neurona.glass.derivatives import gradcheck, gradgradcheck, hessian, jacobian, jvp
from neurona.glass.errors import GlassError, GraphError, NaNError, ShapeError
from neurona.glass.functions import (
    bipolar_sigmoid, cos, elu, erfc, exp, gelu, hardtanh, identity, leaky_relu, log, maximum, minimum, mish, relu,
    selu, sigmoid, sign, silu, sin, softplus, sqrt, step, tanh,
)
from neurona.glass.losses import (
    binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, log_softmax, mse_loss, nll_loss, softmax,
)
from neurona.glass.maps import concatenate, linear, matmul, stack, where
from neurona.glass.modules import (
    AvgPool2d, BatchNorm1d, BatchNorm2d, BipolarSigmoid, Conv2d, Dropout, ELU, Embedding, Flatten, Function, GELU,
    Hardtanh, Identity, LayerNorm, LeakyReLU, Linear, MaxPool2d, Mish, Module, ReLU, SELU, Sequential, Sigmoid,
    SiLU, Softmax, Softplus, standardise, Step, Tanh,
)
from neurona.glass.node import detect_anomaly, first_nan, no_grad
from neurona.glass.optim import Adadelta, Adam, Optimizer, SGD
from neurona.glass.primitives import elementwise, general, linear_map, multilinear, Primitive, primitive
from neurona.glass.recurrent import GRU, LSTM, RNN
from neurona.glass.tape import backward, grad, graph
from neurona.glass.tensor import Tensor
from neurona.glass.windows import avg_pool2d, conv2d, max_pool2d

__all__ = [
    "ELU", "GELU", "GRU", "LSTM", "RNN", "SELU", "SGD", "Adadelta", "Adam", "AvgPool2d", "BatchNorm1d",
    "BatchNorm2d", "BipolarSigmoid", "Conv2d", "Dropout", "Embedding", "Flatten", "Function", "GlassError",
    "GraphError", "Hardtanh", "Identity", "LayerNorm", "LeakyReLU", "Linear", "MaxPool2d", "Mish", "Module",
    "NaNError", "Optimizer", "Primitive", "ReLU", "Sequential", "ShapeError", "SiLU", "Sigmoid", "Softmax",
    "Softplus", "Step", "Tanh", "Tensor", "avg_pool2d", "backward", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "bipolar_sigmoid", "concatenate", "conv2d", "cos", "cross_entropy",
    "detect_anomaly", "elementwise", "elu", "erfc", "exp", "first_nan", "gelu", "general", "grad", "gradcheck",
    "gradgradcheck", "graph", "hardtanh", "hessian", "identity", "jacobian", "jvp", "leaky_relu", "linear",
    "linear_map", "log", "log_softmax", "matmul", "max_pool2d", "maximum", "minimum", "mish", "mse_loss",
    "multilinear", "nll_loss", "no_grad", "primitive", "relu", "selu", "sigmoid", "sign", "silu", "sin", "softmax",
    "softplus", "sqrt", "stack", "standardise", "step", "tanh", "where",
]
