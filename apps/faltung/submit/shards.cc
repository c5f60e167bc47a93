// Which shards are to be submitted again.
#include "apps/faltung/submit/shards.h"

#include <algorithm>

#include "engine/nd/error.h"

namespace faltung {

bool ShardWatch::all_done(const Seen& seen) {
  return std::all_of(seen.statuses.begin(), seen.statuses.end(),
                     [](const std::optional<int>& status) { return status == 0; });
}

std::vector<Index> ShardWatch::lost(const Seen& seen, Time now) {
  const bool in_vain = all_done(seen) && !seen.complete;
  std::vector<Index> result;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const Index number = static_cast<Index>(i) + 1;
    const bool waits = seen.queued.contains(number) && !in_vain;
    if (waits || (seen.statuses[i] == 0 && !in_vain)) {
      shards_[i].lost_since.reset();
      continue;
    }
    if (!shards_[i].lost_since) shards_[i].lost_since = now;
    if (now - *shards_[i].lost_since >= kGrace) result.push_back(number);
  }
  return result;
}

int ShardWatch::count_failure(Index shard, std::optional<int> status) {
  Shard& its = shards_[static_cast<std::size_t>(shard - 1)];
  its.lost_since.reset();
  const bool hopeless = status == static_cast<int>(Code::configuration);
  its.failures = hopeless ? kMostFailures : its.failures + 1;
  return its.failures;
}

}  // namespace faltung
