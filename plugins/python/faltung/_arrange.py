"""Operands of scipy.signal's functions arranged as the engine's: signal, taps, padding, type."""
from __future__ import annotations

from typing import Any, List, Sequence, Tuple

import numpy as np

from . import _engine


def arranged(x: np.ndarray, k: np.ndarray, mode: str
              ) -> Tuple[np.ndarray, np.ndarray, List[Tuple[int, int]]]:
    """Signal, flipped taps and padding of a correlation; the smaller operand becomes the taps."""
    n, m = x.shape[1:], k.shape[1:]
    if mode == "valid":
        first, second, _ = larger_first(x[0], k[0])
        size = [a - b + 1 for a, b in zip(first.shape, second.shape)]
        start = [b - 1 for b in second.shape]
    else:
        size = [a + b - 1 for a, b in zip(n, m)] if mode == "full" else list(n)
        start = [0] * len(n) if mode == "full" else [(b - 1) // 2 for b in m]
    if np.prod(n) < np.prod(m) or len(k) > len(x):
        x, k = k, x
    if len(k) > 1 and len(x) != len(k):
        x = np.broadcast_to(x, (len(k), *x.shape[1:]))
    padding = []
    for taps, extent, first, count in zip(k.shape[1:], x.shape[1:], start, size):
        lo = taps - 1 - first
        padding.append((lo, count + taps - 1 - extent - lo))
    return x, k[(slice(None),) + (slice(None, None, -1),) * (k.ndim - 1)], padding


def conjugate(a: np.ndarray) -> np.ndarray:
    return a.conj() if a.dtype.kind == "c" else a


def larger_first(a: np.ndarray, b: np.ndarray) -> Tuple[np.ndarray, np.ndarray, bool]:
    """For "valid": the operand that holds the other, the other, whether they were exchanged."""
    if all(n >= k for n, k in zip(a.shape, b.shape)):
        return a, b, False
    if all(n <= k for n, k in zip(a.shape, b.shape)):
        return b, a, True
    raise ValueError(f"mode = 'valid' with shapes {a.shape} and {b.shape}; allowed: one operand at "
                     "least as large as the other along every axis")


def typed(signal: np.ndarray, taps: np.ndarray, padding: Sequence[Tuple[int, int]], result: Any,
          **options: Any) -> np.ndarray:
    """The engine's result in the promised type; integers exactly, then wrapped as C does."""
    if result.kind == "b":
        return typed(signal, taps, padding, np.dtype(np.int64), **options) != 0
    if result.kind not in "iu":
        return _engine.combined(signal, taps, padding, result, **options)
    if _engine.fits_exactly(signal, taps, options.get("constant", 0.0)):
        return _engine.combined(signal, taps, padding, result, exact=True, **options)
    return _by_limbs(signal, taps, padding, options).astype(result)


def _by_limbs(signal: np.ndarray, taps: np.ndarray, padding: Sequence[Tuple[int, int]],
              options: dict) -> np.ndarray:
    """Sums that pass float64's integers, modulo 2**64: from those of the operands' digits."""
    bits = 16 if taps[0].size < 2 ** 20 else 8
    constant = int(options.get("constant", 0)) % 2 ** 64
    x, k = (a.astype(np.int64 if a.dtype.kind == "i" else np.uint64).astype(np.uint64)
            for a in (signal, taps))
    total: Any = np.uint64(0)
    for shift in range(0, 64, bits):
        for low in range(0, shift + bits, bits):
            options["constant"] = float(_digit(constant, low, bits))
            part = _engine.combined(_digit(x, low, bits), _digit(k, shift - low, bits), padding,
                                    np.dtype(np.uint64), exact=True, **options)
            total = total + (part << np.uint64(shift))
    return total


def _digit(a: Any, low: int, bits: int) -> Any:
    kind = np.uint64 if isinstance(a, np.ndarray) else int
    return (a >> kind(low)) & kind(2 ** bits - 1)


def as_items(a: np.ndarray, rest: Sequence[int], along: Sequence[int], batch: Tuple[int, ...]
              ) -> np.ndarray:
    """[item, axis...]: one item where a does not vary along the remaining axes."""
    turned = np.transpose(a, [*rest, *along])
    tail = turned.shape[len(rest):]
    if any(n != 1 for n in turned.shape[:len(rest)]):
        turned = np.broadcast_to(turned, (*batch, *tail))
    return turned.reshape(-1, *tail)


def cropped(result: np.ndarray, shape: Tuple[int, ...], axes: Sequence[int]) -> np.ndarray:
    index = [slice(None)] * result.ndim
    for a in axes:
        first = (result.shape[a] - shape[a]) // 2
        index[a] = slice(first, first + shape[a])
    return result[tuple(index)]
