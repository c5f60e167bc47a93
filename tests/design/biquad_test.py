"""Recursive filters are SciPy's, or the cookbook's, as far as float64 coefficients can say."""
import os
import subprocess
import unittest

import numpy as np
from scipy import signal

RATES = (44100, 48000, 192000)
EXACT = 1e-10  # of the largest gain
BESSEL = 1e-8  # of order 24; see engine/design/prototype.h


def sections(name, rate, hz, *words):
    command = [os.environ["FALTUNG_PRINT_BIQUAD"], name, str(rate), str(hz), *map(str, words)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return np.array([line.split() for line in text.splitlines()], float)


def frequencies(rate):
    return np.geomspace(rate * 1e-4, rate * 0.499, 500)


def cookbook(name, rate, hz, q=None, octaves=None, slope=None, db=0):
    """Bristow-Johnson's formulae as he prints them."""
    a, w0 = 10 ** (db / 40), 2 * np.pi * hz / rate
    c, s = np.cos(w0), np.sin(w0)
    if octaves is not None:
        alpha = s * np.sinh(np.log(2) / 2 * octaves * w0 / s)
    elif slope is not None:
        alpha = s / 2 * np.sqrt((a + 1 / a) * (1 / slope - 1) + 2)
    else:
        alpha = s / (2 * q)
    r = 2 * np.sqrt(a) * alpha
    flat = [1 + alpha, -2 * c, 1 - alpha]
    return np.array([{
        "lowpass": [(1 - c) / 2, 1 - c, (1 - c) / 2, *flat],
        "highpass": [(1 + c) / 2, -(1 + c), (1 + c) / 2, *flat],
        "bandpass-skirt": [s / 2, 0, -s / 2, *flat],
        "bandpass": [alpha, 0, -alpha, *flat],
        "notch": [1, -2 * c, 1, *flat],
        "allpass": [1 - alpha, -2 * c, 1 + alpha, *flat],
        "peaking": [1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a],
        "lowshelf": [a * (a + 1 - (a - 1) * c + r), 2 * a * (a - 1 - (a + 1) * c),
                     a * (a + 1 - (a - 1) * c - r), a + 1 + (a - 1) * c + r,
                     -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - r],
        "highshelf": [a * (a + 1 + (a - 1) * c + r), -2 * a * (a - 1 + (a + 1) * c),
                      a * (a + 1 + (a - 1) * c - r), a + 1 - (a - 1) * c + r,
                      2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - r],
    }[name]])


class FiltersAreScipys(unittest.TestCase):
    def same(self, ours, theirs, rate, hz, tolerance=EXACT):
        """Poles near z = 1 lie w0 from it: there a rounded coefficient counts 1 / w0² times."""
        tolerance += 40 * np.finfo(float).eps / (2 * np.pi * hz / rate) ** 2
        f = frequencies(rate)
        _, got = signal.sosfreqz(ours, f, fs=rate)
        _, wanted = signal.sosfreqz(theirs / theirs[:, 3:4], f, fs=rate)
        self.assertLessEqual(abs(got - wanted).max(), tolerance * abs(wanted).max())

    def check_cookbook(self, names, words, **settings):
        for name in names:
            for rate in RATES:
                for hz in (20, 1000, 0.45 * rate):
                    gain = [settings["db"]] if "db" in settings else []
                    self.same(sections(name, rate, hz, words, *gain),
                              cookbook(name, rate, hz, **settings), rate, hz)

    def test_types_of_second_order_are_the_cookbooks(self):
        for q in (0.3, 0.7071067811865476, 12):
            self.check_cookbook(("lowpass", "highpass", "bandpass", "bandpass-skirt", "notch",
                                 "allpass"), f"q={q}", q=q)

    def test_bandwidth_in_octaves_is_the_cookbooks(self):
        self.check_cookbook(("bandpass", "notch", "allpass"), "bandwidth_oct=1.5", octaves=1.5)
        self.check_cookbook(("peaking",), "bandwidth_oct=0.3", octaves=0.3, db=-9)

    def test_equalisers_and_shelves_are_the_cookbooks(self):
        for db in (-24, 3.5):
            self.check_cookbook(("peaking", "lowshelf", "highshelf"), "q=0.9", q=0.9, db=db)
            self.check_cookbook(("lowshelf", "highshelf"), "slope=0.6", slope=0.6, db=db)

    def test_types_of_first_order_are_bilinear_transforms(self):
        for rate in RATES:
            for hz in (20, 1000, 0.45 * rate):
                w = 2 * rate * np.tan(np.pi * hz / rate)
                for name, b, a, gain in [
                        ("lowpass1", [w], [1, w], []), ("highpass1", [1, 0], [1, w], []),
                        ("allpass1", [-1, w], [1, w], []),
                        ("lowshelf1", [1, w * 10 ** 0.3], [1, w * 10 ** -0.3], [12]),
                        ("highshelf1", [10 ** 0.6, w * 10 ** 0.3], [1, w * 10 ** 0.3], [12])]:
                    b, a = signal.bilinear(b, a, rate)
                    self.same(sections(name, rate, hz, 2, *gain),
                              np.array([[*b, 0, *a, 0]]), rate, hz)

    def test_butterworth_of_every_order_is_butter(self):
        for order in range(1, 25):
            for side in ("lowpass", "highpass"):
                for rate, hz in ((44100, 100), (48000, 1000), (48000, 20000)):
                    self.same(sections(f"butterworth-{side}", rate, hz, order),
                              signal.butter(order, hz, side, fs=rate, output="sos"), rate, hz)

    def test_bessel_of_every_order_is_bessel_with_its_cutoff_at_3_db(self):
        for order in range(1, 25):
            for side in ("lowpass", "highpass"):
                for rate, hz in ((48000, 1000), (48000, 12000)):
                    self.same(sections(f"bessel-{side}", rate, hz, order),
                              signal.bessel(order, hz, side, fs=rate, output="sos", norm="mag"),
                              rate, hz, BESSEL)

    def test_linkwitz_riley_adds_up_to_an_allpass(self):
        for order in range(2, 25, 2):
            for rate, hz in ((48000, 80), (48000, 3000)):
                low, high = (sections(f"linkwitz-riley-{side}", rate, hz, order)
                             for side in ("lowpass", "highpass"))
                half = signal.butter(order // 2, hz, fs=rate, output="sos")
                self.same(low, np.vstack([half, half]), rate, hz)
                f = frequencies(rate)
                sign = -1 if order % 4 == 2 else 1
                whole = signal.sosfreqz(low, f, fs=rate)[1] + sign * signal.sosfreqz(high, f, fs=rate)[1]
                self.assertLessEqual(abs(abs(whole) - 1).max(), 1e-9)
                at = signal.sosfreqz(low, [hz], fs=rate)[1]
                self.assertAlmostEqual(abs(at[0]), 0.5, places=9)


if __name__ == "__main__":
    unittest.main()
