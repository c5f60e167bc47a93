"""faltung import of CamillaDSP configurations, compared with what its README says, computed by NumPy."""

import struct
import unittest

import numpy
import scipy.signal

from import_jconvolver_test import noise_wav, samples
from program import ProgramTest, float_wav

RATE = 48000
FRAMES = 4000
DEVICES = """devices:
  samplerate: 48000
  chunksize: 1024
  capture: {type: Alsa, channels: %d, device: "hw:0", format: S32_LE}
  playback: {type: Alsa, channels: %d, device: "hw:1", format: S32_LE}
"""


class Camilladsp(ProgramTest):
    def setUp(self):
        super().setUp()
        self.random = numpy.random.default_rng(7)
        self.taps = self.random.uniform(-0.5, 0.5, 200)

    def imported(self, text, inputs=2, outputs=2, devices=DEVICES):
        self.write("room.yml", (devices % (inputs, outputs) if "%d" in devices else devices) + text)
        self.succeed("import", "room.yml", "-o", "room.yaml")
        return self.read("room.yaml").decode()

    def stages(self, text, inputs=2, outputs=2):
        """The stages as written, without comments."""
        lines = self.imported(text, inputs, outputs).split("stages:\n")[1].splitlines()
        return [line.strip()[2:] for line in lines if not line.strip().startswith("#")]

    def ran(self, text, inputs=2, outputs=2, devices=DEVICES):
        """Input and output, [frame, channel]."""
        self.imported(text, inputs, outputs, devices)
        self.write("in.wav", noise_wav(inputs, FRAMES, RATE, 3))
        self.succeed("run", "room.yaml", "in.wav", "-o", "out.wav")
        return samples(self.read("in.wav")), samples(self.read("out.wav"))

    def close(self, ours, expected):
        self.assertGreaterEqual(len(ours), FRAMES)
        self.assertLess(numpy.abs(ours[:FRAMES] - expected[:FRAMES]).max() / numpy.abs(expected).max(), 1e-6)

    def test_mixers_gains_and_delays(self):
        given, ours = self.ran("""
mixers:
  spread:
    channels: {in: 2, out: 4}
    mapping:
      - dest: 0
        sources: [{channel: 0}, {channel: 1, gain: -6, inverted: true}]
      - dest: 1
        sources: [{channel: 1, gain: 0.25, scale: linear}, {channel: 0, gain: 12, mute: true}]
      - {dest: 3, mute: true, sources: [{channel: 0}]}
filters:
  down: {type: Gain, parameters: {gain: -3.5, inverted: true}}
  half: {type: Gain, parameters: {gain: 0.5, scale: linear}}
  quiet: {type: Gain, parameters: {gain: 0, mute: true}}
  late: {type: Delay, parameters: {delay: 1.0104, unit: ms}}
  unused: {type: Loudness, parameters: {reference_level: -25}}
pipeline:
  - {type: Filter, channels: [0], names: [down]}
  - {type: Filter, channels: [1], names: [half]}
  - {type: Filter, names: [late]}
  - {type: Mixer, name: spread}
  - {type: Filter, channels: [3], names: [quiet], bypassed: true}
  - {type: Filter, channels: [0, 2], names: [half, down]}
""", 2, 4)
        left = -10 ** (-3.5 / 20) * given[:, 0].astype(float)
        right = 0.5 * given[:, 1].astype(float)
        left, right = (numpy.concatenate([numpy.zeros(48), side]) for side in (left, right))  # 48.4992
        fade = -0.5 * 10 ** (-3.5 / 20)
        self.close(ours, numpy.stack([fade * (left - 10 ** -0.3 * right), 0.25 * right, 0 * left, 0 * left], 1))

    def test_gains_of_several_channels_become_one_stage(self):
        self.assertEqual(self.stages("""
filters:
  a: {type: Gain, parameters: {gain: 0.5, scale: linear}}
  b: {type: Gain, parameters: {gain: 2, scale: linear, inverted: true}}
pipeline:
  - {type: Filter, channels: [0], names: [a]}
  - {type: Filter, channels: [1], names: [b]}
"""), ["gain: {factor: [0.5, -2]}"])

    def test_responses_of_every_kind(self):
        integers = (self.taps * 2**23).astype("<i4")
        self.write("two-48000.wav", float_wav(numpy.stack([self.taps, -self.taps[::-1]], 1).ravel().tolist(), 2))
        self.write("taps.txt", "a head\n" + "".join(f"{tap!r}\n" for tap in self.taps.tolist()) + "7\n")
        exact = {"S16_LE": ((self.taps * 32767).astype("<i2"), 2**15), "S16LE": ((self.taps * 32767).astype("<i2"), 2**15),
                 "S24_4_RJ_LE": (integers & 0xffffff, 2**23), "S24LE": (integers & 0xffffff, 2**23),
                 "S24_4_LJ_LE": (integers << 8, 2**23), "S32_LE": (integers << 8, 2**31), "S32LE": (integers << 8, 2**31),
                 "S24_3_LE": (integers.view("u1").reshape(-1, 4)[:, :3], 2**23),
                 "S24LE3": (integers.view("u1").reshape(-1, 4)[:, :3], 2**23),
                 "F32_LE": (self.taps.astype("<f4"), 1), "FLOAT32LE": (self.taps.astype("<f4"), 1),
                 "F64_LE": (self.taps.astype("<f8"), 1), "FLOAT64LE": (self.taps.astype("<f8"), 1)}
        kinds = [("{type: Wav, filename: two-$samplerate$.wav, channel: 1}", -self.taps[::-1]),
                 ("{type: Wav, filename: two-$samplerate$.wav}", self.taps),
                 ("{type: Raw, filename: taps.txt, format: TEXT, skip_bytes_lines: 1, read_bytes_lines: 200}", self.taps),
                 ("{type: File, filename: taps.txt, skip_bytes_lines: 101, read_bytes_lines: 50}", self.taps[100:150]),
                 ("{type: Values, values: [0.5, -0.25, 0.125], length: 16}", [0.5, -0.25, 0.125]),
                 ("{type: Values, values: %s}" % self.taps.tolist(), self.taps),
                 ("{type: Dummy, length: 4096}", [1])]
        for name, (stored, scale) in exact.items():
            self.write(f"taps-{name}.dat", b"xyz" + stored.tobytes())
            expected = self.taps if scale == 1 else (self.taps * (scale - (scale == 2**15))).astype("i8") / scale
            if scale > 2**15:
                expected = integers / 2**23
            kinds.append((f"{{type: Raw, filename: taps-{name}.dat, format: {name}, skip_bytes_lines: 3}}", expected))
        for parameters, taps in kinds:
            with self.subTest(parameters[:70]):
                given, ours = self.ran("filters: {fir: {type: Conv, parameters: %s}}\n"
                                       "pipeline: [{type: Filter, channels: [1], names: [fir]}]\n" % parameters)
                expected = given.astype(float)
                expected[:, 1] = numpy.convolve(expected[:, 1], taps)[:FRAMES]
                self.close(ours, expected)

    def test_one_matrix_for_the_responses_of_all_channels(self):
        stages = self.stages("""
filters:
  l: {type: Conv, parameters: {type: Values, values: [1, 2]}}
  r: {type: Conv, parameters: {type: Values, values: [3]}}
  g: {type: Gain, parameters: {gain: 2, scale: linear}}
pipeline:
  - {type: Filter, channels: [0], names: [l]}
  - {type: Filter, channels: [1], names: [g, r]}
""")
        self.assertEqual([line.split("  #")[0] for line in stages],
                         ["gain: {factor: [1, 2]}", "convolve:", "trix:",
                          "{in: 1, out: 1, kernel: [1, 2]}", "{in: 2, out: 2, kernel: [3]}"])

    def test_names_of_old_versions(self):
        self.write("taps.raw", self.taps.astype("<f8").tobytes())
        given, ours = self.ran("""
filters:
  fir-48000: {type: Conv, parameters: {type: File, filename: taps.raw, format: FLOAT64LE}}
pipeline:
  - {type: Filter, channel: 0, names: [fir-$samplerate$]}
""", devices="""devices:
  samplerate: 48000
  chunksize: 1024
  enable_resampling: true
  resampler_type: Synchronous
  capture_samplerate: 44100
  capture: {type: File, channels: 2, filename: in.raw, format: S16LE}
  playback: {type: File, channels: 2, filename: out.raw, format: S16LE}
""")
        expected = given.astype(float)
        expected[:, 0] = numpy.convolve(expected[:, 0], self.taps)[:FRAMES]
        self.close(ours, expected)
        self.assertIn("# - capture_samplerate 44100 of the device is not carried over", self.read("room.yaml").decode())

    def test_capture_from_a_wav_has_its_channels(self):
        self.write("in.wav", noise_wav(3, 10, RATE, 1))
        text = self.imported("pipeline: null\n", devices="""devices:
  samplerate: 48000
  chunksize: 1024
  capture: {type: WavFile, filename: in.wav}
  playback: {type: File, channels: 3, filename: out.raw, format: S16_LE}
""")
        self.assertIn("stages: []", text)

    def biquad(self, parameters, kind="Biquad"):
        return self.stages("filters: {f: {type: %s, parameters: %s}}\n"
                           "pipeline: [{type: Filter, names: [f]}]\n" % (kind, parameters))

    def test_biquads_keep_their_names(self):
        for given, written in {
            "{type: Peaking, freq: 100, gain: -7.3, q: 0.5}": "type: peaking, frequency_hz: 100, q: 0.5, gain_db: -7.3",
            "{type: Peaking, freq: 1e3, gain: 3, bandwidth: 0.7}":
                "type: peaking, frequency_hz: 1000, bandwidth_oct: 0.7, gain_db: 3",
            "{type: Highshelf, freq: 1000, gain: 5, slope: 6}": "type: highshelf, frequency_hz: 1000, slope: 0.5, gain_db: 5",
            "{type: Lowshelf, freq: 1000, gain: -5, q: 1.5}": "type: lowshelf, frequency_hz: 1000, q: 1.5, gain_db: -5",
            "{type: Lowpass, freq: 1000, q: 0.5}": "type: lowpass, frequency_hz: 1000, q: 0.5",
            "{type: Highpass, freq: 80, q: 0.7}": "type: highpass, frequency_hz: 80, q: 0.7",
            "{type: Notch, freq: 50, q: 10}": "type: notch, frequency_hz: 50, q: 10",
            "{type: Bandpass, freq: 50, bandwidth: 1}": "type: bandpass, frequency_hz: 50, bandwidth_oct: 1",
            "{type: Allpass, freq: 50, q: 0.7}": "type: allpass, frequency_hz: 50, q: 0.7",
            "{type: LowpassFO, freq: 50}": "type: lowpass1, frequency_hz: 50",
            "{type: HighpassFO, freq: 50}": "type: highpass1, frequency_hz: 50",
            "{type: AllpassFO, freq: 50}": "type: allpass1, frequency_hz: 50",
            "{type: LowshelfFO, freq: 50, gain: 3}": "type: lowshelf1, frequency_hz: 50, gain_db: 3",
            "{type: HighshelfFO, freq: 50, gain: 3}": "type: highshelf1, frequency_hz: 50, gain_db: 3",
            "{type: Free, a1: -1.5, a2: 0.6, b0: 1, b1: -2, b2: 0.5}":
                "type: coefficients, b: [1, -2, 0.5], a: [1, -1.5, 0.6]",
        }.items():
            with self.subTest(given):
                self.assertEqual(self.biquad(given), ["biquad: {" + written + "}"])

    def test_combinations_of_biquads(self):
        for given, written in {
            "{type: ButterworthHighpass, freq: 80, order: 5}": ["type: butterworth-highpass, frequency_hz: 80, order: 5"],
            "{type: ButterworthLowpass, freq: 80, order: 1}": ["type: butterworth-lowpass, frequency_hz: 80, order: 1"],
            "{type: LinkwitzRileyLowpass, freq: 80, order: 4}": ["type: linkwitz-riley-lowpass, frequency_hz: 80, order: 4"],
            "{type: LinkwitzRileyHighpass, freq: 80, order: 2}": ["type: linkwitz-riley-highpass, frequency_hz: 80, order: 2"],
            "{type: Tilt, gain: 4}": ["type: lowshelf, frequency_hz: 110, q: 0.35, gain_db: -2",
                                      "type: highshelf, frequency_hz: 3500, q: 0.35, gain_db: 2"],
            "{type: GraphicEqualizer, freq_min: 64, freq_max: 1024, gains: [0, 2]}":
                ["type: peaking, frequency_hz: 512, bandwidth_oct: 2, gain_db: 2"],
        }.items():
            with self.subTest(given):
                ours = [line[len("biquad: {"):-1] for line in self.biquad(given, "BiquadCombo")]
                self.assertEqual(ours, written)

    def coefficients(self, text):
        """(b, a) of the one biquad."""
        [line] = text
        b, a = (part.split("]")[0] for part in line.split("[")[1:])
        return [[float(n) for n in part.split(",")] for part in (b, a)]

    def response(self, b, a, hz):
        z = numpy.exp(-2j * numpy.pi * numpy.asarray(hz) / RATE)
        return numpy.polyval(b[::-1], z) / numpy.polyval(a[::-1], z)

    def test_linkwitz_transform_moves_the_poles(self):
        b, a = self.coefficients(self.biquad(
            "{type: LinkwitzTransform, freq_act: 100, q_act: 1.2, freq_target: 25, q_target: 0.7}"))
        def analogue(hz, corner, q):
            s, w = 2j * numpy.pi * hz, 2 * numpy.pi * corner
            return s * s + s * w / q + w * w
        hz = numpy.array([10.0, 25, 62.5, 100, 300])
        expected = analogue(hz, 100, 1.2) / analogue(hz, 25, 0.7)
        self.assertLess(numpy.abs(self.response(b, a, hz) / expected - 1).max(), 1e-3)
        self.assertEqual(a[0], 1)

    def test_general_notch_is_silent_at_its_zero(self):
        for at_dc, unity in (("", RATE / 2), (", normalize_at_dc: true", 0)):
            b, a = self.coefficients(self.biquad(
                "{type: GeneralNotch, freq_z: 500, freq_p: 1500, q_p: 1%s}" % at_dc))
            gains = numpy.abs(self.response(b, a, [500, unity, RATE / 2 - unity]))
            self.assertLess(gains[0], 1e-9)
            self.assertAlmostEqual(gains[1], 1, 9)
            self.assertNotAlmostEqual(gains[2], 1, 1)

    def test_subsample_delay_becomes_frames_and_an_allpass(self):
        for delay in (0.4, 1.5, 7.25, 12):
            lines = self.stages("filters: {d: {type: Delay, parameters: {delay: %r, unit: samples, subsample: true}}}\n"
                                "pipeline: [{type: Filter, names: [d]}]\n" % delay)
            frames = float(lines.pop(0).split(": ")[2][:-1]) if lines[0].startswith("delay") else 0
            b, a = self.coefficients(lines)
            hz = numpy.array([20.0, 200, 1000])
            phase = numpy.angle(self.response(b, a, hz))
            self.assertLess(numpy.abs(numpy.abs(self.response(b, a, hz)) - 1).max(), 1e-12)
            measured = frames - phase / (2 * numpy.pi * hz / RATE)
            self.assertLess(numpy.abs(measured - delay).max(), 1e-3)

    def test_biquad_of_some_channels_and_difference_equations(self):
        self.assertEqual(self.stages("""
filters:
  p: {type: Biquad, parameters: {type: Lowpass, freq: 100, q: 1}}
  fir: {type: DiffEq, parameters: {b: [1, 0, 0, 0.5]}}
  iir: {type: DiffEq, parameters: {a: [1, -0.5], b: [0.5]}}
pipeline:
  - {type: Filter, channels: [2, 0], names: [p, fir]}
  - {type: Filter, channels: [1], names: [p, iir]}
""", 3, 3)[:2], ["biquad: {type: lowpass, frequency_hz: 100, q: 1}",
                 "biquad: {type: coefficients, b: [0.5, 0, 0], a: [1, -0.5, 0], channels: [2]}"])

    def need(self, stage):
        """Until the stages of live audio are in this branch."""
        self.write("stage.yaml", "stages: [%s]\n" % stage)
        if self.run_program("check", "stage.yaml").returncode != 0:
            self.skipTest(f"there is no stage {stage}")

    def test_biquads_sound_as_their_analogue_originals(self):
        """Against SciPy's bilinear transform of the analogue filters, and its Butterworths."""
        self.need("biquad: {type: lowpass1, frequency_hz: 9}")
        def analogue(b, a, hz):
            return scipy.signal.bilinear(b, a, 0.5 / numpy.tan(numpy.pi * hz / RATE))
        up, q = 10 ** (6 / 40), 0.8
        root = up ** 0.5
        second = [1, 1 / q, 1]
        cases = [("Lowpass, freq: 900, q: 0.8", *analogue([1], second, 900)),
                 ("Highpass, freq: 900, q: 0.8", *analogue([1, 0, 0], second, 900)),
                 ("Bandpass, freq: 900, q: 0.8", *analogue([1 / q, 0], second, 900)),
                 ("Notch, freq: 900, q: 0.8", *analogue([1, 0, 1], second, 900)),
                 ("Allpass, freq: 900, q: 0.8", *analogue([1, -1 / q, 1], second, 900)),
                 ("Peaking, freq: 900, q: 0.8, gain: 6", *analogue([1, up / q, 1], [1, 1 / (up * q), 1], 900)),
                 ("Lowshelf, freq: 900, q: 0.8, gain: 6",
                  *analogue([up, up * root / q, up * up], [up, root / q, 1], 900)),
                 ("Highshelf, freq: 900, q: 0.8, gain: 6",
                  *analogue([up * up, up * root / q, up], [1, root / q, up], 900)),
                 ("LowpassFO, freq: 900", *analogue([1], [1, 1], 900)),
                 ("HighpassFO, freq: 900", *analogue([1, 0], [1, 1], 900)),
                 ("AllpassFO, freq: 900", *analogue([-1, 1], [1, 1], 900)),
                 ("LowshelfFO, freq: 900, gain: 6", *analogue([1, up], [1, 1 / up], 900)),
                 ("HighshelfFO, freq: 900, gain: 6", *analogue([up * up, up], [1, up], 900)),
                 ("Free, a1: -1.5, a2: 0.6, b0: 1, b1: -2, b2: 0.5", [1, -2, 0.5], [1, -1.5, 0.6]),
                 ("ButterworthLowpass, freq: 900, order: 5", *scipy.signal.butter(5, 900, "low", fs=RATE)),
                 ("ButterworthHighpass, freq: 900, order: 4", *scipy.signal.butter(4, 900, "high", fs=RATE))]
        for kind in ("low", "high"):
            b, a = scipy.signal.butter(2, 900, kind, fs=RATE)
            cases.append((f"LinkwitzRiley{kind.title()}pass, freq: 900, order: 4",
                          numpy.convolve(b, b), numpy.convolve(a, a)))
        for parameters, b, a in cases:
            kind = "BiquadCombo" if "order" in parameters else "Biquad"
            with self.subTest(parameters):
                given, ours = self.ran("filters: {f: {type: %s, parameters: {type: %s}}}\n"
                                       "pipeline: [{type: Filter, channels: [1], names: [f]}]\n" % (kind, parameters))
                expected = given.astype(float)
                expected[:, 1] = scipy.signal.lfilter(b, a, expected[:, 1])
                self.close(ours, expected)

    def test_delays_of_single_channels(self):
        self.need("delay: {samples: [1, 2]}")
        given, ours = self.ran("filters: {d: {type: Delay, parameters: {delay: 1}}}\n"
                               "pipeline: [{type: Filter, channels: [1], names: [d]}]\n")
        expected = given.astype(float)
        expected[:, 1] = numpy.concatenate([numpy.zeros(48), expected[:-48, 1]])
        self.close(ours, expected)


if __name__ == "__main__":
    unittest.main()
