"""Films of channels and volumes, [t, c, z, y, x], through a 3-D gaussian: SciPy's, item by item."""

import sys
import unittest

from program import ProgramTest

try:
    import h5py
    import nibabel
    import numpy as np
    import tifffile
    import zarr
    from scipy import ndimage
except ImportError as missing:
    print(missing)
    sys.exit(77)

SHAPE = (3, 2, 7, 19, 23)  # t, c, z, y, x
SCALE = [0.5, 1, 2.0, 0.25, 0.3]


class Written:
    """A film, written without the program."""

    @staticmethod
    def tif(path, film):
        tifffile.imwrite(path, film, ome=True, metadata={
            "axes": "TCZYX", "PhysicalSizeX": SCALE[4], "PhysicalSizeY": SCALE[3],
            "PhysicalSizeZ": SCALE[2], "TimeIncrement": SCALE[0], "TimeIncrementUnit": "s"})

    @staticmethod
    def zarr(path, film):
        group = zarr.open_group(path, mode="w")
        group.create_dataset("0", data=film, chunks=(1, 1, 3, 8, 23), dimension_separator="/")
        axes = [{"name": "t", "type": "time", "unit": "second"}, {"name": "c", "type": "channel"},
                *({"name": n, "type": "space", "unit": "micrometer"} for n in "zyx")]
        group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [
            {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": SCALE}]}]}]

    @staticmethod
    def h5(path, film):
        with h5py.File(path, "w") as file:
            data = file.create_dataset("film", data=film, chunks=(2, 1, 3, 8, 23), compression="gzip")
            for axis, name in enumerate("tczyx"):
                data.dims[axis].label = name
            data.attrs["element_size_um"] = SCALE[2:]

    @staticmethod
    def nii(path, film):
        image = nibabel.Nifti1Image(film.transpose(4, 3, 2, 0, 1), np.diag([*SCALE[:1:-1], 1]))
        image.header.set_zooms([*SCALE[:1:-1], SCALE[0], 1])
        image.header.set_xyzt_units("micron", "sec")
        nibabel.save(image, path)


class Read:
    """[t, c, z, y, x], spacing of t, z, y, x in seconds and micrometres."""

    @staticmethod
    def tif(path):
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
            spacing = [pixels.get("TimeIncrement", 1), *(pixels[f"PhysicalSize{n}"] for n in "ZYX")]
            assert series.axes == "TZCYX", series.axes
            return series.asarray().transpose(0, 2, 1, 3, 4), spacing

    @staticmethod
    def zarr(path):
        group = zarr.open_group(path, mode="r")
        image = group.attrs["multiscales"][0]
        assert [axis["name"] for axis in image["axes"]] == list("tczyx"), image["axes"]
        scale = image["datasets"][0]["coordinateTransformations"][0]["scale"]
        return group["0"][:], [scale[0], *scale[2:]]

    @staticmethod
    def h5(path):
        with h5py.File(path) as file:
            data = file["data"]
            assert [dimension.label for dimension in data.dims] == list("tczyx")
            return data[:], [SCALE[0], *data.attrs["element_size_um"]]  # has no place for time's

    @staticmethod
    def nii(path):
        image = nibabel.load(path)
        zooms = image.header.get_zooms()
        return np.asarray(image.dataobj).transpose(3, 4, 2, 1, 0), [zooms[3], *zooms[2::-1]]


class Films(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("blur.yaml", "stages:\n  - convolve: {kernel: {gaussian: {sigma: [1, 1.5, 2]}}}\n")
        self.film = np.random.default_rng(3).integers(0, 60000, SHAPE)

    def expected(self, film):
        blurred = np.empty(film.shape)
        for t, c in np.ndindex(film.shape[:2]):
            blurred[t, c] = ndimage.gaussian_filter(film[t, c].astype("f8"), (1, 1.5, 2), mode="mirror")
        return blurred

    def check(self, dtype, tolerance):
        film = self.film.astype(dtype)
        want = self.expected(film)
        for source in ["tif", "zarr", "h5", "nii"]:
            getattr(Written, source)(self.path(f"in.{source}"), film)
            for target in ["tif", "zarr", "h5", "nii"]:
                with self.subTest(f"{source} to {target}"):
                    self.succeed("run", "blur.yaml", f"in.{source}", "-o", f"out.{target}")
                    got, spacing = getattr(Read, target)(self.path(f"out.{target}"))
                    self.assertEqual(got.dtype, dtype)
                    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance)
                    expected = [SCALE[0] if source != "h5" else spacing[0], *SCALE[2:]]
                    np.testing.assert_allclose(spacing, expected, rtol=1e-6)

    def blurred(self, name, target, pipeline="blur.yaml"):
        """Through the gaussian, and as it is into a store where only the program reads the target."""
        self.succeed("run", pipeline, name, "-o", target)
        if not target.endswith("zarr"):
            self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
            self.succeed("run", "same.yaml", target, "-o", "same.zarr")
            target = "same.zarr"
        return zarr.open_group(self.path(target), mode="r")["0"][:]

    def test_films_pass_through_nrrd_and_metaimage(self):
        film = self.film.astype("float32")
        Written.tif(self.path("in.tif"), film)
        for target in ["film.nrrd", "film.mha"]:
            np.testing.assert_allclose(self.blurred("in.tif", target), self.expected(film), atol=0.06)

    def test_numbers_of_volumes_stay_in_every_type_of_a_tiff(self):
        self.write("same.yaml", "stages: []\n")
        volume = np.array([-1000, 0, 40, 127, 1000, 3000, 0, 30000]).reshape(2, 2, 2)
        for stored in ["int16", "float32"]:
            nibabel.save(nibabel.Nifti1Image(volume.T.astype(stored), np.eye(4)), self.path("ct.nii"))
            for name, dtype in [("u8", "u1"), ("u16", "u2"), ("i16", "i2"), ("i32", "i4"),
                                ("f32", "f4"), ("f64", "f8")]:
                with self.subTest(f"{stored} as {name}"):
                    self.succeed("run", "same.yaml", "ct.nii", "-o", "ct.tif", "--type", name)
                    info = np.iinfo(dtype) if dtype[0] != "f" else np.finfo(dtype)
                    want = np.clip(volume, info.min, info.max).astype(dtype)
                    got = tifffile.imread(self.path("ct.tif"))
                    self.assertEqual(got.dtype, dtype)
                    np.testing.assert_array_equal(got, want)

    def test_hyperstacks_of_imagej_are_told_apart_by_name(self):
        film = self.film.astype("uint16")
        tifffile.imwrite(self.path("in.tif"), film.transpose(0, 2, 1, 3, 4), imagej=True,
                         metadata={"axes": "TZCYX"})
        np.testing.assert_allclose(self.blurred("in.tif", "out.zarr"), self.expected(film), atol=0.51)

    def test_films_of_colours_in_any_order_of_axes(self):
        film = self.film[:, [0, 1, 1]].astype("uint8")
        tifffile.imwrite(self.path("in.tif"), np.moveaxis(film, 1, -1), ome=True, photometric="rgb",
                         metadata={"axes": "TZYXS"})
        np.testing.assert_allclose(self.blurred("in.tif", "out.zarr"), self.expected(film), atol=0.51)
        store = zarr.open_array(self.path("last.zarr"), mode="w", shape=np.moveaxis(film, 1, -1).shape,
                                chunks=(2, 3, 19, 9, 3), dtype="u1")
        store[:] = np.moveaxis(film, 1, -1)
        store.attrs["_ARRAY_DIMENSIONS"] = list("tzyxc")
        self.succeed("run", "blur.yaml", "last.zarr", "-o", "last-out.zarr")
        got = zarr.open_array(self.path("last-out.zarr"), mode="r")
        self.assertEqual(got.attrs["_ARRAY_DIMENSIONS"], list("tzyxc"))
        np.testing.assert_allclose(np.moveaxis(got[:], -1, 1), self.expected(film), atol=0.51)

    def test_films_of_pictures_are_blurred_picture_by_picture(self):
        self.write("flat.yaml", "stages:\n  - convolve: {kernel: {gaussian: {sigma: [1.5, 2]}}}\n")
        film = self.film[:, :, 0].astype("float32")
        tifffile.imwrite(self.path("in.tif"), film, ome=True, metadata={"axes": "TCYX"})
        want = ndimage.gaussian_filter(film.astype("f8"), (0, 0, 1.5, 2), mode="mirror")
        for target in ["out.zarr", "out.tif", "out.nrrd"]:
            got = self.blurred("in.tif", target, "flat.yaml")
            np.testing.assert_allclose(got, want, atol=0.06, err_msg=target)

    def test_floats_are_scipys_for_every_item_and_channel(self):
        self.check("float32", 60000 * 1e-6)

    def test_integers_are_scipys_rounded(self):
        self.check("uint16", 0.51)


if __name__ == "__main__":
    unittest.main()
