// Job scripts, queues and lost shards of --submit, as far as they are text and rules.
#include <doctest/doctest.h>

#include "apps/faltung/submit/following.h"
#include "apps/faltung/submit/process.h"
#include "apps/faltung/submit/script.h"
#include "apps/faltung/submit/shards.h"
#include "apps/faltung/submit/slurm.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

SubmitOptions options_for(std::vector<std::string> words) {
  SubmitOptions options;
  options.engine = "slurm";
  options.shards = 4;
  options.words = std::move(words);
  return options;
}

using namespace std::chrono_literals;
constexpr ShardWatch::Time kBegin{};
constexpr auto kLater = kBegin + ShardWatch::kGrace;

}  // namespace

TEST_CASE("submit: a shard's command is the command given, without submitting, with its number") {
  const SubmitOptions options =
      options_for({"--quiet", "run", "--submit", "slurm", "p.yaml", "in.zarr", "--shards=4",
                   "--time", "5", "--dry-run", "-o", "it's.zarr"});
  CHECK(shard_command("/bin/faltung", options) ==
        "'/bin/faltung' '--quiet' 'run' --shard \"$SLURM_ARRAY_TASK_ID/4\" --threads "
        "\"${SLURM_CPUS_ON_NODE:-1}\" 'p.yaml' 'in.zarr' '-o' 'it'\\''s.zarr'");
}

TEST_CASE("submit: names after -- are names, and threads that were asked for stay") {
  const std::string command =
      shard_command("f", options_for({"run", "--threads=2", "--", "p.yaml", "--dry-run"}));
  CHECK(command ==
        "'f' 'run' --shard \"$SLURM_ARRAY_TASK_ID/4\" '--threads=2' '--' 'p.yaml' "
        "'--dry-run'");
}

TEST_CASE("submit: the shell reads back what was quoted") {
  const std::string word = "a'b\"c $HOME `x` \\ %a\n*";
  const Ended echo = run_to_end({"sh", "-c", "printf %s " + shell_quoted(word)});
  CHECK(echo.status == 0);
  CHECK(echo.said == word);
}

TEST_CASE("submit: only what a job script can hold gets into it") {
  SubmitOptions options = options_for({"run"});
  const JobScript parts{"/bin/faltung", "/here", "/there/.o%t.zarr.slurm", "ab"};
  options.partition = "long";
  const std::string script = job_script(parts, options);
  CHECK(script.find("#SBATCH --partition=long\n") != std::string::npos);
  CHECK(script.find("#SBATCH --array=1-4\n") != std::string::npos);
  CHECK(script.find("#SBATCH --output=\"/there/.o%%t.zarr.slurm/%a.log\"\n") != std::string::npos);
  CHECK(script.find("--time") == std::string::npos);
  options.partition = "long\n#SBATCH --uid=0";
  CHECK_THROWS_AS(job_script(parts, options), Error);
  CHECK_THROWS_AS(job_script({"f", "/", "/a\"b", "ab"}, options_for({"run"})), Error);
}

TEST_CASE("submit: what a program says and how it ends is known, also where there is none") {
  const Ended both = run_to_end({"sh", "-c", "echo out; echo err >&2; exit 3"});
  CHECK(both.status == 3);
  CHECK(both.said == "out\n");
  CHECK(both.complained == "err\n");
  CHECK(run_to_end({"sh", "-c", "kill -9 $$"}).status == 137);
  CHECK(run_to_end({"no-such-program-anywhere"}).status == Ended::kNotFound);
  CHECK(run_to_end({"sh", "-c", "yes | head -c 1000000"}).said.size() == 1000000);
}

TEST_CASE("submit: neighbouring shards are listed as Slurm writes ranges") {
  CHECK(shard_list({1, 2, 3, 7}) == "1-3,7");
  CHECK(shard_list({5}) == "5");
  CHECK(shard_list({1, 3, 4}) == "1,3-4");
}

TEST_CASE("submit: a queue's lines are jobs of arrays, and others are passed over") {
  const auto tasks = parse_queue(
      "12 3 PENDING launch failed requeued held\n13 N/A RUNNING None\n12 4 RUNNING None\n");
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].job == "12");
  CHECK(tasks[0].shard == 3);
  CHECK(tasks[0].state == "PENDING");
  CHECK(tasks[0].reason == "launch failed requeued held");
  CHECK(tasks[1].shard == 4);
}

TEST_CASE("submit: a shard is lost when it is neither queued nor done for a while") {
  ShardWatch watch(3);
  ShardWatch::Seen seen{{0, std::nullopt, 137}, {2}, false};
  CHECK(watch.lost(seen, kBegin).empty());
  CHECK(watch.lost(seen, kLater - 1ms).empty());
  CHECK(watch.lost(seen, kLater) == std::vector<Index>{3});
  seen.statuses[2] = 0;  // it was only slow to be seen
  CHECK(watch.lost(seen, kLater).empty());
}

TEST_CASE("submit: where all are done and the output is not there, all are lost") {
  ShardWatch watch(2);
  ShardWatch::Seen seen{{0, 0}, {}, false};
  CHECK(watch.lost(seen, kBegin).empty());
  CHECK(watch.lost(seen, kLater) == std::vector<Index>{1, 2});
  seen.complete = true;
  CHECK(watch.lost(seen, kLater).empty());
}

TEST_CASE("submit: the third failure is the last, and wrong usage the first") {
  ShardWatch watch(2);
  CHECK(watch.count_failure(1, 137) < ShardWatch::kMostFailures);
  CHECK(watch.count_failure(1, std::nullopt) < ShardWatch::kMostFailures);
  CHECK(watch.count_failure(1, 1) == ShardWatch::kMostFailures);
  CHECK(watch.count_failure(2, 2) == ShardWatch::kMostFailures);
}

TEST_CASE("submit: an ending is said in words") {
  CHECK(ending_text(3) == "exit status 3");
  CHECK(ending_text(137) == "killed by signal 9");
  CHECK(ending_text(std::nullopt).find("did not end by itself") != std::string::npos);
}

}  // namespace faltung
