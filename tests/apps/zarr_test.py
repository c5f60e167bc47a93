"""Zarr stores of other programs through the program: python3-zarr's, and version 3 made by hand."""

import gzip
import itertools
import json
import os
import sys
import unittest

try:
    import numcodecs
    import numpy as np
    import zarr
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from program import ProgramTest

SAME = "stages:\n  - gain: {db: 0}\n"


def crc32c(data):
    """As RFC 3720 has it, bit by bit."""
    total = 0xFFFFFFFF
    for byte in data:
        total ^= byte
        for _ in range(8):
            total = total >> 1 ^ (0x82F63B78 if total & 1 else 0)
    return total ^ 0xFFFFFFFF


def write_zarr_3(folder, array, chunks, endian, codecs, separator="/", order=None, names=None):
    """From the text of the core specification 3.0, without a library for Zarr."""
    array = np.asarray(array)
    os.makedirs(folder)
    steps = {"gzip": lambda data, how: gzip.compress(data, how["level"]),
             "zstd": lambda data, how: numcodecs.Zstd(how["level"]).encode(data),
             "blosc": lambda data, how: numcodecs.Blosc(
                 how["cname"], how["clevel"],
                 ["noshuffle", "shuffle", "bitshuffle"].index(how["shuffle"])).encode(data),
             "crc32c": lambda data, how: data + crc32c(data).to_bytes(4, "little")}
    for at in itertools.product(*(range(-(-n // c)) for n, c in zip(array.shape, chunks))):
        block = np.full(chunks, 5, array.dtype)
        part = array[tuple(slice(i * c, (i + 1) * c) for i, c in zip(at, chunks))]
        if (part == 5).all():
            continue
        block[tuple(slice(n) for n in part.shape)] = part
        block = block if order is None else block.transpose(order)
        data = np.ascontiguousarray(block.astype(block.dtype.newbyteorder(
            {"big": ">", "little": "<"}[endian]))).tobytes()
        for name, how in codecs:
            data = bytes(steps[name](data, how))
        path = os.path.join(folder, separator.join(["c", *map(str, at)]))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
    chain = [{"name": "bytes", "configuration": {"endian": endian}}]
    if order is not None:
        chain.insert(0, {"name": "transpose", "configuration": {"order": list(order)}})
    chain += [{"name": name, "configuration": how} for name, how in codecs]
    node = {"zarr_format": 3, "node_type": "array", "shape": array.shape,
            "data_type": str(array.dtype), "fill_value": 5, "codecs": chain, "attributes": {},
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": separator}}}
    if names:
        node["dimension_names"] = names
    with open(os.path.join(folder, "zarr.json"), "w") as file:
        json.dump(node, file)


class Reading(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", SAME)
        self.random = np.random.default_rng(7)

    def volume(self, shape, dtype):
        return self.random.integers(0, 100, shape).astype(dtype)

    def through(self, name, *more):
        self.succeed("run", "same.yaml", name, "-o", "out.npy", *more)
        return np.load(self.path("out.npy"))

    def compare(self, name, array, *more):
        got = self.through(name, *more)
        np.testing.assert_array_equal(got, array)

    def test_every_type_byte_order_and_order_of_axes(self):
        types = ["u1", "<u2", ">u2", "<u4", "i1", ">i2", "<i4", ">i4", "<f2", "<f4", ">f4", ">f8"]
        for dtype, order in itertools.product(types, "CF"):
            with self.subTest(dtype=dtype, order=order):
                array = self.volume((7, 9, 5), dtype)
                name = f"{dtype[-2:]}{dtype[0] == '>'}{order}.zarr"
                zarr.save_array(self.path(name), array, chunks=(3, 4, 5), order=order)
                self.compare(name, array)

    def test_every_compressor_and_separator(self):
        compressors = [None, numcodecs.Zlib(3), numcodecs.GZip(1), numcodecs.Zstd(3),
                       *(numcodecs.Blosc(inner, 5, shuffle)
                         for inner in ["lz4", "zstd", "zlib", "blosclz", "lz4hc"]
                         for shuffle in [0, 1, 2])]
        array = self.volume((20, 30, 11), "<f4")
        for number, compressor in enumerate(compressors):
            with self.subTest(compressor=compressor):
                name = f"{number}.zarr"
                zarr.save_array(self.path(name), array, chunks=(8, 16, 11), compressor=compressor,
                                dimension_separator="./"[number % 2])
                self.compare(name, array)

    def test_missing_chunks_hold_the_fill_value(self):
        for dtype, fill in [("<f4", float("nan")), ("<f8", float("-inf")), ("<i2", -7),
                            ("<f2", 0.375)]:
            with self.subTest(fill=fill):
                array = zarr.open(self.path(f"fill{fill}.zarr"), mode="w", shape=(6, 8), chunks=(4, 4),
                                  dtype=dtype, fill_value=fill)
                array[:3, :3] = 1
                self.compare(f"fill{fill}.zarr", array[:])

    def test_an_array_within_groups(self):
        root = zarr.open_group(self.path("all.zarr"), mode="w")
        array = self.volume((5, 6), "u1")
        root.create_group("a/b").create_dataset("c", data=array, chunks=(2, 6))
        self.compare("all.zarr/a/b/c", array)
        self.refused(3, ["all.zarr/a", "name one of b"], "run", "same.yaml", "all.zarr/a", "-o",
                     "no.npy")
        os.rename(self.path("all.zarr"), self.path("plain"))
        self.compare("plain/a/b/c", array)

    def test_channels_first_and_last(self):
        array = self.volume((3, 10, 12), "u1")
        zarr.save_array(self.path("rgb.zarr"), array, chunks=(2, 4, 5))
        self.compare("rgb.zarr", array, "--channel-axis", "first")
        zarr.save_array(self.path("last.zarr"), array, chunks=(3, 4, 5))
        self.compare("last.zarr", array, "--channel-axis", "last")

    def test_version_3_of_every_codec(self):
        shuffles = ["noshuffle", "shuffle", "bitshuffle"]
        chains = [[], [("gzip", {"level": 5})], [("zstd", {"level": 3, "checksum": False})],
                  [("crc32c", {})], [("zstd", {"level": 1, "checksum": False}), ("crc32c", {})],
                  *([("blosc", {"cname": "lz4", "clevel": 5, "shuffle": shuffle, "typesize": 2,
                                "blocksize": 0})] for shuffle in shuffles)]
        for number, codecs in enumerate(chains):
            with self.subTest(codecs=codecs):
                array = self.volume((10, 11, 12), "uint16")
                array[8:, 8:] = 5
                write_zarr_3(self.path(f"{number}.zarr"), array, (4, 4, 12), ["little", "big"][number % 2],
                             codecs, separator="/."[number % 2])
                self.compare(f"{number}.zarr", array)

    def test_version_3_transposed_with_names(self):
        array = self.volume((4, 6, 5), "float32")
        write_zarr_3(self.path("t.zarr"), array, (3, 2, 5), "little", [], order=(2, 0, 1),
                     names=["y", "c", "x"])
        self.compare("t.zarr", array.transpose(1, 0, 2))

    def test_a_wrong_checksum_is_refused(self):
        write_zarr_3(self.path("a.zarr"), self.volume((4,), "float32"), (4,), "little",
                     [("crc32c", {})])
        with open(self.path("a.zarr/c/0"), "r+b") as file:
            file.write(b"?")
        self.refused(3, ["c/0: corrupt: its CRC-32C does not fit"], "run", "same.yaml", "a.zarr",
                     "-o", "no.npy")

    def test_bytes_that_do_not_decompress_are_refused(self):
        array = self.random.integers(0, 255, (32, 32)).astype("u1")
        for compressor in [numcodecs.Zlib(), numcodecs.Zstd(), numcodecs.Blosc()]:
            zarr.save_array(self.path("a.zarr"), array, chunks=(32, 32), compressor=compressor)
            whole = self.read("a.zarr/0.0")
            for cut in [1, 10, len(whole) // 2, len(whole) - 1]:
                with self.subTest(compressor=compressor, cut=cut):
                    self.write("a.zarr/0.0", whole[:cut])
                    self.refused(3, "a.zarr/0.0: ", "run", "same.yaml", "a.zarr", "-o", "no.npy")


class Writing(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", SAME)
        self.random = np.random.default_rng(8)

    def volume(self, shape, dtype):
        return self.random.integers(0, 100, shape).astype(dtype)

    def run_same(self, source, target, *more):
        self.succeed("run", "same.yaml", source, "-o", target, *more)
        return zarr.open(self.path(target), mode="r")

    def test_arrays_of_other_files_with_chunks_of_a_megabyte(self):
        array = self.random.random((70, 90, 100)).astype("<f4")
        np.save(self.path("a.npy"), array)
        stored = self.run_same("a.npy", "a.zarr")
        np.testing.assert_array_equal(stored[:], array)
        self.assertEqual(stored.chunks, (64, 64, 64))
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.npy", "a.zarr", "same.yaml"])

    def test_a_signal_of_unknown_extent_grows(self):
        samples = self.random.random(300_000).astype("<f4")
        self.succeed("run", "same.yaml", "-", "-o", "a.zarr", stdin=samples.tobytes())
        np.testing.assert_array_equal(np.squeeze(zarr.open(self.path("a.zarr"))[:]), samples)
        self.refused(2, ["--shard needs an input of known extent"], "run", "same.yaml", "-", "-o",
                     "b.zarr", "--shard", "1/2", stdin=samples.tobytes())

    def test_a_store_keeps_type_chunks_and_compressor(self):
        for number, compressor in enumerate([None, numcodecs.Zlib(2), numcodecs.GZip(2),
                                             numcodecs.Zstd(2),
                                             numcodecs.Blosc("zstd", 3, 2)]):
            with self.subTest(compressor=compressor):
                array = self.volume((20, 30), "<u2")
                name = f"{number}.zarr"
                zarr.save_array(self.path(name), array, chunks=(7, 30), compressor=compressor)
                stored = self.run_same(name, "out-" + name)
                np.testing.assert_array_equal(stored[:], array)
                self.assertEqual(stored.dtype, array.dtype)
                self.assertEqual(stored.chunks, (7, 30))
                self.assertEqual(stored.compressor, compressor)

    def test_a_film_of_several_channels_goes_through_item_by_item(self):
        film = self.volume((3, 2, 12, 20, 21), "u1")
        group = zarr.open_group(self.path("film.zarr"), mode="w")
        group.create_dataset("fine", data=film, chunks=(1, 1, 5, 8, 21), dimension_separator="/")
        axes = [{"name": "t", "type": "time", "unit": "second"}, {"name": "c", "type": "channel"},
                *({"name": n, "type": "space", "unit": "micrometer"} for n in "zyx")]
        scale = {"type": "scale", "scale": [0.5, 1, 2, 0.3, 0.3]}
        shift = {"type": "translation", "translation": [0, 0, 10, 20, 30]}
        group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [
            {"path": "fine", "coordinateTransformations": [scale, shift]}]}]
        self.succeed("run", "same.yaml", "film.zarr", "-o", "same.zarr")
        out = zarr.open_group(self.path("same.zarr"), mode="r")
        np.testing.assert_array_equal(out["0"][:], film)
        self.assertEqual(out["0"].chunks, (1, 1, 5, 8, 21))
        image = out.attrs["multiscales"][0]
        self.assertEqual(image["axes"], axes)
        self.assertEqual(image["datasets"][0]["coordinateTransformations"], [scale, shift])

    def test_arrays_join_a_group_and_never_another_array(self):
        root = zarr.open_group(self.path("all.zarr"), mode="w")
        array = self.volume((9, 8), "u1")
        root.create_dataset("raw", data=array)
        np.testing.assert_array_equal(self.run_same("all.zarr/raw", "all.zarr/more/smooth")[:], array)
        again = zarr.open_group(self.path("all.zarr"), mode="r")
        self.assertEqual(sorted(again), ["more", "raw"])
        self.refused(4, ["all.zarr/more/smooth", "no Zarr group"], "run", "same.yaml",
                     "all.zarr/raw", "-o", "all.zarr/more/smooth/x")
        for output in ["all.zarr", "all.zarr/raw", "all.zarr/raw/x"]:
            self.refused(2, ["which is being read"], "run", "same.yaml", "all.zarr/raw", "-o", output)

    def test_version_3_stays_version_3(self):
        array = self.volume((10, 11, 12), "int16")
        codecs = [("zstd", {"level": 3, "checksum": False}), ("crc32c", {})]
        write_zarr_3(self.path("a.zarr"), array, (4, 5, 12), "big", codecs, names=["z", "y", "x"])
        self.succeed("run", "same.yaml", "a.zarr", "-o", "b.zarr")
        group = json.loads(self.read("b.zarr/zarr.json"))
        self.assertEqual(group["attributes"]["ome"]["version"], "0.5")
        node = json.loads(self.read("b.zarr/0/zarr.json"))
        self.assertEqual(node["dimension_names"], ["z", "y", "x"])
        got = np.zeros(array.shape, "<i2")
        for at in np.ndindex(3, 3, 1):
            data = self.read("b.zarr/0/c/" + "/".join(map(str, at)))
            self.assertEqual(crc32c(data[:-4]), int.from_bytes(data[-4:], "little"))
            block = np.frombuffer(numcodecs.Zstd().decode(data[:-4]), "<i2").reshape(4, 5, 12)
            slices = tuple(slice(i * c, (i + 1) * c) for i, c in zip(at, (4, 5, 12)))
            got[slices] = block[tuple(slice(n) for n in got[slices].shape)]
        np.testing.assert_array_equal(got, array)

    def test_a_pipeline_over_a_store_is_what_scipy_gives(self):
        from scipy import ndimage
        array = self.random.random((30, 40, 33)).astype("<f4")
        zarr.save_array(self.path("a.zarr"), array, chunks=(7, 16, 9))
        self.write("k.yaml", "stages:\n  - convolve: {kernel: k.npy, boundary: zero}\n")
        kernel = self.random.random((3, 5, 3))
        np.save(self.path("k.npy"), kernel)
        self.succeed("run", "k.yaml", "a.zarr", "-o", "b.zarr")
        expected = ndimage.convolve(array.astype("f8"), kernel, mode="constant")
        np.testing.assert_allclose(zarr.open(self.path("b.zarr"), mode="r")[:], expected, rtol=1e-5)


if __name__ == "__main__":
    unittest.main()
