// Which shards are to be submitted again, from what is queued and how earlier jobs have ended.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

class ShardWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr int kMostFailures = 3;
  // A job leaves the queue a moment before its status is seen, over a network file system later.
  static constexpr std::chrono::seconds kGrace{5};

  explicit ShardWatch(Index shards) : shards_(static_cast<std::size_t>(shards)) {}

  struct Seen {
    std::vector<std::optional<int>> statuses;  // one for each shard
    std::set<Index> queued;                    // numbers of shards, from 1
    bool complete = false;                     // the output is there and whole
  };

  // Shards that neither wait nor run and have not succeeded, for longer than kGrace; all of them
  // where all have succeeded and the output is not there. In order, from 1.
  std::vector<Index> lost(const Seen& seen, Time now);

  // Counts a failure. Returns how many there were; from kMostFailures on it is no use to go on, nor
  // after wrong usage, which is the same every time.
  int count_failure(Index shard, std::optional<int> status);

  static bool all_done(const Seen& seen);

 private:
  struct Shard {
    std::optional<Time> lost_since;
    int failures = 0;
  };
  std::vector<Shard> shards_;
};

}  // namespace faltung
