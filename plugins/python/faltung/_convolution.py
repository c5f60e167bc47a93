"""Convolution layers, transposed ones, and both backwards."""
from __future__ import annotations

import math
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from . import _engine, _faltung
from ._arguments import whole
from ._layers import (Pair, PaddingLike, PerAxis, floats, gradient_of, items_of, paddings, pairs,
                      steps)

Gradients = Tuple[np.ndarray, np.ndarray, np.ndarray]


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
    quick = _faltung.layer(input, weight, bias, stride, padding, dilation, groups)
    if quick is not None:
        return quick
    items, weight, shift, single = _operands(input, weight, bias)
    strides, dilations, padding = _geometry(weight, stride, padding, dilation)
    result = _engine.correlate(items, weight, padding, stride=strides, dilation=dilations,
                               groups=whole("groups", groups, 1), bias=shift)
    return result[0] if single else result


def conv1d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
           padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> np.ndarray:
    """conv for series: input [item, channel, n], weight [out, in / groups, k]."""
    _of_rank(1, weight, "conv1d")
    return conv(input, weight, bias, stride, padding, dilation, groups)


def conv2d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
           padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> np.ndarray:
    """conv for images: input [item, channel, row, column], weight [out, in / groups, k, k]."""
    _of_rank(2, weight, "conv2d")
    return conv(input, weight, bias, stride, padding, dilation, groups)


def conv3d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
           padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> np.ndarray:
    """conv for volumes: input [item, channel, slice, row, column], kernels k x k x k."""
    _of_rank(3, weight, "conv3d")
    return conv(input, weight, bias, stride, padding, dilation, groups)


def explain(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
            padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> Dict[str, Any]:
    """How `conv` would do this, without doing it.

    {"output_shape", "receptive_field" and "stride" (for each axis), "flops" (of the definition:
    2 for each tap of each output, 1 for a bias), "bytes_moved" (input, weight and bias read once,
    the output written once), "algorithm", "candidates"}, the last as in `Pipeline.report`, the
    chosen one first; "seconds_per_position" is for one output position of the first axis of one
    item on one thread. Errors as in `conv`.
    """
    items, weight, shift, single = _operands(input, weight, bias)
    strides, dilations, around = _geometry(weight, stride, padding, dilation)
    found = _engine.candidates(items, weight, around, strides, dilations,
                               whole("groups", groups, 1))
    fields = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilations)]
    extents = tuple((n + lo + hi - e) // s + 1 for n, (lo, hi), e, s
                    in zip(items.shape[2:], around, fields, strides))
    shape = (*items.shape[:1][single:], weight.shape[0], *extents)
    samples = items.shape[0] * weight.shape[0] * math.prod(extents)
    taps = math.prod(weight.shape[1:])
    read = items.size + weight.size + (0 if shift is None else shift.size)
    return {"output_shape": shape, "receptive_field": fields, "stride": strides,
            "flops": samples * (2 * taps + (shift is not None)),
            "bytes_moved": (read + samples) * items.itemsize, "algorithm": found[0][0],
            "candidates": [{"solver": solver, "detail": detail, "seconds_per_position": seconds,
                            "error": error, "chosen": n == 0}
                           for n, (solver, detail, seconds, error) in enumerate(found)]}


def conv_backward(grad: Any, input: Any, weight: Any, stride: PerAxis = 1,
                  padding: PaddingLike = 0, dilation: PerAxis = 1, groups: int = 1) -> Gradients:
    """(d_input, d_weight, d_bias) from grad, the gradient of what `conv` gives.

    grad: of conv's shape for these arguments, input's type. The gradients have the shapes of input,
    weight and bias ([out channel]) and their type; sums over items are taken in float64.
    Errors as in `conv`. Source: Dumoulin & Visin 2016, chapter 4; PyTorch's autograd.
    """
    items, weight, _, single = _operands(input, weight, None)
    grad = gradient_of(grad, items, single)
    geometry = _geometry(weight, stride, padding, dilation)
    return _single(_faltung.conv_backward(grad, items, weight, _packed(*geometry, groups)), single)


