"""Symmetric windows by name and parameters, as scipy.signal.get_window(..., fftbins=False).

Source: Harris 1978, "On the use of windows for harmonic analysis"; Kaiser 1974; Dolph 1946
(chebwin); Slepian 1978 (dpss); Carrara & Goodman 1995 (taylor).
"""
from __future__ import annotations

from typing import Any, Callable, Dict, Sequence, Tuple

import numpy as np

from ._arguments import real, whole

_MOST_DPSS = 2048  # samples: its matrix of eigenvectors takes the square


def window(kind: Any, count: int) -> np.ndarray:
    """[count] values. kind: a name, (name, parameter...), or a number: the beta of a Kaiser window.

    Errors: ValueError for unknown names and parameters that do not fit, TypeError for other kinds.
    """
    if isinstance(kind, (int, float, np.floating, np.integer)) and not isinstance(kind, bool):
        kind = ("kaiser", kind)
    name, *given = kind if isinstance(kind, tuple) and kind else (kind,)
    if not isinstance(name, str):
        raise TypeError(f"window = {kind!r}; allowed: a name, a tuple (name, parameter...) or a "
                        "number, the beta of a Kaiser window")
    if name not in _NAMES:
        raise ValueError(f"window = {name!r}; allowed: {', '.join(sorted(set(_NAMES)))}")
    make, least, most = _NAMES[name]
    if not least <= len(given) <= most:
        allowed = str(least) if least == most else f"{least} to {most}"
        raise ValueError(f"window {name!r} has {len(given)} parameters; allowed: {allowed}")
    if count == 1:
        return np.ones(1)
    return make(count, *given)


def _places(n: int) -> np.ndarray:
    return np.linspace(-1, 1, n)


def general_cosine(n: int, weights: Any) -> np.ndarray:
    weights = [real("window's weight", w) for w in weights] if np.iterable(weights) else [
        real("window's weight", weights)]
    angle = np.linspace(-np.pi, np.pi, n)
    return sum((w * np.cos(k * angle) for k, w in enumerate(weights)), np.zeros(n))


def _cosines(*weights: float) -> Callable[[int], np.ndarray]:
    return lambda n: general_cosine(n, weights)


def _general_hamming(n: int, alpha: Any) -> np.ndarray:
    alpha = real("window's alpha", alpha)
    return general_cosine(n, (alpha, 1 - alpha))


