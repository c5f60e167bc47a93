"""Large arrays are convolved where they lie: beside the output, memory does not grow with them."""
import os
import unittest

import numpy as np

import faltung
from faltung import functional, ndimage, signal

LARGE = 64 << 20  # bytes of an array
EXTRA = 24        # MB that a call may take beside its output: windows, blocks, TBB's stacks


def resident(line):
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(text.split()[1]) / 1024 for text in status if text.startswith(line))


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.forget_the_peak()
        except OSError:
            print("SKIPPED: this kernel does not tell the peak", flush=True)
            os._exit(77)  # unittest would take sys.exit for an error
        faltung.set_threads(2)

    @staticmethod
    def forget_the_peak():
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def takes(self, output_megabytes, call):
        before = resident("VmRSS")
        self.forget_the_peak()
        result = call()
        taken = resident("VmHWM") - before
        del result
        self.assertLess(taken, output_megabytes + EXTRA)
        return taken

    def test_of_signals_and_images_is_that_of_the_output(self):
        x, image = np.ones(LARGE // 8), np.ones((4096, LARGE // 4096 // 4), np.float32)
        k = np.random.default_rng(1).normal(size=(5, 5)).astype(np.float32)
        self.takes(64, lambda: signal.convolve(x, np.ones(65)))
        self.takes(64, lambda: signal.convolve(image, k, "same"))
        self.takes(64, lambda: signal.correlate(image.T, k, "same"))
        self.takes(64, lambda: signal.convolve2d(image, k, "same", "symm"))
        self.takes(64, lambda: functional.conv2d(image[None, None], k[None, None], padding=2))
        self.takes(128, lambda: signal.upfirdn(np.ones(33), x, 2))

    def test_of_integers_and_complex_values_too(self):
        image = np.ones((4096, LARGE // 4096), np.uint8)
        self.takes(64, lambda: ndimage.gaussian_filter(image, 2))
        self.takes(64, lambda: ndimage.sobel(image))
        self.takes(64, lambda: signal.convolve(image, np.ones((5, 5), np.uint8), "same"))
        z = np.ones((4096, LARGE // 4096 // 8), np.complex64)
        self.takes(64, lambda: signal.convolve(z, np.full((3, 3), 1j, "c8"), "same"))

    def test_of_a_given_output_is_none(self):
        image = np.ones((4096, LARGE // 4096), np.uint8)
        output = np.ones((LARGE // 4096, 4096), np.uint8).T
        self.takes(0, lambda: ndimage.uniform_filter(image, 9, output=output))
        self.takes(0, lambda: ndimage.gaussian_filter(image, 2, output=image))
        self.takes(0, lambda: ndimage.correlate(image[::-1, ::2], np.ones((3, 3)),
                                                output=output[:, ::2]))

    def test_counts_a_copy(self):
        image = np.ones((4096, LARGE // 4096), np.uint8)
        with self.assertRaises(AssertionError):
            self.takes(0, lambda: ndimage.correlate(image.copy(), np.ones((3, 3)), output=image))


if __name__ == "__main__":
    unittest.main()
