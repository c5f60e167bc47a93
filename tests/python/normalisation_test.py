"""Batch normalisation is its definition and PyTorch's; folded into a layer it changes nothing."""
import random
import unittest

import numpy as np

import torch_peer
from faltung import functional
from signal_test import Compared, noise


class Case:
    def __init__(self, n):
        choose = random.Random(n)
        rank = choose.randint(0, 4)
        dtype = choose.choice([np.float32, np.float64])
        channels = choose.randint(1, 4)
        shape = [choose.randint(2, 4), channels] + [choose.randint(1, 6) for _ in range(rank)]
        self.x = (3 * noise(shape, dtype, n) + 1).astype(dtype)
        self.mean, self.weight, self.bias = (noise(channels, dtype, n + i) for i in (1, 2, 3))
        self.var = (noise(channels, dtype, n + 4) ** 2 + 0.1).astype(dtype)
        if choose.random() < 0.3:
            self.weight = self.bias = None
        self.eps = choose.choice([1e-5, 1e-3])

    def normalised(self, mean, var):
        along = lambda v: np.asarray(v, float).reshape((1, -1) + (1,) * (self.x.ndim - 2))
        y = (self.x - along(mean)) / np.sqrt(along(var) + self.eps)
        if self.weight is not None:
            y = y * along(self.weight) + along(self.bias)
        return y.astype(self.x.dtype)


class NormalisationIsItsDefinition(Compared):
    def test_in_evaluation(self):
        for n in range(300):
            case = Case(n)
            with self.subTest(n=n, shape=case.x.shape):
                arguments = case.x, case.mean, case.var, case.weight, case.bias
                ours = functional.batch_norm(*arguments, eps=case.eps)
                self.assert_same(ours, case.normalised(case.mean, case.var))
                if torch_peer.torch() is not None:
                    theirs = torch_peer.call("batch_norm", *arguments, eps=case.eps)
                    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-4)

    def test_in_training_moves_the_running_statistics(self):
        for n in range(300):
            case = Case(n)
            axes = (0, *range(2, case.x.ndim))
            count = case.x.size // case.x.shape[1]
            mean, var = (f(case.x.astype(float), axis=axes) for f in (np.mean, np.var))
            with self.subTest(n=n, shape=case.x.shape):
                running = case.mean.copy(), case.var.copy()
                ours = functional.batch_norm(case.x, *running, case.weight, case.bias, True, 0.3,
                                             case.eps)
                self.assert_same(ours, case.normalised(mean, var))
                self.assert_same(running[0], (0.7 * case.mean.astype(float) + 0.3 * mean)
                                 .astype(case.x.dtype))
                self.assert_same(running[1], (0.7 * case.var.astype(float)
                                              + 0.3 * var * count / (count - 1))
                                 .astype(case.x.dtype))
                if torch_peer.torch() is None:
                    continue
                moved = torch_peer.tensors(case.x, case.mean, case.var, case.weight, case.bias)
                torch_peer.torch().nn.functional.batch_norm(*moved, True, 0.3, case.eps)
                for mine, other in zip(running, moved[1:3]):
                    np.testing.assert_allclose(mine, other.numpy(), rtol=0, atol=1e-4)

    def test_gradients_are_differences(self):
        for n in range(200):
            case = Case(n)
            case.x, case.mean, case.var = (a.astype(float) for a in (case.x, case.mean, case.var))
            grad, step = noise(case.x.shape, seed=5), noise(case.x.shape, seed=6)
            for training in (False, True):
                at = lambda t: functional.batch_norm(case.x + t * step, None if training else case.mean,
                                                     None if training else case.var, case.weight,
                                                     case.bias, training, eps=case.eps)
                slope = np.sum(grad * (at(1e-5) - at(-1e-5))) / 2e-5
                with self.subTest(n=n, training=training):
                    ours = functional.batch_norm_backward(grad, case.x, case.mean, case.var,
                                                          case.weight, training, case.eps)
                    self.assertAlmostEqual(slope, np.sum(ours[0] * step),
                                           delta=1e-5 * max(1.0, np.abs(grad).sum()))

    def test_gradients_are_pytorchs(self):
        if torch_peer.torch() is None:
            self.skipTest("python3-torch is missing")
        for n in range(300):
            case, training = Case(n), bool(n % 2)
            grad = noise(case.x.shape, case.x.dtype, 5)
            weight, bias = case.weight, case.bias
            if weight is None:
                weight, bias = np.ones_like(case.mean), np.zeros_like(case.mean)
            x, w, b = leaves = torch_peer.tensors(case.x, weight, bias)
            for leaf in leaves:
                leaf.requires_grad_()
            running = torch_peer.tensors(case.mean, case.var)
            torch_peer.torch().nn.functional.batch_norm(x, *running, w, b, training, 0.1, case.eps
                                                        ).backward(torch_peer.tensors(grad)[0])
            ours = functional.batch_norm_backward(grad, case.x, case.mean, case.var, case.weight,
                                                  training, case.eps)
            with self.subTest(n=n, training=training):
                for mine, theirs in zip(ours, leaves):
                    theirs = theirs.grad.numpy()
                    self.assertEqual(mine.dtype, case.x.dtype)
                    np.testing.assert_allclose(mine, theirs, rtol=0,
                                               atol=3e-5 * max(1.0, np.abs(theirs).max()))

    def test_of_no_items(self):
        x = np.empty((0, 3, 5), np.float32)
        self.assertEqual(functional.batch_norm(x, np.zeros(3), np.ones(3)).shape, x.shape)


