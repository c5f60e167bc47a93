"""faltung.Stream is convolve of what was joined, however it was cut, and swaps without a click."""
import itertools
import random
import threading
import time
import unittest

import numpy as np

from faltung import Stream, signal
from signal_test import Compared, noise


def cut(x, sizes):
    """The pieces of x with those many frames, the rest as the last one."""
    at = 0
    for size in sizes:
        yield x[at:at + size]
        at += size
    yield x[at:]


def through(stream, x, sizes):
    return np.concatenate([stream.process(piece) for piece in cut(x, sizes)] + [stream.finish()])


def convolved(x, kernel):
    """[frame, channel] with [out, in, tap], in float64."""
    x = x.astype(float)
    return np.stack([sum(signal.convolve(x[:, i], k.astype(float)) for i, k in enumerate(row))
                     for row in kernel], axis=1)


class StreamsAreConvolutions(Compared):
    def test_whatever_the_cut_the_kernel_and_the_block(self):
        for n in range(120):
            choose = random.Random(n)
            dtype = choose.choice([np.float32, np.float64])
            channels, taps = choose.randint(1, 3), choose.choice([1, 2, 17, 300, 5000])
            outs, frames = choose.randint(1, 3), choose.randint(0, 4000)
            form = choose.choice(["one", "each", "matrix"])
            k = noise((outs, channels, taps), dtype, n)
            kernel = {"one": k[0, 0], "each": k[0], "matrix": k}[form]
            whole = np.zeros((channels, channels, taps), dtype)
            for c in range(channels):
                whole[c, c] = k[0, 0] if form == "one" else k[0, c]
            x = noise((frames, channels), dtype, n + 1)
            sizes = [choose.choice([0, 1, 7, 64, 500, 1300]) for _ in range(choose.randint(0, 9))]
            stream = Stream(kernel, channels, choose.choice([None, 1, 64, 1000]))
            with self.subTest(n=n, form=form, taps=taps, sizes=sizes, channels=channels):
                self.assertEqual((stream.latency, stream.dtype), (0, dtype))
                theirs = convolved(x, k if form == "matrix" else whole)
                if frames == 0:
                    theirs = np.zeros((taps - 1, theirs.shape[1]))
                for _ in range(2):  # finish begins anew
                    self.assert_same(through(stream, x, sizes), theirs.astype(dtype))

    def test_a_matrix_of_entries(self):
        x, a, b = noise((900, 2)), noise(40, seed=1), noise(25, seed=2)
        entries = [{"in": 1, "out": 2, "kernel": a, "gain_db": -6.0},
                   {"in": 2, "out": 2, "kernel": b, "delay": 3}, {"in": 2, "out": 1, "kernel": a}]
        k = np.zeros((2, 2, 40))
        k[1, 0], k[1, 1, 3:28], k[0, 1] = a * 10 ** (-6 / 20), b, a
        stream = Stream(entries, 2)
        self.assertEqual(stream.channels, (2, 2))
        self.assert_same(through(stream, x, [100, 1]), convolved(x, k))

    def test_layouts(self):
        x, k = noise((500, 2)), noise(30, seed=1)
        wanted = through(Stream(k, 2), x, [])
        ours = Stream(k, 2, channel_axis=0)
        np.testing.assert_array_equal(ours.process(x.T), wanted[:500].T)
        np.testing.assert_array_equal(ours.finish(), wanted[500:].T)
        mono = Stream(k, 1)
        np.testing.assert_array_equal(mono.process(x[:, 0]), wanted[:500, 0])
        np.testing.assert_array_equal(mono.finish(), wanted[500:, 0])
        np.testing.assert_array_equal(Stream(k, 2).process(x[::-1][::-1]), wanted[:500])
        np.testing.assert_array_equal(Stream(k, 2).process(np.asfortranarray(x)), wanted[:500])

    def test_types(self):
        k = noise(30)
        self.assertEqual(Stream(k, 1).process(np.ones(9, "f4")).dtype, np.float64)
        self.assertEqual(Stream(k, 1, dtype="f4").process(np.ones(9, "f4")).dtype, np.float32)
        self.assertEqual(Stream(np.arange(3), 1).dtype, np.float64)


