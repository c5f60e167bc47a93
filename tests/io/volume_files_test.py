"""One volume through every format: place, spacing and numbers survive, as nibabel and teem read them."""

import os
import subprocess
import sys
import unittest

from program import ProgramTest

try:
    import nibabel
    import numpy as np
except ImportError as missing:
    print(missing)
    sys.exit(77)

EDGE_CASES = os.path.join(os.path.dirname(nibabel.__file__), "tests", "data")
TEMPLATES = "/usr/share/mricron/templates"
ITK = "/usr/share/doc/insighttoolkit5-examples/examples/Data"
IDENTITY = "stages:\n  - gain: {db: 0}\n"
POOL = "stages:\n  - pool: {kind: average, size: 2}\n"


class Volumes(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", IDENTITY)
        self.write("pool.yaml", POOL)

    def through(self, path, *names, pipeline="same.yaml"):
        for name in names:
            self.succeed("run", pipeline, path, "-o", name)
            path, pipeline = name, "same.yaml"
        return nibabel.load(self.path(path))

    def survives(self, path, *formats):
        before = nibabel.load(path)
        after = self.through(path, *[f"{i}.{f}" for i, f in enumerate(formats)], "out.nii.gz")
        self.assertEqual(after.get_data_dtype(), before.get_data_dtype().newbyteorder("<"))
        np.testing.assert_array_equal(after.get_fdata(), before.get_fdata())
        np.testing.assert_allclose(after.affine, before.affine, atol=2e-5)
        np.testing.assert_allclose(after.get_qform(), before.affine, atol=2e-4)
        np.testing.assert_allclose(after.header.get_zooms(), before.header.get_zooms(), rtol=1e-6)

    def test_an_upright_volume_survives_every_format(self):
        path = self.needed(TEMPLATES, "inia19-t1-brain.nii.gz")
        self.survives(path, "nrrd", "mha", "nhdr", "mhd", "nii", "mha", "nrrd")

    def test_time_points_of_an_oblique_volume_survive_every_format(self):
        path = self.needed(EDGE_CASES, "example4d.nii.gz")
        self.survives(path, "nrrd", "mha", "nhdr", "mhd", "nii", "mha", "nrrd")

    def test_big_endian_integers_survive_every_format(self):
        path = self.needed(EDGE_CASES, "anatomical.nii")
        before = nibabel.load(path)
        after = self.through(path, "a.nrrd", "a.mha", "out.nii")
        np.testing.assert_array_equal(after.get_fdata(), before.get_fdata())
        np.testing.assert_allclose(after.affine, before.affine, atol=1e-4)

    def test_a_halved_grid_is_the_same_in_every_format(self):
        path = self.needed(EDGE_CASES, "example_nifti2.nii.gz")
        direct = self.through(path, "direct.nii", pipeline="pool.yaml")
        for name in ["a.nrrd", "a.mha"]:
            after = self.through(path, name, "out.nii", pipeline="pool.yaml")
            np.testing.assert_array_equal(after.get_fdata(), direct.get_fdata())
            np.testing.assert_allclose(after.affine, direct.affine, atol=1e-4)
            inside = self.through(name, "half." + name, "out.nii", pipeline="pool.yaml")
            twice = self.through("direct.nii", "twice.nii", pipeline="pool.yaml")
            np.testing.assert_allclose(inside.affine, twice.affine, atol=1e-4)

    def test_teem_reads_what_is_written_as_nrrd(self):
        path = self.needed(TEMPLATES, "inia19-t1-brain.nii.gz")
        self.succeed("run", "same.yaml", path, "-o", "a.nrrd")
        command = ["teem-unu", "save", "-f", "nrrd", "-e", "raw", "-en", "big", "-i", "a.nrrd"]
        try:
            subprocess.run(command + ["-o", "teem.nrrd"], cwd=self.folder, check=True)
        except FileNotFoundError:
            self.skip("teem-unu is missing")
        after = self.through("teem.nrrd", "out.nii")
        before = nibabel.load(path)
        np.testing.assert_array_equal(after.get_fdata(), before.get_fdata())
        np.testing.assert_allclose(after.affine, before.affine, atol=1e-6)

    def test_itks_example_images_return(self):
        for name in ["BrainProtonDensitySliceBorder20DirectionPlus30.nhdr",
                     "BrainProtonDensitySliceShifted13x17y.nhdr"]:
            path = self.needed(ITK, name)
            self.succeed("run", "same.yaml", path, "-o", name)
            with open(path, "rb") as file:
                self.assertEqual(self.read(name), file.read())
        for name in ["BrainProtonDensitySliceBorder20DirectionPlus30.mhd",
                     "CorpusCallosumMeanShape.mha", "BrainProtonDensity3Slices.mha"]:
            path = self.needed(ITK, name)
            self.succeed("run", "same.yaml", path, "-o", name)
            self.succeed("run", "same.yaml", path, "-o", "a.npy")
            self.succeed("run", "same.yaml", name, "-o", "b.npy")
            self.assertEqual(self.read("a.npy"), self.read("b.npy"))

    def test_a_turned_image_keeps_its_directions_between_itks_formats(self):
        path = self.needed(ITK, "BrainProtonDensitySliceBorder20DirectionPlus30.nhdr")
        self.succeed("run", "same.yaml", path, "-o", "a.mha")
        self.assertIn(b"TransformMatrix = 0.866025", self.read("a.mha"))
        self.succeed("run", "same.yaml", "a.mha", "-o", "b.nrrd")
        self.assertIn(b"space dimension: 2\n", self.read("b.nrrd"))
        self.assertIn(b"space directions: (0.866025,0.5) (-0.5,0.866025)\n", self.read("b.nrrd"))


if __name__ == "__main__":
    unittest.main()
