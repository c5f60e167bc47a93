"""Filters as scipy.ndimage has them: the same arguments, modes, origins and types.

Shapes: an output has the input's. Types: float32 and float64 are kept (float32 is computed in
float32, within 1e-6 of the result's largest value; all else in float64), complex is kept, integers
and bool are computed in float64, truncated towards zero and wrapped, pass by pass, as in SciPy.
Others (float16, longdouble, object): TypeError.

mode says what lies outside (one for all axes; the filters along several axes also take one for
each): "reflect" (d c b a | a b c d | d c b a, the default; also "grid-mirror"), "mirror"
(d c b | a b c d | c b a), "nearest", "constant" with `cval` (also "grid-constant"), "wrap" (also
"grid-wrap"). output: an array to write (it may be the input), a dtype, or None: a new array of the
input's type. origin moves the kernel: -(k // 2) to (k - 1) // 2.
"""
from __future__ import annotations

import itertools
import math
from typing import Any, Optional, Sequence, Tuple

import numpy as np

from . import _outputs
from ._arguments import axes_of, for_each_axis, operand, real, whole
from ._gaussian import gaussian_taps

__all__ = ["convolve", "convolve1d", "correlate", "correlate1d", "gaussian_filter",
           "gaussian_filter1d", "laplace", "prewitt", "sobel", "uniform_filter",
           "uniform_filter1d"]


def correlate(input: Any, weights: Any, output: Any = None, mode: str = "reflect",
              cval: complex = 0.0, origin: Any = 0) -> np.ndarray:
    """The sum over k of input[m + k - n // 2 - origin...] * conj(weights[k]), n taps along an axis.

    weights: of the input's rank, at least one tap. Errors: ValueError for other ranks, modes and
    origins, taps that are not finite; TypeError for other types. Source: scipy.ndimage.correlate.
    """
    input, weights = _operands(input, weights)
    origins = for_each_axis("origin", origin, input.ndim)
    return _correlate(input, np.conj(weights), output, mode, cval,
                      [_before("origin", o, k) for o, k in zip(origins, weights.shape)])


def convolve(input: Any, weights: Any, output: Any = None, mode: str = "reflect",
             cval: complex = 0.0, origin: Any = 0) -> np.ndarray:
    """correlate with the weights flipped, not conjugated; an even kernel's centre is (k - 1) // 2.

    Source: scipy.ndimage.convolve.
    """
    input, weights = _operands(input, weights)
    origins = for_each_axis("origin", origin, input.ndim)
    before = [k - 1 - _before("origin", o, k) for o, k in zip(origins, weights.shape)]
    return _correlate(input, weights[(slice(None, None, -1),) * weights.ndim], output, mode, cval,
                      before)


def correlate1d(input: Any, weights: Any, axis: int = -1, output: Any = None,
                mode: str = "reflect", cval: complex = 0.0, origin: int = 0) -> np.ndarray:
    """correlate along one axis: weights [tap]. Source: scipy.ndimage.correlate1d."""
    input, weights = _series(input, weights)
    return _along(input, np.conj(weights), axis, output, mode, cval,
                  _before("origin", origin, len(weights)))


def convolve1d(input: Any, weights: Any, axis: int = -1, output: Any = None,
               mode: str = "reflect", cval: complex = 0.0, origin: int = 0) -> np.ndarray:
    """convolve along one axis: weights [tap]. Source: scipy.ndimage.convolve1d."""
    input, weights = _series(input, weights)
    before = len(weights) - 1 - _before("origin", origin, len(weights))
    return _along(input, weights[::-1], axis, output, mode, cval, before)


def gaussian_filter1d(input: Any, sigma: float, axis: int = -1, order: int = 0, output: Any = None,
                      mode: str = "reflect", cval: complex = 0.0, truncate: float = 4.0, *,
                      radius: Optional[int] = None) -> np.ndarray:
    """A Gaussian of standard deviation sigma (samples, > 0), or its derivative of that order.

    Taps reach int(truncate * sigma + 0.5) to each side, or `radius`. Source:
    scipy.ndimage.gaussian_filter1d.
    """
    return correlate1d(input, gaussian_taps(sigma, order, truncate, radius)[::-1], axis, output,
                       mode, cval)


