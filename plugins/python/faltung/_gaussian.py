"""Taps of a sampled Gaussian and of its derivatives, as scipy.ndimage makes them."""
from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ._arguments import MOST_TAPS, real, whole

_MOST = MOST_TAPS // 2   # taps to each side
_MOST_ORDER = 100        # derivatives: beyond, their values pass float64
_SMALL = 1000            # taps to each side, so that making them costs more than keeping them


def gaussian_taps(sigma: Any, order: Any = 0, truncate: Any = 4.0, radius: Any = None
                  ) -> np.ndarray:
    """[2 * radius + 1] values at -radius to radius, normalised to the sum 1 before derivation.

    The derivative of order n is q(x) * exp(-x**2 / (2 sigma**2)), with q_0 = 1 and
    q_(n+1) = q_n' - q_n * x / sigma**2. Errors: ValueError for sigma <= 0, order < 0, radius < 0.
    """
    sigma, order = real("sigma", sigma), whole("order", order, 0, _MOST_ORDER)
    if sigma <= 0:
        raise ValueError(f"sigma = {sigma}; allowed: above 0")
    if radius is None:
        reach = real("truncate", truncate) * sigma + 0.5
        if not 0 <= reach < _MOST:
            raise ValueError(f"truncate = {truncate} with sigma = {sigma} reaches {reach:g} "
                             f"samples; allowed: 0 to {_MOST - 1}")
        radius = int(reach)
    radius = whole("radius", radius, 0, _MOST)
    return _kept(sigma, order, radius) if radius <= _SMALL else _sampled(sigma, order, radius)


@functools.lru_cache(maxsize=64)
def _kept(sigma: float, order: int, radius: int) -> np.ndarray:
    taps = _sampled(sigma, order, radius)
    taps.flags.writeable = False
    return taps


def _sampled(sigma: float, order: int, radius: int) -> np.ndarray:
    x = np.arange(-radius, radius + 1)
    taps = np.exp(-0.5 / (sigma * sigma) * x ** 2)
    taps /= taps.sum()
    q = np.polynomial.Polynomial([1.0])
    for _ in range(order):
        q = q.deriv() - q * np.polynomial.Polynomial([0.0, 1.0 / (sigma * sigma)])
    return taps * q(x)
