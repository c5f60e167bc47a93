"""SciPy, OpenCV and PyTorch as peers of `faltung bench`, and Faltung's own package beside NumPy.

    bench_peers.py sound IN.wav RESPONSE.wav OUT.wav
    bench_peers.py volume WAY IN.zarr OUT.zarr SIGMA|KERNEL.npy THREADS   WAY is blocks or dask
    bench_peers.py answer LIBRARY FOLDER      LIBRARY is a key of LIBRARIES; then lines on standard input:
        load NAME [TYPE]                      keeps FOLDER/NAME.npy, as TYPE where one is named
        set NAME VALUE                        keeps a whole number
        threads COUNT
        run METHOD SECONDS                    calls it until SECONDS have passed: answers with the least time of a call
        save FILE.npy NUMBER                  the last result, flat; of several the NUMBERth
        blas                                  answers with the libraries that multiply matrices
"""

import ctypes
import sys
import time


def sound(source, response, target):
    """Overlap-add as SciPy documents it, on both channels at once, in float32."""
    from scipy.io import wavfile
    from scipy.signal import oaconvolve
    rate, signal = wavfile.read(source)
    _, taps = wavfile.read(response)
    wavfile.write(target, rate, oaconvolve(signal, taps, axes=0).astype(signal.dtype, copy=False))


def volume(way, source, target, kernel, threads):
    """Overlapping blocks with zeros around the volume, small enough for about 1 GB in all."""
    import numpy
    import zarr
    from scipy import ndimage, signal
    given = zarr.open(source, mode="r")
    if kernel.endswith(".npy"):
        taps = numpy.load(kernel).astype(numpy.float32)
        reach, block = taps.shape[0] // 2, (64, 256, 512)
        filtered = lambda part: signal.fftconvolve(part, taps, mode="same")  # noqa: E731
    else:
        sigma = float(kernel)
        reach, block = int(4 * sigma + 0.5), (128, 256, 512)
        filtered = lambda part: ndimage.gaussian_filter(part, sigma, mode="constant")  # noqa: E731
    block = tuple(map(min, block, given.shape))
    if way == "dask":
        import dask
        from dask import array
        with dask.config.set(scheduler="threads", num_workers=int(threads)):
            array.from_zarr(source).rechunk(block).map_overlap(
                filtered, depth=reach, boundary=0, dtype=given.dtype).to_zarr(target, compressor=None)
        return
    from concurrent.futures import ThreadPoolExecutor
    from itertools import product
    result = zarr.open(target, "w", shape=given.shape, chunks=block, dtype=given.dtype, compressor=None)

    def one(first):
        begin = [max(0, at - reach) for at in first]
        result[tuple(slice(at, at + size) for at, size in zip(first, block))] = filtered(
            given[tuple(slice(low, at + size + reach) for low, at, size in zip(begin, first, block))])[
                tuple(slice(at - low, at - low + size) for low, at, size in zip(begin, first, block))]
    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(one, product(*(range(0, extent, size) for extent, size in zip(given.shape, block)))))


class Library:
    """Answers the lines. A method returns its result, or a tuple of results."""

    def __init__(self, folder):
        import numpy
        self.numpy, self.folder, self.last = numpy, folder, None

    def load(self, name, type=None):
        array = self.numpy.load(f"{self.folder}/{name}.npy")
        setattr(self, name, array if type is None else array.astype(type))
        self.arrange(name)

    def arrange(self, name):
        """After an array has come: what is not part of a call."""

    def set(self, name, value):
        setattr(self, name, int(value))

    def threads(self, count):
        """OpenBLAS counts its threads by itself, whatever the library above it says."""
        for path in self.blas_paths():
            limit = getattr(ctypes.CDLL(path), "openblas_set_num_threads", None)
            if limit:
                limit(int(count))

    def run(self, method, seconds):
        call, least, passed = getattr(self, method), float("inf"), 0.0
        while passed == 0.0 or passed < float(seconds):
            start = time.perf_counter()
            self.last = call()
            taken = time.perf_counter() - start
            least, passed = min(least, taken), passed + taken
        return f"{least:.9f}"

    def save(self, name, number):
        result = self.last[int(number)] if isinstance(self.last, tuple) else self.last
        result = self.numpy.asarray(result)
        if result.dtype != self.numpy.float64:
            result = result.astype(self.numpy.float32)
        self.numpy.save(f"{self.folder}/{name}", result.ravel())

    def blas_paths(self):
        with open("/proc/self/maps") as maps:
            return {line.split()[-1] for line in maps if "blas" in line}

    def blas(self):
        paths = self.blas_paths()
        return ", ".join(sorted("/".join(path.split("/")[-2:]) for path in paths)) or "none of its own"


