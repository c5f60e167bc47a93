"""Calls into the engine: padding, memory and layouts; complex and integer arithmetic.

Arrays are [item, channel, axis...] here; everything is a correlation, as the engine sees it.
"""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from . import _faltung

Pairs = Sequence[Tuple[int, int]]

_EXACT = 2.0 ** 53  # integers up to here, and sums of them, are exact in float64
_SHARE = 0.05       # of a unit that rounding may take before integers are no longer certain
_SHORT = 64         # taps below which summing directly is the fastest anyway


def correlate(x: np.ndarray, weight: np.ndarray, padding: Pairs, *,
              stride: Optional[Sequence[int]] = None, dilation: Optional[Sequence[int]] = None,
              groups: int = 1, boundary: str = "zero", constant: float = 0.0,
              bias: Optional[np.ndarray] = None, method: str = "auto",
              tolerance: float = 0.0) -> np.ndarray:
    """x [item, channel, axis...] with weight [out, channel / groups, tap...].

    Gives [item, out, axis...] of x's type, float32 or float64. Negative padding crops (boundary
    zero only). x is copied only where its channels have gaps.
    """
    x, options = _prepared(x, padding, stride, dilation, groups, boundary, constant, bias, method,
                           tolerance)
    return _faltung.correlate(x, weight, **options)


def chosen(x: np.ndarray, weight: np.ndarray, padding: Pairs, *, boundary: str = "zero",
           tolerance: float = 0.0) -> Tuple[str, float]:
    """The planner's choice for such a call: the solver's name and the error to expect."""
    x, options = _prepared(x, padding, None, None, 1, boundary, 0.0, None, "auto", tolerance)
    options["groups"] = x.shape[1] // weight.shape[1]
    solver, _, _, error = _faltung.candidates(x, weight, **options)[0]
    return solver, error


def candidates(x: np.ndarray, weight: np.ndarray, padding: Pairs, stride: Sequence[int],
               dilation: Sequence[int], groups: int
               ) -> List[Tuple[str, str, Optional[float], float]]:
    """All that the planner weighed for `correlate`, the chosen one first.

    Each: solver, how or why not, seconds for an output position of the first axis (None: cannot
    be), error relative to the peak.
    """
    x, options = _prepared(x, padding, stride, dilation, groups, "zero", 0.0, None, "auto", 0.0)
    return _faltung.candidates(x, weight, **options)


def _prepared(x: np.ndarray, padding: Pairs, stride: Optional[Sequence[int]],
              dilation: Optional[Sequence[int]], groups: int, boundary: str, constant: float,
              bias: Optional[np.ndarray], method: str, tolerance: float) -> Tuple[np.ndarray, dict]:
    crop = tuple(slice(max(0, -lo), n - max(0, -hi)) for n, (lo, hi) in zip(x.shape[2:], padding))
    x = _without_gaps(x[(slice(None), slice(None)) + crop])
    ones = [1] * (x.ndim - 2)
    return x, dict(stride=ones if stride is None else list(stride),
                   dilation=ones if dilation is None else list(dilation),
                   padding=[(max(0, lo), max(0, hi)) for lo, hi in padding], groups=groups,
                   boundary=boundary, constant=float(constant), bias=bias, method=method,
                   tolerance=tolerance)


def _without_gaps(x: np.ndarray) -> np.ndarray:
    if x.size == 0 or (x[0, 0].flags.c_contiguous and x.flags.aligned):
        return x
    return np.ascontiguousarray(x)


def combined(x: np.ndarray, k: np.ndarray, padding: Pairs, work: Any, *, boundary: str = "zero",
             constant: complex = 0.0, method: str = "auto", exact: bool = False) -> np.ndarray:
    """Correlates items x [item, axis...] with k [1 or item, tap...], real or complex.

    k is not conjugated. `work` is float32 or float64. With `exact` the operands hold integers
    within `bound_of`, and the result is exact.
    """
    is_complex = np.iscomplexobj(x) or np.iscomplexobj(k)
    if np.iscomplexobj(constant) and np.imag(constant) != 0:
        x, is_complex = x.astype(np.result_type(x, np.complex64)), True
    if np.iscomplexobj(x) and boundary == "constant" and constant != 0:
        x = np.pad(x, [(0, 0), *[(max(0, lo), max(0, hi)) for lo, hi in padding]],
                   constant_values=constant)
        padding, boundary, constant = [(0, 0)] * (x.ndim - 1), "zero", 0.0
    planes, weight, groups = real_planes(x, k, work)
    options: dict = dict(groups=groups, boundary=boundary, constant=float(np.real(constant)),
                         method=method)
    if exact:
        options.update(_exactly(planes, weight, padding, boundary, constant))
    y = correlate(planes, weight, padding, **options)
    y = y.reshape(x.shape[0], -1, *y.shape[2:])
    if exact:
        np.rint(y, out=y)
    if not is_complex:
        return y[:, 0]
    result = np.empty(y[:, 0].shape, np.result_type(work, np.complex64))
    result.real, result.imag = y[:, 0], y[:, 1]
    return result


def _parts(a: np.ndarray, work: Any) -> List[np.ndarray]:
    halves = [a.real, a.imag] if np.iscomplexobj(a) else [a]
    return [half.astype(work, copy=False) for half in halves]


def real_planes(x: np.ndarray, k: np.ndarray, work: Any) -> Tuple[np.ndarray, np.ndarray, int]:
    """Complex products as channels: signal planes, a layer's weight, its groups."""
    signal = _parts(x, work)
    taps = _parts(k, np.float64)
    planes = signal[0][:, None] if len(signal) == 1 else np.stack(signal, axis=1)
    if len(taps) == 1:
        rows = [[taps[0]]] if len(signal) == 1 else [[taps[0], 0 * taps[0]], [0 * taps[0], taps[0]]]
    else:
        rows = [[taps[0], -taps[1]], [taps[1], taps[0]]]
        rows = [row[:len(signal)] for row in rows]
    # [kernel, out, in, tap...] -> [kernel * out, in, tap...]: kernels of their own are groups.
    weight = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
    weight = weight.reshape(-1, *weight.shape[2:])
    if len(k) > 1:
        planes = planes.reshape(1, -1, *planes.shape[2:])
    return planes, weight, len(k)


def _exactly(planes: np.ndarray, weight: np.ndarray, padding: Pairs, boundary: str,
             constant: complex) -> dict:
    """The method by which rounding stays so small that the nearest integer is the result."""
    if weight[0, 0].size <= _SHORT:
        return dict(method="direct")
    tolerance = _SHARE / max(1.0, bound_of(planes, weight, constant))
    solver, error = chosen(planes, weight, padding, boundary=boundary, tolerance=tolerance)
    return dict(method=solver if error <= tolerance else "direct", tolerance=tolerance)


def bound_of(x: np.ndarray, k: np.ndarray, constant: complex = 0.0) -> float:
    """No sum of products of x (and the constant outside) with k is larger than this."""
    if x.size == 0 or k.size == 0:
        return 0.0
    parts = (x.real, x.imag) if np.iscomplexobj(x) else (x,)
    largest = max(abs(constant), *(max(abs(float(p.max())), abs(float(p.min()))) for p in parts))
    return largest * float(np.sum(np.abs(k.astype(np.complex128 if np.iscomplexobj(k) else float))))


def fits_exactly(x: np.ndarray, k: np.ndarray, constant: complex = 0.0) -> bool:
    """Whether integers x and k can be convolved exactly in float64."""
    return bound_of(x, k, constant) <= _EXACT
