"""configs/on-dask.py: a pipeline on a dask array of Zarr chunks gives what it gives on the whole array."""

import os
import subprocess
import sys
import unittest

try:
    import dask.array  # noqa: F401
    import distributed  # noqa: F401
    import faltung
    import numpy as np
    import zarr
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "apps"))
from program import PATIENCE_S, ProgramTest  # noqa: E402  (its folder must be known first)

EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "configs", "on-dask.py")
STAGES = ("stages:\n"
          "  - convolve: {kernel: {gaussian: {sigma: 1.5}}, boundary: reflect}\n"
          "  - convolve: {kernel: dense.npy, boundary: symmetric}\n")
TOLERANCE = 1e-6  # of each stage, in float32 (docs/pipelines.md)


class DaskTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("p.yaml", STAGES)
        values = np.random.default_rng(11)
        taps = values.random((7, 4, 9))  # an even extent too: its field is not in the middle
        np.save(self.path("dense.npy"), taps / taps.sum())
        self.volume = values.standard_normal((90, 70, 80)).astype("f4")
        zarr.save_array(self.path("in.zarr"), self.volume, chunks=(32, 32, 48))

    def run_example(self, *arguments):
        scratch = dict(os.environ, DASK_TEMPORARY_DIRECTORY=self.path("scratch"))  # else /tmp keeps its lock files
        return subprocess.run([sys.executable, "-B", EXAMPLE, *arguments, "--workers", "2"], cwd=self.folder,
                              env=scratch, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def test_blocks_with_halos_give_what_the_whole_gives(self):
        result = self.run_example("p.yaml", "in.zarr", "out.zarr")
        self.assertEqual(result.returncode, 0, result.stderr)
        blocks = zarr.open(self.path("out.zarr"), mode="r")
        self.assertEqual((blocks.shape, blocks.chunks, blocks.dtype), ((90, 70, 80), (32, 32, 48), np.float32))
        whole = faltung.Pipeline.load(self.path("p.yaml")).run(self.volume)
        # Both may err by the tolerance in both stages; these average, so that no error grows.
        bound = 2 * 2 * TOLERANCE * np.abs(self.volume).max()
        self.assertLess(np.abs(blocks[:] - whole).max(), bound)
        self.assertGreater(np.abs(whole).max(), 1000 * bound)
        # And the halo is needed: without one, blocks differ at their edges.
        alone = faltung.Pipeline.load(self.path("p.yaml")).run(self.volume[:32])
        self.assertGreater(np.abs(alone - whole[:32]).max(), bound)

    def test_what_no_halo_makes_right_is_refused(self):
        for stage, words in (("convolve: {kernel: dense.npy, boundary: wrap}", "other end"),
                             ("pool: {kind: max, size: 2, stride: 2}", "keep channels and extents")):
            self.write("p.yaml", "stages:\n  - " + stage + "\n")
            result = self.run_example("p.yaml", "in.zarr", "out.zarr")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(words, result.stderr)
            self.assertFalse(os.path.exists(self.path("out.zarr")))


if __name__ == "__main__":
    unittest.main()
