"""Reads and writes the files of the tests with Python's own means, so that the engine's readers are checked too."""

import struct
import zlib

import numpy as np


def read_wav(path):
    """([channel, frame] in float64 with full scale 1, rate, (format tag, bits))."""
    data = open(path, "rb").read()
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE", path
    at, tag = 12, None
    while at + 8 <= len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt ":
            tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
            if tag == 0xFFFE:  # extensible: the tag stands in the sub-format
                tag = struct.unpack("<H", body[24:26])[0]
        if name == b"data":
            return decode_samples(body, tag, bits).reshape(-1, channels).T, rate, (tag, bits)
        at += 8 + size + size % 2
    raise AssertionError(f"{path} has no data")


def decode_samples(body, tag, bits):
    if tag == 3:
        return np.frombuffer(body, f"<f{bits // 8}").astype(float)
    assert tag == 1, tag
    if bits == 24:
        low, middle, high = np.frombuffer(body, np.uint8).reshape(-1, 3).astype(np.int32).T
        values = (low | middle << 8 | high << 16) << 8 >> 8
    else:
        values = np.frombuffer(body, f"<i{bits // 8}")
    return values / 2.0 ** (bits - 1)


def write_float_wav(path, x, rate):
    body = np.ascontiguousarray(x.T, "<f4").tobytes()
    header = struct.pack("<HHIIHH", 3, len(x), rate, rate * 4 * len(x), 4 * len(x), 32)
    chunks = struct.pack("<4sI", b"fmt ", 16) + header + struct.pack("<4sI", b"data", len(body)) + body
    open(path, "wb").write(struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WAVE") + chunks)


def read_png(path):
    """[channel, row, col] in float64, the file's numbers; 8 bits, not interlaced."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed = 8, b""
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        assert zlib.crc32(name + body) == struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0]
        if name == b"IHDR":
            cols, rows, bits, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            assert bits == 8 and interlace == 0 and colour in (0, 2), path
        if name == b"IDAT":
            packed += body
        at += 12 + size
    channels = 3 if colour == 2 else 1
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(rows, 1 + cols * channels)
    return undo_filters(lines, channels).reshape(rows, cols, channels).transpose(2, 0, 1).astype(float)


def undo_filters(lines, step):
    above = np.zeros(lines.shape[1] - 1, np.int64)
    out = np.empty((len(lines), lines.shape[1] - 1), np.uint8)
    for row, line in enumerate(lines):
        kind, x = line[0], line[1:].astype(np.int64)
        if kind == 1:  # difference to the left: a running sum
            x = x.reshape(-1, step).cumsum(0).ravel()
        elif kind == 2:
            x = x + above
        elif kind in (3, 4):
            for i in range(len(x)):
                left = x[i - step] if i >= step else 0
                corner = above[i - step] if i >= step else 0
                x[i] = (x[i] + (left + above[i]) // 2 if kind == 3 else x[i] + paeth(left, above[i], corner)) & 255
        above = x & 255
        out[row] = above
    return out


def paeth(left, up, corner):
    near = left + up - corner
    by = (abs(near - left), abs(near - up), abs(near - corner))
    return (left, up, corner)[by.index(min(by))]


def read_table(path):
    """([column, row], names)."""
    names = open(path).readline().strip().split(",")
    return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2).T, names
