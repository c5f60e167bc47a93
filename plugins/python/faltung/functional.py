"""Layers of neural networks on NumPy arrays, as torch.nn.functional names and orders them.

Arrays: input [item, channel, axis...] or [channel, axis...], weight [out channel, in channel /
groups, tap...], bias [out channel]; all float32 or all float64, which is kept. Nothing is flipped:
out[o, m] = bias[o] + the sum over i, k of weight[o, i, k] * input[i, m * stride + k * dilation -
padding]. Errors are relative to the result's largest value: 1e-6 in float32, 1e-13 in float64.
"""
from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

from . import _engine
from ._arguments import for_each_axis, operand, whole

__all__ = ["conv", "conv1d", "conv2d", "conv3d"]

PerAxis = Union[int, Sequence[int]]
PaddingLike = Union[str, int, Sequence[Union[int, Tuple[int, int]]]]


def conv(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1, padding: PaddingLike = 0,
         dilation: PerAxis = 1, groups: int = 1) -> np.ndarray:
    """A convolution layer over as many axes as the weight has taps for.

    stride, dilation: at least 1; one for all axes or one for each. padding: zeros around the input:
    one number for all axes; for each axis a number or a pair (before, after); "valid" (none), or
    "same" (the input's extents, stride 1; an odd remainder goes after). groups: output channels of
    a group read that group's input channels only.
    Along an axis: (n + before + after - dilation * (taps - 1) - 1) // stride + 1 outputs.
    Errors: ValueError for axes, channels, groups and values that do not fit, a kernel larger than
    the padded input, taps that are not finite; TypeError for other or mixed types.
    Source: torch.nn.functional.conv1d, conv2d, conv3d; asymmetric pairs as in ONNX's Conv.
    """
    input, weight, bias = _same_type(input, weight, bias)
    rank = weight.ndim - 2
    if rank < 1:
        raise ValueError(f"weight of shape {weight.shape}; allowed: out channel, in channel / "
                         "groups and at least one axis of taps")
    if input.ndim not in (rank + 1, rank + 2):
        raise ValueError(f"input has {input.ndim} axes; weight of shape {weight.shape} allows "
                         f"{rank + 2}, or {rank + 1} for a single item")
    strides, dilations = (_steps(name, value, rank)
                          for name, value in (("stride", stride), ("dilation", dilation)))
    items = input if input.ndim == rank + 2 else input[None]
    result = _engine.correlate(
        items, weight, _paddings(padding, weight.shape[2:], strides, dilations), stride=strides,
        dilation=dilations, groups=whole("groups", groups, 1), bias=bias)
    return result if input.ndim == rank + 2 else result[0]


def conv1d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
           padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> np.ndarray:
    """conv for series: input [item, channel, n], weight [out, in / groups, k]."""
    return _of_rank(1, weight, input, bias, stride, padding, dilation, groups)


def conv2d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
           padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> np.ndarray:
    """conv for images: input [item, channel, row, column], weight [out, in / groups, k, k]."""
    return _of_rank(2, weight, input, bias, stride, padding, dilation, groups)


def conv3d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
           padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> np.ndarray:
    """conv for volumes: input [item, channel, slice, row, column], kernels k x k x k."""
    return _of_rank(3, weight, input, bias, stride, padding, dilation, groups)


def _of_rank(rank: int, weight: Any, input: Any, bias: Any, *options: Any) -> np.ndarray:
    if np.ndim(weight) != rank + 2:
        raise ValueError(f"weight has {np.ndim(weight)} axes; conv{rank}d allows {rank + 2}")
    return conv(input, weight, bias, *options)


def _same_type(input: Any, weight: Any, bias: Any
               ) -> Tuple[np.ndarray, np.ndarray, Optional[np.ndarray]]:
    input, weight = operand("input", input), operand("weight", weight)
    bias = None if bias is None else operand("bias", bias)
    if input.dtype.kind != "f":
        raise TypeError(f"input has dtype {input.dtype}; allowed: float32 and float64")
    for name, array in (("weight", weight), ("bias", bias)):
        if array is not None and array.dtype != input.dtype:
            raise TypeError(f"{name} has dtype {array.dtype}; input of {input.dtype} allows the "
                            "same only")
    if bias is not None and bias.ndim != 1:
        raise ValueError(f"bias has {bias.ndim} axes; allowed: 1, the output channel")
    return input, weight, bias


def _steps(name: str, value: PerAxis, rank: int) -> List[int]:
    return [whole(name, v, 1) for v in for_each_axis(name, value, rank)]


def _paddings(padding: PaddingLike, taps: Sequence[int], strides: Sequence[int],
              dilations: Sequence[int]) -> List[Tuple[int, int]]:
    if isinstance(padding, str):
        return _named_paddings(padding, taps, strides, dilations)
    result = []
    for value in for_each_axis("padding", padding, len(taps)):
        pair = tuple(value) if np.iterable(value) else (value, value)
        if len(pair) != 2:
            raise ValueError(f"padding has {value!r} for an axis; allowed: a number or a pair "
                             "(before, after)")
        result.append((whole("padding", pair[0], 0), whole("padding", pair[1], 0)))
    return result


def _named_paddings(padding: str, taps: Sequence[int], strides: Sequence[int],
                    dilations: Sequence[int]) -> List[Tuple[int, int]]:
    if padding == "valid":
        return [(0, 0)] * len(taps)
    if padding != "same":
        raise ValueError(f"padding = {padding!r}; allowed: 'valid', 'same' or numbers")
    if any(s != 1 for s in strides):
        raise ValueError(f"stride = {tuple(strides)} with padding = 'same'; allowed: 1")
    reach = [d * (k - 1) for k, d in zip(taps, dilations)]
    return [(r // 2, r - r // 2) for r in reach]
