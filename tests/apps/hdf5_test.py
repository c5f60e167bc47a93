"""HDF5 files of python3-h5py through the program, and the program's through python3-h5py."""

import itertools
import os
import re
import resource
import struct
import subprocess
import sys
import unittest
import zlib

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from program import PROGRAM, ProgramTest

SAME = "stages:\n  - gain: {db: 0}\n"
MOST_RESIDENT = 300 * 2 ** 20
SOFA = "/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa"


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (2 ** 31, 2 ** 31))


class Hdf5Test(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", SAME)
        self.random = np.random.default_rng(11)

    def volume(self, shape, dtype):
        return self.random.integers(0, 100, shape).astype(dtype)

    def make(self, name, array, **how):
        with h5py.File(self.path(name), "w") as file:
            return file.create_dataset("a", data=array, **how).name

    def damaged(self, words, name, content):
        """A file with this content is refused, and took little memory."""
        self.write(name, content)
        self.refused(3, words, "run", "same.yaml", name, "-o", "no.npy", preexec_fn=limit_memory)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024  # of all of this test's
        self.assertLess(peak, MOST_RESIDENT)

    def through(self, name, *more):
        self.succeed("run", "same.yaml", name, "-o", "out.npy", *more)
        return np.load(self.path("out.npy"))


class Reading(Hdf5Test):
    def test_every_type_and_byte_order_in_chunks_and_without(self):
        types = ["u1", "i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4", "<f4", ">f4",
                 "<f8", ">f8"]
        for dtype, chunks in itertools.product(types, [None, (3, 4, 5)]):
            with self.subTest(dtype=dtype, chunks=chunks):
                array = self.volume((7, 9, 5), dtype)
                self.make("a.h5", array, chunks=chunks)
                np.testing.assert_array_equal(self.through("a.h5:/a"), array)

    def test_every_filter_known_and_the_others_by_name(self):
        array = self.volume((20, 31, 11), "<f4")
        for how in [{"compression": "gzip", "compression_opts": 5}, {"shuffle": True},
                    {"fletcher32": True},
                    {"compression": "gzip", "shuffle": True, "fletcher32": True}]:
            with self.subTest(how=how):
                self.make("a.h5", array, chunks=(8, 16, 11), **how)
                np.testing.assert_array_equal(self.through("a.h5"), array)
        self.make("a.h5", array, chunks=(8, 16, 11), compression="lzf")
        self.refused(3, ["filter 32000 (lzf)", "allowed are deflate"], "run", "same.yaml", "a.h5",
                     "-o", "no.npy")

    def test_missing_chunks_hold_the_fill_value(self):
        with h5py.File(self.path("a.h5"), "w") as file:
            data = file.create_dataset("a", (9, 10), "<i2", chunks=(4, 4), fillvalue=-3)
            data[:2, :2] = 5
            file.create_dataset("b", (9, 10), ">f4", fillvalue=0.5)
        expected = np.full((9, 10), -3)
        expected[:2, :2] = 5
        np.testing.assert_array_equal(self.through("a.h5:/a"), expected)
        np.testing.assert_array_equal(self.through("a.h5:b"), np.full((9, 10), 0.5))

    def test_chunks_stored_without_their_filters(self):
        array = self.volume((4, 6), "u1")
        with h5py.File(self.path("a.h5"), "w") as file:
            data = file.create_dataset("a", (4, 6), "u1", chunks=(4, 3), compression="gzip")
            data[:, :3] = array[:, :3]
            data.id.write_direct_chunk((0, 3), np.ascontiguousarray(array[:, 3:]).tobytes(), 1)
        np.testing.assert_array_equal(self.through("a.h5"), array)

    def test_items_and_channels_by_dimension_labels(self):
        film = self.volume((2, 3, 8, 9), "u1")
        with h5py.File(self.path("a.h5"), "w") as file:
            data = file.create_dataset("film", data=film, chunks=(1, 3, 4, 9))
            for axis, label in zip(data.dims, "tcyx"):
                axis.label = label
            data.attrs["element_size_um"] = [0.5, 0.25]
        self.succeed("run", "same.yaml", "a.h5:/film", "-o", "b.h5:/deep/er/film")
        with h5py.File(self.path("b.h5"), "r") as file:
            data = file["deep/er/film"]
            np.testing.assert_array_equal(data[:], film)
            self.assertEqual([axis.label for axis in data.dims], list("tcyx"))
            np.testing.assert_array_equal(data.attrs["element_size_um"], [0.5, 0.25])

    def labelled(self, name, count=0, **how):
        """A file whose only dataset has two items of three channels, by its labels and nothing else."""
        with h5py.File(self.path(name), "w", **how) as file:
            data = file.create_dataset("a", data=np.arange(24, dtype="f4").reshape(2, 3, 4))
            for number in range(count):
                data.attrs[f"x{number}"] = np.arange(30.0)
            data.attrs["DIMENSION_LABELS"] = np.array(["t", "c", "x"], dtype=h5py.string_dtype())
        return self.read(name)

    def labels_of(self, name):
        """Those that come out of the program again."""
        self.succeed("run", "same.yaml", name, "-o", "out.h5")
        with h5py.File(self.path("out.h5"), "r") as file:
            return list(file["data"].attrs.get("DIMENSION_LABELS", []))

    def test_labels_of_every_version_of_header(self):
        for number, (count, how) in enumerate([
                (0, {}), (30, {}), (0, {"libver": "latest"}), (7, {"libver": "latest"}),
                (0, {"userblock_size": 2048}), (0, {"libver": "latest", "userblock_size": 512}),
                (2, {"libver": "latest", "track_order": True})]):
            with self.subTest(count=count, how=how):
                self.labelled(f"a{number}.h5", count, **how)
                self.assertEqual(self.labels_of(f"a{number}.h5"), ["t", "c", "x"])

    def test_labels_that_are_not_what_they_claim_are_left_out(self):
        whole = self.labelled("a.h5")
        heap = whole.index(b"GCOL")
        named = [found.start() for found in re.finditer(struct.pack("<IQ", 1, heap), whole)]
        self.assertEqual(len(named), 3)  # length, collection, number within it
        cases = [(named[1] + at, form, value) for at, form, values in [
            (0, "<I", [2, 200, 2**31]), (4, "<Q", [0, 8, 2**40, 2**64 - 1]), (12, "<I", [0, 9, 2**31])]
            for value in values]
        cases += [(heap + at, form, value) for at, form, values in [
            (0, "4s", [b"LOCG"]), (8, "<Q", [0, 24, 2**40]), (16, "<H", [0, 2, 9]),
            (24, "<Q", [0, 2**20, 2**63])] for value in values]
        for place, form, value in cases:
            with self.subTest(place=place - heap, value=value):
                bad = bytearray(whole)
                struct.pack_into(form, bad, place, value)
                self.write("bad.h5", bytes(bad))
                self.assertEqual(self.labels_of("bad.h5"), [])

    def test_many_chunks_take_time_in_proportion(self):
        array = self.volume((40000, 4), "u1")
        self.make("a.h5", array, chunks=(1, 4))
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        np.testing.assert_array_equal(self.through("a.h5"), array)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        self.assertLess(spent, 6)  # 20 s where each is looked for from the first on

    def test_what_is_no_single_dataset_is_named(self):
        with h5py.File(self.path("a.h5"), "w") as file:
            file["x"] = self.volume((4, 4), "u1")
            file["g/y"] = self.volume((4, 4), "u1")
            file["text"] = "words"
            file["alone"] = 3.0
        for place, words in [("a.h5", ["name one of", "a.h5:/g/y", "a.h5:/x"]),
                             ("a.h5:/g", ["name one of"]),
                             ("a.h5:/z", ["no such dataset"]),
                             ("a.h5:/text", ["another type"]),
                             ("a.h5:/alone", ["no axis"])]:
            with self.subTest(place=place):
                self.refused(3, words, "run", "same.yaml", place, "-o", "no.npy")

    def test_other_files_are_never_followed(self):
        array = self.volume((4, 4), "u1")
        self.make("target.h5", array)
        self.write("numbers.raw", array.tobytes())
        layout = h5py.VirtualLayout(shape=(4, 4), dtype="u1")
        layout[:] = h5py.VirtualSource(self.path("target.h5"), "a", shape=(4, 4))
        with h5py.File(self.path("a.h5"), "w") as file:
            file["link"] = h5py.ExternalLink("target.h5", "/a")
            file["soft"] = h5py.SoftLink("/link")
            file.create_virtual_dataset("virtual", layout)
            file.create_dataset("outside", (4, 4), "u1", external=[(self.path("numbers.raw"), 0, 16)])
        for name, word in [("link", "within the file"), ("soft", "within the file"),
                           ("virtual", "other files"), ("outside", "other files")]:
            with self.subTest(name=name):
                self.refused(3, word, "run", "same.yaml", f"a.h5:/{name}", "-o", "no.npy")

    def test_hostile_sizes_and_bombs_are_refused_in_little_memory(self):
        with h5py.File(self.path("a.h5"), "w") as file:
            file.create_dataset("large", (2 ** 40,), "u1", chunks=(1024,))
            file.create_dataset("wide", (16, 2 ** 35), "f8", chunks=(1, 1024))
            file.create_dataset("full", (2 ** 20, 2 ** 20, 2 ** 20), "u1", chunks=(1, 64, 64))
            bomb = file.create_dataset("bomb", (64,), "u1", chunks=(64,), compression="gzip")
            bomb.id.write_direct_chunk((0,), zlib.compress(bytes(10 ** 7), 9))
            bomb = file.create_dataset("long", (65536,), "u1", chunks=(65536,),
                                       compression="gzip")
            bomb.id.write_direct_chunk((0,), bytes(10 ** 6))
        for name, words in [("large", ["1099511627776", "an axis has at most"]),
                            ("wide", ["16x34359738368", "a row of chunks"]),
                            ("full", ["1048576x1048576x1048576"]),
                            ("bomb", ["decompresses to more than 64 bytes"]),
                            ("long", ["takes 1000000 bytes"])]:
            with self.subTest(name=name):
                self.refused(3, words, "run", "same.yaml", f"a.h5:/{name}", "-o", "no.npy",
                             preexec_fn=limit_memory)

    def test_damaged_files_are_refused_or_read_never_fatal(self):
        self.make("good.h5", self.volume((40, 50), "<f4"), chunks=(16, 16), compression="gzip")
        good = self.read("good.h5")
        for seed in range(60):
            random = np.random.default_rng(seed)
            bad = bytearray(good)
            for _ in range(1 + seed % 4):
                bad[random.integers(len(bad) if seed % 2 else 2048)] = random.integers(256)
            if seed % 5 == 0:
                bad = bad[:random.integers(1, len(bad))]
            self.write("bad.h5", bytes(bad))
            result = subprocess.run([os.environ["FALTUNG_PROGRAM"], "run", "same.yaml", "bad.h5:/a",
                                     "-o", "bad.npy"], cwd=self.folder, capture_output=True)
            self.assertIn(result.returncode, (0, 3), (seed, result.stderr))

    def test_a_heap_at_an_address_of_all_ones_is_refused(self):
        self.make("bad.h5", self.volume((4, 4), "<f4"))
        bad = bytearray(self.read("bad.h5"))
        address = bad.index(b"HEAP") + 24
        bad[address:address + 8] = b"\xff" * 8
        self.write("bad.h5", bytes(bad))
        self.refused(3, "is a damaged HDF5 file", "run", "same.yaml", "bad.h5", "-o", "no.npy")

    def test_a_heap_whose_free_pieces_are_a_ring_is_refused_in_little_memory(self):
        self.make("in.h5", self.volume((4, 4), "<f4"))
        whole = self.read("in.h5")
        heap = whole.index(b"HEAP")
        free, data = (struct.unpack_from("<Q", whole, heap + at)[0] for at in (16, 24))
        self.assertEqual(struct.unpack_from("<Q", whole, data + free)[0], 1)  # it is the last
        for piece in (free, 0, 2**40):
            bad = bytearray(whole)
            bad[data + free:data + free + 8] = struct.pack("<Q", piece)
            self.damaged("is a damaged HDF5 file", "bad.h5", bytes(bad))

    def test_a_tree_that_leads_back_to_itself_is_refused(self):
        for libver, block in [("earliest", 0), (("earliest", "v108"), 512)]:
            with h5py.File(self.path("in.h5"), "w", libver=libver, userblock_size=block) as file:
                for name, length in ("a", 64), ("b", 640):
                    file.create_dataset(name, data=np.arange(length, dtype="f4"), chunks=(4,))
            whole = self.read("in.h5")
            nodes = [found.start() for found in re.finditer(b"TREE", whole)]
            upper = [node for node in nodes if whole[node + 5] > 0]
            self.assertGreater(len(upper), 0)
            np.testing.assert_array_equal(self.through("in.h5:/b"), np.arange(640))
            for node in nodes:
                names = whole[node + 4] == 0
                key, count = 8 if names else 24, struct.unpack_from("<H", whole, node + 6)[0]
                for back in [node] + upper * (not names):
                    bad = bytearray(whole)
                    bad[node + 5] = max(1, whole[node + 5])
                    for child in range(count):
                        at = node + 24 + key + child * (key + 8)
                        bad[at:at + 8] = struct.pack("<Q", back - block)
                    self.write("bad.h5", bytes(bad))
                    for name in "ab":
                        result = self.run_program("run", "same.yaml", "bad.h5:/" + name, "-o", "out.npy")
                        self.assertIn(result.returncode, (0, 3), (libver, node, back, result.stderr))
                    if names or node in upper:
                        self.assertEqual(result.returncode, 3)

    def test_files_that_the_library_does_not_survive_are_refused(self):
        with h5py.File(self.path("in.h5"), "w") as file:
            file["type"] = np.dtype("<f4")
            file.create_dataset("a", data=self.volume((4, 4), "<f4"), dtype=file["type"], fillvalue=2.5)
            at, data = (h5py.h5o.get_info(file[name].id).addr for name in ("type", "a"))
        whole = self.read("in.h5")
        bad = bytearray(whole)  # its type is that of the object whose type it is
        struct.pack_into("<Q", bad, whole.index(struct.pack("<Q", at), data), data)
        self.damaged("damaged HDF5 file", "bad.h5", bytes(bad))
        message = whole.index(struct.pack("<HH", 5, 16), data) + 8  # its fill value, four bytes of it
        bad = bytearray(whole)
        bad[message:message + 6] = struct.pack("<BBI", 3, 0x2a, 0x30000000)
        self.damaged("", "bad.h5", bytes(bad))

    def test_groups_that_hold_themselves_are_seen_once_each(self):
        with h5py.File(self.path("in.h5"), "w") as file:
            file["a"] = self.volume((4, 4), "<f4")
            group = file.create_group("g")
            group["self"] = group
            header = h5py.h5o.get_info(group.id).addr
        self.assertEqual(self.through("in.h5").shape, (4, 4))
        whole = bytearray(self.read("in.h5"))
        self.assertEqual(struct.unpack_from("<I", whole, header + 4)[0], 2)  # links to it
        whole[header + 4] = 1  # as if nothing else led there: the library does not look whether it was here
        self.write("bad.h5", bytes(whole))
        self.refused(3, "name one of its datasets: bad.h5:/a", "run", "same.yaml", "bad.h5", "-o", "no.npy")
        self.assertEqual(self.through("bad.h5:/a").shape, (4, 4))

    def test_what_is_not_searched_to_the_end_is_not_chosen_from(self):
        deep = "/".join(["b"] + ["g"] * 102)
        for others in ([], ["/a"]):
            with h5py.File(self.path("in.h5"), "w") as file:
                for name in others + [deep]:
                    file[name] = self.volume((4, 4), "<f4")
            words = "name one of its datasets: in.h5:/a" if others else "name one, as in.h5:/a"
            self.refused(3, words, "run", "same.yaml", "in.h5", "-o", "no.npy")
            self.assertEqual(self.through("in.h5:/" + deep).shape, (4, 4))

    def test_files_with_other_widths_and_a_block_before_them(self):
        array = self.volume((4, 5), "<f4")
        widths = h5py.h5p.create(h5py.h5p.FILE_CREATE)
        widths.set_sizes(4, 4)
        widths.set_userblock(1024)
        file = h5py.h5f.create(self.path("in.h5").encode(), h5py.h5f.ACC_TRUNC, fcpl=widths)
        with h5py.File(file) as made:
            made["a"], made["b"], made["c"] = array, array, array
            del made["b"]
        np.testing.assert_array_equal(self.through("in.h5:/a"), array)
        whole = bytearray(self.read("in.h5"))
        heap = whole.index(b"HEAP")
        free, data = struct.unpack_from("<II", whole, heap + 12)
        self.assertLess(free, 2**20)
        whole[1024 + data + free:1024 + data + free + 4] = struct.pack("<I", free)
        self.damaged("is a damaged HDF5 file", "bad.h5", bytes(whole))

    def test_numbers_within_a_header_are_read_and_too_few_are_refused(self):
        array = self.volume((4, 5), "<f4")
        with h5py.File(self.path("in.h5"), "w") as file:
            how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            how.set_layout(h5py.h5d.COMPACT)
            space = h5py.h5s.create_simple(array.shape)
            data = h5py.h5d.create(file.id, b"a", h5py.h5t.IEEE_F32LE, space, how)
            data.write(h5py.h5s.ALL, h5py.h5s.ALL, array)
        np.testing.assert_array_equal(self.through("in.h5"), array)
        whole = self.read("in.h5")
        shape = struct.pack("<QQ", 4, 5)
        self.assertGreater(whole.count(shape), 0)
        for rows in (5, 2**40):
            self.damaged(f"fewer numbers than {rows}x5", "bad.h5",
                         whole.replace(shape, struct.pack("<QQ", rows, 5)))

    def test_a_chunk_longer_than_its_room_is_refused(self):
        with h5py.File(self.path("in.h5"), "w") as file:
            file.create_dataset("data", data=np.arange(30, dtype="f4").reshape(10, 3), chunks=(5, 3))
        whole = self.read("in.h5")
        key = struct.pack("<II3Q", 60, 0, 0, 0, 0)  # of the index: bytes, filters left out, where
        self.assertEqual(whole.count(key), 1)
        for length in (59, 61, 600, 2**31):
            self.write("in.h5", whole.replace(key, struct.pack("<I", length) + key[4:]))
            self.refused(3, "damaged", "run", "same.yaml", "in.h5", "-o", "out.npy")

    def test_a_chunk_longer_than_its_file_is_refused(self):
        with h5py.File(self.path("in.h5"), "w") as file:
            data = file.create_dataset("data", data=np.ones((2000, 5000), "f4"), chunks=(2000, 5000))
            cut = data.id.get_chunk_info(0).byte_offset + 8
        with open(self.path("in.h5"), "r+b") as file:
            file.truncate(cut)
            file.seek(40)
            file.write(struct.pack("<Q", cut))  # the end of the file, as its head has it
        self.refused(3, ["takes 40000000 bytes", f"the file has {cut}"], "run", "same.yaml", "in.h5", "-o", "out.npy")

    @unittest.skipUnless(os.path.exists(SOFA), "needs libmysofa's data")
    def test_a_sofa_file_is_one(self):
        with h5py.File(SOFA, "r") as file:
            expected = file["Data.IR"][:]
        np.testing.assert_array_equal(self.through(SOFA + ":/Data.IR"), expected)


class Loading(Hdf5Test):
    def test_the_library_is_needed_for_its_files_only(self):
        np.save(self.path("a.npy"), self.volume((4, 4), "u1"))
        self.make("a.h5", self.volume((4, 4), "u1"))
        with open(PROGRAM, "rb") as program:
            library = re.search(rb"libhdf5\w*\.so\.\d+", program.read())[0].decode()
        self.write(library, b"no library")
        broken = dict(os.environ, LD_LIBRARY_PATH=self.folder)
        self.succeed("run", "same.yaml", "a.npy", "-o", "b.npy", env=broken)
        for names in [("a.h5", "c.npy"), ("a.npy", "c.h5")]:
            self.refused(1, [library, "libhdf5-103-1"], "run", "same.yaml", names[0], "-o", names[1],
                         env=broken)
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["a.h5", "a.npy", "b.npy", library, "same.yaml"])


