"""Many inputs: patterns, folders, lists, names of outputs, failures, the summary."""

import csv
import hashlib
import json
import os
import unittest

from program import GAIN, ProgramTest, noise, npy, wav, wav_samples


class Batch(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)
        for name, value in [("a.wav", 2000), ("b.wav", 4000), ("c.wav", 6000)]:
            self.write(name, wav([value]))

    def test_each_input_keeps_its_name_in_a_new_folder(self):
        self.succeed("run", "gain.yaml", "a.wav", "b.wav", "-o", "wet/")
        self.assertEqual(wav_samples(self.read("wet/a.wav")), (1000,))
        self.assertEqual(wav_samples(self.read("wet/b.wav")), (2000,))

    def test_single_input_goes_into_a_folder_that_exists(self):
        os.mkdir(self.path("wet"))
        self.succeed("run", "gain.yaml", "a.wav", "-o", "wet")
        self.assertEqual(os.listdir(self.path("wet")), ["a.wav"])

    def test_failing_input_is_reported_and_the_others_go_on(self):
        self.write("b.wav", "no sound at all, just text\n" * 10)
        result = self.run_program("run", "gain.yaml", "a.wav", "b.wav", "nowhere.wav", "c.wav",
                                  "-o", "wet/")
        self.assertEqual(result.returncode, 3)
        said = result.stderr.decode()
        self.assertIn("faltung: b.wav", said)
        self.assertIn("faltung: nowhere.wav", said)
        self.assertRegex(said, r"faltung: 2 of 4 inputs failed; the others are done. Failed:\n"
                               r"faltung:   b\.wav.*\nfaltung:   nowhere\.wav.*\n$")
        self.assertEqual(sorted(os.listdir(self.path("wet"))), ["a.wav", "c.wav"])

    def test_several_inputs_need_a_folder(self):
        self.refused(2, "several inputs need a folder", "run", "gain.yaml", "a.wav", "b.wav", "-o",
                  "out.wav")

    def test_equal_names_are_refused(self):
        os.mkdir(self.path("other"))
        self.write("other/a.wav", wav([1]))
        self.refused(2, "the inputs 'a.wav' and 'other/a.wav' would both be written to 'wet/a.wav'", "run", "gain.yaml", "a.wav", "other/a.wav",
                  "-o", "wet/")

    def test_own_folder_is_refused(self):
        self.refused(2, "is the same file as", "run", "gain.yaml", "a.wav", "b.wav", "-o", "./")

    def test_fail_fast_stops_at_the_first_failure(self):
        self.write("b.wav", "no sound at all, just text\n" * 10)
        result = self.run_program("run", "gain.yaml", "a.wav", "b.wav", "c.wav", "-o", "wet/",
                                  "--fail-fast")
        self.assertEqual(result.returncode, 3)
        self.assertIn("faltung: 1 of 3 inputs failed; the batch stopped there", result.stderr.decode())
        self.assertEqual(os.listdir(self.path("wet")), ["a.wav"])

    def test_fail_fast_and_keep_going_exclude_each_other(self):
        self.refused(2, "--keep-going", "run", "gain.yaml", "a.wav", "-o", "wet/", "--fail-fast",
                     "--keep-going")

    def test_the_status_is_that_of_the_first_failure(self):
        self.write("b.npy", npy((2, 2), b"\0" * 16))
        result = self.run_program("run", "--kernel", "sobel-x", "b.npy", "nowhere.npy", "-o",
                                  "{name}.wav")
        self.assertEqual(result.returncode, 2, result.stderr)  # an image does not fit into a WAV


