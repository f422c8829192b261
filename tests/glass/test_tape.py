"""The graph: what is recorded, kept, freed and refused."""

from __future__ import annotations

import copy
import gc
import sys

import numpy as np
import pytest

from neurona import glass


def leaf(*numbers: float) -> glass.Tensor:
    return glass.Tensor(numbers, requires_grad=True)


def test_a_chain_of_ten_thousand_nodes_goes_backward_and_is_freed() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    y.sum().backward()
    assert x.grad.numpy()[0] == pytest.approx(1.0001**10_000, rel=1e-10)
    for _ in range(100_000):  # never differentiated: goes without recursion too
        y = y + x
    del y
    gc.collect()


def test_paths_of_a_diamond_add_up() -> None:
    x = leaf(3.0)
    y = x * x
    z = y.exp() + y * x
    z.sum().backward()
    assert x.grad.numpy()[0] == pytest.approx(2 * 3 * np.exp(9) + 27)


def test_a_tensor_may_be_both_operands_and_be_used_again() -> None:
    x = leaf(2.0, 3.0)
    (x * x + x @ x + x / x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [2 * 2 + 2 * 2 * 2, 2 * 3 + 2 * 2 * 3])


def test_gradients_accumulate_until_they_are_cleared() -> None:
    x = leaf(2.0)
    (x * 3).backward()
    (x * 3).backward()
    assert x.grad.item() == 6.0
    x.grad = None
    (x * 3).backward()
    assert x.grad.item() == 3.0


def test_gradients_that_share_memory_part_when_one_is_changed() -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a + b).sum().backward()
    a.grad *= 10.0
    assert a.grad.numpy().tolist() == [10.0, 10.0]
    assert b.grad.numpy().tolist() == [1.0, 1.0]


def test_an_external_gradient_is_copied() -> None:
    x, external = leaf(1.0, 2.0), np.array([1.0, 1.0])
    (x + 0.0).backward(external)
    external[0] = 100.0
    assert x.grad.numpy().tolist() == [1.0, 1.0]


def test_no_grad_and_detach_record_nothing() -> None:
    x = leaf(2.0)
    with glass.no_grad():
        assert not (x * 2).requires_grad
    assert (x.detach() * 2).is_leaf
    assert (x * 2).requires_grad


def test_inner_gradients_are_kept_on_request() -> None:
    x = leaf(2.0)
    y = (x * 3).retain_grad()
    z = y * y
    z.backward()
    assert (y.grad.item(), z.grad, x.grad.item()) == (12.0, None, 36.0)


