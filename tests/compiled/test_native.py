"""Native code on the disk, and whether it is of use."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from numba.core.caching import NullCache

from neurona.compiled import native

SOURCE = "from neurona.compiled.native import entry\n\n\n@entry\ndef double(x):\n    return x + x\n"


def read(path: Path) -> Any:
    """Import a file as a process that begins does, and return its function."""
    spec = importlib.util.spec_from_file_location("doubling", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.double


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a source whose native code is kept in a folder of its own."""
    monkeypatch.setattr(native, "folder", lambda: tmp_path / "kept")
    path = tmp_path / "here" / "doubling.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    return path


def test_code_is_kept_for_the_place_and_the_text_of_its_source(source: Path, tmp_path: Path) -> None:
    first = read(source)
    assert not native.is_kept(first)
    assert first(2.0) == 4.0
    assert native.is_kept(first) and native.is_kept(read(source))
    elsewhere = tmp_path / "there" / "doubling.py"
    elsewhere.parent.mkdir()
    elsewhere.write_text(SOURCE)
    assert not native.is_kept(read(elsewhere)), "Numba would compile it once more"
    source.write_text(SOURCE + "# changed\n")
    assert not native.is_kept(read(source))


def test_code_of_another_processor_or_that_is_half_made_is_of_no_use(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(source)
    first(2.0)
    codegen = type(first.targetctx.codegen())
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(codegen, "magic_tuple", lambda _self: ("another", "processor", ""))
        assert not native.is_kept(first)
    assert native.is_kept(first)
    (code,) = (tmp_path / "kept").rglob("*.nbc")
    code.unlink()  # Numba writes the index first
    assert not native.is_kept(first)


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"nothing"])
def test_code_that_is_damaged_is_compiled_anew(source: Path, tmp_path: Path, kind: str, content: bytes) -> None:
    read(source)(2.0)
    (file,) = (tmp_path / "kept").rglob(f"*.{kind}")
    file.write_bytes(content)
    again = read(source)
    assert not native.is_kept(again)
    assert again(2.0) == 4.0
    assert native.is_kept(read(source))


def test_processors_have_folders_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    before = native.folder.__wrapped__()
    monkeypatch.setattr(native, "_processor", lambda: ("another", "processor", ""))
    assert native.folder.__wrapped__() != before == native.folder()


def test_without_a_folder_to_write_in_nothing_is_kept(source: Path) -> None:
    function = read(source)
    function._cache = NullCache()
    assert function(2.0) == 4.0 and not native.is_kept(function)