class Inputs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)
        for folder in ["in", "in/mon", "in/mon/am", "in/.hidden"]:
            os.mkdir(self.path(folder))
        for name in ["in/b.wav", "in/a.wav", "in/mon/a.wav", "in/mon/am/c.wav", "in/.a.wav",
                     "in/.hidden/a.wav"]:
            self.write(name, wav([2000]))
        self.write("in/notes.md", "no signal")
        self.write("in/volume.raw", b"\0" * 8)  # nobody can tell what it is

    def outputs(self, *arguments, **more):
        """What a run made in out/, in order."""
        self.succeed("run", "gain.yaml", *arguments, "-o", "out/", **more)
        found = [os.path.relpath(os.path.join(root, name), self.path("out"))
                 for root, _, names in os.walk(self.path("out")) for name in names]
        return sorted(found)

    def test_folder_gives_all_its_files_of_known_kinds(self):
        self.assertEqual(self.outputs("in"), ["a.wav", "b.wav"])

    def test_recursive_keeps_the_folders(self):
        self.assertEqual(self.outputs("in/", "--recursive"),
                         ["a.wav", "b.wav", "mon/a.wav", "mon/am/c.wav"])

    def test_pattern_in_quotes(self):
        self.assertEqual(self.outputs("in/[ab]*.wav"), ["a.wav", "b.wav"])

    def test_pattern_through_folders(self):
        self.assertEqual(self.outputs("in/**/?.wav"),
                         ["a.wav", "b.wav", "mon/a.wav", "mon/am/c.wav"])

    def test_pattern_keeps_the_folders_from_its_first_wildcard_on(self):
        self.assertEqual(self.outputs(self.path("in/m*/**/c.wav")), ["mon/am/c.wav"])

    def test_a_name_that_exists_is_no_pattern(self):
        self.write("a[1].wav", wav([4000]))
        self.assertEqual(self.outputs("a[1].wav"), ["a[1].wav"])

    def test_list_of_names(self):
        self.write("list.txt", "# of today\nin/a.wav\r\n\nin/mon/am/*.wav\n")
        self.assertEqual(self.outputs("--list", "list.txt"), ["a.wav", "c.wav"])
        self.assertEqual(self.outputs("in/b.wav", "--list", "-", stdin=b"in/a.wav\n"),
                         ["a.wav", "b.wav", "c.wav"])

    def test_nothing_found_is_an_error(self):
        os.mkdir(self.path("empty"))
        self.write("list.txt", "# nothing\n")
        for words, *names in [("in/*.flac: no file matches", "in/*.flac"),
                              ("empty: this folder holds no file", "empty"),
                              ("list.txt: this list names no input", "--list", "list.txt"),
                              ("gone.txt: this list cannot be opened", "--list", "gone.txt"),
                              ("in: a list is a file", "--list", "in")]:
            self.refused(3, words, "run", "gain.yaml", *names, "-o", "out/")

    def test_standard_input_is_not_both(self):
        self.refused(2, "either samples or --list", "run", "gain.yaml", "-", "--list", "-", "-o",
                     "out/")


class Names(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)
        self.write("a.wav", wav([2000]))
        self.write("b.wav", wav([4000]))

    def test_pattern_names_outputs_in_folders_of_its_own(self):
        self.succeed("run", "gain.yaml", "a.wav", "b.wav", "-o", "out/{index:02}/{name}_half{ext}")
        self.assertEqual(wav_samples(self.read("out/01/a_half.wav")), (1000,))
        self.assertEqual(wav_samples(self.read("out/02/b_half.wav")), (2000,))

    def test_pattern_may_change_the_kind_of_file(self):
        self.succeed("run", "gain.yaml", "*.wav", "-o", "{name}.flac")
        self.assertEqual(self.read("a.flac")[:4], b"fLaC")

    def test_collision_is_refused_before_work(self):
        self.refused(2, "'a.wav' and 'b.wav' would both be written to 'out/x.wav'", "run",
                     "gain.yaml", "a.wav", "b.wav", "-o", "out/x{ext}")

    def test_output_that_is_another_input_is_refused(self):
        self.write("a_2.wav", wav([1]))
        self.refused(2, "'a_2.wav' is the same file as 'a_2.wav', which is being read", "run",
                     "gain.yaml", "a.wav", "a_2.wav", "-o", "{name}_2{ext}")

    def test_unknown_place_gets_a_suggestion(self):
        self.refused(2, "unknown place {nmae}; did you mean {name}?", "run", "gain.yaml", "a.wav",
                     "-o", "{nmae}.wav")


