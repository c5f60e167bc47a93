"""faltung.signal's upfirdn and firwin give what scipy.signal's give, in random calls."""
import unittest

import numpy as np
from scipy import signal as scipy_signal

from faltung import signal
from signal_test import Compared, noise

EXTENSIONS = ("constant", "symmetric", "reflect", "edge", "wrap", "smooth", "antisymmetric",
              "antireflect", "line")
TYPES = (np.float64, np.float32, np.complex128, np.complex64, np.int16, np.int64, np.uint8, bool)
PLAIN = ("barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine",
         "exponential", "flattop", "hamming", "hann", "lanczos", "nuttall", "parzen", "taylor",
         "triang", "tukey")
WITH_PARAMETERS = (5.5, ("kaiser", 8.6), ("chebwin", 60), ("dpss", 2.5), ("gaussian", 7),
                   ("general_cosine", [0.4, 0.5, 0.1]), ("general_gaussian", 1.5, 7),
                   ("general_hamming", 0.6), ("tukey", 0.25), ("tukey", 0), ("tukey", 1),
                   ("exponential", None, 4.0), ("taylor", 5, 40), ("taylor", 4, 30, False))


class UpfirdnIsScipys(Compared):
    def test_in_600_random_calls(self):
        random = np.random.default_rng(11)
        for call in range(600):
            rank = random.integers(1, 4)
            shape = tuple(random.integers(1, 12, rank))
            axis = int(random.integers(-rank, rank))
            shape = shape[:axis] + (int(random.integers(2, 60)),) + shape[axis:][1:]
            mode = EXTENSIONS[random.integers(len(EXTENSIONS))]
            up, down = (int(n) for n in random.integers(1, 9, 2))
            h = noise(int(random.integers(1, 40)), TYPES[random.integers(len(TYPES))], call)
            x = noise(shape, TYPES[random.integers(len(TYPES))], call + 1)
            cval = float(random.integers(-3, 4)) if mode == "constant" else 0
            with self.subTest(call=call, h=(len(h), h.dtype), x=(shape, x.dtype), up=up, down=down,
                              axis=axis, mode=mode, cval=cval):
                self.assert_same(signal.upfirdn(h, x, up, down, axis, mode, cval),
                                 scipy_signal.upfirdn(h, x, up, down, axis, mode, cval))

    def test_at_the_rates_of_sound(self):
        x, h = noise((2, 3000)), noise(10 * 160 + 1, seed=1)
        for up, down in ((160, 147), (147, 160), (1, 48), (48, 1)):
            self.assert_same(signal.upfirdn(h, x, up, down), scipy_signal.upfirdn(h, x, up, down))

    def test_reads_arrays_where_they_lie(self):
        x, h = noise((30, 40), np.complex128)[::2, ::-3], noise(7)[::-1]
        self.assert_same(signal.upfirdn(h, x, 3, 2, 0), scipy_signal.upfirdn(h, x, 3, 2, 0))

    def test_names_what_is_wrong(self):
        x = np.ones((3, 4))
        for kind, pattern, arguments in [
                (ValueError, r"h has shape \(2, 2\); allowed: one axis", (np.ones((2, 2)), x)),
                (ValueError, r"up = 0; allowed: 1 to", ([1.0], x, 0)),
                (ValueError, r"mode = 'odd'; allowed: 'constant'", ([1.0], x, 1, 1, 0, "odd")),
                (ValueError, r"axis = 2; allowed for 2 axes", ([1.0], x, 1, 1, 2)),
                (ValueError, r"x has 1 sample along axis; mode = 'line' allows 2",
                 ([1.0, 2.0], [1.0], 1, 1, -1, "line")),
                (ValueError, r"x of shape \(0,\) is empty along axis", ([1.0], [])),
                (TypeError, r"cval = 1j; allowed with float64",
                 ([1.0], x, 1, 1, 0, "constant", 1j)),
                (TypeError, r"x has dtype float16", ([1.0], x.astype("f2")))]:
            with self.assertRaisesRegex(kind, pattern):
                signal.upfirdn(*arguments)


class FirwinIsScipys(Compared):
    def test_with_every_window(self):
        for window in PLAIN + WITH_PARAMETERS:
            for taps in (1, 2, 3, 20, 21):
                if window == ("dpss", 2.5) and taps < 6:
                    continue
                with self.subTest(window=window, taps=taps):
                    if taps == 2 and window in ("bartlett", "hann", "bohman", "cosine", "parzen"):
                        continue  # nothing is left to scale
                    self.assert_same(signal.firwin(taps, 0.3, window=window, scale=taps > 3),
                                     scipy_signal.firwin(taps, 0.3, window=window, scale=taps > 3))
        self.assert_same(signal.firwin(20, 0.3, window=("kbd", 4)),
                         scipy_signal.firwin(20, 0.3, window=("kbd", 4)))

    def test_in_400_random_calls(self):
        random = np.random.default_rng(12)
        kinds = (True, False, "lowpass", "highpass", "bandpass", "bandstop")
        compared = 0
        for call in range(400):
            fs = float(random.choice([2.0, 1.0, 48000.0]))
            edges = np.sort(random.uniform(0.02, 0.48, random.integers(1, 5))) * fs
            cutoff = edges[0] if len(edges) == 1 and call % 2 else edges
            options = dict(pass_zero=kinds[random.integers(6)], scale=bool(random.integers(2)),
                           fs=fs, width=0.05 * fs if call % 3 == 0 else None)
            taps = int(random.integers(5, 120))
            with self.subTest(call=call, cutoff=cutoff, taps=taps, **options):
                try:
                    wanted = scipy_signal.firwin(taps, cutoff, **options)
                except ValueError:
                    with self.assertRaises(ValueError):
                        signal.firwin(taps, cutoff, **options)
                    continue
                compared += 1
                self.assert_same(signal.firwin(taps, cutoff, **options), wanted)
        self.assertGreater(compared, 100)

    def test_names_what_is_wrong(self):
        for kind, pattern, arguments, options in [
                (ValueError, r"numtaps = 0; allowed: 1 to", (0, 0.3), {}),
                (ValueError, r"cutoff = \[1.5\]; allowed: ascending, above 0 and below 1", (5, 1.5),
                 {}),
                (ValueError, r"cutoff has 2 edges; pass_zero = 'lowpass' allows 1", (5, [0.1, 0.2]),
                 dict(pass_zero="lowpass")),
                (ValueError, r"numtaps = 6 for a filter that passes fs / 2; allowed: odd", (6, 0.3),
                 dict(pass_zero=False)),
                (ValueError, r"window = 'hat'; allowed: bart", (5, 0.3),
                 dict(window="hat")),
                (ValueError, r"window 'kaiser' has 0 parameters; allowed: 1", (5, 0.3),
                 dict(window="kaiser")),
                (ValueError, r"fs = -1; allowed: above 0", (5, 0.3), dict(fs=-1)),
                (TypeError, r"window = None; allowed: a name", (5, 0.3), dict(window=None)),
                (TypeError, r"pass_zero = 0.5; allowed: True", (5, 0.3), dict(pass_zero=0.5))]:
            with self.assertRaisesRegex(kind, pattern):
                signal.firwin(*arguments, **options)


if __name__ == "__main__":
    unittest.main()
