"""Time as processes had it: without that in which a busy machine gave them no core or no disk."""

import glob
import os
import time


class OwnTime:
    """`seconds()` since the making, without those in which a thread of the processes, or of the test itself, was ready and
    had no core, or waited for a disk. On a machine that has nothing else to do this is the clock. Look often: that one
    waits for a disk is seen only while it does."""

    def __init__(self, *processes):
        self.processes = [*processes, os.getpid()]
        self.passed, self.before = 0.0, time.monotonic()
        self.waited, _ = self.look()

    def seconds(self):
        now = time.monotonic()
        waited, for_disk = self.look()
        denied = max((waited[thread] - self.waited.get(thread, 0) for thread in waited), default=0)
        if not for_disk:
            self.passed += max(0, now - self.before - denied)
        self.before, self.waited = now, waited
        return self.passed

    def look(self):
        """How long each thread has waited for a core so far, in seconds, and whether one waits for a disk."""
        waited, for_disk = {}, False
        for process in self.processes:
            for thread in glob.glob(f"/proc/{process}/task/*"):
                try:
                    with open(thread + "/schedstat") as file:
                        waited[thread] = int(file.read().split()[1]) / 1e9
                    with open(thread + "/stat") as file:
                        for_disk |= file.read().rsplit(")", 1)[1].split()[0] == "D"
                except (OSError, IndexError):  # it has ended meanwhile, or this kernel does not count
                    continue
        return waited, for_disk
