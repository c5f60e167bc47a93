// Partitioned convolution of endless series, live: no latency beyond the block, no spikes.
#include "engine/convolve/partitioned.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>

#include "engine/convolve/partition_head.h"
#include "engine/convolve/partition_level.h"
#include "engine/convolve/tail_level.h"
#include "engine/simd/accumulate_rows.h"
#include "engine/simd/mix.h"

namespace faltung {

ScheduleRequest schedule_request(const Problem& p) {
  ScheduleRequest request;
  request.taps = p.dilated(0);
  request.block = *p.block;
  request.inputs = p.in_channels;
  request.outputs = p.out_channels;
  request.paths = static_cast<Index>(p.paths.size());
  request.kernels = p.kernel_count();
  request.type = p.arithmetic;
  return request;
}

namespace {

constexpr Index kShortestDeadline = 16;  // calls: what another thread is given
constexpr std::chrono::microseconds kSettling{200};

template <class T>
class Partitioned final : public Streaming {
 public:
  Partitioned(const Problem& p, const Schedule& schedule, const Costs& costs)
      : inputs_(p.in_channels),
        outputs_(p.out_channels),
        skip_(p.dilated(0) - 1 - p.padding_of(0).before),
        tail_(p.padding_of(0).before + p.padding_of(0).after - p.dilated(0) + 1),
        max_slab_(p.max_slab),
        quantum_(schedule.quantum()),
        lookahead_(std::min(*p.block, quantum_)),
        plans_(schedule.levels),
        ring_(p.in_channels, ring_capacity(schedule), schedule.direct_taps, kRowSlack),
        head_(make_head(p, schedule, ring_)),
        mix_(checked_product({p.out_channels, quantum_})),
        bias_(p.out_channels) {
    if (schedule.direct_taps == 0) plans_.erase(plans_.begin());
    while (p.tail_threads > 0 && !plans_.empty() &&
           plans_.back().deadline >= kShortestDeadline * *p.block) {
      tails_.insert(tails_.begin(), std::make_unique<TailLevel<T>>(p, plans_.back(), costs));
      plans_.pop_back();
    }
    for (const LevelPlan& plan : plans_) {
      levels_.push_back(std::make_unique<PartitionLevel<T>>(p, plan, costs, ring_));
    }
    start_threads(p.tail_threads);
    for (std::size_t o = 0; o < p.bias.size(); ++o) {
      bias_[static_cast<Index>(o)] = static_cast<T>(p.bias[o]);
    }
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    Index given = 0;
    for (Index taken = 0; taken < in.extent;) {
      const Index count = chunk(in.extent - taken);
      take(in, taken, count);
      taken += count;
      given += give(count, out.part(given, out.extent - given), INT64_MAX);
    }
    received_ += in.extent;
    return given;
  }

  Index finish(const Slab& out) noexcept override {
    Index given = 0;
    const Index room = std::min(out.extent, max_output());
    for (Index left; (left = received_ + tail_ - given_) > 0 && given < room;) {
      const Index count = chunk(room - given);
      take_silence(count);
      given += give(count, out.part(given, room - given), left);
    }
    return given;
  }

  void reset() noexcept override {
    ring_.clear();
    head_->reset();
    for (auto& level : levels_) level->reset();
    if (!tails_.empty()) reset_tails();
    position_ = received_ = given_ = 0;
  }

  Index max_output() const noexcept override { return max_slab_; }
  Index held_back() const noexcept override { return 0; }
  Index memory_bytes() const noexcept override {
    Index samples = ring_.samples() + head_->samples() + mix_.size();
    for (const auto& level : levels_) samples += level->samples();
    for (const auto& tail : tails_) samples += tail->samples();
    return samples * static_cast<Index>(sizeof(T));
  }

  void settle() noexcept override {
    for (auto& tail : tails_) {
      while (!threads_.empty() && !tail->is_idle()) std::this_thread::sleep_for(kSettling);
      tail->forget_late();
    }
  }

  Index late_blocks() const noexcept override {
    Index late = 0;
    for (const auto& tail : tails_) late += tail->late();
    return late;
  }

 private:
  // Every thread takes every so many levels, the shortest deadlines first.
  void start_threads(int count) {
    for (int thread = 0; thread < count && thread < static_cast<int>(tails_.size()); ++thread) {
      std::vector<TailLevel<T>*> mine;
      for (std::size_t i = static_cast<std::size_t>(thread); i < tails_.size();
           i += static_cast<std::size_t>(count)) {
        mine.push_back(tails_[i].get());
      }
      threads_.push_back(std::make_unique<TailThread<T>>(std::move(mine)));
    }
  }

