"""faltung import: what is refused, where it stands, and that nothing is left behind."""

import unittest

from import_camilladsp_test import DEVICES
from program import ProgramTest, float_wav

NEW = "/convolver/new 2 2 256 1000\n"
BRUTE = """sampling_rate: 48000;
filter_length: 256,2;
coeff 0 { filename: "dirac pulse"; };
input "l", "r" { device: "file" { path: "x"; }; sample: "S16_LE"; channels: 2; };
output 0, 1 { device: "file" { path: "y"; }; sample: "S16_LE"; channels: 2; };
"""
FILTER = "filter 0 { from_inputs: 0; to_outputs: 0; coeff: 0; };\n"


class Refusals(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("a.wav", float_wav([0.5] * 20, 2))  # 10 frames of 2 channels

    def refuse(self, name, text, words, status=2):
        self.write(name, text)
        self.refused(status, words, "import", name, "-o", "out.yaml",
                     env={"HOME": self.folder, "PATH": "/usr/bin:/bin"})

    def test_jconvolver(self):
        read = "/impulse/read 1 1 1 0 0 0 1 a.wav"
        for lines, words in {
            "/convolver/new 65 2 256 1000": "h.conf:1: /convolver/new: inputs: expected a whole number from 1 to 64, got '65'",
            "/convolver/new 2 2 256 1048577": "maximum impulse length: expected a whole number from 1 to 1048576",
            "/convolver/new 2 2 256": "the maximum impulse length is missing",
            "# nothing\n/cd x": "ends without /convolver/new",
            read: "h.conf:1: /impulse/read comes before /convolver/new",
            NEW + NEW: "h.conf:2: a second /convolver/new",
            NEW + " /impulse/dirac 1 1 1 0": "h.conf:2: expected a command, which begins in the first column with '/', or '#'",
            NEW + "/impulse/rread 1": "h.conf:2: unknown command '/impulse/rread'; did you mean '/impulse/read'?",
            NEW + "/impulse/dirac 3 1 1 0": "input: expected a whole number from 1 to 2, got '3'",
            NEW + "/impulse/dirac 1 0 1 0": "output: expected a whole number from 1 to 2, got '0'",
            NEW + "/impulse/dirac 1 1 loud 0": "gain: expected a number, got 'loud'",
            NEW + "/impulse/dirac 1 1 nan 0": "gain: expected a number, got 'nan'",
            NEW + "/impulse/hilbert 1 1 1 900 63": "length: expected a whole number from 64 to 65536, got '63'",
            NEW + read.replace("1 a.wav", "3 a.wav"): "a.wav has 2 channels, not 3",
            NEW + read.replace("1 0 0 0 1", "1 0 10 0 1"): "h.conf:2: offset of 10 frames; a.wav has 10",
            NEW + read.replace("a.wav", "'a.wav"): "file: the quote is not closed",
            NEW + read.replace("a.wav", "a'.wav"): "file: a quote inside",
            NEW + read.replace("a.wav", "a.wav\\"): "file: ends with '\\'",
            NEW + read.replace(" a.wav", ""): "the file is missing",
            NEW + read + "\n/impulse/copy 2 2 2 2": "h.conf:3: a copy of itself",
            NEW + read + "\n/impulse/copy 1 1 2 2": "copies over responses given before",
            NEW + "/impulse/copy 1 1 2 2": "copies from a pair that has nothing yet",
            NEW + read + "\n/impulse/copy 2 2 1 1\n/impulse/dirac 2 2 1 0":
                "h.conf:4: /impulse/dirac adds to input 2, output 2, which is a copy",
            NEW + "#" * 1023: "a line of more than 1022 characters",
        }.items():
            with self.subTest(words):
                self.refuse("h.conf", lines + "\n", words)
        self.refuse("h.conf", NEW + read.replace("a.wav", "b.wav"), "h.conf:2: b.wav: cannot be opened: No such file", 3)

    def test_camilladsp(self):
        head = DEVICES % (2, 2)
        step = "pipeline: [{type: Filter, channels: [0], names: [f]}]\n"
        mixer = "pipeline: [{type: Mixer, name: m}]\nmixers: {m: {channels: {in: %s, out: %s}, mapping: [%s]}}\n"
        def parameters(kind, text):
            return step + "filters:\n  f: {type: %s, parameters: {%s}}\n" % (kind, text)
        for text, words in {
            parameters("Limiter", "clip_limit: -1"): "c.yml:8:13: filter 'f' is of type 'Limiter', which no pipeline of ours expresses",
            parameters("Loudness", "reference_level: -25"): "filter 'f' is of type 'Loudness'",
            parameters("Volume", "fader: Aux1"): "filter 'f' is of type 'Volume'",
            parameters("Dither", "type: Flat, bits: 16"): "filter 'f' is of type 'Dither'",
            "pipeline: [{type: Processor, name: p}]\nprocessors: {p: {type: Compressor, parameters: {}}}\n":
                "c.yml:6:36: processor 'p' is of type 'Compressor', which no pipeline of ours expresses",
            "pipeline: [{type: Splitter}]\n": "unknown step 'Splitter'; allowed: Filter, Mixer",
            step: "c.yml:6:50: there is no filter 'f'",
            step.replace("[f]", "[bas]") + "filters: {bass: {type: Gain}}\n": "there is no filter 'bas'; did you mean 'bass'?",
            step.replace("[0]", "[2]"): "channel 2 of 2; they count from 0",
            step.replace("[0]", "[0, 0]"): "channel 0 is there twice",
            parameters("Biquad", "type: Elliptic, freq: 3"): "Biquad of type 'Elliptic', which cannot be imported; allowed: Free",
            parameters("BiquadCombo", "type: Chebyshev"): "BiquadCombo of type 'Chebyshev', which cannot be imported",
            parameters("BiquadCombo", "type: LinkwitzRileyLowpass, freq: 50, order: 3"): "of order 3; allowed: even orders",
            parameters("Biquad", "type: Lowpass, freq: 24000, q: 1"): "freq of 24000 Hz; allowed: below half the rate of 48000",
            parameters("Biquad", "type: Lowpass, freq: 100, q: 1, gain: 3"): "unknown key 'gain' of 'Lowpass'",
            parameters("Biquad", "type: Notch, freq: 100, q: 1, bandwidth: 3"): "Notch needs either q or bandwidth",
            parameters("Conv", "type: Wav, filename: a.wav, channel: 2"): "a.wav has 2 channels; they count from 0, got 2",
            parameters("Conv", "type: Raw, filename: a.wav, format: S12_LE"): "unknown sample format 'S12_LE'; allowed: TEXT, S16_LE",
            parameters("Conv", "type: Values, values: [1, 2], length: 1"): "length of 1 for 2 values",
            parameters("Delay", "delay: -1"): "delay of -48 frames; allowed: 0 to 268435456",
            parameters("Delay", "delay: 1, unit: miles"): "unknown value 'miles'",
            parameters("DiffEq", "a: [1, 2, 3, 4]"): "DiffEq of 1 and 4 coefficients; allowed: up to 3 and 3",
            parameters("DiffEq", "a: [1, -3], b: [1]"): "c.yml:8:33: no pipeline of ours expresses it: biquad: section 1 is unstable",
            parameters("Biquad", "type: Free, a1: -2, a2: 1, b0: 1, b1: 0, b2: 0"): "expresses it: biquad: section 1 is unstable",
            parameters("Biquad", "type: Peaking, freq: 100, q: 5000, gain: 3"): "expresses it: q of 5000; allowed: 0.01 to 1000",
            parameters("Biquad", "type: Lowshelf, freq: 100, slope: 24, gain: 3"): "expresses it: slope of 2; allowed: 0.01 to 1",
            parameters("Biquad", "type: Lowpass, freq: 23999, q: 1"): "expresses it: frequency_hz of 23999 Hz; allowed: 0.000001 to 23995.2 Hz",
            parameters("BiquadCombo", "type: ButterworthLowpass, freq: 50, order: 30"): "expresses it: order 30; allowed: 1 to 24",
            parameters("Gain", "gain: 1.0e+12, scale: linear"): "expresses it: factor of 1000000000000; allowed",
            parameters("Gain", "gian: 3"): "unknown key 'gian' of 'Gain'; did you mean 'gain'?",
            mixer % (3, 2, ""): "mixer 'm' takes 3 channels, there are 2",
            mixer % (2, 3, ""): "c.yml:5:36: playback has 2 channels, the pipeline ends with 3",
            mixer % (2, 2, "{dest: 2, sources: []}"): "channel 2 of 2; they count from 0",
            mixer % (2, 2, "{dest: 0, sources: []}, {dest: 0, sources: []}"): "dest 0 is there twice",
            "colour: blue\n": "unknown key 'colour' of 'the configuration'",
        }.items():
            with self.subTest(words):
                self.refuse("c.yml", head + text, words)
        self.refuse("c.yml", head + parameters("Conv", "type: Raw, filename: b.txt"), "c.yml:8:53: b.txt: cannot be opened", 3)
        self.write("t.txt", "1\n\n2\n")
        self.refuse("c.yml", head + parameters("Conv", "type: Raw, filename: t.txt"), "t.txt: line 2: expected a number", 3)

    def test_brutefir(self):
        def coeff(text):
            return BRUTE.replace('coeff 0 { filename: "dirac pulse"; };', "coeff 0 { %s };" % text) + FILTER
        for text, words in {
            BRUTE: "there is no filter",
            BRUTE + FILTER[:-3]: "b.conf:6: expected a field or '}', got the end",
            BRUTE + FILTER.replace("0;", "zero;", 1): "b.conf:6: expected a value, got 'zero'",
            BRUTE + FILTER.replace("0;", "1e5;", 1): "expected a value, got '1e5'",
            BRUTE + 'filter "open': "b.conf:6: the string that begins here is not closed",
            BRUTE + FILTER.replace("filter 0", "filter 1"): "b.conf:6: this filter has the number 0, not '1'",
            BRUTE + FILTER.replace("from_inputs: 0", 'from_inputs: "m"'): "b.conf:6: 'from_inputs': there is no 'm'",
            BRUTE + FILTER.replace("from_inputs: 0", "from_inputs: 2"): "expected a whole number from 0 to 1, got '2'",
            BRUTE + FILTER.replace("from_inputs: 0", "from_inputs: 0, 0"): "'from_inputs' names 'l' twice",
            BRUTE + FILTER.replace("to_outputs: 0;", ""): "filter \"0\" has no output",
            BRUTE + FILTER.replace("coeff: 0;", ""): "b.conf:6: filter needs 'coeff'",
            BRUTE + FILTER.replace("coeff: 0;", "coeff: 0; coeff: 0;"): "'coeff' is given twice",
            BRUTE + FILTER.replace("coeff: 0;", "coef: 0;"): "unknown field 'coef' of filter; did you mean 'coeff'?",
            BRUTE + FILTER.replace("coeff: 0;", "coeff: 0; delay: 2;"): "'delay': expected a whole number from",
            BRUTE + FILTER.replace("to_outputs", "to_filters: 0; from_filters: 0; to_outputs"): "filter \"0\" is part of a loop",
            BRUTE + FILTER.replace("to_outputs: 0", "to_filters: 1") +
                "filter 1 { from_inputs: 0; to_outputs: 1; coeff: 0; };\n":
                "b.conf:6: filter \"0\" is connected to \"1\", which does not name it in its from_filters",
            BRUTE + FILTER + 'logic: "eq" { coeff: 0; };': "b.conf:7: logic: module 'eq' changes filters while it runs",
            BRUTE + FILTER + 'logic: "cli" { script: "cfc 0 0;"; };': "logic: module 'cli' with a script",
            BRUTE.replace("256,2", "300"): "b.conf:2: filter_length: expected a power of two",
            BRUTE.replace("channels: 2;", "channels: 2; subdelay: 50; ", 1) + "sdf_length: 31;" + FILTER:
                "b.conf:4: subdelay of 50/100 samples",
            BRUTE.replace('"S16_LE"; channels: 2', '"S16_LE"; channels: 4/1,1', 1) + FILTER: "channels: 1 is there twice",
            BRUTE.replace("channels: 2;", "channels: 1;", 1) + FILTER: "mapping: expected a channel of the device for each of the 2 names",
            coeff('filename: "a.wav"; format: "processed";'): "format: \"processed\" coefficients are BruteFIR's own spectra",
            coeff('filename: 1/2/3; format: "processed";'): "coeff \"0\" lies in shared memory",
            coeff('filename: "a.wav"; format: "S16_4LE";'): "b.conf:3: unknown format 'S16_4LE'",
            coeff('filename: "a.wav"; format: "S16_LE"; blocks: 3;'): "'blocks': expected a whole number from",
            BRUTE.replace("sampling_rate", "sample_rate") + FILTER: "unknown field 'sample_rate' of the configuration",
        }.items():
            with self.subTest(words):
                self.refuse("b.conf", text, words)
        self.refuse("b.conf", coeff('filename: "b.txt"; format: "text";'), "b.conf:3: b.txt: cannot be opened", 3)
        self.refuse("b.conf", coeff('filename: "a.wav"; format: "text";'), "a.wav: line 1: expected a number", 3)

    def test_unknown_texts_and_files(self):
        self.refuse("x.txt", "hello\n", "is no configuration of jconvolver, CamillaDSP or BruteFIR")
        self.refused(2, "a.wav: is not text", "import", "a.wav", "-o", "x.yaml")
        self.refused(2, "nowhere.conf: No such file", "import", "nowhere.conf", "-o", "x.yaml")
        self.refused(2, "--from", "import", "x.txt", "-o", "x.yaml", "--from", "sox")
        self.refused(2, "import needs an output", "import", "x.txt")
        self.refused(2, "import needs a configuration", "import", "-o", "x.yaml")

    def test_outputs(self):
        self.write("h.conf", NEW + "/impulse/read 1 1 1 0 0 0 1 a.wav\n/impulse/hilbert 1 2 1 500 100\n")
        for output in ("h.conf", "./a.wav"):
            self.refused(2, "which is being read", "import", "h.conf", "-o", output)
        self.refused(4, "nowhere/h.yaml", "import", "h.conf", "-o", "nowhere/h.yaml")
        self.write("blocked-files", "a file where a folder is needed")
        self.refused(4, "blocked-files", "import", "h.conf", "-o", "blocked.yaml")

    def test_standard_output_needs_no_files(self):
        self.write("h.conf", NEW + "/impulse/hilbert 1 1 1 500 100\n/impulse/hilbert 2 2 1 500 100\n")
        before = self.files()
        text = self.succeed("import", "h.conf", "-o", "-").stdout
        self.assertEqual(self.files(), before)
        self.succeed("import", "h.conf", "-o", "h.yaml", "-q")
        self.assertIn("hilbert-100.npy", " ".join(self.files()))
        self.write("p.yaml", text)
        self.write("in.wav", float_wav([1, 0, 0, 0.5], 2))
        for name in ("p", "h"):
            self.succeed("run", name + ".yaml", "in.wav", "-o", name + ".wav")
        self.assertEqual(self.read("p.wav"), self.read("h.wav"))

    def test_the_program_can_be_named(self):
        self.write("h.conf", "# devices: none\n" + NEW + "/impulse/dirac 1 1 1 0\n")
        self.succeed("import", "h.conf", "-o", "h.yaml", "--from", "jconvolver")
        self.refused(2, "h.conf:2: expected", "import", "h.conf", "-o", "x.yaml", "--from", "brutefir")


if __name__ == "__main__":
    unittest.main()
