// The stages that must be real-time safe, as pipelines.
#include "tests/realtime/stage_cases.h"

namespace faltung::realtime {
namespace {

StageCase one(const std::string& stage, const std::string& settings, Index channels = 2,
              const Shape& inner = {}, const std::string& solver = "") {
  return {stage, "stages: [{" + stage + ": " + settings + "}]", channels, inner, solver};
}

const Shape kRow = {37};
const Shape kPlane = {11, 18};
const std::string kDense =  // full rank: not separable
    "[[3, -1, 4, 1], [-5, 9, 2, 6], [5, 3, -5, 8], [9, -7, 9, 3]]";

const std::string kScattered = [] {  // 3 taps of 9×41
  std::string rows;
  for (int r = 0; r < 9; ++r) {
    std::string row;
    for (int c = 0; c < 41; ++c) {
      row += (c ? ", " : "") + std::to_string((r * 41 + c) % 123 == 7 ? 2 - r : 0);
    }
    rows += (r ? ", [" : "[") + row + "]";
  }
  return "[" + rows + "]";
}();

void add_audio_convolutions(std::vector<StageCase>& to) {
  const std::string stereo =
      "{in: 1, out: 1, kernel: 1x500.wav}, {in: 2, out: 1, kernel: "
      "1x900.wav, gain_db: -3}, {in: 2, out: 2, kernel: 1x500.wav}";
  to.push_back(one("convolve", "{kernel: 1x48.wav, method: direct}", 2, {}, "direct"));
  to.push_back(one("convolve", "{kernel: 2x700.wav, method: direct}", 2, {}, "direct"));
  to.push_back(one("convolve", "{kernel: 1x3000.wav, method: fft}", 2, {}, "overlap_save"));
  to.push_back(one("convolve", "{kernel: 1x3000.wav, method: partitioned}", 2, {}, "partitioned"));
  to.push_back(one("convolve", "{kernel: 2x20000.wav, method: partitioned}", 2, {}, "partitioned"));
  to.push_back(one("convolve", "{kernel: 2x20000.wav}"));
  for (const char* method : {"direct", "fft", "partitioned"}) {
    to.push_back(one("convolve", "{matrix: [" + stereo + "], method: " + method + "}"));
    to.push_back(
        one("convolve", std::string("{kernel: 1x1500.wav, bias: 0.25, activation: tanh, ") +
                            "precision: float64, method: " + method + "}"));
    to.push_back(one("convolve", std::string("{kernel: 1x1500.wav, precision: float32, method: ") +
                                     method + "}"));
  }
  for (const char* method : {"direct", "fft"}) {
    to.push_back(
        one("convolve",
            std::string("{kernel: 1x99.wav, stride: 3, dilation: 2, method: ") + method + "}"));
    to.push_back(one("convolve", std::string("{kernel: 1x99.wav, mode: same, boundary: reflect, ") +
                                     "method: " + method + "}"));
    to.push_back(one("convolve", std::string("{kernel: 1x99.wav, padding: [[200, 300]], ") +
                                     "boundary: symmetric, method: " + method + "}"));
  }
  to.push_back(one("correlate", "{kernel: [[[1, 2, 3], [4, 5, 6]]], activation: relu}"));
  to.push_back(one("correlate", "{kernel: {lowpass: {cutoff_hz: 4000, taps: 511}}}"));
}

void add_image_convolutions(std::vector<StageCase>& to) {
  const std::string layer = "[[[[1, 0, -1]], [[2, 0, 1]]], [[[1, 2, 1]], [[0, 3, 0]]]]";
  for (const char* stage : {"convolve", "correlate"}) {
    to.push_back(one(stage, "{kernel: " + kDense + ", method: direct}", 3, kRow, "direct"));
    to.push_back(one(stage, "{kernel: " + kDense + ", method: fft}", 3, kRow, "overlap_save"));
    to.push_back(one(stage, "{kernel: {box: {size: 15}}, method: fft}", 1, {346}, "overlap_save"));
    to.push_back(
        one(stage, "{kernel: {gaussian: {sigma: 2}}, method: separable}", 3, kRow, "separable"));
    to.push_back(
        one(stage, "{kernel: {gaussian: {sigma: 1}}, method: separable}", 1, kPlane, "separable"));
    to.push_back(one(stage, "{kernel: {box: {size: 3}}, method: direct}", 1, kPlane, "direct"));
    to.push_back(one(stage, "{kernel: {box: {size: 3}}, method: fft}", 1, kPlane, "overlap_save"));
    to.push_back(one(stage, "{kernel: {box: {size: 5}}, method: fft}", 1, {56, 86}, "overlap_save"));
    to.push_back(one(stage, "{kernel: " + kDense + ", method: partitioned}", 3, kRow, "partitioned"));
    to.push_back(
        one(stage, "{kernel: {box: {size: 3}}, method: partitioned}", 1, kPlane, "partitioned"));
    to.push_back(one(stage, "{kernel: [[0, 0, 0], [0, 0, 2.5]]}", 2, kRow, "delta"));
    to.push_back(one(stage, "{kernel: " + kScattered + "}", 2, kRow, "sparse"));
    to.push_back(one(stage, "{kernel: {box: {size: 51}}}", 2, {300}, "box"));
    to.push_back(one(stage, "{kernel: " + layer + ", stride: 2, bias: [1, 2]}", 2, kRow));
    to.push_back(one(stage, "{kernel: " + kDense + ", stride: [2, 3], dilation: [3, 2]}", 2, kRow));
    to.push_back(one(stage, "{kernel: " + kDense + ", mode: full, boundary: replicate}", 2, kRow));
  }
}

void add_small_stages(std::vector<StageCase>& to) {
  to.push_back(one("gain", "{db: -3}"));
  to.push_back(one("gain", "{factor: [1, -1]}", 2, kRow));
  to.push_back(one("mix", "{matrix: [[0.5, 0.5], [1, 0], [0, -1]]}"));
  to.push_back(one("mix", "{matrix: [[1], [1]]}", 1, kPlane));
  to.push_back(one("delay", "{samples: 0}"));
  to.push_back(one("delay", "{samples: 5000}"));
  to.push_back(one("delay", "{ms: 730}"));
  to.push_back(one("delay", "{samples: 9}", 1, kRow));
  to.push_back(one("delay", "{samples: [0.5, 40.25]}"));
  for (const char* plugin : {"delay", "fixed", "worker"}) {
    to.push_back(one("lv2", std::string("{uri: 'urn:faltung:test:") + plugin + "'}"));
  }
  for (const char* kind : {"relu", "{leaky-relu: {slope: 0.1}}", "sigmoid", "tanh",
                           "{clamp: {low: -0.5, high: 0.5}}", "abs"}) {
    to.push_back(one("activation", kind));
  }
  for (const char* kind : {"max", "average"}) {
    const std::string pool = std::string("{kind: ") + kind;
    to.push_back(one("pool", pool + ", size: 4}"));
    to.push_back(one("pool", pool + ", size: 3, stride: 2, padding: 1, ceil: true}"));
    to.push_back(one("pool", pool + ", size: [2, 3], stride: [1, 2]}", 2, kRow));
    to.push_back(one("pool", pool + ", size: 2}", 1, kPlane));
    to.push_back(one("pool", pool + ", size: 3, dilation: 2}"));
    to.push_back(one("pool", pool + ", size: global}", 1, kRow));
  }
  to.push_back(one("pool", "{kind: lp, power: 3, size: 2}", 1, kRow));
  to.push_back(one("transposed_convolve", "{kernel: [[1, 2, 1], [2, 4, 2]], stride: 2}", 1, kRow));
  to.push_back(one("upsample", "{factor: 3, kind: linear}"));
  to.push_back(one("upsample", "{factor: 2, kind: linear}", 1, kPlane));
  to.push_back(one("batch_norm", "{mean: 0.5, variance: 2}"));
}

void add_series_stages(std::vector<StageCase>& to) {
  to.push_back(one("gain", "{db: [-3, 2], ramp_ms: 1}"));
  to.push_back(one("mute", "{channels: 2}"));
  to.push_back(one("biquad", "{type: peaking, frequency_hz: 1000, q: 2, gain_db: 6}"));
  to.push_back(one("biquad", "{type: lowpass1, frequency_hz: 10, channels: [2]}"));
  to.push_back(one("biquad", "{type: bessel-highpass, frequency_hz: 80, order: 24}"));
  to.push_back(one("biquad", "{type: coefficients, b: [1, 2, 1], a: [1, -1.9, 0.95]}"));
  to.push_back(one("limiter", "{ceiling_db: -12}"));
  to.push_back(one("limiter", "{ceiling_db: -30, lookahead_ms: 0, release_ms: 1, linked: false}"));
  to.push_back(one("dither", "{bits: 16, shape: hearing}"));
  to.push_back(one("dither", "{bits: 24, noise: rectangular}"));
  to.push_back(one("meter", "{name: in}"));
  to.push_back(one("meter", "{}", 40));
}

void add_combinations(std::vector<StageCase>& to) {
  for (const char* merge : {"sum", "concat", "difference", "product", "magnitude"}) {
    to.push_back(one("parallel", std::string("{merge: ") + merge +
                                     ", branches: [[], [{delay: {samples: 700}}], [{convolve: "
                                     "{kernel: 1x99.wav, mode: same}}, {gain: {db: -6}}]]}"));
  }
  to.push_back(one("parallel",
                   "{merge: magnitude, branches: [[{convolve: {kernel: sobel-x}}], "
                   "[{convolve: {kernel: sobel-y}}]]}",
                   1, kRow));
  to.push_back({"chain", "stages: []"});
  to.push_back({"chain",
                "stages: [{mix: {matrix: [[1, 0], [0, 1]]}}, {parallel: {merge: sum, branches: "
                "[[{convolve: {kernel: 2x9000.wav, method: partitioned}}], [{delay: {ms: 5}}]]}}, "
                "{convolve: {kernel: {lowpass: {cutoff_hz: 9000, taps: 63}}}}, "
                "{activation: tanh}, {gain: {db: -3}}]"});
  to.push_back({"chain",
                "stages: [{correlate: {kernel: sobel-x}}, {activation: relu}, {pool: {kind: max, "
                "size: 2}}, {convolve: {kernel: {gaussian: {sigma: 1.5}}}}]",
                1, kRow});
}

}  // namespace

const std::vector<StageCase>& stage_cases() {
  static const std::vector<StageCase> cases = [] {
    std::vector<StageCase> all;
    add_audio_convolutions(all);
    add_image_convolutions(all);
    add_small_stages(all);
    add_series_stages(all);
    add_combinations(all);
    return all;
  }();
  return cases;
}

}  // namespace faltung::realtime
