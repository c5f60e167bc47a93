"""Runs `faltung live` in the background, with a JACK server of its own where a test wants one."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../apps"))
from jack_server import JackServer  # noqa: E402
from own_time import OwnTime  # noqa: E402
from program import PROGRAM, ProgramTest  # noqa: E402

PROBE = os.environ.get("FALTUNG_JACK_PROBE", "")
PATIENCE_S = 120  # only what hangs takes so long, on whatever machine


def wait_for(what, condition, patience=PATIENCE_S, clock=time.monotonic):
    end = clock() + patience
    while clock() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {patience} s for {what}")


class Live:
    """A running `faltung live`."""

    def __init__(self, folder, *arguments, env=None, wrapper=()):
        self.folder = folder
        self.control = os.path.join(folder, "control.sock")
        self.log = open(os.path.join(folder, "live.log"), "wb")
        self.process = subprocess.Popen(
            [*wrapper, PROGRAM, "live", *arguments, "--control", self.control], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, env=env)

    def said(self):
        self.log.flush()
        with open(os.path.join(self.folder, "live.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_until_running(self):
        def running():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.said()}")
            try:
                return self.status()["frames"] > 0
            except OSError:
                return False
        wait_for("the first frames", running)
        return self

    def ask(self, command, patience=PATIENCE_S):
        """The answer's lines; the last is "ok" or "error: …"."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(patience)
            client.connect(self.control)
            client.sendall(command.encode() + b"\n")
            text = b""
            while not (text.endswith(b"ok\n") or text.rsplit(b"\n", 2)[-2:-1] and
                       text.rsplit(b"\n", 2)[-2].startswith(b"error: ")):
                piece = client.recv(65536)
                if not piece:
                    raise OSError("the run ended")
                text += piece
        return text.decode().splitlines()

    def status(self):
        return json.loads(self.ask("status")[0])

    def obey(self, command):
        answer = self.ask(command)
        if answer[-1] != "ok":
            raise AssertionError(f"{command}: {answer}")
        return answer[:-1]

    def within(self, seconds, what, condition, *others):
        """Waits so long at most, of the time that it and the other processes had."""
        return wait_for(what, condition, seconds, OwnTime(self.process.pid, *others).seconds)

    def hear(self, frames):
        """Waits until so many frames have been played from now on."""
        known = self.status()["time_s"]
        wait_for("another report", lambda: self.status()["time_s"] != known)
        first = self.status()["frames"]
        wait_for(f"{frames} frames", lambda: self.status()["frames"] >= first + frames)

    def end(self, how=signal.SIGTERM):
        """Sends a signal; returns the exit status and the seconds it took, of its own time."""
        clock = OwnTime(self.process.pid)
        if how is not None and self.process.poll() is None:
            self.process.send_signal(how)
        until = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < until:
            clock.seconds()
            time.sleep(0.005)
        status = self.process.wait(0)
        self.process.stdout.close()
        return status, clock.seconds()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


class LiveTest(ProgramTest):
    """A test with a folder in which live runs."""

    def live(self, *arguments, running=True, **more):
        run = Live(self.folder, *arguments, **more)
        self.addCleanup(run.kill)
        return run.wait_until_running() if running else run


class JackTest(LiveTest):
    """The same with a JACK server without a sound card, which only this test sees."""

    def setUp(self):
        super().setUp()
        if not PROBE or not shutil.which("jackd"):
            self.skip("jackd2 or libjack-jackd2-dev is missing")
        self.write("asound.conf", "pcm.default { type null }\n")  # keeps ALSA silent
        self.jack = None
        self.env = {}
        self.addCleanup(self.stop_server)

    def start_server(self, rate=48000, block=128, channels=2):
        name = self.jack.name if self.jack else None  # one that comes back is the same to its clients
        self.jack = JackServer(rate, block, channels, real_time=True, name=name).__enter__()
        self.env = {**self.jack.environment, "ALSA_CONFIG_PATH": self.path("asound.conf")}

    def stop_server(self):
        if self.jack:
            self.jack.__exit__()

    def jack_live(self, *arguments, **more):
        return self.live("--in", "JACK:system", "--out", "JACK:system", *arguments, env=self.env, **more)

    def probe(self, *arguments):
        """Plays and records; returns what it measured."""
        named = [self.path(word) if word.endswith(".wav") else word for word in arguments]
        return self.jack.measure(PROBE, *named)
