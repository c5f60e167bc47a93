"""faltung.ndimage gives what scipy.ndimage gives: modes, origins, even kernels, integer types."""
import itertools
import unittest

import numpy as np
from scipy import ndimage as scipy_ndimage
from scipy import signal as scipy_signal

from faltung import ndimage
from signal_test import Compared, noise

MODES = ("reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap",
         "grid-wrap")
INTEGERS = (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.int64, np.uint64)


class NdimageIsScipys(Compared):
    def both(self, name, *arguments, **options):
        with self.subTest(name=name, options=options, shapes=[np.shape(a) for a in arguments]):
            self.assert_same(getattr(ndimage, name)(*arguments, **options),
                             getattr(scipy_ndimage, name)(*arguments, **options))

    def test_kernels_of_any_shape_in_every_mode(self):
        shapes = [((9,), (3,)), ((9,), (4,)), ((8, 9), (3, 3)), ((8, 9), (4, 2)), ((8, 9), (1, 5)),
                  ((7, 6, 5), (2, 3, 4)), ((4, 5, 4, 3), (3, 1, 2, 2)), ((5, 4), (9, 8))]
        for (n, k), mode, name, dtype in itertools.product(
                shapes, MODES, ("correlate", "convolve"), (np.float64, np.float32)):
            self.both(name, noise(n, dtype, 1), noise(k, dtype, 2), mode=mode, cval=1.5)

    def test_every_origin(self):
        for k, name in itertools.product((2, 3, 4, 5), ("correlate1d", "convolve1d")):
            for origin in range(-(k // 2), (k - 1) // 2 + 1):
                self.both(name, noise(12), noise(k, seed=1), origin=origin)
        for name, origins in itertools.product(("correlate", "convolve"),
                                               [(-1, 1), (0, -2), (1, -1), -1]):
            self.both(name, noise((9, 8)), noise((3, 4), seed=1), origin=origins)

    def test_every_axis_of_a_volume(self):
        for axis, name, mode in itertools.product((0, 1, 2, -1, -3), ("correlate1d", "convolve1d"),
                                                  ("reflect", "constant", "wrap")):
            self.both(name, noise((7, 8, 9)), noise(4, seed=1), axis=axis, mode=mode, cval=2.0)

    def test_kernels_that_reach_far_beyond_the_array(self):
        for n, mode in itertools.product((1, 2, 3, 7), MODES):
            x = noise((n, 3))
            for call in [("gaussian_filter1d", x, 40, 0), ("uniform_filter1d", x, 300, 0),
                         ("correlate1d", x, noise(50, seed=1), 0)]:
                self.both(*call, mode=mode, cval=1.5)
            kernel = noise((31, 26), seed=2)
            if mode in ("reflect", "grid-mirror"):  # SciPy reads memory that is not its own
                around = np.pad(x, ((15, 15), (13, 12)), "symmetric")
                wanted = scipy_signal.correlate2d(around, kernel, "valid")
                self.assert_same(ndimage.correlate(x, kernel, mode=mode), wanted)
            else:
                self.both("convolve", x, kernel, mode=mode, cval=1.5)
            self.both("correlate1d", x, noise(50, seed=1), 0, mode=mode, cval=1.5, origin=-25)
        # SciPy would set aside gigabytes for it.
        np.testing.assert_allclose(ndimage.gaussian_filter(np.eye(3), 1e6, mode="wrap"),
                                   np.full((3, 3), 1 / 3), rtol=1e-9)

    def test_more_axes_than_the_engine_has(self):
        self.both("correlate1d", noise((2, 3) * 5), noise(3, seed=1), axis=4)

    def test_gaussians_and_their_derivatives(self):
        for sigma, order, mode in itertools.product((0.6, 2, 7.3), (0, 1, 2, 3), MODES):
            self.both("gaussian_filter1d", noise((20, 30)), sigma, 0, order, mode=mode, cval=1.0)
        self.both("gaussian_filter", noise((20, 30)), (1.5, 0))
        self.both("gaussian_filter", noise((20, 30, 6), np.float32), (1, 2, 0.5), (0, 1, 2))
        self.both("gaussian_filter", noise((20, 30)), 2, mode=("wrap", "nearest"), truncate=2.5)
        self.both("gaussian_filter", noise((20, 30)), 2, radius=(3, 4))
        self.both("gaussian_filter", noise((20, 30)), 0)

    def test_uniform_filters(self):
        for size, mode in itertools.product((1, 2, 3, 8), MODES):
            self.both("uniform_filter1d", noise((20, 30)), size, 0, mode=mode, cval=1.0)
            self.both("uniform_filter", noise((20, 30)), size, mode=mode)
        self.both("uniform_filter", noise((9, 8, 7)), (2, 1, 4), origin=(-1, 0, 1))
        self.both("uniform_filter1d", noise(20), 4, origin=-2)

    def test_edges(self):
        for name, axis, mode in itertools.product(("sobel", "prewitt"), (0, 1, -1), MODES):
            self.both(name, noise((12, 13)), axis, mode=mode, cval=0.5)
        self.both("sobel", noise((6, 7, 8), np.float32), 1, mode=("wrap", "mirror", "nearest"))
        for mode in MODES:
            self.both("laplace", noise((6, 7, 8)), mode=mode)
        self.both("laplace", noise((6, 7)), mode=("reflect", "wrap"))

    def test_integers_are_truncated_and_wrapped(self):
        for dtype, name in itertools.product(INTEGERS, ("sobel", "prewitt", "laplace")):
            self.both(name, noise((20, 21), dtype, 3))
        for dtype, size in itertools.product(INTEGERS, (2, 3, 5, (4, 7))):
            self.both("uniform_filter", noise((20, 21), dtype, 4), size)
        for dtype in (np.uint8, np.int16, np.uint32):
            x = np.random.default_rng(5).integers(0, 120, (30, 31)).astype(dtype)
            self.both("gaussian_filter", x, 1.7)
            self.both("correlate", x, noise((3, 4), seed=1))
            self.both("convolve", x, noise((3, 4), np.int64, 1))
            self.both("convolve", x, np.full((3, 3), 40))

    def test_integers_into_other_types(self):
        x = np.random.default_rng(5).integers(0, 200, (30, 31)).astype(np.uint8)
        for output in (np.float32, np.float64, np.int16, np.uint16, "int64"):
            for name, argument in [("gaussian_filter", 1.5), ("uniform_filter", 3), ("sobel", 0)]:
                self.both(name, x, argument, output=output)
        self.both("convolve", x > 100, np.ones((3, 3)), output=np.int32)

    def test_constant_integer_images_stay_constant(self):
        for value, dtype in itertools.product((1, 77, 255), (np.uint8, np.int32)):
            x = np.full((20, 20), value, dtype)
            for y in (ndimage.gaussian_filter(x, 2.3), ndimage.uniform_filter(x, 7),
                      ndimage.correlate(x, np.full((3, 3), 1 / 9))):
                np.testing.assert_array_equal(y, x)

    def test_large_integers_are_truncated_too(self):
        x = np.full(9, 2**40 + 1)
        np.testing.assert_array_equal(ndimage.correlate1d(x, [0.0, 0.75, 0.0]),
                                      np.full(9, (2**40 + 1) * 3 // 4))

    def test_complex_images_and_kernels(self):
        z, w = noise((9, 8), np.complex128, 1), noise((3, 4), np.complex128, 2)
        for name, mode in itertools.product(("correlate", "convolve"), MODES):
            for x, k in [(z, w), (z, w.real), (z.real, w)]:
                # SciPy takes a complex value outside for complex images only.
                outside = 1 - 2j if mode == "constant" and x is z else 0.0
                self.both(name, x, k, mode=mode, cval=outside)
        self.both("gaussian_filter", z, 1.5)


class Outputs(Compared):
    def test_are_written_and_returned(self):
        x = noise((10, 11))
        for output in (np.empty_like(x), np.empty((11, 10)).T, np.empty(x.shape, np.float32)):
            self.assertIs(ndimage.gaussian_filter(x, 1, output=output), output)
            np.testing.assert_allclose(output, scipy_ndimage.gaussian_filter(x, 1), rtol=1e-5,
                                       atol=1e-6)

    def test_may_be_the_input(self):
        for name, argument in [("convolve", np.ones((3, 3))), ("sobel", 0), ("uniform_filter", 4)]:
            x = noise((10, 11))
            wanted = getattr(ndimage, name)(x, argument)
            getattr(ndimage, name)(x, argument, output=x)
            np.testing.assert_array_equal(x, wanted)

    def test_may_overlap_the_input_in_any_way(self):
        for dtype in (np.float64, np.uint8):
            for here, there in [(slice(0, 12), slice(1, 13)), (slice(1, 13), slice(0, 12)),
                                (slice(0, 12), slice(11, None, -1))]:
                base = (noise((13, 9), seed=3) * 50).astype(dtype)
                x, output = base[here], base[there]
                wanted = ndimage.correlate(x.copy(), np.ones((3, 4)))
                ndimage.correlate(x, np.ones((3, 4)), output=output)
                np.testing.assert_array_equal(output, wanted)

    def test_of_empty_inputs_are_empty(self):
        self.assertEqual(ndimage.gaussian_filter(np.empty((0, 5)), 2).shape, (0, 5))


class Refusals(unittest.TestCase):
    def refused(self, kind, pattern, name, *arguments, **options):
        with self.assertRaisesRegex(kind, pattern):
            getattr(ndimage, name)(*arguments, **options)

    def test_name_the_argument_and_what_is_allowed(self):
        x = np.ones((5, 6))
        self.refused(ValueError, r"mode = 'same'; allowed: 'reflect'", "correlate", x, x,
                     mode="same")
        self.refused(ValueError, r"weights have 1 axes; .* allows 2", "convolve", x, [1.0])
        self.refused(ValueError, r"origin = 2; allowed for 3 taps: -1 to 1", "correlate1d", x,
                     [1, 2, 3], origin=2)
        self.refused(ValueError, r"axis = 2; allowed for 2 axes: -2 to 1", "sobel", x, 2)
        self.refused(ValueError, r"sigma = 0.0; allowed: above 0", "gaussian_filter1d", x, 0)
        self.refused(ValueError, r"sigma has 3 values; allowed: one, or 2", "gaussian_filter", x,
                     (1, 2, 3))
        self.refused(ValueError, r"size = 0; allowed: 1 to", "uniform_filter", x, 0)
        self.refused(ValueError, r"output has shape \(3,\); allowed: \(5, 6\)", "laplace", x,
                     np.empty(3))
        self.refused(ValueError, r"are empty; allowed: at least one tap", "correlate1d", x, [])
        self.refused(ValueError, r"order = -1; allowed: 0 to", "gaussian_filter1d", x, 1, 0,
                     -1)
        self.refused(TypeError, r"input has dtype float16; allowed", "laplace", x.astype("f2"))
        self.refused(TypeError, r"output has dtype float64; allowed for complex", "convolve",
                     x + 1j, x, output=float)
        self.refused(TypeError, r"cval = 1j is complex; allowed with input of float64", "laplace",
                     x, mode="constant", cval=1j)
        self.refused(TypeError, r"size = 2.5; allowed: an integer", "uniform_filter", x, 2.5)


if __name__ == "__main__":
    unittest.main()
