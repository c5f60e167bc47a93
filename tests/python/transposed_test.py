"""Transposed convolution and the gradients of both kinds are their definitions, and PyTorch's."""
import itertools
import random
import unittest

import numpy as np

import torch_peer
from faltung import functional
from functional_test import definition
from signal_test import Compared, noise


def transposed_definition(x, w, bias, stride, padding, more, dilation, groups):
    """Every sample spread over what it reaches, in float64; padding as pairs."""
    rank = w.ndim - 2
    full = [s * (n - 1) + d * (k - 1) + 1 + m
            for n, k, s, d, m in zip(x.shape[2:], w.shape[2:], stride, dilation, more)]
    out = np.zeros((x.shape[0], w.shape[1] * groups, *full))
    per_group = w.shape[0] // groups
    for g in range(groups):
        channels = slice(g * per_group, (g + 1) * per_group)
        for taps in itertools.product(*map(range, w.shape[2:])):
            window = tuple(slice(k * d, k * d + (n - 1) * s + 1, s)
                           for k, d, n, s in zip(taps, dilation, x.shape[2:], stride))
            part = np.tensordot(x[:, channels].astype(float),
                                w[(channels, slice(None)) + taps].astype(float), ([1], [0]))
            to = out[:, g * w.shape[1]:(g + 1) * w.shape[1]]
            to[(slice(None), slice(None)) + window] += np.moveaxis(part, -1, 1)
    cut = tuple(slice(lo, n - hi) for n, (lo, hi) in zip(full, padding))
    out = out[(slice(None), slice(None)) + cut]
    return out if bias is None else out + bias.reshape((1, -1) + (1,) * rank)