def conv_transpose(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
                   padding: Any = 0, output_padding: PerAxis = 0, groups: int = 1,
                   dilation: PerAxis = 1) -> np.ndarray:
    """The adjoint of `conv` with the same weight, over as many axes as that has taps for.

    input: [item, channel, axis...] or [channel, axis...]; weight [in channel, out channel / groups,
    tap...]. Sample i spreads weight[.., k] * x[i] to i * stride + k * dilation - before. padding:
    what is cut off the output, a number or for each axis a number or a pair (before, after).
    output_padding: rows more at the end, below stride or dilation; they are ordinary outputs.
    Along an axis: stride * (n - 1) + dilation * (taps - 1) + 1 + output_padding - before - after.
    Errors as in `conv`; ValueError where padding leaves no output.
    Source: torch.nn.functional.conv_transpose1d, conv_transpose2d, conv_transpose3d.
    """
    items, weight, shift, single = _operands(input, weight, bias)
    geometry, more = _transposed(weight, stride, padding, output_padding, groups, dilation)
    result = _faltung.conv_transpose(items, weight, shift, geometry, more)
    return result[0] if single else result


def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
                     padding: Any = 0, output_padding: PerAxis = 0, groups: int = 1,
                     dilation: PerAxis = 1) -> np.ndarray:
    """conv_transpose for series: weight [in, out / groups, k]."""
    _of_rank(1, weight, "conv_transpose1d")
    return conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
                     padding: Any = 0, output_padding: PerAxis = 0, groups: int = 1,
                     dilation: PerAxis = 1) -> np.ndarray:
    """conv_transpose for images: weight [in, out / groups, k, k]."""
    _of_rank(2, weight, "conv_transpose2d")
    return conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1,
                     padding: Any = 0, output_padding: PerAxis = 0, groups: int = 1,
                     dilation: PerAxis = 1) -> np.ndarray:
    """conv_transpose for volumes: weight [in, out / groups, k, k, k]."""
    _of_rank(3, weight, "conv_transpose3d")
    return conv_transpose(input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose_backward(grad: Any, input: Any, weight: Any, stride: PerAxis = 1,
                            padding: Any = 0, output_padding: PerAxis = 0, groups: int = 1,
                            dilation: PerAxis = 1) -> Gradients:
    """(d_input, d_weight, d_bias) from grad, the gradient of what `conv_transpose` gives.

    Shapes, types and errors as in `conv_backward`.
    """
    items, weight, _, single = _operands(input, weight, None)
    grad = gradient_of(grad, items, single)
    geometry, more = _transposed(weight, stride, padding, output_padding, groups, dilation)
    gradients = _faltung.conv_transpose_backward(grad, items, weight, geometry, more)
    return _single(gradients, single)


def _operands(input: Any, weight: Any, bias: Any
              ) -> Tuple[np.ndarray, np.ndarray, Optional[np.ndarray], bool]:
    input = floats("input", input)
    weight = np.ascontiguousarray(floats("weight", weight, input))
    if bias is not None:
        bias = np.ascontiguousarray(floats("bias", bias, input))
        if bias.ndim != 1:
            raise ValueError(f"bias has {bias.ndim} axes; allowed: 1, the output channel")
    if weight.ndim < 3:
        raise ValueError(f"weight of shape {weight.shape}; allowed: two axes of channels and at "
                         "least one axis of taps")
    items, single = items_of("input", input, weight.ndim - 2, f"weight of shape {weight.shape}")
    return items, weight, bias, single


def _of_rank(rank: int, weight: Any, name: str) -> None:
    if np.ndim(weight) != rank + 2:
        raise ValueError(f"weight has {np.ndim(weight)} axes; {name} allows {rank + 2}")


def _geometry(weight: np.ndarray, stride: PerAxis, padding: PaddingLike, dilation: PerAxis
              ) -> Tuple[List[int], List[int], List[Pair]]:
    strides, dilations = (steps(name, value, weight.ndim - 2)
                          for name, value in (("stride", stride), ("dilation", dilation)))
    return strides, dilations, paddings(padding, weight.shape[2:], strides, dilations)


def _packed(strides: List[int], dilations: List[int], padding: List[Pair], groups: int
            ) -> _faltung.Geometry:
    return strides, dilations, padding, whole("groups", groups, 1)


def _transposed(weight: np.ndarray, stride: PerAxis, padding: Any, output_padding: PerAxis,
                groups: int, dilation: PerAxis) -> Tuple[_faltung.Geometry, List[int]]:
    rank = weight.ndim - 2
    more = steps("output_padding", output_padding, rank, 0)
    strides, dilations = steps("stride", stride, rank), steps("dilation", dilation, rank)
    for value, s, d in zip(more, strides, dilations):
        if value >= max(s, d):
            raise ValueError(f"output_padding = {value}; allowed for stride {s} and dilation {d}: "
                             f"0 to {max(s, d) - 1}")
    return _packed(strides, dilations, pairs(padding, rank), groups), more


def _single(gradients: Gradients, single: bool) -> Gradients:
    return (gradients[0][0], *gradients[1:]) if single else gradients
