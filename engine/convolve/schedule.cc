// How a long kernel is cut into partitions for short latency.
#include "engine/convolve/schedule.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "engine/convolve/prediction.h"

namespace faltung {
namespace {

constexpr Index kLongestHead = 512;        // taps in the sample domain: beyond, transforms win
constexpr Index kLargestGrowth = 32;       // of partitions from level to level
constexpr int kCountsTried = 6;            // numbers of partitions between two levels
constexpr double kCallSeconds = 30e-9;     // of every call, whatever it does
constexpr double kLevelSeconds = 15e-9;    // of every level in every call
constexpr double kPathSeconds = 12e-9;     // of every path of a direct head in every call
constexpr double kStepSeconds = 0.1e-6;    // what cannot be divided: engine/fft/sliced_transform.h
constexpr Index kLargerLevels = 8;         // partitions' worth of spectra that larger levels read
constexpr double kFreshProduct = 0.5;      // the newest block's product loads and stores the sum

class Planner {
 public:
  Planner(const ScheduleRequest& request, const Costs::OfType& costs)
      : r_(request),
        c_(costs),
        block_(static_cast<double>(request.block)),
        bytes_per_tap_(static_cast<double>((request.kernels + request.inputs) * 2 *
                                           size_of(request.type))) {}

  Schedule with_direct_head() {
    std::optional<Schedule> best;
    for (Index first = kSmallestPartition; first <= kLongestHead; first *= 2) {
      start_quantum(first);
      for (Index head = first; head <= kLongestHead; head += first) {
        consider(head, {}, head_seconds(std::min(head, r_.taps)), cover(first, head), &best);
        if (head >= r_.taps) break;
      }
    }
    return finished(*best);
  }

  // The first level is the head: nothing of it may wait.
  Schedule with_transformed_head() {
    std::optional<Schedule> best;
    for (Index first : head_sizes()) {
      start_quantum(first);
      const Index all = (r_.taps + first - 1) / first;
      for (Index count = 1; count <= std::min(all, 2 * kLargestGrowth); ++count) {
        consider(0, {first, count, 0, 0, 0}, head_level_seconds(first, count),
                 cover(2 * first, count * first), &best);
      }
    }
    return finished(best ? *best : uniform());
  }

  Schedule uniform() {
    const Index first = head_sizes().back();
    const Index count = (r_.taps + first - 1) / first;
    Schedule schedule;
    schedule.levels.push_back({first, count, 0, 0, head_level_seconds(first, count)});
    schedule.seconds = schedule.levels[0].seconds + kCallSeconds / block_;
    return finished(schedule);
  }

 private:
  struct Choice {
    double seconds = -1;  // of this level and all after it; below 0: impossible
    Index count = 0;
    Index next = 0;  // the next level's partition; 0: this was the last
  };

  // Powers of two that a call fills, and the next larger one.
  std::vector<Index> head_sizes() const {
    std::vector<Index> sizes;
    const Index most = std::clamp(
        static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(r_.block))),
        kSmallestPartition, kLargestPartition);
    for (Index size = most; size >= std::max(kSmallestPartition, most / 8); size /= 2) {
      sizes.insert(sizes.begin(), size);
    }
    return sizes;
  }

  double transform_seconds(Index partition) const {
    return static_cast<double>(r_.inputs + r_.outputs) / 2 *
           (line_transform_seconds(c_, 2 * partition) +
            6 * static_cast<double>(partition) * c_.cached_copy);
  }
  // Between two uses of a level's spectra the caches see those of all smaller levels and as much of
  // every larger one.
  double product_seconds(Index partition, Index offset) const {
    const Index seen = std::min(r_.taps, offset + kLargerLevels * partition);
    const double rate = spectra_rate(c_, bytes_per_tap_ * static_cast<double>(seen));
    return static_cast<double>(r_.paths * 8 * partition) / rate;
  }
  double head_seconds(Index taps) const {
    const double paths = static_cast<double>(r_.paths);
    return paths * 2 * static_cast<double>(taps) / c_.head + paths * kPathSeconds / block_;
  }
  double level_seconds(Index partition, Index offset, Index count) const {
    return (transform_seconds(partition) +
            (static_cast<double>(count) + kFreshProduct) * product_seconds(partition, offset)) /
               static_cast<double>(partition) +
           kLevelSeconds / block_;
  }
  // Every call transforms, also one that fills only a part of the partition.
  double head_level_seconds(Index partition, Index count) const {
    const double calls = std::max(1.0, static_cast<double>(partition) / block_);
    const double product = product_seconds(partition, 0);
    return (calls * (transform_seconds(partition) + product) +
            (static_cast<double>(count) - 1 + kFreshProduct) * product) /
               static_cast<double>(partition) +
           kLevelSeconds / block_;
  }

