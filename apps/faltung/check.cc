// faltung check: whether a pipeline is right, without running it.
#include "apps/faltung/check.h"

#include <iostream>

#include "apps/faltung/machine.h"
#include "apps/faltung/pipeline_file.h"
#include "apps/faltung/signal_shape.h"
#include "apps/faltung/transfer.h"

namespace faltung {
namespace {

void prepare_for(const CheckOptions& options, LoadedPipeline& loaded) {
  SourceOptions source = options.source;
  if (source.rate_hz == 0) source.rate_hz = loaded.pipeline.rate_hz;
  Format in = options.input.empty() ? format_of_shape(options.shape, source.rate_hz)
                                    : open_source(options.input, source)->format();
  in.max_slab = choose_cutting(in, 0).block;
  Machine machine(options.general);
  const Format out =
      loaded.pipeline.stage->prepare(in, machine.setting(Clock::offline, options.pipeline));
  std::cout << loaded.name << ": " << in.text() << " -> " << out.text() << '\n';
}

}  // namespace

int run_check(const CheckOptions& options) {
  LoadedPipeline loaded = load_pipeline(options.pipeline, "");
  if (!options.input.empty() || !options.shape.empty()) prepare_for(options, loaded);
  const Index stages = loaded.pipeline.stages;
  if (!options.general.quiet) {
    std::cout << loaded.name << ": " << stages << (stages == 1 ? " stage" : " stages")
              << ", fine\n";
  }
  return 0;
}

}  // namespace faltung
