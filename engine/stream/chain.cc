// Stages one after the other: a pipeline is a stage.
#include "engine/stream/chain.h"

#include <algorithm>
#include <numeric>

#include "engine/stream/slab_memory.h"

namespace faltung {
namespace {

constexpr Index kMostPeriod = Index{1} << 40;  // beyond, a later beginning is of no use

// Of stages that end with the outputs of `before`, and one more that begins with them.
Index joint_period(const Timing& before, Index next) {
  if (before.period == 0 || next == 0) return 0;
  const Index positions = next * before.field.jump;  // for so many outputs, times finer
  const Index inputs = positions / std::gcd(positions, before.field.finer);
  const Index common = std::gcd(before.period, inputs);
  return before.period / common > kMostPeriod / inputs ? 0 : before.period / common * inputs;
}

class Chain final : public Stage {
 public:
  explicit Chain(std::vector<StagePtr> stages) : stages_(std::move(stages)) {}

  Format prepare(const Format& in, const Setting& setting) override {
    between_.clear();
    formats_ = {in};
    Format format = in;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      format = stages_[i]->prepare(format, setting);
      formats_.push_back(format);
      if (i + 1 < stages_.size()) between_.emplace_back(format, format.max_slab);
    }
    finishing_ = 0;
    return format;
  }

  Index process(const Slab& in, const Slab& out) noexcept override { return through(0, in, out); }

  Index finish(const Slab& out) noexcept override {
    while (finishing_ < stages_.size()) {
      const bool last = finishing_ + 1 == stages_.size();
      const Slab& to = last ? out : between_[finishing_].slab();
      Index count = stages_[finishing_]->finish(to);
      if (count == 0) {
        ++finishing_;
        continue;
      }
      if (!last) count = through(finishing_ + 1, to.part(0, count), out);
      if (count > 0) return count;
    }
    return 0;
  }

  void reset() noexcept override {
    for (StagePtr& stage : stages_) stage->reset();
    finishing_ = 0;
  }

  Timing timing() const override {
    Timing whole;
    for (const StagePtr& stage : stages_) {
      const Timing timing = stage->timing();
      whole.latency += whole.field.inputs(timing.latency);
      whole.uneven += whole.field.inputs(timing.uneven);
      whole.period = joint_period(whole, timing.period);
      whole.field.append(timing.field);
      whole.tail = whole.tail * timing.field.finer / timing.field.jump + timing.tail;
    }
    return whole;
  }

  std::vector<Control> controls() override {
    std::vector<Control> all;
    for (const StagePtr& stage : stages_) {
      for (Control& control : stage->controls()) all.push_back(std::move(control));
    }
    return all;
  }

  Explanation explain() const override {
    Explanation result;
    result.text = "chain";
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      result.parts.push_back(explain_held(*stages_[i], formats_[i], formats_[i + 1]));
    }
    for (const SlabMemory& memory : between_) result.memory_bytes += memory.bytes();
    return result;
  }

 private:
  // Through stages first, first + 1, …; as soon as one holds everything back nothing comes out.
  Index through(std::size_t first, Slab slab, const Slab& out) noexcept {
    if (first == stages_.size()) {
      copy_positions(slab, out);
      return slab.extent;
    }
    for (std::size_t i = first; i < stages_.size(); ++i) {
      const Slab& to = i + 1 == stages_.size() ? out : between_[i].slab();
      const Index count = stages_[i]->process(slab, to);
      if (count == 0) return 0;
      slab = to.part(0, count);
    }
    return slab.extent;
  }

  std::vector<StagePtr> stages_;
  std::vector<SlabMemory> between_;
  std::vector<Format> formats_;  // into the first stage, out of the first, …, out of the last
  std::size_t finishing_ = 0;    // the first stage that may still have something to give
};

}  // namespace

StagePtr make_chain(std::vector<StagePtr> stages) {
  return std::make_unique<Chain>(std::move(stages));
}

}  // namespace faltung
