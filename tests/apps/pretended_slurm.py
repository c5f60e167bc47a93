#!/usr/bin/python3
"""sbatch, squeue and scancel, whichever it is called as, of a cluster that is this machine.

In the folder that PRETENDED_SLURM names: 1_2 is a job in the queue (its content: its state), hold
keeps jobs waiting, down makes squeue fail, refuse makes sbatch say what is in it, kill-2 holds how
many more jobs of shard 2 die as they begin.
"""

import os
import re
import subprocess
import sys
import time

STATE = os.environ["PRETENDED_SLURM"]


def path(name):
    return os.path.join(STATE, name)


def text(name):
    try:
        with open(path(name), encoding="utf8") as file:
            return file.read()
    except OSError:
        return None


def put(name, content):
    with open(path(name), "w", encoding="utf8") as file:
        file.write(content)


def numbers(ranges):
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def sbatch(array, script):
    if text("refuse") is not None:
        sys.exit("sbatch: error: " + text("refuse"))
    job = str(int(text("last") or 0) + 1)
    put("last", job)
    for shard in numbers(array):
        put(f"{job}_{shard}", "PENDING")
        subprocess.Popen([sys.executable, os.path.realpath(__file__), "task", job, str(shard), script], start_new_session=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(job)


def task(job, shard, script):
    with open(script, encoding="utf8") as file:
        body = file.read()
    while text("hold") is not None and text(f"{job}_{shard}") is not None:
        time.sleep(0.05)
    if text(f"{job}_{shard}") is None:
        return  # cancelled
    put(f"{job}_{shard}", "RUNNING")
    kills = int(text("kill-" + shard) or 0)
    if kills:
        put("kill-" + shard, str(kills - 1))
    else:
        pattern = re.search('#SBATCH --output="(.*)"', body)[1]
        log = re.sub("%(.)", lambda place: {"%": "%", "a": shard}[place[1]], pattern)
        with open(log, "a", encoding="utf8") as said:
            subprocess.call(["sh", "-c", body], env=dict(os.environ, SLURM_ARRAY_TASK_ID=shard),
                            stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    os.unlink(path(f"{job}_{shard}"))


def squeue():
    if text("down") is not None:
        sys.exit("slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    for name in os.listdir(STATE):
        if re.fullmatch(r"\d+_\d+", name):
            print(*name.split("_"), text(name) or "RUNNING", "None")


def scancel(job):
    for name in os.listdir(STATE):
        if name.startswith(job + "_"):
            os.unlink(path(name))


called = os.path.basename(sys.argv[0])
if called == "sbatch":
    sbatch(sys.argv[-2].partition("=")[2], sys.argv[-1])
elif called == "squeue":
    squeue()
elif called == "scancel":
    scancel(sys.argv[-1])
else:
    task(*sys.argv[2:])
