"""faltung run on files, folders and standard input."""

import os
import struct
import unittest

from program import (BLUR, FIR, GAIN, ProgramTest, float_wav, noise, npy, npy_data, npy_floats, png,
                     wav, wav_rate, wav_samples)


class Files(ProgramTest):
    def test_sound_is_halved_and_stays_16_bit(self):
        self.write("gain.yaml", GAIN)
        self.write("in.wav", wav([0, 2000, -4000, 20000], channels=2, rate=44100))
        result = self.succeed("run", "gain.yaml", "in.wav", "-o", "out.wav")
        self.assertEqual((result.stdout, result.stderr), (b"", b""))
        self.assertEqual(wav_samples(self.read("out.wav")), (0, 1000, -2000, 10000))
        self.assertEqual(sorted(self.files()), ["gain.yaml", "in.wav", "out.wav"])

    def test_short_form_convolves_with_a_kernel_file_and_flushes_the_tail(self):
        self.write("k.wav", float_wav([0.5, 0, 0.25]))
        self.write("in.wav", wav([4000, -8000]))
        self.succeed("run", "--kernel", "k.wav", "in.wav", "-o", "out.wav")
        self.assertEqual(wav_samples(self.read("out.wav")), (2000, -4000, 1000, -2000))

    def test_kernel_as_text(self):
        self.write("k.txt", "0.5\n0\n0.25\n")
        self.write("in.wav", wav([4000, -8000]))
        self.succeed("run", "--kernel", "k.txt", "in.wav", "-o", "out.wav")
        self.assertEqual(wav_samples(self.read("out.wav")), (2000, -4000, 1000, -2000))

    def test_named_kernel_on_an_image(self):
        self.write("in.png", png([[10, 10, 40], [10, 10, 40], [10, 10, 40]]))
        self.succeed("run", "--kernel", "sharpen", "in.png", "-o", "out.npy")
        # 5 x itself less its four neighbours; reflect continues 10 10 40 with 10 on both sides;
        # stored like the input in 8 bits, which have no -20
        self.assertEqual(npy_data(self.read("out.npy")), bytes([10, 0, 100] * 3))

    def test_volume(self):
        self.write("blur.yaml", "stages:\n  - convolve: {kernel: {box: {size: 3}}}\n")
        self.write("in.npy", npy((4, 3, 5), struct.pack("<60f", *([1.5] * 60))))
        self.succeed("run", "blur.yaml", "in.npy", "-o", "out.npy")
        for value in npy_floats(self.read("out.npy")):
            self.assertAlmostEqual(value, 1.5, places=5)

    def test_existing_output_is_replaced(self):
        self.write("gain.yaml", GAIN)
        self.write("in.wav", wav([2000]))
        self.write("out.wav", "something old")
        self.succeed("run", "gain.yaml", "in.wav", "-o", "out.wav")
        self.assertEqual(wav_samples(self.read("out.wav")), (1000,))

    def test_verbose_says_how_and_quiet_says_nothing(self):
        self.write("gain.yaml", GAIN)
        self.write("in.wav", wav([2000] * 480))
        said = self.succeed("run", "-v", "gain.yaml", "in.wav", "-o", "out.wav").stderr.decode()
        self.assertRegex(said, r"^faltung: in\.wav: 1 channel.* -> out\.wav: .*real time\n$")
        self.assertEqual(
            self.succeed("--quiet", "run", "gain.yaml", "in.wav", "-o", "out.wav").stderr, b"")