  // Not for an audio thread: with threads of its own a reset joins them first.
  void reset_tails() noexcept {
    const int count = static_cast<int>(threads_.size());
    threads_.clear();
    for (auto& tail : tails_) tail->reset();
    try {
      start_threads(count);
    } catch (const std::exception&) {
      // No thread to be had: the tails stay silent, and are counted as late.
    }
  }

  static Index ring_capacity(const Schedule& schedule) {
    const Index largest = schedule.levels.empty() ? 0 : schedule.levels.back().partition;
    // A level reads two blocks while the next one arrives.
    return std::max({4 * largest, 4 * schedule.direct_taps, 4 * kSmallestPartition});
  }

  // Positions up to the end of the current quantum.
  Index chunk(Index most) const noexcept {
    return std::min(most, quantum_ - position_ % quantum_);
  }

  void take(const Slab& in, Index first, Index count) noexcept {
    with_sample_type(in.type, [&]<class From>() {
      const SlabOf<const From> slab = in.as<const From>();
      for (Index c = 0; c < inputs_; ++c) {
        ring_.write(c, position_, slab.channel(c) + first, count);
      }
      for (auto& tail : tails_) {
        InputRing<T>* ring = tail->ring_for(position_);
        for (Index c = 0; ring && c < inputs_; ++c) {
          ring->write(c, position_, slab.channel(c) + first, count);
        }
      }
    });
  }

  void take_silence(Index count) noexcept {
    for (Index c = 0; c < inputs_; ++c) ring_.write_silence(c, position_, count);
    for (auto& tail : tails_) {
      InputRing<T>* ring = tail->ring_for(position_);
      for (Index c = 0; ring && c < inputs_; ++c) ring->write_silence(c, position_, count);
    }
  }

  // The work that belongs to `count` new positions; their outputs to the front of `out`, as far as
  // they exist and at most `limit`. Returns how many.
  Index give(Index count, const Slab& out, Index limit) noexcept {
    const Index begin = position_;
    position_ += count;
    for (std::size_t i = 0; i < levels_.size(); ++i) advance(i);
    head_->process(begin, count, mix_.data(), quantum_);
    for (auto& tail : tails_) add(*tail, tail->has_output(begin), begin, count);
    for (auto& tail : tails_) tail->end_of_chunk(position_);
    for (const auto& level : levels_) add(*level, true, begin, count);
    // Outputs before skip_ lie before the padded signal begins.
    const Index drop = std::clamp(skip_ - begin, Index{0}, count);
    const Index some = std::min(count - drop, limit);
    for (Index o = 0; o < outputs_; ++o) {
      const T* mix = mix_.data() + o * quantum_;
      const T bias = bias_[o];
      with_sample_type(out.type, [&]<class To>() {
        std::transform(mix + drop, mix + drop + some, out.as<To>().channel(o),
                       [bias](T x) { return static_cast<To>(x + bias); });
      });
    }
    given_ += some;
    return some;
  }

  template <class AnyLevel>
  void add(const AnyLevel& level, bool there, Index begin, Index count) noexcept {
    for (Index o = 0; there && o < outputs_; ++o) {
      const T* more = level.output(o, begin);
      if (more) add_samples(mix_.data() + o * quantum_, more, count);
    }
  }

  // Positions since a level's last block count from the call that completes it. A call shorter than
  // the schedule expects may want the output earlier.
  void advance(std::size_t i) noexcept {
    const LevelPlan& plan = plans_[i];
    const Index since = position_ % plan.partition;
    if (since == 0) levels_[i]->begin(position_ / plan.partition - 1);
    const bool wanted = since > plan.offset - plan.partition;
    levels_[i]->advance(std::max(since + lookahead_, wanted ? plan.deadline : 0));
  }

  Index inputs_, outputs_;
  Index skip_, tail_, max_slab_, quantum_, lookahead_;
  std::vector<LevelPlan> plans_;
  InputRing<T> ring_;
  std::unique_ptr<PartitionHead<T>> head_;
  std::vector<std::unique_ptr<PartitionLevel<T>>> levels_;
  std::vector<std::unique_ptr<TailLevel<T>>> tails_;      // computed by other threads …
  std::vector<std::unique_ptr<TailThread<T>>> threads_;  // … which end before them
  Buffer<T> mix_, bias_;
  Index position_ = 0, received_ = 0, given_ = 0;
};

}  // namespace

template <class T>
std::unique_ptr<Streaming> make_partitioned(const Problem& problem, const Schedule& schedule,
                                            const Costs& costs) {
  return std::make_unique<Partitioned<T>>(problem, schedule, costs);
}

template std::unique_ptr<Streaming> make_partitioned<float>(const Problem&, const Schedule&,
                                                            const Costs&);
template std::unique_ptr<Streaming> make_partitioned<double>(const Problem&, const Schedule&,
                                                             const Costs&);

}  // namespace faltung
