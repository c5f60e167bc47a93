// The job script of --submit.
#include "apps/faltung/submit/script.h"

#include <algorithm>

#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr const char* kWithValue[] = {"--submit", "--shards", "--partition", "--time",
                                      "--mem-per-task"};
constexpr const char* kDryRun = "--dry-run";

// Status 5 is another job at work on this shard: one on a host that Slurm has lost sight of. It
// either finishes the shard or dies with its host.
constexpr const char* kBody = R"(
[ -d "$state" ] || exit 0  # followed to its end meanwhile
status_file=$state/$SLURM_ARRAY_TASK_ID.status
attempt=0
while
  if grep -qx 0 "$status_file" 2>/dev/null; then exit 0; fi
  $command
  status=$?
  # 5: a job that Slurm has lost sight of is still writing this shard
  [ "$status" -eq 5 ] && [ "$attempt" -lt 120 ]
do
  attempt=$((attempt + 1))
  sleep 5
done
echo "$status" > "$status_file"
exit "$status"
)";

std::string checked(const std::string& option, const std::string& value) {
  constexpr const char* kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:+-";
  if (!value.empty() && value.find_first_not_of(kAllowed) == std::string::npos) return value;
  throw Error(Code::configuration,
              option + " '" + value + "'; allowed: letters, digits and _ . , : + -");
}

std::string directive(const std::string& option, const std::string& value) {
  return value.empty() ? "" : "#SBATCH " + option + "=" + checked(option, value) + "\n";
}

// In patterns of Slurm's % stands for something, and a backslash switches that off.
std::string log_pattern(const std::string& folder) {
  if (folder.find_first_of("\\\"\n\r") != std::string::npos) {
    throw Error(Code::configuration, "'" + folder +
                                         "' cannot take Slurm's logs: its name holds a backslash, "
                                         "a quotation mark or a line's end");
  }
  std::string pattern;
  for (char c : folder) pattern += c == '%' ? "%%" : std::string(1, c);
  return "\"" + pattern + "/%a.log\"";
}

}  // namespace

std::string shell_quoted(const std::string& word) {
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string shard_command(const std::string& program, const SubmitOptions& options) {
  std::string command = shell_quoted(program);
  const auto& words = options.words;
  const bool threads_given = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "--threads" || word.starts_with("--threads=");
  });
  bool found_verb = false, only_names = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = words[i].substr(0, words[i].find('='));
    only_names = only_names || words[i] == "--";
    if (!only_names && name == kDryRun) continue;
    if (!only_names &&
        std::find(std::begin(kWithValue), std::end(kWithValue), name) != std::end(kWithValue)) {
      if (name == words[i]) ++i;  // its value is the next word
      continue;
    }
    command += " " + shell_quoted(words[i]);
    if (found_verb || words[i] != "run") continue;
    found_verb = true;
    command += " --shard \"$SLURM_ARRAY_TASK_ID/" + std::to_string(options.shards) + "\"";
    if (!threads_given) command += " --threads \"${SLURM_CPUS_ON_NODE:-1}\"";
  }
  return command;
}

std::string job_script(const JobScript& script, const SubmitOptions& options) {
  const std::string count = std::to_string(options.shards);
  std::string body = kBody;
  const std::string place = "$command";
  body.replace(body.find(place), place.size(), shard_command(script.program, options));
  return "#!/bin/sh\n"
         "# Computes one of " +
         count +
         " shards; written by `faltung run --submit slurm`.\n"
         "# Follows from " +
         script.follows_from +
         ".\n"
         "#SBATCH --job-name=faltung\n"
         "#SBATCH --array=1-" +
         count +
         "\n"
         "#SBATCH --nodes=1\n"
         "#SBATCH --ntasks=1\n"
         "#SBATCH --requeue\n"
         "#SBATCH --open-mode=append\n" +
         directive("--partition", options.partition) + directive("--time", options.time) +
         directive("--mem", options.memory) + "#SBATCH --output=" + log_pattern(script.state) +
         "\n"
         "cd " +
         shell_quoted(script.folder) +
         " || exit 1\n"
         "state=" +
         shell_quoted(script.state) + body;
}

}  // namespace faltung
