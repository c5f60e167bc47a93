// faltung run: signals through a pipeline, one file after the other.
#include "apps/faltung/run.h"

#include "apps/faltung/interruption.h"
#include "apps/faltung/processing.h"
#include "apps/faltung/progress.h"
#include "apps/faltung/quantity.h"

namespace faltung {
namespace {

void run_one(const Job& job, LoadedPipeline& loaded, Machine& machine,
             const ProcessingOptions& options) {
  const Processed done = process(job, loaded, machine, options);
  Console(options.general)
      .detail(job.input + ": " + done.in.text() + " -> " + job.output + ": " + done.out.text() +
              "; " + quantity(done.seconds, "s") + ", of which computing " +
              quantity(done.compute_s, "s") + "; " + rate_text(done.in, done.taken, done.seconds));
}

// Goes on after an input that fails; returns the first failure's exit status.
int run_batch(const std::vector<Job>& jobs, LoadedPipeline& loaded, Machine& machine,
              const ProcessingOptions& options) {
  int status = 0;
  std::size_t failures = 0;
  for (const Job& job : jobs) {
    try {
      run_one(job, loaded, machine, options);
    } catch (const Error& error) {
      complain(error.what());
      if (failures++ == 0) status = static_cast<int>(error.code());
    }
  }
  if (failures > 0) {
    complain(std::to_string(failures) + " of " + std::to_string(jobs.size()) +
             " inputs failed; the others are done");
  }
  return status;
}

}  // namespace

int run_run(const RunOptions& options) {
  LoadedPipeline loaded = load_pipeline(options.pipeline, options.kernel);
  ProcessingOptions processing{options.general, options.source, options.storing, options.block, options.slab};
  if (!options.shard.empty()) processing.shard = read_shard(options.shard);
  if (processing.source.rate_hz == 0) processing.source.rate_hz = loaded.pipeline.rate_hz;
  const std::vector<Job> jobs = plan_jobs(options.inputs, options.output);

  const Interruption interruption;
  Machine machine(options.general);
  if (jobs.size() > 1) return run_batch(jobs, loaded, machine, processing);
  run_one(jobs.front(), loaded, machine, processing);
  return 0;
}

}  // namespace faltung
