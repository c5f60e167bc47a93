// What is asked of Slurm: take an array of jobs, say what is queued, cancel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

// One job of an array, waiting or running.
struct SlurmTask {
  std::string job;     // the array's number
  Index shard = 0;     // from 1
  std::string state;   // "PENDING", "RUNNING", …
  std::string reason;  // why it waits: "Resources", "BeginTime", …
};

// Returns the array's number. Throws Error{configuration} where there is no sbatch, Error{failure}
// with Slurm's own words where it refuses.
std::string slurm_submit(const std::string& script, const std::vector<Index>& shards);

// All that the user has in the queue. Nothing where Slurm does not answer: `why` then has its
// words.
std::optional<std::vector<SlurmTask>> slurm_queue(std::string& why);

void slurm_cancel(const std::string& job);  // what of it still waits or runs, if anything

// "1-3,7" for 1, 2, 3, 7, as --array takes it; ascending.
std::string shard_list(const std::vector<Index>& shards);

// The lines of `squeue` as slurm_queue asks for them; others are passed over.
std::vector<SlurmTask> parse_queue(const std::string& text);

}  // namespace faltung