class Writing(Hdf5Test):
    def test_chunks_filters_and_type_follow_the_input(self):
        array = self.volume((20, 31, 11), "<u2")
        self.make("a.h5", array, chunks=(8, 16, 11), compression="gzip", compression_opts=3,
                  shuffle=True, fletcher32=True)
        self.succeed("run", "same.yaml", "a.h5", "-o", "b.h5:/x")
        with h5py.File(self.path("b.h5"), "r") as file:
            data = file["x"]
            np.testing.assert_array_equal(data[:], array)
            self.assertEqual((data.dtype, data.chunks), (array.dtype, (8, 16, 11)))
            self.assertEqual((data.compression, data.compression_opts), ("gzip", 3))
            self.assertTrue(data.shuffle and data.fletcher32)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.h5", "b.h5", "same.yaml"])

    def test_other_files_become_chunks_and_the_same_bytes_each_time(self):
        array = self.random.random((70, 90, 100)).astype("<f4")
        np.save(self.path("a.npy"), array)
        self.succeed("run", "same.yaml", "a.npy", "-o", "a.h5")
        self.succeed("run", "same.yaml", "a.npy", "-o", "b.h5", "--slab", "3")
        self.assertEqual(self.read("a.h5"), self.read("b.h5"))
        with h5py.File(self.path("a.h5"), "r") as file:
            np.testing.assert_array_equal(file["data"][:], array)
            self.assertEqual(file["data"].chunks, (64, 64, 64))

    def test_a_signal_of_unknown_extent_grows(self):
        samples = self.random.random(300_000).astype("<f4")
        self.succeed("run", "same.yaml", "-", "-o", "a.h5", stdin=samples.tobytes())
        with h5py.File(self.path("a.h5"), "r") as file:
            np.testing.assert_array_equal(np.squeeze(file["data"][:]), samples)

    def test_a_file_with_other_datasets_is_not_replaced(self):
        array = self.volume((4, 4), "u1")
        np.save(self.path("a.npy"), array)
        for _ in range(2):
            self.succeed("run", "same.yaml", "a.npy", "-o", "b.h5:/g/x")
        self.refused(4, ["holds other things than /y"], "run", "same.yaml", "a.npy", "-o", "b.h5:/y")
        self.refused(2, ["which is being read"], "run", "same.yaml", "b.h5:/g/x", "-o", "b.h5:/z")

    def test_a_place_that_cannot_be_is_refused_before_work(self):
        np.save(self.path("a.npy"), self.volume((4, 4), "u1"))
        self.refused(4, ["cannot write b.h5", "create the dataset '/.'"], "run", "same.yaml", "a.npy",
                     "-o", "b.h5:/.")

    def test_a_store_and_a_file_give_each_other_the_same(self):
        array = self.volume((9, 20, 21), ">i2")
        self.make("a.h5", array, chunks=(4, 8, 21))
        self.succeed("run", "same.yaml", "a.h5", "-o", "b.zarr")
        self.succeed("run", "same.yaml", "b.zarr", "-o", "c.h5")
        with h5py.File(self.path("c.h5"), "r") as file:
            np.testing.assert_array_equal(file["data"][:], array)
            self.assertEqual(file["data"].chunks, (4, 8, 21))


if __name__ == "__main__":
    unittest.main()
