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

import functools
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import numpy as np

from . import _outputs
from ._arguments import MOST_TAPS, axes_of, for_each_axis, operand, real, whole
from ._gaussian import gaussian_taps

__all__ = ["convolve", "convolve1d", "correlate", "correlate1d", "gaussian_filter",
           "gaussian_filter1d", "gaussian_gradient_magnitude", "gaussian_laplace", "laplace",
           "prewitt", "sobel", "uniform_filter", "uniform_filter1d"]


_DIFFERENCE = np.array([-1.0, 0.0, 1.0])
_SECOND = np.array([1.0, -2.0, 1.0])


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
    taps = weights.conj() if weights.dtype.kind == "c" else weights
    return _along(input, taps, axis, output, mode, cval, _before("origin", origin, len(weights)))


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
    size = whole("size", size, 1, MOST_TAPS)
    return _along(input, np.ones(size), axis, output, mode, cval, _before("origin", origin, size),
                  size)


def uniform_filter(input: Any, size: Any = 3, output: Any = None, mode: Any = "reflect",
                   cval: complex = 0.0, origin: Any = 0) -> np.ndarray:
    """uniform_filter1d along every axis whose size is above 1.

    size, mode, origin: one for all axes or one for each. Source: scipy.ndimage.uniform_filter.
    """
    input = operand("input", input, bools=True)
    sizes = [whole("size", s, 1, MOST_TAPS) for s in for_each_axis("size", size, input.ndim)]
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
    if type(mode) is str and 1 < input.ndim <= 4 and input.dtype.kind in "iuf":
        out = _outputs.prepared(input, output, False)
        if out.dtype.kind in ("f" if input.dtype.kind == "f" else "iuf"):  # one kernel: integers
            # wrap alike before a sum and after
            _outputs.filtered(input, _laplace_kernel(input.ndim), [1] * input.ndim, -1, mode, cval,
                              out, method="sparse")
            return out
    return _over_axes(input, output, mode, _sum, lambda axis, m, out: _outputs.filtered(
        input, _SECOND, [1], axis, m, cval, out))


def gaussian_laplace(input: Any, sigma: Any, output: Any = None, mode: Any = "reflect",
                     cval: complex = 0.0, **kwargs: Any) -> np.ndarray:
    """The sum over the axes of gaussian_filter with the second derivative along that axis.

    kwargs: truncate and radius, as in `gaussian_filter`. mode: one for all axes or one for each
    term. Source: scipy.ndimage.gaussian_laplace.
    """
    return _of_gaussians(input, sigma, 2, output, mode, cval, _sum, kwargs)


def gaussian_gradient_magnitude(input: Any, sigma: Any, output: Any = None, mode: Any = "reflect",
                                cval: complex = 0.0, **kwargs: Any) -> np.ndarray:
    """The root of the sum over the axes of gaussian_filter's first derivative squared.

    Squares, sums and roots are those of the output's type, in which integers wrap. kwargs and mode
    as in `gaussian_laplace`. Source: scipy.ndimage.gaussian_gradient_magnitude.
    """
    return _of_gaussians(input, sigma, 1, output, mode, cval, _magnitude, kwargs)


def _of_gaussians(input: Any, sigma: Any, order: int, output: Any, mode: Any, cval: complex,
                  merge: Callable, kwargs: Dict[str, Any]) -> np.ndarray:
    for name in kwargs:
        if name not in ("truncate", "radius"):
            raise TypeError(f"{name} is no argument; allowed: truncate and radius")
    input = operand("input", input, bools=True)
    if isinstance(output, np.ndarray) and np.may_share_memory(input, output):
        input = input.copy()  # every term reads it

    def term(axis: int, m: str, out: np.ndarray) -> None:
        orders = [order if a == axis else 0 for a in range(input.ndim)]
        gaussian_filter(input, sigma, orders, out, m, cval, **kwargs)

    return _over_axes(input, output, mode, merge, term)


def _over_axes(x: np.ndarray, output: Any, mode: Any, merge: Callable, term: Callable
               ) -> np.ndarray:
    """merge(out, term along an axis or None) for every axis; without axes a copy of x."""
    modes = for_each_axis("mode", mode, x.ndim)
    for m in modes:
        _outputs.boundary_of(m)
    out = _outputs.prepared(x, output, _is_complex(x))
    if isinstance(output, np.ndarray) and np.may_share_memory(x, output):
        result = np.empty(x.shape, out.dtype)  # every term reads x
        out[...] = _over_axes(x, result, mode, merge, term)
        return out
    if not modes:
        out[...] = x
        return out
    term(0, modes[0], out)
    merge(out, None)
    for axis, m in enumerate(modes[1:], 1):
        one = np.empty(x.shape, out.dtype)
        term(axis, m, one)
        merge(out, one)
    return out if merge is _sum else np.sqrt(out, out, casting="unsafe")


