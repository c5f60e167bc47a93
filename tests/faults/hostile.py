"""Small files that claim more than they hold: one table, a row for each claim of each container."""

import gzip
import json
import os
import struct
import zlib

from program import npy

TERA = 2 ** 40
ZEROS = bytes(2 ** 20)
BOMB = bytes(2 ** 24)  # deflate packs them a thousandfold


def npy_shaped(shape):
    return npy(shape, bytes(4096))


def tiff_entry(tag, value, kind=4, count=1):
    """One field of a classic directory; kind 3 is 16 bits, 4 is 32."""
    return struct.pack("<HHI", tag, kind, count) + struct.pack("<I", value)


def tiff_page(at, following, **fields):
    """A directory that lies at `at`, with 16 bytes of data before it."""
    values = {"width": 4, "height": 4, "bits": 8, "compression": 1, "photometric": 1,
              "offsets": at - 16, "channels": 1, "rows_per_strip": 4, "counts": 16, **fields}
    tags = {"width": 256, "height": 257, "bits": 258, "compression": 259, "photometric": 262,
            "offsets": 273, "channels": 277, "rows_per_strip": 278, "counts": 279,
            "tile_width": 322, "tile_height": 323, "tile_offsets": 324, "tile_counts": 325}
    entries = []
    for name, value in values.items():
        if value is not None:
            value, count = value if isinstance(value, tuple) else (value, 1)
            entries.append(tiff_entry(tags[name], value, count=count))
    entries.sort(key=lambda entry: struct.unpack("<H", entry[:2]))
    return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following)


def tiff(following=0, **fields):
    return b"II*\0" + struct.pack("<I", 24) + bytes(16) + tiff_page(24, following, **fields)


def tiff_ring():
    """Two pages, the second of which leads to the first."""
    first = tiff(following=1)
    at = len(first) + 16
    return first[:-4] + struct.pack("<I", at) + bytes(16) + tiff_page(at, 24)


def png(width, height, data, interlaced=0):
    def chunk(kind, body):
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced)) +
            chunk(b"IDAT", data) + chunk(b"IEND", b""))