class OpenCV(Library):
    """Images [row, column] of float32 and [row, column, color] of 8 bits; boundary reflect."""

    def __init__(self, folder):
        super().__init__(folder)
        import cv2
        self.cv2, self.border = cv2, {"borderType": cv2.BORDER_REFLECT_101}

    def arrange(self, name):
        if name == "image":
            self.out = self.numpy.zeros_like(self.image)  # allocated once, as Faltung's

    def threads(self, count):
        self.cv2.setNumThreads(int(count))

    def filter2D(self):
        return self.cv2.filter2D(self.image, -1, self.kernel, dst=self.out, **self.border)

    def sepFilter2D(self):
        return self.cv2.sepFilter2D(self.image, -1, self.row, self.row, dst=self.out, **self.border)

    def blur(self):
        return self.cv2.blur(self.image, self.kernel.shape, dst=self.out, **self.border)

    def GaussianBlur(self):
        return self.cv2.GaussianBlur(self.image, self.kernel.shape, 0, dst=self.out, **self.border)


class SciPy(Library):
    """Images with boundary reflect, volumes with zeros around them, series in full."""

    def __init__(self, folder):
        super().__init__(folder)
        from scipy import fft, ndimage, signal
        self.fft, self.ndimage, self.signal = fft, ndimage, signal

    def arrange(self, name):
        if name == "image":
            self.out, self.between = self.numpy.zeros_like(self.image), self.numpy.zeros_like(self.image)
        if name == "kernel":
            self.flipped = self.numpy.ascontiguousarray(self.numpy.flip(self.kernel))

    def threads(self, count):
        super().threads(count)
        self.workers = int(count)

    def run(self, method, seconds):
        with self.fft.set_workers(self.workers):
            return super().run(method, seconds)

    def correlate(self):
        return self.ndimage.correlate(self.image, self.kernel, output=self.out, mode="mirror")

    def correlate1d(self):
        self.ndimage.correlate1d(self.image, self.row, axis=0, output=self.between, mode="mirror")
        return self.ndimage.correlate1d(self.between, self.row, axis=1, output=self.out, mode="mirror")

    def uniform_filter(self):
        return self.ndimage.uniform_filter(self.image, self.kernel.shape[0], output=self.out, mode="mirror")

    def oaconvolve_image(self):
        reach = [(extent // 2, extent // 2) for extent in self.kernel.shape]
        padded = self.numpy.pad(self.image, reach, mode="reflect")
        return self.signal.oaconvolve(padded, self.flipped, mode="valid")

    def convolve_volume(self):
        return self.ndimage.convolve(self.image, self.flipped, output=self.out, mode="constant")

    def fftconvolve_volume(self):
        return self.signal.fftconvolve(self.image, self.flipped, mode="same")

    def gaussian_filter(self):
        return self.ndimage.gaussian_filter(self.image, self.milli_sigma / 1000, output=self.out, mode="constant",
                                            truncate=self.milli_truncate / 1000)

    def oaconvolve(self):
        return self.signal.oaconvolve(self.series, self.kernel)

    def fftconvolve(self):
        return self.signal.fftconvolve(self.series, self.kernel)


class PyTorch(Library):
    """A layer [item, channel, row, column] forwards; its gradients for input and kernel."""

    def __init__(self, folder):
        super().__init__(folder)
        import torch
        self.torch, self.conv2d, self.gradient = torch, torch.nn.functional.conv2d, torch.nn.grad

    def arrange(self, name):
        setattr(self, name, self.torch.from_numpy(getattr(self, name)))
        self.recorded = None

    def threads(self, count):
        super().threads(count)
        self.torch.set_num_threads(int(count))

    def options(self):
        return {"stride": self.stride, "padding": self.padding, "groups": self.groups}

    def forward(self):
        with self.torch.no_grad():
            return self.conv2d(self.input, self.weight, **self.options())

    def grad(self):
        return (self.gradient.conv2d_input(self.input.shape, self.weight, self.change, **self.options()),
                self.gradient.conv2d_weight(self.input, self.weight.shape, self.change, **self.options()))

    def autograd(self):
        if self.recorded is None:
            leaves = [tensor.clone().requires_grad_() for tensor in (self.input, self.weight)]
            self.recorded = leaves, self.conv2d(*leaves, **self.options())
        leaves, out = self.recorded
        return self.torch.autograd.grad(out, leaves, self.change, retain_graph=True)


class Package(Library):
    """Faltung from Python, beside NumPy in the same process."""

    def __init__(self, folder):
        super().__init__(folder)
        import faltung
        self.convolve = faltung.signal.convolve

    def ours(self):
        return self.convolve(self.series, self.kernel)

    def numpys(self):
        return self.numpy.convolve(self.series, self.kernel)


LIBRARIES = {"cv2": OpenCV, "scipy": SciPy, "torch": PyTorch, "faltung": Package}


def answer(library, folder):
    helper = LIBRARIES[library](folder)
    for line in sys.stdin:
        verb, *arguments = line.split()
        try:
            text = getattr(helper, verb)(*arguments) or "done"
        except Exception as error:  # told to whoever asked
            text = "error " + repr(error).replace("\n", " ")
        print(text, flush=True)


if __name__ == "__main__":
    {"sound": sound, "volume": volume, "answer": answer}[sys.argv[1]](*sys.argv[2:])
