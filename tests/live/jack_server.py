"""A JACK server without a sound card, one for each test, and clients that run while it does."""

import contextlib
import fcntl
import glob
import os
import re
import signal
import subprocess
import tempfile
import time

PATIENCE_S = 20
STARTS = 3
REGISTRY = "/dev/shm/jack-shm-registry"


def real_time_is_permitted():
    return subprocess.run(["chrt", "-f", "20", "true"], capture_output=True).returncode == 0


@contextlib.contextmanager
def alone():
    """JACK sets up a registry for the whole machine when its first program starts, and two that start at the same
    time can both do so: the tests start their servers one after another."""
    with open(os.path.join(tempfile.gettempdir(), "faltung_jack_start.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def forget(name):
    """JACK keeps the place of a server that was killed, one of eight in the whole machine, until another of its name
    has run."""
    server = JackServer(48000, 1024, name=name)
    if not server.answers():
        server.begin()
        server.__exit__()


def forget_the_killed():
    with open(REGISTRY, "rb") as registry:
        names = re.findall(rb"jack-%d:([^:\0]+):" % os.getuid(), registry.read())
    for name in names:
        forget(name.decode())


class JackServer:
    """`with JackServer(48000, 64) as jack: jack.measure(…)`; frames pass at the card's pace or in freewheel.
    With `real_time` it has real-time priority, where that is permitted."""

    def __init__(self, rate, block, channels=2, real_time=False, name=None):
        self.name = name or f"faltung{os.getpid()}_{time.monotonic_ns() % 10**9}"
        self.environment = dict(os.environ, JACK_NO_AUDIO_RESERVATION="1", JACK_NO_START_SERVER="1",
                                JACK_DEFAULT_SERVER=self.name)
        priority = ["-R", "-P", "20"] if real_time and real_time_is_permitted() else ["-r"]
        self.command = ["jackd", *priority, "-n", self.name, "-d", "dummy", "-r", str(rate), "-p", str(block),
                        "-C", str(channels), "-P", str(channels)]
        self.clients = []
        self.server = None

    def __enter__(self):
        try:
            return self.begin()
        except RuntimeError as refusal:
            if "Too many servers" not in str(refusal):
                raise
        forget_the_killed()
        return self.begin()

    def begin(self):
        """Starts it; refuses with what it said."""
        said = []
        with alone():
            self.answers()  # the registry stands before the server needs it
            for _ in range(STARTS):
                self.server = subprocess.Popen(self.command, env=self.environment, stdout=subprocess.PIPE,
                                               stderr=subprocess.STDOUT, text=True)
                end = time.monotonic() + PATIENCE_S
                while self.server.poll() is None and time.monotonic() < end:
                    if self.answers():
                        return self
                    time.sleep(0.03)
                self.server.kill()
                said.append(f"jackd ended with {self.server.wait()}: {self.server.stdout.read()}")
                self.__exit__()
        raise RuntimeError("\n".join(said))

    def answers(self):
        return subprocess.run(["jack_lsp"], env=self.environment, capture_output=True).returncode == 0

    def __exit__(self, *_):
        for process in [*self.clients, self.server]:
            process.send_signal(signal.SIGCONT)  # it may have been stopped
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
        for path in glob.glob(f"/dev/shm/jack*_{self.name}_*"):
            try:
                os.unlink(path)
            except OSError:
                pass

    def ports(self):
        return subprocess.run(["jack_lsp"], env=self.environment, capture_output=True, text=True).stdout.split()

    def connect(self, source, target, on=True):
        subprocess.run(["jack_connect" if on else "jack_disconnect", source, target], env=self.environment,
                       capture_output=True, check=True)

    def set_block(self, block):
        subprocess.run(["jack_bufsize", str(block)], env=self.environment, capture_output=True, check=True)

    def start(self, *command, **more):
        """A client that is ended with the server."""
        client = subprocess.Popen(command, env=dict(self.environment, **more), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.clients.append(client)
        return client

    def measure(self, probe, *arguments):
        """What the probe prints, as a dictionary of its numbers; refuses gaps."""
        result = subprocess.run([probe, *arguments], env=self.environment, capture_output=True, text=True,
                                timeout=120)
        if result.returncode:
            raise RuntimeError(f"jack_probe: {result.returncode}: {result.stdout}{result.stderr}")
        pairs = (word.split("=") for word in result.stdout.split("\n")[-2].split() if "=" in word)
        return {key: int(number) for key, number in pairs}
