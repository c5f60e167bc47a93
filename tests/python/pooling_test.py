"""Pooling and unpooling of every kind are their definitions, for every option, and PyTorch's."""
import itertools
import math
import random
import unittest

import numpy as np

import torch_peer
from faltung import functional
from signal_test import Compared, noise

F = functional


def window_outputs(n, k, s, d, lo, hi, ceil):
    """How many windows an axis has: floor or ceil; none begins in the padding after the signal."""
    room = n + lo + hi - d * (k - 1) - 1
    out = (math.ceil(room / s) if ceil else room // s) + 1
    return out - 1 if ceil and (out - 1) * s >= n + lo else out


def windows(extents, case):
    """For every output and axis: the places inside the signal, and how many inside its padding."""
    axes = []
    for n, k, s, d, (lo, hi) in zip(extents, case.size, case.stride, case.dilation, case.padding):
        taps = [[m * s + j * d - lo for j in range(k)]
                for m in range(window_outputs(n, k, s, d, lo, hi, case.ceil))]
        axes.append([([t for t in row if 0 <= t < n], sum(t < n + hi for t in row))
                     for row in taps])
    return axes


def adaptive_windows(extents, outputs):
    return [[(list(range(m * n // o, -(-(m + 1) * n // o))), 0) for m in range(o)]
            for n, o in zip(extents, outputs)]


def by_definition(x, axes, reduce):
    """reduce(samples [item, channel, tap], places, samples within padding) for every output."""
    x = x.astype(float)
    out = np.zeros(x.shape[:2] + tuple(map(len, axes)))
    places = np.arange(math.prod(x.shape[2:])).reshape(x.shape[2:])
    for m in itertools.product(*(range(len(axis)) for axis in axes)):
        chosen = [axis[i] for axis, i in zip(axes, m)]
        inside = np.ix_(*(c[0] for c in chosen))
        at = places[inside].ravel()
        samples = x.reshape(*x.shape[:2], places.size)[..., at]
        out[(slice(None), slice(None)) + m] = reduce(samples, at, math.prod(c[1] for c in chosen))
    return out


class Case:
    """A pool drawn at random, in every window of which a sample lies."""

    def __init__(self, n, dilated=True, padded=True):
        choose = random.Random(n)
        self.rank = choose.randint(1, 4)
        draw = lambda least, top: tuple(choose.randint(least, top) for _ in range(self.rank))
        self.dtype = choose.choice([np.float32, np.float64])
        self.ceil = choose.random() < 0.5
        self.paired = padded and choose.random() < 0.3
        while True:
            extents = draw(1, (40, 11, 7, 5)[self.rank - 1])
            self.size, self.stride = draw(1, 4), draw(1, 3)
            self.dilation = draw(1, 2) if dilated else (1,) * self.rank
            half = lambda: tuple(choose.randint(0, k // 2) if padded else 0 for k in self.size)
            before = half()
            self.padding = tuple(zip(before, half() if self.paired else before))
            axes = windows(extents, self)
            if all(axis and all(places for places, _ in axis) for axis in axes):
                break
        self.x = noise((choose.choice([0, 1, 2, 3]), choose.randint(1, 3), *extents), self.dtype, n)
        self.axes = axes
        self.include = choose.random() < 0.5
        self.divisor = choose.choice([None, None, 3, -2])

    def shape(self):
        return self.x.shape[:2] + tuple(map(len, self.axes))

    def options(self, **more):
        return dict(kernel_size=self.size, stride=self.stride, padding=self.padding,
                    ceil_mode=self.ceil, **more)

    def for_torch(self, **more):
        return dict(self.options(**more), padding=tuple(lo for lo, _ in self.padding))

    def torch_knows(self):
        """Its avg_pool3d wants windows within the signal without padding."""
        fits = self.rank < 3 or all(k <= n for k, n in zip(self.size, self.x.shape[2:]))
        return (torch_peer.torch() is not None and self.rank < 4 and fits and not self.paired
                and len(self.x))

    def average_options(self):
        options = dict(count_include_pad=self.include)
        return options if self.rank == 1 else dict(options, divisor_override=self.divisor)


def drawn(count, **kinds):
    return [(n, Case(n, **kinds)) for n in range(count)]


class PoolsAreTheirDefinition(Compared):
    def test_largest_samples_and_where_they_lie(self):
        for n, case in drawn(300):
            with self.subTest(n=n):
                options = case.options(dilation=case.dilation)
                values, indices = F.max_pool(case.x, **options, return_indices=True)
                self.assertEqual(indices.dtype, np.int64)
                theirs = by_definition(case.x, case.axes, lambda s, at, _: s.max(-1))
                np.testing.assert_array_equal(values, theirs)
                np.testing.assert_array_equal(
                    indices, by_definition(case.x, case.axes, lambda s, at, _: at[s.argmax(-1)]))
                np.testing.assert_array_equal(F.max_pool(case.x, **options), values)
                if case.torch_knows():
                    name = f"max_pool{case.rank}d"
                    options = case.for_torch(dilation=case.dilation, return_indices=True)
                    ours = getattr(F, name)(case.x, **options)
                    for mine, other in zip(ours, torch_peer.call(name, case.x, **options)):
                        np.testing.assert_array_equal(mine, other)

    def test_means_with_every_divisor(self):
        for n, case in drawn(300, dilated=False):
            divisor = None if case.rank == 1 else case.divisor
            mean = lambda s, at, within: s.sum(-1) / (
                divisor or (within if case.include else s.shape[-1]))
            with self.subTest(n=n):
                ours = F.avg_pool(case.x, **case.options(**case.average_options()))
                self.assert_same(ours, by_definition(case.x, case.axes, mean).astype(case.dtype))
                if case.torch_knows():
                    name = f"avg_pool{case.rank}d"
                    options = case.for_torch(**case.average_options())
                    self.assert_same(getattr(F, name)(case.x, **options),
                                     torch_peer.call(name, case.x, **options))

    def test_powers_of_magnitudes(self):
        for n, case in drawn(300, dilated=False, padded=False):
            p = random.Random(n).choice([1, 2, 3, 4, 1.5])
            power = lambda s, at, _: (np.abs(s) ** p).sum(-1) ** (1 / p)
            with self.subTest(n=n, p=p):
                ours = F.lp_pool(case.x, p, case.size, case.stride, case.ceil)
                self.assert_same(ours, by_definition(case.x, case.axes, power).astype(case.dtype))
                if case.torch_knows() and case.rank < 3 and p in (2, 4) and not case.ceil:
                    name = f"lp_pool{case.rank}d"
                    one = lambda v: v[0] if case.rank == 1 else v
                    theirs = torch_peer.call(name, case.x, norm_type=p, kernel_size=one(case.size),
                                             stride=one(case.stride))
                    self.assert_same(getattr(F, name)(case.x, p, case.size, case.stride), theirs)

    def test_adaptive_windows(self):
        for n in range(300):
            choose = random.Random(n)
            rank = choose.randint(1, 4)
            x = noise([choose.randint(0, 3), 2] + [choose.randint(1, 9) for _ in range(rank)],
                      choose.choice([np.float32, np.float64]), n)
            size = tuple(choose.choice([None, choose.randint(1, 12)]) for _ in range(rank))
            axes = adaptive_windows(x.shape[2:], [o or e for o, e in zip(size, x.shape[2:])])
            with self.subTest(n=n, shape=x.shape, size=size):
                mean = by_definition(x, axes, lambda s, at, _: s.mean(-1)).astype(x.dtype)
                self.assert_same(F.adaptive_avg_pool(x, size), mean)
                values, indices = F.adaptive_max_pool(x, size, True)
                np.testing.assert_array_equal(
                    values, by_definition(x, axes, lambda s, at, _: s.max(-1)))
                np.testing.assert_array_equal(
                    indices, by_definition(x, axes, lambda s, at, _: at[s.argmax(-1)]))
                if torch_peer.torch() is None or rank == 4 or len(x) == 0:
                    continue
                whole = size if rank > 1 else size[0] or x.shape[2]
                name = f"adaptive_avg_pool{rank}d"
                self.assert_same(getattr(F, name)(x, size),
                                 torch_peer.call(name, x, output_size=whole))
                for mine, other in zip((values, indices),
                                       torch_peer.call(f"adaptive_max_pool{rank}d", x,
                                                       output_size=whole, return_indices=True)):
                    np.testing.assert_array_equal(mine, other)

    def test_global_pools(self):
        x = noise((2, 3, 5, 4, 3))
        self.assert_same(F.global_avg_pool(x), x.mean(axis=(2, 3, 4), keepdims=True))
        np.testing.assert_array_equal(F.global_max_pool(x), x.max(axis=(2, 3, 4), keepdims=True))

    def test_not_a_number_wins_and_the_first_of_equals(self):
        x = np.array([[[1.0, 1.0, np.nan, 0.0, 2.0, 2.0]]])
        values, indices = F.max_pool1d(x, 2, return_indices=True)
        np.testing.assert_array_equal(values, [[[1.0, np.nan, 2.0]]])
        np.testing.assert_array_equal(indices, [[[0, 2, 4]]])
        values, indices = F.adaptive_max_pool1d(x, 3, True)
        np.testing.assert_array_equal(values, [[[1.0, np.nan, 2.0]]])
        np.testing.assert_array_equal(indices, [[[0, 2, 4]]])

    def test_a_single_item_where_the_rank_is_known(self):
        x = noise((3, 8, 9))
        np.testing.assert_array_equal(F.max_pool2d(x, 2), F.max_pool2d(x[None], 2)[0])
        np.testing.assert_array_equal(F.avg_pool(x, (2, 3)), F.avg_pool(x[None], (2, 3))[0])
        np.testing.assert_array_equal(F.adaptive_avg_pool2d(x, 4), F.adaptive_avg_pool2d(
            x[None], 4)[0])

    def test_views_and_channels_last_in_memory(self):
        x = noise((2, 8, 9, 3)).transpose(0, 3, 1, 2)[:, :, ::-1]
        for call in (F.max_pool2d, F.avg_pool2d):
            np.testing.assert_array_equal(call(x, 2), call(x.copy(), 2))


class GradientsOfPools(Compared):
    def compare(self, name, case, ours, **options):
        if case.torch_knows():
            grad = noise(case.shape(), case.dtype, 5)
            self.assert_same(ours, torch_peer.gradients(f"{name}{case.rank}d", grad, case.x,
                                                        **options)[0])

    def test_of_means_are_their_adjoint_and_pytorchs(self):
        for n, case in drawn(300, dilated=False):
            with self.subTest(n=n):
                options = case.average_options()
                divisor = options.get("divisor_override")
                mean = lambda s, at, within: s.sum(-1) / (
                    divisor or (within if case.include else s.shape[-1]))
                grad = noise(case.shape(), case.dtype, 5)
                ours = F.avg_pool_backward(grad, case.x, **case.options(**options))
                self.assertEqual((ours.shape, ours.dtype), (case.x.shape, case.x.dtype))
                x = noise(case.x.shape, seed=6)
                self.assertAlmostEqual(np.sum(by_definition(x, case.axes, mean) * grad),
                                       np.sum(x * ours),
                                       delta=1e-5 * max(1.0, np.abs(grad).sum()))
                self.compare("avg_pool", case, ours, **case.for_torch(**options))

    def test_of_maxima_go_to_the_winners(self):
        for n, case in drawn(300):
            with self.subTest(n=n):
                grad = noise(case.shape(), case.dtype, 5)
                ours = F.max_pool_backward(grad, case.x, **case.options(dilation=case.dilation))
                where = by_definition(case.x, case.axes, lambda s, at, _: at[s.argmax(-1)])
                wanted = np.zeros((*case.x.shape[:2], math.prod(case.x.shape[2:])))
                for item, channel in np.ndindex(*case.x.shape[:2]):
                    np.add.at(wanted[item, channel], where[item, channel].ravel().astype(int),
                              grad[item, channel].ravel().astype(float))
                self.assert_same(ours, wanted.reshape(case.x.shape).astype(case.dtype))
                self.compare("max_pool", case, ours, **case.for_torch(dilation=case.dilation))

    def test_of_power_means_are_differences(self):
        for n, case in drawn(100, dilated=False, padded=False):
            p = random.Random(n).choice([2, 3, 1.5])
            x = noise(case.x.shape, seed=n)
            grad, step = noise(case.shape(), seed=5), noise(x.shape, seed=6)
            ours = F.lp_pool_backward(grad, x, p, case.size, case.stride, case.ceil)
            at = lambda t: F.lp_pool(x + t * step, p, case.size, case.stride, case.ceil)
            slope = np.sum(grad * (at(1e-6) - at(-1e-6))) / 2e-6
            with self.subTest(n=n, p=p):
                self.assertAlmostEqual(slope, np.sum(ours * step),
                                       delta=1e-5 * max(1.0, np.abs(grad).sum()))

    def test_of_adaptive_means_are_their_adjoint(self):
        for n in range(200):
            choose = random.Random(n)
            rank = choose.randint(1, 4)
            x = noise([2, 2] + [choose.randint(1, 9) for _ in range(rank)], seed=n)
            size = tuple(choose.randint(1, 12) for _ in range(rank))
            axes = adaptive_windows(x.shape[2:], size)
            forward = by_definition(x, axes, lambda s, at, _: s.mean(-1))
            grad = noise(forward.shape, seed=5)
            with self.subTest(n=n):
                ours = F.adaptive_avg_pool_backward(grad, x, size)
                self.assertAlmostEqual(np.sum(forward * grad), np.sum(x * ours), places=9)

    def test_of_adaptive_maxima_go_to_the_winners(self):
        for n in range(200):
            choose = random.Random(n)
            rank = choose.randint(1, 4)
            x = noise([2, 2] + [choose.randint(1, 9) for _ in range(rank)], seed=n)
            size = tuple(choose.randint(1, 12) for _ in range(rank))
            forward, indices = F.adaptive_max_pool(x, size, return_indices=True)
            grad = noise(forward.shape, seed=5)
            with self.subTest(n=n):
                ours = F.adaptive_max_pool_backward(grad, x, size)
                wanted = np.zeros((*x.shape[:2], math.prod(x.shape[2:])))
                for item, channel in np.ndindex(*x.shape[:2]):
                    np.add.at(wanted[item, channel], indices[item, channel].ravel(),
                              grad[item, channel].ravel())
                self.assert_same(ours, wanted.reshape(x.shape))
                np.testing.assert_array_equal(F.adaptive_max_pool_backward(grad[0], x[0], size), ours[0])
                if torch_peer.torch() is not None and rank < 4:
                    name = f"adaptive_max_pool{rank}d"
                    self.assert_same(ours, torch_peer.gradient(name, x, grad, list(size)))


class Unpooling(Compared):
    def test_puts_samples_back_as_pytorch_does(self):
        for n in range(300):
            choose = random.Random(n)
            rank = choose.randint(1, 4)
            x = noise([choose.randint(1, 2), 2] + [choose.randint(4, 8) for _ in range(rank)],
                      choose.choice([np.float32, np.float64]), n)
            size = tuple(choose.randint(1, 3) for _ in range(rank))
            padding = tuple(choose.randint(0, k // 2) for k in size)
            values, indices = F.max_pool(x, size, padding=padding, return_indices=True)
            with self.subTest(n=n):
                ours = F.max_unpool(values, indices, size, padding=padding,
                                    output_size=x.shape[2:])
                wanted = np.zeros((*x.shape[:2], math.prod(x.shape[2:])), x.dtype)
                np.put_along_axis(wanted, indices.reshape(*x.shape[:2], -1),
                                  values.reshape(*x.shape[:2], -1), -1)
                np.testing.assert_array_equal(ours, wanted.reshape(x.shape))
                if torch_peer.torch() is not None and rank < 4:
                    theirs = torch_peer.call(f"max_unpool{rank}d", values, indices,
                                             kernel_size=size, padding=padding,
                                             output_size=list(x.shape[2:]))
                    np.testing.assert_array_equal(ours, theirs)

    def test_has_its_adjoint_as_gradient(self):
        for n in range(200):
            choose = random.Random(n)
            rank = choose.randint(1, 4)
            x = noise([2, 2] + [choose.randint(4, 8) for _ in range(rank)], seed=n)
            overlapping = choose.random() < 0.5
            size, stride = (3, 1) if overlapping else (2, 2)
            values, indices = F.max_pool(x, (size,) * rank, stride, return_indices=True)
            values = noise(values.shape, seed=6)  # where places are shared, the last one stays
            options = dict(kernel_size=(size,) * rank, stride=stride, output_size=x.shape[2:])
            forward = F.max_unpool(values, indices, **options)
            grad = noise(forward.shape, seed=5)
            with self.subTest(n=n):
                ours = F.max_unpool_backward(grad, values, indices, **options)
                self.assertAlmostEqual(np.sum(forward * grad), np.sum(values * ours), places=9)
                if torch_peer.torch() is not None and rank < 4 and not overlapping:
                    theirs = torch_peer.gradient(f"max_unpool{rank}d", values, grad,
                                                 torch_peer.tensors(indices)[0], size, stride, 0,
                                                 list(x.shape[2:]))
                    self.assert_same(ours, theirs)

    def test_gives_the_usual_extents(self):
        values, indices = F.max_pool2d(noise((1, 2, 8, 6)), 2, return_indices=True)
        self.assertEqual(F.max_unpool2d(values, indices, 2).shape, (1, 2, 8, 6))


class Refusals(unittest.TestCase):
    def refused(self, kind, pattern, call, *arguments, **options):
        with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
            call(*arguments, **options)

    def test_name_the_argument_and_what_is_allowed(self):
        x = np.ones((1, 2, 9))
        self.refused(ValueError, r"padding = \(2, 2\); allowed for kernel_size 3: at most half",
                     F.max_pool1d, x, 3, padding=2)
        self.refused(ValueError, "kernel_size = 0; allowed: 1 to", F.avg_pool1d, x, 0)
        self.refused(ValueError, "stride = 0; allowed: 1 to", F.avg_pool1d, x, 2, 0)
        self.refused(ValueError, "does not fit into the 9 padded", F.max_pool1d, x, 10)
        self.refused(ValueError, "has no sample of the signal in it", F.max_pool1d,
                     np.ones((1, 1, 4)), 2, padding=1, dilation=5, ceil_mode=True)
        self.refused(ValueError, "divisor_override = 0", F.avg_pool2d, np.ones((1, 2, 9, 9)), 2,
                     divisor_override=0)
        self.refused(ValueError, "exponent p is 0.5", F.lp_pool1d, x, 0.5, 2)
        self.refused(ValueError, "output_size = 0; allowed: 1 to", F.adaptive_avg_pool1d, x, 0)
        self.refused(ValueError, "input has 2 axes; pooling along 2 axes allows 4, or 3",
                     F.max_pool2d, np.ones((2, 9)), 2)
        self.refused(ValueError, "at least one axis", F.max_pool, np.ones((2, 9)), 2)
        self.refused(TypeError, "input has dtype int64; allowed: float32", F.max_pool1d,
                     x.astype(int), 2)
        self.refused(ValueError, "grad has shape|gradient has shape|must be", F.max_pool_backward,
                     np.ones((1, 2, 9)), x, 2)

    def test_of_unpooling(self):
        values, indices = F.max_pool1d(np.ones((1, 2, 9)), 2, return_indices=True)
        self.refused(ValueError, "unpooling index is 9; allowed: 0 to 7", F.max_unpool1d, values,
                     indices + 9 - indices, 2)
        self.refused(ValueError, "output_size has 20 along an axis; allowed: 7 to 9",
                     F.max_unpool1d, values, indices, 2, output_size=(20,))
        self.refused(TypeError, "indices have dtype float64", F.max_unpool1d, values,
                     indices.astype(float), 2)
        self.refused(ValueError, "indices have shape", F.max_unpool1d, values, indices[:, :1], 2)

    def test_random_arguments_are_computed_or_refused(self):
        choose = random.Random(1)
        numbers = [-7, -1, 0, 1, 2, 3, 5, 2**31, 2**63, 1.5, None, "same", (1, 2), (), "x", np.nan,
                   True, ((0, 1), (1, 0))]
        computed = 0
        for n in range(4000):
            x = noise([choose.randint(0, 2) for _ in range(choose.randint(0, 2))]
                      + [choose.randint(0, 6) for _ in range(choose.randint(0, 3))], seed=n)
            call = choose.choice([F.max_pool, F.avg_pool, F.max_pool1d, F.avg_pool2d, F.max_pool3d])
            options = {name: choose.choice(numbers if choose.random() < 0.2 else [1, 2])
                       for name in ("kernel_size", "stride", "ceil_mode")}
            options["padding"] = choose.choice(numbers if choose.random() < 0.2 else [0])
            try:
                call(x, **options)
                computed += 1
            except (ValueError, TypeError) as error:
                self.assertGreater(len(str(error)), 10, options)
        self.assertGreater(computed, 100)


if __name__ == "__main__":
    unittest.main()
