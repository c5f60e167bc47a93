"""Signals continued beyond their ends, as scipy.signal.upfirdn does."""
from __future__ import annotations

from typing import Any, Callable, Dict

import numpy as np


def extended(x: np.ndarray, count: int, mode: str, cval: complex) -> np.ndarray:
    """x [item, n, inner], n >= 1, with `count` samples more at both ends of the middle axis.

    Errors: ValueError for a single sample where the mode needs a slope or a period of two.
    """
    n = x.shape[1]
    if n == 1 and mode in _NEED_TWO:
        raise ValueError(f"x has 1 sample along axis; mode = {mode!r} allows 2 or more")
    at = np.arange(-count, n + count)
    if mode == "constant":
        result = np.full((x.shape[0], len(at), x.shape[2]), cval, x.dtype)
        result[:, count:count + n] = x
        return result
    return EXTENSIONS[mode](x, at, n)


def _symmetric(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    folded = at % (2 * n)
    return x[:, np.where(folded < n, folded, 2 * n - 1 - folded)]


def _reflect(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    folded = at % (2 * n - 2)
    return x[:, np.where(folded < n, folded, 2 * n - 2 - folded)]


def _antisymmetric(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    sign = np.where(at % (2 * n) < n, 1, -1).astype(x.real.dtype)
    return _symmetric(x, at, n) * sign[:, None]


def _antireflect(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    """Turned by half a revolution about each end: a period of 2 (n - 1) that climbs."""
    folded, turns = at % (2 * n - 2), at // (2 * n - 2)
    inside = np.where(folded < n, folded, 2 * n - 2 - folded)
    sign = np.where(folded < n, 1, -1).astype(x.real.dtype)
    first, last = x[:, :1], x[:, -1:]
    turned = np.where(folded < n, 0, 2).astype(x.real.dtype)
    climb = 2 * turns.astype(x.real.dtype)
    return (x[:, inside] * sign[:, None] + last * turned[:, None]
            + (last - first) * climb[:, None])


def _edge(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    return x[:, np.clip(at, 0, n - 1)]


def _wrap(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    return x[:, at % n]


def _smooth(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    left = x[:, :1] + (x[:, 1:2] - x[:, :1]) * at[at < 0, None].astype(x.real.dtype)
    beyond = (at[at >= n, None] - (n - 1)).astype(x.real.dtype)
    right = x[:, -1:] + (x[:, -1:] - x[:, -2:-1]) * beyond
    return np.concatenate([left, x, right], axis=1)


def _line(x: np.ndarray, at: np.ndarray, n: int) -> np.ndarray:
    slope = (x[:, -1:] - x[:, :1]) / x.real.dtype.type(n - 1)
    left = x[:, :1] + slope * at[at < 0, None].astype(x.real.dtype)
    right = x[:, -1:] + slope * (at[at >= n, None] - (n - 1)).astype(x.real.dtype)
    return np.concatenate([left, x, right], axis=1)


EXTENSIONS: Dict[str, Callable[[np.ndarray, np.ndarray, int], np.ndarray]] = {
    "wrap": _wrap, "edge": _edge, "smooth": _smooth, "symmetric": _symmetric, "reflect": _reflect,
    "antisymmetric": _antisymmetric, "antireflect": _antireflect, "line": _line}
MODES = ("constant", *EXTENSIONS)
_NEED_TWO = ("smooth", "reflect", "antireflect", "line")
