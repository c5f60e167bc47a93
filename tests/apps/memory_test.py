"""`--memory`: what is promised is kept, whatever the volume's extent, or refused before anything is done."""

import json
import os
import re
import sys
import unittest

try:
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from program import ProgramTest

MB = 2**20
PIPELINES = {
    "gaussian": "stages:\n  - convolve: {kernel: {gaussian: {sigma: 2}}}\n",
    "dense": "stages:\n  - convolve: {kernel: dense.npy}\n",
    "two": "stages:\n  - convolve: {kernel: {gaussian: {sigma: 1}}}\n  - convolve: {kernel: dense.npy}\n",
}


class MemoryTest(ProgramTest):
    def setUp(self):
        super().setUp()
        np.save(self.path("dense.npy"), np.random.default_rng(1).standard_normal((9, 9, 9)))

    def volume(self, slices):
        """A sparse file, but for some slices."""
        array = np.lib.format.open_memmap(self.path("in.npy"), "w+", np.float32, (slices, 256, 256))
        array[::100] = np.random.default_rng(2).standard_normal((256, 256))

    def peak(self, pipeline, memory, output="out.npy", *more):
        """In bytes, the exit status, and what was said."""
        result = self.run_program("run", pipeline, "in.npy", "-o", output, "--memory", memory,
                                  "--summary", "summary.json", *more)
        with open(self.path("summary.json")) as file:
            peak = json.load(file)[0].get("peak_bytes")
        return peak, result.returncode, result.stderr.decode()

    def test_the_promise_is_kept_whatever_the_extent(self):
        for name, text in PIPELINES.items():
            pipeline = self.write(name + ".yaml", text)
            for slices in (200, 1200):  # 52 and 315 MB
                with self.subTest(name, slices=slices):
                    self.volume(slices)
                    peak, status, said = self.peak(pipeline, "192M")
                    self.assertEqual(status, 0, said)
                    self.assertLessEqual(peak, 192 * MB)

    def test_what_is_not_enough_is_refused_before_work(self):
        pipeline = self.write("p.yaml", PIPELINES["dense"])
        self.volume(200)
        for memory in ("16M", "80M"):
            _, status, said = self.peak(pipeline, memory)
            self.assertEqual(status, 2, said)
            self.assertRegex(said, r"is not enough: it would need \d+ MB")
        self.assertNotIn("out.npy", self.files())

    def test_the_number_that_a_refusal_names_is_enough_and_less_is_not(self):
        self.volume(60)
        wrapped = "{kernel: {gaussian: {sigma: 1}}, boundary: wrap}"
        direct = "{kernel: {box: {size: 5}}, method: direct}"
        for text in (*PIPELINES.values(), "stages: []\n", f"stages:\n  - convolve: {wrapped}\n",
                     f"stages:\n  - convolve: {direct}\n  - pool: {{kind: max, size: 2}}\n"):
            pipeline = self.write("p.yaml", text)
            for output in ("out.npy", "out.tif"):
                with self.subTest(text, output=output):
                    _, status, said = self.peak(pipeline, "10M", output)
                    self.assertEqual(status, 2, said)
                    needed = int(re.search(r"it would need (\d+) MB", said)[1])
                    peak, status, said = self.peak(pipeline, f"{needed}MB", output)
                    self.assertEqual(status, 0, said)
                    self.assertLessEqual(peak, needed * 10**6)
                    _, status, said = self.peak(pipeline, f"{needed - 2}MB", output)
                    self.assertEqual(status, 2, said)
                    self.assertIn(f"it would need {needed} MB", said)

    def test_a_pipeline_that_no_memory_makes_right_says_its_own_error(self):
        self.volume(4)
        pipeline = self.write("p.yaml", "stages:\n  - convolve: {kernel: [[1, 2]]}\n")
        for memory in ("10M", "1G"):
            self.refused(2, "p.yaml:2:5: kernel", "run", pipeline, "in.npy", "-o", "out.npy",
                         "--memory", memory)

    def test_the_coefficients_of_a_progressive_picture_are_within_the_promise(self):
        try:
            from PIL import Image
        except ImportError as missing:
            self.skip(str(missing))
        noise = np.random.default_rng(3).integers(0, 256, (2400, 3000, 3), np.uint8)
        Image.fromarray(noise).save(self.path("in.jpg"), progressive=True, subsampling=0)
        pipeline = self.write("p.yaml", "stages: []\n")
        self.refused(2, "it would need 1", "run", pipeline, "in.jpg", "-o", "out.png", "--memory",
                     "96M")
        self.succeed("run", pipeline, "in.jpg", "-o", "out.png", "--memory", "160M", "--summary",
                     "summary.json")
        with open(self.path("summary.json")) as file:
            self.assertLessEqual(json.load(file)[0]["peak_bytes"], 160 * MB)

    def test_what_writing_holds_is_within_the_promise(self):
        pipeline = self.write("p.yaml", "stages:\n  - convolve: {kernel: {box: {size: 3}}}\n")
        np.lib.format.open_memmap(self.path("in.npy"), "w+", np.float32, (600, 60000))[300] = 1
        _, status, said = self.peak(pipeline, "128M", "out.tif")  # tiles of 256 x 256: 61 MB
        self.assertEqual(status, 2, said)
        self.assertRegex(said, r"is not enough: it would need 1[3-9]\d")
        peak, status, said = self.peak(pipeline, "192M", "out.tif")
        self.assertEqual(status, 0, said)
        self.assertLessEqual(peak, 192 * MB)
        np.lib.format.open_memmap(self.path("in.npy"), "w+", np.float32, (64, 1024, 1024))[30] = 1
        # Rows of chunks: 64 MB; of all in one file the numbers and the file, 128 MB more.
        for output, least, enough, *more in (("out.zarr", 128, 288), ("out.h5", 128, 288),
                                             ("files.zarr", 288, 512, "--chunks-per-file", "16x16")):
            _, status, said = self.peak(pipeline, f"{least}M", output, *more)
            self.assertEqual(status, 2, said)
            peak, status, said = self.peak(pipeline, f"{enough}M", output, *more)
            self.assertEqual(status, 0, said)
            self.assertLessEqual(peak, enough * MB)
        peak, status, said = self.peak(pipeline, "288M", "out.npy", "--type", "u16", "--scale", "0:1")
        self.assertEqual(status, 0, said)
        self.assertLessEqual(peak, 288 * MB)

    def large_row(self, positions):
        """A store of one small file whose row of chunks, read, moved and written, takes 80 bytes a position."""
        os.mkdir(self.path("sparse.zarr"))
        self.write("sparse.zarr/.zarray", json.dumps(
            {"zarr_format": 2, "shape": [3, positions, 4], "chunks": [1, 65536, 4], "dtype": "<f4", "compressor": None,
             "fill_value": 0, "order": "C", "filters": None}))
        self.write("p.yaml", "stages:\n  - gain: {db: 0}\n")

    def test_without_a_promise_the_machine_is_the_limit(self):
        if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > 60e9:
            self.skip("this machine has room for it")
        self.large_row(973078533)
        self.refused(2, "this machine's memory of", "run", "p.yaml", "sparse.zarr", "-o", "out.npy")

    def test_without_a_promise_a_container_is_the_limit(self):
        group = f"/sys/fs/cgroup/memory/faltung-test-{os.getpid()}"
        limit = group + "/memory.limit_in_bytes"
        if not os.path.exists("/sys/fs/cgroup/memory"):
            group = group.replace("/memory", "")
            limit = group + "/memory.max"
        try:
            os.mkdir(group)
            self.addCleanup(os.rmdir, group)
            with open(limit, "w") as file:
                file.write(str(512 * MB))
        except OSError as error:
            self.skip(f"no group of limited memory to be had: {error}")
        self.large_row(20000000)

        def enter():
            with open(group + "/cgroup.procs", "w") as processes:
                processes.write(str(os.getpid()))
        self.refused(2, "this machine's memory of 536 MB", "run", "p.yaml", "sparse.zarr", "-o", "out.npy",
                     preexec_fn=enter)

    def test_what_is_no_size_is_refused(self):
        pipeline = self.write("p.yaml", PIPELINES["gaussian"])
        self.volume(4)
        for memory in ("much", "-1G", "0", "1X", "1e30", "12 apples", "nan"):
            result = self.run_program("run", pipeline, "in.npy", "-o", "out.npy", "--memory", memory)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(b"512M", result.stderr)

    def test_less_memory_gives_the_same_numbers(self):
        pipeline = self.write("p.yaml", PIPELINES["dense"])
        self.volume(200)
        self.assertEqual(self.peak(pipeline, "2G", "wide.npy")[1], 0)
        self.assertEqual(self.peak(pipeline, "160M", "tight.npy")[1], 0)
        wide, tight = np.load(self.path("wide.npy")), np.load(self.path("tight.npy"))
        self.assertLess(np.abs(wide - tight).max(), 2e-6 * np.abs(wide).max())


if __name__ == "__main__":
    unittest.main()
