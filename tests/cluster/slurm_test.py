"""A volume computed by a Slurm cluster that loses a job, a host and its controller: the bytes of one machine.

Prints what was done and what was seen, with seconds since the beginning. FALTUNG_CLUSTER_LOG names a file to keep it.
"""

import glob
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

try:
    import numpy as np
    import zarr
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "apps"))
from program import PROGRAM, ProgramTest  # noqa: E402  (its folder must be known first)

PIPELINE = """stages:
  - convolve: {kernel: {gaussian: {sigma: 2}}}
  - convolve: {kernel: dense.npy, boundary: reflect}
  - convolve: {kernel: dense.npy, boundary: reflect}
"""
SHARDS = 8
PATIENCE_S = 1000  # only what hangs takes so long, on whatever machine


class SlurmTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.begun = time.monotonic()
        self.hosts = self.path(f"hosts{os.getpid()}")  # names the namespaces: others may have a cluster too
        os.mkdir(self.hosts)
        # Down also after a set-up that went half way; cleanups run last to first.
        self.addCleanup(self.cluster, "down", check=False)
        up = self.cluster("up", check=False)
        if up.returncode != 0:  # 77: not permitted; else the daemons do not come up here
            self.skip((up.stdout.strip().removeprefix("SKIPPED: ") or "no cluster") + up.stderr[-300:])
        self.write("p.yaml", PIPELINE)
        values = np.random.default_rng(3)
        np.save(self.path("dense.npy"), values.standard_normal((31, 31, 31)))
        zarr.save_array(self.path("in.zarr"), values.standard_normal((400, 256, 256)).astype("f4"),
                        chunks=(8, 128, 128))

    def cluster(self, verb, *words, check=True):
        return subprocess.run([os.path.join(HERE, "cluster"), verb, self.hosts, *words], cwd=self.folder,
                              check=check, capture_output=True, text=True, timeout=PATIENCE_S)

    def slurm(self, *words, check=True):
        return self.cluster("on", "h0", *words, check=check).stdout

    def log(self, text):
        line = f"{time.monotonic() - self.begun:6.1f} s  {text}"
        print(line, flush=True)
        if "FALTUNG_CLUSTER_LOG" in os.environ:
            with open(os.environ["FALTUNG_CLUSTER_LOG"], "a", encoding="utf8") as kept:
                print(line, file=kept)

    def wait_until(self, what, seen, pause_s=0.02):
        end = time.monotonic() + PATIENCE_S
        while not (found := seen()):
            self.assertIsNone(self.job.poll(), "the submission ended before: " + what)
            self.assertLess(time.monotonic(), end, "in vain waited for: " + what)
            time.sleep(pause_s)
        return found

    def submit(self, output):
        self.part = self.path(f".{output}.part/")
        command = (PROGRAM, "run", "p.yaml", "in.zarr", "-o", output, "--submit", "slurm", "--shards", str(SHARDS),
                   "--mem-per-task", "500M", "--time", "60")
        self.job = subprocess.Popen([os.path.join(HERE, "cluster"), "on", self.hosts, "h0", *command],
                                    cwd=self.folder, stderr=subprocess.PIPE, text=True)

        def follow():
            for line in self.job.stderr:
                self.said.append(line)
                self.log("faltung says: " + line.rstrip().removeprefix("faltung: "))
        self.said = []
        self.follower = threading.Thread(target=follow)
        self.follower.start()
        self.addCleanup(self.end_submission)

    def end_submission(self):
        self.job.kill()
        self.job.wait()
        self.follower.join()
        self.job.stderr.close()

    def shards_on(self, host):
        """Process and shard of each job that computes there."""
        name = f"faltung-{os.path.basename(self.hosts)}-{host}"
        pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=True).stdout
        found = {}
        for pid in pids.split():
            try:
                with open(f"/proc/{pid}/cmdline", encoding="utf8") as file:
                    words = file.read().split("\0")
            except OSError:
                continue
            if words[0] == os.path.realpath(PROGRAM) and "--shard" in words:
                found[int(pid)] = words[words.index("--shard") + 1]
        return found

    def chunks(self):
        """How many there are, of whatever shard."""
        return len(glob.glob(self.part + "[0-9]*/*/*") + glob.glob(self.part + "chunks/*/*/*"))

    def at_work_on(self, host):
        """Of shards_on those that hold their shard's lock."""
        return {pid: shard for pid, shard in self.shards_on(host).items()
                if os.path.exists(f"{self.part}.faltung-shard-{int(shard.split('/')[0]) - 1}-of-{SHARDS}")}

    def logs(self):
        found = ""
        for name in glob.glob(self.path(".out.zarr.slurm/*.log")):
            with open(name, encoding="utf8") as log:
                found += log.read()
        return found

    def let_go(self):
        """Slurm keeps what it requeues for two minutes, and for ever what it sent to a host that still had it; such a
        host it drains. No test waits that long."""
        for line in self.slurm("squeue", "--array", "--noheader", "--format=%F_%K %T %r", check=False).splitlines():
            name, state, reason = line.split(maxsplit=2)
            if state == "PENDING" and reason == "BeginTime":
                self.slurm("scontrol", "update", "jobid=" + name, "StartTime=now", check=False)
            elif state == "PENDING" and reason.endswith("held"):
                self.slurm("scontrol", "update", "nodename=h[1-2]", "state=resume", check=False)
                self.slurm("scontrol", "release", name, check=False)

    def lose_a_host(self):
        self.wait_until("jobs on h2", lambda: self.at_work_on("h2"))
        self.cluster("cut", "h2")
        frozen = self.at_work_on("h2")
        self.log(f"h2's cable is cut and h2 frozen, with shards {sorted(frozen.values())} at work, "
                 f"{self.chunks()} chunks are there")
        return frozen

    def kill_a_job(self):
        pid, shard = self.wait_until("a job on h1", lambda: list(self.at_work_on("h1").items()))[0]
        os.kill(pid, signal.SIGKILL)
        self.log(f"shard {shard} on h1 is killed, {self.chunks()} chunks are there")
        self.wait_until("the killed shard given back",
                        lambda: any("killed by signal 9" in line for line in self.said))

    def find_the_host_lost(self):
        def lost():
            self.let_go()
            return "another job is writing shard" in self.logs()
        self.wait_until("h2's shards begun again on h1", lost, pause_s=0.5)
        self.log("Slurm has requeued h2's shards; on h1 they wait for the locks that h2 still holds. Hosts: " +
                 self.slurm("sinfo", "--noheader", "--Node", "--format=%N %T").replace("\n", ", ").rstrip(", "))

    def test_a_lost_job_a_lost_host_and_a_lost_controller_change_no_byte(self):
        self.succeed("run", "p.yaml", "in.zarr", "-o", "whole.zarr")
        self.submit("out.zarr")
        self.assertTrue(self.lose_a_host())
        self.kill_a_job()
        self.cluster("restart")
        self.log("the controller was killed and has been started again 3 s later")
        self.find_the_host_lost()
        self.assertFalse(os.path.exists(self.path("out.zarr")))
        self.cluster("heal", "h2")
        self.log("h2 is healed")
        self.await_the_bytes_of("out.zarr", "whole.zarr")
        self.log("the store is byte for byte that of one machine; no unfinished file is left")

    def test_a_lost_job_changes_no_byte_of_an_hdf5_file(self):
        self.succeed("run", "p.yaml", "in.zarr", "-o", "whole.h5")
        self.submit("out.h5")
        self.kill_a_job()
        self.await_the_bytes_of("out.h5", "whole.h5")
        self.assertTrue(any("complete, 200 chunks" in line for line in self.said), self.said)
        self.log("the file is byte for byte that of one machine; no unfinished file is left")

    def await_the_bytes_of(self, output, whole):
        end = time.monotonic() + PATIENCE_S
        while self.job.poll() is None and time.monotonic() < end:
            self.let_go()
            time.sleep(0.5)
        self.follower.join(timeout=PATIENCE_S)
        self.assertEqual(self.job.returncode, 0, "".join(self.said))
        self.assertEqual(self.content(output), self.content(whole))
        left = [name for name in os.listdir(self.folder) if name.startswith(".")]
        self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
