"""What every layer asks of its arguments: items, types, and numbers for each axis."""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

from ._arguments import for_each_axis, operand, whole

PerAxis = Union[int, Sequence[int]]
PaddingLike = Union[str, int, Sequence[Union[int, Tuple[int, int]]]]
Pair = Tuple[int, int]


def floats(name: str, value: Any, like: Optional[np.ndarray] = None) -> np.ndarray:
    """float32 or float64; the type of input, which is `like`, where that is given."""
    array = operand(name, value)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} has dtype {array.dtype}; allowed: float32 and float64")
    if like is not None and array.dtype != like.dtype:
        raise TypeError(f"{name} has dtype {array.dtype}; input of {like.dtype} allows the same "
                        "only")
    return array if array.flags.aligned else array.copy()


def items_of(name: str, array: np.ndarray, rank: int, what: str) -> Tuple[np.ndarray, bool]:
    """[item, channel, axis...] without gaps within a channel, and whether it was a single item.

    `what` has that rank, for the message.
    """
    if array.ndim not in (rank + 1, rank + 2):
        raise ValueError(f"{name} has {array.ndim} axes; {what} allows {rank + 2}, or {rank + 1} "
                         "for a single item")
    single = array.ndim == rank + 1
    return without_gaps(array[None] if single else array), single


def without_gaps(x: np.ndarray) -> np.ndarray:
    """Itself where every channel's samples are row-major, else a copy."""
    if x.size == 0 or (x[0, 0].flags.c_contiguous and x.flags.aligned):
        return x
    return np.ascontiguousarray(x)


def gradient_of(grad: Any, items: np.ndarray, single: bool) -> np.ndarray:
    """The gradient of a layer's output, as items; what was a single item there is one here."""
    grad = floats("grad", grad, items)
    if grad.ndim != items.ndim - single:
        raise ValueError(f"grad has {grad.ndim} axes; input allows {items.ndim - single}")
    return without_gaps(grad[None] if single else grad)


def steps(name: str, value: PerAxis, rank: int, least: int = 1) -> List[int]:
    return [whole(name, v, least) for v in for_each_axis(name, value, rank)]


def pairs(padding: Any, rank: int) -> List[Pair]:
    """(before, after) for every axis from one number, or a number or a pair for each axis."""
    result = []
    for value in for_each_axis("padding", padding, rank):
        pair = tuple(value) if np.iterable(value) else (value, value)
        if len(pair) != 2:
            raise ValueError(f"padding has {value!r} for an axis; allowed: a number or a pair "
                             "(before, after)")
        result.append((whole("padding", pair[0], 0), whole("padding", pair[1], 0)))
    return result


def paddings(padding: PaddingLike, taps: Sequence[int], strides: Sequence[int],
             dilations: Sequence[int]) -> List[Pair]:
    """The same, or from "valid" or "same"."""
    if not isinstance(padding, str):
        return pairs(padding, len(taps))
    if padding == "valid":
        return [(0, 0)] * len(taps)
    if padding != "same":
        raise ValueError(f"padding = {padding!r}; allowed: 'valid', 'same' or numbers")
    if any(s != 1 for s in strides):
        raise ValueError(f"stride = {tuple(strides)} with padding = 'same'; allowed: 1")
    reach = [d * (k - 1) for k, d in zip(taps, dilations)]
    return [(r // 2, r - r // 2) for r in reach]
