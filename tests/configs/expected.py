"""What each config should give, by SciPy in float64: the other opinion, which shares no code with the engine.

Signals are [channel, frame], [channel, row, col] or [channel, slice, row, col]; SciPy's `mirror` is our `reflect`.
"""

import numpy as np
from scipy import ndimage, signal

DETECTOR = [[0, 0, 1], [1, 0, 0], [0, 1, 1]]
SMILEY_MAP = np.array([[0, 1, 0, 0, 0], [0, 1, 1, 1, 0], [1, 0, 0, 2, 1], [1, 4, 2, 1, 0], [0, 0, 1, 2, 1]])


def db(value):
    return 10.0 ** (value / 20)


def each_channel(operation):
    return lambda x, read: np.stack([operation(channel) for channel in x])


def documented(numbers, operation):
    """The numbers printed in the documents, once SciPy agrees with them."""

    def expect(x, read):
        np.testing.assert_array_equal(operation(x[0]), numbers)
        return np.asarray(numbers, float)[None]

    return expect


def edge(sign, operation):
    return documented(np.full((3, 3), sign * 8), lambda x: operation(x, [[1, 1], [-1, -1]], mode="valid"))


def smiley(step):
    return documented(
        SMILEY_MAP[::step, ::step], lambda x: signal.correlate2d(x, DETECTOR, mode="valid")[::step, ::step]
    )


def sobel_magnitude(x):
    return np.hypot(ndimage.sobel(x, 0, mode="mirror"), ndimage.sobel(x, 1, mode="mirror"))


def layer(x, read):
    across = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    spot = np.array([[1, 1, 1], [1, 2, 1], [1, 1, 1]])
    weights = [[c * k for c in (0.3, 0.2, 0.1)] for k in (across, across.T)]
    weights.append([c * spot for c in (0.2, -0.1, -0.1)])
    maps = [
        sum(ndimage.correlate(plane, kernel, mode="constant") for plane, kernel in zip(x, kernels)) + bias
        for kernels, bias in zip(weights, (10, 10, -20))
    ]
    rows, cols = x.shape[1] // 2, x.shape[2] // 2  # an odd last row or column is dropped
    pooled = np.stack(maps)[:, : 2 * rows, : 2 * cols].reshape(3, rows, 2, cols, 2).max((2, 4))
    return np.maximum(pooled, 0)


def hall(x, read):
    response = read("data/hall.flac")
    assert x.shape[0] == 1 and response.shape == (2, 112561)
    return signal.oaconvolve(np.vstack([x, x]), response, axes=1) * db(-11)


def close_hall(x, read):
    """Both sides are trimmed where the louder one needs it, and scaled by it; the first is taken."""
    response = read("data/hall.flac")
    levels = abs(response).max(0) / abs(response).max()
    heard = np.flatnonzero(levels >= db(-20))[0], np.flatnonzero(levels >= db(-60))[-1]
    response = response[:, heard[0] : heard[1] + 1]
    response[:, -2400:] *= signal.windows.hann(2 * 2400 + 3)[2400 + 2 : -1]
    response /= np.sqrt((response**2).sum(1).max())
    return signal.oaconvolve(x, response[:1], axes=1) * db(-9)


def cabinet(x, read):
    response = read("data/cabinet.wav")
    assert response.shape == (1, 3312)
    return signal.oaconvolve(x, response, axes=1) * db(-7)


def true_stereo(x, read):
    own = signal.oaconvolve(x, read("data/cabinet.wav"), axes=1)
    late = np.pad(own, ((0, 0), (15, 0)))
    return (np.pad(own, ((0, 0), (0, 15))) + db(-6) * late[::-1]) * db(-10)


def crossover(x, read):
    low, high = (np.tile(signal.butter(2, 2000, side, fs=44100, output="sos"), (2, 1)) for side in ("low", "high"))
    woofers = np.pad(signal.sosfilt(low, x, axis=1), ((0, 0), (0, 7)))
    positions = 0.025 / 343 * 44100  # 3.2: Lagrange's polynomial through 8 samples
    taps = [np.prod([(positions - j) / (k - j) for j in range(8) if j != k]) for k in range(8)]
    tweeters = signal.oaconvolve(signal.sosfilt(high, x, axis=1) * db(-3), [taps], axes=1)
    return np.vstack([woofers, tweeters])


