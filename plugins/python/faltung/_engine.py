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
_USUAL = -1.0       # for a tolerance: 1e-6 where computed in float32, 1e-13 in float64
_SINGLE = (np.dtype(np.float32), np.dtype(np.complex64))


def correlate(x: np.ndarray, weight: np.ndarray, padding: Pairs, *,
              stride: Optional[Sequence[int]] = None, dilation: Optional[Sequence[int]] = None,
              groups: int = 1, boundary: str = "zero", constant: float = 0.0,
              bias: Optional[np.ndarray] = None, method: str = "auto", tolerance: float = _USUAL,
              output: Optional[np.ndarray] = None, round: bool = False) -> np.ndarray:
    """x [item, channel, axis...] with weight [out, channel / groups, tap...].

    Gives [item, out, axis...] in output, or in a new array: float32 for float32, else float64.
    Negative padding crops (boundary zero only). Arrays of any real type and layout are read and
    written where they lie; with `round` integers take the nearest value, and wrap.
    """
    x, options = _prepared(x, padding, stride, dilation, groups, boundary, constant, bias, method,
                           tolerance)
    return _faltung.correlate(x, weight, output, round, **options)


def chosen(x: np.ndarray, weight: np.ndarray, padding: Pairs, *, boundary: str = "zero",
           tolerance: float = _USUAL) -> Tuple[str, float]:
    """The planner's choice for such a call: the solver's name and the error to expect."""
    x, options = _prepared(x, padding, None, None, 1, boundary, 0.0, None, "auto", tolerance)
    options["groups"] = x.shape[1] // weight.shape[1]
    single = x.dtype == np.float32
    shape = np.broadcast_to(np.zeros((), np.float32 if single else np.float64), x.shape)
    solver, _, _, error = _faltung.candidates(shape, weight, **options)[0]
    return solver, error


def candidates(x: np.ndarray, weight: np.ndarray, padding: Pairs, stride: Sequence[int],
               dilation: Sequence[int], groups: int
               ) -> List[Tuple[str, str, Optional[float], float]]:
    """All that the planner weighed for `correlate`, the chosen one first.

    Each: solver, how or why not, seconds for an output position of the first axis (None: cannot
    be), error relative to the peak.
    """
    x, options = _prepared(x, padding, stride, dilation, groups, "zero", 0.0, None, "auto", _USUAL)
    return _faltung.candidates(x, weight, **options)


def _prepared(x: np.ndarray, padding: Pairs, stride: Optional[Sequence[int]],
              dilation: Optional[Sequence[int]], groups: int, boundary: str, constant: float,
              bias: Optional[np.ndarray], method: str, tolerance: float) -> Tuple[np.ndarray, dict]:
    if any(lo < 0 or hi < 0 for lo, hi in padding):
        crop = tuple(slice(max(0, -lo), n - max(0, -hi))
                     for n, (lo, hi) in zip(x.shape[2:], padding))
        x = x[(slice(None), slice(None)) + crop]
        padding = [(max(0, lo), max(0, hi)) for lo, hi in padding]
    ones = [1] * (x.ndim - 2)
    return x, dict(stride=ones if stride is None else list(stride),
                   dilation=ones if dilation is None else list(dilation),
                   padding=list(padding), groups=groups, boundary=boundary,
                   constant=float(constant), bias=bias, method=method, tolerance=tolerance)


def combined(x: np.ndarray, k: np.ndarray, padding: Pairs, result: Any, *, boundary: str = "zero",
             constant: complex = 0.0, method: str = "auto", exact: bool = False) -> np.ndarray:
    """Correlates items x [item, axis...] with k [1 or item, tap...], real or complex.

    k is not conjugated. `result` is the type of the new array; single and complex precision are
    computed in float32, all else in float64. With `exact` the operands hold integers within
    `bound_of`, and the result is exact before it is wrapped.
    """
    if np.imag(constant) != 0 and not np.iscomplexobj(x):
        x = x.astype(np.result_type(x, np.complex64))
    if np.iscomplexobj(x) and boundary == "constant" and constant != 0:
        x = np.pad(x, [(0, 0), *[(max(0, lo), max(0, hi)) for lo, hi in padding]],
                   constant_values=constant)
        padding, boundary, constant = [(0, 0)] * (x.ndim - 1), "zero", 0.0
    planes, weight, groups = real_planes(x, k, result)
    options: dict = dict(groups=groups, boundary=boundary, constant=float(np.real(constant)),
                         method=method)
    if exact:
        options.update(_exactly(planes, weight, padding, boundary, constant))
    extents = [n + lo + hi - taps + 1
               for n, (lo, hi), taps in zip(x.shape[1:], padding, k.shape[1:])]
    y = np.empty((x.shape[0], *extents), result)
    parts = _parts_of(y)
    if len(k) > 1:
        parts = parts.reshape(1, -1, *extents)
    correlate(planes, weight, padding, output=parts, round=exact, **options)
    if len(k) > 1 and parts.shape[1] != len(k):  # complex, not in y itself
        parts = parts.reshape(-1, 2, *extents)
        y.real, y.imag = parts[:, 0], parts[:, 1]
    return y


def _parts_of(a: np.ndarray) -> np.ndarray:
    """[item, real or imaginary, axis...] of [item, axis...], in the same memory."""
    if a.dtype.kind != "c":
        return a[:, None]
    shape, strides = (a.shape[0], 2, *a.shape[1:]), list(a.strides)
    return np.lib.stride_tricks.as_strided(
        a.real, shape, [strides[0], a.dtype.itemsize // 2, *strides[1:]])


def real_planes(x: np.ndarray, k: np.ndarray, result: Any) -> Tuple[np.ndarray, np.ndarray, int]:
    """Complex products as channels: signal planes, a layer's weight, its groups."""
    if result in _SINGLE and x.dtype not in _SINGLE:
        x = x.astype(np.float32)
    planes = _parts_of(x)
    taps = [k.real, k.imag] if k.dtype.kind == "c" else [k]
    taps = [part.astype(np.float64) for part in taps]
    parts, groups = planes.shape[1], len(k)
    if len(taps) == 1:
        rows = [[taps[0]]] * parts  # each part by itself
        groups *= parts
    else:
        rows = [row[:parts] for row in ([taps[0], -taps[1]], [taps[1], taps[0]])]
    # [kernel, out, in, tap...] -> [kernel * out, in, tap...]: kernels of their own are groups.
    weight = np.stack([np.stack(row, axis=1) for row in rows], axis=1)
    weight = weight.reshape(-1, *weight.shape[2:])
    if len(k) > 1:
        planes = planes.reshape(1, -1, *planes.shape[2:])
    return planes, weight, groups


def _exactly(planes: np.ndarray, weight: np.ndarray, padding: Pairs, boundary: str,
             constant: complex) -> dict:
    """The method by which rounding stays so small that the nearest integer is the result."""
    if weight[0, 0].size <= _SHORT:
        return dict(tolerance=0.0)
    tolerance = _SHARE / max(1.0, bound_of(planes, weight, constant))
    _, error = chosen(planes, weight, padding, boundary=boundary, tolerance=tolerance)
    return dict(tolerance=tolerance if error <= tolerance else 0.0)


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
