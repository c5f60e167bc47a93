"""--preview: a picture of before and after, of real and made images and volumes."""

import os
import struct
import unittest
import zlib

from program import BLUR, GAIN, ProgramTest, npy, png, wav

HEAD = "/usr/share/mricron/templates/ch2.nii.gz"


def pixels(content):
    """Rows of (red, green, blue) of an 8-bit PNG of three channels."""
    at, data, size = 8, b"", None
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if kind == b"IHDR":
            size = struct.unpack_from(">II", content, at + 8)
        if kind == b"IDAT":
            data += content[at + 8:at + 8 + length]
        at += 12 + length
    raw, (width, height) = zlib.decompress(data), size
    rows, former = [], bytearray(3 * width)
    for y in range(height):
        line = raw[y * (3 * width + 1):(y + 1) * (3 * width + 1)]
        former = unfiltered(line[0], bytearray(line[1:]), former)
        rows.append([tuple(former[i:i + 3]) for i in range(0, len(former), 3)])
    return rows


def unfiltered(kind, line, above):
    """PNG, 9.2: none, left, up, mean, Paeth."""
    for i in range(len(line)):
        a = line[i - 3] if i >= 3 else 0
        b, c = above[i], above[i - 3] if i >= 3 else 0
        p = a + b - c
        paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        line[i] = line[i] + (0, a, b, (a + b) // 2, paeth)[kind] & 255
    return line


class Previews(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)
        self.write("blur.yaml", BLUR)

    def test_image_before_and_after_at_one_contrast(self):
        self.write("in.png", png([[0] * 40 + [200] * 40] * 60))
        self.succeed("run", "gain.yaml", "in.png", "-o", "out.png", "--preview", "p.png")
        picture = pixels(self.read("p.png"))
        row = picture[118 + 200]
        greys = sorted({r for r, g, b in row if r == g == b})
        self.assertEqual(greys[0], 0)
        self.assertTrue(any(abs(g - 128) <= 1 for g in greys), greys)  # 100 of 200
        before, after = row[:len(row) // 2], row[len(row) // 2:]
        self.assertGreater(sum(p == (0, 0, 0) for p in before), 250)
        self.assertGreater(sum(abs(p[0] - 128) <= 1 for p in after), 250)

    def test_output_is_the_same_with_and_without(self):
        self.write("in.npy", npy((9, 20, 30), os.urandom(9 * 20 * 30 * 2), kind="<u2"))
        self.succeed("run", "blur.yaml", "in.npy", "-o", "a.npy")
        self.succeed("run", "blur.yaml", "in.npy", "-o", "b.npy", "--preview", "p.png", "--slab", "2")
        self.assertEqual(self.read("a.npy"), self.read("b.npy"))
        self.succeed("run", "blur.yaml", "in.npy", "-o", "b.npy", "--preview", "q.png")
        self.assertEqual(self.read("p.png"), self.read("q.png"))  # however it was cut

    def test_real_head_stands_upright(self):
        if not os.path.exists(HEAD):
            self.skipTest("mricron-data is not installed")
        self.succeed("run", "blur.yaml", HEAD, "-o", "out.nii.gz", "--preview", "p.png")
        picture = pixels(self.read("p.png"))
        # The coronal plane of "before": 225 pixels wide and high, beside the axial one. At its lower
        # end is the neck, which fills it; at its upper end the skull leaves both corners dark.
        left = 30 + 225 + 14
        bright = lambda y: sum(p[0] > 60 for p in picture[118 + y][left:left + 225])
        self.assertLess(bright(10), 100)
        self.assertGreater(bright(200), 130)

    def test_pattern_for_many(self):
        self.write("a.png", png([[1, 2], [3, 4]]))
        self.write("b.png", png([[1, 2], [3, 4]]))
        for pattern, made in (("{name}_p.png", "a_p.png b_p.png"), ("seen/{name}.png", "seen/a.png seen/b.png")):
            self.succeed("run", "gain.yaml", "a.png", "b.png", "-o", "out/", "--preview", pattern)
            for name in made.split():
                self.assertIn(name, self.files())

    def test_refusals_before_work(self):
        self.write("a.png", png([[1, 2], [3, 4]]))
        self.write("b.png", png([[1, 2], [3, 4]]))
        self.write("s.wav", wav([1000]))
        one = ["run", "gain.yaml", "a.png", "-o", "o.png", "--preview"]
        self.refused(2, "must end in .png", *one, "p.jpg")
        self.refused(2, "another preview or an output", *one, "./o.png")
        self.refused(2, "is the same file as 'a.png'", *one, "a.png")
        self.refused(4, "there is no folder 'gone'", *one, "gone/p.png")
        self.refused(2, "--preview shows a whole output", *one, "p.png", "--shard", "1/2")
        self.refused(2, "previews by a pattern", "run", "gain.yaml", "a.png", "b.png", "-o", "out/",
                     "--preview", "p.png")
        self.refused(2, "a preview shows images and volumes", "run", "gain.yaml", "s.wav", "-o",
                     "t.wav", "--preview", "p.png")


if __name__ == "__main__":
    unittest.main()
