"""Every primitive at 200 random shapes, dtypes and broadcasts beside PyTorch: values and derivatives of both modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from neurona import glass

CASES = 200
Rng = np.random.Generator
Arrays = list[np.ndarray]


def compare(ours: Callable[..., Any], theirs: Callable[..., Any], arrays: Arrays, rng: Rng) -> None:
    """Hold value, gradient, second derivative and forward mode of `ours` against `theirs`."""
    exact = arrays[0].dtype == np.float64
    leaves = [glass.Tensor(a, requires_grad=True) for a in arrays]
    others = [torch.tensor(a.astype(np.float64), requires_grad=True) for a in arrays]
    y, z = ours(*leaves), theirs(*others)
    close(y, z, exact)
    assert y.dtype == arrays[0].dtype
    seed = rng.normal(size=y.shape)
    first = glass.grad(y, leaves, seed, create_graph=True)
    wanted = torch.autograd.grad(z, others, torch.tensor(seed), create_graph=True)
    for a, b in zip(first, wanted, strict=True):
        close(a, b, exact)
    for a, b in zip(glass.grad(y, leaves, seed, retain_graph=True), first, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), 1e-12 if exact else 1e-4, 1e-12 if exact else 1e-4)
    tangents = [rng.normal(size=a.shape).astype(a.dtype) for a in arrays]
    rate = glass.jvp(ours, arrays, tangents)[1].numpy()
    parts = np.concatenate([(a.numpy() * t).ravel() for a, t in zip(first, tangents, strict=True)])
    scale = max(1.0, float(np.abs(parts).sum()))
    assert abs(float(np.vdot(rate, seed)) - float(parts.sum())) <= (1e-10 if exact else 1e-3) * scale
    if any(b.requires_grad for b in wanted):
        weights = [rng.normal(size=a.shape) for a in arrays]
        slope = sum((a * w).sum() for a, w in zip(first, weights, strict=True))
        other = sum((b * torch.tensor(w)).sum() for b, w in zip(wanted, weights, strict=True))
        if slope.requires_grad:
            leaf_grads(slope, leaves)
        found = [leaf.grad.numpy() if leaf.grad is not None else np.zeros(leaf.shape) for leaf in leaves]
        second = torch.autograd.grad(other, others, materialize_grads=True, allow_unused=True)
        for a, b in zip(found, second, strict=True):
            close(a, b, exact)


def leaf_grads(slope: Any, leaves: list[Any]) -> None:
    for leaf in leaves:
        leaf.grad = None
    slope.backward()


def close(a: Any, b: torch.Tensor, exact: bool) -> None:
    a, b = np.asarray(a), b.detach().numpy(force=True)
    scale = max(1.0, float(np.abs(b).max(initial=0)))
    rtol, atol = (1e-10, 1e-12) if exact else (2e-3, 2e-4)
    np.testing.assert_allclose(a, b, rtol, atol * scale)


def shape(rng: Rng, least: int = 0, most: int = 3) -> tuple[int, ...]:
    return tuple(int(n) for n in rng.integers(1, 5, rng.integers(least, most + 1)))


def numbers(rng: Rng, of: tuple[int, ...], low: float = -3, high: float = 3) -> np.ndarray:
    return rng.uniform(low, high, of)


def one(low: float = -3, high: float = 3) -> Callable[[Rng], Arrays]:
    return lambda rng: [numbers(rng, shape(rng), low, high)]


def two(low: float = -3, high: float = 3, low2: float = -3, high2: float = 3) -> Callable[[Rng], Arrays]:
    """Return shapes that broadcast: each axis may be 1 or missing in one of the two."""

    def draw(rng: Rng) -> Arrays:
        full = shape(rng)
        shapes = []
        for _ in range(2):
            kept = [1 if rng.random() < 0.3 else n for n in full]
            shapes.append(tuple(kept[rng.integers(0, len(full) + 1) if rng.random() < 0.4 else 0 :]))
        return [numbers(rng, shapes[0], low, high), numbers(rng, shapes[1], low2, high2)]

    return draw


ELEMENTWISE = {
    "add": (lambda a, b: a + b, lambda a, b: a + b, two()),
    "subtract": (lambda a, b: a - b, lambda a, b: a - b, two()),
    "multiply": (lambda a, b: a * b, lambda a, b: a * b, two()),
    "divide": (lambda a, b: a / b, lambda a, b: a / b, two(-3, 3, 0.3, 3)),
    "power": (lambda a, b: a**b, lambda a, b: a**b, two(0.2, 3)),
    "square": (lambda a: a**2, lambda a: a**2, one()),
    "inverse root": (lambda a: a**-0.5, lambda a: a**-0.5, one(0.2)),
    "reflected": (lambda a: 1 - 2.0 / a, lambda a: 1 - 2.0 / a, one(0.3)),
    "negative": (lambda a: -a, lambda a: -a, one()),
    "absolute": (abs, abs, one()),
    "exp": (glass.exp, torch.exp, one()),
    "log": (glass.log, torch.log, one(0.1)),
    "sqrt": (glass.sqrt, torch.sqrt, one(0.1)),
    "sin": (glass.sin, torch.sin, one()),
    "cos": (glass.cos, torch.cos, one()),
    "erfc": (glass.erfc, torch.erfc, one()),
    "maximum": (glass.maximum, torch.maximum, two()),
    "minimum": (glass.minimum, torch.minimum, two()),
    "clamp": (lambda a: a.clamp(low=-1, high=2), lambda a: a.clamp(-1, 2), one()),
    "sigmoid": (glass.sigmoid, torch.sigmoid, one(-30, 30)),
    "bipolar sigmoid": (glass.bipolar_sigmoid, lambda a: torch.tanh(a / 2), one()),
    "tanh": (glass.tanh, torch.tanh, one()),
    "relu": (glass.relu, F.relu, one()),
    "leaky relu": (glass.leaky_relu, F.leaky_relu, one()),
    "elu": (glass.elu, F.elu, one()),
    "selu": (glass.selu, F.selu, one()),
    "gelu": (glass.gelu, F.gelu, one()),
    "silu": (glass.silu, F.silu, one()),
    "mish": (glass.mish, F.mish, one()),
    "softplus": (glass.softplus, lambda a: torch.logaddexp(a, torch.zeros_like(a)), one()),
    "hardtanh": (glass.hardtanh, F.hardtanh, one()),
    "identity": (glass.identity, lambda a: a * 1, one()),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_primitives(name: str) -> None:
    ours, theirs, draw = ELEMENTWISE[name]
    rng = np.random.default_rng(sum(map(ord, name)))
    for case in range(CASES):
        compare(ours, theirs, typed(draw(rng), case), rng)


def typed(arrays: Arrays, case: int) -> Arrays:
    return [a.astype(np.float32) for a in arrays] if case % 10 == 9 else arrays


def axes(rng: Rng, ndim: int) -> Any:
    if ndim == 0 or rng.random() < 0.2:
        return tuple(range(ndim))
    return tuple(
        int(a) - (ndim if rng.random() < 0.5 else 0) for a in rng.permutation(ndim)[: rng.integers(1, ndim + 1)]
    )


def summing(name: str) -> Callable[[Rng], tuple[Any, Any, Arrays]]:
    def draw(rng: Rng) -> tuple[Any, Any, Arrays]:
        of = shape(rng)
        dim, keep = axes(rng, len(of)), bool(rng.integers(2))
        return (
            lambda a: getattr(a, name)(dim or None, keep),
            lambda a: getattr(a, name)(dim, keep) if dim else a * 1,
            [numbers(rng, of)],
        )

    return draw


def reshaping(rng: Rng) -> tuple[Any, Any, Arrays]:
    of = shape(rng)
    to = tuple(int(n) for n in rng.permutation(of))
    return lambda a: a.reshape(to), lambda a: a.reshape(to), [numbers(rng, of)]


def transposing(rng: Rng) -> tuple[Any, Any, Arrays]:
    of = shape(rng, 1)
    order = tuple(int(n) for n in rng.permutation(len(of)))
    return lambda a: a.permute(*order), lambda a: a.permute(*order), [numbers(rng, of)]


def indexing(rng: Rng) -> tuple[Any, Any, Arrays]:
    of = (int(rng.integers(2, 5)), int(rng.integers(2, 5)), int(rng.integers(1, 4)))
    kinds: list[Any] = [
        1, slice(None, None, 2), (Ellipsis, 0), (slice(1, None), 1), (0, 1), (None, 0), rng.integers(0, of[0], 6),
        (rng.integers(0, of[0], (2, 3)), slice(None), 0), (rng.integers(0, of[0], 5), rng.integers(0, of[1], 5)),
        rng.random(of) < 0.5, rng.random(of[0]) < 0.6,
    ]  # fmt: skip
    index = kinds[rng.integers(len(kinds))]
    parts = index if isinstance(index, tuple) else (index,)
    same = tuple(torch.tensor(part) if isinstance(part, np.ndarray) else part for part in parts)
    return lambda a: a[index] * a[index], lambda a: a[same] * a[same], [numbers(rng, of)]


def choosing(rng: Rng) -> tuple[Any, Any, Arrays]:
    arrays = two()(rng)
    condition = rng.random(np.broadcast_shapes(*(a.shape for a in arrays))) < 0.5
    return (
        lambda a, b: glass.where(condition, a, b),
        lambda a, b: torch.where(torch.tensor(condition), a, b),
        arrays,
    )


def joining(rng: Rng) -> tuple[Any, Any, Arrays]:
    of = list(shape(rng, 1))
    dim = int(rng.integers(len(of)))
    arrays = [numbers(rng, (*of[:dim], int(rng.integers(1, 4)), *of[dim + 1 :])) for _ in range(rng.integers(1, 4))]
    return lambda *a: glass.concatenate(a, dim), lambda *a: torch.cat(a, dim), arrays


def stacking(rng: Rng) -> tuple[Any, Any, Arrays]:
    of = shape(rng)
    dim = int(rng.integers(-len(of) - 1, len(of) + 1))
    arrays = [numbers(rng, of) for _ in range(rng.integers(1, 4))]
    return lambda *a: glass.stack(a, dim), lambda *a: torch.stack(a, dim), arrays


def multiplying(rng: Rng) -> tuple[Any, Any, Arrays]:
    n, k, m = (int(x) for x in rng.integers(1, 5, 3))
    batch = shape(rng, 0, 2)
    kinds: list[Any] = [
        ((n, k), (k, m)), ((k,), (k,)), ((k,), (k, m)), ((n, k), (k,)), ((*batch, n, k), (k, m)),
        ((n, k), (*batch, k, m)), ((*batch, n, k), (*batch, k, m)), ((*batch, n, k), (k,)), ((k,), (*batch, k, m)),
    ]  # fmt: skip
    a, b = kinds[rng.integers(len(kinds))]
    return lambda a, b: a @ b, lambda a, b: a @ b, [numbers(rng, a), numbers(rng, b)]


def projecting(rng: Rng) -> tuple[Any, Any, Arrays]:
    inputs, outputs = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    arrays = [numbers(rng, (*shape(rng, 0, 2), inputs)), numbers(rng, (outputs, inputs)), numbers(rng, (outputs,))]
    return glass.linear, F.linear, arrays[: 2 + int(rng.integers(2))]


def convolving(rng: Rng) -> tuple[Any, Any, Arrays]:
    groups = int(rng.integers(1, 4))
    inputs, outputs = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    kernel, stride, padding, dilation = ([int(x) for x in rng.integers(low, 3 + low, 2)] for low in (1, 1, 0, 1))
    size = [d * (k - 1) + 1 + int(rng.integers(4)) for d, k in zip(dilation, kernel, strict=True)]
    arrays = [
        numbers(rng, (2, inputs, *size)),
        numbers(rng, (outputs, inputs // groups, *kernel)),
        numbers(rng, (outputs,)),
    ]
    options = {"stride": tuple(stride), "padding": tuple(padding), "dilation": tuple(dilation), "groups": groups}
    return (
        lambda *a: glass.conv2d(*a, **options),
        lambda *a: F.conv2d(*a, **options),
        arrays[: 2 + int(rng.integers(2))],
    )


def pooling(kind: str) -> Callable[[Rng], tuple[Any, Any, Arrays]]:
    def draw(rng: Rng) -> tuple[Any, Any, Arrays]:
        kernel = tuple(int(x) for x in rng.integers(1, 4, 2))
        stride = tuple(int(x) for x in rng.integers(1, 4, 2)) if rng.random() < 0.7 else None
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        options: dict[str, Any] = {"stride": stride, "padding": padding}
        if kind == "max_pool2d":
            options["dilation"] = tuple(int(x) for x in rng.integers(1, 3, 2))
        of = (int(rng.integers(1, 3)), int(rng.integers(1, 3)), int(rng.integers(5, 8)), int(rng.integers(5, 8)))
        ours, theirs = getattr(glass, kind), getattr(F, kind)
        return (
            lambda a: ours(a, kernel, **options) ** 2,
            lambda a: theirs(a, kernel, **options) ** 2,
            [numbers(rng, of)],
        )

    return draw


def along(ours: Any, theirs: Any) -> Callable[[Rng], tuple[Any, Any, Arrays]]:
    def draw(rng: Rng) -> tuple[Any, Any, Arrays]:
        of = shape(rng, 1)
        dim = int(rng.integers(-len(of), len(of)))
        return lambda a: ours(a, dim=dim), lambda a: theirs(a, dim), [numbers(rng, of)]

    return draw


def standardising(rng: Rng) -> tuple[Any, Any, Arrays]:
    of = (int(rng.integers(2, 5)), int(rng.integers(1, 4)), *shape(rng, 0, 2))
    dim = (0, *range(2, len(of)))
    return (
        lambda a: glass.standardise(a, dim)[0],
        lambda a: F.batch_norm(a, None, None, training=True),
        [numbers(rng, of)],
    )


def losing(name: str) -> Callable[[Rng], tuple[Any, Any, Arrays]]:
    def draw(rng: Rng) -> tuple[Any, Any, Arrays]:
        reduction = ("mean", "sum", "none")[rng.integers(3)]
        of = (int(rng.integers(1, 6)), int(rng.integers(1, 5)))
        target: Any = rng.integers(0, of[1], of[0]) if name in ("cross_entropy", "nll_loss") else rng.uniform(0, 1, of)
        inputs = rng.uniform(0.05, 0.95, of) if name == "binary_cross_entropy" else numbers(rng, of)
        ours, theirs = getattr(glass, name), getattr(F, name)
        return (
            lambda a: ours(a, target.astype(a.dtype) if target.dtype == float else target, reduction),
            lambda a: theirs(a, torch.tensor(target), reduction=reduction),
            [inputs],
        )

    return draw


OTHERS = {
    "sum": summing("sum"),
    "mean": summing("mean"),
    "max": summing("amax"),
    "reshape": reshaping,
    "transpose": transposing,
    "index": indexing,
    "where": choosing,
    "concatenate": joining,
    "stack": stacking,
    "matmul": multiplying,
    "linear": projecting,
    "conv2d": convolving,
    "max_pool2d": pooling("max_pool2d"),
    "avg_pool2d": pooling("avg_pool2d"),
    "softmax": along(glass.softmax, torch.softmax),
    "log_softmax": along(glass.log_softmax, torch.log_softmax),
    "standardise": standardising,
    "nll_loss": losing("nll_loss"),
    "cross_entropy": losing("cross_entropy"),
    "mse_loss": losing("mse_loss"),
    "binary_cross_entropy": losing("binary_cross_entropy"),
    "binary_cross_entropy_with_logits": losing("binary_cross_entropy_with_logits"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_primitives(name: str) -> None:
    rng = np.random.default_rng(sum(map(ord, name)))
    for case in range(CASES):
        ours, theirs, arrays = OTHERS[name](rng)
        compare(ours, theirs, typed(arrays, case), rng)


def test_no_primitive_is_left_out() -> None:
    # sign and step have derivative 0 and are tested as such below; the rest goes through what is compared above.
    for function in (glass.sign, glass.step):
        x = glass.Tensor([-2.0, 0.5], requires_grad=True)
        function(x).sum().backward()
        assert x.grad.numpy().tolist() == [0.0, 0.0]


def test_a_sigmoid_does_not_overflow() -> None:
    assert glass.sigmoid(glass.Tensor([-1000.0, 1000.0])).numpy().tolist() == [0.0, 1.0]


def test_losses_are_stable_where_probabilities_vanish() -> None:
    logits = glass.Tensor([[1000.0, 0.0], [0.0, -1000.0]], requires_grad=True)
    loss = glass.cross_entropy(logits, np.array([1, 1]), "none")
    assert loss.numpy().tolist() == [1000.0, 1000.0]
    loss.sum().backward()
    assert logits.grad.numpy().tolist() == [[1.0, -1.0], [1.0, -1.0]]
    assert glass.binary_cross_entropy_with_logits(glass.Tensor([800.0]), glass.Tensor([0.0])).item() == 800.0


def test_certain_and_wrong_probabilities_cost_and_correct_as_in_pytorch() -> None:
    p, y = np.array([0.0, 1.0, 0.5, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])
    a, b = glass.Tensor(p, requires_grad=True), torch.tensor(p, requires_grad=True)
    ours, theirs = glass.binary_cross_entropy(a, glass.Tensor(y)), F.binary_cross_entropy(b, torch.tensor(y))
    ours.backward()
    theirs.backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-8)  # PyTorch's 1e-12 has seen float32


def test_padding_is_never_the_largest() -> None:
    x = np.full((1, 1, 2, 2), -np.inf)
    x[0, 0, 0, 0] = 5.0
    y = glass.max_pool2d(x, 2, stride=2, padding=1)
    assert y.tolist() == F.max_pool2d(torch.tensor(x), 2, stride=2, padding=1).tolist()
    whole = np.arange(9).reshape(1, 1, 3, 3) - 20
    assert glass.max_pool2d(whole, 2, padding=1).tolist() == glass.max_pool2d(1.0 * whole, 2, padding=1).tolist()
    with pytest.raises(glass.ShapeError, match=r"window of \(2, 2\) with padding \(2, 2\) holds padding alone"):
        glass.max_pool2d(np.ones((1, 1, 4, 4)), 2, padding=2)


def test_a_maximum_comes_from_within_its_window_as_in_pytorch() -> None:
    rng, alone, geometries = np.random.default_rng(0), 0, 300
    for _ in range(geometries):
        kernel, stride, dilation = (tuple(int(x) for x in rng.integers(1, 4, 2)) for _ in range(3))
        reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
        padding = tuple(int(rng.integers(k // 2 + 1)) for k in kernel)
        size = [max(1, n - 2 * p) + int(rng.integers(3)) for n, p in zip(reach, padding, strict=True)]
        x = rng.choice([-np.inf, -2.0, 1.0, 3.0], (1, 2, *size))
        a, b = glass.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        theirs = F.max_pool2d(b, kernel, stride, padding, dilation)
        inside = F.max_pool2d(torch.zeros_like(b), kernel, stride, padding, dilation)
        if inside.isinf().any():  # of a window that holds no number PyTorch says -inf
            alone += 1
            with pytest.raises(glass.ShapeError, match="padding alone"):
                glass.max_pool2d(a, kernel, stride, padding, dilation)
            continue
        ours = glass.max_pool2d(a, kernel, stride, padding, dilation)
        assert ours.numpy().tolist() == theirs.tolist()
        ours.backward(np.ones(ours.shape))
        theirs.backward(torch.ones_like(theirs))
        assert a.grad.numpy().tolist() == b.grad.tolist()
    assert 0 < alone < geometries / 2


def test_sizes_of_windows_may_be_numbers_of_numpy() -> None:
    x, two = np.random.default_rng(0).normal(size=(1, 1, 6, 6)), np.int64(2)
    assert glass.max_pool2d(x, two).tolist() == glass.max_pool2d(x, 2).tolist()
    assert glass.avg_pool2d(x, two, two).tolist() == glass.avg_pool2d(x, 2, 2).tolist()
    assert glass.Conv2d(1, 1, two, stride=two)(x).shape == (1, 1, 3, 3)


def test_the_mean_of_nothing_is_nan_as_in_pytorch() -> None:
    for of, dim in (((0,), None), ((3, 0), 1), ((0, 3), 1)):
        a, b = glass.Tensor(np.ones(of), requires_grad=True), torch.ones(of, dtype=torch.float64, requires_grad=True)
        ours, theirs = a.mean(dim), b.mean(dim)
        np.testing.assert_array_equal(ours.numpy(), theirs.detach().numpy())
        ours.backward(np.ones(ours.shape))
        assert a.grad.shape == of


def test_of_equal_numbers_a_window_chooses_the_first_as_in_pytorch() -> None:
    x = np.zeros((1, 1, 4, 4))
    a, b = glass.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    glass.max_pool2d(a, 2).sum().backward()
    F.max_pool2d(b, 2).sum().backward()
    assert a.grad.numpy().tolist() == b.grad.tolist()


def test_a_tie_of_maxima_shares_the_gradient_as_in_pytorch() -> None:
    x = glass.Tensor([1.0, 3.0, 3.0], requires_grad=True)
    y = torch.tensor([1.0, 3.0, 3.0], requires_grad=True)
    x.amax().backward()
    y.amax().backward()
    assert x.grad.numpy().tolist() == y.grad.tolist() == [0.0, 0.5, 0.5]
