"""Hostile headers: refused with the claim, in little memory, leaving nothing."""

import os
import resource
import shutil
import unittest

from program import ProgramTest
import hostile

SAME = "stages:\n  - gain: {db: 0}\n"
SOUND = ("a.wav", "a.rf64", "a.flac")
MOST_RESIDENT = 300 * 2 ** 20


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (2 ** 31, 2 ** 31))


class Hostile(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", SAME)

    def refuse(self, name, words):
        output = "b.wav" if name in SOUND else "b.npy"
        self.refused(3, words, "run", "same.yaml", name, "-o", output, preexec_fn=limit_memory)

    def test_claims_that_the_bytes_cannot_hold(self):
        for name, contents, words in hostile.CLAIMS:
            with self.subTest(name=name, words=words):
                hostile.place(self.folder, name, contents)
                self.refuse(name, words)
            if isinstance(contents, dict):
                shutil.rmtree(self.path(name))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        self.assertLess(peak, MOST_RESIDENT)

    def test_links_out_of_the_folder_are_not_followed(self):
        os.mkdir(self.path("in"))
        self.write("secret.raw", bytes(64))
        os.symlink("../secret.raw", self.path("in/a.raw"))
        os.symlink("..", self.path("in/up"))
        for data in ("a.raw", "up/secret.raw"):
            self.write("in/a.nhdr", hostile.nrrd("8 8", f"encoding: raw\ndata file: {data}\n", b""))
            self.write("in/a.mhd", hostile.metaimage("8 8", place=data, data=b""))
            for name in ("in/a.nhdr", "in/a.mhd"):
                with self.subTest(name=name, data=data):
                    self.refuse(name, [f"'{data}'", "a link to", "beside or below"])

    def test_links_within_the_folder_are_followed(self):
        os.mkdir(self.path("in"))
        os.mkdir(self.path("in/below"))
        self.write("in/below/b.raw", bytes(64))
        os.symlink("below/b.raw", self.path("in/a.raw"))
        self.write("in/a.nhdr", hostile.nrrd("8 8", "encoding: raw\ndata file: a.raw\n", b""))
        self.succeed("run", "same.yaml", "in/a.nhdr", "-o", "b.npy")


if __name__ == "__main__":
    unittest.main()