class Case:
    """A layer drawn at random; `paired` paddings differ at both ends."""

    def __init__(self, n, transposed=False):
        choose = random.Random(n)
        self.rank = choose.randint(1, 4)
        self.groups = choose.randint(1, 3)
        self.dtype = choose.choice([np.float32, np.float64])
        first, second = self.groups * choose.randint(1, 3), choose.randint(1, 3)
        most = (30, 12, 7, 5)[self.rank - 1]
        draw = lambda least, top: tuple(choose.randint(least, top) for _ in range(self.rank))
        taps = draw(1, min(4, most - 2))
        self.stride, self.dilation = draw(1, 3), draw(1, 2)
        self.paired = choose.random() < 0.4
        before = draw(0, 2)
        self.padding = tuple(zip(before, draw(0, 2) if self.paired else before))
        self.more = tuple(choose.randint(0, max(s, d) - 1)
                          for s, d in zip(self.stride, self.dilation))
        items = choose.choice([0, 1, 2, 3])
        least = [d * (k - 1) + 1 for k, d in zip(taps, self.dilation)]
        extents = [choose.randint(max(1, e - lo - hi), max(most, e))
                   for e, (lo, hi) in zip(least, self.padding)]
        if transposed:  # s * (n - 1) + e - lo - hi is at least 1
            extents = [max(n, (lo + hi - e) // s + 2) for n, e, s, (lo, hi)
                       in zip(extents, least, self.stride, self.padding)]
        channels = first if transposed else second * self.groups
        self.x = noise((items, channels, *extents), self.dtype, n)
        self.w = noise((first, second, *taps), self.dtype, n + 1)
        out = second * self.groups if transposed else first
        self.bias = noise(out, self.dtype, n + 2) if choose.random() < 0.5 else None
        self.extents = [(n + lo + hi - e) // s + 1 for n, e, s, (lo, hi)
                        in zip(extents, least, self.stride, self.padding)]

    def options(self, transposed):
        options = dict(stride=self.stride, padding=self.padding, dilation=self.dilation,
                       groups=self.groups)
        if transposed:
            options["output_padding"] = self.more
        return options

    def for_torch(self, transposed):
        return dict(self.options(transposed), padding=tuple(lo for lo, _ in self.padding))

    def torch_knows(self):
        return torch_peer.torch() is not None and self.rank < 4 and not self.paired and len(self.x)


def dot(a, b):
    return float(np.sum(a.astype(float) * b.astype(float)))


class TransposedIsItsDefinition(Compared):
    def test_for_random_layers_of_rank_1_to_4(self):
        for n in range(400):
            case = Case(n, transposed=True)
            with self.subTest(n=n):
                ours = functional.conv_transpose(case.x, case.w, case.bias,
                                                 **case.options(True))
                theirs = transposed_definition(case.x, case.w, case.bias, case.stride,
                                               case.padding, case.more, case.dilation,
                                               case.groups)
                self.assert_same(ours, theirs.astype(case.dtype))

    def test_and_pytorchs(self):
        torch_peer.needed()
        compared = 0
        for n in range(500):
            case = Case(n, transposed=True)
            if not case.torch_knows():
                continue
            with self.subTest(n=n):
                theirs = torch_peer.call(f"conv_transpose{case.rank}d", case.x, case.w, case.bias,
                                         **case.for_torch(True))
                call = getattr(functional, f"conv_transpose{case.rank}d")
                self.assert_same(call(case.x, case.w, case.bias, **case.for_torch(True)), theirs)
                compared += 1
        self.assertGreater(compared, 100)

    def test_positions_of_arguments_are_pytorchs(self):
        x, w, b = noise((2, 4, 6, 5)), noise((4, 3, 3, 2), seed=1), noise(6, seed=2)
        np.testing.assert_array_equal(
            functional.conv_transpose2d(x, w, b, 2, 1, 1, 2, 2),
            functional.conv_transpose(x, w, b, stride=2, padding=1, output_padding=1, groups=2,
                                      dilation=2))

    def test_a_single_item_needs_no_axis_of_items(self):
        x, w = noise((3, 9, 8)), noise((3, 4, 2, 3), seed=1)
        np.testing.assert_array_equal(functional.conv_transpose2d(x, w, stride=2),
                                      functional.conv_transpose2d(x[None], w, stride=2)[0])

    def test_views_and_channels_last_in_memory(self):
        x, w = noise((2, 9, 8, 3)).transpose(0, 3, 1, 2), noise((5, 4, 2, 3), seed=1)[::2]
        np.testing.assert_array_equal(functional.conv_transpose(x, w),
                                      functional.conv_transpose(x.copy(), w.copy()))


class GradientsOfConvolution(Compared):
    def check(self, case, transposed):
        forward = functional.conv_transpose if transposed else functional.conv
        backward = functional.conv_transpose_backward if transposed else functional.conv_backward
        options = case.options(transposed)
        shape = forward(case.x, case.w, **options).shape
        grad = noise(shape, case.dtype, 7)
        d_input, d_weight, d_bias = backward(grad, case.x, case.w, **options)
        self.assertEqual((d_input.shape, d_weight.shape), (case.x.shape, case.w.shape))
        self.assertEqual({d.dtype for d in (d_input, d_weight, d_bias)}, {np.dtype(case.dtype)})
        self.assert_same(d_bias, grad.astype(float).sum(axis=(0, *range(2, grad.ndim)))
                         .astype(case.dtype))
        self.check_adjoints(case, transposed, grad, d_input, d_weight)
        return grad, d_input, d_weight, d_bias

    def check_adjoints(self, case, transposed, grad, d_input, d_weight):
        """The layer is linear in its input and in its weight; other ones are as good to ask."""
        more = (case.more,) if transposed else ()
        by_definition = lambda x, w: (transposed_definition if transposed else definition)(
            x, w, None, case.stride, case.padding, *more, case.dilation, case.groups)
        x, w = noise(case.x.shape, float, 8), noise(case.w.shape, float, 9)
        allowed = 2e-5 if case.dtype == np.float32 else 1e-12
        scale = allowed * max(1.0, np.abs(grad).sum() * np.abs(case.w).max())
        self.assertAlmostEqual(dot(by_definition(x, case.w), grad), dot(x, d_input), delta=scale)
        scale = allowed * max(1.0, np.abs(grad).sum() * np.abs(case.x).max(initial=0))
        self.assertAlmostEqual(dot(by_definition(case.x, w), grad), dot(w, d_weight), delta=scale)

    def compare(self, transposed):
        compared = 0
        for n in range(300):
            case = Case(n, transposed)
            with self.subTest(n=n):
                grad, *ours = self.check(case, transposed)
                if not case.torch_knows():
                    continue
                bias = np.zeros(ours[2].shape, case.dtype)
                name = f"conv_transpose{case.rank}d" if transposed else f"conv{case.rank}d"
                theirs = torch_peer.gradients(name, grad, case.x, case.w, bias,
                                              **case.for_torch(transposed))
                for mine, other in zip(ours, theirs):
                    self.assert_close(mine, other)
                compared += 1
        if torch_peer.torch() is not None:
            self.assertGreater(compared, 80)

    def assert_close(self, ours, theirs):
        self.assertEqual((ours.shape, ours.dtype), (theirs.shape, theirs.dtype))
        allowed = 2e-5 if ours.dtype == np.float32 else 1e-11
        self.assertLessEqual(np.max(np.abs(ours - theirs), initial=0),
                             allowed * max(1.0, np.max(np.abs(theirs), initial=0)))

    def test_are_adjoints_and_pytorchs(self):
        self.compare(False)

    def test_transposed_are_adjoints_and_pytorchs(self):
        self.compare(True)

    def test_with_padding_same(self):
        x, w = noise((2, 3, 9, 8)), noise((4, 3, 2, 3), seed=1)
        grad = noise((2, 4, 9, 8), seed=2)
        for same, pairs in zip(functional.conv_backward(grad, x, w, padding="same"),
                               functional.conv_backward(grad, x, w, padding=((0, 1), (1, 1)))):
            np.testing.assert_array_equal(same, pairs)

    def test_of_a_single_item(self):
        x, w, grad = noise((3, 9)), noise((4, 3, 2), seed=1), noise((4, 8), seed=2)
        one = functional.conv_backward(grad, x, w)
        for mine, other in zip(one, functional.conv_backward(grad[None], x[None], w)):
            np.testing.assert_array_equal(mine, other[0] if other.ndim > mine.ndim else other)
        self.assertEqual(one[0].shape, x.shape)

    def test_of_no_items_are_zero(self):
        x, w, grad = np.empty((0, 3, 9)), noise((4, 3, 2), seed=1), np.empty((0, 4, 8))
        d_input, d_weight, d_bias = functional.conv_backward(grad, x, w)
        self.assertEqual(d_input.shape, (0, 3, 9))
        self.assertFalse(d_weight.any() or d_bias.any())


class Refusals(unittest.TestCase):
    def test_name_the_argument_and_what_is_allowed(self):
        x, w = np.ones((1, 4, 9)), np.ones((4, 2, 3))
        for pattern, options in [
                ("output_padding = 2; allowed for stride 2 and dilation 1: 0 to 1",
                 dict(stride=2, output_padding=2)),
                ("output_padding = -1; allowed: 0 to", dict(output_padding=-1)),
                ("padding leaves -1 samples", dict(padding=6)),
                ("groups = 0; allowed: 1 to", dict(groups=0)),
                ("3 groups; allowed: divisors of the kernel's 4 channels", dict(groups=3)),
                ("bias has 3 values; allowed: 2", dict(bias=np.ones(3)))]:
            with self.subTest(pattern), self.assertRaisesRegex(ValueError, pattern):
                functional.conv_transpose(x, w, **options)
        with self.assertRaisesRegex(ValueError, "padding has 'same' for an axis; allowed"):
            functional.conv_transpose(x, w, padding="same")
        with self.assertRaisesRegex(ValueError, "grad has shape 1x4x8; it must be 1x4x7"):
            functional.conv_backward(np.ones((1, 4, 8)), x, np.ones((4, 4, 3)))
        with self.assertRaisesRegex(TypeError, "grad has dtype float32; input of float64"):
            functional.conv_backward(np.ones((1, 4, 7), "f4"), x, np.ones((4, 4, 3)))
        with self.assertRaisesRegex(ValueError, "weight has 3 axes; conv_transpose2d allows 4"):
            functional.conv_transpose2d(x, w)


if __name__ == "__main__":
    unittest.main()
