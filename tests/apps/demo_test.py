"""faltung demo: the main job with no arguments."""

import os
import unittest

from program import ProgramTest

RESULTS = ["edges-before-after.png", "edges.png", "spectrogram.png", "speech-in-hall.wav",
           "speech.wav", "waveform.png"]
MARKS = {".png": b"\x89PNG\r\n", ".wav": b"RIFF"}


class Demo(ProgramTest):
    def check_results(self, folder):
        self.assertEqual(sorted(os.listdir(self.path(folder))), RESULTS)
        for name in RESULTS:
            content = self.read(os.path.join(folder, name))
            self.assertTrue(content.startswith(MARKS[os.path.splitext(name)[1]]), name)
            self.assertGreater(len(content), 5000, name)

    def test_leaves_sounds_and_pictures_and_says_what_it_did(self):
        said = self.succeed("demo").stdout.decode()
        self.check_results("faltung-demo")
        for name in RESULTS:
            self.assertIn(os.path.join("faltung-demo", name), said)
        self.assertIn("x real time", said)
        self.assertIn("rows/s", said)

    def test_goes_to_a_folder_of_choice_and_may_be_repeated(self):
        self.assertEqual(self.succeed("demo", "--quiet", "a/b").stdout, b"")
        self.succeed("demo", "--quiet", "a/b")
        self.check_results("a/b")
        self.assertEqual(os.listdir(self.folder), ["a"])

    def test_folder_that_cannot_be_made(self):
        self.write("file", "in the way")
        self.refused(4, "file/demo", "demo", "file/demo")


if __name__ == "__main__":
    unittest.main()
