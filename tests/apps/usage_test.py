"""The command line: help, versions, and what is said about wrong usage."""

import json
import unittest

from program import GAIN, ProgramTest, wav

VERBS = ["run", "explain", "design", "check", "import", "demo", "bench"]


class Usage(ProgramTest):
    def test_help_names_every_verb_and_gives_examples(self):
        text = self.succeed("--help").stdout.decode()
        for verb in VERBS:
            self.assertIn(f"\n  {verb} ", text)
        self.assertIn("Examples:", text)

    def test_every_verb_has_help_with_examples(self):
        for verb in VERBS:
            text = self.succeed(verb, "--help").stdout.decode()
            self.assertIn(f"Usage: faltung {verb}", text)
            self.assertIn(f"Examples:\n  faltung {verb}", text)
            self.assertIn("--threads", text)

    def test_version(self):
        self.assertRegex(self.succeed("--version").stdout.decode(), r"^faltung \d+\.\d+\.\d+\n$")

    def test_no_verb_is_an_error_that_shows_help(self):
        self.assertIn("Usage:", self.refused(2, "a verb is missing"))

    def test_misspelt_verb_gets_a_suggestion(self):
        self.refused(2, "unknown verb 'rnu'; did you mean 'run'?", "rnu", "a.yaml")

    def test_unlike_verb_gets_the_list(self):
        self.refused(2, ["unknown verb 'quux'", "run, live, tell, explain"], "quux")

    def test_misspelt_option_gets_a_suggestion(self):
        self.refused(2, "unknown option '--kernl' for run; did you mean '--kernel'?",
                  "run", "--kernl", "x", "-o", "y")

    def test_run_names_what_is_missing(self):
        self.refused(2, "run needs a pipeline (a YAML file) or --kernel", "run")
        self.refused(2, "run needs an input", "run", "a.yaml", "-o", "b.wav")
        self.refused(2, "run needs an output", "run", "a.yaml", "b.wav")

    def test_run_help_names_what_many_inputs_need(self):
        text = self.succeed("run", "--help").stdout.decode()
        for option in ["--list FILE", "--recursive", "--fail-fast", "--keep-going", "--summary FILE",
                       "--preview FILE.png"]:
            self.assertIn("\n  " + option, text)

    def test_numbers_out_of_range(self):
        self.refused(2, "--threads", "run", "a.yaml", "b.wav", "-o", "c.wav", "--threads", "0")
        self.refused(2, "--block", "run", "a.yaml", "b.wav", "-o", "c.wav", "--block", "-4")
        self.refused(2, "--raw", "run", "a.yaml", "-", "-o", "-", "--raw", "f31")

    def test_input_may_be_named_as_a_verb_is(self):
        self.write("gain.yaml", GAIN)
        self.write("check", wav([1000, 2000]))
        self.succeed("run", "gain.yaml", "check", "-o", "out.wav")


class Check(ProgramTest):
    def test_says_fine(self):
        self.write("gain.yaml", GAIN + "  - gain: {db: 3}\n")
        self.assertEqual(self.succeed("check", "gain.yaml").stdout, b"gain.yaml: 2 stages, fine\n")

    def test_prepares_for_a_shape(self):
        self.write("gain.yaml", GAIN)
        text = self.succeed("check", "gain.yaml", "--shape", "2x4800").stdout.decode()
        self.assertIn("2 channels, 48000 Hz, 4800 frames", text)
        self.assertIn("gain.yaml: 1 stage, fine\n", text)

    def test_refuses_a_wrong_shape(self):
        self.write("gain.yaml", GAIN)
        for shape in ["2", "2x", "0x5", "2x-4", "axb", "2x99999999999999999999"]:
            self.refused(2, f"shape '{shape}'", "check", "gain.yaml", "--shape", shape)

    def test_unknown_stage_with_position_and_suggestion(self):
        self.write("hall.yaml", "# a hall\nstages:\n  - convolv: {kernel: [1]}\n")
        self.refused(2, ["hall.yaml:3:5: unknown stage 'convolv'", "did you mean 'convolve'?"],
                  "check", "hall.yaml")

    def test_missing_kernel_file(self):
        self.write("hall.yaml", "stages:\n  - convolve: {kernel: nowhere.wav}\n")
        before = self.files()
        result = self.run_program("check", "hall.yaml")
        self.assertIn(result.returncode, (2, 3))
        self.assertIn(b"nowhere.wav", result.stderr)
        self.assertEqual(self.files(), before)

    def test_missing_pipeline(self):
        self.refused(2, "nowhere.yaml: No such file", "check", "nowhere.yaml")

    def test_folder_as_pipeline(self):
        self.refused(2, "is a folder", "check", ".")

    def test_sound_as_pipeline(self):
        self.write("a.wav", wav([0, 1, 2]))
        self.refused(2, "is not text", "check", "a.wav")


