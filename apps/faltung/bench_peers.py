"""SciPy and OpenCV as peers of `faltung bench`: a process for a sound, a helper for images.

    bench_peers.py sound IN.wav RESPONSE.wav OUT.wav
    bench_peers.py image MODULE FOLDER        MODULE is cv2 or scipy; then lines on standard input:
        load IMAGE.npy
        kernel KERNEL.npy ROW.npy THREADS     ROW is the 1-D factor of a separable kernel, or -
        run METHOD                            answers with the seconds it took
        save FILE.npy                         the last result
"""

import sys
import time


def sound(source, response, target):
    """Overlap-add as SciPy documents it, on both channels at once, in float32."""
    from scipy.io import wavfile
    from scipy.signal import oaconvolve
    rate, signal = wavfile.read(source)
    _, taps = wavfile.read(response)
    wavfile.write(target, rate, oaconvolve(signal, taps, axes=0).astype(signal.dtype, copy=False))


class Image:
    """Answers the lines."""

    def __init__(self, module, folder):
        import numpy
        self.numpy, self.folder, self.last = numpy, folder, None
        if module == "cv2":
            import cv2
            self.cv2 = cv2
        else:
            from scipy import ndimage, signal
            self.ndimage, self.signal = ndimage, signal

    def read(self, name):
        return self.numpy.load(f"{self.folder}/{name}")

    def load(self, image):
        self.image = self.read(image)
        self.out = self.numpy.zeros_like(self.image)  # allocated once, as Faltung's
        self.between = self.numpy.zeros_like(self.image)

    def kernel(self, kernel, row, threads):
        self.taps = self.read(kernel).astype(self.image.dtype)  # float64 taps would slow some down
        self.row = None if row == "-" else self.read(row).astype(self.image.dtype)
        if hasattr(self, "cv2"):
            self.cv2.setNumThreads(int(threads))

    def run(self, method):
        start = time.perf_counter()
        self.last = getattr(self, method)()
        return f"{time.perf_counter() - start:.9f}"

    def save(self, name):
        self.numpy.save(f"{self.folder}/{name}", self.last)

    def filter2D(self):
        return self.cv2.filter2D(self.image, -1, self.taps, dst=self.out,
                                 borderType=self.cv2.BORDER_REFLECT_101)

    def sepFilter2D(self):
        return self.cv2.sepFilter2D(self.image, -1, self.row, self.row, dst=self.out,
                                    borderType=self.cv2.BORDER_REFLECT_101)

    def correlate(self):
        return self.ndimage.correlate(self.image, self.taps, output=self.out, mode="mirror")

    def correlate1d(self):
        self.ndimage.correlate1d(self.image, self.row, axis=0, output=self.between, mode="mirror")
        return self.ndimage.correlate1d(self.between, self.row, axis=1, output=self.out,
                                        mode="mirror")

    def oaconvolve(self):
        reach = [(extent // 2, extent // 2) for extent in self.taps.shape]
        padded = self.numpy.pad(self.image, reach, mode="reflect")
        return self.signal.oaconvolve(padded, self.taps[::-1, ::-1], mode="valid")


def image(module, folder):
    helper = Image(module, folder)
    for line in sys.stdin:
        verb, *arguments = line.split()
        try:
            answer = getattr(helper, verb)(*arguments) or "done"
        except Exception as error:  # told to whoever asked
            answer = "error " + repr(error).replace("\n", " ")
        print(answer, flush=True)


if __name__ == "__main__":
    {"sound": sound, "image": image}[sys.argv[1]](*sys.argv[2:])
