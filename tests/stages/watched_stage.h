// A stage that watches whether whoever holds it keeps the contract, and whether it does itself.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <utility>

#include "engine/stream/stage.h"

namespace faltung::testing {

class WatchedStage final : public Stage {
 public:
  explicit WatchedStage(StagePtr stage) : stage_(std::move(stage)) {}

  Format prepare(const Format& in, const Setting& setting) override {
    CHECK(in.max_slab >= 1);
    in_ = in;
    out_ = stage_->prepare(in, setting);
    CHECK(out_.max_slab >= 1);
    return out_;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    CHECK(in.extent <= in_.max_slab);
    return watched(stage_->process(in, checked_room(out)));
  }
  Index finish(const Slab& out) noexcept override {
    return watched(stage_->finish(checked_room(out)));
  }
  void reset() noexcept override { stage_->reset(); }
  Timing timing() const override { return stage_->timing(); }
  Explanation explain() const override { return stage_->explain(); }

 private:
  const Slab& checked_room(const Slab& out) const noexcept {
    CHECK(out.extent >= out_.max_slab);
    return out;
  }
  Index watched(Index count) const noexcept {
    CHECK(count >= 0);
    if (count > out_.max_slab) CHECK_MESSAGE(count <= out_.max_slab, stage_->explain().text);
    return count;
  }

  StagePtr stage_;
  Format in_, out_;
};

inline StagePtr watched(StagePtr stage) { return std::make_unique<WatchedStage>(std::move(stage)); }

}  // namespace faltung::testing
