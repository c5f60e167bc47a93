// The floor of `bench live`.
#include "apps/faltung/bench/live_floor.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

constexpr double kDirect = 2;          // operations for each tap
constexpr double kSpectra = 8;         // for each partition: P bins of 8, every P frames
constexpr Index kLargest = 1 << 19;    // partition

class Schedules {
 public:
  explicit Schedules(const LiveCase& live)
      : block_(live.block),
        taps_(live.taps),
        channels_(static_cast<double>(live.in_channels + live.out_channels)),
        paths_(static_cast<double>(live.paths.size())) {}

  double least() const {
    double least = paths_ * kDirect * static_cast<double>(taps_);
    for (Index partition = block_; partition <= kLargest; partition *= 2) {
      const Index head = partition - block_;
      if (head >= taps_) break;
      least = std::min(least, paths_ * kDirect * static_cast<double>(head) + from(head, partition));
    }
    return least;
  }

 private:
  // Partitions of this size from tap `offset` on, then the best of larger ones or no others.
  double from(Index offset, Index partition) const {
    const double transforms =
        channels_ * 5 * std::log2(2 * static_cast<double>(partition));  // of 2P every P frames
    double least = count(taps_ - offset, partition);
    for (Index next = 2 * partition; next <= kLargest; next *= 2) {
      const Index needed = next - block_ - offset;
      const Index covered = (needed + partition - 1) / partition * partition;
      if (offset + covered >= taps_) break;
      least = std::min(least, count(covered, partition) + from(offset + covered, next));
    }
    return transforms + least;
  }

  double count(Index taps, Index partition) const {
    const auto partitions = static_cast<double>((taps + partition - 1) / partition);
    return paths_ * kSpectra * partitions;
  }

  const Index block_, taps_;
  const double channels_, paths_;
};

}  // namespace

double live_flops(const LiveCase& live) { return Schedules(live).least(); }

}  // namespace faltung
