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
from program import PROGRAM, ProgramTest  # noqa: E402

PROBE = os.environ.get("FALTUNG_JACK_PROBE", "")
PATIENCE_S = 30


def wait_for(what, condition, patience=PATIENCE_S):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {patience} s for {what}")


def real_time_is_permitted():
    return subprocess.run(["chrt", "-f", "20", "true"], capture_output=True).returncode == 0


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

    def end(self, how=signal.SIGTERM, patience=5):
        """Sends a signal; returns the exit status and the seconds it took."""
        begin = time.monotonic()
        if how is not None and self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(patience)
        self.process.stdout.close()
        return status, time.monotonic() - begin

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
            print("SKIPPED: jackd2 or libjack-jackd2-dev is missing")
            sys.exit(77)
        self.write("asound.conf", "pcm.default { type null }\n")  # keeps ALSA silent
        self.env = {**os.environ, "JACK_DEFAULT_SERVER": f"faltung-{os.getpid()}", "JACK_NO_AUDIO_RESERVATION": "1",
                    "JACK_NO_START_SERVER": "1", "ALSA_CONFIG_PATH": self.path("asound.conf")}
        self.server = None
        self.addCleanup(self.stop_server)

    def start_server(self, rate=48000, block=128, channels=2, options=()):
        rt = ["-R", "-P", "20"] if real_time_is_permitted() else ["-r"]
        self.server = subprocess.Popen(
            ["jackd", *(options or rt), "-n", self.env["JACK_DEFAULT_SERVER"], "-d", "dummy", "-r", str(rate),
             "-p", str(block), "-C", str(channels), "-P", str(channels)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.env)
        wait_for("the JACK server", lambda: self.ports() is not None)

    def stop_server(self, how=signal.SIGTERM):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGCONT)
        self.server.send_signal(how)
        try:
            self.server.wait(5)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.server = None
        subprocess.run("rm -rf /dev/shm/jack_sem.*_\"$JACK_DEFAULT_SERVER\"_* /dev/shm/jack_\"$JACK_DEFAULT_SERVER\"_*",
                       shell=True, env=self.env)

    def ports(self):
        listed = subprocess.run(["jack_lsp"], capture_output=True, env=self.env, timeout=PATIENCE_S)
        return listed.stdout.decode().split() if listed.returncode == 0 else None

    def jack_live(self, *arguments, **more):
        run = self.live("--in", "JACK:system", "--out", "JACK:system", *arguments, env=self.env, **more)
        return run

    def probe(self, *arguments):
        """Plays and records; returns what it measured."""
        result = subprocess.run([PROBE, *arguments], cwd=self.folder, env=self.env, capture_output=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stdout.decode() + result.stderr.decode())
        return dict(word.split("=") for word in result.stdout.decode().split() if "=" in word)
