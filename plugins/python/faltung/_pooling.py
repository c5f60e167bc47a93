"""Maximum, mean and power-mean over moving windows, and the gradients of them."""
from __future__ import annotations

from typing import Any, Optional, Tuple, Union

import numpy as np

from . import _faltung
from ._arguments import real, whole
from ._layers import PerAxis, gradient_of
from ._windows import pooled

Stride = Optional[PerAxis]
Indexed = Union[np.ndarray, Tuple[np.ndarray, np.ndarray]]


def max_pool(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
             dilation: PerAxis = 1, ceil_mode: bool = False, return_indices: bool = False
             ) -> Indexed:
    """The largest sample of every window.

    input: [item, channel, axis...]; [channel, axis...] where kernel_size has a value for each axis.
    kernel_size, stride (None: kernel_size), dilation: one for all axes or one for each. padding: at
    most half the window, which never wins; a number, or for each axis a number or a pair (before,
    after). ceil_mode: the last window may hang over the end, not begin in the padding after it.
    return_indices: (maxima, int64 places in the channel, row-major over its axes); the first of
    equal ones; NaN wins.
    Along an axis: (n + before + after - dilation * (kernel_size - 1) - 1) // stride + 1 outputs,
    rounded up with ceil_mode. Errors: ValueError for values that do not fit and for windows without
    a sample of the input (where PyTorch gives -inf); TypeError for types but float32 and float64.
    Source: torch.nn.functional.max_pool1d, max_pool2d, max_pool3d.
    """
    return _max_pool(None, input, kernel_size, stride, padding, dilation, ceil_mode,
                     return_indices)


def max_pool1d(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
               dilation: PerAxis = 1, ceil_mode: bool = False, return_indices: bool = False
               ) -> Indexed:
    """max_pool for series: [item, channel, n] or [channel, n]."""
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
               dilation: PerAxis = 1, ceil_mode: bool = False, return_indices: bool = False
               ) -> Indexed:
    """max_pool for images: [item, channel, row, column] or [channel, row, column]."""
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
               dilation: PerAxis = 1, ceil_mode: bool = False, return_indices: bool = False
               ) -> Indexed:
    """max_pool for volumes: [item, channel, slice, row, column], or without the item."""
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool_backward(grad: Any, input: Any, kernel_size: PerAxis, stride: Stride = None,
                      padding: Any = 0, dilation: PerAxis = 1, ceil_mode: bool = False
                      ) -> np.ndarray:
    """The input's gradient from grad, the gradient of what `max_pool` gives for these arguments.

    Each value goes to the sample that had won; where windows overlap they add. Errors as there.
    """
    items, single, w = pooled(input, kernel_size, stride, padding, dilation, ceil_mode, None)
    _, indices = _faltung.max_pool_with_indices(items, w)
    grad = gradient_of(grad, items, single)
    result = _faltung.scatter_add(grad, indices, items.shape)
    return result[0] if single else result


def avg_pool(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
             ceil_mode: bool = False, count_include_pad: bool = True,
             divisor_override: Optional[int] = None) -> np.ndarray:
    """The mean of every window; zeros lie around the input.

    Arguments and outputs as in `max_pool`. The sum is divided by divisor_override (not 0), else by
    the samples of the window inside the padded input, else (count_include_pad False) inside the
    input; what ceil_mode lets hang over the padding never counts.
    Source: torch.nn.functional.avg_pool1d, avg_pool2d, avg_pool3d.
    """
    return _avg_pool(None, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                     divisor_override)


def avg_pool1d(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
               ceil_mode: bool = False, count_include_pad: bool = True) -> np.ndarray:
    """avg_pool for series: [item, channel, n] or [channel, n]."""
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: Optional[int] = None) -> np.ndarray:
    """avg_pool for images: [item, channel, row, column] or [channel, row, column]."""
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                     divisor_override)


def avg_pool3d(input: Any, kernel_size: PerAxis, stride: Stride = None, padding: Any = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: Optional[int] = None) -> np.ndarray:
    """avg_pool for volumes: [item, channel, slice, row, column], or without the item."""
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
                     divisor_override)


