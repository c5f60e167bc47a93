"""Interpolation to other extents, and its gradient."""
from __future__ import annotations

import math
from typing import Any, List, Optional, Sequence, Tuple, Union

import numpy as np

from . import _faltung
from ._arguments import for_each_axis, one_of, real, whole
from ._layers import floats, gradient_of, items_of
from ._places import adaptive_avg_pool, adaptive_avg_pool_backward

Factor = Union[None, float, Sequence[float]]

# By mode: the engine's kind, and how many axes it is for (None: any number).
_MODES = {"nearest": ("nearest", None), "nearest-exact": ("nearest-exact", None),
          "linear": ("linear", None), "bilinear": ("linear", 2), "trilinear": ("linear", 3),
          "area": ("area", None)}
_MOST_SCALE = 2.0 ** 28


def interpolate(input: Any, size: Any = None, scale_factor: Factor = None, mode: str = "nearest",
                align_corners: Optional[bool] = None,
                recompute_scale_factor: Optional[bool] = None) -> np.ndarray:
    """Resamples every axis of [item, channel, axis...] to `size`, or by `scale_factor`.

    size: the extents, one for all axes or one for each; or scale_factor, the same, which gives
    floor(n * scale_factor). mode: "nearest" (sample floor(m * step)), "nearest-exact" (floor((m +
    1/2) * step)), "linear" (any number of axes; "bilinear" 2, "trilinear" 3): between neighbours of
    (m + 1/2) * step - 1/2, held at the ends, or, with align_corners, of m * (n - 1) / (o - 1);
    "area": adaptive_avg_pool. step is n / o, or 1 / scale_factor where that is given, unless
    recompute_scale_factor. Nearest places are exact where step is n / o, also where PyTorch's
    float32 product falls just below a whole number.
    Errors: ValueError for modes and values that do not fit; TypeError for types but float32 and
    float64. Source: torch.nn.functional.interpolate (without bicubic and antialias).
    """
    items = _items(input)
    kind, extents, between = _options(items, size, scale_factor, mode, align_corners,
                                      recompute_scale_factor)
    if kind == "area":
        return adaptive_avg_pool(items, extents)
    return _faltung.interpolate(items, items.shape[:2] + extents, kind, between)


def interpolate_backward(grad: Any, input: Any, size: Any = None, scale_factor: Factor = None,
                         mode: str = "nearest", align_corners: Optional[bool] = None,
                         recompute_scale_factor: Optional[bool] = None) -> np.ndarray:
    """The input's gradient from grad, that of what `interpolate` gives for these arguments.

    Of input only shape and type matter.
    """
    items = _items(input)
    kind, extents, between = _options(items, size, scale_factor, mode, align_corners,
                                      recompute_scale_factor)
    grad = gradient_of(grad, items, False)
    if grad.shape != items.shape[:2] + extents:
        raise ValueError(f"grad has shape {grad.shape}; allowed: {items.shape[:2] + extents}")
    if kind == "area":
        return adaptive_avg_pool_backward(grad, items, extents)
    return _faltung.interpolate_backward(grad, items.shape, kind, between)


def _items(input: Any) -> np.ndarray:
    input = floats("input", input)
    if input.ndim < 3:
        raise ValueError(f"input of shape {input.shape}; allowed: item, channel and at least one "
                         "axis")
    return items_of("input", input, input.ndim - 2, "interpolation")[0]


def _options(items: np.ndarray, size: Any, scale_factor: Factor, mode: str,
             align_corners: Optional[bool], recompute: Optional[bool]
             ) -> Tuple[str, Tuple[int, ...], List[float]]:
    """The engine's kind, the extents and the steps; 0 is input / output extent."""
    one_of("mode", mode, tuple(_MODES))
    kind, axes = _MODES[mode]
    rank = items.ndim - 2
    if axes not in (None, rank):
        raise ValueError(f"mode = {mode!r} with {rank} axes; allowed: {axes} (any with 'linear')")
    if align_corners is not None and kind != "linear":
        raise ValueError(f"align_corners = {align_corners!r} with mode = {mode!r}; allowed: None")
    extents, factors = _extents(items.shape[2:], size, scale_factor, recompute)
    if align_corners:
        return "linear-corners", extents, []
    if factors is None or recompute or kind == "area":
        return kind, extents, []
    return kind, extents, [_step(n, o, f) for n, o, f in zip(items.shape[2:], extents, factors)]


def _step(n: int, o: int, factor: float) -> float:
    """1 / factor; 0, the exact n / o, where that is the same or PyTorch takes it."""
    return 0.0 if n == o or n * factor == o else 1 / factor


def _extents(shape: Sequence[int], size: Any, scale_factor: Factor, recompute: Optional[bool]
             ) -> Tuple[Tuple[int, ...], Optional[List[float]]]:
    if (size is None) == (scale_factor is None):
        raise ValueError(f"size = {size!r} and scale_factor = {scale_factor!r}; allowed: one of "
                         "them")
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor = True with size; allowed: with scale_factor")
        return tuple(whole("size", v, 1) for v in for_each_axis("size", size, len(shape))), None
    factors = [real("scale_factor", f)
               for f in for_each_axis("scale_factor", scale_factor, len(shape))]
    extents = []
    for n, f in zip(shape, factors):
        if not 0 < f <= _MOST_SCALE or n * f < 1:
            raise ValueError(f"scale_factor = {f} along an axis of {n}; allowed: what leaves at "
                             f"least one sample, to {_MOST_SCALE:.0f}")
        extents.append(math.floor(n * f))
    return tuple(extents), factors
