"""faltung design: kernel files and pictures of their responses."""

import struct
import unittest
import zlib

from program import ProgramTest


def png_parts(content):
    """Width, height, and the unpacked bytes of the rows."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        if kind == b"IDAT":
            data += content[at + 8:at + 8 + size]
        at += 12 + size
    return *struct.unpack(">II", content[16:24]), zlib.decompress(data)


class Design(ProgramTest):
    def test_lowpass_to_sound_with_its_picture(self):
        said = self.succeed("design", "lowpass", "--cutoff-hz", "4000", "--taps", "511",
                            "-o", "low.wav", "--plot", "low.png").stdout.decode()
        self.assertEqual(said, "low.wav: lowpass, 511 taps at 48000 Hz; its response: low.png\n")
        self.assertIn(struct.pack("<I", 48000), self.read("low.wav")[:64])
        width, height, rows = png_parts(self.read("low.png"))
        self.assertEqual(width, 1200)
        self.assertEqual(len(rows), height * (1 + 3 * width))
        self.assertGreater(len(set(rows)), 20)

    def test_image_kernel_as_text(self):
        self.succeed("design", "laplace", "-o", "k.txt")
        rows = [[float(n) for n in line.split()] for line in self.read("k.txt").splitlines()]
        self.assertEqual(rows, [[0, 1, 0], [1, -4, 1], [0, 1, 0]])

    def test_help_names_every_design_and_its_parameters(self):
        text = self.succeed("design", "--help").stdout.decode()
        for word in ["\n  lowpass ", "\n      cutoff_hz ", "\n  sobel-x ", "kaiser, hann"]:
            self.assertIn(word, text)

    def test_rank_and_parameters_with_equals(self):
        self.succeed("design", "gaussian", "--sigma=2", "--rank", "3", "-o", "k.npy", "-q")
        self.assertIn(b"(17, 17, 17)", self.read("k.npy"))

    def test_sound_file_gets_one_axis(self):
        said = self.succeed("design", "gaussian", "--sigma", "2", "-o", "k.wav").stdout.decode()
        self.assertEqual(said, "k.wav: gaussian, 17 taps\n")

    def test_sound_file_refuses_image_kernels(self):
        self.refused(2, "k.wav: a sound holds kernels of one axis; this sobel-y has 2",
                     "design", "sobel-y", "-o", "k.wav")

    def test_wrong_designs_are_refused_and_leave_nothing(self):
        self.refused(2, "unknown design 'lowpas'; did you mean 'lowpass'?",
                     "design", "lowpas", "-o", "k.wav")
        self.refused(2, "lowpass: needs cutoff_hz", "design", "lowpass", "-o", "k.wav")
        self.refused(2, "unknown parameter 'cutof_hz'; it takes cutoff_hz",
                     "design", "lowpass", "--cutof-hz", "3", "-o", "k.wav")
        self.refused(2, "cutoff_hz of 30000 Hz at a rate of 48000 Hz", "design", "lowpass",
                     "--cutoff-hz", "30000", "-o", "k.wav", "--plot", "k.png")
        self.refused(2, "k.jpg: a plot is a picture, its name must end in .png", "design",
                     "laplace", "-o", "k.npy", "--plot", "k.jpg")
        self.refused(2, "the kernel and its picture need different files", "design", "laplace",
                     "-o", "k.png", "--plot", "./k.png")

    def test_unwritable_output_or_plot_leaves_neither(self):
        self.refused(4, "nowhere/k.npy", "design", "laplace", "-o", "nowhere/k.npy")
        self.refused(4, "nowhere/k.npy", "design", "laplace", "-o", "nowhere/k.npy",
                     "--plot", "k.png")
        self.refused(4, "nowhere/k.png", "design", "laplace", "-o", "k.npy",
                     "--plot", "nowhere/k.png")


if __name__ == "__main__":
    unittest.main()
