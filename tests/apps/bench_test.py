"""The benchmarks: that they run, say what they must, and keep it. Nothing here depends on time."""

import json
import math
import os
import subprocess
import unittest

from program import ProgramTest

FIELDS = ["suite", "case", "metric", "unit", "faltung", "peers", "best_peer", "ratio", "limit", "error"]
PAGE = "# Page\n\n## Loops\n\n<!-- bench: loops. -->\nold\n\n## Next\n\nkept\n"


class Bench(ProgramTest):
    def records(self, name):
        return [json.loads(line) for line in self.read(name).decode().splitlines()]

    def test_loops_give_records_with_every_field(self):
        self.write("page.md", PAGE)
        said = self.succeed("bench", "loops", "--quick", "--json", "out.json", "--markdown", "page.md")
        records = self.records("out.json")
        self.assertGreater(len(records), 50)
        for record in records:
            self.assertEqual(list(record), FIELDS)
            self.assertEqual(record["suite"], "loops")
            self.assertIn(record["metric"], ["rate", "time"])
            for field in ["faltung", "limit"]:
                self.assertTrue(math.isfinite(record[field]) and record[field] > 0, record)
            self.assertLess(record["error"], 1e-5)
            self.assertGreaterEqual(record["error"], 0)
            self.assertIn(record["case"], said.stdout.decode())
            if record["peers"]:
                best = min(record["peers"].values())
                self.assertEqual(record["peers"][record["best_peer"]], best)
                self.assertAlmostEqual(record["ratio"], best / record["faltung"], delta=1e-3 * record["ratio"])
            else:
                self.assertEqual((record["best_peer"], record["ratio"]), (None, None))
        page = self.read("page.md").decode()
        self.assertNotIn("old", page)
        self.assertTrue(page.endswith("\n## Next\n\nkept\n"), page)
        self.assertIn("| " + records[0]["case"] + " |", page)

    def test_live_checks_everybody_in_every_mode_and_draws_the_call_times(self):
        self.write("page.md", PAGE.replace("loops", "live"))
        said = self.succeed("bench", "live", "--quick", "--json", "out.json", "--markdown", "page.md")
        records = self.records("out.json")
        costs = {"cpu_frame", "cpu_frame_most", "cpu_frame_interleaved", "cpu_frame_paced", "predicted", "setup",
                 "setup_cold", "memory", "error"}
        calls = {"mean", "p50", "p99", "p99.9", "max", "p99.9 / mean"}
        there = "missing" not in said.stdout.decode()
        if not there:
            costs -= {"cpu_frame_interleaved"}
        self.assertEqual({record["metric"] for record in records},
                         costs | {"call " + name for name in calls} | {"paced_call " + name for name in calls})
        for record in records:
            self.assertEqual(list(record), FIELDS)
            self.assertEqual(record["suite"], "live")
            self.assertLess(record["error"], 1e-6)
            if record["metric"] != "cpu_frame_interleaved":  # a difference of times, here of almost nothing
                self.assertGreater(record["faltung"], 0)
            if record["metric"] == "cpu_frame":
                self.assertIn("zita-convolver", record["peers"])
                self.assertGreater(record["limit"], 0)
                self.assertEqual(record["peers"]["zita-convolver"] is not None, there)
            if record["metric"] == "error" and there:
                self.assertLess(record["peers"]["zita-convolver"], 1e-5)
        self.ordered(records, "call ")
        page = self.read("page.md").decode()
        self.assertIn("](live-call-times.png)", page)
        self.assertTrue(page.endswith("\n## Next\n\nkept\n"), page)
        self.assertTrue(self.read("live-call-times.png").startswith(b"\x89PNG"))

    def ordered(self, records, prefix):
        """Percentiles of a case rise."""
        for case in {record["case"] for record in records}:
            found = {record["metric"]: record["faltung"] for record in records if record["case"] == case}
            times = [found[prefix + name] for name in ["p50", "p99", "p99.9", "max"]]
            self.assertEqual(times, sorted(times))
            self.assertLessEqual(found[prefix + "mean"], times[-1])

    def test_a_turn_that_does_not_exist_is_refused(self):
        self.refused(2, "no turn of bench live", "bench", "live", "--turn", "0:nobody:alone")
        self.refused(2, "no case 99", "bench", "live", "--turn", "99:faltung:alone")

    def test_offline_checks_itself_and_names_missing_peers(self):
        nowhere = dict(os.environ, PATH=self.path("nothing"))
        said = self.succeed("bench", "offline", "--quick", "--json", "out.json", env=nowhere)
        self.assertIn("missing", said.stdout.decode())
        records = self.records("out.json")
        self.assertEqual({record["metric"] for record in records}, {"wall", "cpu", "peak_rss", "error"})
        for record in records:
            self.assertLess(record["error"], 1e-6)
            self.assertIsNone(record["peers"]["ffmpeg afir"])
            self.assertIsNone(record["peers"]["SoX fir"])
            self.assertGreater(record["faltung"], 0)

    def quick(self, suite, metrics, *options):
        """Records of a quick run, held to what all of them promise."""
        self.succeed("bench", suite, "--quick", "--json", "out.json", *options)
        records = self.records("out.json")
        self.assertEqual({record["metric"] for record in records}, set(metrics))
        for record in records:
            self.assertEqual(list(record), FIELDS)
            self.assertEqual(record["suite"], suite)
            self.assertLess(record["error"], 1e-5)
            if record["metric"] in ["time", "rate"]:
                self.assertTrue(record["limit"] > 0 and record["faltung"] > 0, record)
            if record["metric"] == "error":
                for name, error in record["peers"].items():
                    self.assertTrue(error is None or error < 1e-4, (record["case"], name, error))
        return records

    def cases(self, records):
        return {record["case"] for record in records}

    def peers(self, records):
        return {name for record in records for name in record["peers"]}

    def test_image_has_dense_separable_box_and_photograph(self):
        records = self.quick("image", ["time", "error", "prepare"])
        for kind in ["3x3 dense", "3x3 separable", "15x15 box", "4K RGB 8-bit, 5x5 gaussian"]:
            for threads in ["1 thread", "2 threads"]:
                self.assertIn(f"{kind}, {threads}", self.cases(records))
        self.assertLessEqual({"OpenCV filter2D", "OpenCV blur", "OpenCV GaussianBlur"}, self.peers(records))

    def test_volume_checks_itself_and_every_peer(self):
        records = self.quick("volume", ["time", "error", "prepare"])
        self.assertIn("3x3x3 dense, 2 threads", self.cases(records))
        self.assertTrue(any("gaussian" in case for case in self.cases(records)))
        self.assertEqual(self.peers(records), {"SciPy fftconvolve", "SciPy ndimage.convolve",
                                               "SciPy ndimage.gaussian_filter"})

    def test_large_volumes_keep_their_promise_and_are_drawn(self):
        self.write("page.md", "<!-- bench: large. -->\nold\n")
        self.succeed("bench", "volume", "--large", "--quick", "--json", "out.json", "--markdown", "page.md")
        records = self.records("out.json")
        self.assertEqual({record["metric"] for record in records}, {"wall", "cpu", "peak_rss", "error"})
        self.assertEqual({record["suite"] for record in records}, {"large"})
        self.assertEqual(self.peers(records), {"SciPy blocks", "Dask"})
        for record in records:
            self.assertLess(record["error"], 1e-5)
            if record["metric"] == "peak_rss" and record["limit"] is not None:
                self.assertLess(record["faltung"], record["limit"])
        page = self.read("page.md").decode()
        self.assertIn("![Peak memory against the volume's size](large-memory.png)", page)
        self.assertIn("times the volume took", page)
        self.assertEqual(self.read("large-memory.png")[1:4], b"PNG")
        self.refused(2, "--large is for one suite", "bench", "image", "--large")

    def test_series_checks_itself_and_every_peer(self):
        records = self.quick("series", ["time", "error", "prepare"])
        self.assertLessEqual({"SciPy oaconvolve", "SciPy fftconvolve"}, self.peers(records))

    def test_layers_go_forwards_and_backwards_beside_named_peers(self):
        records = self.quick("layers", ["rate", "error", "prepare"])
        rates = {record["case"]: record for record in records if record["metric"] == "rate"}
        for case, record in rates.items():
            backward = case.startswith("backward ")
            self.assertEqual(list(record["peers"]), ["PyTorch"] if backward else ["oneDNN", "PyTorch"])
            if not backward:
                self.assertIn("backward " + case, rates)
            if record["best_peer"]:
                best = record["peers"][record["best_peer"]]
                self.assertAlmostEqual(record["ratio"], record["faltung"] / best, delta=1e-3 * record["ratio"])
        for kind in ["1x1", "3x3", "7x7", "3x3 depthwise"]:
            self.assertTrue(any(case.startswith(kind) for case in rates), kind)

    def test_growth_forces_every_solver_and_draws_what_is_chosen(self):
        self.write("page.md", PAGE.replace("loops", "growth"))
        records = self.quick("growth", ["time", "error"], "--markdown", "page.md")
        self.assertLessEqual({"direct", "overlap_save", "separable"}, self.peers(records))
        page = self.read("page.md").decode()
        for picture in ["growth-kernel.png", "growth-image.png"]:
            self.assertIn(f"]({picture})", page)
            self.assertTrue(self.read(picture).startswith(b"\x89PNG"))
        self.assertIn("- Chosen: ", page)

    def test_suites_name_missing_libraries(self):
        """Without a Python interpreter's libraries everybody is missing, and the suites still run."""
        self.write("sitecustomize.py", "import sys\nsys.modules.update(dict.fromkeys(%r))\n"
                   % ["cv2", "scipy", "torch"])
        nobody = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        nobody["PYTHONUSERBASE"] = self.path(".")
        site = self.path("lib/python%d.%d/site-packages" % self.debian_python())
        os.makedirs(site)
        os.rename(self.path("sitecustomize.py"), os.path.join(site, "usercustomize.py"))
        said = self.succeed("bench", "volume", "--quick", "--json", "out.json", env=nobody)
        self.assertIn("missing", said.stdout.decode())
        for record in self.records("out.json"):
            self.assertEqual(set(record["peers"].values()) - {None}, set())
            self.assertIsNone(record["best_peer"])

    def debian_python(self):
        said = subprocess.run(["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2])"],
                              capture_output=True, check=True)
        return tuple(int(number) for number in said.stdout.split())

    def test_unknown_suite_is_told_which_exist(self):
        self.refused(2, "unknown suite 'pixels'; there are loops, live, offline, image, volume, series, "
                     "layers, growth", "bench", "pixels")
        self.refused(2, "did you mean 'image'?", "bench", "imgae")

    def test_results_that_cannot_be_kept_are_refused_before_measuring(self):
        self.refused(4, "nowhere", "bench", "loops", "--json", "nowhere/out.json")
        self.write("page.md", "# No place\n")
        self.refused(2, "page.md has no place for 'loops'", "bench", "loops", "--markdown", "page.md")

    def test_threads_are_its_own_affair(self):
        self.refused(2, "no --threads", "bench", "loops", "--threads", "1")


if __name__ == "__main__":
    unittest.main()
