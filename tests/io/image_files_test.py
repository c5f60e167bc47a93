"""Images and stacks through the program, written and read by tifffile and scikit-image."""

import os
import sys
import unittest

from program import ProgramTest

try:
    import numpy as np
    import skimage
    import tifffile
except ImportError as missing:
    print(missing)
    sys.exit(77)

PICTURES = os.path.join(os.path.dirname(skimage.__file__), "data")
TEMPLATES = "/usr/share/mricron/templates"


def numbers(shape, dtype):
    return (np.arange(np.prod(shape)).reshape(shape) * 37 % 251).astype(dtype)


class Tiff(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.write("pool.yaml", "stages:\n  - pool: {kind: average, size: 2}\n")

    def through(self, path, out="out.tif", pipeline="same.yaml"):
        self.succeed("run", pipeline, path, "-o", out)
        return tifffile.TiffFile(self.path(out))

    def made(self, array, name="in.tif", **options):
        tifffile.imwrite(self.path(name), array, **options)
        return name

    def check_stack(self, axes, array, before, options, spacing=None):
        """Through the program, the same array with the same axes, as tifffile says."""
        name = self.made(array, metadata={"axes": before, **options.pop("metadata", {})}, **options)
        with self.through(name) as after:
            series = after.series[0]
            self.assertTrue(after.is_ome)
            self.assertEqual(series.axes, axes)
            self.assertEqual(series.dtype, array.dtype)
            np.testing.assert_array_equal(series.asarray().reshape(array.shape), array)
            pixels = tifffile.xml2dict(after.ome_metadata)["OME"]["Image"]["Pixels"]
            for key, value in (spacing or {}).items():
                self.assertEqual(pixels[key], value)

    def test_imagej_hyperstacks_keep_axes_and_spacing(self):
        for shape, axes in [((3, 4, 2, 7, 9), "TZCYX"), ((4, 2, 7, 9), "ZCYX"), ((3, 4, 7, 9), "TZYX"),
                            ((4, 7, 9), "ZYX"), ((3, 7, 9), "TYX")]:
            for dtype in ["uint8", "uint16", "float32"]:
                for byteorder in "<>":
                    spacing = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25}
                    if "Z" in axes:
                        spacing["PhysicalSizeZ"] = 3.5
                    options = {"imagej": True, "byteorder": byteorder, "resolution": (2, 4),
                               "metadata": {"spacing": 3.5, "unit": "um", "finterval": 0.5}}
                    self.check_stack(axes, numbers(shape, dtype), axes, options, spacing)

    def test_ome_stacks_in_any_order_of_planes(self):
        for axes, shape in [("TZCYX", (3, 4, 2, 7, 9)), ("CTZYX", (2, 3, 4, 7, 9)),
                            ("ZTCYX", (4, 3, 2, 7, 9)), ("CZTYX", (2, 4, 3, 7, 9))]:
            array = numbers(shape, "uint16")
            name = self.made(array, "in.ome.tif", ome=True, metadata={"axes": axes})
            with self.through(name) as after:
                self.assertEqual(after.series[0].axes, "TZCYX")
                order = [axes.index(axis) for axis in "TZCYX"]
                np.testing.assert_array_equal(after.asarray(), array.transpose(order))

    def test_ome_keeps_sizes_types_and_units(self):
        for dtype in ["uint8", "int8", "uint16", "int16", "int32", "float32", "float64"]:
            sizes = {"PhysicalSizeX": 0.125, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.25,
                     "PhysicalSizeYUnit": "nm", "PhysicalSizeZ": 3.0, "PhysicalSizeZUnit": "mm",
                     "TimeIncrement": 0.5, "TimeIncrementUnit": "ms"}
            options = {"ome": True, "metadata": dict(sizes)}
            self.check_stack("TZCYX", numbers((3, 4, 2, 7, 9), dtype), "TZCYX", options, sizes)

    def test_planes_of_tiles_in_bigtiff_and_colours(self):
        options = {"ome": True, "bigtiff": True, "tile": (16, 16), "compression": "zlib",
                   "predictor": True}
        self.check_stack("ZCYX", numbers((4, 2, 33, 50), "uint16"), "ZCYX", options)
        options = {"ome": True, "photometric": "rgb"}
        self.check_stack("ZYXS", numbers((4, 7, 9, 3), "uint8"), "ZYXS", options)

    def test_wide_pages_are_tiled(self):
        for shape, dtype in [((700, 5000), "uint8"), ((512, 4352, 3), "uint16"), ((257, 4097), "float64"),
                             ((300, 4100, 4), "float32")]:
            array = numbers(shape, dtype)
            with self.through(self.made(array)) as after:
                page = after.pages[0]
                self.assertTrue(page.is_tiled, shape)
                self.assertEqual((page.tilelength, page.tilewidth), (256, 256))
                np.testing.assert_array_equal(after.asarray(), array)
            with self.through("out.tif", "again.tif") as again:
                np.testing.assert_array_equal(again.asarray(), array)

    def test_pages_that_a_screen_holds_have_strips(self):
        for shape in [(700, 4096), (256, 5000)]:
            with self.through(self.made(numbers(shape, "uint8"))) as after:
                self.assertFalse(after.pages[0].is_tiled)

    def test_slices_and_channels_of_wide_stacks_are_tiled(self):
        array = numbers((2, 2, 300, 4200), "uint16")
        name = self.made(array, ome=True, metadata={"axes": "ZCYX"})
        with self.through(name) as after:
            self.assertTrue(after.is_ome and all(page.is_tiled for page in after.pages))
            np.testing.assert_array_equal(after.asarray(), array)
        with self.through("out.tif", "again.tif") as again:
            np.testing.assert_array_equal(again.asarray(), array)

    def test_a_row_of_tiles_stays_small(self):
        array = numbers((300, 33000, 4), "float32")
        with self.through(self.made(array)) as after:
            self.assertEqual((after.pages[0].tilelength, after.pages[0].tilewidth), (64, 256))
            np.testing.assert_array_equal(after.asarray(), array)

    def test_a_picture_of_channels_in_pages(self):
        array = numbers((5, 40, 30), "uint16")
        name = self.made(array, ome=True, metadata={"axes": "CYX"})
        with self.through(name) as after:
            self.assertEqual(after.series[0].axes, "YXS")
            np.testing.assert_array_equal(after.asarray().transpose(2, 0, 1), array)

    def test_unsigned_integers_of_32_bits_and_halves(self):
        for dtype in ["uint32", "float16"]:
            for planar in ["contig", "separate"]:
                array = (numbers((3, 20, 30), "float64") * 8).astype(dtype)
                stored = array if planar == "separate" else array.transpose(1, 2, 0)
                name = self.made(stored, planarconfig=planar, photometric="rgb", byteorder=">")
                with self.through(name) as after:
                    np.testing.assert_array_equal(after.asarray().transpose(2, 0, 1), array)
        top = np.full((2, 2), 2**32 - 1, "uint32")
        with self.through(self.made(top)) as after:
            np.testing.assert_array_equal(after.asarray(), top.astype("float64"))

    def test_resolution_of_a_picture_follows_its_pixels(self):
        name = self.made(numbers((20, 30), "uint8"), resolution=(72, 144), resolutionunit="INCH",
                         description="a cat")
        with self.through(name, pipeline="pool.yaml") as after:
            tags = after.pages[0].tags
            per_inch = [tags[t].value[0] / tags[t].value[1] * 2.54 for t in ("XResolution", "YResolution")]
            np.testing.assert_allclose(per_inch, [36, 72], rtol=1e-6)
            self.assertEqual(tags["ResolutionUnit"].value, 3)
            self.assertEqual(tags["ImageDescription"].value, "a cat")
            self.assertFalse(after.is_ome)

    def test_a_volume_with_spacing_becomes_ome(self):
        path = self.needed(TEMPLATES, "inia19-t1-brain.nii.gz")
        with self.through(path) as after:
            self.assertEqual(after.series[0].axes, "ZYX")
            pixels = tifffile.xml2dict(after.ome_metadata)["OME"]["Image"]["Pixels"]
            self.assertEqual((pixels["PhysicalSizeZ"], pixels["PhysicalSizeX"]), (0.5, 0.5))
        self.succeed("run", "pool.yaml", "out.tif", "-o", "out.nii")
        self.succeed("run", "pool.yaml", path, "-o", "direct.nii")
        with open(self.path("out.nii"), "rb") as a, open(self.path("direct.nii"), "rb") as b:
            self.assertEqual(a.read()[352:], b.read()[352:])

    def test_a_type_that_is_asked_for_is_stored(self):
        name = self.made(numbers((4, 7, 9), "uint8"), photometric="minisblack")
        for kind, dtype in [("u8", "uint8"), ("i8", "int8"), ("u16", "uint16"), ("i16", "int16"),
                            ("i32", "int32"), ("f32", "float32"), ("f64", "float64")]:
            self.succeed("run", "same.yaml", name, "-o", "out.tif", "--type", kind, "--scale", "none")
            after = tifffile.imread(self.path("out.tif"))
            self.assertEqual(after.dtype, dtype)
            expected = np.clip(numbers((4, 7, 9), "uint8"), 0, 127 if kind == "i8" else 255)
            np.testing.assert_array_equal(after, expected)

    def test_stacks_and_pictures_of_scikit_image(self):
        for name in ["chessboard_GRAY_U16.tif", "chessboard_GRAY_U16B.tif", "_blobs_3d_fiji_skeleton.tif",
                     "multipage.tif", "multipage_rgb.tif"]:
            path = self.needed(PICTURES, name)
            with self.through(path) as after:
                before = tifffile.imread(path)
                before = np.moveaxis(before, 1, -1) if "rgb" in name else before  # planes apart
                np.testing.assert_array_equal(after.asarray(), before, name)


