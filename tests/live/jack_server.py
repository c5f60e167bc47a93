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

PATIENCE_S = 120
CLIENT_TIMEOUT_MS = "4500"  # the most that jackd takes: a client of a busy machine is not thrown out
STARTS = 3
GAPS, REFUSED = 1, 69  # ends of jack_probe
REGISTRY = "/dev/shm/jack-shm-registry"


def real_time_is_permitted():
    return subprocess.run(["chrt", "-f", "20", "true"], capture_output=True).returncode == 0


@contextlib.contextmanager
def alone():
    """JACK sets up a registry for the whole machine when its first program starts, and two that start at the same
    time can both do so: the tests start their servers one after another."""
    folder = os.open(os.path.dirname(REGISTRY), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


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


class BusyServer(RuntimeError):
    """JACK did not call a client for every block, or had no time for a new one."""


def without_gaps(measure, tries=12):
    """What `measure` gives when JACK missed no block. On a busy machine it may: where it changes to freewheel while a
    client has not finished it runs ahead of its clients. The probe sees that."""
    for left in reversed(range(tries)):
        try:
            return measure()
        except BusyServer:
            if left == 0:
                raise


class Spoken(subprocess.Popen):
    """A process that says what it says into a file. A pipe that nobody reads is full after some hundred xruns, and the
    server stands still while it complains of the next one."""

    def __init__(self, command, environment):
        self.words = tempfile.TemporaryFile()
        super().__init__(command, env=environment, stdin=subprocess.DEVNULL, stdout=self.words,
                         stderr=subprocess.STDOUT)

    def said(self):
        return os.pread(self.words.fileno(), 1 << 24, 0).decode(errors="replace")  # its place in the file stays


class JackServer:
    """`with JackServer(48000, 64) as jack: jack.measure(…)`; frames pass at the card's pace or in freewheel.
    With `real_time` it has real-time priority, where that is permitted."""

    def __init__(self, rate, block, channels=2, real_time=False, name=None):
        self.name = name or f"faltung{os.getpid()}_{time.monotonic_ns() % 10**9}"
        self.environment = dict(os.environ, JACK_NO_AUDIO_RESERVATION="1", JACK_NO_START_SERVER="1",
                                JACK_DEFAULT_SERVER=self.name)
        priority = ["-R", "-P", "20"] if real_time and real_time_is_permitted() else ["-r"]
        self.command = ["jackd", *priority, "-t", CLIENT_TIMEOUT_MS, "-n", self.name, "-d", "dummy", "-r", str(rate),
                        "-p", str(block), "-C", str(channels), "-P", str(channels)]
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
                self.server = Spoken(self.command, self.environment)
                end = time.monotonic() + PATIENCE_S
                while self.server.poll() is None and time.monotonic() < end:
                    if self.answers():
                        return self
                    time.sleep(0.03)
                self.server.kill()
                said.append(f"jackd ended with {self.server.wait()}: {self.server.said()}")
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
            process.words.close()
        for path in glob.glob(f"/dev/shm/jack*_{self.name}_*"):
            try:
                os.unlink(path)
            except OSError:
                pass

    def ports(self):
        return subprocess.run(["jack_lsp"], env=self.environment, capture_output=True, text=True).stdout.split()

    def connect(self, source, target, on=True):
        """A client whose ports are there may not be active yet; until then they cannot be connected."""
        command = ["jack_connect" if on else "jack_disconnect", source, target]
        end = time.monotonic() + PATIENCE_S
        while subprocess.run(command, env=self.environment, capture_output=True).returncode:
            if time.monotonic() > end:
                raise RuntimeError(" ".join(command) + " is refused")
            time.sleep(0.03)

    def set_block(self, block):
        subprocess.run(["jack_bufsize", str(block)], env=self.environment, capture_output=True, check=True)

    def start(self, *command, **more):
        """A client that is ended with the server."""
        self.clients.append(Spoken(command, dict(self.environment, **more)))
        return self.clients[-1]

    def measure(self, probe, *arguments):
        """What the probe prints, as a dictionary of its numbers; raises BusyServer for gaps and where it is refused."""
        result = subprocess.run([probe, *arguments], env=self.environment, capture_output=True, text=True,
                                timeout=4 * PATIENCE_S)
        if result.returncode:
            kind = BusyServer if result.returncode in [GAPS, REFUSED] else RuntimeError
            raise kind(f"jack_probe: {result.returncode}: {result.stdout}{result.stderr}")
        pairs = (word.split("=") for word in result.stdout.split("\n")[-2].split() if "=" in word)
        return {key: int(number) for key, number in pairs}
