"""A disk fails, or a job dies, at each call that changes a file: outputs are absent or whole.

Each call meets SIGKILL and, in turn, ENOSPC and EIO; with FALTUNG_ALL_FAULTS=1 both. Each sweep prints what it saw, as a
row of the table in docs/faults.md.
"""

import json
import os
import shutil
import struct
import subprocess
import unittest
from collections import Counter

try:
    import h5py
except ImportError:
    h5py = None

from program import BLUR, PATIENCE_S, PROGRAM, ProgramTest, noise, npy

INJECT = os.environ["FALTUNG_INJECT"]
ALL = os.environ.get("FALTUNG_ALL_FAULTS")
SHAPE = (6, 20, 30)
JOURNAL = ".faltung-journal.json"
KILLED, REFUSED = 128 + 9, 4


def chunked(samples):
    """The store of that array in two chunks, which outputs in chunks take over."""
    half = len(samples) // 2
    header = {"zarr_format": 2, "shape": SHAPE, "chunks": (3, 20, 30), "dtype": "<i2",
              "order": "C", "compressor": None, "filters": None, "fill_value": 0}
    return {".zarray": json.dumps(header), "0.0.0": struct.pack(f"<{half}h", *samples[:half]),
            "1.0.0": struct.pack(f"<{half}h", *samples[half:])}


class Sweep(ProgramTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("job"))
        os.environ["XDG_CACHE_HOME"] = self.path("cache")  # outside of what is watched
        self.write("blur.yaml", BLUR)
        samples = noise(6 * 20 * 30)
        self.write("in.npy", npy(SHAPE, struct.pack(f"<{len(samples)}h", *samples), "<i2"))
        os.mkdir(self.path("in.zarr"))
        for name, data in chunked(samples).items():
            self.write("in.zarr/" + name, data)

    def content(self, name):
        """None where there is none. The journal is no part of a store."""
        if not os.path.exists(self.path("job/" + name)):
            return None
        found = super().content("job/" + name)
        if isinstance(found, dict):
            found.pop(JOURNAL, None)
        return found

    more = ()  # options of the job

    def job(self, source, output, number=0, fault="KILL", stages="blur.yaml"):
        """The program's status; the calls that it made are in `self.calls`."""
        command = [PROGRAM, "run", "../" + stages, "../" + source, "-o", output, "--quiet", *self.more]
        report = self.path("calls")
        result = self.run_in_job([INJECT, str(number), fault, report, *command])
        if result.returncode == 77:
            self.skip(result.stderr.decode().strip())
        with open(report) as file:
            self.calls = file.read().splitlines()
        self.said = result.stderr.decode()
        return result.returncode

    def run_in_job(self, command):
        return subprocess.run(command, capture_output=True, cwd=self.path("job"), timeout=PATIENCE_S)

    def sweep(self, source, output, former=None):
        """`former`: an output of that name is there before, made by these stages."""
        self.assertEqual(self.job(source, output), 0, self.said)
        wanted, count = self.content(output), len(self.calls)
        before = None
        if former:
            self.empty()
            self.assertEqual(self.job(source, output, stages=former), 0, self.said)
            shutil.copytree(self.path("job"), self.path("before"))
            before = self.content(output)
            self.assertEqual(self.job(source, output), 0, self.said)
            count = len(self.calls)
        seen = Counter()
        for number in range(1, count + 1):
            errors = ["ENOSPC", "EIO"]
            for fault in ["KILL"] + (errors if ALL else errors[number % 2:][:1]):
                self.empty(before and self.path("before"))
                seen[self.meet(number, fault, source, output, wanted, before)] += 1
        self.assertTrue({KILLED, REFUSED} <= {status for status, _ in seen}, seen)
        absent = "the former one" if former else "absent"
        print(f"| {source} to {output}{', which is there' if former else ''} | {count} |"
              + "|".join(f" {seen[KILLED, whole]} {word} " for whole, word in ((False, absent), (True, "whole")))
              + f"| {seen[REFUSED, False] + seen[REFUSED, True]} refused | {seen[0, True]} no harm |", flush=True)

    def empty(self, before=None):
        shutil.rmtree(self.path("job"))
        shutil.copytree(before, self.path("job")) if before else os.mkdir(self.path("job"))

    def meet(self, number, fault, source, output, wanted, before):
        status = self.job(source, output, number, fault)
        where = f"{fault} at call {number}, {self.calls[-1]}: {status} {self.said}"
        found = self.content(output)
        self.assertIn(found, [wanted] if status == 0 else [wanted, before], where)
        self.assertIn(status, [KILLED] if fault == "KILL" else [0, REFUSED], where)
        if status == REFUSED:
            self.assertIn("cannot ", self.said, where)
        if status != KILLED:
            self.no_leftovers(output, where)
        self.assertEqual(self.job(source, output), 0, "rerun after " + where + self.said)
        self.assertEqual(self.content(output), wanted, "rerun after " + where)
        return status, found == wanted

    def no_leftovers(self, output, where):
        """Save an unfinished folder of chunks, to be gone on with, and a lock that unlink met."""
        call, file = self.calls[-1].split(" ", 1)
        file = os.path.normpath(file)
        allowed = {output, file if call.startswith("unlink") else output}
        if output.endswith((".zarr", ".h5")):
            allowed.add(f".{output}.part")
        self.assertLessEqual(set(os.listdir(self.path("job"))), allowed, where)

    def test_npy(self):
        self.sweep("in.npy", "out.npy")

    def test_packed_nifti(self):
        self.sweep("in.npy", "out.nii.gz")

    def test_tiff(self):
        self.sweep("in.npy", "out.tif")

    def test_zarr(self):
        self.sweep("in.zarr", "out.zarr")

    def test_zarr_in_shards(self):
        self.more = ("--chunks-per-file", "2x1x1")
        self.sweep("in.zarr", "shards.zarr")

    def test_hdf5(self):
        self.sweep("in.zarr", "out.h5")

    def test_hdf5_of_packed_chunks(self):
        if not h5py:
            self.skip("h5py is missing")
        with h5py.File(self.path("in.h5"), "w") as file:
            file.create_dataset("a", SHAPE, "<i2", noise(6 * 20 * 30), chunks=(3, 20, 30),
                                compression="gzip")
        self.sweep("in.h5", "out.h5")

    def test_a_former_hdf5_file_is_replaced_or_stays(self):
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.sweep("in.zarr", "out.h5", former="same.yaml")

    def test_a_former_file_is_replaced_or_stays(self):
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.sweep("in.npy", "out.npy", former="same.yaml")

    def test_a_former_store_is_replaced_or_stays(self):
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.sweep("in.zarr", "out.zarr", former="same.yaml")

    def test_a_cache_that_cannot_be_written_does_not_matter(self):
        os.environ["XDG_CACHE_HOME"] = self.path("job/cache")
        self.assertEqual(self.job("in.npy", "out.npy"), 0, self.said)
        wanted, calls = self.content("out.npy"), self.calls
        for number, call in enumerate(calls, 1):
            if "cache" in call:
                self.empty()
                self.assertEqual(self.job("in.npy", "out.npy", number, "EIO"), 0, call + self.said)
                self.assertEqual(self.content("out.npy"), wanted, call)


if __name__ == "__main__":
    unittest.main()
