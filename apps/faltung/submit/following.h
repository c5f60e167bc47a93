// An output that a cluster computes, followed until it is complete.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "apps/faltung/console.h"
#include "apps/faltung/progress.h"
#include "apps/faltung/submit/folder.h"
#include "apps/faltung/submit/shards.h"
#include "apps/faltung/submit/slurm.h"
#include "engine/io/census.h"

namespace faltung {

class Following {
 public:
  // `out` is the output's format, for the bar; its extent is known.
  Following(const GeneralOptions& general, const std::string& output, const Format& out,
            Index shards, SubmitFolder& folder);

  // Until the output is complete: 0; or until SIGINT, SIGTERM or SIGHUP: 128 + signal, the jobs
  // stay at work. Throws as run_submit does.
  int run();

 private:
  using Clock = std::chrono::steady_clock;

  bool complete() const;
  void look();
  void take_queue();
  void draw();
  void note(const std::string& text);
  void note_held(const SlurmTask& task);
  void submit_lost();
  void submit_again(std::vector<Index> shards);
  [[noreturn]] void give_up(Index shard, std::optional<int> status);
  void wait_for_slurm(const std::string& why);  // throws when it has been silent for too long
  void finish();
  int leave(int signal);
  std::string jobs_text() const;

  const Console console_;
  const std::string output_;
  const Format out_;
  SubmitFolder& folder_;
  ShardWatch watch_;
  ShardWatch::Seen seen_;
  std::vector<SlurmTask> tasks_;    // of this output
  std::vector<Index> unsubmitted_;  // found lost while Slurm took nothing
  std::set<Index> held_;            // said to be held
  Census census_;
  std::optional<Clock::time_point> silent_since_;  // Slurm
  const Clock::time_point begin_ = Clock::now();
  Progress progress_;
  bool drawn_ = false;
};

// What became of a job, in words: "exit status 3", "killed by signal 9", ….
std::string ending_text(std::optional<int> status);

}  // namespace faltung
