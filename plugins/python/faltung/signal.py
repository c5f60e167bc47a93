"""Convolution as scipy.signal has it: the same arguments, shapes and modes.

Types: float32, float64, complex64 and complex128 are kept (mixed operands: numpy.result_type).
Integers give integers of numpy.result_type: exact, and wrapped as in C where the type does not
hold them; bool operands give bool, whether any product is true (`fftconvolve` and `oaconvolve`
take no bool). Others (float16, longdouble, object): TypeError. Errors are relative to the result's
largest value: 1e-6 in float32, 1e-13 in float64.

Modes: "full" (n + k - 1 values), "same" (n, those of the first operand, centred), "valid"
(|n - k| + 1: only where one operand lies within the other; the operands may be exchanged).
"""
from __future__ import annotations

import math
import time
from typing import Any, Callable, Dict, Optional, Sequence, Tuple, Union

import numpy as np

from . import _arrange, _engine, _extension, _faltung, _fir, _multirate
from ._arguments import axes_of, one_of, operand, whole

__all__ = ["choose_conv_method", "convolve", "convolve2d", "correlate", "correlate2d",
           "fftconvolve", "firwin", "oaconvolve", "upfirdn"]

_MODES = ("full", "same", "valid")
_METHODS = {"auto": "auto", "direct": "direct", "fft": "overlap_save"}
_BOUNDARIES = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> np.ndarray:
    """The sum over k of in1[m - k] * in2[k], in any rank.

    in1, in2: arrays of the same rank, at least one value each. mode: see the module. method:
    "auto" (the planner reads the kernel), "direct" or "fft"; integers are exact with each.
    Errors: ValueError for ranks that differ, empty operands, an unknown mode or method, "valid"
    where no operand holds the other, taps that are not finite; TypeError for other types.
    Source: scipy.signal.convolve.
    """
    quick = _faltung.convolve(in1, in2, mode, method, True)
    return _convolve(*_pair(in1, in2), mode, method) if quick is None else quick


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> np.ndarray:
    """The sum over k of in1[m + k] * conj(in2[k]): convolve with in2 reversed and conjugated.

    Arguments, shapes and errors as in `convolve`. Source: scipy.signal.correlate.
    """
    quick = _faltung.convolve(in1, in2, mode, method, False)
    if quick is not None:
        return quick
    in1, in2 = _pair(in1, in2)
    reversed2 = in2[(slice(None, None, -1),) * in2.ndim]
    return _convolve(in1, _arrange.conjugate(reversed2), mode, method)


def fftconvolve(in1: Any, in2: Any, mode: str = "full",
                axes: Optional[Union[int, Sequence[int]]] = None) -> np.ndarray:
    """convolve along some axes, over batches: the remaining axes broadcast.

    in1, in2: the same rank. axes: those to convolve along; None: all of them. With "same" the
    remaining axes are cropped to in1's, too. Integers give float64 (their product where there
    is nothing to convolve). Empty operands give an empty array. The planner chooses the method, for
    the name promises a result, not a transform.
    Source: scipy.signal.fftconvolve.
    """
    in1, in2 = operand("in1", in1), operand("in2", in2)
    if in1.ndim != in2.ndim:
        raise ValueError(f"in2 has {in2.ndim} axes; in1 of shape {in1.shape} allows {in1.ndim}")
    one_of("mode", mode, _MODES)
    if in1.size == 0 or in2.size == 0:
        return np.array([])
    if in1.ndim == 0:
        return in1 * in2
    # An axis along which one of them has a single value is a factor's, whatever the mode.
    along = [a for a in axes_of("axes", axes, in1.ndim) if in1.shape[a] != 1 != in2.shape[a]]
    rest = [a for a in range(in1.ndim) if a not in along]
    for a in rest:
        if in1.shape[a] != in2.shape[a] and 1 not in (in1.shape[a], in2.shape[a]):
            raise ValueError(f"in2 has shape {in2.shape}; along axis {a}, which is not convolved, "
                             f"in1 of shape {in1.shape} allows {in1.shape[a]} or 1")
    if not along:
        result = in1 * in2
        return _arrange.cropped(result, in1.shape, rest) if mode == "same" else result
    in1, in2 = (a.astype(float) if a.dtype.kind in "iu" else a for a in (in1, in2))
    batch = np.broadcast_shapes(*(tuple(a.shape[i] for i in rest) for a in (in1, in2)))
    items = [_arrange.as_items(a, rest, along, batch) for a in (in1, in2)]
    result = _convolve_items(items[0], items[1], mode)
    result = np.moveaxis(result.reshape(*batch, *result.shape[1:]), range(in1.ndim), rest + along)
    return _arrange.cropped(result, in1.shape, rest) if mode == "same" else result


