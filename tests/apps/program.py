"""Runs the real program in a fresh folder, and writes small files for it."""

import os
import shutil
import struct
import subprocess
import tempfile
import unittest
import wave
import zlib

PROGRAM = os.environ["FALTUNG_PROGRAM"]
PATIENCE_S = 600  # only what hangs takes so long, on whatever machine

GAIN = "stages:\n  - gain: {db: -6.0205999132796239}\n"  # halves
FIR = "stages:\n  - convolve: {kernel: [0.5, 0.25, -0.125]}\n"
BLUR = "stages:\n  - convolve: {kernel: {box: {size: 3}}}\n"


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own, in which the program runs."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="faltung-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def content(self, name):
        """A file's bytes, or every file of a folder with its bytes."""
        whole = self.path(name)
        if os.path.isfile(whole):
            return self.read(name)
        return {os.path.relpath(os.path.join(root, file), whole): self.read(os.path.join(root, file))
                for root, _, names in os.walk(whole) for file in names}

    def files(self):
        """Everything in the folder, hidden files too, with sizes and times of change."""
        found = {}
        for root, folders, names in os.walk(self.folder):
            for name in folders + names:
                status = os.lstat(os.path.join(root, name))
                found[os.path.relpath(os.path.join(root, name), self.folder)] = (
                    None if name in folders else (status.st_size, status.st_mtime_ns))
        return found

    def run_program(self, *arguments, stdin=b"", **more):
        return subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True,
                              cwd=self.folder, timeout=PATIENCE_S, **more)

    def skip(self, why):
        """Ends the process as skipped (unittest would take sys.exit for an error)."""
        print("SKIPPED:", why, flush=True)
        self.doCleanups()
        os._exit(77)

    def needed(self, folder, name):
        """The path of a file that a package brings."""
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            self.skip(path + " is missing")
        return path

    def succeed(self, *arguments, **more):
        result = self.run_program(*arguments, **more)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result

    def refused(self, status, words, *arguments, **more):
        """The program ends with `status`, says all of `words`, and leaves the folder as it was."""
        before = self.files()
        result = self.run_program(*arguments, **more)
        said = result.stderr.decode()
        self.assertEqual(result.returncode, status, said)
        last = said.rstrip("\n").rsplit("\n", 1)[-1]
        self.assertTrue(last.startswith("faltung: "), said)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, said)
        self.assertEqual(self.files(), before, "something was left behind")
        return said


def wav(samples, channels=1, rate=48000):
    """16-bit PCM; `samples` are interleaved integers."""
    name = tempfile.mktemp(suffix=".wav")
    try:
        with wave.open(name, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
        with open(name, "rb") as file:
            return file.read()
    finally:
        os.unlink(name)


def float_wav(samples, channels=1, rate=48000):
    data = struct.pack(f"<{len(samples)}f", *samples)
    head = struct.pack("<HHIIHH", 3, channels, rate, rate * channels * 4, channels * 4, 32)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head
    body += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav_chunk(content, name):
    """Where a chunk's content begins, and its size."""
    at = 12
    while content[at:at + 4] != name:
        at += 8 + struct.unpack_from("<I", content, at + 4)[0]
    return at + 8, struct.unpack_from("<I", content, at + 4)[0]


def wav_samples(content):
    """The samples of a 16-bit WAV, whatever chunks it has."""
    at, size = wav_chunk(content, b"data")
    return struct.unpack_from(f"<{size // 2}h", content, at)


def wav_rate(content):
    return struct.unpack_from("<I", content, wav_chunk(content, b"fmt ")[0] + 4)[0]


def png(rows):
    """8-bit grey."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) +
            chunk(b"IEND", b""))


def npy(shape, data, kind="<f4"):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape!r}, }}"
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode() + data


def npy_data(content):
    return content[10 + struct.unpack_from("<H", content, 8)[0]:]


def npy_floats(content):
    data = npy_data(content)
    return struct.unpack(f"<{len(data) // 4}f", data)


def noise(count, peak=20000, seed=1):
    """Integers in [-peak, peak], always the same (Lehmer's generator)."""
    values = []
    for _ in range(count):
        seed = seed * 48271 % 2147483647
        values.append(seed % (2 * peak + 1) - peak)
    return values
