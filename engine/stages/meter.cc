// Shows how loud a series is, and passes it on bit for bit.
#include "engine/stages/meter.h"

#include <algorithm>
#include <cctype>
#include <deque>
#include <optional>

#include "engine/simd/denormals.h"
#include "engine/stages/channel_meter.h"
#include "engine/stages/loudness.h"
#include "engine/stages/series.h"

namespace faltung {
namespace {

class Meter final : public Stage {
 public:
  explicit Meter(const MeterOptions& options)
      : prefix_(options.name.empty() ? "" : options.name + "."),
        others_(prefix_ + "peak.others", "dB"),
        momentary_(prefix_ + "momentary", "LUFS") {}

  Format prepare(const Format& in, const Setting&) override {
    check_series(in, "meter");
    channels_ = in.channels;
    metered_ = std::min(channels_, kMeteredChannels);
    while (static_cast<Index>(meters_.size()) < metered_) {
      meters_.emplace_back(prefix_, static_cast<Index>(meters_.size()) + 1);
    }
    for (ChannelMeter& meter : meters_) meter.prepare(in);
    rate_hz_ = in.rate_hz;
    Format one = in;
    one.channels = 1;
    work_ = SlabMemory(one, in.max_slab);
    loudness_.reset();
    if (rate_hz_ >= kLowestLoudnessHz) loudness_.emplace(metered_, rate_hz_);
    reset();
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    const FlushDenormals flush;
    copy_positions(in, out);
    const Ballistics b = ballistics(in.extent, rate_hz_);
    for (Index c = 0; c < metered_; ++c) {
      const Slab channel = in.some_channels(c, 1);
      meters_[static_cast<std::size_t>(c)].measure(channel, work_.slab().part(0, in.extent), b);
      if (loudness_) add_loudness(c, channel);
    }
    double most = others_peak_ * b.fall;
    for (Index c = metered_; c < channels_; ++c) {
      most = std::max(most, levels_of(in.some_channels(c, 1)).peak);
    }
    others_peak_ = most;
    others_.publish(level_db(most));
    if (loudness_) {
      loudness_->advance(in.extent);
      momentary_.publish(loudness_->momentary_lufs());
    }
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }

  void reset() noexcept override {
    for (ChannelMeter& meter : meters_) meter.reset();
    if (loudness_) loudness_->reset();
    others_peak_ = 0;
    others_.publish(kSilenceDb);
    momentary_.publish(kSilenceLufs);
  }

  Timing timing() const override { return {}; }

  Explanation explain() const override {
    Explanation result;
    result.text =
        "meter of " + std::to_string(metered_) + (metered_ == 1 ? " channel" : " channels");
    if (metered_ < channels_) result.text += "; the others' largest peak";
    return result;
  }

  std::vector<Control> controls() override {
    std::vector<Control> all;
    for (Index c = 0; c < metered_; ++c) {
      const ChannelMeter& meter = meters_[static_cast<std::size_t>(c)];
      for (const Reading* reading : {&meter.peak(), &meter.rms(), &meter.true_peak()}) {
        all.push_back(control_of(*reading));
      }
    }
    if (metered_ < channels_) all.push_back(control_of(others_));
    if (loudness_) all.push_back(control_of(momentary_));
    return all;
  }

 private:
  void add_loudness(Index channel, const Slab& samples) noexcept {
    with_sample_type(samples.type, [&]<class T>() {
      loudness_->add(channel, samples.as<const T>().data, samples.extent);
    });
  }

  std::string prefix_;
  std::deque<ChannelMeter> meters_;  // never fewer: whoever holds a reading may keep it
  Reading others_, momentary_;
  std::optional<Loudness> loudness_;
  SlabMemory work_;
  double others_peak_ = 0, rate_hz_ = 0;
  Index channels_ = 0, metered_ = 0;
};

}  // namespace

StagePtr make_meter(const MeterOptions& options) { return std::make_unique<Meter>(options); }

StagePtr read_meter(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "meter", {"name"});
  MeterOptions options;
  if (const Node* name = node.find("name")) {
    options.name = at.text(*name);
    const bool good = !options.name.empty() &&
                      std::all_of(options.name.begin(), options.name.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '_' || c == '-';
                      });
    if (!good)
      at.refuse(*name, "expected a name of letters, digits, - and _, got " + name->description());
  }
  return make_meter(options);
}

}  // namespace faltung
