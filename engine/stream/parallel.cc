// Branches that all get the same input, merged position by position.
#include "engine/stream/parallel.h"

#include <algorithm>
#include <numeric>
#include <cmath>

#include "engine/stream/slab_memory.h"

namespace faltung {
namespace {

// One branch and what it has given that waits for the others.
struct Branch {
  StagePtr stage;
  Format format;
  SlabMemory queue;
  Index waiting = 0;  // positions at the front of the queue
  bool ended = false;

  Slab room() const noexcept { return queue.slab().part(waiting, queue.slab().extent - waiting); }
  void remove(Index count) noexcept {
    count = std::min(count, waiting);
    if (count == 0) return;
    copy_positions(queue.slab().part(count, waiting - count), queue.slab());
    waiting -= count;
  }
};

template <class T>
void combine(Merge merge, const T* from, T* to, Index count) noexcept {
  switch (merge) {
    case Merge::sum:
      for (Index i = 0; i < count; ++i) to[i] += from[i];
      break;
    case Merge::difference:
      for (Index i = 0; i < count; ++i) to[i] -= from[i];
      break;
    case Merge::product:
      for (Index i = 0; i < count; ++i) to[i] *= from[i];
      break;
    case Merge::magnitude:
      for (Index i = 0; i < count; ++i) to[i] += from[i] * from[i];
      break;
    case Merge::concat:
      break;
  }
}

class Parallel final : public Stage {
 public:
  Parallel(std::vector<StagePtr> branches, Merge merge) : merge_(merge) {
    if (branches.empty()) throw Error(Code::configuration, "parallel needs at least one branch");
    for (StagePtr& stage : branches) {
      branches_.emplace_back();
      branches_.back().stage = std::move(stage);
    }
  }

  Format prepare(const Format& in, const Setting& setting) override {
    in_ = in;
    Index latency = 0;
    for (Branch& b : branches_) {
      b.format = b.stage->prepare(in, setting);
      latency = std::max(latency, b.stage->timing().latency + b.stage->timing().uneven);
    }
    for (const Branch& b : branches_) check_agreement(b);
    Format out = branches_[0].format;
    out.channels = merge_ == Merge::concat ? 0 : out.channels;
    Index capacity_of_all = INT64_MAX;
    for (Branch& b : branches_) {
      const Index capacity = most_waiting(b.stage->timing(), latency) + b.format.max_slab;
      b.queue = SlabMemory(b.format, capacity);
      capacity_of_all = std::min(capacity_of_all, capacity);
      // The merged output advances by no more than the branch that was behind.
      out.max_slab = std::max(out.max_slab, b.format.max_slab);
      if (merge_ == Merge::concat) out.channels += b.format.channels;
      if (out.extent && b.format.extent) out.extent = std::max(*out.extent, *b.format.extent);
    }
    most_ = std::min(out.max_slab, capacity_of_all);
    start();
    return out;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    for (Branch& b : branches_) b.waiting += b.stage->process(in, b.room());
    return merge(out);
  }

  Index finish(const Slab& out) noexcept override {
    for (;;) {
      const Index count = merge(out);
      if (count > 0) return count;
      bool progress = false;
      for (Branch& b : branches_) {
        if (b.ended || b.waiting > 0) continue;
        b.waiting = b.stage->finish(b.room());
        b.ended = b.waiting == 0;
        progress = true;
      }
      if (!progress) return 0;
    }
  }

  void reset() noexcept override {
    for (Branch& b : branches_) b.stage->reset();
    start();
  }

  Timing timing() const override {
    Timing whole = branches_[0].stage->timing();
    Index end = whole.field.start + whole.field.extent, lag = whole.latency + whole.uneven;
    for (const Branch& b : branches_) {
      const Timing t = b.stage->timing();
      whole.latency = std::max(whole.latency, t.latency);
      lag = std::max(lag, t.latency + t.uneven);
      whole.tail = std::max(whole.tail, t.tail);
      whole.period = std::lcm(whole.period, t.period);
      whole.field.start = std::min(whole.field.start, t.field.start);
      end = std::max(end, t.field.start + t.field.extent);
    }
    whole.field.extent = end - whole.field.start;
    whole.uneven = lag - whole.latency;
    return whole;
  }