def test_a_retained_graph_goes_backward_twice() -> None:
    x = leaf(2.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 8.0


def test_grad_leaves_every_gradient_as_it_is_and_reaches_inner_nodes() -> None:
    x = leaf(2.0)
    y = x * x
    inner, outer = glass.grad((y * 5).sum(), [y, x])
    assert (inner.item(), outer.item(), x.grad) == (5.0, 20.0, None)


def test_dtypes_are_kept() -> None:
    x = glass.Tensor([1.0, 2.0], dtype=np.float32, requires_grad=True)
    w = glass.Tensor([1.0, 2.0], requires_grad=True)
    (3 * x * w).sum().backward()
    assert x.grad.dtype == np.float32
    assert w.grad.dtype == np.float64
    assert (x * 2.5 + 1).dtype == np.float32


def test_a_copied_net_learns_on_its_own() -> None:
    net = glass.Linear(2, 1)
    twin = copy.deepcopy(net)
    (net(np.ones((1, 2))) - 3 * twin(np.ones((1, 2)))).sum().backward()
    assert [p.grad.numpy().ravel().tolist() for p in net.parameters()] == [[1.0, 1.0], [1.0]]
    assert [p.grad.numpy().ravel().tolist() for p in twin.parameters()] == [[-3.0, -3.0], [-3.0]]


def test_third_derivatives() -> None:
    x = leaf(5.0)
    (first,) = glass.grad(x**4, [x], create_graph=True)
    (second,) = glass.grad(first, [x], create_graph=True)
    (third,) = glass.grad(second, [x])
    assert (first.item(), second.item(), third.item()) == pytest.approx((500.0, 300.0, 120.0))


def test_the_hessian_of_a_quadratic_form_is_its_matrix() -> None:
    a = np.random.default_rng(0).normal(size=(4, 4))
    np.testing.assert_allclose(glass.hessian(lambda x: x @ (glass.Tensor(a) @ x), np.ones(4)), a + a.T, atol=1e-14)
    np.testing.assert_allclose(glass.jacobian(lambda x: glass.Tensor(a) @ x, np.ones(4)), a)
    assert not glass.hessian(lambda x: x.sum(), np.ones(2)).any()


def test_forward_over_reverse_is_a_hessian_times_a_vector() -> None:
    x, v = np.array([0.3, -0.7, 1.1]), np.array([1.0, 2.0, -1.0])

    def gradient(t: glass.Tensor) -> glass.Tensor:
        return glass.grad((t.exp() * t[0]).sum(), [t], create_graph=True)[0]

    rate = glass.jvp(gradient, [x], [v])[1]
    np.testing.assert_allclose(rate.numpy(), glass.hessian(lambda t: (t.exp() * t[0]).sum(), x) @ v)


def test_nodes_show_operation_operands_and_local_derivative() -> None:
    x, y = leaf(2.0, 3.0), leaf(5.0)
    z = x * y
    assert z.operation.name == "multiply"
    assert z.parents[0] is x
    by_x, by_y = z.local_derivatives()
    assert by_x.tolist() == [5.0, 5.0]
    assert by_y.tolist() == [2.0, 3.0]
    assert z.sum().local_derivatives() == [None]
    assert [node.operation and node.operation.name for node in glass.graph(z)] == [None, None, "multiply"]


def test_ten_thousand_steps_leave_memory_as_it_was() -> None:
    net = glass.Sequential(glass.Linear(2, 5), glass.Tanh(), glass.Linear(5, 2))
    optimizer = glass.Adam(net.parameters())
    x, y = np.ones((4, 2)), np.array([0, 1, 0, 1])

    def steps(count: int) -> None:
        for _ in range(count):
            loss = glass.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    gc.disable()  # reference counts alone must free every graph
    try:
        steps(1_000)
        before = sys.getallocatedblocks()
        steps(10_000)
        assert sys.getallocatedblocks() - before < 100
    finally:
        gc.enable()


# ------------------------------------------------------------------ what is refused


def test_backward_from_many_numbers_needs_a_gradient() -> None:
    y = leaf(1.0, 2.0) * 2
    with pytest.raises(glass.ShapeError, match=r"begins at one number, and this has shape \(2,\)"):
        y.backward()
    with pytest.raises(glass.ShapeError, match=r"has shape \(3,\), and the tensor \(2,\)"):
        y.backward(np.ones(3))


def test_backward_needs_something_that_requires_gradients() -> None:
    with pytest.raises(glass.GraphError, match="Nothing to differentiate"):
        (glass.Tensor(1.0) * 2).backward()
    x, other = leaf(1.0), leaf(2.0)
    with pytest.raises(glass.GraphError, match=r"does not depend on inputs\[0\]"):
        glass.grad((x * 2).sum(), [other])


def test_a_freed_graph_is_refused() -> None:
    x = leaf(2.0)
    y = x * x
    y.backward()
    with pytest.raises(glass.GraphError, match="retain_graph=True"):
        y.backward()
    middle = x * x
    (middle * 2).backward()
    with pytest.raises(glass.GraphError, match="freed"):
        (middle * 3).backward()


def test_shapes_that_do_not_broadcast_are_named_with_the_axis() -> None:
    with pytest.raises(glass.ShapeError, match=r"add: shapes \(2, 3\) and \(4,\) do not broadcast: along axis -1"):
        glass.Tensor(np.ones((2, 3))) + np.ones(4)
    with pytest.raises(glass.ShapeError, match=r"multiply: .* along axis -2 one has 2, another 5"):
        glass.Tensor(np.ones((2, 1))) * np.ones((5, 3))


def test_shapes_that_do_not_multiply_are_named() -> None:
    with pytest.raises(glass.ShapeError, match=r"\(2, 3\) and \(4, 5\) do not fit: the first has 3 columns .* 4 rows"):
        glass.Tensor(np.ones((2, 3))) @ np.ones((4, 5))
    with pytest.raises(glass.ShapeError, match="do not fit"):
        glass.Linear(3, 2)(np.ones((5, 4)))
    with pytest.raises(glass.ShapeError, match="a single number"):
        leaf(1.0) @ glass.Tensor(2.0)


def test_arrays_that_cannot_be_stacked_are_named() -> None:
    for arrays, dim in (([np.ones((2, 3)), np.ones((3, 2))], 0), ([np.ones(3)], 2), ([np.ones(3)], -3)):
        with pytest.raises(glass.ShapeError, match="concatenate does not take"):
            glass.stack(arrays, dim)


def test_pictures_that_do_not_fit_a_convolution_are_named() -> None:
    x = np.ones((1, 3, 5, 5))
    for weight, options, words in (
        (np.ones((4, 2, 3, 3)), {}, r"does not have the 2 channels"),
        (np.ones((3, 1, 3, 3)), {"groups": 2}, r"does not have the 2 channels"),
        (np.ones((4, 1, 3, 3)), {"groups": 3}, r"4 filters are no multiple of 3"),
        (np.ones((4, 3, 7, 7)), {}, r"covers 7 along axis 2 does not fit into \(1, 3, 5, 5\)"),
        (np.ones((4, 3, 3, 3)), {"dilation": 3}, r"covers 7"),
    ):
        with pytest.raises(glass.ShapeError, match=words):
            glass.conv2d(glass.Tensor(x), weight, **options)
    with pytest.raises(glass.ShapeError, match=r"takes pictures \(n, channels, height, width\)"):
        glass.max_pool2d(np.ones((5, 5)), 2)


def test_integers_have_no_gradients() -> None:
    with pytest.raises(glass.GlassError, match=r"this is int64: write 1.0 for 1"):
        glass.Tensor([1, 2], requires_grad=True)
    counts = glass.Tensor([1, 2])
    with pytest.raises(glass.GlassError, match="int64"):
        counts.requires_grad = True
    with pytest.raises(glass.GraphError, match="no leaf"):
        (leaf(1.0) * 2).requires_grad = False


def test_an_in_place_change_that_would_make_a_gradient_wrong_is_refused() -> None:
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = (x * w).sum()
    with glass.no_grad():
        w -= 1.0
    with pytest.raises(glass.GraphError, match="was changed in place after"):
        y.backward()


def test_a_step_of_an_optimizer_before_backward_is_seen() -> None:
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (w * 2.0).sum().backward()
    y = (x * w).sum()
    glass.SGD([w], lr=0.5).step()
    assert w.numpy().tolist() == [2.0, 3.0]
    with pytest.raises(glass.GraphError, match="was changed in place after"):
        y.backward()


def test_a_change_of_a_gradient_that_was_an_operand_is_seen() -> None:
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a + b).sum().backward()
    y = (b * a.grad).sum()
    a.grad *= 10.0  # parts from the memory that it shares with b.grad
    with pytest.raises(glass.GraphError, match="was changed in place after"):
        y.backward()


