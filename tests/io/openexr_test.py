"""OpenEXR through the program, written and read by Python alone."""

import resource
import struct
import unittest

import exr
import numpy as np
from program import ProgramTest

MEMORY = 1 << 30  # of address space: claims of hostile headers must not be believed


def numbers(seed, dtype, shape=(37, 53)):
    return np.random.default_rng(seed).uniform(-4, 4, shape).astype(dtype)


def picture(names, dtype, shape=(37, 53)):
    return {name: numbers(i, dtype, shape) for i, name in enumerate(names)}


class OpenExr(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.write("pool.yaml", "stages:\n  - pool: {kind: average, size: 2}\n")

    def returns(self, channels, **options):
        exr.write(self.path("in.exr"), channels, **options)
        self.succeed("run", "same.yaml", "in.exr", "-o", "out.exr")
        after, found = exr.read(self.path("out.exr"))
        self.assertEqual(sorted(after), sorted(channels))
        for name, array in channels.items():
            np.testing.assert_array_equal(after[name], array)
        return after, found

    def test_scanlines_and_tiles_of_halves_and_floats(self):
        for dtype in ["<f2", "<f4"]:
            for options in [{}, {"compression": exr.ZIPS}, {"compression": exr.ZIP}, {"tile": 16}]:
                for names in ["Y", "YA", "RGB", "RGBA"]:
                    after, found = self.returns(picture(names, dtype), **options)
                    self.assertEqual(next(iter(after.values())).dtype, np.dtype(dtype))
                    self.assertEqual(found["compression"][0], exr.ZIP)

    def test_layers_keep_their_names_and_mixed_types_become_floats(self):
        channels = {**picture("RGB", "<f2"), "depth.Z": numbers(7, "<f4"), "id": np.arange(37 * 53, dtype="<u4").reshape(37, 53)}
        after, _ = self.returns(channels)
        self.assertEqual({a.dtype for a in after.values()}, {np.dtype("<f4")})

    def test_order_of_channels(self):
        names = ["A", "B", "G", "R", "Z", "diffuse.B", "diffuse.G", "diffuse.R"]
        exr.write(self.path("in.exr"), picture(names, "<f4"))
        self.succeed("run", "same.yaml", "in.exr", "-o", "out.npy")
        channels = exr.read(self.path("in.exr"))[0]
        expected = ["R", "G", "B", "A", "Z", "diffuse.R", "diffuse.G", "diffuse.B"]
        after = np.load(self.path("out.npy"))
        np.testing.assert_array_equal(after, np.stack([channels[n] for n in expected], axis=after.shape.index(8)))

    def test_place_and_attributes_go_on_while_they_hold(self):
        comment = exr.attribute("comments", "string", b"a cat")
        _, found = self.returns(picture("RGB", "<f2"), origin=(-5, 12), extra=comment)
        self.assertEqual(struct.unpack("<4i", found["dataWindow"]), (-5, 12, 47, 48))
        self.assertEqual(found["comments"], b"a cat")
        self.succeed("run", "pool.yaml", "in.exr", "-o", "half.exr")
        found = exr.read(self.path("half.exr"))[1]
        self.assertEqual(struct.unpack("<4i", found["dataWindow"]), (0, 0, 25, 17))
        self.assertEqual(found["comments"], b"a cat")

    def test_halves_saturate_and_floats_do_not(self):
        exr.write(self.path("in.exr"), {"Y": np.array([[60000, -60000, 1, np.nan]], "<f2")})
        self.write("twice.yaml", "stages:\n  - gain: {db: 6.0205999132796239}\n")
        result = self.succeed("run", "twice.yaml", "in.exr", "-o", "out.exr")
        self.assertIn(b"saturated", result.stderr)
        np.testing.assert_array_equal(exr.read(self.path("out.exr"))[0]["Y"], [[65504, -65504, 2, np.nan]])
        self.succeed("run", "twice.yaml", "in.exr", "-o", "out.exr", "--type", "f32")
        after = exr.read(self.path("out.exr"))[0]["Y"]
        self.assertEqual(after.dtype, np.dtype("<f4"))
        np.testing.assert_allclose(after, [[119968, -119968, 2, np.nan]], rtol=1e-3)

    def test_white_of_other_pictures_is_one(self):
        np.save(self.path("in.npy"), np.array([[0, 51, 255]], "u1"))
        self.succeed("run", "same.yaml", "in.npy", "-o", "in.tif")
        self.succeed("run", "same.yaml", "in.tif", "-o", "out.exr")
        np.testing.assert_allclose(exr.read(self.path("out.exr"))[0]["Y"], [[0, 0.2, 1]], rtol=1e-6)

    def test_integers_are_exact(self):
        top = np.array([[2**32 - 1, 16777217]], "<u4")
        exr.write(self.path("in.exr"), {"id": top})
        self.succeed("run", "same.yaml", "in.exr", "-o", "out.npy")
        np.testing.assert_array_equal(np.load(self.path("out.npy")), top.astype("f8"))


class HostileExr(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")

    def is_refused(self, content, *words):
        self.write("in.exr", content)
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        result = self.run_program("run", "same.yaml", "in.exr", "-o", "out.exr", preexec_fn=limit)
        self.assertEqual(result.returncode, 3, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr.decode())
        self.assertNotIn("out.exr", self.files())

    def test_claims_beyond_the_file(self):
        one = {"Y": np.zeros((1, 1), "<f4")}
        for window in [(0, 0, 2**31 - 2, 2**31 - 2), (0, 0, 0, 2**31 - 2), (0, 0, 2**31 - 2, 0),
                       (-2**30, -2**30, 2**30 - 1, 2**30 - 1)]:
            for tile in [None, 64]:
                cols, rows = window[2] - window[0] + 1, window[3] - window[1] + 1
                self.is_refused(exr.header(one, window, tile=tile) + bytes(100))
        self.is_refused(exr.header(one, (0, 0, 99999999, 99999999)) + bytes(100),
                        "header states 100000000x100000000 pixels of 1 channels", "bytes cannot hold them")
        self.is_refused(exr.header(one, (0, 0, 999, 999), tile=2**31 - 1) + bytes(100))

    def test_files_that_end_early(self):
        exr.write(self.path("in.exr"), picture("RGB", "<f2"), compression=exr.ZIP)
        whole = self.read("in.exr")
        for size in [5, 9, 60, 200, 400, len(whole) // 2, len(whole) - 1]:
            self.is_refused(whole[:size])

    def test_subsampled_and_deep_images_by_name(self):
        head = exr.header({"BY": np.zeros((4, 4), "<f2")}, (0, 0, 3, 3))
        self.is_refused(head.replace(struct.pack("<ii", 1, 1), struct.pack("<ii", 2, 2), 1) + bytes(999), "BY")

    def test_bytes_that_are_wrong_never_do_worse(self):
        exr.write(self.path("good.exr"), picture("RGB", "<f2", (9, 11)), compression=exr.ZIP)
        good = self.read("good.exr")
        random = np.random.default_rng(1)
        for _ in range(60):
            bad = bytearray(good)
            for at in random.integers(4, 500, 3):
                bad[at] = random.integers(256)
            self.write("in.exr", bytes(bad))
            limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            result = self.run_program("run", "same.yaml", "in.exr", "-o", "out.exr", preexec_fn=limit)
            self.assertIn(result.returncode, (0, 3), result.stderr)


if __name__ == "__main__":
    unittest.main()
