"""Pooling to given extents, over everything, and back to where the maxima were."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

from . import _faltung
from ._layers import PerAxis, floats, gradient_of, items_of, without_gaps
from ._windows import output_sizes, rank_of, spatial, window

Sizes = Union[int, None, Sequence[Optional[int]]]
Indexed = Union[np.ndarray, Tuple[np.ndarray, np.ndarray]]


def adaptive_avg_pool(input: Any, output_size: Sizes) -> np.ndarray:
    """The means of as many windows as output_size says: together they cover the input.

    input: [item, channel, axis...]; [channel, axis...] where output_size has a value for each axis.
    output_size: one for all axes or one for each; None: the input's. Window m of o along n samples
    is [m * n // o, ceil((m + 1) * n / o)).
    Errors: ValueError for extents below 1; TypeError for types but float32 and float64.
    Source: torch.nn.functional.adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d.
    """
    return _adaptive_avg(None, input, output_size)


def adaptive_avg_pool1d(input: Any, output_size: Sizes) -> np.ndarray:
    """adaptive_avg_pool for series: [item, channel, n] or [channel, n]."""
    return _adaptive_avg(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Sizes) -> np.ndarray:
    """adaptive_avg_pool for images: [item, channel, row, column] or [channel, row, column]."""
    return _adaptive_avg(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Sizes) -> np.ndarray:
    """adaptive_avg_pool for volumes: [item, channel, slice, row, column], or without the item."""
    return _adaptive_avg(3, input, output_size)


def adaptive_avg_pool_backward(grad: Any, input: Any, output_size: Sizes) -> np.ndarray:
    """The input's gradient from grad, that of what `adaptive_avg_pool` gives.

    Of input only shape and type matter.
    """
    items, single = spatial(input, output_size, None)
    grad = gradient_of(grad, items, single)
    wanted = items.shape[:2] + output_sizes("output_size", output_size, items.shape[2:])
    if grad.shape != wanted:
        raise ValueError(f"grad has shape {grad.shape[single:]}; allowed: {wanted[single:]}")
    result = _faltung.adaptive_avg_pool_backward(grad, items.shape)
    return result[0] if single else result


def adaptive_max_pool(input: Any, output_size: Sizes, return_indices: bool = False) -> Indexed:
    """The largest samples of as many windows as output_size says.

    Arguments and windows as in `adaptive_avg_pool`, indices as in `max_pool`.
    Source: torch.nn.functional.adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d.
    """
    return _adaptive_max(None, input, output_size, return_indices)


def adaptive_max_pool1d(input: Any, output_size: Sizes, return_indices: bool = False) -> Indexed:
    """adaptive_max_pool for series: [item, channel, n] or [channel, n]."""
    return _adaptive_max(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Sizes, return_indices: bool = False) -> Indexed:
    """adaptive_max_pool for images: [item, channel, row, column] or [channel, row, column]."""
    return _adaptive_max(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Sizes, return_indices: bool = False) -> Indexed:
    """adaptive_max_pool for volumes: [item, channel, slice, row, column], or without the item."""
    return _adaptive_max(3, input, output_size, return_indices)


def adaptive_max_pool_backward(grad: Any, input: Any, output_size: Sizes) -> np.ndarray:
    """The input's gradient from grad, that of what `adaptive_max_pool` gives.

    Each value goes to the sample that had won; where windows overlap they add. With output_size 1
    it is that of `global_max_pool`.
    """
    items, single = spatial(input, output_size, None)
    _, indices = _faltung.adaptive_max_pool(items, output_sizes("output_size", output_size,
                                                                items.shape[2:]))
    grad = gradient_of(grad, items, single)
    if grad.shape != indices.shape:
        raise ValueError(f"grad has shape {grad.shape[single:]}; allowed: {indices.shape[single:]}")
    result = _faltung.scatter_add(grad, indices, items.shape)
    return result[0] if single else result


def global_avg_pool(input: Any) -> np.ndarray:
    """The mean of every channel: [item, channel, axis...] gives [item, channel, 1...].

    Its gradient is `adaptive_avg_pool_backward` with output_size 1.
    Source: ONNX GlobalAveragePool.
    """
    return _adaptive_avg(None, input, 1)


def global_max_pool(input: Any) -> np.ndarray:
    """The largest sample of every channel: [item, channel, axis...] gives [item, channel, 1...].

    Source: ONNX GlobalMaxPool.
    """
    result = _adaptive_max(None, input, 1, False)
    assert isinstance(result, np.ndarray)
    return result


def max_unpool(input: Any, indices: Any, kernel_size: PerAxis, stride: Optional[PerAxis] = None,
               padding: PerAxis = 0, output_size: Optional[Sequence[int]] = None) -> np.ndarray:
    """Samples back where `max_pool` found them, zeros elsewhere.

    input, indices: as `max_pool` with return_indices gave them. output_size: the extents, alone or
    after those of item and channel; None: (n - 1) * stride + kernel_size - 2 * padding along an
    axis. Others must lie within one stride of that. Where two samples share a place the last stays.
    Errors: ValueError for shapes and indices that do not fit.
    Source: torch.nn.functional.max_unpool1d, max_unpool2d, max_unpool3d.
    """
    return _max_unpool(None, input, indices, kernel_size, stride, padding, output_size)


def max_unpool1d(input: Any, indices: Any, kernel_size: PerAxis, stride: Optional[PerAxis] = None,
                 padding: PerAxis = 0, output_size: Optional[Sequence[int]] = None) -> np.ndarray:
    """max_unpool for series: [item, channel, n] or [channel, n]."""
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input: Any, indices: Any, kernel_size: PerAxis, stride: Optional[PerAxis] = None,
                 padding: PerAxis = 0, output_size: Optional[Sequence[int]] = None) -> np.ndarray:
    """max_unpool for images: [item, channel, row, column] or [channel, row, column]."""
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(input: Any, indices: Any, kernel_size: PerAxis, stride: Optional[PerAxis] = None,
                 padding: PerAxis = 0, output_size: Optional[Sequence[int]] = None) -> np.ndarray:
    """max_unpool for volumes: [item, channel, slice, row, column], or without the item."""
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def max_unpool_backward(grad: Any, input: Any, indices: Any, kernel_size: PerAxis,
                        stride: Optional[PerAxis] = None, padding: PerAxis = 0,
                        output_size: Optional[Sequence[int]] = None) -> np.ndarray:
    """The input's gradient from grad, that of what `max_unpool` gives for these arguments.

    A sample whose place another one took after it has none: 0. Of input only shape and type matter.
    Errors as there.
    """
    items, where, extents, single = _unpooling(None, input, indices, kernel_size, stride, padding,
                                               output_size)
    grad = gradient_of(grad, items, single)
    if grad.shape != items.shape[:2] + extents:
        raise ValueError(f"grad has shape {grad.shape[single:]}; allowed: "
                         f"{(items.shape[:2] + extents)[single:]}")
    places = int(np.prod(extents))
    at = where.reshape(*items.shape[:2], -1)
    if at.size and not 0 <= at.min() <= at.max() < places:
        raise ValueError(f"indices lie from {at.min()} to {at.max()}; allowed: 0 to {places - 1}")
    order = np.broadcast_to(np.arange(at.shape[-1]), at.shape)
    last = np.zeros((*at.shape[:2], places), np.int64)
    np.put_along_axis(last, at, order, -1)
    stays = np.take_along_axis(last, at, -1) == order
    found = np.take_along_axis(grad.reshape(*at.shape[:2], places), at, -1)
    result = np.where(stays, found, 0).astype(items.dtype, copy=False).reshape(items.shape)
    return result[0] if single else result


def _adaptive_avg(rank: Optional[int], input: Any, output_size: Sizes) -> np.ndarray:
    items, single = spatial(input, output_size, rank)
    result = _faltung.adaptive_avg_pool(items, output_sizes("output_size", output_size,
                                                            items.shape[2:]))
    return result[0] if single else result


def _adaptive_max(rank: Optional[int], input: Any, output_size: Sizes, return_indices: bool
                  ) -> Indexed:
    items, single = spatial(input, output_size, rank)
    values, indices = _faltung.adaptive_max_pool(items, output_sizes("output_size", output_size,
                                                                     items.shape[2:]))
    if single:
        values, indices = values[0], indices[0]
    return (values, indices) if return_indices else values


def _max_unpool(rank: Optional[int], input: Any, indices: Any, kernel_size: PerAxis,
                stride: Optional[PerAxis], padding: PerAxis, output_size: Optional[Sequence[int]]
                ) -> np.ndarray:
    items, where, extents, single = _unpooling(rank, input, indices, kernel_size, stride, padding,
                                               output_size)
    result = _faltung.max_unpool(without_gaps(items), where, items.shape[:2] + extents)
    return result[0] if single else result


def _unpooling(rank: Optional[int], input: Any, indices: Any, kernel_size: PerAxis,
               stride: Optional[PerAxis], padding: PerAxis, output_size: Optional[Sequence[int]]
               ) -> Tuple[np.ndarray, np.ndarray, Tuple[int, ...], bool]:
    """(input with items, indices likewise, extents to fill, whether there was no item)."""
    input = floats("input", input)
    axes = rank_of(input, kernel_size) if rank is None else rank
    if axes < 1:
        raise ValueError(f"input of shape {input.shape}; allowed: item, channel and at least one "
                         "axis")
    items, single = items_of("input", input, axes, f"unpooling along {axes} axes")
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"indices have dtype {indices.dtype}; allowed: integers")
    if indices.shape != input.shape:
        raise ValueError(f"indices have shape {indices.shape}; input allows {input.shape}")
    where = np.ascontiguousarray(indices[None] if single else indices, dtype=np.int64)
    size, between, around, _, _ = window(axes, kernel_size, stride, padding, 1, False)
    extents = _unpooled_extents(items.shape, size, between, [sum(p) for p in around], output_size)
    return items, where, extents, single


def _unpooled_extents(shape: Tuple[int, ...], size: List[int], stride: List[int],
                      padding: List[int], output_size: Optional[Sequence[int]]
                      ) -> Tuple[int, ...]:
    usual = tuple((n - 1) * s + k - p for n, s, k, p in zip(shape[2:], stride, size, padding))
    if output_size is None:
        return usual
    given = tuple(output_size)
    if len(given) not in range(len(usual), len(usual) + 3):
        raise ValueError(f"output_size has {len(given)} values; allowed: {len(usual)}, one for "
                         "each axis")
    extents = output_sizes("output_size", given[-len(usual):], usual)
    for wanted, n, s in zip(extents, usual, stride):
        if not n - s < wanted < n + s:
            raise ValueError(f"output_size has {wanted} along an axis; allowed: {n - s + 1} to "
                             f"{n + s - 1}")
    return extents
