"""NIfTI files of Debian's packages through the program, read back by nibabel, filtered by SciPy."""

import gzip
import os
import subprocess
import sys
import unittest

from program import PROGRAM, ProgramTest

try:
    import nibabel
    import numpy as np
    from scipy import ndimage
except ImportError as missing:
    print(missing)
    sys.exit(77)

EDGE_CASES = os.path.join(os.path.dirname(nibabel.__file__), "tests", "data")
TEMPLATES = "/usr/share/mricron/templates"
IDENTITY = "stages:\n  - gain: {db: 0}\n"
GAUSSIAN = "stages:\n  - convolve: {kernel: {gaussian: {sigma: 2}}}\n"


def content(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return file.read()


class Nifti(ProgramTest):
    def through(self, pipeline, path, output):
        self.write("pipeline.yaml", pipeline)
        self.succeed("run", "pipeline.yaml", path, "-o", output)
        return nibabel.load(self.path(output))

    def returns(self, folder, name):
        path = self.needed(folder, name)
        self.through(IDENTITY, path, name)
        self.assertTrue(content(self.path(name)) == content(path), name + " changed")

    def test_big_endian_integers_return_byte_for_byte(self):
        self.returns(EDGE_CASES, "anatomical.nii")

    def test_time_points_return_byte_for_byte(self):
        self.returns(EDGE_CASES, "example4d.nii.gz")

    def test_version_2_returns_byte_for_byte(self):
        self.returns(EDGE_CASES, "example_nifti2.nii.gz")

    def test_templates_return_byte_for_byte(self):
        self.returns(TEMPLATES, "ch2bet.nii.gz")
        self.returns(TEMPLATES, "inia19-t1-brain.nii.gz")

    def test_scaled_integers_are_meant_and_said(self):
        path = self.needed(EDGE_CASES, "functional.nii")
        self.write("pipeline.yaml", IDENTITY)
        said = self.succeed("run", "pipeline.yaml", path, "-o", "out.nii").stderr.decode()
        self.assertIn("its numbers are scaled: times 0.0754", said)
        before, after = nibabel.load(path), nibabel.load(self.path("out.nii"))
        self.assertEqual(after.get_data_dtype(), np.float32)
        self.assertEqual((after.dataobj.slope, after.dataobj.inter), (1, 0))
        np.testing.assert_allclose(after.get_fdata(), before.get_fdata(), rtol=2e-7)
        np.testing.assert_array_equal(after.affine, before.affine)
        self.assertEqual(after.header.get_zooms(), before.header.get_zooms())
        self.assertEqual(after.header.get_xyzt_units(), before.header.get_xyzt_units())

    def gaussian(self, folder, name, output, rounding=0):
        path = self.needed(folder, name)
        before, after = nibabel.load(path), self.through(GAUSSIAN, path, output)
        volume = before.get_fdata()
        want = np.empty_like(volume)
        for t in np.ndindex(volume.shape[3:]):
            want[(...,) + t] = ndimage.gaussian_filter(volume[(...,) + t], 2, mode="mirror")
        tolerance = 1e-6 * np.abs(volume).max() + rounding
        np.testing.assert_allclose(after.get_fdata(), want, rtol=0, atol=tolerance)
        np.testing.assert_array_equal(after.affine, before.affine)
        self.assertEqual(after.header.get_zooms(), before.header.get_zooms())

    def test_gaussian_of_a_packed_template_is_scipys(self):
        self.gaussian(TEMPLATES, "inia19-t1-brain.nii.gz", "out.nii")

    def test_gaussian_of_every_time_point_is_scipys(self):
        self.gaussian(EDGE_CASES, "functional.nii", "out.nii.gz")

    def test_gaussian_of_integers_is_scipys_rounded(self):
        self.gaussian(TEMPLATES, "ch2bet.nii.gz", "out.nii.gz", 0.5)

    def test_pooling_halves_the_grid_and_stays_in_place(self):
        path = self.needed(EDGE_CASES, "anatomical.nii")
        before = nibabel.load(path)
        after = self.through("stages:\n  - pool: {kind: average, size: 2}\n", path, "out.nii")
        self.assertEqual(after.shape, tuple(n // 2 for n in before.shape))
        self.assertEqual(after.header.get_zooms(), tuple(2 * z for z in before.header.get_zooms()))
        for index in [(0, 0, 0), (3, 2, 1)]:  # the middle of eight voxels
            middle = before.affine @ np.append(np.multiply(index, 2) + 0.5, 1)
            np.testing.assert_allclose(after.affine @ np.append(index, 1), middle, atol=1e-4)
        np.testing.assert_allclose(after.get_qform(), after.get_sform(), atol=1e-3)

    def test_cropping_moves_the_origin_only(self):
        path = self.needed(EDGE_CASES, "example_nifti2.nii.gz")
        before = nibabel.load(path)
        after = self.through("stages:\n  - convolve: {kernel: {gaussian: {sigma: 0.5}}, mode: valid}\n",
                             path, "out.nii")
        cropped = (before.shape[0] - after.shape[0]) // 2
        self.assertGreater(cropped, 0)
        np.testing.assert_array_equal(after.header.get_zooms(), before.header.get_zooms())
        np.testing.assert_allclose(after.affine @ [0, 0, 0, 1],
                                   before.affine @ [cropped, cropped, cropped, 1], atol=1e-4)

    def test_memory_does_not_grow_with_the_volume(self):
        self.write("pipeline.yaml", GAUSSIAN)
        peaks = []
        for slices in [512, 2048]:  # 8 and 32 million voxels, in slabs of one
            volume = np.zeros((128, 128, slices), np.uint8)
            volume[::7, ::5, ::3] = 100
            nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), self.path("in.nii.gz"))
            peaks.append(self.peak_kib("run", "pipeline.yaml", "in.nii.gz", "-o", "out.nii.gz"))
        self.assertLess(peaks[1], peaks[0] + 8 * 1024, peaks)

    def peak_kib(self, *arguments):
        child = subprocess.Popen([PROGRAM, *arguments], cwd=self.folder)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 0)
        return usage.ru_maxrss


if __name__ == "__main__":
    unittest.main()
