// Recursive filters on the channels of a series: equalisers, shelves, crossovers.
#include "engine/stages/biquad.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/simd/denormals.h"
#include "engine/stages/series.h"
#include "engine/stages/steered_sections.h"
#include "engine/stream/input_guard.h"

namespace faltung {
namespace {

constexpr double kDecayDb = 120;           // where a response counts as over
constexpr double kMostDecayFrames = 1e12;  // that is stated
constexpr double kFlopsOfSection = 15;

class BiquadStage final : public Stage {
 public:
  explicit BiquadStage(const BiquadOptions& options)
      : channels_(options.channels), sections_(options) {}

  Format prepare(const Format& in, const Setting& setting) override {
    check_series(in, "biquad");
    sections_.prepare(in);
    const std::vector<bool> selected = selected_channels(channels_, in, "biquad");
    states_.resize(selected.size());
    for (std::size_t c = 0; c < selected.size(); ++c) {
      states_[c].assign(selected[c] ? sections_.sections().size() : 0, SectionState{});
    }
    work_ = Buffer<double>(in.max_slab);
    guard_.reset();
    if (setting.clock == Clock::live) guard_.emplace(in, in.type);
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    const FlushDenormals flush;  // a decaying state would otherwise end in them
    const Slab input = guard_ ? guard_->admit(in) : in;
    sections_.look_at_parameters();
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        filter(states_[static_cast<std::size_t>(c)], input.as<const T>().channel(c),
               out.as<T>().channel(c), in.extent);
      }
    });
    sections_.advance(in.extent);
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }

  void reset() noexcept override {
    for (auto& states : states_) std::fill(states.begin(), states.end(), SectionState{});
    sections_.reset();
  }

  Timing timing() const override {
    Timing timing;
    const double frames = decay_frames(sections_.sections(), kDecayDb);
    timing.field.extent = 1 + static_cast<Index>(std::ceil(std::min(frames, kMostDecayFrames)));
    timing.field.start = 1 - timing.field.extent;
    timing.period = 0;
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    std::size_t filters = 0;
    for (const auto& states : states_) filters += states.size();
    result.text = "biquad " + sections_.text();
    result.flops_per_position = kFlopsOfSection * static_cast<double>(filters);
    result.memory_bytes = static_cast<Index>(filters * sizeof(SectionState)) +
                          work_.size() * static_cast<Index>(sizeof(double));
    return result;
  }

  std::vector<Control> controls() override {
    std::vector<Control> all;
    for (Parameter& parameter : sections_.parameters()) all.push_back(control_of(parameter));
    return all;
  }

 private:
  template <class T>
  void filter(std::vector<SectionState>& states, const T* from, T* to, Index count) noexcept {
    if (states.empty()) {
      std::copy_n(from, count, to);
      return;
    }
    std::copy_n(from, count, work_.data());
    sections_.filter(states, work_.data(), count);
    std::transform(work_.data(), work_.data() + count, to,
                   [](double y) { return static_cast<T>(y); });
  }

  std::vector<Index> channels_;
  SteeredSections sections_;
  std::vector<std::vector<SectionState>> states_;  // [channel][section]; none: the channel passes
  Buffer<double> work_;                            // one channel of a slab
  std::optional<InputGuard> guard_;                // live
};

}  // namespace

StagePtr make_biquad(const BiquadOptions& options) {
  return std::make_unique<BiquadStage>(options);
}

}  // namespace faltung
