"""faltung.signal gives what scipy.signal gives: shapes, types, values; integers exactly."""
import itertools
import threading
import unittest

import numpy as np
from scipy import signal as scipy_signal

import faltung
from faltung import signal

MODES = ("full", "same", "valid")


def noise(shape, dtype=np.float64, seed=0):
    random = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        return random.integers(0 if dtype.kind == "u" else -9, 10, shape).astype(dtype)
    values = random.normal(size=shape)
    return (values + 1j * random.normal(size=shape) if dtype.kind == "c" else values).astype(dtype)


class Compared(unittest.TestCase):
    def assert_same(self, ours, theirs):
        self.assertEqual(ours.shape, theirs.shape)
        self.assertEqual(ours.dtype, theirs.dtype)
        if ours.size == 0:
            return
        if ours.dtype.kind in "iub":
            np.testing.assert_array_equal(ours, theirs)
            return
        allowed = 4e-6 if ours.dtype in (np.float32, np.complex64) else 1e-12
        peak = np.max(np.abs(theirs))
        self.assertLessEqual(np.max(np.abs(ours - theirs)), allowed * peak)


class SignalIsScipys(Compared):
    SHAPES = [((40,), (7,)), ((40,), (8,)), ((7,), (40,)), ((8,), (41,)), ((1,), (5,)),
              ((5,), (1,)), ((12, 15), (4, 3)), ((4, 3), (12, 15)), ((9, 8, 7), (2, 3, 4)),
              ((5, 6, 4, 7), (2, 1, 3, 2)), ((3000,), (700,)), ((90, 80), (33, 30))]

    def compare(self, name, dtypes, **options):
        for (n, k), mode in itertools.product(self.SHAPES, MODES):
            x, h = noise(n, dtypes[0], 1), noise(k, dtypes[1], 2)
            with self.subTest(shapes=(n, k), mode=mode):
                self.assert_same(getattr(signal, name)(x, h, mode, **options),
                                 getattr(scipy_signal, name)(x, h, mode, **options))

    def test_convolve_in_every_mode(self):
        self.compare("convolve", (np.float64, np.float64))

    def test_convolve_in_float32_stays_float32(self):
        self.compare("convolve", (np.float32, np.float32))

    def test_convolve_directly_and_by_transform(self):
        self.compare("convolve", (np.float64, np.float64), method="direct")
        self.compare("convolve", (np.float64, np.float64), method="fft")

    def test_convolve_of_complex_operands(self):
        for dtypes in [(np.complex128, np.complex128), (np.complex128, np.float64),
                       (np.float64, np.complex128), (np.complex64, np.complex64)]:
            self.compare("convolve", dtypes)

    def test_convolve_of_mixed_types(self):
        # SciPy's transforms take each operand in its own precision: compared in the result's.
        for left, right in [(np.float32, np.float64), (np.int16, np.float32),
                            (np.int32, np.float32), (np.complex64, np.float64)]:
            x, h = noise((30, 20), left, 1), noise((4, 5), right, 2)
            wanted = np.result_type(left, right)
            self.assert_same(signal.convolve(x, h),
                             scipy_signal.convolve(x.astype(wanted), h.astype(wanted)))

    def test_correlate_in_every_mode(self):
        self.compare("correlate", (np.float64, np.float64))

    def test_correlate_conjugates_the_second_operand(self):
        for dtypes in [(np.complex128, np.complex128), (np.float64, np.complex128)]:
            self.compare("correlate", dtypes)

    def test_fftconvolve_and_oaconvolve(self):
        for name in ("fftconvolve", "oaconvolve"):
            self.compare(name, (np.float64, np.float64))
            self.compare(name, (np.complex64, np.float32))

    def test_fftconvolve_broadcasts_the_other_axes(self):
        cases = [((5, 40), (1, 7), 1), ((1, 40), (6, 7), 1), ((5, 40), (5, 7), -1),
                 ((40, 5), (7, 5), 0), ((4, 30, 3), (4, 9, 1), [1]), ((1, 30, 3), (4, 9, 1), [1]),
                 ((4, 9, 12), (1, 3, 4), (1, 2)), ((9, 4, 12), (3, 4, 5), (2, 0)),
                 ((2, 7), (2, 30), 1)]
        for (n, k, axes), mode, dtype in itertools.product(cases, MODES,
                                                           (np.float64, np.complex128)):
            x, h = noise(n, dtype, 3), noise(k, dtype, 4)
            for name in ("fftconvolve", "oaconvolve"):
                with self.subTest(name=name, shapes=(n, k), axes=axes, mode=mode):
                    self.assert_same(getattr(signal, name)(x, h, mode, axes),
                                     getattr(scipy_signal, name)(x, h, mode, axes))

    def test_empty_and_scalar_operands(self):
        self.assertEqual(signal.fftconvolve([], [1.0]).shape, (0,))
        self.assertEqual(signal.convolve(3.0, 4.0), 12.0)

    def test_convolve2d_with_every_boundary(self):
        self.compare_images("convolve2d")

    def test_correlate2d_with_every_boundary(self):
        self.compare_images("correlate2d")

    def compare_images(self, name):
        shapes = [((12, 15), (4, 3)), ((12, 15), (5, 6)), ((40, 50), (19, 20)), ((9, 8), (1, 2))]
        types = [(np.float64, np.float64), (np.float32, np.float32), (np.int32, np.int32),
                 (np.complex128, np.complex128), (np.complex128, np.float64)]
        boundaries = [("fill", 0), ("fill", 2), ("wrap", 0), ("symm", 0)]
        for (n, k), (dtype, other), mode, (boundary, fill) in itertools.product(
                shapes, types, MODES, boundaries):
            x, h = noise(n, dtype, 5), noise(k, other, 6)
            with self.subTest(shapes=(n, k), mode=mode, boundary=boundary, dtype=dtype):
                self.assert_same(getattr(signal, name)(x, h, mode, boundary, fill),
                                 getattr(scipy_signal, name)(x, h, mode, boundary, fill))

    def test_exchanged_images(self):
        for name, dtype in itertools.product(("convolve2d", "correlate2d"),
                                             (np.float64, np.complex128)):
            x, h = noise((3, 4), dtype, 7), noise((9, 11), dtype, 8)
            with self.subTest(name=name, dtype=dtype):
                self.assert_same(getattr(signal, name)(x, h, "valid"),
                                 getattr(scipy_signal, name)(x, h, "valid"))

    def test_complex_fill_value(self):
        x, h = noise((8, 9), np.complex128, 1), noise((3, 3), np.float64, 2)
        self.assert_same(signal.convolve2d(x, h, "same", "fill", 1 - 2j),
                         scipy_signal.convolve2d(x, h, "same", "fill", 1 - 2j))

    def test_choose_conv_method_follows_the_planner(self):
        self.assertEqual(signal.choose_conv_method(np.ones(100), np.ones(3)), "direct")
        x, h = noise(200000), noise(50000)
        self.assertEqual(signal.choose_conv_method(x, h), "fft")
        method, times = signal.choose_conv_method(x[:20000], h[:5000], measure=True)
        self.assertEqual(set(times), {"direct", "fft"})
        self.assertEqual(times[method], min(times.values()))


