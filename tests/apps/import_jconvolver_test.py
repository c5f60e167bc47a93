"""faltung import of jconvolver configurations: every one of jconvolver-config-files sounds as fconvolver makes it."""

import glob
import os
import re
import shutil
import subprocess
import unittest

import numpy

from program import PATIENCE_S, ProgramTest, float_wav, wav_chunk, wav_rate

CONFIGS = "/usr/share/jconvolver/config-files"
FRAMES = 3000
# Silence behind the noise: once the input has ended, fconvolver feeds the last block again and again.
SILENCE = 40000
READ = re.compile(r"^/impulse/read\s+\d+\s+\d+\s+\S+\s+\d+\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)", re.M)
NEW = re.compile(r"^/convolver/new\s+(\d+)\s+(\d+)\s+\d+\s+(\d+)", re.M)


def samples(content):
    """[frame, channel] of a float WAV."""
    form, _ = wav_chunk(content, b"fmt ")
    channels = int.from_bytes(content[form + 2:form + 4], "little")
    at, size = wav_chunk(content, b"data")
    return numpy.frombuffer(content[at:at + size], "<f4").reshape(-1, channels)


def noise_wav(channels, frames, rate, seed, silence=0):
    values = numpy.random.default_rng(seed).uniform(-0.5, 0.5, frames * channels)
    values = numpy.concatenate([values, numpy.zeros(silence * channels)])
    return float_wav(values.astype("f4").tolist(), channels, rate)


class Jconvolver(ProgramTest):
    def responses(self, text, rate):
        """Writes what the package does not hold: noise, as long and with as many channels as the text asks for."""
        needed = {}
        for offset, length, channel, name in READ.findall(text):
            old = needed.get(name, (0, 0))
            needed[name] = (max(old[0], int(channel)), max(old[1], int(offset) + max(int(length), 1500)))
        for seed, (name, (channels, frames)) in enumerate(sorted(needed.items())):
            if not os.path.exists(self.path(name)):
                self.write(name, noise_wav(channels, frames, rate, seed))

    def compare(self, text, rate=48000):
        """The text as hall.conf through fconvolver and through us; returns our output."""
        self.write("hall.conf", text)
        self.responses(text, rate)
        inputs, outputs, size = (int(n) for n in NEW.search(text).groups())
        self.write("in.wav", noise_wav(inputs, FRAMES, rate, 99, SILENCE))
        peer = subprocess.run(["fconvolver", "hall.conf", "in.wav", "theirs.wav"], cwd=self.folder,
                              capture_output=True, timeout=PATIENCE_S)
        self.assertEqual(peer.returncode, 0, peer.stderr.decode())
        self.succeed("import", "hall.conf", "-o", "hall.yaml")
        self.succeed("run", "hall.yaml", "in.wav", "-o", "ours.wav")
        theirs, ours = samples(self.read("theirs.wav")), samples(self.read("ours.wav"))
        self.assertEqual(ours.shape[1], outputs)
        self.assertLessEqual(len(ours), FRAMES + SILENCE + size - 1)
        whole = numpy.zeros_like(theirs)
        whole[:len(ours)] = ours
        peak = numpy.abs(theirs).max()
        self.assertGreater(peak, 0)
        self.assertLess(numpy.abs(whole - theirs).max() / peak, 2e-6)
        return ours

    def package_files(self, folder):
        found = sorted(glob.glob(os.path.join(CONFIGS, folder)))
        self.assertTrue(found, "the package jconvolver-config-files is missing")
        for path in found:
            with self.subTest(path):
                self.setUp()
                for sound in glob.glob(os.path.join(os.path.dirname(path), "*.wav")):
                    shutil.copy(sound, self.folder)
                with open(path) as file:
                    text = re.sub(r"^/cd .*$", "/cd " + self.folder, file.read(), flags=re.M)
                self.compare(text, 44100 if "44" in os.path.basename(path) else 48000)

    def test_ambisonic(self):
        self.package_files("ambisonic/*.conf")

    def test_demo_reverbs(self):
        self.package_files("demo-reverbs/*.conf")

    def test_single_files(self):
        self.package_files("*.conf")

    def test_octave_bands(self):
        self.package_files("octave-band/*.conf")

    def test_halls(self):
        self.package_files("porihall/*.conf")
        self.package_files("sala-concerti-cdm/*.conf")
        self.package_files("santa-elisabetta/*.conf")

    def test_spaces(self):
        self.package_files("spacenet/*.conf")

    def test_crosstalk(self):
        self.package_files("xtalk-cancel/*.conf")

    def test_stress(self):
        self.package_files("stresstest/*.conf")

    def test_gain_delay_offset_length_and_repeated_pairs(self):
        self.compare("/convolver/new 2 3 256 4096\n"
                     "/impulse/read 1 1 -0.25 100 17 300 1 a.wav\n"
                     "/impulse/read 1 1 0.5 7 0 0 2 a.wav\n"
                     "/impulse/dirac 1 1 2 31\n"
                     "/impulse/hilbert 2 3 -0.3 512 1023\n"
                     "/impulse/copy 2 1 1 1\n"
                     "/impulse/dirac 1 1 0.125 4095   # the copy has it too\n")

    def test_what_is_longer_than_the_maximum_is_cut(self):
        self.compare("/convolver/new 1 2 64 512\n"
                     "/impulse/read 1 1 1 100 0 0 1 a.wav\n"
                     "/impulse/read 1 2 1 0 50 0 1 a.wav\n"
                     "/impulse/hilbert 1 2 1 600 512\n"
                     "/impulse/dirac 1 2 1 512\n")
        text = self.read("hall.yaml").decode()
        self.assertIn("hall.conf:2: cut to 412 of 1550 frames by the maximum length 512", text)
        self.assertIn("hall.conf:5: left out, as jconvolver does: it begins at the delay 512", text)

    def test_quoted_names_and_a_silent_last_output(self):
        self.write("a room's.wav", noise_wav(1, 700, 48000, 4))
        self.compare("# a comment\n\n   # and another\n"
                     "/convolver/new 1 3 256 1000\n"
                     "/input/name 1 'In L' system:capture_1\n"
                     "/impulse/read 1 1 1 0 0 0 1 \"a room\\'s.wav\"\n"
                     "/impulse/read 1 2 1 0 0 0 1 a\\ room\\'s.wav\n")
        self.assertIn("# - hall.conf:5: input 1 is In L, connected to system:capture_1",
                      self.read("hall.yaml").decode())

    def test_other_rates_are_said(self):
        self.write("hall.conf", "/convolver/new 1 1 256 1000\n/impulse/read 1 1 1 0 0 0 1 a.wav\n")
        self.write("a.wav", noise_wav(1, 100, 44100, 1))
        self.succeed("import", "hall.conf", "-o", "hall.yaml")
        self.assertIn("responses are at 44100 Hz", self.read("hall.yaml").decode())
        self.write("in.wav", noise_wav(1, 100, 48000, 1))
        said = self.succeed("run", "hall.yaml", "in.wav", "-o", "out.wav").stderr.decode()
        self.assertIn("resampled from 44100 Hz to the signal's 48000 Hz", said)
        self.assertEqual(wav_rate(self.read("out.wav")), 48000)


if __name__ == "__main__":
    unittest.main()