class Folded(Compared):
    def test_into_a_layer_gives_what_both_give(self):
        for n in range(200):
            choose = random.Random(n)
            transposed, groups = choose.random() < 0.5, choose.randint(1, 3)
            rank = choose.randint(1, 4)
            dtype = choose.choice([np.float32, np.float64])
            layer = functional.conv_transpose if transposed else functional.conv
            channels, other = groups * choose.randint(1, 3), choose.randint(1, 3)
            w = noise([channels, other] + [choose.randint(1, 3) for _ in range(rank)], dtype, n)
            reads, gives = ((channels, other * groups) if transposed
                            else (other * groups, channels))
            x = noise([2, reads] + [5] * rank, dtype, n + 1)
            bias, mean, gamma, beta = (noise(gives, dtype, n + i) for i in range(2, 6))
            var = (noise(gives, dtype, n + 6) ** 2 + 0.1).astype(dtype)
            if choose.random() < 0.3:
                bias = gamma = beta = None
            folded = functional.fold_batch_norm(w, bias, mean, var, gamma, beta, 1e-3, transposed,
                                                groups)
            with self.subTest(n=n, transposed=transposed, groups=groups):
                self.assertEqual({a.dtype for a in folded}, {np.dtype(dtype)})
                both = functional.batch_norm(layer(x, w, bias, groups=groups), mean, var, gamma,
                                             beta, eps=1e-3)
                self.assert_close(layer(x, *folded, groups=groups), both)

    def assert_close(self, ours, theirs):
        allowed = 2e-5 if ours.dtype == np.float32 else 1e-12
        self.assertLessEqual(np.max(np.abs(ours - theirs)), allowed * np.max(np.abs(theirs)))


class Refusals(unittest.TestCase):
    def refused(self, kind, pattern, *arguments, **options):
        with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
            functional.batch_norm(*arguments, **options)

    def test_name_the_argument_and_what_is_allowed(self):
        x, one = np.ones((2, 3, 4)), np.ones(3)
        self.refused(ValueError, r"running_mean has shape \(2,\); allowed for 3", x, one[:2], one)
        self.refused(ValueError, "running_var = None; allowed: one value", x, one, None)
        self.refused(ValueError, "variance -1.0+ and epsilon", x, one, -one)
        self.refused(TypeError, "weight has dtype int64", x, one, one, one.astype(int))
        self.refused(ValueError, "1 values for a channel; allowed with training: at least 2",
                     np.ones((1, 3, 1)), None, None, training=True)
        self.refused(ValueError, "running_mean cannot be moved", x, [1.0, 1.0, 1.0], one,
                     training=True)
        self.refused(ValueError, "input of shape .3,.; allowed: item", one, one, one)
        with self.assertRaisesRegex(ValueError, "mean = None"):
            functional.fold_batch_norm(np.ones((3, 2, 1)), None, None, one)


if __name__ == "__main__":
    unittest.main()
