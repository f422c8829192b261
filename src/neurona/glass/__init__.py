"""Glass: reverse-mode automatic differentiation and neural networks on NumPy alone, to read.

`node` and `tape` are reverse mode; `primitives` says what a derivative is; `functions`, `maps` and `windows` are the
derivatives, each beside its function; the rest is made of these. The names are PyTorch's.
"""

# mypy: implicit-reexport
# ruff: noqa: F401, I001
# fmt: off
from neurona.glass.derivatives import gradcheck, gradgradcheck, hessian, jacobian, jvp
from neurona.glass.errors import GlassError, GraphError, NaNError, OptionError, ShapeError
from neurona.glass.functions import (
    binary_cross_entropy, binary_cross_entropy_with_logits, bipolar_sigmoid, cos, cross_entropy, elu, erfc, exp,
    gelu, hardtanh, identity, leaky_relu, log, log_softmax, maximum, minimum, mish, mse_loss, nll_loss, relu, selu,
    sigmoid, sign, silu, sin, softmax, softplus, sqrt, step, tanh, where,
)
from neurona.glass.maps import concatenate, linear, matmul, stack
from neurona.glass.modules import (
    AvgPool2d, BatchNorm1d, BatchNorm2d, BipolarSigmoid, Conv2d, Dropout, ELU, Embedding, Flatten, Function, GELU,
    Hardtanh, Identity, LayerNorm, LeakyReLU, Linear, MaxPool2d, Mish, Module, ReLU, SELU, Sequential, Sigmoid,
    SiLU, Softmax, Softplus, standardise, Step, Tanh,
)
from neurona.glass.node import detect_anomaly, first_nan, no_grad
from neurona.glass.optim import Adadelta, Adam, Optimizer, SGD
from neurona.glass.primitives import elementwise, general, multilinear, Primitive, primitive
from neurona.glass.recurrent import GRU, LSTM, RNN
from neurona.glass.tape import backward, grad, graph
from neurona.glass.tensor import Tensor
from neurona.glass.windows import avg_pool2d, conv2d, max_pool2d
