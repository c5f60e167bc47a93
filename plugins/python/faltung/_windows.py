"""The window of a pooling layer, from arguments as PyTorch has them."""
from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from . import _faltung
from ._arguments import for_each_axis
from ._layers import PerAxis, floats, items_of, pairs, steps


class Pooled(NamedTuple):
    """An input to pool: [item, channel, axis...], whether it was one item, and the window."""
    items: np.ndarray
    single: bool
    window: _faltung.Window


def rank_of(input: np.ndarray, each: Any) -> int:
    """Axes to pool along: as many as `each` has values, else all after item and channel."""
    return len(tuple(each)) if np.iterable(each) else input.ndim - 2


def spatial(input: Any, each: Any, rank: Optional[int]) -> Tuple[np.ndarray, bool]:
    """Items from an input that is pooled along `rank` axes (None: rank_of)."""
    input = floats("input", input)
    axes = rank_of(input, each) if rank is None else rank
    if axes < 1:
        raise ValueError(f"input of shape {input.shape}; allowed: item, channel and at least one "
                         "axis (a single item only where each axis has its own value)")
    return items_of("input", input, axes, f"pooling along {axes} axes")


def pooled(input: Any, kernel_size: PerAxis, stride: Optional[PerAxis], padding: Any,
           dilation: PerAxis, ceil_mode: bool, rank: Optional[int]) -> Pooled:
    items, single = spatial(input, kernel_size, rank)
    return Pooled(items, single, window(items.ndim - 2, kernel_size, stride, padding, dilation,
                                        ceil_mode))


def window(rank: int, kernel_size: PerAxis, stride: Optional[PerAxis], padding: Any,
           dilation: PerAxis, ceil_mode: bool) -> _faltung.Window:
    size = steps("kernel_size", kernel_size, rank)
    around = pairs(padding, rank)
    for pair, k in zip(around, size):
        if max(pair) > k // 2:
            raise ValueError(f"padding = {pair}; allowed for kernel_size {k}: at most half of it, "
                             f"{k // 2}")
    between = size if _is_default(stride) else steps("stride", stride, rank)
    return size, between, around, steps("dilation", dilation, rank), bool(ceil_mode)


def _is_default(stride: Union[PerAxis, None]) -> bool:
    return stride is None or (np.iterable(stride) and len(tuple(stride)) == 0)


def output_sizes(name: str, value: Any, extents: Sequence[int]) -> Tuple[int, ...]:
    """One extent for each axis; None stands for the input's."""
    given = for_each_axis(name, value, len(extents))
    return tuple(n if v is None else steps(name, v, 1)[0] for v, n in zip(given, extents))
