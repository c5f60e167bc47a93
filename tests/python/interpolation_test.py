"""Interpolation is its definition in every rank, and PyTorch's wherever that is not rounding."""
import math
import random
import unittest
from fractions import Fraction

import numpy as np

import torch_peer
from faltung import functional
from signal_test import Compared, noise

KINDS = ["nearest", "nearest-exact", "linear", "corners", "area"]


def positions(kind, n, o, step):
    """Where the outputs of an axis lie among its inputs: fractions where the step is n/o."""
    if kind == "corners":
        return [Fraction(m * (n - 1), max(1, o - 1)) for m in range(o)]
    half = 0 if kind == "nearest" else Fraction(1, 2)
    back = half if kind == "linear" else 0
    if step is None:
        return [(m + half) * Fraction(n, o) - back for m in range(o)]
    return [(m + float(half)) * step - float(back) for m in range(o)]


def matrix(kind, n, o, step):
    """[output, input]: the weights of an axis."""
    weights = np.zeros((o, n))
    if kind == "area":
        for m in range(o):
            first, end = m * n // o, -(-(m + 1) * n // o)
            weights[m, first:end] = 1 / (end - first)
        return weights
    for m, p in enumerate(positions(kind, n, o, step)):
        p = min(max(p, 0), n - 1)
        first = math.floor(p)
        share = 0.0 if kind.startswith("nearest") else float(p - first)
        weights[m, first] += 1 - share
        if share:
            weights[m, first + 1] += share
    return weights


def by_definition(x, matrices):
    for axis, weights in enumerate(matrices):
        x = np.moveaxis(np.tensordot(x, weights, ([axis + 2], [1])), -1, axis + 2)
    return x


class Case:
    def __init__(self, n):
        choose = random.Random(n)
        self.rank = choose.randint(1, 4)
        self.kind = choose.choice(KINDS)
        extents = [choose.randint(1, (30, 9, 7, 5)[self.rank - 1]) for _ in range(self.rank)]
        dtype = choose.choice([np.float32, np.float64])
        self.x = noise([choose.choice([0, 1, 2, 3]), 2, *extents], dtype, n)
        names = {"linear": ("linear", "bilinear", "trilinear", "linear")[self.rank - 1],
                 "corners": ("linear", "bilinear", "trilinear", "linear")[self.rank - 1]}
        self.options = dict(mode=names.get(self.kind, self.kind))
        if self.kind in ("linear", "corners"):
            self.options["align_corners"] = self.kind == "corners"
        self.sizes = [choose.randint(1, 12) for _ in extents]
        self.steps = [None] * self.rank
        if choose.random() < 0.5:
            self.options["size"] = tuple(self.sizes)
            return
        factors = [choose.choice([0.5, 2.0, 3.0, 1.7, 2.3, 1.0]) for _ in extents]
        factors = [f if f * e >= 1 else 2.0 for f, e in zip(factors, extents)]
        self.options.update(scale_factor=tuple(factors), recompute_scale_factor=choose.choice(
            [None, False, True]))
        self.sizes = [math.floor(e * f) for e, f in zip(extents, factors)]
        if not self.options["recompute_scale_factor"]:
            self.steps = [None if o in (e * f, e) else 1 / f
                          for e, o, f in zip(extents, self.sizes, factors)]

    def matrices(self):
        return [matrix(self.kind, n, o, step)
                for n, o, step in zip(self.x.shape[2:], self.sizes, self.steps)]

    def certain(self):
        """Outputs whose nearest place no rounding can move: PyTorch computes it in float32."""
        near = self.kind.startswith("nearest")
        whole = lambda p: near and p > 0 and abs(float(p) - round(float(p))) < 1e-4
        return np.ix_(*([m for m, p in enumerate(positions(self.kind, n, o, step))
                         if not whole(p)]
                        for n, o, step in zip(self.x.shape[2:], self.sizes, self.steps)))

    def torch_knows(self):
        return torch_peer.torch() is not None and self.rank < 4 and len(self.x)

    def for_torch(self):
        return {name: list(v) if isinstance(v, tuple) and self.rank > 1
                else v[0] if isinstance(v, tuple) else v for name, v in self.options.items()}


class InterpolationIsItsDefinition(Compared):
    def test_for_random_modes_sizes_and_factors(self):
        for n in range(600):
            case = Case(n)
            with self.subTest(n=n, kind=case.kind, shape=case.x.shape, **case.options):
                ours = functional.interpolate(case.x, **case.options)
                theirs = by_definition(case.x, case.matrices())
                self.assert_same(ours, theirs.astype(case.x.dtype))

    def test_and_pytorchs(self):
        torch_peer.needed()
        compared = 0
        for n in range(600):
            case = Case(n)
            if not case.torch_knows():
                continue
            with self.subTest(n=n, kind=case.kind, shape=case.x.shape, **case.options):
                ours = functional.interpolate(case.x, **case.options)
                theirs = torch_peer.call("interpolate", case.x, **case.for_torch())
                self.assertEqual((ours.shape, ours.dtype), (theirs.shape, theirs.dtype))
                at = (slice(None), slice(None)) + case.certain()
                # PyTorch's weights are float32's also where its samples are float64.
                np.testing.assert_allclose(ours[at], theirs[at], rtol=0, atol=3e-5)
                compared += theirs[at].size
        self.assertGreater(compared, 5000)

    def test_backwards_is_the_adjoint(self):
        for n in range(300):
            case = Case(n)
            forward = by_definition(case.x, case.matrices())
            grad = noise(forward.shape, case.x.dtype, 5)
            with self.subTest(n=n, kind=case.kind):
                ours = functional.interpolate_backward(grad, case.x, **case.options)
                self.assertEqual((ours.shape, ours.dtype), (case.x.shape, case.x.dtype))
                allowed = 1e-5 if case.x.dtype == np.float32 else 1e-11
                self.assertAlmostEqual(np.sum(forward * grad), np.sum(case.x.astype(float) * ours),
                                       delta=allowed * max(1.0, np.abs(grad).sum()))

    def test_nearest_places_are_exact_where_float32_rounds_below(self):
        x = np.arange(49.0).reshape(1, 1, 49)
        ours = functional.interpolate(x, scale_factor=49)
        np.testing.assert_array_equal(ours[0, 0, ::49], x[0, 0])


class Refusals(unittest.TestCase):
    def test_name_the_argument_and_what_is_allowed(self):
        x = np.ones((1, 2, 9))
        for kind, pattern, options in [
                (ValueError, "size = None and scale_factor = None; allowed: one of", dict()),
                (ValueError, "size = 3 and scale_factor = 2", dict(size=3, scale_factor=2)),
                (ValueError, "size = 0; allowed: 1 to", dict(size=0)),
                (ValueError, "scale_factor = 0.01 along an axis of 9", dict(scale_factor=0.01)),
                (ValueError, "scale_factor = -1.0", dict(scale_factor=-1)),
                (ValueError, "mode = 'cubic'; allowed: 'nearest'", dict(size=3, mode="cubic")),
                (ValueError, "mode = 'bilinear' with 1 axes", dict(size=3, mode="bilinear")),
                (ValueError, "align_corners = True with mode = 'nearest'",
                 dict(size=3, align_corners=True)),
                (ValueError, "size has 2 values", dict(size=(3, 3))),
                (TypeError, "size = 1.5; allowed: an integer", dict(size=1.5))]:
            with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
                functional.interpolate(x, **options)


if __name__ == "__main__":
    unittest.main()
