"""Rates changed by a rational factor: polyphase branches as the output channels of a layer."""
from __future__ import annotations

import math
from typing import Any, Iterator, List, Tuple

import numpy as np

from . import _engine
from ._extension import extended

_MOST_BRANCHES = 8         # computed together: they share loaded samples
_MOST_BRANCHES_APART = 32  # the same where little is computed in a call


def resampled(h: np.ndarray, x: np.ndarray, up: int, down: int, mode: str, cval: complex,
              result: np.dtype) -> np.ndarray:
    """y[:, m] = the sum over i of x[:, i] * h[m * down - i * up]; x [item, n, inner], n >= 1.

    With t = m * down, output m reads the taps h[t % up :: up], backwards from sample t // up.
    Outputs whose branch is the same lie `period` apart and read samples `step` apart: a layer of
    stride `step` whose output channels are written interleaved.
    """
    count = ((x.shape[1] - 1) * up + len(h) - 1) // down + 1
    reach = -(-len(h) // up)  # taps of a branch
    before = reach - 1
    divisor = math.gcd(up, down)
    period, step = up // divisor, down // divisor
    if mode != "constant" or cval != 0 or step > 2 * reach:
        x = extended(x.astype(result, copy=False), before, mode, cval)
        before = 0
    y = np.empty((x.shape[0], count, x.shape[2]), result)
    most = _MOST_BRANCHES_APART if step > 2 * reach else min(
        _MOST_BRANCHES, max(1, reach * up // down // 4))
    for first, branches in _blocks(period, count, most):
        starts = [(first + b) * down // up for b in range(branches)]
        taps = np.zeros((branches, reach + starts[-1] - starts[0]), h.dtype)
        for b, start in enumerate(starts):
            branch = h[(first + b) * down % up::up][::-1]
            end = start - starts[0] + reach
            taps[b, end - len(branch):end] = branch
        outputs = len(range(first, count, period))
        needed = (outputs - 1) * step + taps.shape[1]
        padding = (before - starts[0], needed - x.shape[1] - before + starts[0])
        _layer(x, taps, y, first, period, outputs, step, padding)
    return y


def _blocks(period: int, count: int, most: int) -> Iterator[Tuple[int, int]]:
    """(first branch, how many), of as many outputs each."""
    border = count % period  # branches before it have one output more
    for begin, end in ((0, border), (border, min(period, count))):
        for first in range(begin, end, most):
            yield first, min(most, end - first)


def _layer(x: np.ndarray, taps: np.ndarray, y: np.ndarray, first: int, period: int, outputs: int,
           step: int, padding: Tuple[int, int]) -> None:
    samples, weights = _parts(x), _parts(taps)
    for part, out in enumerate(_parts(y)):
        into = out[:, None, first::period]
        if len(taps) > 1:
            into = np.lib.stride_tricks.as_strided(
                into, (y.shape[0], len(taps), outputs, y.shape[2]),
                (out.strides[0], out.strides[1], period * out.strides[1], out.strides[2]))
        terms = _terms(samples, weights, part)
        planes = np.stack([s for s, _ in terms], 1) if len(terms) > 1 else terms[0][0][:, None]
        weight = np.stack([w for _, w in terms], 1).astype(np.float64)
        inside = padding[0] <= 0 and padding[1] <= 0
        if inside and step >= taps.shape[1] and y.shape[2] == 1:
            _apart(planes[..., 0], weight, -padding[0], step, into[..., 0])
        elif y.shape[2] == 1:  # a series: its rows are as long as they can be
            _engine.correlate(planes[..., 0], weight, [padding], stride=[step], output=into[..., 0])
        else:
            _engine.correlate(planes, weight[..., None], [padding, (0, 0)], stride=[step, 1],
                              output=into)


def _apart(planes: np.ndarray, weight: np.ndarray, first: int, step: int, out: np.ndarray) -> None:
    """Outputs further apart than taps reach: the samples they read as channels, one tap each."""
    count, reach = out.shape[-1], weight.shape[-1]
    items, channels, _ = planes.shape
    of = planes.strides
    read = np.lib.stride_tricks.as_strided(
        planes[..., first:], (items, channels, reach, count), (*of, step * of[2]))
    if channels == 1:
        read = read[:, 0]
    else:
        read = np.ascontiguousarray(read).reshape(items, -1, count)
    _engine.correlate(read, weight.reshape(len(weight), -1, 1), [(0, 0)], output=out)


def _parts(a: np.ndarray) -> List[np.ndarray]:
    return [a.real, a.imag] if a.dtype.kind == "c" else [a]


def _terms(samples: List[np.ndarray], weights: List[np.ndarray], part: int
           ) -> List[Tuple[Any, Any]]:
    """What adds up to the real (0) or imaginary (1) part of a product."""
    if len(weights) == 1:
        return [(samples[part], weights[0])]
    if len(samples) == 1:
        return [(samples[0], weights[part])]
    other = (samples[1], -weights[1]) if part == 0 else (samples[1], weights[0])
    return [(samples[0], weights[part]), other]
