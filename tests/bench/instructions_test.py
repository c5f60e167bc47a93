"""A call's instructions, counted by valgrind: the worst one at most twice the mean.

Of a response of 5 s at blocks of 64 frames and 48 kHz, over a whole period of the largest partition, twice.
Usage: instructions_test.py COUNTER SANITIZERS [TAPS BLOCK CALLS]; ends with 77 where it cannot be done.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

MOST = 2.0  # worst / mean
TAPS, BLOCK, CALLS = 240000, 64, 2048  # 131,072 frames: two periods of 65,536


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def count(counter, taps, block, calls):
    """Instructions of every call (what follows the last one is left out), and what the program says."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "calls")
        said = subprocess.run(
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--combine-dumps=yes",
             "--callgrind-out-file=" + out, counter, str(taps), str(block), str(calls)],
            capture_output=True, text=True)
        if said.returncode != 0:
            sys.exit("the counter failed under valgrind:\n" + said.stderr[-2000:])
        with open(out) as file:
            totals = [int(n) for n in re.findall(r"^totals: (\d+)", file.read(), re.M)]
        if len(totals) < calls:
            sys.exit(f"{len(totals)} counts for {calls} calls")
        return totals[:calls], said.stdout.strip()


def main():
    counter, sanitizers = sys.argv[1], sys.argv[2]
    taps, block, calls = [int(word) for word in sys.argv[3:]] or (TAPS, BLOCK, CALLS)
    if not counter:
        skip("built without valgrind's headers (package valgrind)")
    if sanitizers:
        skip("sanitizers do not run under valgrind")
    if not shutil.which("valgrind"):
        skip("no valgrind on PATH")
    totals, plan = count(counter, taps, block, calls)
    mean = sum(totals) / len(totals)
    print(f"{plan}\n{calls} calls: mean {mean:.0f}, least {min(totals)}, most {max(totals)} instructions; "
          f"most / mean {max(totals) / mean:.2f}, at most {MOST} allowed")
    sys.exit(0 if max(totals) <= MOST * mean else 1)


if __name__ == "__main__":
    main()
