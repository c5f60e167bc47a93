"""Shards of Zarr 3: written and read here from the specification's text, by the program and by zarrita."""

import gzip
import itertools
import json
import os
import subprocess
import sys
import unittest

try:
    import numcodecs
    import numpy as np
    import zarr
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import zarr_test
from program import ProgramTest
from zarr_test import crc32c

FILL = 5
MISSING = 2 ** 64 - 1
NPM_PATIENCE_S = 60

# What a store is read with: zarrita (npm), a reader with nothing in common with the program.
READER = """
import * as zarr from "zarrita"; import fs from "fs";
const store = {
  get: async (key) => fs.existsSync(folder + key) ? new Uint8Array(fs.readFileSync(folder + key)) : undefined,
  getRange: async (key, run) => {
    const bytes = await store.get(key);
    return bytes && ("suffixLength" in run ? bytes.slice(-run.suffixLength)
                                           : bytes.slice(run.offset, run.offset + run.length));
  }};
const folder = process.argv[2];
const all = await zarr.get(await zarr.open.v3(zarr.root(store), {kind: "array"}));
console.log(JSON.stringify([all.shape, all.stride, Array.from(all.data)]));
"""


class Cut:
    """One level of sharding_indexed: what its shards hold, and where and how their index lies."""

    def __init__(self, chunk, location="end", endian="little", checked=True):
        self.chunk, self.location, self.endian, self.checked = chunk, location, endian, checked

    def codec(self, codecs):
        index = [{"name": "bytes", "configuration": {"endian": self.endian}}]
        return {"name": "sharding_indexed", "configuration": {
            "chunk_shape": self.chunk, "codecs": codecs, "index_location": self.location,
            "index_codecs": index + [{"name": "crc32c"}] * self.checked}}

    def shard(self, block, encode):
        """Chunks in falling order with gaps between them: only the index says where they are."""
        counts = [n // c for n, c in zip(block.shape, self.chunk)]
        index = np.full((*counts, 2), MISSING, self.endian.replace("little", "<").replace("big", ">")[0] + "u8")
        index_bytes = index.nbytes + 4 * self.checked
        body = b""
        for at in reversed(list(np.ndindex(*counts))):
            piece = block[tuple(slice(i * c, (i + 1) * c) for i, c in zip(at, self.chunk))]
            if (piece != FILL).any():
                data = encode(piece)
                index[at] = len(body) + (index_bytes if self.location == "start" else 0), len(data)
                body += data + b"gap"
        stored = index.tobytes()
        stored += crc32c(stored).to_bytes(4, "little") if self.checked else b""
        return stored + body if self.location == "start" else body + stored


def write_sharded(folder, array, shards, cuts, endian="little", packed=True, order=None):
    """Shards without a number of their own are left out, as chunks in them are."""
    plain = [{"name": "bytes", "configuration": {"endian": endian}}]
    codecs = plain + [{"name": "gzip", "configuration": {"level": 1}}] * packed

    def encode(block, levels):
        if levels:
            return levels[0].shard(block, lambda piece: encode(piece, levels[1:]))
        data = block.astype(block.dtype.newbyteorder({"big": ">", "little": "<"}[endian])).tobytes()
        return gzip.compress(data, 1) if packed else data

    for cut in reversed(cuts):
        codecs = [cut.codec(codecs)]
    if order:
        codecs.insert(0, {"name": "transpose", "configuration": {"order": order}})
    for at in itertools.product(*(range(-(-n // c)) for n, c in zip(array.shape, shards))):
        part = array[tuple(slice(i * c, (i + 1) * c) for i, c in zip(at, shards))]
        block = np.full(shards, FILL, array.dtype)
        block[tuple(slice(n) for n in part.shape)] = part
        path = os.path.join(folder, "c", *map(str, at))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if (part != FILL).any():
            with open(path, "wb") as file:
                file.write(encode(block.transpose(order) if order else block, cuts))
    with open(os.path.join(folder, "zarr.json"), "w") as file:
        json.dump({"zarr_format": 3, "node_type": "array", "shape": array.shape,
                   "data_type": str(array.dtype), "fill_value": FILL, "codecs": codecs,
                   "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shards}},
                   "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
                   "attributes": {}}, file)


DECODERS = {"gzip": gzip.decompress, "zstd": lambda data: numcodecs.Zstd().decode(data),
            "blosc": lambda data: numcodecs.Blosc().decode(data)}


def read_sharded(folder):
    """One level of shards with the index at the end; what lies wholly beyond the array must not be there."""
    with open(os.path.join(folder, "zarr.json")) as file:
        node = json.load(file)
    shape, shard = node["shape"], node["chunk_grid"]["configuration"]["chunk_shape"]
    how = node["codecs"][0]["configuration"]
    assert len(node["codecs"]) == 1 and how["index_location"] == "end"
    assert how["index_codecs"] == [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    assert how["codecs"][0]["name"] == "bytes"
    order = how["codecs"][0]["configuration"]["endian"].replace("little", "<").replace("big", ">")[0]
    chunk = how["chunk_shape"]
    counts = [n // c for n, c in zip(shard, chunk)]
    array = np.full([-(-n // c) * c for n, c in zip(shape, shard)], node["fill_value"], node["data_type"])
    for at in itertools.product(*(range(-(-n // c)) for n, c in zip(shape, shard))):
        with open(os.path.join(folder, "c", *map(str, at)), "rb") as file:
            data = file.read()
        index = data[-16 * int(np.prod(counts)) - 4:-4]
        assert crc32c(index) == int.from_bytes(data[-4:], "little")
        used = 0
        for inner, (offset, size) in zip(np.ndindex(*counts), np.frombuffer(index, "<u8").reshape(-1, 2).tolist()):
            first = [a * s + i * c for a, s, i, c in zip(at, shard, inner, chunk)]
            inside = all(f < n for f, n in zip(first, shape))
            assert inside == (offset != MISSING) == (size != MISSING), (at, inner, offset, size)
            if inside:
                body = data[offset:offset + size]
                for codec in reversed(how["codecs"][1:]):
                    body = DECODERS[codec["name"]](body)
                numbers = np.frombuffer(body, array.dtype.newbyteorder(order))
                array[tuple(slice(f, f + c) for f, c in zip(first, chunk))] = numbers.reshape(chunk)
                used += size
        assert used + len(index) + 4 == len(data), "bytes that nobody needs"
    return array[tuple(slice(n) for n in shape)]


class Shards(ProgramTest):
    CASES = [
        ((40, 33), (16, 12), [Cut((4, 6))], {}),
        ((40, 33), (16, 33), [Cut((4, 11), "start", "big")], {"endian": "big"}),
        ((17, 20, 9), (6, 8, 4), [Cut((3, 2, 4), checked=False)], {"packed": False}),
        ((17, 20, 9), (12, 16, 8), [Cut((6, 8, 4), "start"), Cut((3, 2, 4))], {}),
        ((30,), (24,), [Cut((12,), "end", "big"), Cut((4,), "end"), Cut((2,), "start", "big", False)], {}),
    ]

    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.random = np.random.default_rng(11)

    def with_holes(self, shape, dtype="int16"):
        array = self.random.integers(-99, 99, shape).astype(dtype)
        array[tuple(slice(n // 4, n // 4 * 3) for n in shape)] = FILL
        return array

    def stores(self, wanted=lambda cuts: True):
        """Cases written, one after the other: (name, array)."""
        for number, (shape, shards, cuts, how) in enumerate(self.CASES):
            if not wanted(cuts):
                continue
            array = self.with_holes(shape)
            write_sharded(self.path(f"{number}.zarr"), array, shards, cuts, **how)
            yield f"{number}.zarr", array

    def through(self, name):
        self.succeed("run", "same.yaml", name, "-o", "out.npy")
        return np.load(self.path("out.npy"))

    def test_chunks_are_found_through_indexes_of_every_kind(self):
        for name, array in self.stores():
            with self.subTest(name=name):
                np.testing.assert_array_equal(self.through(name), array)

    def test_axes_may_be_transposed_before_they_are_cut(self):
        array = self.with_holes((17, 20, 9))
        write_sharded(self.path("t.zarr"), array, (6, 8, 4), [Cut((2, 3, 4))], order=[2, 0, 1])
        np.testing.assert_array_equal(self.through("t.zarr"), array)

    def test_zarrita_reads_the_same_numbers(self):
        self.install_zarrita()
        # It knows no shards in shards, and looks for the index at the end alone.
        for name, array in self.stores(lambda cuts: len(cuts) == 1 and cuts[0].location == "end"):
            with self.subTest(name=name):
                np.testing.assert_array_equal(self.by_zarrita(name), array)

    def test_outputs_keep_the_shards_of_their_input(self):
        array = self.with_holes((40, 33))
        write_sharded(self.path("a.zarr"), array, (16, 12), [Cut((4, 6), "start", "big")], "big")
        self.succeed("run", "same.yaml", "a.zarr", "-o", "b.zarr")
        self.assertEqual(self.written("b.zarr"), ([16, 12], [4, 6], 3 * 3))
        np.testing.assert_array_equal(read_sharded(self.path("b.zarr")), array)
        np.testing.assert_array_equal(self.through("b.zarr"), array)
        self.succeed("run", "same.yaml", "a.zarr", "-o", "c.zarr", "--chunks-per-file", "1")
        self.assertEqual(self.written("c.zarr"), ([4, 6], [4, 6], 10 * 6))
        np.testing.assert_array_equal(self.through("c.zarr"), array)
        self.install_zarrita()
        for name in ("b.zarr", "c.zarr"):
            np.testing.assert_array_equal(self.by_zarrita(name), array)

    def test_several_chunks_per_file_are_read_back_by_others(self):
        self.install_zarrita()
        array = self.with_holes((37, 41, 23))
        compressors = {"none": None, "zstd": numcodecs.Zstd(2), "blosc": numcodecs.Blosc("zstd", 3, 2),
                       "gzip": numcodecs.GZip(4), "zlib": numcodecs.Zlib(1)}
        for name, compressor in compressors.items():
            with self.subTest(name):
                zarr.save_array(self.path("in.zarr"), array, chunks=(8, 16, 8), compressor=compressor)
                self.succeed("run", "same.yaml", "in.zarr", "-o", "out.zarr", "--chunks-per-file", "2x2x2")
                self.assertEqual(self.written("out.zarr"), ([16, 32, 16], [8, 16, 8], 3 * 2 * 2))
                np.testing.assert_array_equal(read_sharded(self.path("out.zarr")), array)
                np.testing.assert_array_equal(self.by_zarrita("out.zarr"), array)
                np.testing.assert_array_equal(self.through("out.zarr"), array)

    def test_films_of_channels_have_an_item_and_a_channel_in_a_shard(self):
        root = zarr.open_group(self.path("film.zarr"), mode="w")
        array = self.random.integers(0, 99, (2, 3, 12, 20)).astype("u1")
        root.create_dataset("0", data=array, chunks=(1, 1, 4, 8), dimension_separator="/")
        root.attrs["multiscales"] = [{
            "version": "0.4", "axes": [{"name": n, "type": t} for n, t in (
                ("t", "time"), ("c", "channel"), ("y", "space"), ("x", "space"))],
            "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1, 1]}]}]}]
        self.succeed("run", "same.yaml", "film.zarr", "-o", "out.zarr", "--chunks-per-file", "3x2")
        self.assertEqual(self.written("out.zarr/0"), ([1, 1, 12, 16], [1, 1, 4, 8], 2 * 3 * 2))
        np.testing.assert_array_equal(read_sharded(self.path("out.zarr/0")), array)
        self.succeed("run", "same.yaml", "out.zarr", "-o", "again.zarr")
        self.assertEqual(self.content("again.zarr/0"), self.content("out.zarr/0"))

    def test_many_files_become_shards_by_themselves(self):
        array = np.full((110, 100), FILL, "uint8")
        array[7:9, 40:60] = 9
        zarr_test.write_zarr_3(self.path("a.zarr"), array, (1, 1), "little", [])
        result = self.run_program("run", "same.yaml", "a.zarr", "-o", "b.zarr")
        self.assertIn(b"11000 chunks in 1 files, shards", result.stderr)
        self.assertEqual(self.written("b.zarr"), ([110, 100], [1, 1], 1))
        np.testing.assert_array_equal(read_sharded(self.path("b.zarr")), array)

    def test_shards_that_cannot_be_written_are_refused(self):
        np.save(self.path("in.npy"), self.with_holes((20, 20)))
        zarr.open_group(self.path("old.zarr"), mode="w")
        for output, counts, words in (
                ("out.npy", "2", "only Zarr stores"), ("out.zarr", "0", "as 8x16"), ("out.zarr", "2x", "as 8x16"),
                ("out.zarr", "", "as 8x16"), ("out.zarr", "1x1x2", "for 2 axes of space"),
                ("old.zarr/a", "2x2", "need version 3")):
            self.refused(2, words, "run", "same.yaml", "in.npy", "-o", output, "--chunks-per-file", counts)
        self.assertNotIn("out.zarr", self.files())

    def written(self, name):
        """Extents of a file and of a chunk, and how many files there are."""
        node = json.loads(self.read(name + "/zarr.json"))
        file = node["chunk_grid"]["configuration"]["chunk_shape"]
        codec = node["codecs"][0]
        chunk = codec["configuration"]["chunk_shape"] if codec["name"] == "sharding_indexed" else file
        return file, chunk, sum(len(files) for _, _, files in os.walk(self.path(name + "/c")))

    def install_zarrita(self):
        self.write("package.json", "{}")
        self.write("read.mjs", READER)
        try:
            done = subprocess.run(["npm", "install", "--silent", "--prefer-offline", "zarrita"],
                                  cwd=self.folder, capture_output=True, timeout=NPM_PATIENCE_S)
        except (OSError, subprocess.TimeoutExpired) as missing:
            self.skip(f"zarrita cannot be installed: {missing}")
        if done.returncode != 0:
            self.skip("zarrita cannot be installed: " + done.stderr.decode()[:200])

    def by_zarrita(self, name):
        done = subprocess.run(["node", "read.mjs", self.path(name)], cwd=self.folder,
                              capture_output=True, timeout=NPM_PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        shape, stride, data = json.loads(done.stdout)
        array = np.array(data)
        return np.lib.stride_tricks.as_strided(array, shape, [8 * step for step in stride])


if __name__ == "__main__":
    unittest.main()