def oaconvolve(in1: Any, in2: Any, mode: str = "full",
               axes: Optional[Union[int, Sequence[int]]] = None) -> np.ndarray:
    """The same as `fftconvolve`: long operands are convolved piece by piece wherever that pays.

    Source: scipy.signal.oaconvolve.
    """
    return fftconvolve(in1, in2, mode, axes)


def convolve2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill",
               fillvalue: complex = 0) -> np.ndarray:
    """convolve for images, with a rule for what lies outside in1 ("full", "same").

    in1, in2: [row, column]. boundary: "fill" (with fillvalue), "wrap", or "symm" (mirrored, the
    edge repeated). Errors as in `convolve`. Source: scipy.signal.convolve2d.
    """
    quick = _faltung.convolve2d(in1, in2, mode, boundary, fillvalue, True)
    if quick is not None:
        return quick
    in1, in2 = _images(in1, in2, mode)
    if mode == "valid":
        in1, in2, _ = _arrange.larger_first(in1, in2)
    taps = in2[::-1, ::-1]
    return _correlate2d(in1, taps, mode, boundary, fillvalue, [k // 2 for k in in2.shape])


def correlate2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill",
                fillvalue: complex = 0) -> np.ndarray:
    """correlate for images, with a rule for what lies outside in1.

    As `convolve2d`; "same" with an even kernel lies one further down and right than in `correlate`.
    Exchanged operands ("valid") give the reversed result, in2 conjugated or what takes its place.
    Source: scipy.signal.correlate2d.
    """
    quick = _faltung.convolve2d(in1, in2, mode, boundary, fillvalue, False)
    if quick is not None:
        return quick
    in1, in2 = _images(in1, in2, mode)
    swapped = False
    if mode == "valid":
        in1, in2, swapped = _arrange.larger_first(in1, in2)
    result = _correlate2d(in1, _arrange.conjugate(in2), mode, boundary, fillvalue,
                          [(k - 1) // 2 for k in in2.shape])
    return result[::-1, ::-1] if swapped else result


def choose_conv_method(in1: Any, in2: Any, mode: str = "full", measure: bool = False
                       ) -> Union[str, Tuple[str, Dict[str, float]]]:
    """"direct" or "fft": which of them the planner takes in `convolve`.

    With measure both are run; the faster one is returned with {"direct": s, "fft": s}, the best of
    three in seconds. Source: scipy.signal.choose_conv_method.
    """
    in1, in2 = _pair(in1, in2)
    one_of("mode", mode, _MODES)
    if measure:
        times = {method: _best_time(lambda: _convolve(in1, in2, mode, method))
                 for method in ("direct", "fft")}
        return min(times, key=times.__getitem__), times
    signal, taps, padding = _arrange.arranged(in1[None], in2[None], mode)
    planes, weight, _ = _engine.real_planes(signal, taps, np.result_type(in1, in2))
    solver, _ = _engine.chosen(planes, weight, padding)
    return "fft" if solver in ("overlap_save", "partitioned") else "direct"


def upfirdn(h: Any, x: Any, up: int = 1, down: int = 1, axis: int = -1, mode: str = "constant",
            cval: complex = 0) -> np.ndarray:
    """x with `up` - 1 zeros after every sample, convolved with h, every `down`-th sample of that.

    h: [tap], any number but 0; x: any rank but 0. Gives ((n - 1) * up + taps - 1) // down + 1
    values along `axis`, of numpy.result_type(h, x, float32). mode says how x goes on beyond its
    ends: "constant" (cval), "symmetric", "reflect", "edge", "wrap", "smooth", "antisymmetric",
    "antireflect", "line". Errors: ValueError for other modes, axes, rates below 1, empty operands;
    TypeError for other types. Source: scipy.signal.upfirdn.
    """
    h, x = operand("h", h, bools=True), operand("x", x, bools=True)
    if h.ndim != 1 or h.size == 0:
        raise ValueError(f"h has shape {h.shape}; allowed: one axis with at least one tap")
    up, down = whole("up", up, 1), whole("down", down, 1)
    if x.ndim == 0:
        raise ValueError("x has no axes; allowed: at least 1")
    axis = axes_of("axis", whole("axis", axis), x.ndim)[0]
    one_of("mode", mode.lower() if isinstance(mode, str) else mode, _extension.MODES)
    if x.shape[axis] == 0:
        raise ValueError(f"x of shape {x.shape} is empty along axis; allowed: at least one value")
    result = np.result_type(h, x, np.float32)
    fill = operand("cval", cval)
    if fill.ndim != 0 or (fill.dtype.kind == "c" and result.kind != "c"):
        raise TypeError(f"cval = {cval!r}; allowed with {result}: one number of that kind")
    seen = x.reshape(math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1:]))
    y = _multirate.resampled(h.astype(result), seen, up, down, mode.lower(), fill.item(), result)
    return y.reshape(*x.shape[:axis], y.shape[1], *x.shape[axis + 1:])


def firwin(numtaps: int, cutoff: Any, width: Optional[float] = None, window: Any = "hamming",
           pass_zero: Union[bool, str] = True, scale: bool = True, nyq: Optional[float] = None,
           fs: Optional[float] = None) -> np.ndarray:
    """The taps of a filter with linear phase by the window method, [numtaps].

    cutoff: one or more ascending edges of the pass bands, between 0 and fs / 2 (fs: 2 where not
    given; nyq: fs / 2, out of use). width: of the transitions; then the window is the Kaiser window
    for it. window: a name, (name, parameter...) or the beta of a Kaiser window. pass_zero: whether
    0 is passed, or "lowpass", "highpass", "bandpass", "bandstop". scale: the gain in the middle of
    the first pass band (at 0, at fs / 2 where that is its edge) becomes 1. Errors: ValueError for
    edges and windows that do not fit, and for even numtaps where fs / 2 is passed.
    Source: scipy.signal.firwin.
    """
    return _fir.firwin(numtaps, cutoff, width, window, pass_zero, scale, nyq, fs)


def _best_time(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def _pair(in1: Any, in2: Any) -> Tuple[np.ndarray, np.ndarray]:
    in1, in2 = operand("in1", in1, bools=True), operand("in2", in2, bools=True)
    if in1.ndim != in2.ndim:
        raise ValueError(f"in2 has {in2.ndim} axes; in1 of shape {in1.shape} allows {in1.ndim}")
    for name, a in (("in1", in1), ("in2", in2)):
        if a.size == 0:
            raise ValueError(f"{name} of shape {a.shape} is empty; allowed: at least one value")
    return in1, in2


def _images(in1: Any, in2: Any, mode: str) -> Tuple[np.ndarray, np.ndarray]:
    in1, in2 = _pair(in1, in2)
    one_of("mode", mode, _MODES)
    if in1.ndim != 2:
        raise ValueError(f"in1 has {in1.ndim} axes; allowed: 2")
    return in1, in2


def _convolve(in1: np.ndarray, in2: np.ndarray, mode: str, method: str) -> np.ndarray:
    one_of("mode", mode, _MODES)
    one_of("method", method, tuple(_METHODS))
    if in1.ndim == 0:
        return in1 * in2
    return _convolve_items(in1[None], in2[None], mode, _METHODS[method])[0]


def _convolve_items(x: np.ndarray, k: np.ndarray, mode: str, method: str = "auto") -> np.ndarray:
    """x and k [item, axis...]; one of them may have a single item."""
    signal, taps, padding = _arrange.arranged(x, k, mode)
    return _arrange.typed(signal, taps, padding, np.result_type(x, k), method=method)


def _correlate2d(in1: np.ndarray, taps: np.ndarray, mode: str, boundary: str, fillvalue: complex,
                 same: Sequence[int]) -> np.ndarray:
    one_of("boundary", boundary, tuple(_BOUNDARIES))
    fill = operand("fillvalue", fillvalue)
    result = np.result_type(in1, taps)
    if fill.ndim != 0:
        raise ValueError(f"fillvalue has shape {fill.shape}; allowed: one number")
    if result.kind in "iub" and not (np.isfinite(fill) and fill == np.rint(fill)):
        raise ValueError(f"fillvalue = {fillvalue}; allowed with {result}: an integer")
    if fill.dtype.kind == "c" and result.kind != "c":
        raise TypeError(f"fillvalue = {fillvalue} is complex; allowed with {result}: a real number")
    padding = [{"full": (k - 1, k - 1), "same": (lo, k - 1 - lo), "valid": (0, 0)}[mode]
               for k, lo in zip(taps.shape, same)]
    return _arrange.typed(in1[None], taps[None], padding, result, boundary=_BOUNDARIES[boundary],
                  constant=fill.item() if boundary == "fill" else 0.0)[0]
