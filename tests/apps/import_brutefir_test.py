"""faltung import of BruteFIR configurations: they sound as brutefir makes them, file to file."""

import glob
import os
import re
import subprocess
import unittest

import numpy

from import_jconvolver_test import samples
from program import PATIENCE_S, ProgramTest, float_wav

EXAMPLES = "/usr/share/doc/brutefir/examples"
FRAMES = 5000
GENERAL = """
float_bits: 32; overflow_warnings: true; show_progress: false; max_dither_table_size: 0;
allow_poll_mode: false; modules_path: "."; monitor_rate: false; powersave: false;
lock_memory: false; convolver_config: "wisdom"; sampling_rate: 48000;
"""
DEFAULTS = GENERAL + """
filter_length: 512; config_file: "none"; sdf_length: -1;
coeff { format: "FLOAT_LE"; attenuation: 6.0; blocks: -1; skip: 0; shared_mem: false; };
input { device: "file" { path: "in.raw"; }; sample: "FLOAT_LE"; channels: 2; delay: 0,0; maxdelay: -1; mute: false, false; };
output { device: "file" { path: "out.raw"; }; sample: "FLOAT_LE"; channels: 2; delay: 7,0; maxdelay: -1; mute: false, false; dither: false; };
filter { process: -1; delay: 0; crossfade: false; };
"""
IN = 'input %s { device: "file" { path: "in.raw"; }; sample: "FLOAT_LE"; %s };\n'
OUT = 'output %s { device: "file" { path: "out.raw"; }; sample: "FLOAT_LE"; %s };\n'


