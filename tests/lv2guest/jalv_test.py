"""The plugins in jalv under JACK, in freewheel: what comes out is what `faltung run --block` computes."""

import os
import struct
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(__file__), "..", folder) for folder in ("apps", "live")]
from jack_server import JackServer, without_gaps
from program import PATIENCE_S, ProgramTest, float_wav, noise, wav_chunk

PROBE = os.environ["FALTUNG_JACK_PROBE"]
SAVE_STATE = os.environ["FALTUNG_SAVE_STATE"]
PHASE = 512  # the longest partition of the responses here: where a stream began matters modulo this
RESPONSE = "urn:faltung:response"


def floats(count, seed, decays=False):
    """Noise of a peak of a quarter that float32 holds exactly."""
    values = [value / 2**17 for value in noise(count, peak=2**15 - 1, seed=seed)]
    if not decays:
        return values
    return [struct.unpack("f", struct.pack("f", value * (1 - n / count)))[0] for n, value in enumerate(values)]


def interleaved(channels):
    return [value for frame in zip(*channels) for value in frame]


def samples(content):
    """The bytes of a float WAV's samples."""
    at, size = wav_chunk(content, b"data")
    return content[at:at + size]


class JalvTest(ProgramTest):
    def sound(self, name, channels, frames, rate, seed, decays=False):
        parts = [floats(frames, seed + c, decays) for c in range(channels)]
        self.write(name, float_wav(interleaved(parts), channels, rate))
        return parts

    def through_jalv(self, uri, rate, block, file, property_uri, ins, outs):
        """Plays in.wav through the plugin with its state restored; the recorded bytes."""
        saved = subprocess.run([SAVE_STATE, uri, property_uri, self.path(file), self.path("state")],
                               capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(saved.returncode, 0, saved.stderr)

        def measure():
            with JackServer(rate, block) as jack:
                jack.start("jalv", "-i", "-n", "guest", "-l", self.path("state"), uri)
                return jack.measure(PROBE, "--in", self.path("in.wav"), "--out", self.path("jack.wav"), "--tail", "0",
                                    "--to", ",".join(f"guest:{port}" for port in ins),
                                    "--from", ",".join(f"guest:{port}" for port in outs), "--freewheel")
        self.assertEqual(without_gaps(measure)["gaps"], 0)
        return samples(self.read("jack.wav"))

    def expect_equal(self, recorded, parts, rate, block, *pipeline):
        """Equal bit for bit to a run whose stream began some blocks earlier: nobody knows when jalv did."""
        size = len(recorded)
        for blocks in range(max(1, PHASE // block)):
            silence = [0.0] * (blocks * block)
            self.write("run_in.wav", float_wav(interleaved([silence + part for part in parts]), len(parts), rate))
            self.succeed("run", *pipeline, "run_in.wav", "-o", "run_out.wav", "--block", str(block))
            frames = blocks * block * 4 * len(parts)
            if samples(self.read("run_out.wav"))[frames:frames + size] == recorded:
                return
        self.fail(f"jalv gives other samples than faltung run --block {block}")

    def check(self, uri, channels, rate, block, taps, response_channels, response_rate=None):
        parts = self.sound("in.wav", channels, 9600, rate, 1)
        self.sound("response.wav", response_channels, taps, response_rate or rate, 7, decays=True)
        ins = ["in"] if channels == 1 else ["in_left", "in_right"]
        outs = [name.replace("in", "out") for name in ins]
        recorded = self.through_jalv(uri, rate, block, "response.wav", RESPONSE, ins, outs)
        self.assertEqual(len(recorded), 9600 * 4 * channels)
        self.expect_equal(recorded, parts, rate, block, *self.pipeline(response_channels))

    def pipeline(self, response_channels):
        if response_channels < 4:
            return ["--kernel", "response.wav"]
        paths = ["{in: 1, out: 1, channel: 1}", "{in: 1, out: 2, channel: 2}",
                 "{in: 2, out: 1, channel: 3}", "{in: 2, out: 2, channel: 4}"]
        rows = "".join(f"\n      - {path[:-1]}, kernel: response.wav}}" for path in paths)
        self.write("pipeline.yaml", f"stages:\n  - convolve:\n      matrix:{rows}\n".replace("\n      -", "\n        -"))
        return ["pipeline.yaml"]

    def test_mono_equals_run_at_64(self):
        self.check("urn:faltung:convolver-mono", 1, 48000, 64, 3000, 1)

    def test_mono_equals_run_at_128(self):
        self.check("urn:faltung:convolver-mono", 1, 44100, 128, 3000, 1)

    def test_mono_equals_run_at_256(self):
        self.check("urn:faltung:convolver-mono", 1, 48000, 256, 3000, 1)

    def test_stereo_equals_run_with_a_resampled_response(self):
        self.check("urn:faltung:convolver-stereo", 2, 48000, 64, 1500, 2, response_rate=44100)

    def test_true_stereo_equals_run_of_the_matrix(self):
        self.check("urn:faltung:convolver-true-stereo", 2, 44100, 128, 2000, 4)

    def test_pipeline_equals_run_of_the_same_file(self):
        parts = self.sound("in.wav", 2, 9600, 48000, 3)
        self.sound("response.wav", 2, 2000, 48000, 7, decays=True)
        self.write("p.yaml", "stages:\n  - gain: {db: -3}\n  - convolve: {kernel: response.wav}\n  - delay: {samples: 7}\n")
        recorded = self.through_jalv("urn:faltung:pipeline-stereo", 48000, 64, "p.yaml", "urn:faltung:pipeline",
                                     ["in_left", "in_right"], ["out_left", "out_right"])
        self.expect_equal(recorded, parts, 48000, 64, "p.yaml")


if __name__ == "__main__":
    unittest.main()