def limited(x, ceiling, lookahead, release):
    """The loudest of the coming frames decides; what it leaves is released, then averaged twice."""
    need = np.minimum(1, ceiling / np.maximum(abs(x).max(0), 1e-30))
    need = np.pad(need, (lookahead, lookahead), constant_values=1)
    held = ndimage.minimum_filter1d(need, lookahead + 1, origin=lookahead // 2, mode="nearest")
    gain, now = np.empty_like(held), 1.0
    for n, most in enumerate(held):
        now = gain[n] = min(most, 1 - (1 - now) * release)
    for extent in (lookahead // 2 + 1, lookahead - lookahead // 2 + 1):
        gain = signal.lfilter(np.full(extent, 1 / extent), 1, gain - 1) + 1
    return x * gain[2 * lookahead :]


def voice(x, read):
    w, rate = 2 * np.pi / 48000, 48000
    x = signal.sosfilt(signal.butter(4, 80, "high", fs=rate, output="sos"), x, axis=1)
    a, c, s = 10 ** (4 / 40), np.cos(3000 * w), np.sin(3000 * w)
    alpha = s * np.sinh(np.log(2) / 2 * 3000 * w / s)
    x = signal.lfilter([1 + alpha * a, -2 * c, 1 - alpha * a], [1 + alpha / a, -2 * c, 1 - alpha / a], x)
    a, c, s = 10 ** (2 / 40), np.cos(9000 * w), np.sin(9000 * w)
    r = np.sqrt(a) * s * np.sqrt((a + 1 / a) * (1 / 0.8 - 1) + 2)
    b = [a * (a + 1 + (a - 1) * c + r), -2 * a * (a - 1 + (a + 1) * c), a * (a + 1 + (a - 1) * c - r)]
    x = signal.lfilter(b, [a + 1 - (a - 1) * c + r, 2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - r], x)
    return limited(x * db(6), db(-3), round(0.004 * rate), np.exp(-1 / (0.08 * rate)))


def lowpass(x, read):
    taps = signal.firwin(101, 40, window="blackman", fs=360)
    return ndimage.convolve1d(x, taps, axis=1, mode="mirror")


# config: (input, expectation, stages that round)
CASES = {
    "edge-4x4-correlation.yaml": ("data/gradient-4x4.npy", edge(-1, signal.correlate2d), 1),
    "edge-4x4-convolution.yaml": ("data/gradient-4x4.npy", edge(+1, signal.convolve2d), 1),
    "smiley.yaml": ("data/smiley-7x7.npy", smiley(1), 1),
    "smiley-stride2.yaml": ("data/smiley-7x7.npy", smiley(2), 1),
    "sharpen.yaml": (
        "data/cat.png",
        each_channel(lambda x: ndimage.convolve(x, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], mode="mirror")),
        1,
    ),
    "blur.yaml": ("data/cat.png", each_channel(lambda x: ndimage.gaussian_filter(x, 2, mode="mirror")), 1),
    "edges.yaml": ("data/photographer.png", each_channel(sobel_magnitude), 2),
    "layer.yaml": ("data/cat.png", layer, 1),
    "hall.yaml": ("data/speech.flac", hall, 1),
    "close-hall.yaml": ("data/speech.flac", close_hall, 1),
    "cabinet.yaml": ("data/guitar.flac", cabinet, 1),
    "true-stereo.yaml": ("data/guitar.flac", true_stereo, 1),
    "crossover.yaml": ("data/guitar.flac", crossover, 2),
    "voice.yaml": ("data/speech.flac", voice, 70),  # 1.5 steps of 16 bits, which dither may add
    "lowpass.yaml": ("data/ecg.csv", lowpass, 1),
    "smooth-volume.yaml": (
        "data/head.npy",
        each_channel(lambda x: ndimage.gaussian_filter(x, 1.5, mode="mirror")),
        1,
    ),
}
