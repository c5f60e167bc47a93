"""faltung.Pipeline runs, explains and reports what `faltung` runs, explains and reports."""
import pathlib
import tempfile
import unittest

import numpy as np

from faltung import Pipeline, ndimage, signal
from signal_test import Compared, noise

NET = """stages:
  - convolve: {kernel: {gaussian: {sigma: 2}}}
  - pool: {kind: max, size: 2}
  - parallel:
      merge: magnitude
      branches:
        - [convolve: {kernel: sobel-x, boundary: reflect}]
        - [convolve: {kernel: sobel-y, boundary: reflect}]
"""


class WithFiles(Compared):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def load(self, text, name="test.yaml"):
        path = self.folder / name
        path.write_text(text)
        return Pipeline.load(path)


class Runs(WithFiles):
    def test_a_series_with_its_tail(self):
        pipeline = self.load("stages: [convolve: {kernel: [1, -2, 3]}, gain: {db: 6}]")
        for dtype in (np.float32, np.float64):
            x = noise(200000, dtype)
            self.assert_same(pipeline.run(x, rate=48000),
                             (signal.convolve(x.astype(float), [1.0, -2, 3]) * 10 ** 0.3)
                             .astype(dtype))

    def test_channels_along_any_axis(self):
        pipeline = self.load("rate: 8000\nstages: [convolve: {kernel: [1, -2, 3]}]")
        x = noise((900, 2))
        wanted = np.stack([pipeline.run(x[:, c]) for c in range(2)], axis=1)
        np.testing.assert_array_equal(pipeline.run(x, channel_axis=1), wanted)
        np.testing.assert_array_equal(pipeline.run(x, channel_axis=-1), wanted)
        np.testing.assert_array_equal(pipeline.run(x.T, channel_axis=0), wanted.T)

    def test_images_and_volumes(self):
        pipeline = self.load("stages: [correlate: {kernel: {gaussian: {sigma: 1}}}]")
        image = noise((50, 60))
        self.assert_same(pipeline.run(image),
                         ndimage.gaussian_filter(image, 1, mode="mirror"))
        rgb = noise((50, 60, 3), np.float32)
        self.assertEqual(pipeline.run(rgb, channel_axis=2).shape, rgb.shape)
        self.assertEqual(pipeline.run(noise((9, 10, 11))).shape, (9, 10, 11))

    def test_several_channels_of_one(self):
        pipeline = self.load("stages: [correlate: {kernel: [[[1, 2]], [[3, 4]]], mode: valid}]")
        self.assertEqual(pipeline.run(noise(30), rate=100).shape, (2, 29))

    def test_other_types_keep_their_values(self):
        pipeline = self.load("stages: [gain: {db: 0}]")
        for given, kept in [(np.uint8, np.float32), (np.int16, np.float32), (bool, np.float32),
                            (np.int32, np.float64)]:
            result = pipeline.run(np.array([[0, 1], [1, 1]], given))
            self.assertEqual(result.dtype, kept)
            np.testing.assert_array_equal(result, [[0, 1], [1, 1]])

    def test_twice_gives_the_same(self):
        pipeline, x = self.load(NET), noise((48, 64), np.float32)
        np.testing.assert_array_equal(pipeline.run(x), pipeline.run(x))


class Explains(WithFiles):
    def test_as_text(self):
        text = self.load(NET).explain((1, 48, 64))
        for words in ["test.yaml: 1 channel, 48x64, float32", "receptive field 17x17",
                      "1 channel, 24x32, float32", "all stages:", "MFLOP in all", "moved"]:
            self.assertIn(words, text)

    def test_for_the_first_usual_signal(self):
        pipeline = self.load("stages: [convolve: {kernel: [1, 2]}]")
        self.assertIn("2 channels, 48000 Hz, 480000 frames", pipeline.explain())
        self.assertIn("in blocks of 64", pipeline.explain(block=64))

    def test_as_data(self):
        report = self.load(NET).report((1, 48, 64))
        self.assertEqual([s["number"] for s in report["stages"]], ["1", "2", "3", "3.1", "3.2"])
        whole = report["whole"]
        self.assertEqual(whole["receptive_field_of_input"], [22, 22])
        self.assertEqual(whole["effective_stride"], [2, 2])
        self.assertEqual(whole["output"]["shape"], [1, 24, 32])
        self.assertEqual(whole["bytes_moved"], sum(
            s["bytes_moved"] for s in report["stages"] if s["number"] != "3"))
        first = report["stages"][0]
        self.assertIn(first["algorithm"], [c["solver"] for c in first["candidates"]])
        self.assertEqual(first["flops"], 2 * 289 * 48 * 64)


class Refusals(WithFiles):
    def test_name_the_place_in_the_file(self):
        with self.assertRaisesRegex(ValueError, "test.yaml:2:5: unknown stage 'convolv'"):
            self.load("stages:\n  - convolv: {kernel: [1]}")
        with self.assertRaisesRegex(ValueError, "nowhere.yaml: No such file"):
            Pipeline.load("nowhere.yaml")

    def test_of_arrays(self):
        pipeline = self.load("stages: [gain: {db: 0}]")
        for kind, pattern, arguments, options in [
                (ValueError, "array has shape .3, 0.; allowed", (np.ones((3, 0)),), {}),
                (ValueError, "channel_axis = 2; allowed for 1 axes", (np.ones(3),),
                 dict(channel_axis=2)),
                (TypeError, "complex128; allowed: real", (np.ones(3) * 1j,), {}),
                (ValueError, "rate = 0.0; allowed: above 0", (np.ones(3), 0), {})]:
            with self.subTest(pattern), self.assertRaisesRegex(kind, pattern):
                pipeline.run(*arguments, **options)
        with self.assertRaisesRegex(ValueError, "shape = 0; allowed: 1 to"):
            pipeline.explain((0, 3))


if __name__ == "__main__":
    unittest.main()
