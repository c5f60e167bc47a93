"""configs_test.py PROGRAM CONFIGS CONFIG: runs one bundled pipeline on its real input and compares with SciPy.

Twice: on the bundled file as a user would (a result stored as the input was, so right up to that rounding), and on the same
samples as float32 (right up to the engine's promise). Then cut into slabs of 1, 7 and 64, which must not change a bit.
"""

import os
import subprocess
import sys
import tempfile

import numpy as np

import files
from expected import CASES

PEAK_ERROR = 1e-6  # of float32 arithmetic, relative to the output's peak, for each stage that rounds


class Program:
    def __init__(self, path, configs, folder):
        self.path, self.configs, self.folder = path, configs, folder

    def run(self, config, source, output, *options):
        output = os.path.join(self.folder, output)
        command = [self.path, "run", os.path.join(self.configs, config), source, "-o", output, "--quiet", *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\nended with {done.returncode}: {done.stderr}"
        assert done.stdout == "" and done.stderr == "", f"--quiet, and yet: {done.stdout}{done.stderr}"
        return output

    def bundled(self, name):
        return os.path.join(self.configs, name)

    def sound(self, name):
        """A bundled sound's samples; FLAC goes through the program, whose losslessness has a test below."""
        path = self.bundled(name)
        if not name.endswith(".wav"):
            identity = os.path.join(self.folder, "identity.yaml")
            open(identity, "w").write("stages: [gain: {db: 0}]\n")
            path = self.run(identity, path, os.path.basename(name) + ".wav")
        return files.read_wav(path)


def compare(what, got, wanted, allowed):
    assert got.shape == wanted.shape, f"{what}: shape {got.shape}, SciPy's is {wanted.shape}"
    assert np.isfinite(got).all(), f"{what}: not finite"
    error = abs(got - wanted).max()
    print(f"{what}: largest error {error:.3g}, allowed {allowed:.3g}, peak {abs(wanted).max():.4g}")
    assert error <= allowed, f"{what}: differs from SciPy by {error:.3g}, allowed is {allowed:.3g}"


class Sound:
    """As stored: WAV of the input's 16 bits. Exact: WAV of float32."""

    def __init__(self, program, name):
        self.program, self.name = program, name
        self.samples, self.rate, self.encoding = program.sound(name)

    def check_stored(self, config, wanted, tolerance):
        path = self.program.run(config, self.program.bundled(self.name), "stored.wav")
        got, rate, encoding = files.read_wav(path)
        assert (rate, encoding) == (self.rate, self.encoding), f"{rate} Hz, {encoding}: not as the input"
        assert abs(wanted).max() < 1, f"{config} clips its own example"
        compare("stored", got, wanted, 0.5 / 2**15 + tolerance)

    def exact_input(self):
        path = os.path.join(self.program.folder, "exact.wav")
        files.write_float_wav(path, self.samples, self.rate)
        return path, "out.wav", []

    def read(self, path):
        samples, rate, encoding = files.read_wav(path)
        assert (rate, encoding) == (self.rate, (3, 32)), f"{rate} Hz, {encoding}: not as the input"
        return samples


class Image:
    """As stored: PNG of 8 bits. Exact: .npy [channel, row, col] of float32."""

    def __init__(self, program, name):
        self.program, self.name = program, name
        self.samples = files.read_png(program.bundled(name))

    def check_stored(self, config, wanted, tolerance):
        path = self.program.run(config, self.program.bundled(self.name), "stored.png")
        compare("stored", files.read_png(path), np.clip(wanted, 0, 255), 0.5 + tolerance)

    def exact_input(self):
        path = os.path.join(self.program.folder, "exact.npy")
        np.save(path, self.samples.astype(np.float32))
        return path, "out.npy", ["--channel-axis", "first"]

    def read(self, path):
        array = np.load(path)
        assert array.dtype == np.float32, array.dtype
        return array.astype(float)


class Volume:
    """An array without a channel axis, float32 as it is."""

    def __init__(self, program, name):
        self.program, self.name = program, name
        self.samples = np.load(program.bundled(name)).astype(float)[None]

    def check_stored(self, config, wanted, tolerance):
        pass  # it is stored exactly: nothing else to see

    def exact_input(self):
        return self.program.bundled(self.name), "out.npy", []

    def read(self, path):
        array = np.load(path)
        assert array.dtype == np.float32, array.dtype
        return array.astype(float)[None]


class Table:
    """A table whose first column is the time, which must come back as it was."""

    def __init__(self, program, name):
        self.program, self.name = program, name
        table, self.names = files.read_table(program.bundled(name))
        self.time, self.samples = table[0], table[1:].astype(np.float32).astype(float)

    def check_stored(self, config, wanted, tolerance):
        pass

    def exact_input(self):
        return self.program.bundled(self.name), "out.csv", []

    def read(self, path):
        table, names = files.read_table(path)
        assert names == self.names, names
        assert abs(table[0] - self.time).max() < 1e-5, "the clock has changed"
        return table[1:]


KINDS = {".flac": Sound, ".wav": Sound, ".png": Image, ".npy": Volume, ".csv": Table}


def check_config(program, config):
    assert config in CASES, f"{config} has no expectation in expected.py"
    name, expect, stages = CASES[config]
    signal = KINDS[os.path.splitext(name)[1]](program, name)
    wanted = expect(signal.samples, lambda response: program.sound(response)[0])
    tolerance = stages * PEAK_ERROR * abs(wanted).max()
    signal.check_stored(config, wanted, tolerance)

    source, output, options = signal.exact_input()
    whole = program.run(config, source, output, *options)
    compare("exact", signal.read(whole), wanted, tolerance)
    whole = open(whole, "rb").read()
    for slab in (1, 7, 64):
        cut = program.run(config, source, f"slab{slab}-{output}", *options, "--slab", str(slab))
        assert open(cut, "rb").read() == whole, f"slabs of {slab} change the result"


def check_lossless(program):
    """What `sound` relies on: through a pipeline that changes nothing, 16 and 24 bits come out as they went in."""
    original, rate, encoding = files.read_wav(program.bundled("data/cabinet.wav"))
    assert encoding == (1, 24)
    identity = os.path.join(program.folder, "identity.yaml")
    open(identity, "w").write("stages: [gain: {db: 0}]\n")
    for container in ("flac", "wav"):
        there = program.run(identity, program.bundled("data/cabinet.wav"), f"there.{container}")
        back, back_rate, back_encoding = files.read_wav(program.run(identity, there, f"back-{container}.wav"))
        assert (back_rate, back_encoding) == (rate, encoding)
        compare(container, back, original, 0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        program = Program(sys.argv[1], sys.argv[2], folder)
        if sys.argv[3] == "lossless":
            check_lossless(program)
        else:
            check_config(program, sys.argv[3])
