"""faltung.ndimage and faltung.signal against SciPy in hundreds of random calls of each function."""
import unittest

import numpy as np
from scipy import ndimage as scipy_ndimage
from scipy import signal as scipy_signal

from faltung import ndimage, signal
from signal_test import Compared

CALLS = 300
MODES = ("reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap",
         "grid-wrap")
REAL = (np.float64, np.float32, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32,
        np.int64, bool)
COMPLEX = (np.complex128, np.complex64)


class Draw:
    """What the calls are made of."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def one(self, choices):
        return choices[self.random.integers(len(choices))]

    def chance(self, share):
        return self.random.random() < share

    def array(self, shape, types):
        dtype = np.dtype(self.one(types))
        big = tuple(2 * n + 1 for n in shape)
        if dtype.kind in "iub":
            full = self.random.integers(0, 2 if dtype.kind == "b" else 120, big).astype(dtype)
        else:
            full = self.random.normal(size=big) * 10
            if dtype.kind == "c":
                full = full + 1j * self.random.normal(size=big)
            full = full.astype(dtype)
        step = self.one((1, 2, -1, -2))
        view = full[tuple(slice(0, n) if step == 1 else slice(None, 2 * n, 2) for n in shape)]
        view = view[(slice(None, None, -1),) * view.ndim] if step < 0 else view
        return np.asfortranarray(view) if self.chance(0.2) else view

    def shape(self, most=3, large=14):
        rank = self.random.integers(1, most + 1)
        return tuple(int(n) for n in self.random.integers(1, large, rank))

    def origin(self, taps):
        return int(self.random.integers(-(taps // 2), (taps - 1) // 2 + 1))

    def modes(self, rank):
        if self.chance(0.3):
            return tuple(self.one(MODES) for _ in range(rank))
        return self.one(MODES)


class FiltersAreScipys(Compared):
    def run_calls(self, name, arguments, types=REAL):
        for call in range(CALLS):
            draw = Draw([sum(map(ord, name)), call])
            x = draw.array(draw.shape(), types)
            given, options = arguments(draw, x)
            complex_call = any(np.iscomplexobj(a) for a in (x, *given))
            kind = draw.one(("none", "dtype", "array", "gaps", "in place"))
            into = np.dtype(draw.one(COMPLEX if complex_call else REAL))
            with self.subTest(name=name, call=call, x=(x.shape, x.dtype, x.strides), kind=kind,
                              into=into, given=[np.shape(g) for g in given], **options):
                self.compare(name, x, given, options, kind, into)

        if self.values:
            self.assertLess(self.differing, 0.02 * self.values)
            self.assertGreater(self.values, 1000)

    def compare(self, name, x, given, options, kind, into):
        ours, theirs = getattr(ndimage, name), getattr(scipy_ndimage, name)
        if kind == "none" or (kind == "in place" and any(np.iscomplexobj(a) for a in given)):
            return self.assert_near(ours(x, *given, **options), theirs(x, *given, **options), x)
        wanted = theirs(x, *given, output=x.dtype if kind == "in place" else into, **options)
        if kind == "dtype":
            return self.assert_near(ours(x, *given, output=into, **options), wanted, x)
        before = x.copy()
        if kind == "in place":
            out = x
        else:
            out = np.zeros(tuple(2 * n for n in x.shape), into)[tuple(slice(None, None, 2)
                                                                      for _ in x.shape)]
            out = np.zeros(x.shape, into) if kind == "array" else out
        self.assertIs(ours(x, *given, output=out, **options), out)
        self.assert_near(out, wanted, before)

    # SciPy truncates what its own rounding left of an integer; through squares and further passes
    # that can become any difference. Where taps are no integers their share is counted.
    differing = values = 0

    def assert_near(self, ours, theirs, x):
        if theirs.dtype.kind == "b":  # SciPy leaves bytes there that are neither 0 nor 1
            theirs = theirs.view(np.uint8) != 0
        if ours.dtype.kind in "iub" and "gaussian" in self.id():
            self.differing += np.count_nonzero(ours != theirs)
            self.values += ours.size
            return self.assertEqual((ours.shape, ours.dtype), (theirs.shape, theirs.dtype))
        if ours.dtype.kind in "iub":
            return self.assert_same(ours, theirs)
        self.assertEqual((ours.shape, ours.dtype), (theirs.shape, theirs.dtype))
        single = any(a.dtype in (np.float32, np.complex64) for a in (ours, x))
        scale = max(np.max(np.abs(theirs)), np.max(np.abs(x)), 1)
        self.assertLessEqual(np.max(np.abs(ours - theirs)), (4e-6 if single else 1e-12) * scale)

    def outside(self, draw, modes):
        return {"mode": modes, "cval": float(draw.random.integers(-5, 6))}

    def kernels(self, draw, x):
        shape = tuple(int(n) for n in draw.random.integers(1, 5, x.ndim))
        weights = draw.array(shape, REAL[:1] * 4 + REAL[1:] + COMPLEX * np.iscomplexobj(x))
        origin = [draw.origin(k) for k in shape]
        return (weights,), dict(origin=origin, **self.outside(draw, draw.one(MODES)))

    def series(self, draw, x):
        taps = int(draw.random.integers(1, 9))
        weights = draw.array((taps,), REAL[:2] + REAL[2:])
        return (weights, int(draw.random.integers(-x.ndim, x.ndim))), dict(
            origin=draw.origin(taps), **self.outside(draw, draw.one(MODES)))

    def gaussian(self, draw, x):
        sigmas = draw.random.uniform(0.3, 3, x.ndim)
        options = self.outside(draw, draw.modes(x.ndim))
        options["truncate"] = draw.one((2.0, 4.0))
        return (sigmas if draw.chance(0.5) else float(sigmas[0]),), options

    def test_correlate(self):
        self.run_calls("correlate", self.kernels)

    def test_convolve(self):
        self.run_calls("convolve", self.kernels)

    def test_correlate_and_convolve_complex(self):
        self.run_calls("correlate", self.kernels, COMPLEX)
        self.run_calls("convolve", self.kernels, COMPLEX)

    def test_correlate1d_and_convolve1d(self):
        self.run_calls("correlate1d", self.series)
        self.run_calls("convolve1d", self.series)

    def test_gaussian_filter(self):
        def arguments(draw, x):
            given, options = self.gaussian(draw, x)
            options["order"] = [int(n) for n in draw.random.integers(0, 3, x.ndim)]
            return given, options
        self.run_calls("gaussian_filter", arguments)

    def test_gaussian_filter1d(self):
        def arguments(draw, x):
            return (float(draw.random.uniform(0.3, 3)), int(draw.random.integers(x.ndim)),
                    int(draw.random.integers(4))), self.outside(draw, draw.one(MODES))
        self.run_calls("gaussian_filter1d", arguments)

    def test_gaussian_laplace(self):
        self.run_calls("gaussian_laplace", self.gaussian)

    def test_gaussian_gradient_magnitude(self):
        self.run_calls("gaussian_gradient_magnitude", self.gaussian)

    def test_uniform_filter(self):
        def arguments(draw, x):
            sizes = [int(n) for n in draw.random.integers(1, 7, x.ndim)]
            return (sizes,), dict(origin=[draw.origin(s) for s in sizes],
                                  **self.outside(draw, draw.modes(x.ndim)))
        self.run_calls("uniform_filter", arguments)

    def test_uniform_filter1d(self):
        def arguments(draw, x):
            size = int(draw.random.integers(1, 20))
            return (size, int(draw.random.integers(x.ndim))), dict(
                origin=draw.origin(size), **self.outside(draw, draw.one(MODES)))
        self.run_calls("uniform_filter1d", arguments)

    def test_sobel_and_prewitt(self):
        def arguments(draw, x):
            return (int(draw.random.integers(-x.ndim, x.ndim)),), self.outside(
                draw, draw.modes(x.ndim))
        self.run_calls("sobel", arguments)
        self.run_calls("prewitt", arguments)

    def test_laplace(self):
        self.run_calls("laplace", lambda draw, x: ((), self.outside(draw, draw.modes(x.ndim))))


class ConvolutionsAreScipys(Compared):
    def operands(self, draw, types, rank=None):
        shape = draw.shape() if rank is None else tuple(draw.random.integers(1, 14, rank))
        other = tuple(int(n) for n in draw.random.integers(1, 9, len(shape)))
        return draw.array(shape, types), draw.array(other, types)

    def run_calls(self, name, types, options, rank=None):
        for call in range(CALLS):
            draw = Draw([sum(map(ord, name)), call])
            x, k = self.operands(draw, types, rank)
            given = {key: draw.one(values) for key, values in options.items()}
            with self.subTest(name=name, call=call, x=(x.shape, x.dtype), k=(k.shape, k.dtype),
                              **given):
                # SciPy's transforms take each operand in its own precision: the better for both.
                a, b = self.alike(name, x, k)
                try:
                    wanted = getattr(scipy_signal, name)(a, b, **given)
                except ValueError as error:
                    if "Unsupported type" in str(error):
                        continue  # bool in more than one axis, which is more than SciPy does
                    with self.assertRaises(ValueError):
                        getattr(signal, name)(x, k, **given)
                    continue
                self.assert_same(getattr(signal, name)(x, k, **given), wanted)

    def alike(self, name, x, k):
        kind = np.result_type(x, k)
        integers = [a.dtype.kind in "iub" for a in (x, k)]
        if all(integers):
            return x, k
        if any(integers) and name in ("fftconvolve", "oaconvolve") and not all(
                1 in pair for pair in zip(x.shape, k.shape)):
            kind = np.result_type(kind, np.float64)
        return x.astype(kind), k.astype(kind)

    MODES = ("full", "same", "valid")

    def test_convolve_and_correlate(self):
        for name in ("convolve", "correlate"):
            self.run_calls(name, REAL + COMPLEX, dict(mode=self.MODES, method=("auto", "direct")))

    def test_fftconvolve_and_oaconvolve(self):
        for name in ("fftconvolve", "oaconvolve"):
            self.run_calls(name, REAL[:-1] + COMPLEX, dict(mode=self.MODES))

    def test_convolve2d_and_correlate2d(self):
        for name in ("convolve2d", "correlate2d"):
            self.run_calls(name, REAL[:-1] + COMPLEX, dict(
                mode=self.MODES, boundary=("fill", "wrap", "symm"), fillvalue=(0, 2)), rank=2)


if __name__ == "__main__":
    unittest.main()