class Integers(Compared):
    def test_are_exact_whatever_the_method(self):
        for dtype, method in itertools.product(
                (np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint32),
                ("auto", "direct", "fft")):
            x = noise(2000, np.int64, 1).clip(-1, 1)
            h = noise(90, np.int64, 2).clip(0, 1)
            if np.dtype(dtype).kind == "u":
                x = np.abs(x)
            x, h = x.astype(dtype), h.astype(dtype)
            ours = signal.convolve(x, h, method=method)
            self.assertEqual(ours.dtype, dtype)
            np.testing.assert_array_equal(ours, np.convolve(x.astype(np.int64), h.astype(np.int64)))

    def test_are_exact_up_to_2_to_the_53(self):
        random = np.random.default_rng(3)
        x = random.integers(-2**31, 2**31, 5000)
        h = random.integers(-2**10, 2**10, 1000)
        ours = signal.convolve(x, h)
        at = random.integers(0, len(ours), 300)
        padded = np.concatenate([np.zeros(999, int), x, np.zeros(999, int)])
        for m in at:
            self.assertEqual(ours[m], np.dot(padded[m:m + 1000], h[::-1]))

    def test_beyond_2_to_the_53_are_exact_and_wrap(self):
        random = np.random.default_rng(4)
        for dtype, low, taps in [(np.int64, -2**62, 5), (np.uint64, 0, 9), (np.int64, -2**40, 300)]:
            x = random.integers(low, 2**62, 400).astype(dtype)
            h = random.integers(low, 2**62, taps).astype(dtype)
            for mode in MODES:
                np.testing.assert_array_equal(signal.convolve(x, h, mode), np.convolve(x, h, mode))
        x = random.integers(-2**62, 2**62, (9, 8))
        self.assert_same(signal.correlate2d(x, x[:3, :2], "same", "fill", -2**40),
                         scipy_signal.correlate2d(x, x[:3, :2], "same", "fill", -2**40))

    def test_that_overflow_their_type_wrap(self):
        for dtype in (np.uint8, np.int8, np.int16, np.uint32):
            x = np.random.default_rng(5).integers(0, 2**31, 200).astype(dtype)
            for h in (x[:7], x[:90]):
                for mode in MODES:
                    self.assert_same(signal.convolve(x, h, mode), np.convolve(x, h, mode))

    def test_in_volumes_are_exact(self):
        x, h = noise((20, 21, 22), np.int64, 1), noise((7, 6, 5), np.int64, 2)
        np.testing.assert_array_equal(signal.correlate(x, h, "same"),
                                      scipy_signal.correlate(x, h, "same", method="direct"))


