"""Pictures in files: whatever their form they become the same bytes, and on disk they stand in for a tensor."""

from __future__ import annotations

import io
import struct
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from neurona.data import pictures
from neurona.data.inputs import Pixels
from neurona.data.pictures import Pictures, decode, read, read_all
from neurona.errors import InputError

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def content(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def header_of(width: int, height: int) -> bytes:
    """Return a PNG file of a few bytes that claims to be so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


# One picture, of any form


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM", "WEBP"])
def test_a_picture_of_the_right_size_keeps_every_byte(form: str) -> None:
    pixels = noise(12, 17)
    options = {"lossless": True} if form == "WEBP" else {}
    found = decode(content(Image.fromarray(pixels), form, **options), (3, 12, 17))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, np.moveaxis(pixels, 2, 0))


@pytest.mark.parametrize("form", ["JPEG", "GIF"])
def test_forms_that_lose_something_lose_little(form: str) -> None:
    ramp = np.tile(np.linspace(0, 255, 32, dtype=np.uint8), (32, 1))
    found = decode(content(Image.fromarray(ramp), form), (1, 32, 32))
    assert np.abs(found[0].astype(int) - ramp).max() < 6


def test_grey_becomes_colour_and_colour_grey() -> None:
    grey = noise(8, 8, channels=1)
    np.testing.assert_array_equal(decode(content(Image.fromarray(grey)), (3, 8, 8)), np.stack([grey] * 3))
    colour = noise(8, 8)
    luma = colour @ np.array([0.299, 0.587, 0.114])  # ITU-R 601
    assert np.abs(decode(content(Image.fromarray(colour)), (1, 8, 8))[0] - luma).max() <= 0.5 + 1e-3


def test_transparent_parts_become_white() -> None:
    pixels = np.zeros((2, 3, 4), dtype=np.uint8)
    pixels[..., 3] = [[0, 128, 255], [0, 128, 255]]
    for form in ("PNG", "WEBP", "TIFF"):
        options = {"lossless": True, "exact": True} if form == "WEBP" else {}
        found = decode(content(Image.fromarray(pixels), form, **options), (3, 2, 3))
        assert (found == np.array([255, 127, 0])).all()
    grey = content(Image.fromarray(pixels[..., [0, 3]]))
    assert (decode(grey, (1, 2, 3)) == np.array([255, 127, 0])).all()


def test_a_palette_may_have_a_transparent_colour() -> None:
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([*RED, *GREEN, *BLUE])
    picture.putpixel((0, 0), 2)
    plain = decode(content(picture), (3, 4, 4))
    assert plain[:, 0, 0].tolist() == list(BLUE)
    assert plain[:, 1, 1].tolist() == list(GREEN)
    for form in ("PNG", "GIF"):
        clear = decode(content(picture, form, transparency=1), (3, 4, 4))
        assert clear[:, 0, 0].tolist() == list(BLUE)
        assert clear[:, 1, 1].tolist() == [255, 255, 255]


def test_black_and_white_has_both_ends_of_the_range() -> None:
    picture = Image.fromarray(np.array([[True, False], [False, True]]))
    assert decode(content(picture), (1, 2, 2)).tolist() == [[[255, 0], [0, 255]]]


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_become_the_upper_eight(form: str) -> None:
    levels = np.array([[0, 257, 32768, 65535]], dtype=np.uint16)
    found = decode(content(Image.fromarray(levels), form), (1, 1, 4))
    assert found.tolist() == [[[0, 1, 127, 255]]]


def test_the_colours_of_print_are_read() -> None:
    found = decode(content(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG"), (3, 8, 8))
    assert found[0].min() > 250
    assert found[1:].max() < 5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_as_its_camera_says(orientation: int) -> None:
    upright = noise(16, 24)
    # The Exif standard: what is stored as row and column of the upright picture.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = content(Image.fromarray(np.ascontiguousarray(stored)), "TIFF", exif=exif)
    np.testing.assert_array_equal(decode(file, (3, 16, 24)), np.moveaxis(upright, 2, 0))


def test_a_picture_covers_its_place_and_is_cut_to_its_middle() -> None:
    stripes = np.repeat(np.array([[RED, GREEN, BLUE]], dtype=np.uint8), 30, axis=1).repeat(30, axis=0)
    assert stripes.shape == (30, 90, 3)
    for file in (content(Image.fromarray(stripes)), content(Image.fromarray(np.moveaxis(stripes, 0, 1)))):
        for side in (30, 10, 60):
            found = np.moveaxis(decode(file, (3, side, side)), 0, 2)
            assert (found[2:-2, 2:-2] == GREEN).all()  # interpolating looks a little beyond the edge


def test_proportions_are_kept() -> None:
    rows, columns = np.mgrid[:100, :160]
    disc = (255 * ((rows - 49.5) ** 2 + (columns - 79.5) ** 2 < 40**2)).astype(np.uint8)
    found = decode(content(Image.fromarray(disc)), (1, 32, 32))[0] > 127
    assert found.any(0).sum() == found.any(1).sum() == round(80 / 100 * 32)


@pytest.mark.parametrize("side", [16, 50])
def test_a_large_photograph_is_as_it_would_be_made_small_with_care(side: int) -> None:
    """A JPEG is decoded at a part of its size, which must not be seen in the result."""
    rows, columns = np.mgrid[:800, :800] / 800
    waves = 127 + 60 * np.sin(9 * rows) * np.cos(7 * columns) + noise(800, 800, 1) / 8
    file = content(Image.fromarray(waves.astype(np.uint8)), "JPEG", quality=95)
    careful = Image.open(io.BytesIO(file)).resize((side, side), Image.Resampling.BOX)
    assert np.abs(decode(file, (1, side, side))[0].astype(int) - np.asarray(careful)).max() <= 6


def test_of_several_frames_the_first_is_taken() -> None:
    frames = [Image.new("RGB", (5, 5), colour) for colour in (RED, BLUE)]
    for form in ("GIF", "TIFF", "WEBP"):
        file = content(frames[0], form, save_all=True, append_images=frames[1:])
        assert np.abs(decode(file, (3, 5, 5))[:, 2, 2].astype(int) - RED).max() < 4


# Files that cannot be read


def broken(tmp_path: Path, file: bytes) -> str:
    path = tmp_path / "picture.png"
    path.write_bytes(file)
    outcome = read_all([path], (3, 8, 8))
    assert list(outcome.broken) == [0]
    with pytest.raises(InputError, match=r"picture\.png cannot be read as a picture"):
        read(path, Pixels((3, 8, 8)))
    return outcome.broken[0]


def test_a_truncated_file_is_broken(tmp_path: Path) -> None:
    for form in ("PNG", "JPEG", "BMP"):
        file = content(Image.fromarray(noise(80, 80)), form)
        assert broken(tmp_path, file[: len(file) // 2]) == "it is truncated"


def test_what_the_library_alone_can_say_is_said_in_its_words(tmp_path: Path) -> None:
    file = content(Image.fromarray(noise(80, 80)), "WEBP")
    assert broken(tmp_path, file[: len(file) // 2]) == "its content is damaged: “could not create decoder object”"


@pytest.mark.parametrize("file", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"<html></html>"])
def test_what_is_no_picture_is_broken(tmp_path: Path, file: bytes) -> None:
    assert "no picture" in broken(tmp_path, file)


def test_forms_that_start_programs_are_not_read(tmp_path: Path) -> None:
    postscript = content(Image.fromarray(noise(8, 8)), "EPS")
    assert postscript.startswith(b"%!PS")
    assert "no picture of a known kind" in broken(tmp_path, postscript)


@pytest.mark.parametrize(("width", "height"), [(9_500, 9_500), (100_000, 100_000)])
@pytest.mark.filterwarnings("error")
def test_a_small_file_that_claims_to_be_huge_is_broken(tmp_path: Path, width: int, height: int) -> None:
    file = header_of(width, height)
    assert len(file) < 100
    assert "pixels" in broken(tmp_path, file)


def test_fractions_are_refused(tmp_path: Path) -> None:
    assert "fractions" in broken(tmp_path, content(Image.fromarray(np.zeros((8, 8), np.float32)), "TIFF"))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file .*none.png"):
        read(tmp_path / "none.png", Pixels((1, 8, 8)))


def test_the_others_are_read_although_some_are_broken(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.png" for i in range(20)]
    for i, path in enumerate(paths):
        path.write_bytes(b"?" if i in (3, 11) else content(Image.fromarray(noise(4, 4, seed=i))))
    outcome = read_all(paths, (3, 4, 4))
    assert set(outcome.broken) == {3, 11}
    for i in set(range(20)) - {3, 11}:
        np.testing.assert_array_equal(outcome.x[i], np.moveaxis(noise(4, 4, seed=i), 2, 0))


# In place of a tensor

COUNT, SHAPE = 50, (3, 6, 5)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{i:02d}.png" for i in range(COUNT)]
    for i, path in enumerate(paths):
        path.write_bytes(content(Image.fromarray(noise(6, 5, seed=i))))
    return paths


def on_disk(files: list[Path]) -> tuple[Pictures, torch.Tensor]:
    """Return pictures on disk, and the same in memory."""
    outcome = read_all(files, SHAPE)
    return Pictures(files, SHAPE, outcome.digests), outcome.x


def test_pictures_have_what_is_used_of_a_tensor(files: list[Path]) -> None:
    pictures, tensor = on_disk(files)
    assert len(pictures) == len(tensor)
    assert pictures.shape == tensor.shape
    assert pictures.dtype == tensor.dtype
    assert pictures.device == tensor.device
    mask = torch.arange(COUNT) % 3 == 0
    indices = (
        4,
        -1,
        np.int64(7),
        slice(None),
        slice(3, 9),
        slice(None, None, 7),
        [5, 2, 2],
        torch.tensor([8, 1]),
        mask,
    )
    for index in (*indices, np.array([0, 9]), slice(0, 0)):
        assert torch.equal(pictures[index], tensor[index]), index
    assert torch.equal(pictures.index_select(0, torch.tensor([9, 0])), tensor[[9, 0]])
    for size in (1, 7, 49, 50, 80):
        ours, theirs = list(pictures.split(size)), tensor.split(size)
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert torch.equal(pictures.to(torch.device("cpu"))[2], tensor[2])


def test_no_pictures_are_an_empty_tensor(files: list[Path]) -> None:
    nothing = Pictures([], SHAPE, [])
    assert len(nothing) == 0
    assert [tuple(part.shape) for part in nothing.split(5)] == [(0, *SHAPE)]
    assert nothing[:].shape == (0, *SHAPE)


def test_parts_come_in_the_order_asked_for(files: list[Path]) -> None:
    pictures, tensor = on_disk(files)
    parts = torch.randperm(COUNT, generator=torch.Generator().manual_seed(0)).split(8)
    for rows, found in zip(parts, pictures.parts(parts), strict=True):
        assert torch.equal(found, tensor[rows])


def test_only_a_few_parts_are_read_ahead(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in, _tensor = on_disk(files)
    count, lock = [0], threading.Lock()

    def counted(file: bytes, shape: tuple[int, int, int]) -> np.ndarray:
        with lock:
            count[0] += 1
        return decode(file, shape)

    monkeypatch.setattr(pictures, "decode", counted)
    parts = stand_in.split(5)
    next(parts)
    time.sleep(0.05)
    assert count[0] <= 5 * pictures.AHEAD


def test_workers_end_with_an_iteration_that_is_broken_off(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    before = threading.active_count()
    stand_in, _tensor = on_disk(files)
    for _part in stand_in.split(5):
        assert threading.active_count() > before
        break
    assert threading.active_count() == before
    list(stand_in.split(5))
    assert threading.active_count() == before


def test_a_picture_that_vanishes_is_named_to_whoever_asked_for_it(files: list[Path]) -> None:
    stand_in, _tensor = on_disk(files)
    before = threading.active_count()
    files[33].unlink()
    parts = stand_in.split(5)
    with pytest.raises(InputError, match=r"33\.png cannot be read as a picture any more: No such file"):
        list(parts)
    assert threading.active_count() == before


def test_the_digest_is_of_what_the_files_hold_and_their_order(files: list[Path]) -> None:
    first, _tensor = on_disk(files)
    for path in files:
        path.touch()
    assert on_disk(files)[0].digest() == first.digest()
    assert on_disk(files[::-1])[0].digest() != first.digest()
    files[7].write_bytes(content(Image.fromarray(noise(6, 5, seed=99))))
    assert on_disk(files)[0].digest() != first.digest()
