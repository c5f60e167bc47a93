"""Kernels that reach far beyond a signal, folded onto what there is to read."""
from __future__ import annotations

from typing import List, Sequence, Tuple

import numpy as np


def folded(taps: np.ndarray, before: Sequence[int], extents: Sequence[int], boundary: str
           ) -> Tuple[np.ndarray, List[int]]:
    """The same correlation of a signal of these extents, with at most 2 n + 1 taps along an axis.

    Taps that read the same sample wherever the kernel stands are added up: whole periods apart, or
    both beyond the signal's end. `before`: taps before the output's position, along every axis.
    """
    befores = list(before)
    for axis, n in enumerate(extents):
        if taps.shape[axis] > 2 * n + 1:
            taps, befores[axis] = _along(taps, axis, befores[axis], n, boundary)
    return taps, befores


def _along(taps: np.ndarray, axis: int, before: int, n: int, boundary: str
           ) -> Tuple[np.ndarray, int]:
    at = np.arange(taps.shape[axis]) - before  # samples from the output's position
    if boundary in ("zero", "constant"):
        reach = n
        at = np.clip(at, -n, n)
    elif boundary == "replicate":
        reach = n - 1
        at = np.clip(at, -reach, reach)
    else:
        period = {"wrap": n, "symmetric": 2 * n, "reflect": max(1, 2 * n - 2)}[boundary]
        reach = period // 2
        at = (at + reach) % period - reach
    moved = np.moveaxis(taps, axis, 0)
    result = np.zeros((2 * reach + 1, *moved.shape[1:]), taps.dtype)
    np.add.at(result, at + reach, moved)
    return np.moveaxis(result, 0, axis), reach