  // Positions from a block's end until its output must be there, counting the call that completes
  // the block and the one that hears it first.
  Index deadline(Index partition, Index offset) const {
    return std::min(partition, offset - partition + 2 * std::min(r_.block, quantum_));
  }
  // Whether the work up to the inverse transform fits evenly before the deadline.
  bool is_even(Index partition, Index offset, Index count) const {
    if (offset < partition) return false;
    const double product = product_seconds(partition, offset);
    const double urgent = transform_seconds(partition) + product;
    const double all = urgent + (static_cast<double>(count) - 1 + kFreshProduct) * product;
    return urgent / all * static_cast<double>(partition) <=
           static_cast<double>(deadline(partition, offset)) + 1e-9;
  }

  void start_quantum(Index first) {
    if (std::min(r_.block, first) != std::min(r_.block, quantum_)) choices_.clear();
    quantum_ = first;
  }

  // The cheapest levels from tap `offset` on, the first of them at least `smallest`.
  std::pair<double, Index> cover(Index smallest, Index offset) {
    if (offset >= r_.taps) return {0, 0};
    std::pair<double, Index> best{-1, 0};
    for (Index size = smallest; size <= kLargestPartition && size <= offset; size *= 2) {
      const double seconds = choose(size, offset).seconds;
      if (seconds >= 0 && (best.first < 0 || seconds < best.first)) best = {seconds, size};
    }
    return best;
  }

  const Choice& choose(Index partition, Index offset) {
    const auto [at, fresh] = choices_.try_emplace({partition, offset});
    if (!fresh) return at->second;
    Choice best;
    const Index all = (r_.taps - offset + partition - 1) / partition;
    if (is_even(partition, offset, all)) best = {level_seconds(partition, offset, all), all, 0};
    for (Index next = 2 * partition; next <= kLargestPartition; next *= 2) {
      if (next > kLargestGrowth * partition || next >= r_.taps) break;
      for (Index count : counts_before(partition, offset, next)) {
        if (count >= all || !is_even(partition, offset, count)) continue;
        const double rest = choose(next, offset + count * partition).seconds;
        const double seconds = level_seconds(partition, offset, count) + rest;
        if (rest >= 0 && (best.seconds < 0 || seconds < best.seconds)) best = {seconds, count, next};
      }
    }
    return choices_[{partition, offset}] = best;
  }

  // From as early as the next level can begin to where it has all the time it can use.
  std::vector<Index> counts_before(Index partition, Index offset, Index next) const {
    const auto reach = [&](Index tap) {
      return std::max<Index>(1, (tap - offset + partition - 1) / partition);
    };
    const Index low = reach(next), high = reach(2 * next);
    std::vector<Index> counts;
    const Index step = std::max<Index>(1, (high - low) / kCountsTried);
    for (Index count = low; count <= high; count += step) counts.push_back(count);
    if (counts.back() != high) counts.push_back(high);
    return counts;
  }

  void consider(Index direct, const LevelPlan& head, double seconds, std::pair<double, Index> rest,
                std::optional<Schedule>* best) {
    if (rest.first < 0) return;
    const double all = seconds + rest.first + kCallSeconds / block_;
    if (*best && (*best)->seconds <= all) return;
    Schedule schedule;
    schedule.direct_taps = std::min(direct, r_.taps);
    schedule.seconds = all;
    Index offset = direct;
    if (head.count > 0) {
      schedule.levels.push_back(head);
      schedule.levels.back().seconds = seconds;
      offset = head.count * head.partition;
    }
    for (Index size = rest.second; size > 0;) {
      const Choice& choice = choose(size, offset);
      schedule.levels.push_back({size, choice.count, offset, deadline(size, offset),
                                 level_seconds(size, offset, choice.count)});
      offset += choice.count * size;
      size = choice.next;
    }
    *best = schedule;
  }

  Schedule finished(Schedule schedule) const {
    schedule.worst_block_s =
        block_ * schedule.seconds + static_cast<double>(schedule.levels.size()) * kStepSeconds;
    return schedule;
  }

  const ScheduleRequest& r_;
  const Costs::OfType& c_;
  double block_, bytes_per_tap_;
  Index quantum_ = kSmallestPartition;
  std::map<std::pair<Index, Index>, Choice> choices_;  // by partition and offset
};

}  // namespace

std::string Schedule::text() const {
  std::string text;
  if (direct_taps > 0) text = "direct " + std::to_string(direct_taps);
  for (const LevelPlan& level : levels) {
    text += (text.empty() ? "" : ", ") + std::to_string(level.count) + "x" +
            std::to_string(level.partition);
  }
  return text;
}

std::vector<Schedule> make_schedules(const ScheduleRequest& request, const Costs& costs) {
  Planner planner(request, costs.of(request.type));
  std::vector<Schedule> schedules{planner.with_direct_head(), planner.with_transformed_head(),
                                  planner.uniform()};
  std::stable_sort(schedules.begin(), schedules.end(), [](const Schedule& a, const Schedule& b) {
    return a.seconds < b.seconds;
  });
  return schedules;
}

}  // namespace faltung
