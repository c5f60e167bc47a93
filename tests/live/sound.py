"""Float sounds as NumPy arrays [frame, channel], in WAV files."""

import struct

import numpy

FLOAT, EXTENSIBLE = 3, 0xFFFE


def write(path, samples, rate=48000):
    samples = numpy.asarray(samples, numpy.float32)
    if samples.ndim == 1:
        samples = samples[:, None]
    channels = samples.shape[1]
    data = samples.tobytes()
    form = struct.pack("<HHIIHH", FLOAT, channels, rate, rate * channels * 4, channels * 4, 32)
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE")
        file.write(b"fmt " + struct.pack("<I", len(form)) + form)
        file.write(b"data" + struct.pack("<I", len(data)) + data)


def read(path):
    """Samples and rate of a float WAV, also of one whose header was not finished: what is there."""
    with open(path, "rb") as file:
        content = file.read()
    assert content[:4] in (b"RIFF", b"RF64") and content[8:12] == b"WAVE", content[:16]
    at, channels, rate, bits = 12, 0, 0, 0
    while at + 8 <= len(content):
        name, size = content[at:at + 4], struct.unpack("<I", content[at + 4:at + 8])[0]
        if name == b"fmt ":
            code, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[at + 8:at + 24])
            assert code in (FLOAT, EXTENSIBLE) and bits == 32, (code, bits)
        if name == b"data":
            data = content[at + 8:at + 8 + size]
            whole = len(data) - len(data) % (4 * channels)
            return numpy.frombuffer(data[:whole], numpy.float32).reshape(-1, channels), rate
        at += 8 + size + size % 2
    raise AssertionError("no data")


def noise(frames, channels=1, seed=1, level=0.25):
    random = numpy.random.default_rng(seed)
    return random.uniform(-level, level, (frames, channels)).astype(numpy.float32)


def decay(taps, seed=2, channels=1):
    """A response whose first tap is not zero."""
    shape = numpy.exp(-6 * numpy.arange(taps) / taps)[:, None]
    response = noise(taps, channels, seed, 1) * shape
    response[0] = 0.5
    return response.astype(numpy.float32)


def largest_step(samples):
    return float(numpy.abs(numpy.diff(samples, axis=0)).max())
