"""What scipy.ndimage does around a filter: modes, types of outputs, integers stored."""
from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np

from . import _engine, _faltung
from ._arguments import one_of, operand
from ._folding import folded

MODES = {"reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect",
         "nearest": "replicate", "constant": "constant", "grid-constant": "constant",
         "wrap": "wrap", "grid-wrap": "wrap"}

_MOST_AXES = 6  # of the engine, beside item and channel
_SINGLE = (np.dtype(np.float32), np.dtype(np.complex64))


def boundary_of(mode: Any) -> str:
    if type(mode) is not str or mode not in MODES:
        one_of("mode", mode, tuple(MODES))
    return MODES[mode]


def type_for(input: np.ndarray, output: Any, complex_result: bool) -> np.dtype:
    """The type of a filter's result: that of the caller's array, or the dtype asked for."""
    if output is None:
        return np.result_type(input.dtype, np.complex64) if complex_result else input.dtype
    try:
        dtype = output.dtype if isinstance(output, np.ndarray) else np.dtype(output)
    except TypeError:
        raise TypeError(f"output = {output!r}; allowed: an array or a dtype") from None
    operand("output", np.empty(0, dtype), bools=True)
    if isinstance(output, np.ndarray):
        if output.shape != input.shape:
            raise ValueError(f"output has shape {output.shape}; allowed: {input.shape}")
        if not output.flags.writeable:
            raise ValueError("output is read-only; allowed: an array that can be written")
    if complex_result and dtype.kind != "c":
        raise TypeError(f"output has dtype {dtype}; allowed for complex results: complex64 and "
                        "complex128")
    return dtype


def prepared(x: np.ndarray, output: Any, complex_result: bool) -> np.ndarray:
    """The caller's array, or a new one."""
    if output is None and not complex_result:
        return np.empty(x.shape, x.dtype)
    dtype = type_for(x, output, complex_result)
    return output if isinstance(output, np.ndarray) else np.empty(x.shape, dtype)


def filtered(x: np.ndarray, taps: np.ndarray, before: Sequence[int], axis: int, mode: str,
             cval: complex, out: np.ndarray, divisor: int = 1, method: str = "auto") -> None:
    """Correlates x with taps / divisor into `out`: of any type and layout, or x itself.

    Along one axis, taps [tap], or with taps of x's rank along all of them (axis -1); `before`:
    samples read before the output's position. float32 in and out is computed in float32,
    everything else in float64; sums of integers are exact before they are divided.
    """
    boundary = boundary_of(mode)
    constant = _outside(cval, x) if boundary == "constant" else 0.0
    if x.size == 0:
        return
    along = [axis] if axis >= 0 else range(x.ndim)
    if any(k > 2 * x.shape[a] + 1 for k, a in zip(taps.shape, along)):
        taps, before = folded(taps, before, [x.shape[a] for a in along], boundary)
    if x.dtype.kind == "c" or taps.dtype.kind == "c" or out.dtype.kind == "c":
        _complex(x, taps / divisor, before, axis, boundary, constant, out)
    elif out.dtype.isnative and x.ndim <= _MOST_AXES:
        _faltung.filter(x, out, taps, before, axis, boundary, constant, divisor, method)
    else:  # by copies: rare enough
        seen = _seen(x, axis) if axis >= 0 else x
        result = np.empty(seen.shape, out.dtype.newbyteorder("="))
        _faltung.filter(seen, result, taps, before, min(axis, 1), boundary, constant, divisor,
                        method)
        out[...] = result.reshape(x.shape)


def _complex(x: np.ndarray, taps: np.ndarray, before: Sequence[int], axis: int, boundary: str,
             constant: complex, out: np.ndarray) -> None:
    seen = x
    if axis >= 0:
        seen, taps, before = _seen(x, axis), taps[None, :, None], [0, *before, 0]
    padding = [(lo, k - 1 - lo) for lo, k in zip(before, taps.shape)]
    is_complex = np.iscomplexobj(x) or np.iscomplexobj(taps) or np.imag(constant) != 0
    single = x.dtype in _SINGLE and out.dtype in _SINGLE
    work = np.result_type(np.float32 if single else np.float64,
                          np.complex64 if is_complex else np.float32)
    y = _engine.combined(seen[None], taps[None], padding, work, boundary=boundary,
                         constant=constant)
    out[...] = y.reshape(x.shape)


def _seen(x: np.ndarray, axis: int) -> np.ndarray:
    """The axes before and the axes after as one each, whatever the rank."""
    return x.reshape(math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1:]))


def _outside(cval: Any, x: np.ndarray) -> complex:
    if type(cval) is float or type(cval) is int:
        return cval
    number = operand("cval", cval)
    if number.ndim != 0:
        raise ValueError(f"cval has shape {number.shape}; allowed: one number")
    if number.dtype.kind == "c" and x.dtype.kind != "c":
        raise TypeError(f"cval = {cval} is complex; allowed with input of {x.dtype}: a real number")
    return number.item()