class Layouts(Compared):
    def test_strided_reversed_turned_and_foreign_arrays(self):
        base, h = noise((30, 40)), noise((3, 4))
        for x in (base[::2, ::3], base[::-1, ::-1], base.T, np.asfortranarray(base),
                  base.astype(">f8"), base[:, 5:30]):
            self.assert_same(signal.convolve(x, h), scipy_signal.convolve(x.astype("f8"), h))

    def test_read_only_operands_are_left_alone(self):
        x, h = noise(50), noise(5)
        x.flags.writeable = h.flags.writeable = False
        self.assert_same(signal.convolve(x, h), np.convolve(x, h))

    def test_unaligned_memory(self):
        raw = np.zeros(8 * 50 + 1, np.uint8)
        x = raw[1:].view(np.float64)
        x[:] = noise(50)
        self.assert_same(signal.convolve(x, np.ones(3)), np.convolve(x, np.ones(3)))


class Refusals(unittest.TestCase):
    def refused(self, kind, pattern, call, *arguments, **options):
        with self.assertRaisesRegex(kind, pattern):
            call(*arguments, **options)

    def test_name_the_argument_and_what_is_allowed(self):
        one = np.ones(4)
        self.refused(ValueError, r"mode = 'middle'; allowed: 'full'", signal.convolve, one, one,
                     "middle")
        self.refused(ValueError, r"method = 'slow'; allowed: 'auto'", signal.convolve, one, one,
                     method="slow")
        self.refused(ValueError, r"in2 has 2 axes; in1 .* allows 1", signal.convolve, one,
                     np.ones((2, 2)))
        self.refused(ValueError, r"in2 of shape \(0,\) is empty", signal.convolve, one, [])
        self.refused(ValueError, r"mode = 'valid' with shapes", signal.convolve, np.ones((3, 5)),
                     np.ones((4, 2)), "valid")
        self.refused(ValueError, r"boundary = 'mirror'; allowed: 'fill'", signal.convolve2d,
                     np.ones((3, 3)), np.ones((2, 2)), boundary="mirror")
        self.refused(ValueError, r"in1 has 1 axes; allowed: 2", signal.convolve2d, one, one)
        self.refused(ValueError, r"axes = 2; allowed for 1 axes", signal.fftconvolve, one, one,
                     axes=2)
        self.refused(ValueError, r"is NaN; taps must be finite", signal.convolve, one, [np.nan])

    def test_of_types(self):
        for dtype in (np.float16, np.longdouble, object, "U3", "datetime64[s]"):
            self.refused(TypeError, r"in1 has dtype .*; allowed: integers", signal.convolve,
                         np.zeros(3, dtype), [1.0])
        self.refused(TypeError, r"in2 has dtype bool; allowed", signal.fftconvolve, [1.0], [True])
        self.refused(TypeError, r"fillvalue = 1j is complex", signal.convolve2d, np.ones((3, 3)),
                     np.ones((2, 2)), fillvalue=1j)


class Threads(unittest.TestCase):
    def test_their_number_changes_no_bit(self):
        x, h = noise((300, 400), np.float32, 1), noise((31, 31), np.float32, 2)
        before = faltung.threads()
        results = []
        for threads in (1, 2, 5):
            faltung.set_threads(threads)
            results.append(signal.convolve(x, h))
        faltung.set_threads(before)
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])

    def test_others_run_while_the_engine_computes(self):
        x, h = noise((1200, 1200)), noise((25, 25))
        done, steps = threading.Event(), [0]

        def count():
            while not done.is_set():
                steps[0] += 1

        counter = threading.Thread(target=count)
        counter.start()
        for _ in range(3):
            signal.convolve(x, h, method="direct")
        done.set()
        counter.join()
        # With the lock held each call would let the counter run for no more than a moment.
        self.assertGreater(steps[0], 10000)

    def test_can_call_at_the_same_time(self):
        x, h = noise((200, 300)), noise((9, 9))
        wanted, wrong = signal.convolve(x, h), []

        def call():
            for _ in range(10):
                if not np.array_equal(signal.convolve(x, h), wanted):
                    wrong.append(1)

        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        self.assertEqual(wrong, [])

    def test_fewer_than_one_are_refused(self):
        with self.assertRaisesRegex(ValueError, "0 threads: at least 1"):
            faltung.set_threads(0)


if __name__ == "__main__":
    unittest.main()
