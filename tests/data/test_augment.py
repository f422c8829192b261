"""Augmentation: each change is torchvision's, each picture draws numbers of its own, and train alone is changed."""

from __future__ import annotations

import math

import pytest
import torch
from recipes import train
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as v2

from neurona.data import Dataset, load
from neurona.data.augment import CHANGES, Augmentation, usage
from neurona.data.changes import Turn, black, blended, grey, mean_grey, turned
from neurona.errors import InputError
from neurona.fit.batches import Batches, in_order

CPU = torch.device("cpu")


def pictures(n: int, *shape: int, seed: int = 0) -> Tensor:
    """Return smooth random pictures, so that interpolating a hair's breadth aside changes little."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand((n, shape[0], 5, 5), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, shape[1:], mode="bicubic", align_corners=False)
    return (255 * smooth).clamp(0, 255).to(torch.uint8)


def changed(words: list[str], x: Tensor, seed: int = 0) -> Tensor:
    torch.manual_seed(seed)
    return Augmentation.read(words, tuple(x.shape[1:]))(x)


def largest_difference(ours: Tensor, theirs: Tensor) -> int:
    assert ours.dtype == theirs.dtype == torch.uint8
    return int((ours.int() - theirs.int()).abs().max())


# Against torchvision, picture by picture


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 24, 40)])
def test_a_turn_is_the_affine_map_of_torchvision(shape: tuple[int, int, int]) -> None:
    x, n = pictures(12, *shape), 12
    generator = torch.Generator().manual_seed(1)
    degrees, shear = (torch.empty(n).uniform_(-40, 40, generator=generator) for _ in range(2))
    zoom = torch.empty(n).uniform_(0.7, 1.4, generator=generator)
    shift = torch.randint(-6, 7, (n, 2), generator=generator)
    ours = turned(x, degrees, zoom, shear, shift)
    theirs = [
        v2.affine(
            x[i],
            angle=float(degrees[i]),
            translate=shift[i].tolist(),
            scale=float(zoom[i]),
            shear=[float(shear[i]), 0.0],
            interpolation=InterpolationMode.BILINEAR,
        )
        for i in range(n)
    ]
    # Along the border the two round the place of a pixel that lies right on it to different sides.
    off = (ours.int() - torch.stack(theirs).int()).abs() > 1
    assert off.float().mean() < 0.002


@pytest.mark.parametrize("channels", [1, 3])
def test_brightness_and_contrast_are_those_of_torchvision(channels: int) -> None:
    x = pictures(6, channels, 16, 20)
    factor = torch.tensor([0.2, 0.7, 0.9, 1.0, 1.3, 1.8])
    for other, adjust in ((black, v2.adjust_brightness), (mean_grey, v2.adjust_contrast)):
        theirs = torch.stack([adjust(one, f) for one, f in zip(x, factor.tolist(), strict=True)])
        assert largest_difference(blended(x, other(x), factor), theirs) <= 1  # they cut fractions off, we round


def test_saturation_is_that_of_torchvision() -> None:
    x = pictures(4, 3, 16, 16)
    factor = torch.tensor([0.0, 0.5, 1.0, 1.7])
    theirs = torch.stack([v2.adjust_saturation(one, f) for one, f in zip(x, factor.tolist(), strict=True)])
    assert largest_difference(blended(x, grey(x), factor), theirs) <= 1


# What each does


def test_a_shift_moves_by_whole_pixels_and_lets_black_in() -> None:
    x = torch.full((400, 1, 9, 9), 200, dtype=torch.uint8)
    moved = changed(["shift 2"], x)
    assert set(moved.unique().tolist()) == {0, 200}
    across = (moved[:, 0].sum(1) == 0).sum(1)  # how many columns are black
    assert set(across.tolist()) == {0, 1, 2}


@pytest.mark.parametrize(("words", "dimension"), [("flip", 3), ("flip horizontal", 3), ("flip vertical", 2)])
def test_a_flip_mirrors_half_of_the_pictures(words: str, dimension: int) -> None:
    x = pictures(1000, 1, 5, 7)
    y = changed([words], x)
    flipped = (y == x.flip(dimension)).all(3).all(2).all(1)
    assert ((y == x).all(3).all(2).all(1) | flipped).all()
    assert 420 < flipped.sum() < 580  # five standard deviations


def test_a_crop_is_cut_from_the_padded_picture_at_every_place() -> None:
    x = torch.arange(1, 26, dtype=torch.uint8).reshape(1, 1, 5, 5).expand(600, 1, 5, 5)
    y = changed(["crop 4 padding 1"], x)
    padded = torch.nn.functional.pad(x[0, 0], (1, 1, 1, 1))
    places = {tuple(padded[i : i + 4, j : j + 4].flatten().tolist()) for i in range(4) for j in range(4)}
    assert {tuple(one.flatten().tolist()) for one in y} == places


@pytest.mark.parametrize("shape", [(1, 40, 40), (3, 30, 60)])
def test_a_resized_crop_shows_at_least_the_share_asked_for(shape: tuple[int, int, int]) -> None:
    _channels, height, width = shape
    rows = torch.linspace(0, 255, height)[:, None].expand(height, width)
    columns = torch.linspace(0, 255, width).expand(height, width)
    for share in (0.3, 0.9):
        seen = []
        for ramp in (rows, columns):
            x = ramp.to(torch.uint8).expand(200, *shape)
            y = changed([f"resized-crop 20 {share}"], x).float().flatten(2)
            seen.append((y.amax(2) - y.amin(2))[:, 0] / 255)
        area = seen[0] * seen[1]
        assert area.min() > share - 0.1  # the outermost pixels of a result are means of some
        assert area.min() < share + 0.15
        assert (seen[0] / seen[1]).log().abs().max() < math.log(4 / 3) + 0.1


def test_erase_blackens_one_rectangle_in_about_half_of_the_pictures() -> None:
    x = torch.full((600, 3, 20, 20), 255, dtype=torch.uint8)
    dark = changed(["erase 0.25"], x) == 0
    assert (dark.all(1) == dark.any(1)).all()
    share = dark[:, 0].float().mean((1, 2))
    assert share.max() < 0.25 + 0.06  # sides are whole pixels
    assert 0.4 < (share > 0).float().mean() < 0.6
    rows, columns = dark[:, 0].any(2), dark[:, 0].any(1)
    assert torch.equal(dark[:, 0], rows[:, :, None] & columns[:, None, :])


def test_noise_has_the_deviation_asked_for() -> None:
    x = torch.full((50, 1, 30, 30), 128, dtype=torch.uint8)
    noise = changed(["noise 0.05"], x).double() - 128
    assert noise.std() == pytest.approx(0.05 * 255, rel=0.02)
    assert abs(noise.mean()) < 0.3


EVERY = [
    "rotate 20", "zoom 0.2", "shear 10", "shift 2", "crop 16 padding 2", "resized-crop 16 0.5", "flip",
    "brightness 0.4", "contrast 0.4", "saturation 0.4", "erase 0.4", "noise 0.1",
]  # fmt: skip


def test_every_change_is_tried_here() -> None:
    assert {word.split()[0] for word in EVERY} == {entry.name for entry in CHANGES}


@pytest.mark.parametrize("word", EVERY)
def test_each_picture_of_a_batch_draws_numbers_of_its_own(word: str) -> None:
    x = pictures(1, 3, 16, 16).expand(20, 3, 16, 16)
    y = changed([word], x)
    assert y.dtype == torch.uint8
    assert y.shape == x.shape
    assert len(y.flatten(1).unique(dim=0)) >= (2 if "flip" in word else 8)


@pytest.mark.parametrize("word", EVERY)
def test_numbers_come_from_the_global_generator(word: str) -> None:
    x = pictures(8, 3, 16, 16)
    assert torch.equal(changed([word], x, seed=3), changed([word], x, seed=3))
    assert not torch.equal(changed([word], x, seed=3), changed([word], x, seed=4))


@pytest.mark.parametrize("word", EVERY)
def test_pictures_that_come_in_stay_as_they_are(word: str) -> None:
    x = pictures(8, 3, 16, 16)
    before = x.clone()
    changed([word], x)
    assert torch.equal(x, before)


def test_turns_of_different_kinds_are_one_resampling() -> None:
    read = Augmentation.read(["rotate 10", "shift 2", "flip", "zoom 0.1", "zoom 0.2"], (1, 28, 28))
    assert read.steps[0] == Turn(degrees=10, shift=2)
    assert [type(step) for step in read.steps[2:]] == [Turn, Turn]  # the same kind twice is done twice


# In a dataset and a fit


def digits(*words: str, **options: object) -> Dataset:
    return load("digits", augment=list(words), **options)


def test_train_alone_is_changed() -> None:
    plain, data = load("digits"), digits("rotate 30", "shift 1")
    batches = Batches(data, 64, CPU, torch.Generator().manual_seed(0))
    unchanged = Batches(plain, 64, CPU, torch.Generator().manual_seed(0))
    for (x, y), (same_x, same_y) in zip(batches, unchanged, strict=True):
        assert torch.equal(y, same_y)
        assert not torch.equal(x, same_x)
    for split in ("train", "valid", "test"):
        ours, theirs = (in_order(getattr(one, split), one.inputs, CPU) for one in (data, plain))
        assert all(torch.equal(a, b) for (a, _), (b, _) in zip(ours, theirs, strict=True))


def test_each_epoch_sees_other_pictures() -> None:
    batches = Batches(digits("rotate 30"), 2000, CPU, torch.Generator())
    (first, _), (second, _) = next(iter(batches)), next(iter(batches))
    assert not torch.equal(first, second)


def test_a_crop_smaller_than_the_picture_leaves_the_others_their_middle() -> None:
    data = digits("crop 6")
    assert data.shape == (1, 6, 6)
    x, _y = next(in_order(data.test, data.inputs, CPU))
    torch.testing.assert_close(x, data.test.x[: len(x), :, 1:7, 1:7] / 255)
    assert next(iter(Batches(data, 32, CPU, torch.Generator())))[0].shape == (32, 1, 6, 6)


def test_a_crop_larger_than_the_picture_leaves_the_others_in_black() -> None:
    data = digits("crop 12 padding 2")
    x, _y = next(in_order(data.test, data.inputs, CPU))
    torch.testing.assert_close(x[:, :, 2:10, 2:10], data.test.x[: len(x)] / 255)
    x[:, :, 2:10, 2:10] = 0
    assert not x.any()


def test_a_resized_crop_resizes_the_others() -> None:
    data = digits("resized-crop 12 0.8")
    assert data.shape == (1, 12, 12)
    x, _y = next(in_order(data.test, data.inputs, CPU))
    theirs = v2.resize(data.test.x[: len(x)].float(), [12, 12], antialias=True) / 255
    torch.testing.assert_close(x, theirs)


def test_resize_is_what_the_net_sees_whatever_was_cropped() -> None:
    data = digits("crop 6", resize=16)
    assert data.shape == (1, 16, 16)
    for batches in (in_order(data.test, data.inputs, CPU), Batches(data, 32, CPU, torch.Generator())):
        assert next(iter(batches))[0].shape[1:] == (1, 16, 16)


def test_preprocessing_survives_being_saved() -> None:
    inputs = digits("crop 6", resize=[10, 16], standardise=True).inputs
    assert type(inputs).from_dict(inputs.to_dict()) == inputs


def test_the_same_seed_trains_to_the_same_numbers_and_another_does_not(tmp_path) -> None:
    recipe = {
        "data": {"name": "digits", "augment": ["rotate 10", "flip", "erase 0.2"]},
        "net": {"kind": "mlp", "hidden": [8], "dropout": 0.2},
    }
    runs = [train({**recipe, "fit": {"epochs": 2, "seed": s}}, tmp_path / f"{i}") for i, s in enumerate((0, 0, 1))]
    losses = [[row["train_loss"] for row in run.rows] for run in runs]
    assert losses[0] == losses[1] != losses[2]


def test_an_empty_pipeline_changes_nothing() -> None:
    assert load("digits", augment=[]).augment is None


# Bad input


@pytest.mark.parametrize(
    ("word", "problem", "hint"),
    [
        ("rotat 10", "no such augmentation", "Did you mean 'rotate'?"),
        ("", "no such augmentation", "rotate"),
        ("rotate", "it lacks: degrees", "Write: rotate DEGREES"),
        ("rotate ten", "degrees = 'ten'", "number"),
        ("rotate 500", "degrees = 500", "at most 180"),
        ("rotate -10", "degrees = -10", "greater than 0"),
        ("rotate 10 20", "'20' is not understood", "Write: rotate DEGREES"),
        ("shift 8", "moved out of sight", "fewer pixels"),
        ("shift 0.5", "pixels = 0.5", "whole number"),
        ("crop 9", "larger than the picture, 8 × 8", "Crop at most 8 pixels, or pad more: crop 9 padding 1"),
        ("crop 6 pad 2", "'pad 2' is not understood", "Write: crop SIDE [padding N]"),
        ("crop 6 padding", "'padding' is not understood", "Write: crop SIDE [padding N]"),
        ("crop 6 padding 1 padding 2", "is not understood", "Write: crop SIDE [padding N]"),
        ("resized-crop 6", "it lacks: share", "Write: resized-crop SIDE SHARE"),
        ("resized-crop 6 1.5", "share = 1.5", "less than 1"),
        ("flip sideways", "direction = 'sideways'", "'horizontal', 'vertical'"),
        ("flip horizontal vertical", "'vertical' is not understood", "Write: flip [DIRECTION]"),
        ("saturation 0.5", "the pictures are grey", "Leave it out"),
        ("noise nan", "share = nan", "finite"),
    ],
)
def test_a_wrong_entry_is_named(word: str, problem: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        digits("flip", word)
    assert problem in caught.value.problem
    assert f'data.augment, entry 2, "{word}"' in caught.value.problem
    assert hint in caught.value.hint


def test_two_crops_are_refused() -> None:
    with pytest.raises(InputError, match=r"entry 2.*cropped already"):
        digits("crop 6", "resized-crop 8 0.5")


@pytest.mark.parametrize("wrong", ["flip", [1], "rotate 10, flip", {"rotate": 10}])
def test_augment_must_be_a_list_of_texts(wrong: object) -> None:
    with pytest.raises(InputError, match=r"data\.augment") as caught:
        load("digits", augment=wrong)
    assert '["rotate 10", "flip"]' in caught.value.hint


@pytest.mark.parametrize("name", ["wine", "spiral"])
@pytest.mark.parametrize("options", [{"augment": ["flip"]}, {"resize": 32}, {"normalise": "imagenet"}])
def test_options_of_pictures_are_refused_for_other_data(name: str, options: dict) -> None:
    (key,) = options
    with pytest.raises(InputError, match=rf"data\.{key} is for pictures, and {name} holds none"):
        load(name, **options)


def test_usage_shows_what_may_be_left_out() -> None:
    assert usage("crop") == "crop SIDE [padding N]"
    assert usage("flip") == "flip [DIRECTION]"
