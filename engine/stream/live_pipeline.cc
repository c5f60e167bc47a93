// A whole pipeline that is replaced while it runs.
#include "engine/stream/live_pipeline.h"

#include <algorithm>
#include <cmath>

#include "engine/stream/punctual.h"

namespace faltung {
namespace {

constexpr Index kLongestPast = Index{1} << 31;  // bytes

Index past_frames(const Format& in, Index field) {
  const Index least = static_cast<Index>(std::ceil(LivePipeline::kLeastPast_s * in.rate_hz));
  const Index most = kLongestPast / std::max<Index>(1, in.channels * size_of(in.type));
  return std::min(std::max({least, field, in.max_slab}), most);
}

}  // namespace

struct LivePipeline::Prepared {
  Format out;
  Index delay = 0;
  Index remembers = 0;
  Explanation explanation;
  std::vector<Control> controls;
  std::unique_ptr<Streaming> streaming;
};

LivePipeline::Prepared LivePipeline::prepare(StagePtr stage) const {
  Prepared prepared;
  prepared.out = stage->prepare(in_, setting_);
  prepared.explanation = explain_held(*stage, in_, prepared.out);
  prepared.controls = distinct(stage->controls());
  const Timing timing = stage->timing();
  auto punctual = std::make_unique<Punctual>(std::move(stage), in_, prepared.out);
  prepared.delay = punctual->delay();
  prepared.remembers = timing.field.extent + prepared.delay;
  prepared.streaming = std::move(punctual);
  return prepared;
}

void LivePipeline::adopt(Prepared& prepared) {
  latency_ = prepared.delay;
  explanation_ = std::move(prepared.explanation);
  controls_ = std::move(prepared.controls);
}

LivePipeline::LivePipeline(StagePtr first, const Format& in, const Setting& setting)
    : setting_(setting), in_(in) {
  if (!in.is_series()) {
    throw Error(Code::configuration, "live signals have no inner axes; this one is " + in.text());
  }
  setting_.clock = Clock::live;
  setting_.any_length = true;
  setting_.swaps = Swaps::none;  // pipelines are swapped, not the stages in them
  Prepared prepared = prepare(std::move(first));
  out_ = prepared.out;
  SwapFormat format;
  format.type = in.type;
  format.inputs = in.channels;
  format.outputs = out_.channels;
  format.max_slab = in.max_slab;
  format.policy = Swaps::coalesce;
  format.history = past_frames(in, prepared.remembers);
  swappable_ = std::make_unique<SwappableConvolution>(std::move(prepared.streaming), format);
  adopt(prepared);
}

LivePipeline::~LivePipeline() = default;

void LivePipeline::process(const Slab& in, const Slab& out) noexcept {
  swappable_->process(in, out);
}

std::uint64_t LivePipeline::replace(StagePtr next, double fade_ms) {
  Prepared prepared = prepare(std::move(next));
  if (prepared.out.channels != out_.channels) {
    throw Error(Code::configuration, "gives " + std::to_string(prepared.out.channels) +
                                         " channels; the running pipeline gives " +
                                         std::to_string(out_.channels) +
                                         ", and so must what replaces it");
  }
  const Index fade = std::llround(fade_ms * 1e-3 * in_.rate_hz);
  const std::uint64_t ticket =
      swappable_->offer(prepared.streaming, prepared.remembers, fade);
  if (ticket > 0) adopt(prepared);
  return ticket;
}

std::vector<SwapReport> LivePipeline::collect() { return swappable_->collect(); }

}  // namespace faltung
