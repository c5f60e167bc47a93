"""Interruptions and the progress bar."""

import os
import pty
import select
import signal
import subprocess
import time
import unittest

from program import GAIN, PATIENCE_S, PROGRAM, ProgramTest, wav

RAW = ["--raw", "f32", "--rate", "48000"]
SLAB = b"\0" * (4 * 65536)  # what the program reads at once


class Live(ProgramTest):
    """The program with its standard input held open, so that it is surely at work."""

    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)

    def start(self, *more, stderr=subprocess.PIPE):
        process = subprocess.Popen(
            [PROGRAM, "run", "gain.yaml", "-", "-o", "out.wav", *RAW, *more], cwd=self.folder,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr)
        self.addCleanup(process.__exit__, None, None, None)
        self.addCleanup(process.kill)
        return process

    def wait_for_unfinished_output(self):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if any(name.endswith(".part") for name in self.files()):
                return
            time.sleep(0.01)
        self.fail("no output was begun")


class Interruption(Live):
    def interrupt(self, number, status):
        process = self.start()
        process.stdin.write(3 * SLAB)
        process.stdin.flush()
        self.wait_for_unfinished_output()
        self.assertNotIn("out.wav", self.files())
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE_S)[1]
        self.assertEqual(process.returncode, status, said)
        self.assertEqual(sorted(self.files()), ["gain.yaml"])

    def test_ctrl_c_leaves_nothing_and_ends_with_130(self):
        self.interrupt(signal.SIGINT, 130)

    def test_termination_leaves_nothing_and_ends_with_143(self):
        self.interrupt(signal.SIGTERM, 143)

    def test_former_output_survives(self):
        self.write("out.wav", "precious")
        process = self.start()
        process.stdin.write(3 * SLAB)
        process.stdin.flush()
        self.wait_for_unfinished_output()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
        self.assertEqual(self.read("out.wav"), b"precious")


class Lock(Live):
    def test_second_job_on_an_output_ends_with_5_and_is_told_who_has_it(self):
        self.write("in.wav", wav([1000]))
        first = self.start()
        first.stdin.write(3 * SLAB)
        first.stdin.flush()
        self.wait_for_unfinished_output()
        first.send_signal(signal.SIGSTOP)  # what it leaves alone is the second one's doing
        os.waitid(os.P_PID, first.pid, os.WSTOPPED)
        self.refused(5, [f"faltung: busy: another job (pid {first.pid} on ", " is writing out.wav"],
                     "run", "gain.yaml", "in.wav", "-o", "out.wav")
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=PATIENCE_S)
        self.assertEqual(first.returncode, 0)
        self.assertEqual(sorted(self.files()), ["gain.yaml", "in.wav", "out.wav"])
        self.succeed("run", "gain.yaml", "in.wav", "-o", "out.wav")

    def test_killed_jobs_lock_is_free_and_its_leavings_go(self):
        self.write("in.wav", wav([1000]))
        first = self.start()
        first.stdin.write(3 * SLAB)
        first.stdin.flush()
        self.wait_for_unfinished_output()
        first.kill()
        first.wait()
        self.assertEqual(len(self.files()), 4)
        self.succeed("run", "gain.yaml", "in.wav", "-o", "out.wav")
        self.assertEqual(sorted(self.files()), ["gain.yaml", "in.wav", "out.wav"])


class ProgressBar(Live):
    def feed(self, process, seconds, enough=lambda: False):
        until = time.monotonic() + seconds
        while time.monotonic() < until and not enough():
            process.stdin.write(SLAB)
            process.stdin.flush()
            time.sleep(0.1)
        process.stdin.close()

    def on_terminal(self, *more, seconds, until=None):
        """What is shown while it is fed for so long, or only until this has been shown, and at its end."""
        try:
            ours, theirs = pty.openpty()
        except OSError as error:  # a bare chroot has no /dev/pts
            self.skipTest(f"no pseudo-terminal to be had: {error}")
        process = self.start(*more, stderr=theirs)
        os.close(theirs)
        text = b""

        def shown():
            nonlocal text
            text += self.drained(ours)
            return until is not None and until in text
        self.feed(process, seconds, shown)
        self.assertEqual(process.wait(timeout=PATIENCE_S), 0)
        text += self.drained(ours)
        os.close(ours)
        return text.decode()

    @staticmethod
    def drained(terminal):
        text = b""
        while select.select([terminal], [], [], 0)[0]:
            try:
                text += os.read(terminal, 65536)
            except OSError:  # the other side is closed
                break
        return text

    def test_shows_rate_on_a_terminal_and_is_wiped_at_the_end(self):
        text = self.on_terminal(seconds=PATIENCE_S, until=b"x real time")
        self.assertIn("x real time", text)
        self.assertTrue(text.endswith("\r\x1b[K"), repr(text[-40:]))

    def test_none_for_short_work(self):
        spent = 1  # second: what takes so long on a busy machine is no short work
        for _ in range(20):
            begin = time.monotonic()
            text = self.on_terminal(seconds=0.2)
            spent = time.monotonic() - begin
            if spent < 1:
                break
        self.assertLess(spent, 1)
        self.assertEqual(text, "")

    def test_none_with_quiet(self):
        self.assertEqual(self.on_terminal("--quiet", seconds=1.8), "")

    def test_none_in_a_pipe(self):
        process = self.start()
        self.feed(process, 1.8)
        self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.wait(timeout=PATIENCE_S), 0)


if __name__ == "__main__":
    unittest.main()