  std::vector<Control> controls() override {
    std::vector<Control> all;
    for (const Branch& branch : branches_) {
      for (Control& control : branch.stage->controls()) all.push_back(std::move(control));
    }
    return all;
  }

  Explanation explain() const override {
    static constexpr const char* kNames[] = {"sum", "concat", "difference", "product", "magnitude"};
    Explanation result;
    result.side_by_side = true;
    result.text = std::string("parallel, merged by ") + kNames[static_cast<int>(merge_)];
    for (const Branch& b : branches_) {
      result.parts.push_back(explain_held(*b.stage, in_, b.format));
      result.memory_bytes += b.queue.bytes();
    }
    return result;
  }

 private:
  // Positions that a branch has given after N inputs, beyond what the slowest has: it gave at most
  // (N − look_ahead) / jump + 1, negative where padding exceeds the kernel; the slowest at least
  // (N − latency) / jump − 1.
  static Index most_waiting(const Timing& timing, Index latency) {
    const Index look_ahead = timing.field.start + timing.field.extent - 1;
    return (latency - look_ahead) * timing.field.finer / timing.field.jump + 3;
  }

  void start() noexcept {
    for (Branch& b : branches_) {
      b.waiting = 0;
      b.ended = false;
    }
  }

  void check_agreement(const Branch& b) const {
    const Format& first = branches_[0].format;
    const bool extents = first.is_series() || first.extent == b.format.extent;
    const bool channels = merge_ == Merge::concat || first.channels == b.format.channels;
    const ReceptiveField one = branches_[0].stage->timing().field, other = b.stage->timing().field;
    const bool jumps = one.jump == other.jump && one.finer == other.finer;
    if (extents && channels && jumps && first.inner == b.format.inner) return;
    throw Error(
        Code::configuration,
        "parallel branches cannot be merged: one gives " + first.text() + ", another " +
            b.format.text() + "; channels" +
            (merge_ == Merge::concat ? " may differ, extents and rates" : ", extents and rates") +
            " must agree");
  }

  // Everything that all branches have; an ended branch has zeros without end.
  Index merge(const Slab& out) noexcept {
    Index count = INT64_MAX, longest = 0;
    for (const Branch& b : branches_) {
      longest = std::max(longest, b.waiting);
      if (!b.ended) count = std::min(count, b.waiting);
    }
    count = std::min({count, longest, most_});
    if (count == 0) return 0;
    with_sample_type(out.type, [&]<class T>() { merge_samples(out.as<T>(), count); });
    for (Branch& b : branches_) b.remove(count);
    return count;
  }

  template <class T>
  void merge_samples(const SlabOf<T>& out, Index count) noexcept {
    Index channel = 0;
    for (std::size_t i = 0; i < branches_.size(); ++i) {
      const SlabOf<T> from = branches_[i].queue.slab().as<T>();
      const Index there = std::min(count, branches_[i].waiting) * out.inner;
      const Index all = count * out.inner;
      if (merge_ != Merge::concat) channel = 0;
      for (Index c = 0; c < branches_[i].format.channels; ++c, ++channel) {
        T* to = out.channel(channel);
        T* mine = from.channel(c);
        std::fill(mine + there, mine + all, T(0));  // an ended branch
        if (i == 0 || merge_ == Merge::concat) {
          std::copy_n(mine, all, to);
          if (merge_ == Merge::magnitude) {
            for (Index n = 0; n < all; ++n) to[n] *= to[n];
          }
        } else {
          combine(merge_, mine, to, all);
        }
        if (merge_ == Merge::magnitude && i + 1 == branches_.size()) {
          for (Index n = 0; n < all; ++n) to[n] = std::sqrt(to[n]);
        }
      }
    }
  }

  std::vector<Branch> branches_;
  Merge merge_;
  Format in_;
  Index most_ = 0;  // positions of one merge: what is promised and every queue has room for
};

}  // namespace

StagePtr make_parallel(std::vector<StagePtr> branches, Merge merge) {
  return std::make_unique<Parallel>(std::move(branches), merge);
}

}  // namespace faltung
