"""Bad input: a clear message, the promised exit status, and no output left behind."""

import os
import struct
import subprocess
import unittest

from program import FIR, GAIN, PATIENCE_S, ProgramTest, float_wav, noise, npy, png, wav


class Inputs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)

    def refuse(self, name, words, status=3, output="out.wav"):
        return self.refused(status, words, "run", "gain.yaml", name, "-o", output)

    def test_missing_file(self):
        self.refuse("nowhere.wav", ["nowhere.wav", "No such file"])

    def test_folder(self):
        os.mkdir(self.path("folder.wav"))
        self.refuse("folder.wav", "folder.wav")

    def test_empty_file(self):
        self.write("empty.wav", b"")
        self.refuse("empty.wav", ["empty.wav", "empty"])

    def test_text_named_wav(self):
        self.write("text.wav", "Dear diary, today I renamed a letter.\n" * 20)
        self.refuse("text.wav", "text.wav")

    def test_text_named_png(self):
        self.write("text.png", "Dear diary, today I renamed a letter.\n" * 20)
        self.refuse("text.png", "text.png", output="out.png")

    def test_truncated_wav(self):
        self.write("short.wav", wav(noise(20000))[:-7001])
        self.refuse("short.wav", "short.wav")

    def test_wav_cut_within_its_header(self):
        self.write("short.wav", wav(noise(100))[:30])
        self.refuse("short.wav", "short.wav")

    def test_truncated_png(self):
        pixels = [value + 100 for value in noise(200 * 100, peak=100)]
        content = png([pixels[i * 100:(i + 1) * 100] for i in range(200)])
        self.write("short.png", content[:len(content) // 2])
        self.refuse("short.png", "short.png", output="out.png")

    def test_npy_without_elements(self):
        self.write("p.yaml", "stages: []\n")
        for shape in ((3, 0), (0, 3)):
            self.write("none.npy", npy(shape, b""))
            self.refused(3, "none.npy: has no elements", "run", "p.yaml", "none.npy", "-o", "out.npy")

    def test_truncated_npy(self):
        self.write("short.npy", npy((100, 100), b"\0" * 39996))
        self.refuse("short.npy", "short.npy", output="out.npy")

    def test_npy_that_claims_a_trillion_elements(self):
        for shape in [(1 << 40,), (1 << 20, 1 << 20), (1 << 31, 1 << 31, 1 << 31)]:
            self.write("huge.npy", npy(shape, b"\0" * 4096))
            self.refuse("huge.npy", "huge.npy", output="out.npy")


class Kernels(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("in.wav", wav([1000, 2000, 3000]))

    def refuse(self, kernel, words, status=2):
        return self.refused(status, words, "run", "--kernel", kernel, "in.wav", "-o", "out.wav")

    def test_not_a_number(self):
        self.write("nan.wav", float_wav([1, float("nan"), 0]))
        self.refuse("nan.wav", ["nan.wav", "NaN"], status=3)

    def test_infinity(self):
        self.write("inf.wav", float_wav([1, float("inf"), 0]))
        self.refuse("inf.wav", ["inf.wav", "infinite"], status=3)

    def test_zero_length(self):
        self.write("none.wav", float_wav([]))
        self.refuse("none.wav", ["none.wav", "without taps"], status=3)

    def test_more_channels_than_the_signal(self):
        self.write("wide.wav", float_wav([1, 0.5, 0.25] * 4, channels=3))
        self.refuse("wide.wav", ["3", "channel"])

    def test_unknown_name(self):
        self.refuse("sobl-x", ["sobl-x", "did you mean 'sobel-x'?"], status=2)

    def test_missing_file(self):
        result = self.run_program("run", "--kernel", "nowhere.wav", "in.wav", "-o", "out.wav")
        self.assertIn(result.returncode, (2, 3), result.stderr)
        self.assertIn(b"nowhere.wav", result.stderr)


class Pipelines(ProgramTest):
    def refuse(self, text, words):
        self.write("p.yaml", text)
        self.write("in.wav", wav([1000, 2000, 3000]))
        return self.refused(2, words, "run", "p.yaml", "in.wav", "-o", "out.wav")

    def test_unknown_stage(self):
        self.refuse("stages:\n  - gian: {db: 1}\n",
                    ["p.yaml:2:5: unknown stage 'gian'", "did you mean 'gain'?"])

    def test_unknown_key(self):
        self.refuse("stages:\n  - gain: {dbb: 1}\n", ["p.yaml:2:", "'dbb'", "did you mean 'db'?"])

    def test_wrong_type(self):
        self.refuse("stages:\n  - gain: {db: loud}\n", ["p.yaml:2:", "loud"])

    def test_duplicate_key(self):
        self.refuse("stages:\n  - gain: {db: 1, db: 2}\n", ["p.yaml:2:", "db"])

    def test_broken_yaml(self):
        self.refuse("stages: [\n", "p.yaml:")


class Outputs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)
        self.write("in.wav", wav([1000, 2000, 3000]))

    def refuse(self, output, words, status=2):
        return self.refused(status, words, "run", "gain.yaml", "in.wav", "-o", output)

    def test_equal_to_the_input(self):
        self.refuse("in.wav", "is the same file as 'in.wav'")
        self.refuse("./in.wav", "is the same file as 'in.wav'")

    def test_equal_through_a_symbolic_link(self):
        os.symlink("in.wav", self.path("link.wav"))
        self.refuse("link.wav", "is the same file as 'in.wav'")

    def test_equal_through_a_hard_link(self):
        os.link(self.path("in.wav"), self.path("link.wav"))
        self.refuse("link.wav", "is the same file as 'in.wav'")

    def test_equal_to_the_kernel(self):
        self.write("k.wav", float_wav([1, 0.5]))
        self.refused(2, "is the same file as", "run", "--kernel", "k.wav", "in.wav", "-o", "k.wav")

    def test_equal_to_the_pipeline(self):
        self.refuse("gain.yaml", "is the same file as")

    def test_folder_that_does_not_exist(self):
        self.refuse("nowhere/out.wav", "there is no folder 'nowhere'", status=4)

    def test_unknown_extension(self):
        before = self.files()
        result = self.run_program("run", "gain.yaml", "in.wav", "-o", "out.wafe")
        self.assertIn(result.returncode, (2, 4), result.stderr)
        self.assertIn(b"out.wafe", result.stderr)
        self.assertEqual(self.files(), before)

    def test_folder_that_cannot_be_written(self):
        os.mkdir(self.path("shut"), 0o555)
        command = ["run", "gain.yaml", "in.wav", "-o", "shut/out.wav"]
        if os.geteuid() != 0:
            self.refused(4, "shut/out.wav", *command)
            return
        # root writes anywhere: become nobody, who may read the input
        os.chmod(self.folder, 0o755)
        self.refused(4, "shut/out.wav", *command, user=65534, group=65534, extra_groups=[])

    def test_full_disk(self):
        mounted = self.path("small")
        os.mkdir(mounted)
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mounted],
                               capture_output=True)
        if mount.returncode != 0:
            self.check_dev_full()
            return
        try:
            self.write("in.wav", wav(noise(200000)))
            self.refuse("small/out.wav", ["small/out.wav", "No space left"], status=4)
        finally:
            subprocess.run(["umount", mounted], check=True)

    def check_dev_full(self):
        """Where nothing may be mounted, the kernel's own full disk stands in."""
        with open("/dev/full", "wb") as full:
            result = subprocess.run(
                [os.environ["FALTUNG_PROGRAM"], "run", "gain.yaml", "in.wav", "-o", "-"],
                cwd=self.folder, stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_S)
        self.assertEqual(result.returncode, 4)
        self.assertIn(b"No space left", result.stderr)

    def test_standard_output_that_is_full(self):
        self.check_dev_full()

    def test_reader_that_goes_away(self):
        self.write("in.wav", wav(noise(200000)))
        read, write = os.pipe()
        os.close(read)
        result = subprocess.run(
            [os.environ["FALTUNG_PROGRAM"], "run", "gain.yaml", "in.wav", "-o", "-"],
            cwd=self.folder, stdout=write, stderr=subprocess.PIPE, timeout=PATIENCE_S)
        os.close(write)
        self.assertIn(result.returncode, (4, -13))  # Error{output}, or SIGPIPE as `cat` does


if __name__ == "__main__":
    unittest.main()
