"""One output by several jobs, and jobs that go on where others were killed: the same bytes as by one."""

import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

try:
    import h5py
    import numpy as np
    import zarr
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from program import PATIENCE_S, PROGRAM, ProgramTest

PIPELINES = {
    "gaussian": "stages:\n  - convolve: {kernel: {gaussian: {sigma: 2}}}\n",
    "dense": "stages:\n  - convolve: {kernel: dense.npy, boundary: reflect}\n",
    "layers": "stages:\n"
              "  - convolve: {kernel: dense.npy, stride: [2, 1, 1]}\n"
              "  - pool: {kind: max, size: 3, stride: [3, 1, 1]}\n",
    "edges": "stages:\n"
             "  - parallel:\n"
             "      merge: magnitude\n"
             "      branches:\n"
             "        - [convolve: {kernel: dense.npy, boundary: symmetric}]\n"
             "        - [convolve: {kernel: {gaussian: {sigma: 1}}}]\n",
}


class ShardTest(ProgramTest):
    def setUp(self):
        super().setUp()
        values = np.random.default_rng(5)
        np.save(self.path("dense.npy"), values.standard_normal((7, 7, 7)))
        zarr.save_array(self.path("in.zarr"), values.standard_normal((400, 30, 40)).astype("f4"),
                        chunks=(16, 32, 32))

    def compute(self, pipeline, output, *more, source="in.zarr", **environment):
        result = self.run_program("run", pipeline, source, "-o", output, "--verbose", *more,
                                  env=dict(os.environ, **environment))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr.decode()

    def begins(self, said):
        """Where the input was read from."""
        return [int(line.split("reads from ")[1].split()[0]) for line in said.split("\n")
                if "reads from" in line]

    def test_shards_make_the_bytes_of_one_job(self):
        for name, text in PIPELINES.items():
            with self.subTest(name):
                pipeline = self.write(name + ".yaml", text)
                self.compute(pipeline, "whole.zarr")
                begins = []
                for shard in ("3/3", "1/3", "2/3"):
                    self.assertFalse(os.path.exists(self.path(name + ".zarr")))
                    begins += self.begins(self.compute(pipeline, name + ".zarr", "--shard", shard))
                self.assertEqual(self.content(name + ".zarr"), self.content("whole.zarr"))
                self.assertGreater(max(begins), 100, "the last shard reads the end only")

    def test_shards_of_zarr_are_the_same_for_any_number_of_jobs_and_threads(self):
        pipeline = self.write("p.yaml", PIPELINES["dense"])
        several = ("--chunks-per-file", "3x1x2")
        self.compute(pipeline, "whole.zarr", *several, "--threads", "1")
        for jobs in (1, 2, 5):
            for job in range(jobs, 0, -1):
                self.assertFalse(os.path.exists(self.path(f"{jobs}.zarr")))
                self.compute(pipeline, f"{jobs}.zarr", *several, "--shard", f"{job}/{jobs}", "--threads", "2")
            self.assertEqual(self.content(f"{jobs}.zarr"), self.content("whole.zarr"))
        self.assertEqual(len(self.content("whole.zarr")), 1 + 9)  # zarr.json; 25 rows of chunks, three in a file

    def test_shards_make_the_hdf5_file_of_one_job(self):
        pipeline = self.write("p.yaml", PIPELINES["gaussian"])
        with h5py.File(self.path("packed.h5"), "w") as file:
            file.create_dataset("a", data=zarr.open(self.path("in.zarr"))[:], chunks=(16, 30, 20),
                                compression="gzip", shuffle=True)
        self.compute(pipeline, "whole.zarr")
        expected = zarr.open(self.path("whole.zarr"))[:]
        for source in ("in.zarr", "packed.h5"):
            with self.subTest(source):
                self.compute(pipeline, "whole.h5:/g/x", source=source)
                for shard in ("2/3", "3/3", "1/3"):
                    self.assertFalse(os.path.exists(self.path("out.h5")))
                    self.compute(pipeline, "out.h5:/g/x", "--shard", shard, source=source)
                self.assertEqual(self.read("out.h5"), self.read("whole.h5"))
                with h5py.File(self.path("out.h5"), "r") as file:
                    np.testing.assert_array_equal(file["g/x"][:], expected)
                    self.assertEqual(file["g/x"].compression, "gzip" if source == "packed.h5" else None)
                os.remove(self.path("out.h5"))
                self.assertFalse([name for name in self.files() if name.startswith(".")])

    def test_the_environment_names_the_shard(self):
        pipeline = self.write("p.yaml", PIPELINES["gaussian"])
        self.compute(pipeline, "whole.zarr")
        self.compute(pipeline, "out.zarr", "--shard", "auto", SLURM_ARRAY_TASK_ID="5",
                     SLURM_ARRAY_TASK_COUNT="2", SLURM_ARRAY_TASK_MIN="4")
        self.compute(pipeline, "out.zarr", "--shard", "auto", OMPI_COMM_WORLD_RANK="0",
                     OMPI_COMM_WORLD_SIZE="2")
        self.assertEqual(self.content("out.zarr"), self.content("whole.zarr"))
        self.compute(pipeline, "steps.zarr", "--shard", "auto", SLURM_PROCID="0", SLURM_NTASKS="2")
        self.compute(pipeline, "steps.zarr", "--shard", "auto", JOB_COMPLETION_INDEX="1", FALTUNG_SHARDS="2")
        self.assertEqual(self.content("steps.zarr"), self.content("whole.zarr"))

    def test_what_cannot_be_shared_is_refused(self):
        pipeline = self.write("p.yaml", PIPELINES["gaussian"])
        for shard in ("0/2", "3/2", "2", "a/b", "1/2/3", ""):
            self.fail_with(2, "shard", pipeline, "out.zarr", "--shard", shard)
        self.fail_with(2, "names no shard", pipeline, "out.zarr", "--shard", "auto")
        self.fail_with(2, "in chunks", pipeline, "out.npy", "--shard", "1/2")
        wrapped = self.write("w.yaml", "stages:\n  - convolve: {kernel: dense.npy, boundary: wrap}\n")
        self.fail_with(2, "convolve dense.npy", wrapped, "out.zarr", "--shard", "1/2")
        self.assertNotIn("out.zarr", self.files())

    def fail_with(self, status, words, pipeline, output, *more):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLURM", "OMPI", "PMI"))}
        result = self.run_program("run", pipeline, "in.zarr", "-o", output, *more, env=clean)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(words, result.stderr.decode())

    def interrupted(self, pipeline, output, *more):
        """A job is killed as soon as something of its output is there. It may be too quick where this one has no core: one
        of a few tries is not."""
        for _ in range(10):
            if self.killed_at_work(pipeline, output, *more):
                return True
            shutil.rmtree(self.path(output)) if output.endswith(".zarr") else os.unlink(self.path(output))
        return False

    def killed_at_work(self, pipeline, output, *more):
        job = subprocess.Popen([PROGRAM, "run", pipeline, "big.zarr", "-o", output, *more], cwd=self.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        part = self.path(f".{output}.part")
        while job.poll() is None and time.monotonic() < end:
            if sum(len(names) for _, _, names in os.walk(part)) > 12:
                job.send_signal(signal.SIGKILL)
        job.wait()
        return job.returncode == -signal.SIGKILL

    def test_a_killed_job_is_gone_on_with(self):
        zarr.save_array(self.path("big.zarr"),
                        np.random.default_rng(2).standard_normal((600, 150, 150)).astype("f4"),
                        chunks=(8, 64, 64))
        for ending, *more in ((".zarr",), (".h5",), ("s.zarr", "--chunks-per-file", "2x2")):
            with self.subTest(ending):
                self.kill_and_go_on(ending, *more)

    def kill_and_go_on(self, ending, *more):
        pipeline = self.write("p.yaml", PIPELINES["dense"])
        self.succeed("run", pipeline, "big.zarr", "-o", "whole" + ending, *more)
        self.assertTrue(self.interrupted(pipeline, "out" + ending, *more))
        self.assertFalse(os.path.exists(self.path("out" + ending)))
        result = self.run_program("run", pipeline, "big.zarr", "-o", "out" + ending, "--verbose", *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        said = result.stderr.decode()
        self.assertIn("goes on", said)
        computed = [int(line.split("computes ")[1].split()[0]) for line in said.split("\n") if "computes" in line]
        self.assertLess(sum(computed), 600)
        self.assertEqual(self.content("out" + ending), self.content("whole" + ending))
        # Another pipeline begins anew.
        self.assertTrue(self.interrupted(pipeline, "other" + ending, *more))
        other = self.write("p.yaml", PIPELINES["gaussian"])
        result = self.run_program("run", other, "big.zarr", "-o", "other" + ending, "--verbose", *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("anew", result.stderr.decode())
        self.succeed("run", other, "big.zarr", "-o", "fresh" + ending, *more)
        self.assertEqual(self.content("other" + ending), self.content("fresh" + ending))


if __name__ == "__main__":
    unittest.main()