def jpeg(width, height, progressive):
    """One component with flat tables; the data end at once."""
    def segment(mark, body):
        return bytes([0xff, mark]) + struct.pack(">H", len(body) + 2) + body
    codes = bytes([0, 1] + [0] * 14) + b"\0"
    return (b"\xff\xd8" + segment(0xdb, b"\0" + b"\1" * 64) +
            segment(0xc2 if progressive else 0xc0,
                    struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0") +
            segment(0xc4, b"\0" + codes) + segment(0xc4, b"\x10" + codes) +
            segment(0xda, b"\1\1\0\0" + (b"\0" if progressive else b"\x3f") + b"\0") +
            bytes(64) + b"\xff\xd9")


def exr(kind, stated, value=b""):
    """A header that begins with such an attribute."""
    return (struct.pack("<II", 20000630, 2) + f"note\0{kind}\0".encode() +
            struct.pack("<I", stated) + value + bytes(64))


def nifti(extents, kind=4, offset=352.0):
    """Version 1; numbers of 16 bits."""
    head = bytearray(348)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into(f"<{1 + len(extents)}h", head, 40, len(extents), *extents)
    struct.pack_into("<hh", head, 70, kind, 16)
    struct.pack_into("<f", head, 108, offset)
    head[344:348] = b"n+1\0"
    return bytes(head) + bytes(4)


def nifti_2(extents):
    head = bytearray(540)
    struct.pack_into("<i", head, 0, 540)
    head[4:12] = b"n+2\0\r\n\x1a\n"
    struct.pack_into("<hh", head, 12, 4, 16)
    struct.pack_into(f"<{1 + len(extents)}q", head, 16, len(extents), *extents)
    struct.pack_into("<q", head, 168, 544)
    return bytes(head) + bytes(4 + 64)


def nrrd(sizes, more="encoding: raw\n", data=bytes(64)):
    dimension = len(sizes.split())
    return (f"NRRD0004\ntype: uchar\ndimension: {dimension}\nsizes: {sizes}\n{more}\n".encode() +
            data)


def metaimage(sizes, more="", place="LOCAL", data=bytes(64)):
    return (f"ObjectType = Image\nNDims = {len(sizes.split())}\nDimSize = {sizes}\n{more}"
            f"ElementType = MET_UCHAR\nElementDataFile = {place}\n".encode() + data)


def zarr_2(shape, chunks, chunk=None, compressor=None):
    """A folder: names and their contents."""
    array = {"zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": "|u1", "order": "C",
             "compressor": compressor, "filters": None, "fill_value": 0}
    store = {".zarray": json.dumps(array).encode()}
    if chunk is not None:
        store[".".join("0" for _ in shape)] = chunk
    return store


def zarr_3(shape, chunks, chunk=None, codecs=()):
    array = {"zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "uint8",
             "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
             "chunk_key_encoding": {"name": "default"}, "fill_value": 0,
             "codecs": [{"name": "bytes"}, *codecs]}
    store = {"zarr.json": json.dumps(array).encode()}
    if chunk is not None:
        store["/".join(["c"] + ["0" for _ in shape])] = chunk
    return store


def riff(channels, rate, stated, mark=b"RIFF", before=b""):
    form = struct.pack("<HHIIHH", 1, channels, rate, (rate * channels * 2) % 2 ** 32,
                       (channels * 2) % 65536, 16)
    body = (b"WAVE" + before + b"fmt " + struct.pack("<I", 16) + form + b"data" +
            struct.pack("<I", stated) + bytes(64))
    return mark + struct.pack("<I", len(body) if mark == b"RIFF" else 2 ** 32 - 1) + body


def rf64(stated):
    sizes = struct.pack("<QQQI", (stated + 72) % 2 ** 64, stated, stated // 2, 0)
    return riff(1, 48000, 2 ** 32 - 1, b"RF64", b"ds64" + struct.pack("<I", 28) + sizes)


def flac(frames):
    """STREAMINFO alone: 16 bits, one channel, `frames` of 36 bits."""
    info = struct.pack(">HH", 4096, 4096) + bytes(6)
    info += struct.pack(">Q", 48000 << 44 | 15 << 36 | frames) + bytes(16)
    return b"fLaC" + struct.pack(">I", 0x80 << 24 | len(info)) + info + bytes(64)


def blosc(stated):
    return struct.pack("<BBBBIII", 2, 1, 0x21, 1, stated, stated, 64) + bytes(48)


def zstd(stated):
    """A frame that states its content's size, and holds one empty block."""
    return struct.pack("<IB", 0xfd2fb528, 0xe0) + struct.pack("<Q", stated) + b"\1\0\0"


GZIP_2 = {"id": "gzip", "level": 1}
ZSTD_2 = {"id": "zstd", "level": 1}
BLOSC_2 = {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0}

# name, contents, what must be said. HDF5's rows are in tests/apps/hdf5_test.py.
CLAIMS = [
    ("a.npy", npy_shaped((TERA,)), ["1099511627776", "1024 are there"]),
    ("a.npy", npy_shaped((2 ** 31, 2 ** 31, 2 ** 31)), ["2147483648x2147483648x2147483648"]),
    ("a.npy", npy_shaped((2 ** 62, 4)), ["4611686018427387904x4", "1024 are there"]),
    ("a.npy", npy_shaped((-4, 4)), ["an extent of -4"]),
    ("a.npy", npy_shaped((0, 4)), ["no elements", "0x4"]),
    ("a.tif", tiff(following=24), ["lead in a ring"]),
    ("a.tif", tiff_ring(), ["lead in a ring"]),
    ("a.tif", tiff(width=2 ** 31 - 1), ["2147483647x4 pixels", "the file's 138 bytes"]),
    ("a.tif", tiff(width=2 ** 31 - 1, height=2 ** 31 - 1), ["Incorrect count"]),
    ("a.tif", tiff(width=2 ** 32 - 1, height=1, compression=8),
     ["4294967295x1 pixels", "138 bytes cannot hold them"]),
    ("a.tif", tiff(height=2 ** 32 - 1, rows_per_strip=1), ["corrupt TIFF"]),
    ("a.tif", tiff(height=2 ** 30, rows_per_strip=2 ** 30), ["4x1073741824 pixels"]),
    ("a.tif", tiff(width=0), ["corrupt TIFF"]),
    ("a.tif", tiff(counts=2 ** 31, compression=8), ["4x4 pixels", "ends beyond the file's"]),
    ("a.tif", tiff(channels=65535), ["65535 channels"]),
    ("a.tif", tiff(offsets=(24, 2 ** 30), counts=(24, 2 ** 30), rows_per_strip=1),
     ["part 1 of 4"]),
    ("a.tif", tiff(offsets=None, counts=None, rows_per_strip=None, tile_width=2 ** 30,
                   tile_height=2 ** 30, tile_offsets=8, tile_counts=16),
     ["tiles of 1073741824x1073741824", "150 bytes cannot hold them"]),
    ("a.png", png(2 ** 31 - 1, 2 ** 31 - 1, zlib.compress(bytes(64))), ["2147483647x2147483647"]),
    ("a.png", png(0, 4, zlib.compress(bytes(64))), ["Invalid IHDR"]),
    ("a.png", png(2 ** 20, 2 ** 20, zlib.compress(ZEROS), 1), ["1048576x1048576"]),
    ("a.png", png(40000, 40000, zlib.compress(ZEROS) * 1600, 1),
     ["interlaced", "40000x40000", "1600000000 bytes"]),
    ("a.jpg", jpeg(65500, 65500, progressive=True), ["65500x65500 pixels", "204 bytes"]),
    ("a.jpg", jpeg(65500, 0, progressive=False), ["truncated or corrupt JPEG"]),
    ("a.exr", exr("unknown", 2 ** 30), ["'note' (unknown) of 1073741824 bytes, 64 are there"]),
    ("a.exr", exr("string", 2 ** 32 - 8), ["'note' (string) of -8 bytes"]),
    ("a.exr", exr("chlist", 20, b"Y\0" + bytes(16) + b"\0"), ["of 20 bytes, it takes 19"]),
    ("a.exr", exr("preview", 24, struct.pack("<II", 2 ** 15, 2 ** 14)),
     ["corrupt OpenEXR", "size"]),
    ("a.exr", exr("stringvector", 24, struct.pack("<I", 2 ** 30)),
     ["corrupt OpenEXR", "size"]),
    ("a.nii", nifti([32767] * 7), ["32767x32767", "352 bytes cannot hold them"]),
    ("a.nii", nifti([4, -4, 4]), ["-4 along axis 2"]),
    ("a.nii", nifti([4, 0, 4]), ["0 along axis 2"]),
    ("a.nii", nifti_2([TERA, 4, 4]), ["1099511627776 numbers of 2 bytes", "608 bytes"]),
    ("a.nii.gz", gzip.compress(nifti([16384, 8192, 8192])), ["8192x8192x16384"]),
    ("a.nii.gz", gzip.compress(nifti([4, 4, 4], offset=2.0 ** 30) + BOMB), ["1073741824"]),
    ("a.nii.gz", gzip.compress(nifti([4, 4, 4], offset=2.0 ** 29)) + gzip.compress(BOMB) * 32,
     ["extensions of 536870564 bytes"]),
    ("a.nrrd", nrrd("1099511627776 3"), ["1099511627776", "cannot hold them"]),
    ("a.nrrd", nrrd("9223372036854775807 2 2"), ["9223372036854775807"]),
    ("a.nrrd", nrrd("4 -4"), ["-4"]),
    ("a.nrrd", nrrd("4 0"), ["0; allowed"]),
    ("a.nrrd", nrrd("65536 65536", "encoding: gzip\n", gzip.compress(BOMB)), ["65536x65536"]),
    ("a.mha", metaimage("1099511627776 3"), ["1099511627776", "cannot hold them"]),
    ("a.mha", metaimage("9223372036854775807 2 2"), ["9223372036854775807"]),
    ("a.mha", metaimage("4 -4"), ["-4"]),
    ("a.mha", metaimage("4 0"), ["0; allowed"]),
    ("a.mha", metaimage("65536 65536", "CompressedData = True\n", data=zlib.compress(BOMB)),
     ["65536x65536"]),
    ("a.zarr", zarr_2([TERA], [1024]), ["1099511627776"]),
    ("a.zarr", zarr_2([2 ** 31] * 4, [1] * 4), ["2147483648"]),
    ("a.zarr", zarr_2([4, -4], [4, 4]), ["-4"]),
    ("a.zarr", zarr_2([4, 0], [4, 4]), ["holds nothing"]),
    ("a.zarr", zarr_2([2 ** 30], [2 ** 30], gzip.compress(BOMB), GZIP_2),
     ["its shape needs 1073741824"]),
    ("a.zarr", zarr_2([64], [64], gzip.compress(BOMB), GZIP_2), ["more than 64 bytes"]),
    ("a.zarr", zarr_2([64], [64], zstd(2 ** 60), ZSTD_2), ["more than 64 bytes"]),
    ("a.zarr", zarr_2([64], [64], blosc(2 ** 31 - 17), BLOSC_2), ["at most 64"]),
    ("a.zarr", zarr_3([TERA], [1024]), ["1099511627776"]),
    ("a.zarr", zarr_3([4, -4], [4, 4]), ["-4"]),
    ("a.zarr", zarr_3([4, 4], [4, 2 ** 62]), ["4611686018427387904"]),
    ("a.zarr", zarr_3([64], [64], zstd(2 ** 60),
                      [{"name": "zstd", "configuration": {"level": 1, "checksum": False}}]),
     ["more than 64 bytes"]),
    ("a.wav", riff(1, 48000, 2 ** 30), ["536870912 frames, 32 are there"]),
    ("a.wav", riff(65535, 48000, 64), ["Too many channels"]),
    ("a.wav", riff(0, 48000, 64), ["Channel count is zero"]),
    ("a.wav", riff(1, 0, 64), ["not a sound file"]),
    ("a.rf64", rf64(2 ** 41), ["1099511627776 frames, 32 are there"]),
    ("a.rf64", rf64(2 ** 64 - 1), ["not a sound file"]),
    ("a.flac", flac(2 ** 36 - 1), ["corrupt"]),
]


def place(folder, name, contents):
    """Writes the file, or the folder of files."""
    parts = contents if isinstance(contents, dict) else {"": contents}
    for part, data in parts.items():
        path = os.path.join(folder, name, part) if part else os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
