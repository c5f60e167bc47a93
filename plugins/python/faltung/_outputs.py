"""What scipy.ndimage does around a filter: modes, types of outputs, integers stored."""
from __future__ import annotations

from typing import Any

import numpy as np

from . import _engine
from ._arguments import one_of, operand

MODES = {"reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect",
         "nearest": "replicate", "constant": "constant", "grid-constant": "constant",
         "wrap": "wrap", "grid-wrap": "wrap"}

_ROUNDING = 1e-12  # of the largest possible sum: closer below an integer, a value is that integer
_NEAR = 1e-3       # of a unit, and never further from it than this


def boundary_of(mode: Any) -> str:
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


def delivered(result: np.ndarray, output: Any) -> np.ndarray:
    """The result in the caller's array, where there is one."""
    if not isinstance(output, np.ndarray):
        return result
    output[...] = result
    return output


def filtered(x: np.ndarray, taps: np.ndarray, padding: _engine.Pairs, mode: str, cval: complex,
             dtype: np.dtype, divisor: int = 1) -> np.ndarray:
    """Correlates x with taps / divisor, of the same rank, and gives the result as dtype holds it.

    float32 in and out is computed in float32, everything else in float64; sums of integers are
    exact before they are divided.
    """
    boundary = boundary_of(mode)
    constant = _outside(cval, x) if boundary == "constant" else 0.0
    if x.size == 0:
        return np.empty(x.shape, dtype)
    whole = (x.dtype.kind in "iub" and constant == np.rint(constant)
             and np.array_equal(taps, np.rint(taps)) and _engine.fits_exactly(x, taps, constant))
    if not whole:
        taps = taps / divisor
    y = _engine.combined(x[None], taps[None], padding, _work_type(x, dtype), boundary=boundary,
                         constant=constant, exact=whole)[0]
    if whole and divisor != 1:
        y /= divisor
    integers = dtype.kind not in "iub" or (whole and divisor == 1)
    return stored(y, dtype, 0.0 if integers else _engine.bound_of(x, taps, constant))


def _work_type(x: np.ndarray, dtype: np.dtype) -> Any:
    single = (np.dtype(np.float32), np.dtype(np.complex64))
    return np.float32 if x.dtype in single and dtype in single else np.float64


def _outside(cval: Any, x: np.ndarray) -> complex:
    number = operand("cval", cval)
    if number.ndim != 0:
        raise ValueError(f"cval has shape {number.shape}; allowed: one number")
    if number.dtype.kind == "c" and x.dtype.kind != "c":
        raise TypeError(f"cval = {cval} is complex; allowed with input of {x.dtype}: a real number")
    return number.item()


def stored(y: np.ndarray, dtype: np.dtype, bound: float) -> np.ndarray:
    """Floating-point results as dtype: integers truncated towards zero and wrapped.

    SciPy truncates what its own rounding left; here values within rounding of an integer are that
    integer, so that a constant image stays constant. `bound`: no exact result is larger; 0: all
    values are integers.
    """
    if dtype.kind not in "iub":
        return y.astype(dtype, copy=False)
    if bound:
        y = y + np.copysign(min(_ROUNDING * bound, _NEAR), y)  # what follows truncates
    with np.errstate(invalid="ignore"):  # beyond 64 bits, as in SciPy, no value is promised
        if dtype == np.uint64:
            high = y >= 2.0 ** 63  # beyond int64, by which everything else wraps
            low = np.where(high, y - 2.0 ** 63, y).astype(np.int64).astype(np.uint64)
            return low + high * np.uint64(2 ** 63)
        return y.astype(np.int64).astype(np.uint8 if dtype.kind == "b" else dtype).astype(dtype)
