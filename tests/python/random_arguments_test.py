"""Random arguments, right and wrong: a result or a refusal that says why, whatever is given.

FALTUNG_CALLS: how many calls in all (102,000 where it is not set); FALTUNG_SEED: which ones.
A new function is a row of its module's table: what its arguments are drawn from.
"""
import os
import re
import resource
import signal as system_signal
import time
import unittest
import warnings

import numpy as np

from faltung import functional, ndimage, signal

CALLS = int(os.environ.get("FALTUNG_CALLS", "0"))
SEED = int(os.environ.get("FALTUNG_SEED", "1"))
MEMORY = 3 << 30  # bytes that a call may not ask for: no argument below is worth that
SECONDS = 20      # that no call may take

SAYS_WHY = re.compile(r"allow|must|at least|at most|larger than"
                      r"|need|reaches over|cannot|does not|no argument")
TYPES = ("f4", "f8", "c8", "c16", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?")
FOREIGN = ("f2", "f16", "O", "U3", ">f4", ">i2", "M8[s]", "V4")
NOTHING = (None, "text", b"bytes", object(), {}, [[1, 2], [3]], 3.5, float("nan"), (), [], -1,
           2**62)
NUMBERS = (0, 1, 2, 3, 5, -1, -7, 2**31, 2**62, -2**62, 2**70, 0.5, -2.0, 1e300, float("inf"),
           float("nan"), None, "three", 1j, True, np.int8(3), np.float32(2), (1, 2), [1], ())


class Draw:
    """Arguments, mostly right ones."""

    def __init__(self, *seed):
        self.random = np.random.default_rng(seed)

    def one(self, choices):
        return choices[self.random.integers(len(choices))]

    def chance(self, share):
        return self.random.random() < share

    def array(self, rank, most=12, types=TYPES):
        if self.chance(0.03):
            return self.one(NOTHING)
        if self.chance(0.03):
            rank, most = int(self.random.integers(0, 5)), min(most, 12)
        least = 0 if self.chance(0.05) else 1
        shape = tuple(int(n) for n in self.random.integers(least, most, rank))
        return self.filled(shape, types)

    def filled(self, shape, types=TYPES):
        kind = np.dtype(self.one(FOREIGN) if self.chance(0.03) else self.one(types))
        values = np.asarray(self.random.normal(size=shape)) * 10.0 ** self.random.integers(-1, 3)
        if kind.kind == "f" and self.chance(0.05) and np.size(values) > 1:
            values.flat[0] = self.one((np.nan, np.inf, -np.inf))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = np.zeros(shape, kind) if kind.kind in "UMV" else np.asarray(values).astype(kind)
        return self.laid_out(array)

    def laid_out(self, a):
        how = self.random.integers(8) if a.ndim else 7
        if how == 0:
            return np.asfortranarray(a)
        if how == 1:
            return a[::-1]
        if how == 2:
            return np.repeat(a, 2, axis=-1)[..., ::2]
        if how == 3:
            a.flags.writeable = False
        if how == 4 and a.dtype.kind not in "O":
            raw = np.zeros(a.nbytes + 1, np.uint8)  # not aligned
            shifted = raw[1:].view(a.dtype).reshape(a.shape)
            shifted[...] = a
            return shifted
        if how == 5 and a.size < 50:
            return a.tolist()
        return a

    def number(self, *likely):
        return self.one(NUMBERS) if self.chance(0.1) else self.one(likely)

    def each(self, rank, *likely):
        """One for all axes, or one for each, or too many."""
        if self.chance(0.6):
            return self.number(*likely)
        return tuple(self.number(*likely) for _ in range(rank + self.one((0, 0, 0, 1, -1))))

    def word(self, *allowed):
        wrong = ("other", "", None, 7, [], "SAME")
        return self.one(wrong if self.chance(0.08) else allowed)


MODES = ("reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap",
         "grid-wrap")


def outputs(d, x):
    kind = d.random.integers(6)
    if kind < 2 or not isinstance(x, np.ndarray):
        return {}
    if kind == 2:
        return {"output": d.one((np.float32, "int16", "f4", bool, "nothing", 3, "c16", ">i2", "O"))}
    if kind == 3:
        return {"output": d.filled(x.shape if d.chance(0.9) else (3,))}
    if kind == 4:
        return {"output": x}
    return {"output": x[::-1] if x.ndim else x}  # in the way


def around(d, rank, several=True):
    mode = d.word(*MODES)
    if several and d.chance(0.2):
        mode = [d.word(*MODES) for _ in range(rank)]
    return {"mode": mode, "cval": d.number(0.0, 1.0, -3.0)}


def filter_nd(d):
    rank = int(d.random.integers(1, 4))
    x = d.array(rank)
    w = d.array(rank, 30 if d.chance(0.03) else 6)
    return (x, w), {**outputs(d, x), **around(d, rank, False),
                    "origin": d.each(rank, 0, 0, 0, 1, -1)}


def filter_1d(d):
    x = d.array(int(d.random.integers(1, 4)))
    return (x, d.array(1, 200 if d.chance(0.05) else 9), d.number(0, -1, 1)), {
        **outputs(d, x), **around(d, 1, False), "origin": d.number(0, 0, 0, 1, -1)}


def gaussian_1d(d):
    x = d.array(int(d.random.integers(1, 4)))
    return (x, d.number(0.5, 1, 3, 40), d.number(0, -1, 1), d.number(0, 0, 1, 2)), {
        **outputs(d, x), **around(d, 1, False), "truncate": d.number(4.0, 2.0),
        "radius": d.number(None, None, 2, 0)}


def gaussian(d):
    rank = int(d.random.integers(1, 4))
    x = d.array(rank)
    return (x, d.each(rank, 0.5, 1, 3, 0)), {**outputs(d, x), **around(d, rank),
                                             "truncate": d.number(4.0, 2.0)}


def uniform(d):
    rank = int(d.random.integers(1, 4))
    x = d.array(rank)
    return (x, d.each(rank, 1, 2, 3, 30)), {**outputs(d, x), **around(d, rank),
                                            "origin": d.each(rank, 0, 0, 1, -1)}


def uniform_1d(d):
    x = d.array(int(d.random.integers(1, 4)))
    return (x, d.number(1, 2, 3, 30), d.number(0, -1, 1)), {
        **outputs(d, x), **around(d, 1, False), "origin": d.number(0, 0, 1, -1)}


def edges(d):
    rank = int(d.random.integers(1, 4))
    x = d.array(rank)
    return (x, d.number(0, -1, 1)), {**outputs(d, x), **around(d, rank)}


def plain(d):
    rank = int(d.random.integers(1, 4))
    x = d.array(rank)
    return (x,), {**outputs(d, x), **around(d, rank)}


def pair(d):
    rank = int(d.random.integers(1, 4))
    sizes = (12, 6) if d.chance(0.8) else (6, 12)
    return (d.array(rank, sizes[0]), d.array(rank, sizes[1]), d.word("full", "same", "valid"))


def convolution(d):
    return pair(d), {"method": d.word("auto", "direct", "fft")}


def transformed(d):
    return pair(d), {"axes": d.one((None, None, 0, -1, (0,), (0, 0), 5, "0", 2**62, [], 0.5))}


def images(d):
    return (d.array(2), d.array(2, 6), d.word("full", "same", "valid")), {
        "boundary": d.word("fill", "wrap", "symm"), "fillvalue": d.number(0, 1, 2.5)}


def multirate(d):
    return (d.array(1, 20), d.array(int(d.random.integers(1, 4))), d.number(1, 2, 3, 160),
            d.number(1, 2, 3, 147)), {
        "axis": d.number(0, -1), "cval": d.number(0, 0, 2.5),
        "mode": d.word("constant", "symmetric", "reflect", "edge", "wrap", "smooth",
                       "antisymmetric", "antireflect", "line")}


def designed(d):
    window = d.one(("hamming", "hann", "kaiser", ("kaiser", 8), 5.0, ("dpss", 2.5), ("chebwin", 50),
                    ("general_cosine", [1, 0.5]), ("general_cosine", None), ("tukey",), "nothing",
                    None, (), ("gaussian", 0), ("taylor", 2**62), ("kbd", 3), ("hann", 1, 2)))
    return (d.number(1, 5, 20, 21), d.one((0.3, [0.1, 0.4], [0.4, 0.1], 1.5, [], None, "low", -1,
                                           np.nan, [[0.1]], (0.1, 0.2, 0.3), 0.1j))), {
        "window": window, "width": d.number(None, None, 0.1), "fs": d.number(None, 2, 1.0),
        "pass_zero": d.word(True, False, "lowpass", "highpass", "bandpass", "bandstop"),
        "scale": d.one((True, False))}


def layer(rank=None):
    def arguments(d):
        n = int(d.random.integers(1, 4)) if rank is None else rank
        kind = ("f4",) if d.chance(0.5) else ("f8",)
        groups = d.one((1, 1, 1, 2, 3))
        per_group, out = d.one((1, 2)), groups * d.one((1, 2))
        extents = tuple(int(e) for e in d.random.integers(1, 10, n))
        taps = tuple(int(k) for k in d.random.integers(1, 5, n))
        if d.chance(0.05):
            groups, per_group = d.one((0, -1, 4, 2**62)), 3
        x = d.filled((d.one((0, 1, 2)), abs(groups) % 100 * per_group, *extents), kind)
        w = d.filled((out, per_group, *taps), kind)
        bias = d.filled((out if d.chance(0.9) else 7,), kind) if d.chance(0.4) else None
        padding = d.word("valid", "same") if d.chance(0.2) else d.each(n, 0, 1, 2, (1, 2), 30)
        return (x, w, bias, d.each(n, 1, 1, 2, 3, 2**28), padding, d.each(n, 1, 1, 2), groups), {}
    return arguments


def maps(d, rank=None):
    """[item, channel, axis...] and its spatial axes."""
    n = int(d.random.integers(1, 4)) if rank is None else rank
    extents = tuple(int(e) for e in d.random.integers(1, 9, n))
    shape = (d.one((0, 1, 2)), d.one((1, 2, 3)), *extents)
    if d.chance(0.05):
        return d.array(n + 2, 6), n
    return d.filled(shape[d.one((0, 0, 0, 1)):], ("f4", "f8")), n


def windows(d, n):
    """kernel_size, stride, padding."""
    return (d.each(n, 1, 2, 3, 20), d.one((None, d.each(n, 1, 2, 3, 2**28))),
            d.each(n, 0, 0, 0, 1, (0, 1), 2**20))


def flags(d, *names):
    return {name: d.one((True, False)) for name in names}


def max_pooled(rank=None):
    def arguments(d):
        x, n = maps(d, rank)
        size, stride, padding = windows(d, n)
        return (x, size, stride, padding), {"dilation": d.each(n, 1, 1, 2),
                                            **flags(d, "ceil_mode", "return_indices")}
    return arguments


def avg_pooled(rank=None):
    def arguments(d):
        x, n = maps(d, rank)
        options = flags(d, "ceil_mode", "count_include_pad")
        if rank != 1:
            options["divisor_override"] = d.number(None, None, 3)
        return (x, *windows(d, n)), options
    return arguments


def lp_pooled(rank=None):
    def arguments(d):
        x, n = maps(d, rank)
        size, stride, _ = windows(d, n)
        return (x, d.number(1, 2, 2.5), size, stride), flags(d, "ceil_mode")
    return arguments


def adapted(rank=None):
    def arguments(d):
        x, n = maps(d, rank)
        return (x, d.each(n, 1, 2, 3, None)), {}
    return arguments


def unpooled(rank=None):
    def arguments(d):
        x, n = maps(d, rank)
        size = d.each(n, 1, 2, 3)
        shape = np.shape(x) if isinstance(x, np.ndarray) else (2, 2)
        indices = d.random.integers(-1 if d.chance(0.2) else 0, 8, shape)
        return (x, indices, size), {"stride": d.one((None, d.each(n, 1, 2))),
                                    "padding": d.each(n, 0, 0, 1)}
    return arguments


def scaled(d):
    x, n = maps(d)
    size = d.one((None, d.each(n, 1, 4, 9)))
    return (x, size, None if d.chance(0.4) else d.each(n, 1, 2, 0.5, 1.7)), {
        "mode": d.word("nearest", "linear", "bilinear", "nearest-exact", "trilinear"),
        "align_corners": d.one((None, None, True, False))}


def normalised(d):
    x, _ = maps(d)
    channels = x.shape[1] if isinstance(x, np.ndarray) and x.ndim > 1 else 2
    if isinstance(x, np.ndarray) and x.dtype.kind not in "f":
        x = x.astype("O")
    kind = (x.dtype.str if isinstance(x, np.ndarray) else "f4",)
    vectors = [d.filled((channels if d.chance(0.95) else 5,), kind) for _ in range(4)]
    return (x, vectors[0], np.abs(d.random.normal(size=channels)).astype(
        getattr(x, "dtype", "f4")), d.one((None, vectors[2])), d.one((None, vectors[3]))), {
        "training": d.one((False, False, True)), "eps": d.number(1e-5, 0.1)}


def normalised_backward(d):
    (x, mean, variance, weight, _), options = normalised(d)
    grad = d.array(3, 5, ("f4", "f8")) if d.chance(0.05) else x
    return (grad, x, mean, variance, weight), options


def folded(d):
    _, w, bias, *_ = layer()(d)[0]
    out = len(w) if isinstance(w, np.ndarray) and w.ndim else 2
    kind = w.dtype if isinstance(w, np.ndarray) and w.dtype.kind in "f" else "f4"
    vectors = [np.abs(d.random.normal(size=out)).astype(kind) for _ in range(4)]
    return (w, bias, *vectors), {"eps": d.number(1e-5), "groups": d.number(1, 1, 2),
                                 **flags(d, "transposed")}


def transposed(rank=None):
    def arguments(d):
        (x, w, bias, stride, padding, dilation, groups), _ = layer(rank)(d)
        n = np.ndim(w) - 2 if isinstance(w, np.ndarray) else 1
        if stride == 2**28 or (isinstance(stride, tuple) and 2**28 in stride):
            stride = 2  # that would be gigabytes of zeros
        if d.chance(0.8) and isinstance(w, np.ndarray) and w.ndim > 2:
            w = np.swapaxes(w, 0, 1)
        return (x, w, bias if d.chance(0.3) else None, stride, padding,
                d.each(n, 0, 0, 1), groups, dilation), {}
    return arguments


def backward(of, forward):
    """A gradient of the shape that the layer gives, or of another."""
    def arguments(d):
        given, options = of(d)
        options.pop("return_indices", None)
        if forward.startswith("conv"):
            given = (*given[:2], None, *given[3:])
        try:
            grad = np.asarray(getattr(functional, forward)(*given, **options))
        except (ValueError, TypeError):
            grad = d.array(3, 5, ("f4", "f8"))
        if d.chance(0.05):
            grad = d.array(4, 5, ("f4", "f8"))
        return (grad, *(given[:2] + given[3:] if forward.startswith("conv") else given)), options
    return arguments


def every_rank(table):
    """name -> row for any rank, name1d to name3d -> rows for that rank, where there are such."""
    rows = {}
    for name, make in table.items():
        for rank in (None, 1, 2, 3):
            if name + (f"{rank}d" if rank else "") in functional.__all__:
                rows[name + (f"{rank}d" if rank else "")] = make(rank)
    return rows


TABLES = {
    ndimage: dict(correlate=filter_nd, convolve=filter_nd, correlate1d=filter_1d,
                  convolve1d=filter_1d, gaussian_filter1d=gaussian_1d, gaussian_filter=gaussian,
                  gaussian_laplace=gaussian, gaussian_gradient_magnitude=gaussian,
                  uniform_filter=uniform, uniform_filter1d=uniform_1d, sobel=edges, prewitt=edges,
                  laplace=plain),
    signal: dict(convolve=convolution, correlate=convolution, fftconvolve=transformed,
                 oaconvolve=transformed, convolve2d=images, correlate2d=images,
                 choose_conv_method=lambda d: (pair(d), {}), upfirdn=multirate, firwin=designed),
    functional: dict(
        **every_rank(dict(conv=layer, conv_transpose=transposed, max_pool=max_pooled,
                          avg_pool=avg_pooled, lp_pool=lp_pooled, adaptive_avg_pool=adapted,
                          adaptive_max_pool=adapted, max_unpool=unpooled)),
        explain=layer(), interpolate=scaled, batch_norm=normalised, fold_batch_norm=folded,
        global_avg_pool=lambda d: (maps(d)[:1], {}), global_max_pool=lambda d: (maps(d)[:1], {}),
        conv_backward=backward(layer(), "conv"),
        conv_transpose_backward=backward(transposed(), "conv_transpose"),
        max_pool_backward=backward(max_pooled(), "max_pool"),
        avg_pool_backward=backward(avg_pooled(), "avg_pool"),
        lp_pool_backward=backward(lp_pooled(), "lp_pool"),
        adaptive_avg_pool_backward=backward(adapted(), "adaptive_avg_pool"),
        adaptive_max_pool_backward=backward(adapted(), "adaptive_max_pool"),
        max_unpool_backward=backward(unpooled(), "max_unpool"),
        batch_norm_backward=normalised_backward,
        interpolate_backward=backward(scaled, "interpolate")),
}


def too_slow(*_):
    raise RuntimeError(f"no result after {SECONDS} s")


class AnyArguments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.limits = resource.getrlimit(resource.RLIMIT_AS)
        if "libasan" not in os.environ.get("LD_PRELOAD", ""):
            with open("/proc/self/statm", encoding="ascii") as statm:
                taken = int(statm.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, cls.limits[1]))
        system_signal.signal(system_signal.SIGALRM, too_slow)

    @classmethod
    def tearDownClass(cls):
        resource.setrlimit(resource.RLIMIT_AS, cls.limits)

    def run_calls(self, module):
        self.assertEqual(set(TABLES[module]), set(module.__all__))
        names = list(TABLES[module])
        calls = (CALLS or 102000) // len(TABLES)
        print(f"{module.__name__}: {calls} calls, FALTUNG_SEED={SEED}")
        results, slowest = 0, (0.0, "")
        for call in range(calls):
            name = names[call % len(names)]
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                arguments, options = TABLES[module][name](Draw(SEED, call))
                start = time.perf_counter()
                results += self.call(module, name, call, arguments, options)
            slowest = max(slowest, (time.perf_counter() - start, f"{name}, call {call}"))
        print(f"{results} results, {calls - results} refusals; slowest: {slowest}")
        self.assertGreater(results, calls // 10)
        self.assertLess(results, calls)

    def call(self, module, name, call, arguments, options):
        system_signal.alarm(SECONDS)
        try:
            result = getattr(module, name)(*arguments, **options)
        except (ValueError, TypeError) as error:
            text = str(error)
            if not SAYS_WHY.search(text) or "incompatible function" in text:
                self.fail(f"{name}, call {call}: {type(error).__name__}: {text}\n"
                          f"{arguments!r:.800} {options!r:.400}")
            return False
        except BaseException as error:
            raise AssertionError(f"{name}, call {call}: {arguments!r:.800} {options!r:.400}"
                                 ) from error
        finally:
            system_signal.alarm(0)
        self.assertIsInstance(result, (np.ndarray, np.generic, str, tuple, dict))
        return True

    def test_of_ndimage(self):
        self.run_calls(ndimage)

    def test_of_signal(self):
        self.run_calls(signal)

    def test_of_functional(self):
        self.run_calls(functional)


if __name__ == "__main__":
    unittest.main()
