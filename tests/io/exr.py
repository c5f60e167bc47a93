"""OpenEXR files without OpenEXR: scanlines, plain or ZIP, and tiles, as the format's description has them.

"Technical Introduction to OpenEXR" and "OpenEXR File Layout" (Kainz, Bogart et al.).
"""

import struct
import zlib

import numpy as np

TYPES = [np.dtype("<u4"), np.dtype("<f2"), np.dtype("<f4")]
NONE, ZIPS, ZIP = 0, 2, 3
ROWS = {NONE: 1, ZIPS: 1, ZIP: 16}


def attribute(name, kind, value):
    return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value


def channel_list(channels):
    one = lambda name, array: name.encode() + b"\0" + struct.pack("<iiii", TYPES.index(array.dtype), 0, 1, 1)
    return b"".join(one(name, channels[name]) for name in sorted(channels)) + b"\0"


def header(channels, window, compression=NONE, tile=None, extra=b"", mark=2):
    box = struct.pack("<4i", *window)
    text = struct.pack("<II", 20000630, mark | (0x200 if tile else 0))
    text += attribute("channels", "chlist", channel_list(channels))
    text += attribute("compression", "compression", bytes([compression]))
    text += attribute("dataWindow", "box2i", box) + attribute("displayWindow", "box2i", box)
    text += attribute("lineOrder", "lineOrder", b"\0")
    text += attribute("pixelAspectRatio", "float", struct.pack("<f", 1))
    text += attribute("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0))
    text += attribute("screenWindowWidth", "float", struct.pack("<f", 1))
    if tile:
        text += attribute("tiles", "tiledesc", struct.pack("<IIB", tile, tile, 0))
    return text + extra + b"\0"


def packed(data):
    """ZIP: the bytes by halves, differences, deflated; as they are where that is not shorter."""
    halves = np.frombuffer(data[0::2] + data[1::2], "u1").astype("i4")
    halves[1:] = (np.diff(halves) + 128) % 256
    result = zlib.compress(halves.astype("u1").tobytes())
    return result if len(result) < len(data) else data


def unpacked(data, size):
    if len(data) == size:
        return data
    halves = np.frombuffer(zlib.decompress(data), "u1").astype("i8")
    halves[1:] -= 128
    halves = (np.cumsum(halves) % 256).astype("u1").tobytes()
    result = bytearray(size)
    result[0::2], result[1::2] = halves[: (size + 1) // 2], halves[(size + 1) // 2 :]
    return bytes(result)


def rows_of(channels, rows, cols=slice(None)):
    return b"".join(channels[name][row, cols].tobytes() for row in rows for name in sorted(channels))


def chunks_of(channels, origin, compression, tile):
    height, width = next(iter(channels.values())).shape
    if tile:
        for y in range(0, height, tile):
            for x in range(0, width, tile):
                data = rows_of(channels, range(y, min(y + tile, height)), slice(x, x + tile))
                yield struct.pack("<5i", x // tile, y // tile, 0, 0, len(data)) + data
        return
    for y in range(0, height, ROWS[compression]):
        data = rows_of(channels, range(y, min(y + ROWS[compression], height)))
        data = data if compression == NONE else packed(data)
        yield struct.pack("<ii", origin[1] + y, len(data)) + data


def write(path, channels, origin=(0, 0), compression=NONE, tile=None, extra=b""):
    """channels: two-dimensional arrays of u4, f2 or f4 by name."""
    height, width = next(iter(channels.values())).shape
    window = (*origin, origin[0] + width - 1, origin[1] + height - 1)
    head = header(channels, window, compression, tile, extra)
    chunks = list(chunks_of(channels, origin, compression, tile))
    begin = len(head) + 8 * len(chunks)
    places = np.cumsum([begin] + [len(chunk) for chunk in chunks[:-1]])
    with open(path, "wb") as file:
        file.write(head + places.astype("<u8").tobytes() + b"".join(chunks))


def attributes(data):
    """By name, and where they end."""
    found, at = {}, 8
    while data[at]:
        name, kind, rest = data[at:].split(b"\0", 2)
        at += len(name) + len(kind) + 6
        size = struct.unpack("<i", data[at - 4 : at])[0]
        found[name.decode()] = data[at : at + size]
        at += size
    return found, at + 1


def read(path):
    """Arrays by name, and the header's attributes; of scanlines alone."""
    with open(path, "rb") as file:
        data = file.read()
    found, at = attributes(data)
    left, top, right, bottom = struct.unpack("<4i", found["dataWindow"])
    kinds, names = {}, found["channels"]
    while names[0]:
        name, names = names.split(b"\0", 1)
        kinds[name.decode()], names = TYPES[names[0]], names[16:]
    compression, width = found["compression"][0], right - left + 1
    channels = {name: np.zeros((bottom - top + 1, width), kind) for name, kind in kinds.items()}
    step = ROWS[compression]
    for index, row in enumerate(range(top, bottom + 1, step)):
        place = struct.unpack("<Q", data[at + 8 * index : at + 8 * index + 8])[0]
        first, size = struct.unpack("<ii", data[place : place + 8])
        rows = range(first - top, min(first - top + step, bottom - top + 1))
        whole = len(rows) * width * sum(kind.itemsize for kind in kinds.values())
        block = unpacked(data[place + 8 : place + 8 + size], whole)
        for y in rows:
            for name, kind in kinds.items():
                channels[name][y] = np.frombuffer(block[: width * kind.itemsize], kind)
                block = block[width * kind.itemsize :]
    return channels, found