class Brutefir(ProgramTest):
    def setUp(self):
        super().setUp()
        self.random = numpy.random.default_rng(5)
        self.taps = self.random.uniform(-0.3, 0.3, 900)
        self.write("a.txt", "".join(f"{tap:.9g}\n" for tap in self.taps[:700]))
        self.write("b.f32", self.taps[:300].astype("<f4").tobytes())

    def compare(self, text, inputs=2, outputs=2, arguments=("-nodefault",), options=(), used=None):
        """The text as room.conf through brutefir and through us. `used`: the device's channels that are."""
        signal = self.random.uniform(-0.3, 0.3, (FRAMES, inputs)).astype("<f4")
        self.write("in.raw", signal.tobytes())
        self.write("room.conf", text)
        peer = subprocess.run(["brutefir", "room.conf", *arguments], cwd=self.folder, timeout=PATIENCE_S,
                              capture_output=True, env={**os.environ, "HOME": self.folder})
        self.assertEqual(peer.returncode, 0, peer.stderr.decode())
        theirs = numpy.frombuffer(self.read("out.raw"), "<f4").reshape(-1, outputs)
        self.assertEqual(len(theirs), FRAMES)
        taken, given = used or (list(range(inputs)), list(range(outputs)))
        self.write("in.wav", float_wav(signal[:, taken].ravel().tolist(), len(taken)))
        self.succeed("import", "room.conf", "-o", "room.yaml", *options,
                     env={**os.environ, "HOME": self.folder})
        self.succeed("run", "room.yaml", "in.wav", "-o", "out.wav")
        ours = samples(self.read("out.wav"))
        self.assertEqual(ours.shape[1], len(given))
        self.assertGreaterEqual(len(ours), FRAMES)
        for channel, column in enumerate(given):
            error = numpy.abs(ours[:FRAMES, channel] - theirs[:, column]).max()
            self.assertLess(error / numpy.abs(theirs).max(), 2e-6, f"output {channel + 1}")
        self.assertGreater(numpy.abs(theirs).max(), 0.01)
        return self.read("room.yaml").decode()

    def test_gains_factors_delays_and_coefficients_of_both_kinds(self):
        text = self.compare(GENERAL + "filter_length: 256,4;\n"
            'coeff "a" { filename: "a.txt"; format: "text"; attenuation: 6.0; };\n'
            'coeff "b" { filename: "b.f32"; format: "FLOAT_LE"; attenuation: -3.0; blocks: 1; };\n' +
            IN % ('"l", "r"', "channels: 2; delay: 3,0;") +
            OUT % ('"x", "y"', "channels: 2; delay: 0,5;") +
            'filter 0 { from_inputs: "l"/6/-1; to_outputs: "x", "y"//-0.5; coeff: "a"; };\n'
            'filter "second" { from_inputs: "r", 0/-3; to_outputs: 1/2/0.7; coeff: 1; delay: 1; };\n')
        self.assertIn('kernel: "./a.txt"', text)          # ours reads it as it is
        self.assertIn('kernel: "room-files/b.npy"', text)  # cut to a block

    def test_network_of_filters(self):
        self.compare(GENERAL + "filter_length: 256,4;\n"
            'coeff "a" { filename: "a.txt"; format: "text"; };\n'
            'coeff "b" { filename: "b.f32"; format: "FLOAT_LE"; };\n' +
            IN % ('"l", "r"', "channels: 2; delay: 0,9;") +
            OUT % ('"x", "y", "z"', "channels: 3; delay: 0,0,4;") +
            'filter "sum" { from_inputs: 0, 1/3; to_filters: "b1", "tail"; to_outputs: "x"/20; coeff: -1; };\n'
            'filter "b1" { from_inputs: 1; from_filters: "sum"/1/-0.5; to_filters: 2; coeff: "b"; };\n'
            'filter "tail" { from_inputs: 0; from_filters: "b1", "sum"//0.3; to_outputs: 1, "z"//-2; coeff: "a"; };\n'
            'filter "own" { from_inputs: 1; to_outputs: "x"; coeff: "b"; };\n', outputs=3)

    def test_last_mix_without_delays(self):
        self.compare(GENERAL + "filter_length: 512;\n"
            'coeff "b" { filename: "b.f32"; format: "FLOAT_LE"; };\n' +
            IN % ('0, 1', "channels: 2;") + OUT % ('0, 1', "channels: 2;") +
            'filter 0 { from_inputs: 0; to_filters: 1; coeff: "b"; };\n'
            'filter 1 { from_filters: 0; to_outputs: 0, 1//-1; coeff: "b"; };\n')

    def test_delay_of_a_filter_cuts_its_coefficients(self):
        text = self.compare(GENERAL + "filter_length: 256,4;\n"
            'coeff 0 { filename: "a.txt"; format: "text"; };\n' +
            IN % ('"l"', "channels: 1;") + OUT % ('"x"', "channels: 1;") +
            'filter 0 { from_inputs: 0; to_outputs: 0; coeff: 0; delay: 2; };\n', 1, 1)
        self.assertIn("cut to 512 taps by its delay", text)

    def test_channels_mapping_and_mute(self):
        text = self.compare(GENERAL + "filter_length: 512;\n"
            'coeff 0 { filename: "b.f32"; format: "FLOAT_LE"; };\n' +
            IN % ('0, 1', "channels: 4/3,1; mute: false, true;") +
            OUT % ('"a", "b", "c"', "channels: 3/2,0; mapping: 0,1,0; delay: 0,0,11;") +
            'filter 0 { from_inputs: 0, 1; to_outputs: "a", "c"//-1; coeff: 0; };\n'
            'filter 1 { from_inputs: 0/6, 1; to_outputs: "b"; coeff: -1; };\n',
            4, 3, used=([3, 1], [2, 0]))
        self.assertIn("muted input", text)
        self.assertIn('# - output 1 is "c": file out.raw (FLOAT_LE), channel 2', text)

    def test_old_words(self):
        self.compare(GENERAL + "filter_length: 512;\n"
            'coeff 0 { filename: "b.f32"; format: "FLOAT_LE"; };\n' +
            IN % ('0', "channels: 1;") + OUT % ('0', "channels: 1;") +
            'route 0 { inputs: 0/1; outputs: 0; coeff: 0; };\n', 1, 1)

    def test_raw_formats(self):
        integers = (self.taps[:200] * 2**23).astype("<i4")
        packed = integers.view("u1").reshape(-1, 4)[:, :3]
        formats = {"S8": (self.taps[:200] * 127).astype("i1").tobytes(),
                   "S16_LE": (self.taps[:200] * 32767).astype("<i2").tobytes(),
                   "S16_BE": (self.taps[:200] * 32767).astype(">i2").tobytes(),
                   "S24_LE": packed.tobytes(), "S24_BE": packed[:, ::-1].tobytes(),
                   "S32_LE": (integers * 256).tobytes(), "s32_be": (integers * 256).astype(">i4").tobytes(),
                   "FLOAT_BE": self.taps[:200].astype(">f4").tobytes(),
                   "FLOAT64_LE": self.taps[:200].astype("<f8").tobytes(),
                   "FLOAT64_BE": self.taps[:200].astype(">f8").tobytes()}
        for name, content in formats.items():
            with self.subTest(name):
                self.write("k.raw", b"head" + content)
                self.compare(GENERAL + "filter_length: 512;\n"
                    f'coeff 0 {{ filename: "k.raw"; format: "{name}"; skip: 4; }};\n' +
                    IN % ('0', "channels: 1;") + OUT % ('0', "channels: 1;") +
                    'filter 0 { from_inputs: 0; to_outputs: 0; coeff: 0; };\n', 1, 1)

    def test_defaults_beside_the_configuration(self):
        main = ('coeff 0 { filename: "b.f32"; };\ninput 0, 1 { };\noutput 0, 1 { };\n'
                'filter 0 { from_inputs: 0; to_outputs: 0; coeff: 0; };\n'
                'filter 1 { from_inputs: 1; to_outputs: 1; coeff: -1; };\n')
        self.write("own_defaults", DEFAULTS)
        self.write(".brutefir_defaults", DEFAULTS)
        given = self.compare(main, arguments=(), options=("--defaults", "own_defaults"))
        found = self.compare(main, arguments=())
        self.assertIn("# - defaults: own_defaults", given)
        self.assertEqual(given.split("rate:")[1], found.split("rate:")[1])
        self.assertIn("delay: 7", given)

    def test_double_precision(self):
        text = self.compare(GENERAL.replace("32", "64") + "filter_length: 512;\n"
            'coeff 0 { filename: "b.f32"; format: "FLOAT_LE"; };\n' +
            IN % ('0', "channels: 1;") + OUT % ('0', "channels: 1;") +
            'filter 0 { from_inputs: 0; to_outputs: 0; coeff: 0; };\n', 1, 1)
        self.assertIn("precision: float64", text)

    def test_examples_of_the_package(self):
        """With files instead of devices. bench5 needs a script, which is refused."""
        found = sorted(glob.glob(os.path.join(EXAMPLES, "*_config")))
        self.assertGreaterEqual(len(found), 7)
        self.write(".brutefir_defaults", DEFAULTS.replace('"FLOAT_LE"; attenuation: 6.0', '"text"; attenuation: 0.0'))
        for name in ("directpath.txt", "crosspath.txt"):
            self.write(name, self.read("a.txt"))
        for path in found:
            with self.subTest(path), open(path) as file:
                text = re.sub(r"benchmark: true|show_progress: true", "show_progress: false", file.read())
                if "script" in text:
                    self.write("room.conf", text)
                    self.refused(2, "logic: module 'cli' with a script", "import", "room.conf", "-o", "x.yaml")
                    continue
                if len(re.findall(r"^(?:in|out)put\b", text, flags=re.M)) > 2:  # bench4: two of each
                    self.write("room.conf", text)
                    self.succeed("import", "room.conf", "-o", "room.yaml", env={**os.environ, "HOME": self.folder})
                    said = self.succeed("check", "room.yaml", "--shape", "4x9000").stdout.decode()
                    self.assertIn("-> 2 channels", said)
                    continue
                for direction, name in (("input", "in.raw"), ("output", "out.raw")):
                    text = re.sub(r'(\b%s\b[^{]*\{\s*device: )"\w+" \{[^}]*\}' % direction,
                                  r'\1"file" { path: "%s"; }' % name, text)
                text = text.replace('sample: "S24_LE"', 'sample: "FLOAT_LE"').replace(
                    'sample: "S24_4LE"', 'sample: "FLOAT_LE"').replace("dither: true", "dither: false")
                open_channels = [int(n) for n in re.findall(r"channels: (\d+)", text)]
                selected = re.findall(r"channels: \d+/([\d,]+)", text)
                lists = [[int(n) for n in one.split(",")] for one in selected]
                self.compare(text, *open_channels, arguments=(), used=tuple(lists) or None)


if __name__ == "__main__":
    unittest.main()
