// What is asked of Slurm.
#include "apps/faltung/submit/slurm.h"

#include <sstream>

#include "apps/faltung/submit/process.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

std::string without_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

std::string shard_list(const std::vector<Index>& shards) {
  std::string list;
  for (std::size_t i = 0; i < shards.size();) {
    std::size_t last = i;
    while (last + 1 < shards.size() && shards[last + 1] == shards[last] + 1) ++last;
    list += (list.empty() ? "" : ",") + std::to_string(shards[i]);
    if (last > i) list += "-" + std::to_string(shards[last]);
    i = last + 1;
  }
  return list;
}

std::string slurm_submit(const std::string& script, const std::vector<Index>& shards) {
  const Ended sbatch =
      run_to_end({"sbatch", "--parsable", "--array=" + shard_list(shards), script});
  if (sbatch.status == Ended::kNotFound) {
    throw Error(Code::configuration,
                "--submit slurm needs Slurm's sbatch, which is not on PATH (Debian: slurm-client)");
  }
  const std::string job = sbatch.said.substr(0, sbatch.said.find_first_of(";\n"));
  if (sbatch.status == 0 && !job.empty()) return job;
  throw Error(Code::failure, "Slurm refuses the job: " + without_end(sbatch.complained));
}

std::optional<std::vector<SlurmTask>> slurm_queue(std::string& why) {
  const Ended squeue =
      run_to_end({"squeue", "--me", "--array", "--noheader", "--format=%F %K %T %r"});
  if (squeue.status == 0) return parse_queue(squeue.said);
  why = without_end(squeue.complained);
  return std::nullopt;
}

void slurm_cancel(const std::string& job) { run_to_end({"scancel", "--quiet", job}); }

std::vector<SlurmTask> parse_queue(const std::string& text) {
  std::vector<SlurmTask> tasks;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    SlurmTask task;
    if (!(words >> task.job >> task.shard >> task.state)) continue;  // a job that is no array
    std::getline(words >> std::ws, task.reason);
    tasks.push_back(task);
  }
  return tasks;
}

}  // namespace faltung