def avg_pool_backward(grad: Any, input: Any, kernel_size: PerAxis, stride: Stride = None,
                      padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True,
                      divisor_override: Optional[int] = None) -> np.ndarray:
    """The input's gradient from grad, the gradient of what `avg_pool` gives for these arguments.

    Of input only shape and type matter. Errors as there.
    """
    items, single, w = pooled(input, kernel_size, stride, padding, 1, ceil_mode, None)
    grad = gradient_of(grad, items, single)
    result = _faltung.avg_pool_backward(grad, items.shape, w, bool(count_include_pad),
                                        _divisor(divisor_override))
    return result[0] if single else result


def lp_pool(input: Any, norm_type: float, kernel_size: PerAxis, stride: Stride = None,
            ceil_mode: bool = False) -> np.ndarray:
    """(the sum of |x| ** norm_type) ** (1 / norm_type) of every window; norm_type is at least 1.

    Arguments and outputs as in `max_pool`, without padding. PyTorch takes x instead of |x|, which
    differs for odd powers of negative samples, and raises the sum of a window that hangs over the
    end (ceil_mode) as if it were full; this is the definition, as in ONNX's LpPool.
    Source: torch.nn.functional.lp_pool1d, lp_pool2d.
    """
    return _lp_pool(None, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool1d(input: Any, norm_type: float, kernel_size: PerAxis, stride: Stride = None,
              ceil_mode: bool = False) -> np.ndarray:
    """lp_pool for series: [item, channel, n] or [channel, n]."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: PerAxis, stride: Stride = None,
              ceil_mode: bool = False) -> np.ndarray:
    """lp_pool for images: [item, channel, row, column] or [channel, row, column]."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool_backward(grad: Any, input: Any, norm_type: float, kernel_size: PerAxis,
                     stride: Stride = None, ceil_mode: bool = False) -> np.ndarray:
    """The input's gradient from grad, the gradient of what `lp_pool` gives; 0 where that was 0."""
    items, single, w = pooled(input, kernel_size, stride, 0, 1, ceil_mode, None)
    p, grad = real("norm_type", norm_type), gradient_of(grad, items, single)
    result = _faltung.lp_pool_backward(grad, items, _faltung.lp_pool(items, w, p), w, p)
    return result[0] if single else result


def _max_pool(rank: Optional[int], input: Any, kernel_size: PerAxis, stride: Stride, padding: Any,
              dilation: PerAxis, ceil_mode: bool, return_indices: bool) -> Indexed:
    items, single, w = pooled(input, kernel_size, stride, padding, dilation, ceil_mode, rank)
    if not return_indices:
        result = _faltung.max_pool(items, w)
        return result[0] if single else result
    values, indices = _faltung.max_pool_with_indices(items, w)
    return (values[0], indices[0]) if single else (values, indices)


def _avg_pool(rank: Optional[int], input: Any, kernel_size: PerAxis, stride: Stride, padding: Any,
              ceil_mode: bool, count_include_pad: bool, divisor_override: Optional[int]
              ) -> np.ndarray:
    items, single, w = pooled(input, kernel_size, stride, padding, 1, ceil_mode, rank)
    result = _faltung.avg_pool(items, w, bool(count_include_pad), _divisor(divisor_override))
    return result[0] if single else result


def _lp_pool(rank: Optional[int], input: Any, norm_type: float, kernel_size: PerAxis,
             stride: Stride, ceil_mode: bool) -> np.ndarray:
    items, single, w = pooled(input, kernel_size, stride, 0, 1, ceil_mode, rank)
    result = _faltung.lp_pool(items, w, real("norm_type", norm_type))
    return result[0] if single else result


def _divisor(value: Optional[int]) -> Optional[int]:
    if value is None:
        return None
    divisor = whole("divisor_override", value)
    if divisor == 0:
        raise ValueError("divisor_override = 0; allowed: any other integer, or None")
    return divisor
