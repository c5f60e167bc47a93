"""Filters with linear phase by the window method, as scipy.signal.firwin designs them."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np

from ._arguments import MOST_TAPS, operand, real, whole
from ._tapers import window as make_window

_KINDS = {"lowpass": (True, 1), "highpass": (False, 1), "bandpass": (False, 2),
          "bandstop": (True, 2)}  # whether 0 is passed, edges: one, or two and more


def firwin(numtaps: Any, cutoff: Any, width: Any, window: Any, pass_zero: Any, scale: Any,
           nyq: Optional[float], fs: Optional[float]) -> np.ndarray:
    """See faltung.signal.firwin."""
    numtaps = whole("numtaps", numtaps, 1, MOST_TAPS)
    half = _half_rate(nyq, fs)
    edges = _edges(cutoff, half)
    if width is not None:
        window = ("kaiser", _beta(numtaps, real("width", width) / half))
    passes_zero = _passes_zero(pass_zero, len(edges))
    passes_end = bool(len(edges) % 2) != passes_zero
    if passes_end and numtaps % 2 == 0:
        raise ValueError(f"numtaps = {numtaps} for a filter that passes fs / 2; allowed: odd")
    bands = np.concatenate([[0.0] * passes_zero, edges, [1.0] * passes_end]).reshape(-1, 2)
    n = np.arange(numtaps) - 0.5 * (numtaps - 1)
    h = np.zeros(numtaps)
    for left, right in bands:
        h += right * np.sinc(right * n) - left * np.sinc(left * n)
    h *= make_window(window, numtaps)
    if scale:
        left, right = bands[0]
        at = 0.0 if left == 0 else 1.0 if right == 1 else 0.5 * (left + right)
        h /= np.sum(h * np.cos(np.pi * n * at))
    return h


def _half_rate(nyq: Optional[float], fs: Optional[float]) -> float:
    if nyq is not None and fs is not None:
        raise ValueError(f"nyq = {nyq!r} and fs = {fs!r}; allowed: one of them")
    half = real("nyq", nyq) if nyq is not None else 0.5 * real("fs", 2 if fs is None else fs)
    if half <= 0:
        raise ValueError(f"{'fs' if nyq is None else 'nyq'} = {fs if nyq is None else nyq}; "
                         "allowed: above 0")
    return half


def _edges(cutoff: Any, half: float) -> np.ndarray:
    given = np.atleast_1d(operand("cutoff", cutoff))
    if given.dtype.kind == "c":
        raise TypeError(f"cutoff has dtype {given.dtype}; allowed: real numbers")
    if given.ndim > 1 or given.size == 0:
        raise ValueError(f"cutoff has shape {given.shape}; allowed: one number, or one axis with "
                         "at least one")
    edges = given / half
    if not (np.all(edges > 0) and np.all(edges < 1) and np.all(np.diff(edges) > 0)):
        raise ValueError(f"cutoff = {given.tolist()[:8]}; allowed: ascending, above 0 and below "
                         f"{half:g}")
    return edges


def _passes_zero(pass_zero: Any, edges: int) -> bool:
    if not isinstance(pass_zero, str):
        if not isinstance(pass_zero, (bool, int, np.bool_, np.integer)):
            raise TypeError(f"pass_zero = {pass_zero!r}; allowed: True, False, "
                            f"{', '.join(map(repr, _KINDS))}")
        return bool(pass_zero)
    if pass_zero not in _KINDS:
        raise ValueError(f"pass_zero = {pass_zero!r}; allowed: True, False, "
                         f"{', '.join(map(repr, _KINDS))}")
    passes, wanted = _KINDS[pass_zero]
    if (edges == 1) != (wanted == 1):
        raise ValueError(f"cutoff has {edges} edges; pass_zero = {pass_zero!r} allows "
                         f"{'1' if wanted == 1 else '2 and more'}")
    return passes


def _beta(numtaps: int, width: float) -> float:
    """The Kaiser window's beta for transitions of that width (Kaiser 1974)."""
    attenuation = 2.285 * (numtaps - 1) * np.pi * width + 7.95
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21) if attenuation > 21 \
        else 0.0
