"""What a convolution and a pooling do to a picture, against SciPy and windows taken by hand."""

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import correlate2d

from neurona.errors import InputError
from neurona.look import convolution, filtered, pooled, pooling
from neurona.look.filtering import NUMBERS, sample_picture

RNG = np.random.default_rng(0)
PICTURE = RNG.normal(size=(11, 14))
COLOURS = RNG.normal(size=(3, 11, 14))


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_a_mean_filter_of_10_by_10_makes_406_by_611_of_415_by_620():
    picture = sample_picture()
    assert picture.shape == (415, 620)
    blurred = filtered(picture, np.full((10, 10), 0.01))
    assert blurred.shape == (406, 611)
    assert blurred[0, 0] == pytest.approx(picture[:10, :10].mean())
    assert blurred[405, 610] == pytest.approx(picture[405:, 610:].mean())
    np.testing.assert_allclose(blurred, correlate2d(picture.astype(float), np.full((10, 10), 0.01), "valid"))


@pytest.mark.parametrize(
    ("size", "stride", "padding"), [((3, 3), 1, 0), ((3, 3), 2, 1), ((4, 2), 3, 2), ((1, 5), 2, 0)]
)
def test_stride_leaves_places_out_and_padding_adds_zeros(size, stride, padding):
    kernel = RNG.normal(size=size)
    done = filtered(PICTURE, kernel, stride=stride, padding=padding)
    expected = correlate2d(np.pad(PICTURE, padding), kernel, "valid")[::stride, ::stride]
    np.testing.assert_allclose(done, expected)
    assert done.shape == tuple((w + 2 * padding - f) // stride + 1 for w, f in zip(PICTURE.shape, size, strict=True))


def test_one_filter_goes_over_each_channel_and_several_over_each():
    filters = RNG.normal(size=(2, 3, 3))
    assert filtered(COLOURS, filters[0]).shape == (3, 9, 12)
    done = filtered(COLOURS, filters)
    assert done.shape == (3, 2, 9, 12)
    for channel, of_channel in zip(COLOURS, done, strict=True):
        for kernel, result in zip(filters, of_channel, strict=True):
            np.testing.assert_allclose(result, correlate2d(channel, kernel, "valid"))
    np.testing.assert_allclose(filtered(COLOURS[0], filters), done[0])


def test_filters_that_see_all_channels_are_those_of_a_layer():
    layer = torch.nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False).double()
    expected = layer(torch.from_numpy(COLOURS)).detach().numpy()
    np.testing.assert_allclose(filtered(COLOURS, layer.weight, stride=2, padding=1), expected)
    by_hand = [sum(correlate2d(c, k, "valid") for c, k in zip(COLOURS, w, strict=True)) for w in layer.weight.detach()]
    np.testing.assert_allclose(filtered(COLOURS, layer.weight), by_hand)


@pytest.mark.parametrize(("kind", "of_window"), [("mean", np.mean), ("max", np.max), ("min", np.min)])
@pytest.mark.parametrize(("size", "stride"), [(3, 2), (2, 2), (4, 1), (3, 5)])
def test_pooling_is_the_mean_or_the_extreme_of_each_window(kind, of_window, size, stride):
    for picture in (PICTURE, COLOURS):
        windows = sliding_window_view(picture, (size, size), axis=(-2, -1))[..., ::stride, ::stride, :, :]
        np.testing.assert_allclose(pooled(picture, kind, size, stride), of_window(windows, axis=(-2, -1)))


def test_3_by_3_with_stride_2_makes_2_by_2_of_5_by_5():
    assert pooled(NUMBERS, "max").tolist() == [[8, 9], [6, 9]]
    assert pooled(NUMBERS, "min").tolist() == [[1, 2], [0, 3]]
    np.testing.assert_allclose(pooled(NUMBERS, "mean"), [[41 / 9, 47 / 9], [29 / 9, 54 / 9]])


def test_the_figure_of_a_pooling_shows_the_numbers():
    before, mean, largest, smallest = pooling().axes
    assert texts(before) == [str(number) for number in NUMBERS.flat]
    assert texts(mean) == ["4.56", "5.22", "3.22", "6", "(5 + 2·0 − 3) / 2 + 1 = 2"]
    assert texts(largest)[:4] == ["8", "9", "6", "9"]
    assert texts(smallest)[:4] == ["1", "2", "0", "3"]
    assert [axes.get_title(loc="left") for axes in (before, largest)] == ["5 × 5", "maximum: 2 × 2"]
    assert len(pooling(kind="min").axes) == 2


def test_the_figure_of_a_convolution_says_how_the_sizes_come_about():
    _before, kernel, after = convolution().axes
    assert kernel.get_xlabel() == "each 0.01"
    assert after.get_title(loc="left") == "406 × 611"
    assert after.get_xlabel() == "(415 + 2·0 − 10) / 1 + 1 = 406\n(620 + 2·0 − 10) / 1 + 1 = 611"
    halved = convolution(stride=2, padding=1).axes[2]
    assert halved.get_title(loc="left") == "204 × 307"
    assert halved.get_xlabel().startswith("⌊(415 + 2·1 − 10) / 2⌋ + 1 = 204")


def test_the_figure_of_a_small_convolution_shows_padding_kernel_and_result():
    before, kernel, after = convolution([[1, 2], [3, 4]] * np.ones((2, 2)), np.eye(2), padding=1).axes
    assert texts(before) == ["0"] * 5 + ["1", "2", "0", "0", "3", "4"] + ["0"] * 5
    assert texts(kernel) == ["1", "0", "0", "1"]
    assert texts(after)[:9] == ["1", "2", "0", "3", "5", "2", "0", "3", "4"]


def test_several_filters_have_a_row_each_and_edges_are_red_and_blue():
    edges = np.array([[-1, 0, 1]] * 3)
    drawn = convolution(kernel=np.stack([edges, edges.T])).axes
    assert len(drawn) == 5
    shown = drawn[2].images[0]
    assert shown.get_cmap().name == "RdBu_r"
    assert shown.norm.vmin == -shown.norm.vmax


def test_colours_stay_colours_under_one_filter():
    picture = RNG.uniform(0, 255, (3, 20, 20))
    after = convolution(picture, np.full((2, 2), 0.25)).axes[2].images[0].get_array()
    np.testing.assert_allclose(after, np.moveaxis(filtered(picture, np.full((2, 2), 0.25)), 0, -1) / picture.max())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: filtered(PICTURE, np.ones((12, 3))), "covers 12 pixels, and its input, with the padding, has only 11"),
        (lambda: filtered(PICTURE, np.ones((3, 3)), stride=0), "stride = 0 is not valid"),
        (lambda: filtered(PICTURE, np.ones(3)), r"kernel of shape \(3,\) is none(.|\n)*\(n, f, g\)"),
        (lambda: filtered(COLOURS, np.ones((1, 2, 3, 3))), "see 2 channels, and the picture has 3"),
        (lambda: filtered(PICTURE[0], np.ones((3, 3))), r"shape \(14,\) is no picture(.|\n)*\(height, width\)"),
        (lambda: pooled(PICTURE, "maximal"), "no pooling called 'maximal'(.|\n)*'max'"),
        (lambda: pooled(PICTURE, "max", 12), "covers 12 pixels"),
        (lambda: pooling(NUMBERS, "max", 3, 0), "stride = 0 is not valid"),
    ],
)
def test_what_does_not_fit_is_explained(wrong, words):
    with pytest.raises(InputError, match=words):
        wrong()