class Storing(ProgramTest):
    """--type and --scale, and what is said about values that do not fit."""

    def setUp(self):
        super().setUp()
        self.write("double.yaml", "stages:\n  - gain: {factor: 2}\n")
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")
        self.write("in.npy", npy((2, 3), struct.pack("<6f", -20, 0, 63.7, 64.25, 100, 200)))

    def stored(self, kind, *more, source="in.npy", pipeline="double.yaml"):
        result = self.succeed("run", pipeline, source, "-o", "out.npy", *more)
        data = npy_data(self.read("out.npy"))
        said = result.stderr.decode()
        return struct.unpack(f"<{len(data) // struct.calcsize(kind)}{kind}", data), said

    def test_a_type_rounds_and_saturates_and_says_so(self):
        values, said = self.stored("B", "--type", "u8")
        self.assertEqual(values, (0, 0, 127, 128, 200, 255))
        self.assertEqual(said, "faltung: out.npy: stored as u8, values 0…255 as 0…255\n"
                         "faltung: out.npy: 2 of 6 values were beyond 0…255 and saturated\n")
        values, said = self.stored("h", "--type", "i16")
        self.assertEqual(values, (-40, 0, 127, 128, 200, 400))
        self.assertNotIn("saturated", said)
        self.assertEqual(self.stored("d", "--type", "f64")[0][4], 200)

    def test_a_range_becomes_the_whole_range_of_the_type(self):
        values, said = self.stored("H", "--type", "u16", "--scale", "-40:400")
        self.assertEqual((values[0], values[1], values[5]), (0, round(65535 * 40 / 440), 65535))
        self.assertEqual(said, "faltung: out.npy: stored as u16, values -40…400 as 0…65535\n")
        values, said = self.stored("h", "--type", "i16", "--scale", "0:200")
        self.assertEqual((values[0], values[1], values[4], values[5]), (-32768, -32768, 32767, 32767))
        self.assertIn("2 of 6 values were beyond 0…200 and saturated", said)
        values, said = self.stored("f", "--type", "f32", "--scale", "0:400")
        self.assertEqual(values[5], 1)
        self.assertEqual(said, "faltung: out.npy: stored as f32, values 0…400 as 0…1\n")

    def test_full_takes_white_to_white_and_none_leaves_numbers(self):
        self.write("in.png", png([[0, 10, 255]]))
        for scale, white in [("full", 65535), ("none", 255)]:
            self.succeed("run", "same.yaml", "in.png", "-o", "out.tif", "--type", "u16",
                         "--scale", scale)
            self.succeed("run", "same.yaml", "out.tif", "-o", "back.npy")
            data = struct.unpack("<3H", npy_data(self.read("back.npy")))
            self.assertEqual(data, (0, 10 * white // 255, white))

    def test_saturation_is_said_without_being_asked(self):
        self.write("in.png", png([[10, 100, 200]]))
        said = self.succeed("run", "double.yaml", "in.png", "-o", "out.png").stderr.decode()
        self.assertEqual(said, "faltung: out.png: 1 of 3 values were beyond 0…255 and saturated\n")
        quiet = self.succeed("run", "-q", "double.yaml", "in.png", "-o", "out.png")
        self.assertEqual(quiet.stderr, b"")
        self.write("in.wav", wav([1000, 20000, -20000]))
        said = self.succeed("run", "double.yaml", "in.wav", "-o", "out.wav").stderr.decode()
        self.assertIn("2 of 3 values were beyond -1…0.999969 and saturated", said)

    def test_another_type_than_the_inputs_is_said_without_being_asked(self):
        self.write("small.npy", npy((1, 3), struct.pack("<3h", 0, 1000, 20000), "<i2"))
        for name, stored in [("out.png", "u16, values 0…32768 as 0…65535"),
                             ("out.exr", "f32, values 0…32768 as 0…1")]:
            said = self.succeed("run", "same.yaml", "small.npy", "-o", name).stderr.decode()
            self.assertEqual(said, f"faltung: {name}: stored as {stored}\n")
        said = self.succeed("run", "same.yaml", "small.npy", "-o", "out.npy").stderr
        self.assertEqual(said, b"")

    def test_what_is_not_a_number_is_counted(self):
        self.write("nan.npy", npy((1, 3), struct.pack("<3f", 1, float("nan"), float("inf"))))
        values, said = self.stored("B", "--type", "u8", source="nan.npy")
        self.assertEqual(values, (2, 0, 255))
        self.assertIn("2 of 3 values", said)

    def test_sound_takes_types_too(self):
        self.write("in.wav", wav([1000, 20000, -20000]))
        self.succeed("run", "same.yaml", "in.wav", "-o", "out.wav", "--type", "i24")
        self.succeed("run", "same.yaml", "out.wav", "-o", "back.wav", "--type", "i16")
        self.assertEqual(wav_samples(self.read("back.wav")), (1000, 20000, -20000))

    def test_types_that_a_container_lacks_are_refused(self):
        self.write("in.png", png([[10, 100, 200]]))
        self.refused(2, "png holds no f32 numbers", "run", "same.yaml", "in.png", "-o", "out.png",
                     "--type", "f32")
        self.refused(2, "npy holds no s24", "run", "same.yaml", "in.npy", "-o", "out.npy",
                     "--type", "i24")
        for option in [["--type", "u7"], ["--scale", "half"], ["--scale", "3:3"],
                       ["--scale", "0:x"], ["--scale", "0:inf"]]:
            self.refused(2, [option[0], "allowed are"], "run", "same.yaml", "in.npy", "-o",
                         "out.npy", *option)


class Cutting(ProgramTest):
    """Slab invariance, through the whole program."""

    def setUp(self):
        super().setUp()
        self.write("fir.yaml", FIR)
        self.write("in.wav", wav(noise(2 * 3001), channels=2))

    def result(self, *more):
        self.succeed("run", "fir.yaml", "in.wav", "-o", "out.wav", *more)
        return self.read("out.wav")

    def test_any_slab_gives_the_same_bits(self):
        whole = self.result()
        for slab in ["1", "7", "64", "3001", "100000"]:
            self.assertEqual(self.result("--slab", slab), whole, slab)

    def test_blocks_give_the_same_sound(self):
        whole = wav_samples(self.result())
        for block in ["1", "64", "441"]:
            got = wav_samples(self.result("--block", block))
            self.assertEqual(len(got), len(whole))
            self.assertLessEqual(max(abs(a - b) for a, b in zip(got, whole)), 1, block)

    def test_threads_do_not_change_a_bit(self):
        self.assertEqual(self.result("--threads", "1"), self.result("--threads", "3"))

    def test_image_rows_in_any_slab(self):
        self.write("blur.yaml", BLUR)
        pixels = [value + 100 for value in noise(37 * 23, peak=100)]
        self.write("in.png", png([pixels[i * 23:(i + 1) * 23] for i in range(37)]))
        results = set()
        for slab in ["1", "5", "37", "1000"]:
            self.succeed("run", "blur.yaml", "in.png", "-o", "out.npy", "--slab", slab)
            results.add(self.read("out.npy"))
        self.assertEqual(len(results), 1)


class Standard(ProgramTest):
    def test_raw_floats_in_and_out(self):
        self.write("gain.yaml", GAIN)
        given = struct.pack("<6f", 0, 0.5, -0.5, 1, 0.25, 3)
        out = self.succeed("run", "gain.yaml", "-", "-o", "-", "--raw", "f32", "--channels", "2",
                           "--rate", "48000", stdin=given).stdout
        for got, want in zip(struct.unpack("<6f", out), [0, 0.25, -0.25, 0.5, 0.125, 1.5]):
            self.assertAlmostEqual(got, want, places=6)

    def test_raw_16_bit(self):
        self.write("gain.yaml", GAIN)
        out = self.succeed("run", "gain.yaml", "-", "-o", "-", "--raw", "s16", "--rate", "8000",
                           stdin=struct.pack("<3h", 2000, -2000, 100)).stdout
        self.assertEqual(struct.unpack("<3h", out), (1000, -1000, 50))

    def test_raw_becomes_a_file_with_the_rate_given(self):
        self.write("gain.yaml", GAIN)
        self.succeed("run", "gain.yaml", "-", "-o", "out.wav", "--raw", "s16", "--rate", "8000",
                     stdin=struct.pack("<3h", 2000, -2000, 100))
        self.assertEqual(wav_samples(self.read("out.wav")), (1000, -1000, 50))
        self.assertEqual(wav_rate(self.read("out.wav")), 8000)

    def test_file_to_raw(self):
        self.write("gain.yaml", GAIN)
        self.write("in.wav", wav([2000, -2000]))
        out = self.succeed("run", "gain.yaml", "in.wav", "-o", "-", "--raw", "s16").stdout
        self.assertEqual(struct.unpack("<2h", out), (1000, -1000))

    def test_half_a_frame_at_the_end_is_an_error(self):
        self.write("gain.yaml", GAIN)
        self.refused(3, "standard input", "run", "gain.yaml", "-", "-o", "out.wav", "--raw", "f32",
                  "--channels", "2", "--rate", "48000", stdin=b"\0" * 12)


if __name__ == "__main__":
    unittest.main()
