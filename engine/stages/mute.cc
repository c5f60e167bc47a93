// Silences channels, and lets them through again, without a click.
#include "engine/stages/mute.h"

#include <algorithm>

#include "engine/stages/ramp.h"
#include "engine/stages/series.h"

namespace faltung {
namespace {

class Mute final : public Stage {
 public:
  explicit Mute(const MuteOptions& options)
      : options_(options), on_("on", "", 0, 1, options.on ? 1 : 0) {}

  Format prepare(const Format& in, const Setting&) override {
    check_series(in, "mute");
    selected_ = selected_channels(options_.channels, in, "mute");
    ramp_frames_ = frames_of_ms(options_.ramp_ms, kDefaultRampMs, in, "mute");
    reset();
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    ramp_.aim(factor(), ramp_frames_);
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        const T* from = in.as<const T>().channel(c);
        T* to = out.as<T>().channel(c);
        if (selected_[static_cast<std::size_t>(c)]) {
          fade(ramp_, from, to, in.extent);
        } else {
          std::copy_n(from, in.extent, to);
        }
      }
    });
    for (Index n = 0; n < in.extent && !ramp_.resting(); ++n) ramp_.step();
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }
  void reset() noexcept override { ramp_.jump(factor()); }
  Timing timing() const override { return {}; }
  Explanation explain() const override {
    Explanation result;
    result.text = on_.value() >= 0.5 ? "mute: on" : "mute: off";
    return result;
  }

  std::vector<Control> controls() override { return {control_of(on_)}; }

 private:
  double factor() const noexcept { return on_.value() >= 0.5 ? 0 : 1; }

  // Zero times infinity is no silence: what is muted is not looked at.
  template <class T>
  static void fade(Ramp ramp, const T* from, T* to, Index count) noexcept {
    const Index moving = std::min(count, std::max<Index>(ramp.left(), 0));
    multiply(ramp, from, to, moving, 1);
    if (ramp.target() == 0) {
      std::fill_n(to + moving, count - moving, T(0));
    } else {
      std::copy_n(from + moving, count - moving, to + moving);
    }
  }

  MuteOptions options_;
  Parameter on_;
  std::vector<bool> selected_;
  Ramp ramp_;  // of all channels
  Index ramp_frames_ = 0;
};

}  // namespace

StagePtr make_mute(const MuteOptions& options) { return std::make_unique<Mute>(options); }

StagePtr read_mute(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "mute", {"on", "channels", "ramp_ms"});
  MuteOptions options;
  if (const Node* on = node.find("on")) options.on = at.flag(*on);
  if (const Node* channels = node.find("channels")) {
    options.channels = read_channels(*channels, at);
  }
  if (const Node* ramp = node.find("ramp_ms")) options.ramp_ms = read_ramp_ms(*ramp, at);
  return make_mute(options);
}

}  // namespace faltung