class Summary(ProgramTest):
    COLUMNS = ["input", "output", "status", "error", "seconds", "compute_seconds", "peak_bytes",
               "bytes_read", "bytes_written", "samples", "sha256"]

    def setUp(self):
        super().setUp()
        self.write("gain.yaml", GAIN)
        self.write("a, b.wav", wav(noise(3000)))
        self.write("c.wav", "text")

    def check_done(self, row):
        output = self.read("wet/a, b.wav")
        self.assertEqual((row["input"], row["output"]), ("a, b.wav", "wet/a, b.wav"))
        self.assertEqual(row["sha256"], hashlib.sha256(output).hexdigest())
        self.assertEqual(int(row["bytes_written"]), len(output))
        self.assertEqual(int(row["bytes_read"]), len(self.read("a, b.wav")))
        self.assertEqual((int(row["status"]), int(row["samples"]), row["error"]), (0, 3000, ""))
        self.assertGreater(int(row["peak_bytes"]), 1 << 20)
        self.assertGreater(float(row["seconds"]), float(row["compute_seconds"]))
        self.assertGreater(float(row["compute_seconds"]), 0)

    def test_table(self):
        result = self.run_program("run", "gain.yaml", "a, b.wav", "c.wav", "-o", "wet/",
                                  "--summary", "s.csv")
        self.assertEqual(result.returncode, 3)
        with open(self.path("s.csv"), newline="") as file:
            table = csv.DictReader(file)
            self.assertEqual(table.fieldnames, self.COLUMNS)
            done, failed = list(table)
        self.check_done(done)
        self.assertEqual((failed["status"], failed["sha256"]), ("3", ""))
        self.assertIn("faltung: " + failed["error"], result.stderr.decode())

    def test_json_says_what_was_not_begun(self):
        self.write("d.wav", wav([1]))
        self.run_program("run", "gain.yaml", "a, b.wav", "c.wav", "d.wav", "-o", "wet/",
                         "--summary", "s.json", "--fail-fast")
        done, failed, rest = json.loads(self.read("s.json"))
        self.assertEqual(list(done), self.COLUMNS)
        self.check_done(done)
        self.assertEqual(failed["status"], 3)
        self.assertEqual((rest["input"], rest["status"], rest["seconds"]), ("d.wav", None, 0))

    def test_stores_are_one_input_each_and_have_one_checksum(self):
        os.mkdir(self.path("in"))
        self.write("a.npy", npy((4, 8, 8), bytes(4 * 256)))
        self.write("in/b.npy", npy((4, 8, 8), bytes(range(256)) * 4, kind="<u4"))
        self.succeed("run", "gain.yaml", "a.npy", "-o", "in/a.zarr")
        self.succeed("run", "gain.yaml", "in", "--recursive", "-o", "out/", "--summary", "s.json")
        store, file = json.loads(self.read("s.json"))
        self.assertEqual((store["output"], file["output"]), ("out/a.zarr", "out/b.npy"))
        names = sorted(name for name, status in self.files().items()
                       if name.startswith("out/a.zarr/") and status)
        lines = "".join(f"{hashlib.sha256(self.read(name)).hexdigest()}  ./{name[11:]}\n"
                        for name in names)
        self.assertGreater(len(names), 1)
        self.assertEqual(store["sha256"], hashlib.sha256(lines.encode()).hexdigest())
        self.refused(2, "shares a place with 'in/a.zarr'", "run", "gain.yaml", "in/a.zarr",
                     "a.npy", "-o", "in/a.zarr/{index}.zarr")

    def test_one_input_has_one_too(self):
        self.succeed("run", "gain.yaml", "a, b.wav", "-o", "wet/", "--summary", "s.csv")
        self.run_program("run", "gain.yaml", "c.wav", "-o", "out.wav", "--summary", "t.csv")
        self.assertEqual(len(self.read("s.csv").splitlines()), 2)
        self.assertIn(b"c.wav,out.wav,3,", self.read("t.csv"))

    def test_a_summary_that_cannot_be_is_refused_before_work(self):
        run = ["run", "gain.yaml", "a, b.wav", "-o", "wet/", "--summary"]
        self.refused(2, "s.txt: a summary's name must end in .csv or .json", *run, "s.txt")
        self.refused(4, "cannot write gone/s.csv", *run, "gone/s.csv")
        self.write("table.csv", "1\n2\n")
        self.refused(2, "'table.csv' is the same file as 'table.csv'", "run", "gain.yaml",
                     "table.csv", "-o", "out/", "--summary", "table.csv")
        self.refused(2, "'./out.csv' cannot be the summary and an output", "run", "gain.yaml",
                     "table.csv", "-o", "out.csv", "--summary", "./out.csv")


if __name__ == "__main__":
    unittest.main()
