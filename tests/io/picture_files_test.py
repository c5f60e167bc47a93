"""PNG and JPEG of other programs through the program, as Pillow reads them; headers that lie."""

import glob
import os
import resource
import struct
import sys
import unittest
import zlib

from program import ProgramTest

try:
    import numpy as np
    import skimage
    from PIL import Image
except ImportError as missing:
    print(missing)
    sys.exit(77)

PICTURES = os.path.join(os.path.dirname(skimage.__file__), "data")
MEMORY = 1 << 30  # of address space: claims of hostile headers must not be believed


def expanded(image):
    """The numbers of a picture without palette, small bits and transparency by colour."""
    if image.mode == "1" or image.mode == "L" and "transparency" not in image.info:
        return np.array(image.convert("L"))
    if image.mode == "P":
        return np.array(image.convert("RGBA" if "transparency" in image.info else "RGB"))
    return np.array(image)


class Pictures(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.write("pool.yaml", "stages:\n  - pool: {kind: average, size: 2}\n")

    def through(self, path, out="out.png", pipeline="same.yaml"):
        result = self.succeed("run", pipeline, path, "-o", out)
        with Image.open(self.path(out)) as image:
            image.load()
            return image, result.stderr.decode()

    def same(self, path):
        with Image.open(os.path.join(self.folder, path)) as before:
            expected = expanded(before)
        after, _ = self.through(path)
        np.testing.assert_array_equal(np.array(after), expected, path)

    def test_every_png_of_scikit_image(self):
        paths = sorted(glob.glob(os.path.join(PICTURES, "*.png")))
        self.assertGreater(len(paths), 20)
        for path in paths:
            self.same(path)

    def test_bits_palettes_and_transparency(self):
        grays = (np.arange(35 * 50).reshape(35, 50) * 7 % 256).astype("u1")
        palette = Image.fromarray(grays % 16)
        palette.putpalette(bytes(range(48)), "RGB")
        palette = palette.convert("RGB").quantize(16)
        for bits in [1, 2, 4, 8]:
            few = Image.fromarray(grays).convert("RGB").quantize(2**bits)
            few.save(self.path("in.png"), bits=bits)
            self.same("in.png")
            few.save(self.path("in.png"), bits=bits, transparency=bytes([0] + [255] * (2**bits - 1)))
            self.same("in.png")
        wide = Image.fromarray((np.arange(35 * 50).reshape(35, 50) * 37).astype("u2"))
        wide.save(self.path("in.png"))
        np.testing.assert_array_equal(np.array(self.through("in.png")[0]), np.array(wide))

    def test_jpegs_are_what_pillow_reads(self):
        for name in ["rocket.jpg", "retina.jpg", "hubble_deep_field.jpg"]:
            path = self.needed(PICTURES, name)
            self.same(path)
            Image.open(path).convert("L").save(self.path("gray.jpg"), progressive=True)
            self.same("gray.jpg")

    def test_cmyk_is_refused_by_name(self):
        Image.new("CMYK", (20, 10)).save(self.path("in.jpg"))
        self.refused(3, "CMYK is not", "run", "same.yaml", "in.jpg", "-o", "out.png")

    def test_orientation_is_said_and_not_applied(self):
        picture = Image.fromarray(np.arange(200, dtype="u1").reshape(10, 20))
        for orientation in [1, 6]:
            exif = Image.Exif()
            exif[0x0112] = orientation
            picture.save(self.path("in.jpg"), exif=exif)
            after, said = self.through("in.jpg")
            self.assertEqual(after.size, (20, 10))
            self.assertEqual("EXIF orientation 6 is not applied" in said, orientation == 6)

    def test_exif_shorter_than_its_mark_is_no_orientation(self):
        Image.fromarray(np.arange(200, dtype="u1").reshape(10, 20)).save(self.path("in.jpg"))
        with open(self.path("in.jpg"), "rb") as file:
            picture = file.read()
        with open(self.path("in.jpg"), "wb") as file:  # the segment says 6 bytes, the mark is cut by the next
            file.write(picture[:2] + b"\xff\xe1\0\6Exif\0\0" + picture[2:])
        after, said = self.through("in.jpg")
        self.assertEqual(after.size, (20, 10))
        self.assertNotIn("EXIF", said)

    def test_resolution_goes_on_between_formats(self):
        picture = Image.fromarray(np.arange(200, dtype="u1").reshape(10, 20))
        picture.save(self.path("in.png"), dpi=(300, 150))
        for names in [("a.jpg", "a.png"), ("a.tif", "b.png"), ("b.jpg", "a.tif", "c.jpg", "d.png")]:
            path = "in.png"
            for name in names:
                after, _ = self.through(path, name)
                np.testing.assert_allclose(after.info["dpi"], (300, 150), rtol=2e-4)
                path = name
        after, _ = self.through("in.png", "half.png", "pool.yaml")
        np.testing.assert_allclose(after.info["dpi"], (150, 75), rtol=2e-4)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(cols, rows, depth, color, interlace, data):
    header = struct.pack(">IIBBBBB", cols, rows, depth, color, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


class HostilePictures(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")

    def is_refused(self, name, content, *words):
        self.write(name, content)
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        self.refused(3, words, "run", "same.yaml", name, "-o", "out.npy", preexec_fn=limit)

    def test_png_that_claims_more_than_it_holds(self):
        for interlace in [0, 1]:
            top = 2**31 - 1
            self.is_refused("in.png", png(top, top, 8, 2, interlace, bytes(100)),
                            f"header states {top}x{top} pixels", "bytes cannot hold them")
            self.is_refused("in.png", png(top, 1, 16, 6, interlace, bytes(100)), "cannot hold them")

    def test_png_that_unpacks_to_more_than_is_held(self):
        room = bytes(2_000_000)  # of packed data, as far as the header can tell
        self.is_refused("in.png", png(30000, 30000, 8, 0, 1, room), "30000x30000", "interlaced",
                        "900000000 bytes of memory")
        self.is_refused("in.png", png(2**31 - 1, 1, 1, 0, 0, room), "a row of a PNG", "2147483647 bytes of memory")

    def test_png_that_ends_early_or_breaks(self):
        good = png(40, 30, 8, 0, 0, zlib.compress(bytes(41 * 30)))
        for size in [9, 20, 40, len(good) - 20]:
            self.is_refused("in.png", good[:size])
        self.is_refused("in.png", png(40, 30, 8, 0, 0, b"\0" * 50), "corrupt")
        self.is_refused("in.png", png(40, 30, 8, 0, 0, zlib.compress(bytes(41 * 20))))

    def test_jpeg_that_claims_more_than_it_holds(self):
        for progressive in [False, True]:
            Image.new("RGB", (64, 64)).save(self.path("good.jpg"), progressive=progressive)
            data = bytearray(self.read("good.jpg"))
            frame = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
            data[frame + 5 : frame + 9] = struct.pack(">HH", 65500, 65500)
            self.is_refused("in.jpg", bytes(data), "65500x65500 pixels, ", "bytes are there")


if __name__ == "__main__":
    unittest.main()
