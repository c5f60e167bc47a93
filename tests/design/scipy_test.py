"""Named designs give what SciPy gives, to 1e-12 of the largest value."""
import os
import subprocess
import unittest

import numpy as np
from scipy import ndimage, signal


def design(name, rate=0, rank=0, **parameters):
    words = [f"{key}={value}" for key, value in parameters.items()]
    program = os.environ["FALTUNG_PRINT_DESIGN"]
    text = subprocess.run([program, name, str(rate), str(rank), *words], check=True,
                          capture_output=True, text=True).stdout.splitlines()
    return np.array(text[1:], dtype=float).reshape([int(n) for n in text[0].split()])


class DesignsEqualScipy(unittest.TestCase):
    def assert_same(self, ours, theirs):
        self.assertEqual(ours.shape, theirs.shape)
        self.assertLessEqual(np.max(np.abs(ours - theirs)), 1e-12 * np.max(np.abs(theirs)))

    def filtered(self, kernel, function, **options):
        """`function` on noise is convolution with `kernel`, over the axes they share."""
        noise = np.random.default_rng(1).normal(size=[11, 12, 13][:kernel.ndim])
        self.assert_same(ndimage.convolve(noise, kernel, mode="mirror"),
                         function(noise, mode="mirror", **options))

    def test_lowpass_is_firwin_for_every_window(self):
        beta = signal.kaiser_beta(80)
        for ours, theirs in [("kaiser", ("kaiser", beta)), ("hann", "hann"),
                             ("blackman", "blackman"), ("rectangular", "boxcar")]:
            for taps in (1, 3, 101, 102):
                expected = signal.firwin(taps, 4000, window=theirs, fs=48000)
                self.assert_same(design("lowpass", 48000, cutoff_hz=4000, taps=taps, window=ours),
                                 expected)

    def test_every_type_of_filter_is_firwin(self):
        window = ("kaiser", signal.kaiser_beta(60))
        common = dict(taps=255, attenuation_db=60)
        self.assert_same(design("highpass", 44100, cutoff_hz=300, **common),
                         signal.firwin(255, 300, window=window, fs=44100, pass_zero=False))
        self.assert_same(design("bandpass", 44100, low_hz=300, high_hz=3400, **common),
                         signal.firwin(255, [300, 3400], window=window, fs=44100, pass_zero=False))
        self.assert_same(design("bandstop", 44100, low_hz=300, high_hz=3400, **common),
                         signal.firwin(255, [300, 3400], window=window, fs=44100))
        self.assert_same(design("bandpass", 44100, low_hz=300, high_hz=3400, taps=256),
                         signal.firwin(256, [300, 3400], fs=44100, pass_zero=False,
                                       window=("kaiser", signal.kaiser_beta(80))))

    def test_taps_follow_from_the_transition_as_kaiserord_has_them(self):
        for db, width in [(30, 500), (80, 1000), (120, 77.7)]:
            taps, beta = signal.kaiserord(db, width / 24000)
            taps += 1 - taps % 2  # ours are odd
            self.assert_same(
                design("lowpass", 48000, cutoff_hz=4000, transition_hz=width, attenuation_db=db),
                signal.firwin(taps, 4000, window=("kaiser", beta), fs=48000))

    def test_a_designed_filter_meets_the_attenuation_it_was_asked_for(self):
        taps = design("lowpass", 48000, cutoff_hz=4000, transition_hz=500, attenuation_db=80)
        hz, gain = signal.freqz(taps, worN=1 << 15, fs=48000)
        self.assertLess(np.max(np.abs(gain[hz > 4250])), 10 ** (-79.5 / 20))
        self.assertLess(np.max(np.abs(np.abs(gain[hz < 3750]) - 1)), 10 ** (-79 / 20))

    def test_gaussian_is_gaussian_filter(self):
        self.filtered(design("gaussian", rank=2, sigma=1.7), ndimage.gaussian_filter, sigma=1.7)
        self.filtered(design("gaussian", rank=3, sigma="0.8,0,1.2"), ndimage.gaussian_filter,
                      sigma=(0.8, 0, 1.2))
        self.filtered(design("gaussian", rank=2, sigma=1, truncate=2.5), ndimage.gaussian_filter,
                      sigma=1, truncate=2.5)

    def test_box_is_uniform_filter(self):
        self.filtered(design("box", rank=2, size=5), ndimage.uniform_filter, size=5)
        self.filtered(design("box", rank=3, size="1,3,7"), ndimage.uniform_filter, size=(1, 3, 7))

    def test_laplace_is_laplace_for_every_rank(self):
        for rank in (1, 2, 3):
            self.filtered(design("laplace", rank=rank), ndimage.laplace)

    def test_sobel_and_prewitt_convolve_to_what_ndimage_gives(self):
        for rank in (1, 2, 3):
            for axis, letter in list(enumerate("xyz"))[:rank]:
                self.filtered(design("sobel-" + letter, rank=rank), ndimage.sobel, axis=-1 - axis)
                self.filtered(design("prewitt-" + letter, rank=rank), ndimage.prewitt,
                              axis=-1 - axis)

    def test_sobel_x_is_positive_where_brightness_rises_to_the_right(self):
        ramp = np.tile(np.arange(8.0), (6, 1))
        edges = ndimage.convolve(ramp, design("sobel-x", rank=2), mode="nearest")
        self.assertTrue((edges[:, 1:-1] == 8).all())


if __name__ == "__main__":
    unittest.main()
