// faltung run --submit slurm: one output computed by an array of jobs on a cluster.
#include "apps/faltung/submit/submit.h"

#include <cstdio>
#include <filesystem>
#include <optional>

#include "apps/faltung/memory_promise.h"
#include "apps/faltung/run.h"
#include "apps/faltung/segments.h"
#include "apps/faltung/store_identity.h"
#include "apps/faltung/submit/following.h"
#include "apps/faltung/submit/script.h"
#include "engine/io/census.h"
#include "engine/io/identity.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& why) { throw Error(Code::configuration, why); }

Job the_job(const RunOptions& options) {
  if (options.inputs.list == kStandardStream) refuse("--submit: jobs have no standard input");
  const std::vector<Job> jobs = plan_jobs(find_inputs(options.inputs), options.output);
  if (jobs.size() != 1) {
    refuse("--submit takes one input and one output; " + std::to_string(jobs.size()) +
           " were given");
  }
  const Job& job = jobs.front();
  if (job.input == kStandardStream) refuse("--submit: jobs have no standard input");
  if (job.output == kStandardStream || !can_be_shared(job.output)) {
    refuse("--submit needs an output in chunks, which several jobs can write: " +
           shared_extensions() + "; '" + job.output + "' is written by one job as a whole");
  }
  return job;
}

// What every job will do, as far as it can go wrong before any work: the pipeline is prepared as
// they prepare it.
struct Prospect {
  Format out;
  std::string follows_from;
};

Prospect prepare_once(const Job& job, LoadedPipeline& loaded, const RunOptions& options) {
  SourceOptions reading = options.source;
  if (reading.rate_hz == 0) reading.rate_hz = loaded.pipeline.rate_hz;
  const auto source = open_source(job.input, reading);
  Machine machine(options.general);
  Setting setting = machine.setting(Clock::offline, job.input);
  setting.any_length = source->format().is_series();
  setting.costs = nullptr;
  Stage& stage = *loaded.pipeline.stage;
  Prospect prospect;
  const Writing writing = [&](const Format& out, Index slab) {
    return storing_memory_bytes(job.output, out, source->encoding(), options.storing, slab);
  };
  prospect.out = prepare_within(options.memory, stage, source->format(), options.slab,
                                source->memory_bytes(), writing, setting)
                     .out;
  refuse_unless_it_forgets(stage);
  refuse_overwriting(job.output, *loaded.files);
  std::string all;
  for (const auto& [name, value] :
       store_identity(job, loaded, stage.explain(), source->encoding(), options.storing)) {
    all += name + ": " + value + "\n";
  }
  prospect.follows_from = fingerprint(all);
  return prospect;
}

bool at_work(const SubmitFolder& folder) {
  const std::vector<std::string> ours = folder.jobs();
  if (ours.empty()) return false;
  std::string why;
  const auto tasks = slurm_queue(why);
  if (!tasks) throw Error(Code::failure, "Slurm does not answer: " + why);
  for (const SlurmTask& task : *tasks) {
    if (std::find(ours.begin(), ours.end(), task.job) != ours.end()) return true;
  }
  return false;
}

std::vector<Index> not_done(const SubmitFolder& folder, Index shards) {
  std::vector<Index> missing;
  for (Index shard = 1; shard <= shards; ++shard) {
    if (folder.status(shard) != 0) missing.push_back(shard);
  }
  return missing;
}

void submit(const std::vector<Index>& shards, SubmitFolder& folder, const Console& console,
            const std::string& output) {
  for (const Index shard : shards) folder.forget_status(shard);
  const std::string job = slurm_submit(folder.script_path(), shards);
  folder.add_job(job);
  console.note(output + ": shards " + shard_list(shards) + " submitted as job " + job);
}

// After this somebody is at work on every shard that is not done.
void begin(SubmitFolder& folder, const std::string& script, const std::string& output,
           const RunOptions& options) {
  const Console console(options.general);
  const bool same = folder.script() == script;
  if (at_work(folder)) {
    if (same) return console.note(output + ": is being computed already; follows the jobs");
    throw Error(Code::busy, output +
                                ": other jobs are computing it, by another command or from "
                                "other files; scancel " +
                                folder.jobs().back() + " ends them");
  }
  if (same && !folder.jobs().empty()) {
    const std::vector<Index> missing = not_done(folder, options.submit.shards);
    if (!missing.empty()) submit(missing, folder, console, output);
    return;
  }
  folder.begin_anew(script);
  try {
    submit(not_done(folder, options.submit.shards), folder, console, output);
  } catch (const Error&) {
    folder.remove();
    throw;
  }
}

}  // namespace

int run_submit(const RunOptions& options) {
  LoadedPipeline loaded = load_pipeline(options.pipeline, options.kernel);
  const Job job = the_job(options);
  const Prospect prospect = prepare_once(job, loaded, options);
  const JobScript parts{fs::read_symlink("/proc/self/exe").string(), fs::current_path().string(),
                        SubmitFolder::place(job.output), prospect.follows_from};
  const std::string script = job_script(parts, options.submit);
  if (options.submit.dry_run) {
    std::fputs(script.c_str(), stdout);
    return 0;
  }
  if (!job.new_folder.empty()) make_folder(job.new_folder);
  SubmitFolder folder(job.output);
  begin(folder, script, job.output, options);
  return Following(options.general, job.output, prospect.out, options.submit.shards, folder).run();
}

}  // namespace faltung
