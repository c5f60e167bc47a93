"""What changes a live run from outside: files, signals, the control socket. No server is needed."""

import json
import os
import signal
import stat
import time
import unittest

import numpy

import sound
from live_program import LiveTest, wait_for

HALVES = "stages:\n  - gain: {factor: 0.5}\n"
QUARTERS = "stages:\n  - gain: {factor: 0.25}\n"
CONVOLVES = "stages:\n  - convolve: {kernel: response.wav}\n"
RATE, FADE = 48000, 960  # 20 ms
END = 12000  # frames: the fade at the end, and until somebody notices that it is over


class Control(LiveTest):
    def ones(self, *arguments, seconds=60):
        """A run that plays ones in real time and records; to be ended before it has played all of them."""
        sound.write(self.path("ones.wav"), numpy.ones((seconds * RATE, 1)))
        return self.live("pipeline.yaml", "--play", "ones.wav", "--out", "null", "--record", "rec.wav", *arguments)

    def recorded(self, run, fades=True):
        status, seconds = run.end()
        self.assertEqual(status, 0, run.said())
        self.assertLess(seconds, 2)
        samples, _ = sound.read(self.path("rec.wav"))
        return samples[:, 0]

    def test_a_changed_file_is_heard_within_a_second_and_without_a_click(self):
        self.write("pipeline.yaml", HALVES)
        run = self.ones()
        self.write("pipeline.yaml", QUARTERS)
        run.within(2, "the reload", lambda: run.status()["reloads"] == 1)
        run.hear(RATE // 10)
        heard = self.recorded(run)
        self.assertIn("pipeline.yaml: reloaded", run.said())
        first = int(numpy.flatnonzero(heard != 0.5)[0])
        numpy.testing.assert_allclose(heard[first + FADE:first + FADE + 1000], 0.25, atol=1e-7)
        self.assertLess(sound.largest_step(heard), 1.1 * 0.25 / FADE)

    def test_a_changed_response_cross_fades_and_contents_count_not_names(self):
        self.write("pipeline.yaml", CONVOLVES)
        old, new = sound.decay(5000, 1), sound.decay(9000, 2)
        sound.write(self.path("response.wav"), old)
        given = sound.noise(60 * RATE)
        sound.write(self.path("in.wav"), given)
        run = self.live("pipeline.yaml", "--play", "in.wav", "--out", "null", "--record", "rec.wav", "--block", "64")
        run.process.send_signal(signal.SIGHUP)
        wait_for("the answer", lambda: "nothing has changed" in run.said())
        os.utime(self.path("response.wav"))
        time.sleep(1)
        self.assertEqual(run.status()["reloads"], 0, "only the time has changed")
        sound.write(self.path("new.wav"), new)
        os.replace(self.path("new.wav"), self.path("response.wav"))
        run.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: run.status()["reloads"] == 1)
        run.hear(RATE // 2)
        heard = self.recorded(run)
        sound.write(self.path("in.wav"), given[:len(heard)])
        expected = {}
        for name, response in [("old", old), ("new", new)]:
            sound.write(self.path("response.wav"), response)
            self.succeed("run", "pipeline.yaml", "in.wav", "-o", "expected.wav", "--block", "64")
            expected[name] = sound.read(self.path("expected.wav"))[0][:len(heard), 0]
        first = int(numpy.flatnonzero(heard != expected["old"])[0])
        self.assertGreater(first, RATE, "the old one, bit for bit, until the fade")
        after = slice(first + FADE, len(heard) - END)
        error = numpy.abs(heard[after] - expected["new"][after]).max()
        self.assertLess(error, 1e-6 * numpy.abs(expected["new"]).max())
        self.assertGreater(after.stop - after.start, 2000)

    def test_a_bad_file_keeps_the_old_pipeline_and_says_where(self):
        self.write("pipeline.yaml", HALVES)
        run = self.ones()
        for bad, words in [("stages:\n  - gaim: {db: 1}\n", "pipeline.yaml:2:5: unknown stage 'gaim'"),
                           ("stages: [", "pipeline.yaml:1"),
                           (CONVOLVES, "response.wav"),
                           ("stages:\n  - mix: {matrix: [[1], [1]]}\n", "gives 2 channels")]:
            self.write("pipeline.yaml", bad)
            run.process.send_signal(signal.SIGHUP)
            wait_for(words, lambda: words in run.said())
        os.remove(self.path("pipeline.yaml"))
        wait_for("the complaint", lambda: run.said().count("the pipeline stays as it was") == 5)
        self.assertEqual(run.status()["reloads"], 0)
        self.write("pipeline.yaml", QUARTERS)
        wait_for("the good one", lambda: run.status()["reloads"] == 1)
        run.hear(RATE // 10)
        heard = self.recorded(run)
        first = int(numpy.flatnonzero(heard != 0.5)[0])
        self.assertGreater(first, RATE // 2)
        self.assertEqual(heard[first + FADE + 100], 0.25)

    def test_the_socket_is_its_owners_alone_and_obeys(self):
        self.write("pipeline.yaml", HALVES)
        run = self.ones()
        self.assertEqual(stat.S_IMODE(os.stat(run.control).st_mode), 0o600)
        self.assertIn("set PATH VALUE", "\n".join(run.obey("help")))
        listed = run.obey("list")
        self.assertTrue(any(line.startswith("gain.factor 0.5") for line in listed), listed)
        run.hear(RATE // 5)
        run.obey("set gain.factor 0.75")
        self.assertEqual(float(run.obey("get gain.factor")[0]), 0.75)
        run.hear(RATE // 5)
        run.obey("mute on")
        wait_for("silence", lambda: run.status()["out_peak_db"] == [-120.0])
        run.obey("mute off")
        run.obey("bypass on")
        wait_for("the input", lambda: run.status()["out_peak_db"] == [0.0])
        run.hear(RATE // 5)
        run.obey("bypass off")
        self.write("other.yaml", QUARTERS)
        run.obey("load " + self.path("other.yaml"))
        wait_for("the other", lambda: run.status()["reloads"] == 1)
        run.hear(RATE // 5)
        self.assertEqual([line.split()[0] for line in run.obey("meters")], ["in", "out"])
        heard = self.recorded(run)
        for level in [0.5, 0.75, 0.0, 1.0, 0.25]:
            self.assertGreater(numpy.count_nonzero(heard == level), 1000, level)
        self.assertLess(sound.largest_step(heard), 1.5 / FADE)
        self.assertFalse(os.path.exists(run.control), "the socket is removed")

    def test_a_set_value_outlives_a_reload_that_does_not_speak_of_it(self):
        self.write("pipeline.yaml", HALVES + "  - delay: {samples: 1}\n")
        run = self.live("pipeline.yaml", "--in", "null", "--out", "null")
        run.obey("set gain.factor 0.75")
        for text, factor in [(HALVES + "  - delay: {samples: 2}\n", 0.75), (QUARTERS, 0.25),
                             (QUARTERS + "  - delay: {samples: 2}\n", 0.25)]:
            self.write("pipeline.yaml", text)
            run.obey("reload")
            self.assertEqual(float(run.obey("get gain.factor")[0]), factor)
        run.obey("set gain.factor 0.125")
        self.write("pipeline.yaml", QUARTERS)
        run.obey("reload")
        self.assertEqual(float(run.obey("get gain.factor")[0]), 0.125)
        self.assertEqual(run.end()[0], 0)

    def test_the_socket_refuses_what_it_does_not_understand(self):
        self.write("pipeline.yaml", HALVES)
        run = self.live("pipeline.yaml", "--in", "null", "--out", "null")
        for command, words in [("mut on", "did you mean 'mute'?"), ("set gain.db 3", "no parameter 'gain.db'"),
                               ("set gain.factor loud", "expected a number, got 'loud'"),
                               ("set gain.factor 1e30", "allowed"), ("set", "usage: set PATH VALUE"),
                               ("mute perhaps", "expected on or off"), ("swap nothing.wav", "which kernel?"),
                               ("load nothing.yaml", "nothing.yaml"), ("x" * 5000, None)]:
            if words is None:
                self.assertRaises(OSError, run.ask, command)
            else:
                answer = run.ask(command)
                self.assertTrue(answer[-1].startswith("error: "), answer)
                self.assertIn(words, answer[-1])
        self.refused(5, "somebody listens", "live", "pipeline.yaml", "--in", "null", "--out", "null",
                     "--control", run.control)
        self.assertEqual(run.status()["reloads"], 0)
        self.assertEqual(run.end()[0], 0)

    def test_tell_is_the_other_side_of_the_socket(self):
        self.write("pipeline.yaml", HALVES)
        run = self.live("pipeline.yaml", "--in", "null", "--out", "null")
        status = json.loads(self.succeed("tell", "control.sock", "status").stdout)
        self.assertEqual(status["state"], "Running")
        several = self.succeed("tell", "control.sock", stdin=b"set gain.factor -0.5\nget gain.factor\n")
        self.assertEqual(several.stdout, b"-0.5\n")
        self.succeed("tell", "control.sock", "set", "gain.factor", "-0.25")
        refused = self.run_program("tell", "control.sock", "foo")
        self.assertEqual((refused.returncode, refused.stdout), (2, b""))
        self.assertIn(b"faltung: unknown command 'foo'", refused.stderr)
        self.succeed("tell", "control.sock", "quit")
        self.assertEqual(run.end(None)[0], 0)
        self.refused(2, "is there a 'faltung live --control", "tell", "control.sock", "status")

    def test_tell_is_answered_whatever_it_says(self):
        self.write("pipeline.yaml", CONVOLVES)
        for name in ["response.wav", "my hall.wav"]:
            sound.write(self.path(name), sound.decay(100))
        run = self.live("pipeline.yaml", "--in", "null", "--out", "null")
        for blank in ["", " "]:
            self.assertEqual(self.succeed("tell", "control.sock", blank).stdout, b"")
        self.succeed("tell", "control.sock", stdin=b" \n\n")
        self.succeed("tell", "control.sock", "swap", "my hall.wav")
        self.succeed("tell", "control.sock", 'swap "my hall.wav"')
        self.refused(2, "a command is one line", "tell", "control.sock", "mute on\nstatus")
        self.refused(2, "no hall.wav", "tell", "control.sock", "swap", "convolve", "no hall.wav")
        self.assertEqual(run.end()[0], 0)

    def test_the_last_swap_counts_however_the_stage_is_named(self):
        self.write("pipeline.yaml", "stages:\n  - convolve: {kernel: [1]}\n")
        for name, value in [("half.wav", 0.5), ("quarter.wav", 0.25)]:
            sound.write(self.path(name), numpy.full((1, 1), value))
        run = self.ones()
        for command, level in [("swap half.wav", 0.5), ("swap convolve quarter.wav", 0.25), ("swap half.wav", 0.5)]:
            run.obey(command)
            decibels = round(20 * numpy.log10(level), 1)
            wait_for(command, lambda: run.status()["out_peak_db"] == [decibels])
        self.assertIn("nothing.wav", run.ask("swap nothing.wav")[-1])
        self.assertEqual(run.end()[0], 0)

    def test_ten_thousand_swaps(self):
        self.write("pipeline.yaml", CONVOLVES)
        for name, seed in [("response.wav", 1), ("a.wav", 2), ("b.wav", 3)]:
            sound.write(self.path(name), sound.decay(2000, seed))
        run = self.live("pipeline.yaml", "--in", "null", "--out", "null", "--channels", "1", "--block", "64",
                        "--fade-ms", "1")
        n, before = 0, None
        # And on until half as many were heard: where the audio thread has no core, more overtake each other.
        while n < 10000 or n < 100000 and run.status()["reloads"] <= 5000:
            answer = run.ask("swap " + self.path("ab"[n % 2] + ".wav"))[-1]
            if "does not take anything new" in answer:
                wait_for("the audio thread", lambda: run.status()["state"] == "Running")
                continue
            self.assertEqual(answer, "ok")
            n += 1
            if n == 1000:
                before = self.resident_kb(run)
        self.assertGreater(run.status()["reloads"], 5000, "each that was not overtaken by the next")
        self.assertLess(self.resident_kb(run), 1.2 * before + 20000)
        wait_for("the audio thread", lambda: run.status()["state"] == "Running")
        self.assertEqual(run.end()[0], 0)

    @staticmethod
    def resident_kb(run):
        with open(f"/proc/{run.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def test_paused_the_tail_rings_out_and_the_file_waits(self):
        self.write("pipeline.yaml", HALVES)
        run = self.ones()
        run.hear(RATE // 5)
        run.obey("pause on")
        wait_for("the state", lambda: run.status()["state"] == "Paused")
        wait_for("silence", lambda: run.status()["out_peak_db"] == [-120.0])
        run.obey("pause off")
        wait_for("sound", lambda: run.status()["out_peak_db"] != [-120.0])
        heard = self.recorded(run)
        self.assertGreater(numpy.count_nonzero(heard == 0), 1000)
        self.assertGreater(numpy.count_nonzero(heard == 0.5), 1000)
        self.assertLess(sound.largest_step(heard), 0.51 / 1000)

    def test_interrupted_it_fades_out_and_finishes_the_recording(self):
        self.write("pipeline.yaml", HALVES)
        for how in [signal.SIGINT, signal.SIGTERM]:
            run = self.ones()
            run.hear(RATE // 5)
            status, seconds = run.end(how)
            self.assertEqual(status, 0, run.said())
            self.assertLess(seconds, 2)
            heard = sound.read(self.path("rec.wav"))[0][:, 0]
            self.assertEqual(heard[100], 0.5)
            self.assertEqual(heard[-1], 0)
            self.assertLess(sound.largest_step(heard), 0.5 / 2000)
            os.remove(self.path("rec.wav"))

    def test_seconds_end_it_and_the_recording_has_exactly_so_many(self):
        self.write("pipeline.yaml", HALVES)
        sound.write(self.path("ones.wav"), numpy.ones((RATE, 1)))
        self.succeed("live", "pipeline.yaml", "--in", "null", "--out", "null", "--seconds", "0.7", "--record", "rec.wav")
        self.assertEqual(len(sound.read(self.path("rec.wav"))[0]), round(0.7 * RATE))

    def test_a_file_is_played_to_the_end_of_its_tail(self):
        self.write("pipeline.yaml", CONVOLVES)
        sound.write(self.path("response.wav"), sound.decay(3000))
        sound.write(self.path("in.wav"), sound.noise(20000, 2))
        self.succeed("live", "pipeline.yaml", "--play", "in.wav", "--out", "null:fast", "--block", "100",
                     "--record", "live.wav")
        self.succeed("run", "pipeline.yaml", "in.wav", "-o", "run.wav", "--block", "100")
        numpy.testing.assert_array_equal(sound.read(self.path("live.wav"))[0], sound.read(self.path("run.wav"))[0])

    def test_pipes_are_a_source_and_a_sink(self):
        self.write("pipeline.yaml", HALVES)
        given = sound.noise(100000, 2)
        piped = self.succeed("live", "pipeline.yaml", "--in", "-", "--out", "-", "--channels", "2", "--rate", "48000",
                             stdin=given.tobytes())
        heard = numpy.frombuffer(piped.stdout, numpy.float32).reshape(-1, 2)
        numpy.testing.assert_array_equal(heard, 0.5 * given)

    def test_a_pipe_is_stereo_at_the_pipelines_rate_where_nothing_else_is_said(self):
        for text, rate in [(HALVES, 48000), ("rate: 44100\n" + HALVES, 44100)]:
            self.write("pipeline.yaml", text)
            given = sound.noise(5000, 2)
            piped = self.succeed("live", "pipeline.yaml", "--in", "-", "--out", "-", stdin=given.tobytes())
            self.assertIn(f"2 channels, {rate} Hz", piped.stderr.decode())
            self.assertEqual(piped.stdout, (0.5 * given).astype(numpy.float32).tobytes())

    def test_a_block_longer_than_what_is_read_ahead_loses_nothing(self):
        self.write("pipeline.yaml", HALVES)
        given = sound.noise(100000)
        sound.write(self.path("in.wav"), given, 8000)
        self.succeed("live", "pipeline.yaml", "--play", "in.wav", "--out", "null:fast", "--block", "65536",
                     "--record", "rec.wav")
        heard = sound.read(self.path("rec.wav"))[0][:, 0]
        numpy.testing.assert_array_equal(heard, 0.5 * numpy.ravel(given))
        self.assertFalse(os.path.exists(self.path("rec.wav.gaps.txt")))

    def test_status_json_is_one_object_a_second(self):
        self.write("pipeline.yaml", HALVES)
        tries = []  # a busy machine may let it wait: one of a few is on time
        while len(tries) < 10 and not (tries and len(tries[-1]) in [3, 4]):
            said = self.succeed("live", "pipeline.yaml", "--in", "null", "--out", "null", "--seconds", "2.2",
                                "--status-json")
            tries.append([json.loads(line) for line in said.stdout.decode().splitlines()])
        lines = tries[-1]
        self.assertIn(len(lines), [3, 4], tries)
        self.assertEqual(lines[-1]["frames"] >= 2.2 * RATE, True)
        self.assertEqual(lines[0]["state"], "Running")
        self.assertEqual(lines[0]["stop_reason"], None)
        self.assertEqual(lines[-1]["stop_reason"], "the time is over")

    def test_in_a_pipe_it_is_quiet(self):
        self.write("pipeline.yaml", HALVES)
        said = self.succeed("live", "pipeline.yaml", "--in", "null", "--out", "null", "--seconds", "0.3")
        self.assertEqual(said.stdout, b"")
        self.assertNotIn(b"\r", said.stderr)
        self.assertEqual(self.succeed("live", "pipeline.yaml", "--in", "null", "--out", "null", "--seconds", "0.3",
                                      "--quiet").stderr, b"")


if __name__ == "__main__":
    unittest.main()
