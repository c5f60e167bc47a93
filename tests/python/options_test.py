"""faltung.options: exact results, and a bound on memory."""
import threading
import unittest

import numpy as np

import faltung
from faltung import _faltung, signal


def noise(*shape):
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


class Options(unittest.TestCase):
    def test_tolerance_0_sums_directly(self):
        x, k = noise(300, 400), noise(31, 31)
        direct = signal.convolve(x, k, method="direct")
        self.assertFalse(np.array_equal(signal.convolve(x, k), direct))  # a transform is faster
        with faltung.options(tolerance=0):
            np.testing.assert_array_equal(signal.convolve(x, k), direct)
            self.assertEqual(signal.choose_conv_method(x, k), "direct")
        self.assertFalse(np.array_equal(signal.convolve(x, k), direct))

    def test_a_large_tolerance_keeps_integers_exact(self):
        x = np.random.default_rng(2).integers(-2**30, 2**30, 3000)
        k = np.random.default_rng(3).integers(-99, 99, 500)
        with faltung.options(tolerance=0.1):
            np.testing.assert_array_equal(signal.convolve(x, k), np.convolve(x, k))

    def test_memory_decides_between_the_ways(self):
        x, k = noise(2000, 2000), noise(31, 31)
        wanted = signal.convolve(x, k, "same")
        with faltung.options(memory=3 << 20):
            near = signal.convolve(x, k, "same")
        np.testing.assert_allclose(near, wanted, atol=3e-5 * np.abs(wanted).max())
        with faltung.options(memory=1000):
            with self.assertRaisesRegex(ValueError, r"memory of 0.001 MB is not enough; the least "
                                                    r"that is needed: [0-9.]+ MB \("):
                signal.convolve(x, k)

    def test_nest_and_belong_to_a_thread(self):
        seen = []
        faltung.set_options(tolerance=1e-3, memory=1 << 30)
        with faltung.options(tolerance=0):
            with faltung.options(memory=1 << 20):
                self.assertEqual(_faltung.wishes(), (-1.0, 1 << 20))
            self.assertEqual(_faltung.wishes(), (0.0, 0))
            other = threading.Thread(target=lambda: seen.append(_faltung.wishes()))
            other.start()
            other.join()
        self.assertEqual(seen, [(1e-3, 1 << 30)])
        faltung.set_options()
        self.assertEqual(_faltung.wishes(), (-1.0, 0))

    def test_name_what_is_wrong(self):
        for options, pattern in [(dict(tolerance=-1), r"tolerance = -1; allowed: 0 \(exact\)"),
                                 (dict(tolerance=np.nan), "tolerance = nan; allowed: a finite"),
                                 (dict(memory=0), "memory = 0; allowed: 1 to")]:
            with self.assertRaisesRegex(ValueError, pattern):
                faltung.set_options(**options)
            with self.assertRaisesRegex(ValueError, pattern):
                with faltung.options(**options):
                    pass


if __name__ == "__main__":
    unittest.main()
