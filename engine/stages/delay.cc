// Shifts a signal along the stream axis.
#include "engine/stages/delay.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/design/number_text.h"
#include "engine/stages/channel_delay.h"
#include "engine/stages/series.h"
#include "engine/stages/short_filter.h"

namespace faltung {
namespace {

// What one channel passes: a whole delay, then, between two frames, an interpolation.
struct Path {
  ChannelDelay whole;
  std::optional<ShortFilter> between;
  Index extent;  // positions by which it lengthens the signal
};

class Delay final : public Stage {
 public:
  explicit Delay(const DelayOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting& setting) override {
    check_channels(in);
    paths_.clear();
    text_.clear();
    longest_ = 0;
    for (Index c = 0; c < in.channels; ++c) {
      paths_.push_back(path_of(c, in, setting));
      longest_ = std::max(longest_, paths_.back().extent);
    }
    Format channel = in;
    channel.channels = 1;
    zeros_ = SlabMemory(channel, in.max_slab);
    reset();
    Format out = in;
    if (out.extent) *out.extent += longest_;
    return out;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    for (Index c = 0; c < in.channels; ++c) {
      pass(paths_[static_cast<std::size_t>(c)], in.some_channels(c, 1),
           out.part(0, in.extent).some_channels(c, 1));
    }
    return in.extent;
  }

  Index finish(const Slab& out) noexcept override {
    const Index count = std::min(left_, zeros_.slab().extent);
    for (Index c = 0; c < out.channels; ++c) {
      pass(paths_[static_cast<std::size_t>(c)], zeros_.slab().part(0, count),
           out.part(0, count).some_channels(c, 1));
    }
    left_ -= count;
    return count;
  }

  void reset() noexcept override {
    for (Path& path : paths_) {
      path.whole.reset();
      if (path.between) path.between->reset();
    }
    left_ = longest_;
  }

  Timing timing() const override {
    Timing timing;
    Index shortest = longest_;
    for (const Path& path : paths_) shortest = std::min(shortest, path.whole.positions());
    timing.field.start = -longest_;
    timing.field.extent = longest_ - shortest + 1;
    timing.tail = longest_;
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text = "delay of " + text_ + " positions";
    for (const Path& path : paths_) {
      result.memory_bytes += path.whole.bytes() + (path.between ? path.between->bytes() : 0);
    }
    return result;
  }

 private:
  static void pass(Path& path, const Slab& in, const Slab& out) noexcept {
    path.whole.process(in, out);
    if (!path.between) return;
    path.between->take(out);
    path.between->give(0, out);
  }

  void check_channels(const Format& in) const {
    const auto given = static_cast<Index>(options_.values.size());
    if (given == 1 || given == in.channels) return;
    throw Error(Code::configuration, "delay has " + std::to_string(given) +
                                         " values; allowed: one for all channels, or one for each "
                                         "of the signal's " +
                                         std::to_string(in.channels));
  }

  Path path_of(Index channel, const Format& in, const Setting& setting) {
    const bool same = options_.values.size() == 1;
    const double value = options_.values[same ? 0 : static_cast<std::size_t>(channel)];
    const double positions = delay_positions(value, options_.unit, options_.speed_of_sound, in);
    FractionalDelay delay = make_fractional_delay(positions, options_.interpolation);
    const Index reach = static_cast<Index>(delay.taps.size()) - 1;
    if (!in.is_series() && reach > 0) {
      throw Error(Code::configuration, "delay of " + exact_text(positions) +
                                           " positions; allowed in an image or a volume: whole "
                                           "numbers");
    }
    if (!same || channel == 0) describe(value, positions, delay, setting);
    Path path{ChannelDelay(in, delay.first), {}, delay.first + reach};
    if (reach > 0) path.between.emplace(in, std::vector<std::vector<double>>{delay.taps});
    return path;
  }

  // Adds to what `explain` says, and says where rounding has changed what was asked for.
  void describe(double value, double positions, const FractionalDelay& delay,
                const Setting& setting) {
    const bool whole = delay.taps.size() == 1;
    const auto first = static_cast<double>(delay.first);
    text_ += (text_.empty() ? "" : ", ") + number_text(whole ? first : positions);
    if (whole && std::abs(positions - first) > kWholePositions) {
      setting.say("delay of " + number_text(value) + " " + name(options_.unit) + " rounded to " +
                  number_text(first) + " frames");
    }
  }

  DelayOptions options_;
  std::vector<Path> paths_;  // one for each channel
  SlabMemory zeros_;
  std::string text_;
  Index longest_ = 0;
  Index left_ = 0;  // that finish still has to give
};

std::vector<double> read_delays(const Node& node, const Located& at) {
  std::vector<double> values = at.numbers(node);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] >= 0) continue;
    const Node& item = node.kind == Node::Kind::list ? node.items[i] : node;
    at.refuse(item, "expected a number of at least 0, got " + item.description());
  }
  return values;
}

}  // namespace

StagePtr make_delay(const DelayOptions& options) { return std::make_unique<Delay>(options); }

StagePtr read_delay(const Node& node, const StageContext& context) {
  static const std::vector<std::string> kUnits = {"samples", "ms", "metres"};
  const Located& at = context.located;
  at.check_keys(node, "delay", {"samples", "ms", "metres", "speed_of_sound", "interpolation"});
  DelayOptions options;
  const Node* given = nullptr;
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit) {
    const Node* value = node.find(kUnits[unit]);
    if (!value) continue;
    if (given) at.refuse(node, "'delay' needs one of 'samples', 'ms' and 'metres'");
    given = value;
    options.unit = static_cast<DelayUnit>(unit);
  }
  if (!given) at.refuse(node, "'delay' needs 'samples', 'ms' or 'metres'");
  options.values = read_delays(*given, at);
  if (const Node* speed = node.find("speed_of_sound")) options.speed_of_sound = at.positive(*speed);
  if (const Node* word = node.find("interpolation")) {
    const std::string chosen = at.word(*word, {"sinc", "lagrange", "nearest"});
    options.interpolation = chosen == "sinc"       ? Interpolation::sinc
                            : chosen == "lagrange" ? Interpolation::lagrange
                                                   : Interpolation::nearest;
  }
  return make_delay(options);
}

}  // namespace faltung