class HostileTiff(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")

    def is_refused(self, *words):
        self.refused(3, words, "run", "same.yaml", "in.tif", "-o", "out.tif")

    def describe(self, text, pages=6):
        with tifffile.TiffWriter(self.path("in.tif")) as out:
            for page in range(pages):
                out.write(numbers((7, 9), "uint8"), description=text if page == 0 else None,
                          metadata=None, contiguous=False)

    def ome(self, pixels, inside="", before=""):
        self.describe(f'<?xml version="1.0"?>{before}<OME ><Image><Pixels SizeX="9" SizeY="7" {pixels}>'
                      f"{inside}</Pixels></Image></OME>")

    def test_words_that_disagree_with_the_pages(self):
        self.describe("ImageJ=1.53t\nimages=600\nslices=600\n")
        self.is_refused("600 images", "6 pages")
        self.describe("ImageJ=1.53t\nimages=6\nslices=4\nchannels=2\n")
        self.is_refused("6 images (2 channels, 4 slices, 1 frames)")
        self.ome('SizeZ="4000000000" SizeC="4000000000" SizeT="4000000000"')
        self.is_refused("states 4000000000x4000000000x4000000000 planes, the file has 6 pages")
        self.ome('SizeZ="6" DimensionOrder="XYZCC"')
        self.is_refused("order 'XYZCC'")
        self.ome('SizeZ="3" SizeT="2"', '<TiffData IFD="0" FirstZ="0"/>')
        self.is_refused("names no page for some of its 2x3x1 planes")
        self.ome('SizeZ="6"', '<TiffData IFD="3" PlaneCount="6"/>')
        self.is_refused("in pages from 3 on")
        self.ome('SizeZ="6"', "<TiffData/><TiffData/>")
        self.is_refused("each stated once")
        self.ome('SizeZ="2"', '<TiffData IFD="0"><UUID FileName="a.tif"/></TiffData>'
                              '<TiffData IFD="0" FirstZ="1"><UUID FileName="b.tif"/></TiffData>')
        self.is_refused("several files")

    def test_xml_that_expands_or_does_not_end(self):
        self.ome('SizeZ="6"', before='<!DOCTYPE OME [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>')
        self.is_refused("DOCTYPE")
        self.ome('SizeZ="&a;"')
        self.is_refused("unknown entity '&a;'")
        self.describe('<OME ><Image><Pixels SizeX="9')
        self.is_refused("does not end")
        self.describe("<OME ><BinaryOnly MetadataFile='other.ome.xml'/></OME>")
        self.is_refused("in another file")
        self.ome('SizeZ="six"')
        self.is_refused("SizeZ", "six")


if __name__ == "__main__":
    unittest.main()