def test_a_change_through_a_view_is_seen_too() -> None:
    w = leaf(3.0, 4.0)
    y = (w.reshape(2, 1) ** 2).sum()
    with glass.no_grad():
        w[0] = 100.0
    with pytest.raises(glass.GraphError, match="changed in place"):
        y.backward()
    y = w.exp()
    y.detach().__imul__(2.0)  # the derivative of exp reads its output
    with pytest.raises(glass.GraphError, match="changed in place"):
        y.backward(np.ones(2))


def test_a_change_that_no_derivative_reads_is_allowed() -> None:
    x, w, b = leaf(1.0, 2.0), leaf(3.0, 4.0), leaf(5.0, 6.0)
    y = (x.detach() * w + b).sum()
    with glass.no_grad():
        b += 1.0
    y.backward()
    assert b.grad.numpy().tolist() == [1.0, 1.0]


def test_constants_cannot_be_changed_under_the_tape() -> None:
    x, constant, index = leaf(1.0, 2.0), np.array([3.0, 4.0]), np.array([0, 0])
    y = (x * constant)[index].sum() + glass.cross_entropy(x.reshape(2, 1) * np.ones((1, 2)), index)
    constant[:] = 100.0
    index[:] = 1
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), [6.0, 0.0], atol=1e-15)
    with pytest.raises(ValueError, match="read-only"):
        x.numpy()[0] = 5.0


def test_an_in_place_change_is_refused_where_it_would_have_to_be_recorded() -> None:
    x = leaf(1.0)
    buffer = glass.Tensor([0.0])
    with pytest.raises(glass.GraphError, match="not recorded"):
        x += 1.0
    with pytest.raises(glass.GraphError, match="not recorded"):
        buffer += x
    buffer += 2.0
    assert buffer.item() == 2.0


def test_nan_is_traced_to_the_node_that_it_was_met_first_at() -> None:
    x = leaf(-1.0, 4.0)
    with np.errstate(invalid="ignore"):
        loss = (x.sqrt() * 2).sum()
    with pytest.raises(glass.NaNError, match=r"NaN was met first at node \d+ \(sqrt, shape \(2,\)\)"):
        loss.backward()
    with pytest.raises(glass.NaNError, match=r"\(multiply, shape \(2,\)\), by a constant that holds NaN"):
        (leaf(1.0, 2.0) * np.array([1.0, np.nan])).sum().backward()
    with pytest.raises(glass.NaNError, match=r"\(leaf, shape \(1,\)\)"):
        (leaf(np.nan) * 2).sum().backward()


def test_detect_anomaly_stops_at_once_forward_and_backward() -> None:
    with glass.detect_anomaly(), np.errstate(all="ignore"):
        with pytest.raises(glass.NaNError, match=r"\(log, shape \(1,\)\)"):
            leaf(-1.0).log()
        x = leaf(0.0)
        y = (x.sqrt() * 0.0).sum()
        with pytest.raises(glass.NaNError, match=r"on the way back, in what node \d+ \(sqrt"):
            y.backward()


def test_numpy_does_not_swallow_a_tensor() -> None:
    x = leaf(1.0, 2.0)
    assert isinstance(np.ones(2) * x, glass.Tensor)
    assert isinstance(np.ones((3, 2)) @ x, glass.Tensor)
    with pytest.raises(TypeError):
        np.exp(x)


def test_a_wrong_shape_from_a_derivative_is_named() -> None:
    wrong = glass.multilinear("double", lambda x: 2 * x, lambda g, x: g[:1])
    with pytest.raises(glass.ShapeError, match=r"derivative of node \d+ \(double, shape \(2,\)\) is wrong"):
        wrong(leaf(1.0, 2.0)).sum().backward()
