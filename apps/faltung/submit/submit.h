// faltung run --submit slurm: one output computed by an array of jobs on a cluster.
//
// A job script computes one shard (`run --shard`); sbatch takes it as an array. The program then
// follows: progress, what has failed or got lost submitted again, at the end the store verified and
// all traces removed. Script, logs and what became of each shard lie beside the output in
// ".name.slurm/" (submit_folder.h). Interrupted, it leaves the jobs at work; the same command goes
// on with following them.
#pragma once

#include <string>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

struct RunOptions;

struct SubmitOptions {
  std::string engine;              // "slurm"; empty: compute here
  Index shards = 0;                // how many jobs share the output
  std::string partition;           // these three as sbatch takes them; empty: its default
  std::string time;                // of one job: "30" minutes, "2:00:00"
  std::string memory;              // of one job: "4G"
  bool dry_run = false;            // only prints the job script
  std::vector<std::string> words;  // the command line, without the program's name
};

// Returns 0 when the output is complete, 128 + signal when interrupted. Throws
// Error{configuration} for what shards cannot compute and where Slurm is not installed,
// Error{busy} where other jobs are at this output, Error{failure} for what Slurm refuses, and where
// a shard fails again and again the error of its exit status.
int run_submit(const RunOptions& options);

}  // namespace faltung
