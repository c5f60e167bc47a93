"""Live sound under JACK, bit for bit what `run --block` makes of a file. In freewheel, for on a virtual
machine real time is not exact."""

import unittest

import numpy

import sound
from jack_server import BusyServer, without_gaps
from live_program import JackTest, wait_for

FRAMES, TAPS = 30000, 20000


class Exact(JackTest):
    def reference(self, block, before, given, rate):
        """`before` frames of silence, then `given`, through run: where blocks fall decides about rounding."""
        padded = numpy.concatenate([numpy.zeros((before, given.shape[1]), numpy.float32), given])
        sound.write(self.path("padded.wav"), padded, rate)
        self.succeed("run", "pipeline.yaml", "padded.wav", "-o", "expected.wav", "--block", str(block))
        return sound.read(self.path("expected.wav"))[0]

    def heard(self, given, rate, block, channels):
        """What came out of the server's port, and out of the recorder from its first frame on."""
        sound.write(self.path("in.wav"), given, rate)
        run, measured = without_gaps(lambda: self.measured(rate, block, channels))
        status = run.status()
        self.assertEqual(run.end()[0], 0, run.said())
        self.assertEqual(status["muted_inputs"], 0)
        self.assertEqual(status["not_recorded_frames"], 0, "the recorder is not in freewheel")
        self.assertEqual(measured["first_in"], measured["first_out"], "latency")
        return sound.read(self.path("out.wav"))[0], sound.read(self.path("rec.wav"))[0]

    def measured(self, rate, block, channels):
        """A run that goes on, on a server of its own, and what the probe measured."""
        self.start_server(rate, block, channels)
        run = self.jack_live("pipeline.yaml", "--channels", str(channels), "--record", "rec.wav", "--block", str(block))
        to = ",".join(f"faltung:in_{c}" for c in range(channels))
        try:
            return run, self.probe("--in", "in.wav", "--to", to, "--from", to.replace("in_", "out_"),
                                   "--out", "out.wav", "--freewheel", "--align", str(block), "--tail", str(TAPS))
        except BusyServer:
            run.end()
            self.stop_server()
            raise

    def check(self, rate, block, channels):
        self.write("pipeline.yaml", "stages:\n  - convolve: {kernel: response.wav, gain_db: -6}\n")
        sound.write(self.path("response.wav"), sound.decay(TAPS), rate)
        given = sound.noise(FRAMES, channels)
        out, recorded = self.heard(given, rate, block, channels)
        before = int(numpy.flatnonzero(recorded.any(axis=1))[0])
        expected = self.reference(block, before, given, rate)
        count = len(out)
        self.assertGreaterEqual(len(expected), before + FRAMES + TAPS - 1)
        wanted = expected[before:before + count]
        self.assertGreater(numpy.abs(wanted).max(), 0.5)
        numpy.testing.assert_array_equal(out[:len(wanted)], wanted)
        heard = min(len(recorded) - 12000, len(expected))  # it ends with a fade
        numpy.testing.assert_array_equal(recorded[:heard], expected[:heard])

    def test_blocks_of_64_at_48_khz(self):
        self.check(48000, 64, 1)

    def test_blocks_of_128_at_48_khz(self):
        self.check(48000, 128, 2)

    def test_blocks_of_256_at_48_khz(self):
        self.check(48000, 256, 2)

    def test_blocks_of_64_at_44_1_khz(self):
        self.check(44100, 64, 2)

    def test_blocks_of_128_at_44_1_khz(self):
        self.check(44100, 128, 1)

    def test_blocks_of_256_at_44_1_khz(self):
        self.check(44100, 256, 3)

    def test_sixty_four_channels(self):
        self.check(48000, 128, 64)

    def test_blocks_that_change_under_way_stay_within_rounding(self):
        self.write("pipeline.yaml", "stages:\n  - convolve: {kernel: response.wav, gain_db: -6}\n")
        sound.write(self.path("response.wav"), sound.decay(TAPS))
        given = sound.noise(60 * 48000)
        sound.write(self.path("in.wav"), given)
        self.start_server(48000, 128)
        run = self.live("pipeline.yaml", "--play", "in.wav", "--out", "JACK:system", "--block", "128",
                        "--record", "rec.wav", env=self.env)
        seen = set()
        for block in [64, 256, 1024, 32, 128]:
            self.jack.set_block(block)
            wait_for(f"calls of {block} frames", lambda: run.status()["block"] == block)
            seen.add(block)
        run.hear(TAPS)
        self.assertEqual(run.end()[0], 0, run.said())
        self.assertEqual(len(seen), 5)
        recorded = sound.read(self.path("rec.wav"))[0]
        expected = self.reference(128, 0, given[:len(recorded)], 48000)
        heard = len(recorded) - 12000  # it ends with a fade
        self.assertGreater(heard, TAPS)
        self.assertLess(numpy.abs(recorded - expected[:len(recorded)])[:heard].max(), 1e-6 * numpy.abs(expected).max())


if __name__ == "__main__":
    unittest.main()
