"""Arrays as the page gets them: a type, a shape, and the numbers as base64, a third longer than they are in memory."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

Packed = dict[str, Any]


def floats(values: np.ndarray) -> Packed:
    """Return numbers as 32-bit floats."""
    return _packed("f32", np.ascontiguousarray(values, dtype="<f4"))


def doubles(values: np.ndarray) -> Packed:
    """Return numbers as 64-bit floats: those in units of the data, of which 32 bits are too few far from zero."""
    return _packed("f64", np.ascontiguousarray(values, dtype="<f8"))


def bytes_(values: np.ndarray) -> Packed:
    """Return whole numbers from 0 to 255."""
    return _packed("u8", np.ascontiguousarray(values, dtype=np.uint8))


def shares(values: np.ndarray) -> Packed:
    """Return numbers from 0 to 1 in steps of 1/255; NaN becomes 0."""
    return bytes_(np.nan_to_num(np.clip(values, 0, 1)) * 255 + 0.5)


def signed(values: np.ndarray, axis: tuple[int, ...], largest: float | None = None) -> Packed:
    """Return numbers as 128 + 127 v / m, with m the largest magnitude along `axis`, or `largest`; 128 is 0."""
    finite = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    most = np.abs(finite).max(axis=axis, keepdims=True) if largest is None else np.array(largest)
    return bytes_(128.5 + 127 * (finite / np.where(most > 0, most, 1)).clip(-1, 1))


def _packed(kind: str, values: np.ndarray) -> Packed:
    return {"type": kind, "shape": list(values.shape), "data": base64.b64encode(values.tobytes()).decode()}
