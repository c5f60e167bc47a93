"""The cache: what is wrong with it never harms a result."""

import os
import unittest

from program import GAIN, ProgramTest, wav, wav_samples


class Cache(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)
        self.write("in.wav", wav([2000, -4000]))

    def halves(self, cache):
        result = self.succeed("run", "gain.yaml", "in.wav", "-o", "out.wav",
                              env={**os.environ, "XDG_CACHE_HOME": cache})
        self.assertEqual(result.stderr, b"")
        self.assertEqual(wav_samples(self.read("out.wav")), (1000, -2000))

    def test_is_made_where_it_is_missing_and_used_again(self):
        self.halves(self.path("new/cache"))
        costs = self.read("new/cache/faltung/costs")
        self.assertGreater(len(costs), 20)
        self.halves(self.path("new/cache"))
        self.assertEqual(self.read("new/cache/faltung/costs"), costs)

    def test_corrupt_texts_are_replaced(self):
        os.makedirs(self.path("cache/faltung"))
        self.write("cache/faltung/costs", b"\0\xff nonsense " * 100)
        for kind in ["wisdom-float32", "wisdom-float64"]:
            self.write(f"cache/faltung/{kind}", b"(nonsense" * 100)
        self.halves(self.path("cache"))
        self.assertNotIn(b"nonsense", self.read("cache/faltung/costs"))

    def test_impossible_folder_is_done_without(self):
        self.halves("/dev/null")
        self.halves("/proc/nowhere")


if __name__ == "__main__":
    unittest.main()