class Swaps(Compared):
    def test_to_the_same_kernel_is_inaudible(self):
        x, k = noise((6000, 2)), noise(700, seed=1)
        stream = Stream(k, 2, 128)
        first = stream.process(x[:2000])
        stream.swap(k)
        rest = np.concatenate([first, stream.process(x[2000:]), stream.finish()])
        self.assert_same(rest, convolved(x, k * np.eye(2)[..., None]))

    def test_fade_at_equal_gain_over_the_whole_past(self):
        x, old, new = noise(6000), noise(500, seed=1), noise(800, seed=2)
        stream = Stream(old, 1, 64, rate=1000.0)
        first = stream.process(x[:2000])
        stream.swap(new, fade_ms=300)
        ours = np.concatenate([first, stream.process(x[2000:])])
        share = np.clip((np.arange(6000) - 2000 + 1) / 301, 0, 1)
        theirs = ((1 - share) * signal.convolve(x, old)[:6000]
                  + share * signal.convolve(x, new)[:6000])
        self.assert_same(ours, theirs)
        self.assertEqual(stream.finish().shape, (799,))

    def test_from_another_thread_while_sound_runs(self):
        x, kernels = noise(200, seed=3), [noise(400, seed=n) for n in range(2)]
        stream, stop = Stream(kernels[0], 1, 64), threading.Event()
        swapped = []

        def swap():
            for k in itertools.cycle(kernels):
                if stop.is_set():
                    return
                try:
                    stream.swap(k, fade_ms=1)
                    swapped.append(k)
                except ValueError as error:
                    self.assertIn("16 swaps are waiting", str(error))

        thread = threading.Thread(target=swap)
        thread.start()
        heard, end = [], time.monotonic() + 60  # a busy machine may let the other thread wait
        while len(heard) < 400 or len(swapped) < 4 and time.monotonic() < end:
            heard.append(stream.process(x))
        stop.set()
        thread.join()
        self.assertGreater(len(swapped), 3)
        most = max(np.abs(k).sum() for k in kernels) * np.abs(x).max()
        self.assertLess(max(np.abs(piece).max() for piece in heard), most)

    def test_too_many_are_refused(self):
        stream = Stream([1.0], 1)
        for _ in range(16):
            stream.swap([1.0])
        with self.assertRaisesRegex(ValueError, "16 swaps are waiting"):
            stream.swap([1.0])


class Refusals(unittest.TestCase):
    def refused(self, kind, pattern, call, *arguments, **options):
        with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
            call(*arguments, **options)

    def test_name_the_argument_and_what_is_allowed(self):
        self.refused(ValueError, "channels = 0; allowed: 1 to", Stream, [1.0], 0)
        self.refused(ValueError, "block = 0; allowed: 1 to", Stream, [1.0], 1, 0)
        self.refused(ValueError, "rate = -1.0; allowed: above 0", Stream, [1.0], 1, rate=-1)
        self.refused(ValueError, "kernel of shape .0,. is empty", Stream, [], 1)
        self.refused(ValueError, "kernel has 4 axes", Stream, np.ones((1, 1, 1, 1)), 1)
        self.refused(ValueError, "NaN|finite", Stream, [np.nan], 1)
        self.refused(TypeError, "complex128; allowed: real", Stream, [1j], 1)
        self.refused(TypeError, "dtype = int64; allowed: float32", Stream, [1.0], 1, dtype=int)
        self.refused(ValueError, "channel_axis = 2", Stream, [1.0], 1, channel_axis=2)
        self.refused(ValueError, r"kernel\[0\]\['in'\] = 3; allowed: 1 to 2", Stream,
                     [{"in": 3, "out": 1, "kernel": [1.0]}], 2)
        self.refused(ValueError, "allowed: a mapping with in, out, kernel", Stream,
                     [{"in": 1, "out": 1}], 2)

    def test_of_pieces_and_swaps(self):
        stream = Stream(np.ones(3, "f4"), 2)
        self.refused(TypeError, "float64; a stream of float32 allows float32", stream.process,
                     np.ones((4, 2)))
        self.refused(ValueError, "has 3 channels along axis -1; allowed: 2", stream.process,
                     np.ones((4, 3), "f4"))
        self.refused(ValueError, "has 1 channels", stream.process, np.ones(4, "f4"))
        self.refused(ValueError, "fade of -1", stream.swap, [1.0], -1)
        self.refused(ValueError, "3 channels", stream.swap, np.ones((3, 2, 5)))
        self.assertEqual(stream.process(np.ones((4, 2), "f4")).shape, (4, 2))

    def test_what_is_not_finite_is_muted_and_counted(self):
        stream = Stream([1.0], 1, 8)
        x = np.ones(16)
        x[3] = np.nan
        self.assertTrue(np.isfinite(stream.process(x)).all())
        self.assertEqual(stream.muted, 1)


class Lock(unittest.TestCase):
    def test_other_threads_run_meanwhile(self):
        stream, x = Stream(noise(50000), 1), noise(200000)
        counted = [0]
        done = threading.Event()

        def count():
            while not done.is_set():
                counted[0] += 1

        thread = threading.Thread(target=count)
        thread.start()
        during, end = 0, time.monotonic() + 60  # a busy machine may have no core for the other
        while during <= 1000 and time.monotonic() < end:
            before = counted[0]
            stream.process(x)
            during = counted[0] - before
        done.set()
        thread.join()
        self.assertGreater(during, 1000)


if __name__ == "__main__":
    unittest.main()
