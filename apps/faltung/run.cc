// faltung run: signals through a pipeline, one file after the other.
#include "apps/faltung/run.h"

#include "apps/faltung/interruption.h"

namespace faltung {

int run_run(const RunOptions& options) {
  if (!options.submit.engine.empty()) return run_submit(options);
  LoadedPipeline loaded = load_pipeline(options.pipeline, options.kernel);
  ProcessingOptions processing{options.general, options.source, options.storing, options.block,
                               options.slab};
  processing.memory = options.memory;
  if (!options.shard.empty()) processing.shard = read_shard(options.shard);
  if (processing.source.rate_hz == 0) processing.source.rate_hz = loaded.pipeline.rate_hz;
  const std::vector<Input> inputs = find_inputs(options.inputs);
  std::vector<Job> jobs = plan_jobs(inputs, options.output);
  if (!options.preview.empty()) name_previews(inputs, options.preview, jobs);

  const Interruption interruption;
  Machine machine(options.general);
  return run_batch(jobs, loaded, machine, processing, options.batch);
}

}  // namespace faltung