def _triangle(n: int) -> np.ndarray:
    half = np.arange(1, (n + 1) // 2 + 1)
    rise = (2 * half - 1) / n if n % 2 == 0 else 2 * half / (n + 1)
    return np.concatenate([rise, rise[::-1] if n % 2 == 0 else rise[-2::-1]])


def _bartlett(n: int) -> np.ndarray:
    return 1 - np.abs(_places(n))


def _barthann(n: int) -> np.ndarray:
    x = np.abs(_places(n) / 2)
    return 0.62 - 0.48 * x + 0.38 * np.cos(2 * np.pi * x)


def _parzen(n: int) -> np.ndarray:
    x = np.abs(np.arange(n) - (n - 1) / 2)
    r = x / (n / 2)
    return np.where(x <= (n - 1) / 4, 1 - 6 * r ** 2 + 6 * r ** 3, 2 * (1 - r) ** 3)


def _bohman(n: int) -> np.ndarray:
    x = np.abs(_places(n)[1:-1])
    inside = (1 - x) * np.cos(np.pi * x) + np.sin(np.pi * x) / np.pi
    return np.concatenate([[0.0], inside, [0.0]])


def _cosine(n: int) -> np.ndarray:
    return np.sin(np.pi / n * (np.arange(n) + 0.5))


def _lanczos(n: int) -> np.ndarray:
    return np.sinc(_places(n))


def _exponential(n: int, center: Any = None, tau: Any = 1.0) -> np.ndarray:
    if center is not None:
        raise ValueError(f"window's center = {center!r}; allowed for a symmetric window: None")
    tau = real("window's tau", tau)
    if tau == 0:
        raise ValueError("window's tau = 0; allowed: any other number")
    return np.exp(-np.abs(np.arange(n) - (n - 1) / 2) / tau)


def _gaussian(n: int, std: Any) -> np.ndarray:
    return _general_gaussian(n, 1.0, std)


def _general_gaussian(n: int, power: Any, sigma: Any) -> np.ndarray:
    power, sigma = real("window's power", power), real("window's standard deviation", sigma)
    if sigma == 0:
        raise ValueError("window's standard deviation = 0; allowed: any other number")
    x = np.abs((np.arange(n) - (n - 1) / 2) / sigma)
    return np.exp(-0.5 * x ** (2 * power))


def _tukey(n: int, alpha: Any = 0.5) -> np.ndarray:
    alpha = real("window's alpha", alpha)
    if alpha <= 0:
        return np.ones(n)
    edge = np.clip((1 - np.abs(_places(n))) / min(alpha, 1.0), 0, 1)
    return 0.5 * (1 - np.cos(np.pi * edge))


def _kaiser(n: int, beta: Any) -> np.ndarray:
    return np.kaiser(n, real("window's beta", beta))


def _kaiser_bessel_derived(n: int, beta: Any) -> np.ndarray:
    if n % 2:
        raise ValueError(f"numtaps = {n} with window 'kaiser bessel derived'; allowed: even")
    sums = np.cumsum(np.kaiser(n // 2 + 1, real("window's beta", beta)))
    half = np.sqrt(sums[:-1] / sums[-1])
    return np.concatenate([half, half[::-1]])


def _chebwin(n: int, attenuation: Any) -> np.ndarray:
    """From its spectrum, a Chebyshev polynomial of order n - 1."""
    order = n - 1.0
    beta = np.cosh(np.arccosh(10 ** (abs(real("window's attenuation", attenuation)) / 20)) / order)
    k = np.arange(n)
    x = beta * np.cos(np.pi * k / n)
    p = np.cos(order * np.arccos(np.clip(x, -1, 1)))
    high, low = x > 1, x < -1
    p[high] = np.cosh(order * np.arccosh(x[high]))
    p[low] = (2 * (n % 2) - 1) * np.cosh(order * np.arccosh(-x[low]))
    if n % 2:
        w = np.real(np.fft.fft(p))[:(n + 1) // 2]
        w = np.concatenate([w[:0:-1], w])
    else:
        w = np.real(np.fft.fft(p * np.exp(1j * np.pi / n * k)))[1:n // 2 + 1]
        w = np.concatenate([w[::-1], w])
    return w / w.max()


def _taylor(n: int, lobes: Any = 4, level: Any = 30, normalised: Any = True) -> np.ndarray:
    lobes = whole("window's nbar", lobes, 1)
    if lobes > 1000:
        raise ValueError(f"window's nbar = {lobes}; allowed: 1 to 1000")
    a = np.arccosh(10 ** (real("window's sidelobe level", level) / 20)) / np.pi
    scale = lobes ** 2 / (a ** 2 + (lobes - 0.5) ** 2)
    m = np.arange(1, lobes)
    weights = np.empty(lobes - 1)
    for i in range(lobes - 1):
        top = np.prod(1 - m[i] ** 2 / scale / (a ** 2 + (m - 0.5) ** 2))
        bottom = 2 * np.prod(1 - m[i] ** 2 / m[:i] ** 2) * np.prod(1 - m[i] ** 2 / m[i + 1:] ** 2)
        weights[i] = (-1) ** i * top / bottom

    def at(places: np.ndarray) -> np.ndarray:
        phase = (places - n / 2 + 0.5) / n
        return 1 + 2 * sum((w * np.cos(2 * np.pi * k * phase) for k, w in zip(m, weights)),
                           np.zeros(np.shape(places)))

    return at(np.arange(n)) / (at(np.array((n - 1) / 2)) if normalised else 1.0)


def _dpss(n: int, bandwidth: Any) -> np.ndarray:
    """The first discrete prolate spheroidal sequence: an eigenvector of Slepian's matrix."""
    bandwidth = real("window's half-bandwidth", bandwidth)
    if not 0 < bandwidth < n / 2:
        raise ValueError(f"window's half-bandwidth = {bandwidth}; allowed: above 0, below {n / 2}")
    if n > _MOST_DPSS:
        raise ValueError(f"numtaps = {n} with window 'dpss'; allowed: 1 to {_MOST_DPSS}")
    k = np.arange(n, dtype=float)
    diagonal = ((n - 1 - 2 * k) / 2) ** 2 * np.cos(2 * np.pi * bandwidth / n)
    beside = k[1:] * (n - k[1:]) / 2
    _, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    w = vectors[:, -1]
    w = w * np.sign(w.sum())
    w = w / w.max()
    # The peak of an even window lies between two samples (Percival & Walden 1993, page 379).
    return w if n % 2 else w * (n ** 2 / (n ** 2 + bandwidth))


_Row = Tuple[Callable[..., np.ndarray], int, int]  # what makes it, fewest and most parameters
_WINDOWS: Sequence[Tuple[Sequence[str], _Row]] = (
    (("barthann", "brthan", "bth"), (_barthann, 0, 0)),
    (("bartlett", "bart", "brt"), (_bartlett, 0, 0)),
    (("blackman", "black", "blk"), (_cosines(0.42, 0.5, 0.08), 0, 0)),
    (("blackmanharris", "blackharr", "bkh"), (_cosines(0.35875, 0.48829, 0.14128, 0.01168), 0, 0)),
    (("bohman", "bman", "bmn"), (_bohman, 0, 0)),
    (("boxcar", "box", "ones", "rect", "rectangular"), (np.ones, 0, 0)),
    (("chebwin", "cheb"), (_chebwin, 1, 1)),
    (("cosine", "halfcosine"), (_cosine, 0, 0)),
    (("dpss",), (_dpss, 1, 1)),
    (("exponential", "poisson"), (_exponential, 0, 2)),
    (("flattop", "flat", "flt"),
     (_cosines(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368), 0, 0)),
    (("gaussian", "gauss", "gss"), (_gaussian, 1, 1)),
    (("general cosine", "general_cosine"), (general_cosine, 1, 1)),
    (("general gaussian", "general_gaussian", "general gauss", "general_gauss", "ggs"),
     (_general_gaussian, 2, 2)),
    (("general hamming", "general_hamming"), (_general_hamming, 1, 1)),
    (("hamming", "hamm", "ham"), (_cosines(0.54, 0.46), 0, 0)),
    (("hann", "han"), (_cosines(0.5, 0.5), 0, 0)),
    (("kaiser", "ksr"), (_kaiser, 1, 1)),
    (("kaiser bessel derived", "kbd"), (_kaiser_bessel_derived, 1, 1)),
    (("lanczos", "sinc"), (_lanczos, 0, 0)),
    (("nuttall", "nutl", "nut"), (_cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411), 0, 0)),
    (("parzen", "parz", "par"), (_parzen, 0, 0)),
    (("taylor", "taylorwin"), (_taylor, 0, 3)),
    (("triangle", "triang", "tri"), (_triangle, 0, 0)),
    (("tukey", "tuk"), (_tukey, 0, 1)),
)
_NAMES: Dict[str, _Row] = {name: row for names, row in _WINDOWS for name in names}