def _sum(out: np.ndarray, term: Optional[np.ndarray]) -> None:
    if term is not None:
        np.add(out, term, out)


def _magnitude(out: np.ndarray, term: Optional[np.ndarray]) -> None:
    latest = out if term is None else term
    np.multiply(latest, latest, latest)
    _sum(out, term)


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
    return weights.astype(np.complex128 if weights.dtype.kind == "c" else np.float64, copy=False)


def _before(name: str, origin: Any, taps: int) -> int:
    """Samples before the output's position that a correlation reads."""
    if type(origin) is int and origin == 0:
        return taps // 2
    origin = whole(name, origin)
    if not -(taps // 2) <= origin <= (taps - 1) // 2:
        raise ValueError(f"{name} = {origin}; allowed for {taps} taps: {-(taps // 2)} to "
                         f"{(taps - 1) // 2}")
    return taps // 2 + origin


def _correlate(x: np.ndarray, taps: np.ndarray, output: Any, mode: str, cval: complex,
               before: Sequence[int]) -> np.ndarray:
    out = _outputs.prepared(x, output, _is_complex(x, taps))
    _outputs.filtered(x, taps, before, -1, mode, cval, out)
    return out


def _is_complex(*arrays: np.ndarray) -> bool:
    return any(a.dtype.kind == "c" for a in arrays)


def _along(x: np.ndarray, taps: np.ndarray, axis: int, output: Any, mode: str, cval: complex,
           before: int, divisor: int = 1) -> np.ndarray:
    """One pass along one axis."""
    axis = _axis(axis, x.ndim)
    out = _outputs.prepared(x, output, _is_complex(x, taps))
    _outputs.filtered(x, taps, [before], axis, mode, cval, out, divisor)
    return out


def _axis(axis: Any, rank: int) -> int:
    if type(axis) is int and -rank <= axis < rank:
        return axis % rank
    return axes_of("axis", whole("axis", axis), rank)[0]


_Pass = Tuple[int, np.ndarray, int, int]  # axis, taps, samples before, divisor


def _series_of(x: np.ndarray, passes: Sequence[_Pass], output: Any, mode: Any,
               cval: complex) -> np.ndarray:
    """Pass after pass, each stored in the output's type."""
    modes = for_each_axis("mode", mode, x.ndim)
    for m in modes:
        _outputs.boundary_of(m)
    out = _outputs.prepared(x, output, _is_complex(x))
    if not passes:
        out[...] = x
    # Between passes bool holds what uint8 does; not 0 and 1 until the last one is done.
    between = out.view(np.uint8) if out.dtype.kind == "b" else out
    for axis, taps, before, divisor in passes:
        _outputs.filtered(x, taps, [before], axis, modes[axis], cval, between, divisor)
        x = between
    if between is not out and passes:
        np.not_equal(between, 0, out=out)
    return out


def _edges(input: Any, axis: int, output: Any, mode: Any, cval: complex,
           smooth: Sequence[float]) -> np.ndarray:
    input = operand("input", input, bools=True)
    axis = _axis(axis, input.ndim)
    if _is_one_kernel(input, output, mode, cval):
        out = _outputs.prepared(input, output, False)
        taps = _edge_kernel(input.ndim, axis, tuple(smooth))
        _outputs.filtered(input, taps, [1] * input.ndim, -1, mode, cval, out)
        return out
    passes = [(axis, _DIFFERENCE, 1, 1)]
    passes += [(a, np.array(smooth), 1, 1) for a in range(input.ndim) if a != axis]
    return _series_of(input, passes, output, mode, cval)


def _is_one_kernel(x: np.ndarray, output: Any, mode: Any, cval: complex) -> bool:
    """Whether passes may be one kernel: integers wrap alike before a sum and after.

    Not where what lies outside differs from one pass to the next, nor where wrapped integers are
    too large for the sums to be exact.
    """
    if output is not None and _outputs.type_for(x, output, _is_complex(x)) != x.dtype:
        return False
    return (type(mode) is str and 1 < x.ndim <= 3 and
            (mode not in ("constant", "grid-constant") or (type(cval) is float and cval == 0.0)) and
            (x.dtype.kind == "f" or (x.dtype.kind in "iu" and x.dtype.itemsize < 8)))


@functools.lru_cache(maxsize=8)
def _laplace_kernel(rank: int) -> np.ndarray:
    kernel = np.zeros((3,) * rank)
    for axis in range(rank):
        kernel[tuple(slice(None) if a == axis else 1 for a in range(rank))] += _SECOND
    return kernel


@functools.lru_cache(maxsize=64)
def _edge_kernel(rank: int, axis: int, smooth: Tuple[float, ...]) -> np.ndarray:
    kernel = np.ones(())
    for a in range(rank):
        kernel = np.multiply.outer(kernel, _DIFFERENCE if a == axis else np.array(smooth))
    return kernel
