"""faltung.functional is the definition of a layer, for every option and rank; refusals by name."""
import itertools
import random
import unittest

import numpy as np
from scipy import signal as scipy_signal

import faltung
from faltung import functional
from signal_test import Compared, noise


def definition(x, w, bias, stride, padding, dilation, groups):
    """The sum that a layer is, tap by tap, in float64; padding as pairs."""
    x = np.pad(x.astype(float), [(0, 0), (0, 0), *padding])
    sizes = [(n - d * (k - 1) - 1) // s + 1
             for n, k, s, d in zip(x.shape[2:], w.shape[2:], stride, dilation)]
    out = np.zeros((x.shape[0], w.shape[0], *sizes))
    for o in range(w.shape[0]):
        first = o // (w.shape[0] // groups) * w.shape[1]
        for taps in itertools.product(*map(range, w.shape[2:])):
            window = tuple(slice(k * d, k * d + (m - 1) * s + 1, s)
                           for k, d, m, s in zip(taps, dilation, sizes, stride))
            part = x[(slice(None), slice(first, first + w.shape[1])) + window]
            out[:, o] += np.tensordot(part, w[(o, slice(None)) + taps].astype(float), ([1], [0]))
        if bias is not None:
            out[:, o] += bias[o]
    return out


class LayersAreTheirDefinition(Compared):
    def check(self, x, w, bias=None, stride=1, padding=0, dilation=1, groups=1, pairs=None):
        rank = w.ndim - 2
        each = [(v,) * rank if isinstance(v, int) else v for v in (stride, dilation)]
        if pairs is None:
            pairs = [(p, p) for p in ((padding,) * rank if isinstance(padding, int) else padding)]
        ours = functional.conv(x, w, bias, stride, padding, dilation, groups)
        self.assert_same(ours, definition(x, w, bias, each[0], pairs, each[1], groups)
                         .astype(x.dtype))

    def test_for_random_layers_of_rank_1_to_4(self):
        choose = random.Random(4)
        for n in range(150):
            rank = choose.randint(1, 4)
            groups, per_group = choose.randint(1, 3), choose.randint(1, 3)
            out = groups * choose.randint(1, 3)
            dtype = choose.choice([np.float32, np.float64])
            taps = [choose.randint(1, 4) for _ in range(rank)]
            shape = [choose.randint(1, 3), groups * per_group,
                     *(choose.randint(10, 14 if rank < 4 else 11) for _ in range(rank))]
            pairs = [(choose.randint(0, 3), choose.randint(0, 3)) for _ in range(rank)]
            options = dict(stride=tuple(choose.randint(1, 3) for _ in range(rank)),
                           dilation=tuple(choose.randint(1, 3) for _ in range(rank)))
            with self.subTest(n=n, shape=shape, taps=taps, groups=groups, pairs=pairs, **options):
                bias = noise(out, dtype, n) if choose.random() < 0.5 else None
                self.check(noise(shape, dtype, n), noise((out, per_group, *taps), dtype, n + 1),
                           bias, padding=pairs, pairs=pairs, groups=groups, **options)

    def test_same_puts_the_odd_remainder_after(self):
        for k, d in itertools.product((1, 2, 3, 4), (1, 2, 3)):
            reach = d * (k - 1)
            self.check(noise((1, 2, 9)), noise((3, 2, k), seed=1), padding="same", dilation=d,
                       pairs=[(reach // 2, reach - reach // 2)])

    def test_depthwise_and_pointwise(self):
        x = noise((2, 8, 12, 13), np.float32)
        self.check(x, noise((8, 1, 3, 3), np.float32, 1), padding=1, groups=8)
        self.check(x, noise((16, 1, 3, 3), np.float32, 1), padding=1, groups=8, stride=2)
        self.check(x, noise((5, 8, 1, 1), np.float32, 1))

    def test_a_single_item_needs_no_axis_of_items(self):
        x, w = noise((3, 9, 8)), noise((4, 3, 2, 3), seed=1)
        np.testing.assert_array_equal(functional.conv2d(x, w), functional.conv2d(x[None], w)[0])

    def test_long_kernels_equal_scipy(self):
        x, w = noise((2, 1, 5000)), noise((1, 1, 3000), seed=1)
        ours = functional.conv1d(x, w, padding=2999)
        theirs = np.stack([scipy_signal.correlate(item[0], w[0, 0]) for item in x])
        self.assert_same(ours[:, 0], theirs)

    def test_names_by_rank(self):
        for rank, call in [(1, functional.conv1d), (2, functional.conv2d), (3, functional.conv3d)]:
            x, w = noise((2, 2) + (6,) * rank), noise((3, 2) + (3,) * rank, seed=1)
            np.testing.assert_array_equal(call(x, w, padding=1), functional.conv(x, w, padding=1))

    def test_channels_last_in_memory_and_views(self):
        x, w = noise((2, 9, 8, 3)), noise((4, 3, 2, 3), seed=1)
        for view in (x.transpose(0, 3, 1, 2), x.transpose(0, 3, 1, 2)[:, ::-1],
                     x.transpose(3, 0, 1, 2)[:, :, ::2].transpose(1, 0, 2, 3)):
            self.check(view, w)

    def test_threads_change_no_bit(self):
        x, w = noise((7, 6, 40, 40), np.float32), noise((8, 6, 3, 3), np.float32, 1)
        before, results = faltung.threads(), []
        for threads in (1, 2, 4):
            faltung.set_threads(threads)
            results += [functional.conv2d(x, w), functional.conv2d(x[:1], w)]
        faltung.set_threads(before)
        for whole, first in zip(results[::2], results[1::2]):
            np.testing.assert_array_equal(whole, results[0])
            np.testing.assert_array_equal(first, results[0][:1])

    def test_no_items_give_no_items(self):
        none = functional.conv1d(np.empty((0, 2, 9)), np.ones((3, 2, 4)))
        self.assertEqual(none.shape, (0, 3, 6))


class Explanations(unittest.TestCase):
    def test_say_shape_work_and_algorithm(self):
        for n in range(100):
            choose = random.Random(n)
            rank, groups = choose.randint(1, 4), choose.randint(1, 2)
            x = noise([2, 2 * groups] + [choose.randint(8, 10)] * rank, np.float32, n)
            w = noise([3 * groups, 2] + [choose.randint(1, 3)] * rank, np.float32, n)
            options = dict(stride=choose.randint(1, 2), padding=choose.randint(0, 1),
                           dilation=choose.randint(1, 2), groups=groups)
            bias = choose.choice([None, np.ones(len(w), "f4")])
            y = functional.conv(x, w, bias, **options)
            plan = functional.explain(x, w, bias, **options)
            with self.subTest(n=n):
                self.assertEqual(plan["output_shape"], y.shape)
                self.assertEqual(functional.explain(x[0], w, **options)["output_shape"],
                                 y.shape[1:])
                one = 2 * w[0].size + (bias is not None)
                self.assertEqual(plan["flops"], y.size * one)
                arrays = [a for a in (x, w, bias, y) if a is not None]
                self.assertEqual(plan["bytes_moved"], sum(a.nbytes for a in arrays))
                self.assertEqual(plan["algorithm"], plan["candidates"][0]["solver"])
                self.assertLessEqual(plan["candidates"][0]["error"], 1e-6)

    def test_refuse_what_conv_refuses(self):
        with self.assertRaisesRegex(ValueError, "larger than the padded input"):
            functional.explain(np.ones((1, 1, 3)), np.ones((1, 1, 5)))


class Refusals(unittest.TestCase):
    def refused(self, kind, pattern, x, w, *arguments, **options):
        with self.assertRaisesRegex(kind, pattern):
            functional.conv(x, w, *arguments, **options)

    def test_name_the_argument_and_what_is_allowed(self):
        x, w = np.ones((1, 4, 9)), np.ones((2, 4, 3))
        self.refused(ValueError, "stride = 0; allowed: 1 to", x, w, stride=0)
        self.refused(ValueError, "dilation = -1; allowed: 1 to", x, w, dilation=-1)
        self.refused(ValueError, "padding = -1; allowed: 0 to", x, w, padding=-1)
        self.refused(ValueError, "padding = 'full'; allowed: 'valid', 'same'", x, w, padding="full")
        self.refused(ValueError, r"stride = \(2,\) with padding = 'same'; allowed: 1", x, w,
                     stride=2, padding="same")
        self.refused(ValueError, "stride has 2 values; allowed: one, or 1", x, w, stride=(1, 2))
        self.refused(ValueError, "input has 4 channels; .* groups = 2 allows 8", x, w, groups=2)
        self.refused(ValueError, "groups = 3 does not divide weight's 2", x, w, groups=3)
        self.refused(ValueError, "groups = 0; allowed: 1 to", x, w, groups=0)
        self.refused(ValueError, "bias has 3 values; allowed: 2", x, w, np.ones(3))
        self.refused(ValueError, "input has 4 axes; weight of shape .* allows 3", x[None], w)
        self.refused(ValueError, "is larger than the padded input", x, np.ones((2, 4, 10)))
        self.refused(ValueError, "is NaN; taps must be finite", x, w * np.nan)

    def test_of_types(self):
        x, w = np.ones((1, 4, 9)), np.ones((2, 4, 3))
        self.refused(TypeError, "weight has dtype float32; input of float64", x, w.astype("f4"))
        self.refused(TypeError, "input has dtype int64; allowed: float32", x.astype(int), w)
        self.refused(TypeError, "stride = 1.5; allowed: an integer", x, w, stride=1.5)
        self.refused(TypeError, "padding = None; allowed: an integer", x, w, padding=None)

    def test_of_another_rank(self):
        with self.assertRaisesRegex(ValueError, "weight has 3 axes; conv2d allows 4"):
            functional.conv2d(np.ones((1, 4, 9)), np.ones((2, 4, 3)))


class RandomArguments(unittest.TestCase):
    def test_are_computed_or_refused(self):
        """Whatever is given, the answer is an array or one of two errors that say something."""
        choose = random.Random(9)
        numbers = [-2**63, -7, -1, 0, 1, 2, 3, 5, 2**31, 2**62, 2**63, 1.5, None, "same", "valid",
                   (1, 2), ((0, 1), (2, 0)), (), "x", np.nan, True]
        usual = [1, 1, 1, 2]
        computed = 0
        for n in range(6000):
            rank = choose.randint(0, 3)
            x = noise([choose.randint(0, 2), choose.randint(0, 3)]
                      + [choose.randint(0, 6) for _ in range(rank)], seed=n)
            channels = choose.choice([x.shape[1], x.shape[1], choose.randint(0, 3)])
            w = noise([choose.randint(0, 3), channels]
                      + [choose.randint(0, 4) for _ in range(choose.choice([rank, rank, 2]))])
            if choose.random() < 0.2:
                x = x.astype(choose.choice(["f4", ">f8", "f2", "i4", "c16", "O", "?"]))
            options = {name: choose.choice(numbers if choose.random() < 0.15 else usual)
                       for name in ("stride", "padding", "dilation", "groups")}
            try:
                functional.conv(x, w, **options)
                computed += 1
            except (ValueError, TypeError) as error:
                self.assertGreater(len(str(error)), 10, options)
        self.assertGreater(computed, 100)


if __name__ == "__main__":
    unittest.main()