class Explain(ProgramTest):
    def test_shows_formats_candidates_and_measured_cost(self):
        self.write("fir.yaml", "stages:\n  - convolve: {kernel: [0.5, 0.25]}\n  - gain: {db: -3}\n")
        text = self.succeed("explain", "fir.yaml", "--shape", "2x48000").stdout.decode()
        for words in ["2 channels, 48000 Hz, 48000 frames", "receptive field 2", "direct",
                      "all stages:", "measured: ", "predicted: "]:
            self.assertIn(words, text)
        self.assertRegex(text, r"\n +\*  \w+")

    def test_reports_as_json_what_the_text_says(self):
        self.write("n.yaml", "stages:\n  - convolve: {kernel: {gaussian: {sigma: 2}}}\n"
                             "  - pool: {kind: max, size: 2}\n  - correlate: {kernel: sobel-x}\n")
        result = self.succeed("explain", "n.yaml", "--shape", "3x48x64", "--json")
        answer = json.loads(result.stdout)
        first, pool, last = answer["report"]["stages"]
        self.assertEqual(first["receptive_field"], [17, 17])
        self.assertEqual(first["flops"], 2 * 289 * 3 * 48 * 64)
        self.assertEqual(first["bytes_moved"], 2 * 4 * 3 * 48 * 64)
        self.assertIn(first["algorithm"], [c["solver"] for c in first["candidates"] if c["chosen"]])
        self.assertEqual((pool["output"]["shape"], pool["effective_stride"]), ([3, 24, 32], [2, 2]))
        self.assertIsNone(pool["algorithm"])
        self.assertEqual(last["receptive_field_of_input"], [22, 22])
        self.assertEqual(answer["report"]["whole"]["receptive_field_of_input"], [22, 22])
        self.assertEqual(answer["measured"]["positions"], 48)
        text = self.succeed("explain", "n.yaml", "--shape", "3x48x64").stdout.decode()
        self.assertIn("receptive field 3x3 (of the input 22x22), effective stride 2x2", text)
        self.assertIn("73.7 kB moved", text)

    def test_says_how_a_response_was_prepared(self):
        self.write("r.wav", wav([0, 8000, 16000, 4, 4]))
        self.write("r.yaml", "stages:\n  - convolve: {kernel: r.wav, prepare: {offset: 1, trim_db: -60}}\n")
        result = self.succeed("explain", "r.yaml", "--shape", "1x4800")
        self.assertIn("\nr.wav: the first 1 tap left out; trimmed to 2 of 4 taps below -60 dB, error at most",
                      result.stdout.decode())
        self.assertEqual(result.stderr, b"")

    def test_finds_a_usual_signal_for_an_image_kernel(self):
        self.write("k.txt", "0 1 0\n1 -4 1\n0 1 0\n")
        text = self.succeed("explain", "--kernel", "k.txt").stdout.decode()
        self.assertIn("3 channels", text)
        self.assertIn("measured: ", text)

    def test_needs_a_pipeline_or_a_kernel(self):
        self.refused(2, "explain needs either a pipeline", "explain")


if __name__ == "__main__":
    unittest.main()
