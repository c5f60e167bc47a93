"""Batch normalisation, also folded into the convolution before it."""
from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np

from . import _faltung
from ._arguments import real, whole
from ._layers import floats, without_gaps


def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None,
               bias: Any = None, training: bool = False, momentum: float = 0.1,
               eps: float = 1e-5) -> np.ndarray:
    """(input - mean) / sqrt(variance + eps) * weight + bias, channel by channel.

    input: [item, channel, axis...], with any number of axes, also none. running_mean, running_var,
    weight (None: 1), bias (None: 0): one value for each channel. Evaluation takes the running
    statistics. training takes those of the batch (the variance divides by the count) and, where
    they are given, moves the running ones towards them in place: (1 - momentum) * old + momentum *
    new, the new variance dividing by the count - 1; they must then be writable arrays of floats.
    Errors: ValueError for counts that do not fit, variance + eps not above 0, training with less
    than two values for a channel; TypeError for types but float32 and float64.
    Source: Ioffe & Szegedy 2015; torch.nn.functional.batch_norm.
    """
    input = floats("input", input)
    if input.ndim < 2:
        raise ValueError(f"input of shape {input.shape}; allowed: item, channel, axis...")
    channels, eps = input.shape[1], real("eps", eps)
    scale, shift = _each("weight", weight, channels), _each("bias", bias, channels)
    if training:
        mean, variance = _statistics(input, running_mean, running_var, real("momentum", momentum))
    else:
        mean = _needed("running_mean", running_mean, channels)
        variance = _needed("running_var", running_var, channels)
    # Without axes an item is one sample of every channel.
    planes = without_gaps(input[..., None] if input.ndim == 2 else input)
    if planes.size == 0:
        return np.empty(input.shape, input.dtype)
    return _faltung.batch_norm(planes, mean, variance, scale, shift, eps).reshape(input.shape)


def batch_norm_backward(grad: Any, input: Any, running_mean: Any, running_var: Any,
                        weight: Any = None, training: bool = False, eps: float = 1e-5
                        ) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(d_input, d_weight, d_bias) from grad, the gradient of what `batch_norm` gives.

    Arguments as there; with training the batch's statistics, which depend on the input, are what
    was divided by, and the running ones may be None. grad has input's shape; the results have its
    type, d_weight and d_bias one value for each channel. Errors as there.
    Source: Ioffe & Szegedy 2015, section 3.
    """
    input, grad = floats("input", input), floats("grad", grad)
    if input.ndim < 2:
        raise ValueError(f"input of shape {input.shape}; allowed: item, channel, axis...")
    if grad.shape != input.shape:
        raise ValueError(f"grad has shape {grad.shape}; allowed: {input.shape}")
    channels, eps = input.shape[1], real("eps", eps)
    if training:
        mean, variance = _statistics(input, None, None, 0)
    else:
        mean = _needed("running_mean", running_mean, channels)
        variance = _needed("running_var", running_var, channels)
    if channels and not (variance + eps > 0).all():
        raise ValueError(f"variance + eps = {(variance + eps).min()}; allowed: above 0")
    axes = (0, *range(2, input.ndim))
    along = (1, -1) + (1,) * (input.ndim - 2)
    scale = _each("weight", weight, channels)
    inverse = 1 / np.sqrt(variance + eps)
    standard = (input - mean.reshape(along)) * inverse.reshape(along)
    d_weight = (grad * standard).sum(axis=axes, dtype=np.float64)
    d_bias = grad.sum(axis=axes, dtype=np.float64)
    d_input = grad
    if training:
        count = input.size // channels
        d_input = grad - ((d_bias / count).reshape(along)
                          + standard * (d_weight / count).reshape(along))
    d_input = d_input * (inverse if scale is None else inverse * scale).reshape(along)
    return tuple(value.astype(input.dtype) for value in (d_input, d_weight, d_bias))


def fold_batch_norm(weight: Any, bias: Any, mean: Any, var: Any, gamma: Any = None,
                    beta: Any = None, eps: float = 1e-5, transposed: bool = False,
                    groups: int = 1) -> Tuple[np.ndarray, np.ndarray]:
    """(weight, bias) of a convolution that gives what this one gives followed by batch_norm.

    weight: as in `conv`, or with `transposed` as in `conv_transpose`, which needs its groups, too.
    bias (None: 0), mean, var, gamma (None: 1), beta (None: 0): one value for each output channel.
    Both results have weight's type; each value is rounded once.
    Errors as in `batch_norm`. Source: Jacob et al. 2018, section 3.2.
    """
    weight = floats("weight", weight)
    if weight.ndim < 3:
        raise ValueError(f"weight of shape {weight.shape}; allowed: two axes of channels and at "
                         "least one axis of taps")
    groups = whole("groups", groups, 1)
    channels = weight.shape[1] * groups if transposed else weight.shape[0]
    given = [_each(name, value, channels) for name, value in
             (("bias", bias), ("mean", mean), ("var", var), ("gamma", gamma), ("beta", beta))]
    for name, value in (("mean", given[1]), ("var", given[2])):
        _needed(name, value, channels)
    kernel, offsets = _faltung.fold_batch_norm(weight, *given, real("eps", eps), bool(transposed),
                                               groups)
    return kernel.astype(weight.dtype), offsets.astype(weight.dtype)


def _each(name: str, value: Any, channels: int) -> Optional[np.ndarray]:
    """One float64 for each channel."""
    if value is None:
        return None
    array = floats(name, value)
    if array.shape != (channels,):
        raise ValueError(f"{name} has shape {array.shape}; allowed for {channels} channels: "
                         f"({channels},)")
    return array.astype(np.float64)


def _needed(name: str, value: Any, channels: int) -> np.ndarray:
    array = _each(name, value, channels)
    if array is None:
        raise ValueError(f"{name} = None; allowed: one value for each of {channels} channels")
    return array


def _statistics(input: np.ndarray, running_mean: Any, running_var: Any, momentum: float
                ) -> Tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the batch, in float64; moves the running ones."""
    channels = input.shape[1]
    count = input.size // max(1, channels)
    if count < 2:
        raise ValueError(f"input of shape {input.shape} has {count} values for a channel; allowed "
                         "with training: at least 2")
    for name, running in (("running_mean", running_mean), ("running_var", running_var)):
        _check_running(name, running, channels)
    axes = (0, *range(2, input.ndim))
    mean = input.mean(axis=axes, dtype=np.float64)
    variance = input.var(axis=axes, dtype=np.float64)
    for running, new in ((running_mean, mean), (running_var, variance * count / (count - 1))):
        if running is not None:
            running[...] = (1 - momentum) * running + momentum * new
    return mean, variance


def _check_running(name: str, running: Any, channels: int) -> None:
    if running is None:
        return
    _each(name, running, channels)
    if not isinstance(running, np.ndarray) or not running.flags.writeable:
        raise ValueError(f"{name} cannot be moved; allowed with training: a writable array or "
                         "None")