def gaussian_filter(input: Any, sigma: Any, order: Any = 0, output: Any = None,
                    mode: Any = "reflect", cval: complex = 0.0, truncate: float = 4.0, *,
                    radius: Any = None) -> np.ndarray:
    """gaussian_filter1d along every axis whose sigma is above 1e-15.

    sigma, order, mode, radius: one for all axes or one for each. Source:
    scipy.ndimage.gaussian_filter.
    """
    input = operand("input", input, bools=True)
    rank = input.ndim
    sigmas = [real("sigma", s) for s in for_each_axis("sigma", sigma, rank)]
    orders, radii = for_each_axis("order", order, rank), for_each_axis("radius", radius, rank)
    passes = []
    for axis in (a for a in range(rank) if sigmas[a] > 1e-15):
        taps = gaussian_taps(sigmas[axis], orders[axis], truncate, radii[axis])[::-1]
        passes.append((axis, taps, len(taps) // 2, 1))
    return _series_of(input, passes, output, mode, cval)


def uniform_filter1d(input: Any, size: int, axis: int = -1, output: Any = None,
                     mode: str = "reflect", cval: complex = 0.0, origin: int = 0) -> np.ndarray:
    """The mean of `size` samples (at least 1). Source: scipy.ndimage.uniform_filter1d."""
    input = operand("input", input, bools=True)
    size = whole("size", size, 1)
    return _along(input, np.ones(size), axis, output, mode, cval, _before("origin", origin, size),
                  size)


def uniform_filter(input: Any, size: Any = 3, output: Any = None, mode: Any = "reflect",
                   cval: complex = 0.0, origin: Any = 0) -> np.ndarray:
    """uniform_filter1d along every axis whose size is above 1.

    size, mode, origin: one for all axes or one for each. Source: scipy.ndimage.uniform_filter.
    """
    input = operand("input", input, bools=True)
    sizes = [whole("size", s, 1) for s in for_each_axis("size", size, input.ndim)]
    origins = for_each_axis("origin", origin, input.ndim)
    passes = [(axis, np.ones(s), _before("origin", o, s), s)
              for axis, (s, o) in enumerate(zip(sizes, origins)) if s > 1]
    return _series_of(input, passes, output, mode, cval)


def sobel(input: Any, axis: int = -1, output: Any = None, mode: Any = "reflect",
          cval: complex = 0.0) -> np.ndarray:
    """The difference [-1, 0, 1] along `axis`, [1, 2, 1] along the others.

    Source: scipy.ndimage.sobel.
    """
    return _edges(input, axis, output, mode, cval, [1.0, 2.0, 1.0])


def prewitt(input: Any, axis: int = -1, output: Any = None, mode: Any = "reflect",
            cval: complex = 0.0) -> np.ndarray:
    """The difference [-1, 0, 1] along `axis`, [1, 1, 1] along the others.

    Source: scipy.ndimage.prewitt.
    """
    return _edges(input, axis, output, mode, cval, [1.0, 1.0, 1.0])


def laplace(input: Any, output: Any = None, mode: Any = "reflect",
            cval: complex = 0.0) -> np.ndarray:
    """The sum of [1, -2, 1] along every axis. Source: scipy.ndimage.laplace."""
    input = operand("input", input, bools=True)
    dtype = _outputs.type_for(input, output, _is_complex(input))
    modes = for_each_axis("mode", mode, input.ndim)
    result = input.astype(dtype) if not modes else None
    for axis, m in enumerate(modes):
        term = _along(input, np.array([1.0, -2.0, 1.0]), axis, dtype, m, cval, 1)
        result = term if result is None else result + term  # where integers wrap
    return _outputs.delivered(result, output)


def _operands(input: Any, weights: Any) -> Tuple[np.ndarray, np.ndarray]:
    input, weights = operand("input", input, bools=True), operand("weights", weights, bools=True)
    if weights.ndim != input.ndim or input.ndim == 0:
        raise ValueError(f"weights have {weights.ndim} axes; input of shape {input.shape} allows "
                         f"{max(1, input.ndim)}")
    return input, _taps(weights)


def _series(input: Any, weights: Any) -> Tuple[np.ndarray, np.ndarray]:
    input, weights = operand("input", input, bools=True), operand("weights", weights, bools=True)
    if weights.ndim != 1:
        raise ValueError(f"weights have {weights.ndim} axes; allowed: 1")
    return input, _taps(weights)


def _taps(weights: np.ndarray) -> np.ndarray:
    if weights.size == 0:
        raise ValueError(f"weights of shape {weights.shape} are empty; allowed: at least one tap")
    return weights.astype(np.complex128 if weights.dtype.kind == "c" else np.float64)


def _before(name: str, origin: Any, taps: int) -> int:
    """Samples before the output's position that a correlation reads."""
    origin = whole(name, origin)
    if not -(taps // 2) <= origin <= (taps - 1) // 2:
        raise ValueError(f"{name} = {origin}; allowed for {taps} taps: {-(taps // 2)} to "
                         f"{(taps - 1) // 2}")
    return taps // 2 + origin


def _correlate(x: np.ndarray, taps: np.ndarray, output: Any, mode: str, cval: complex,
               before: Sequence[int]) -> np.ndarray:
    dtype = _outputs.type_for(x, output, _is_complex(x, taps))
    padding = [(lo, k - 1 - lo) for lo, k in zip(before, taps.shape)]
    return _outputs.delivered(_outputs.filtered(x, taps, padding, mode, cval, dtype), output)


def _is_complex(*arrays: np.ndarray) -> bool:
    return any(a.dtype.kind == "c" for a in arrays)


def _along(x: np.ndarray, taps: np.ndarray, axis: int, output: Any, mode: str, cval: complex,
           before: int, divisor: int = 1) -> np.ndarray:
    """One pass. The axes before and the axes after are seen as one each, whatever the rank."""
    axis = axes_of("axis", whole("axis", axis), x.ndim)[0]
    dtype = _outputs.type_for(x, output, _is_complex(x, taps))
    outer, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1:])
    # Axes of extent 1 are left out: the engine's rows are then as long as they can be.
    kept = [outer != 1, True, inner != 1]
    seen = list(itertools.compress((outer, x.shape[axis], inner), kept))
    kernel = list(itertools.compress((1, len(taps), 1), kept))
    padding = itertools.compress([(0, 0), (before, len(taps) - 1 - before), (0, 0)], kept)
    result = _outputs.filtered(x.reshape(seen), taps.reshape(kernel), list(padding), mode, cval,
                               dtype, divisor)
    return _outputs.delivered(result.reshape(x.shape), output)


_Pass = Tuple[int, np.ndarray, int, int]  # axis, taps, samples before, divisor


def _series_of(x: np.ndarray, passes: Sequence[_Pass], output: Any, mode: Any,
               cval: complex) -> np.ndarray:
    """Pass after pass, each stored in the output's type."""
    modes = for_each_axis("mode", mode, x.ndim)
    dtype = _outputs.type_for(x, output, _is_complex(x))
    result = x if passes else x.astype(dtype)
    for axis, taps, before, divisor in passes:
        result = _along(result, taps, axis, dtype, modes[axis], cval, before, divisor)
    return _outputs.delivered(result, output)


def _edges(input: Any, axis: int, output: Any, mode: Any, cval: complex,
           smooth: Sequence[float]) -> np.ndarray:
    input = operand("input", input, bools=True)
    axis = axes_of("axis", whole("axis", axis), input.ndim)[0]
    passes = [(axis, np.array([-1.0, 0.0, 1.0]), 1, 1)]
    passes += [(a, np.array(smooth), 1, 1) for a in range(input.ndim) if a != axis]
    return _series_of(input, passes, output, mode, cval)
