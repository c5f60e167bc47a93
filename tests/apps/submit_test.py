"""run --submit on a pretended cluster: what is submitted, followed, submitted again, given up. See tests/cluster for Slurm."""

import os
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

HERE = os.path.dirname(os.path.abspath(__file__))
BLUR = "stages:\n  - convolve: {kernel: {gaussian: {sigma: 1}}}\n"
SUBMIT = ("--submit", "slurm", "--shards", "3")


class SubmitTest(ProgramTest):
    input = "in.zarr"

    def setUp(self):
        super().setUp()
        self.write("p.yaml", BLUR)
        zarr.save_array(self.path("in.zarr"), np.random.default_rng(5).standard_normal((60, 20, 20)).astype("f4"),
                        chunks=(8, 16, 16))
        for folder in ("bin", "slurm"):
            os.mkdir(self.path(folder))
        self.addCleanup(self.end_of_queue)
        for name in ("sbatch", "squeue", "scancel"):
            os.symlink(os.path.join(HERE, "pretended_slurm.py"), self.path("bin/" + name))
        self.environment = dict(os.environ, PATH=self.path("bin") + ":" + os.environ["PATH"],
                                PRETENDED_SLURM=self.path("slurm"))

    def submit(self, *arguments, output="out.zarr"):
        result = self.run_program("run", "p.yaml", self.input, "-o", output, *(arguments or SUBMIT),
                                  env=self.environment)
        return result.returncode, result.stderr.decode()

    def begin(self, until):
        """Submits without waiting for the end, only until it has said something."""
        job = subprocess.Popen([PROGRAM, "run", "p.yaml", "in.zarr", "-o", "out.zarr", *SUBMIT], cwd=self.folder,
                               env=self.environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(job.stderr.close)
        self.listen(job, until)
        return job

    def listen(self, job, until):
        """What it says until it has said this."""
        said = ""
        while until not in said:
            line = job.stderr.readline()
            self.assertTrue(line, "it ended: " + said)
            said += line
        return said

    def end_of_queue(self):
        """Jobs go on that nobody follows any more: the folder may go when they have ended."""
        if os.path.exists(self.path("slurm/hold")):
            os.unlink(self.path("slurm/hold"))
        end = time.monotonic() + PATIENCE_S
        while any("_" in name for name in os.listdir(self.path("slurm"))) and time.monotonic() < end:
            time.sleep(0.05)

    def assert_complete(self, name="out.zarr", place=""):
        whole = "whole" + os.path.splitext(name)[1]
        self.succeed("run", "p.yaml", self.input, "-o", whole + place)
        self.assertEqual(self.content(name), self.content(whole))
        hidden = [file for file in os.listdir(self.folder) if file.startswith(".")]
        self.assertEqual(hidden, [], "something was left behind")

    def test_a_cluster_makes_the_bytes_of_one_job(self):
        status, said = self.submit()
        self.assertEqual(status, 0, said)
        self.assertIn("shards 1-3 submitted as job 1", said)
        self.assertIn("complete, 32 chunks", said)
        self.assert_complete()

    def test_shards_of_zarr_are_followed(self):
        several = ("--chunks-per-file", "2x1x2")
        status, said = self.submit(*SUBMIT, *several)
        self.assertEqual(status, 0, said)
        self.assertIn("complete, 8 chunks", said)
        self.succeed("run", "p.yaml", "in.zarr", "-o", "whole.zarr", *several)
        self.assertEqual(self.content("out.zarr"), self.content("whole.zarr"))

    def test_names_need_no_care(self):
        name = "it's a $HOME %a `test`.zarr"
        status, said = self.submit(output=name)
        self.assertEqual(status, 0, said)
        self.assert_complete(name)
        self.refused(2, "a quotation mark", "run", "p.yaml", "in.zarr", "-o", 'a".zarr', *SUBMIT)

    def test_hdf5_files_are_followed_too(self):
        # One shard is written in place; several, and compressed chunks, in pieces.
        self.write("slurm/kill-2", "1")
        for place, shards, again in (("", "3", True), (":/a/b", "2", False), ("", "1", False)):
            with self.subTest(shards=shards):
                status, said = self.submit("--submit", "slurm", "--shards", shards, output="out.h5" + place)
                self.assertEqual(status, 0, said)
                self.assertIn("complete, 32 chunks", said)
                self.assertEqual("shards 2 submitted again" in said, again, said)
                self.assert_complete("out.h5", place)
                for name in ("out.h5", "whole.h5"):
                    os.unlink(self.path(name))

    def test_compressed_hdf5_files_replace_former_ones(self):
        with h5py.File(self.path("packed.h5"), "w") as file:
            file.create_dataset("a", data=zarr.open(self.path("in.zarr"))[:], chunks=(8, 20, 10), compression="gzip")
        self.input = "packed.h5"
        with h5py.File(self.path("out.h5"), "w") as file:
            file.create_dataset("data", data=np.zeros((60, 20, 20), "f4"))
        status, said = self.submit(output="out.h5")
        self.assertEqual(status, 0, said)
        self.assertIn("complete, 16 chunks", said)
        self.assert_complete("out.h5")

    def test_killed_jobs_are_submitted_again(self):
        self.write("slurm/kill-2", "2")
        status, said = self.submit()
        self.assertEqual(status, 0, said)
        self.assertIn("shards 2 submitted again as job 3", said)
        self.assert_complete()

    def test_a_shard_that_fails_three_times_is_given_up(self):
        self.write("slurm/kill-2", "9")
        status, said = self.submit()
        self.assertEqual(status, 1, said)
        self.assertIn("shard 2 of 3 fails, lastly: it did not end by itself", said)
        self.assertEqual(self.read("slurm/kill-2"), b"6")
        # Once the cause is gone, the same command goes on with this shard alone.
        os.unlink(self.path("slurm/kill-2"))
        status, said = self.submit()
        self.assertEqual(status, 0, said)
        self.assertIn("shards 2 submitted as job 4", said)
        self.assert_complete()

    def test_wrong_usage_is_given_up_at_once_with_the_end_of_its_log(self):
        self.write("slurm/hold", "")
        job = self.begin("submitted as job 1")
        os.rename(self.path("p.yaml"), self.path("gone.yaml"))
        os.unlink(self.path("slurm/hold"))
        said = job.communicate(timeout=PATIENCE_S)[1]
        self.assertEqual(job.returncode, 2, said)
        self.assertIn("exit status 2", said)
        self.assertIn("  faltung: p.yaml", said)
        self.assertNotIn("again", said.replace("The same command", ""))

    def test_interrupted_the_jobs_go_on_and_are_followed_again(self):
        self.write("slurm/hold", "")
        job = self.begin("submitted as job 1")
        status, said = self.submit()
        self.assertEqual((status, "follows its jobs" in said), (5, True), said)
        job.send_signal(signal.SIGINT)
        said = job.communicate(timeout=PATIENCE_S)[1]
        self.assertEqual(job.returncode, 130, said)
        self.assertIn("faltung: out.zarr: interrupted; the jobs go on", said)
        self.assertIn("scancel 1 ends them", said)
        status, said = self.submit("--submit", "slurm", "--shards", "2")
        self.assertEqual((status, "by another command" in said), (5, True), said)
        os.unlink(self.path("slurm/hold"))
        status, said = self.submit()
        self.assertEqual(status, 0, said)
        self.assertNotIn("submitted", said)
        self.assert_complete()

    def test_a_silent_controller_is_waited_for(self):
        self.write("slurm/hold", "")
        job = self.begin("submitted as job 1")
        self.write("slurm/down", "")
        self.listen(job, "Slurm does not answer (slurm_load_jobs error: Unable to contact")
        os.unlink(self.path("slurm/down"))
        os.unlink(self.path("slurm/hold"))
        said = job.communicate(timeout=PATIENCE_S)[1]
        self.assertEqual(job.returncode, 0, said)
        self.assert_complete()

    def test_the_script_alone_computes_what_it_says(self):
        result = self.run_program("run", "p.yaml", "in.zarr", "-o", "out.zarr", *SUBMIT, "--dry-run", "--time", "5",
                                  "--mem-per-task", "1G", "--partition", "long")
        self.assertEqual(result.returncode, 0, result.stderr)
        script = result.stdout.decode()
        for line in ("#SBATCH --time=5\n", "#SBATCH --mem=1G\n", "#SBATCH --partition=long\n", "#SBATCH --requeue\n"):
            self.assertIn(line, script)
        self.assertFalse(os.path.exists(self.path(".out.zarr.slurm")))
        os.mkdir(self.path(".out.zarr.slurm"))
        for shard in "312":
            subprocess.run(["sh", "-c", script], check=True, cwd="/", env=dict(os.environ, SLURM_ARRAY_TASK_ID=shard))
            self.assertEqual(self.read(f".out.zarr.slurm/{shard}.status"), b"0\n")
        # Slurm may begin a job again that it believes lost: what is done is not begun anew.
        subprocess.run(["sh", "-c", script], check=True, cwd="/", env=dict(os.environ, SLURM_ARRAY_TASK_ID="2"))
        subprocess.run(["rm", "-r", self.path(".out.zarr.slurm")], check=True)
        self.assert_complete()

    def test_what_cannot_be_submitted_is_refused(self):
        self.write("slurm/refuse", "invalid partition specified: nope")
        status, said = self.submit()
        self.assertEqual((status, "Slurm refuses the job: sbatch: error: invalid partition" in said), (1, True), said)
        self.write("w.yaml", "stages:\n  - convolve: {kernel: [[[1]], [[2]], [[3]]], boundary: wrap}\n")
        submit = ("p.yaml", "in.zarr", "-o", "out.zarr", *SUBMIT)
        self.refused(2, "needs Slurm's sbatch", "run", *submit, env=dict(os.environ, PATH="/nowhere"))
        self.refused(2, "--shards", "run", *submit[:-2])
        self.refused(2, "--submit", "run", *submit[:4], "--shards", "3")
        self.refused(2, "only one", "run", *submit, "--shard", "1/3")
        for output in ("out.npy", "out.nii.gz", "-"):
            self.refused(2, "write: .zarr .h5 .hdf5 .hdf; '" + output, "run", "p.yaml", "in.zarr", "-o", output, *SUBMIT)
        self.refused(2, "one input", "run", "p.yaml", "in.zarr", "in.zarr", "-o", "{index}.zarr", *SUBMIT)
        self.refused(2, "standard input", "run", "p.yaml", "-", "-o", "out.zarr", *SUBMIT)
        self.refused(2, "allowed: letters", "run", *submit, "--partition", "a b")
        self.refused(2, "needs everything that came before", "run", "w.yaml", "in.zarr", "-o", "out.zarr", *SUBMIT)


if __name__ == "__main__":
    unittest.main()
