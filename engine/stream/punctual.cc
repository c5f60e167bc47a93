// A stage that gives exactly as much as it takes: what it looks ahead becomes a delay.
#include "engine/stream/punctual.h"

#include <algorithm>

#include "engine/stream/crossfade.h"

namespace faltung {

Punctual::Punctual(StagePtr stage, const Format& in, const Format& out)
    : stage_(std::move(stage)), max_slab_(in.max_slab) {
  const Timing timing = stage_->timing();
  if (timing.field.jump != timing.field.finer || out.rate_hz != in.rate_hz) {
    throw Error(Code::configuration,
                "live, as many frames must come out as go in; here " + in.text() + " become " +
                    out.text() + ", one for every " + std::to_string(timing.field.jump));
  }
  delay_ = timing.latency + timing.uneven;
  if (delay_ == 0) return;
  room_ = SlabMemory(out, std::max(out.max_slab, in.max_slab));
  queue_ = SlabMemory(out, delay_ + room_.slab().extent);
  reset();
}

Index Punctual::process(const Slab& in, const Slab& out) noexcept {
  if (delay_ == 0) {
    const Index given = stage_->process(in, out);
    silence(out, given, in.extent);
  } else {
    push(room_.slab().part(0, stage_->process(in, room_.slab())));
    pop(out.part(0, in.extent));
  }
  return in.extent;
}

void Punctual::push(Slab given) noexcept {
  const Index room = queue_.slab().extent;
  while (given.extent > 0) {
    const Index at = (first_ + waiting_) % room;
    const Index count = std::min({given.extent, room - at, room - waiting_});
    if (count == 0) return;
    copy_positions(given.part(0, count), queue_.slab().part(at, count));
    waiting_ += count;
    given = given.part(count, given.extent - count);
  }
}

// Silence where a stage gives less than it promised.
void Punctual::pop(Slab out) noexcept {
  const Index room = queue_.slab().extent;
  while (out.extent > 0) {
    const Index count = std::min({out.extent, room - first_, waiting_});
    if (count == 0) return silence(out, 0, out.extent);
    copy_positions(queue_.slab().part(first_, count), out);
    first_ = (first_ + count) % room;
    waiting_ -= count;
    out = out.part(count, out.extent - count);
  }
}

void Punctual::reset() noexcept {
  stage_->reset();
  queue_.clear();
  first_ = 0;
  waiting_ = delay_;
}

}  // namespace faltung
