// Rounds to 16 or 24 bits, with noise that hides the rounding.
#include "engine/stages/dither.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/stages/series.h"

namespace faltung {
namespace {

constexpr int kFewestBits = 8, kMostBits = 24;  // float32 holds no more exactly
constexpr std::size_t kMostTaps = 16;

// 64 bits that look random, for a counter: Steele, Lea & Flood 2014, "Fast splittable pseudorandom
// number generators" (SplitMix64).
std::uint64_t scrambled(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

double uniform(std::uint32_t bits) noexcept { return static_cast<double>(bits) * 0x1p-32; }

// Noise in steps of the quantiser.
double draw(DitherNoise noise, std::uint64_t bits) noexcept {
  if (noise == DitherNoise::none) return 0;
  const double first = uniform(static_cast<std::uint32_t>(bits));
  if (noise == DitherNoise::rectangular) return first - 0.5;
  return first - uniform(static_cast<std::uint32_t>(bits >> 32));
}

// Past errors, the latest first.
using Errors = std::array<double, kMostTaps>;

class Dither final : public Stage {
 public:
  explicit Dither(const DitherOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting&) override {
    check_series(in, "dither");
    if (options_.bits < kFewestBits || options_.bits > kMostBits) {
      throw Error(Code::configuration, "dither to " + std::to_string(options_.bits) +
                                           " bits; allowed: " + std::to_string(kFewestBits) +
                                           " to " + std::to_string(kMostBits));
    }
    taps_ = make_noise_shape(options_.shape, in.rate_hz);
    errors_.resize(static_cast<std::size_t>(in.channels));
    reset();
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        round(static_cast<std::size_t>(c), in.as<const T>().channel(c), out.as<T>().channel(c),
              in.extent);
      }
    });
    frame_ += in.extent;
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }

  void reset() noexcept override {
    for (Errors& errors : errors_) errors.fill(0);
    frame_ = 0;
  }

  Timing timing() const override {
    Timing timing;
    timing.period = 0;  // past errors, and how many samples came before
    return timing;
  }

  Explanation explain() const override {
    static const std::array<const char*, 3> kNoises = {"triangular", "rectangular", "no"};
    Explanation result;
    result.text = "dither to " + std::to_string(options_.bits) + " bits, " +
                  kNoises[static_cast<std::size_t>(options_.noise)] + " noise, shape " +
                  noise_shape_names()[static_cast<std::size_t>(options_.shape)];
    result.memory_bytes = static_cast<Index>(errors_.size() * sizeof(Errors));
    return result;
  }

 private:
  template <class T>
  void round(std::size_t channel, const T* in, T* out, Index count) noexcept {
    const double scale = std::ldexp(1.0, options_.bits - 1), step = 1 / scale;
    const std::uint64_t stream = scrambled(scrambled(options_.seed) + channel);
    Errors& errors = errors_[channel];
    for (Index n = 0; n < count; ++n) {
      double wanted = static_cast<double>(in[n]) * scale;
      for (std::size_t k = 0; k < taps_.size(); ++k) wanted -= taps_[k] * errors[k];
      const std::uint64_t bits = scrambled(stream + static_cast<std::uint64_t>(frame_ + n));
      const double rounded = std::rint(wanted + draw(options_.noise, bits));
      remember(errors, rounded - wanted);
      out[n] = static_cast<T>(std::clamp(rounded, -scale, scale - 1) * step);
    }
  }

  // The error before clipping: what full scale cuts off is not noise to be moved elsewhere. NaN and
  // infinity leave nothing behind.
  void remember(Errors& errors, double error) const noexcept {
    if (taps_.empty()) return;
    for (std::size_t k = taps_.size() - 1; k > 0; --k) errors[k] = errors[k - 1];
    errors[0] = std::isfinite(error) ? error : 0;
  }

  DitherOptions options_;
  std::vector<double> taps_;
  std::vector<Errors> errors_;  // one for each channel
  Index frame_ = 0;
};

}  // namespace

StagePtr make_dither(const DitherOptions& options) { return std::make_unique<Dither>(options); }

StagePtr read_dither(const Node& node, const StageContext& context) {
  static const std::vector<std::string> kNoises = {"triangular", "rectangular", "none"};
  const Located& at = context.located;
  at.check_keys(node, "dither", {"bits", "noise", "shape", "seed"});
  const auto chosen = [&](const Node& word, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), at.word(word, names)) - names.begin();
  };
  DitherOptions options;
  const Node& bits = at.required(node, "dither", "bits");
  read_within(bits, at, kFewestBits, kMostBits);
  options.bits = static_cast<int>(at.integer(bits, kFewestBits));
  if (const Node* noise = node.find("noise")) {
    options.noise = static_cast<DitherNoise>(chosen(*noise, kNoises));
  }
  if (const Node* shape = node.find("shape")) {
    options.shape = static_cast<NoiseShape>(chosen(*shape, noise_shape_names()));
  }
  if (const Node* seed = node.find("seed")) {
    options.seed = static_cast<std::uint64_t>(at.integer(*seed, 0));
  }
  return make_dither(options);
}

}  // namespace faltung
