// faltung explain: plan, candidates, predicted and measured cost.
#include "apps/faltung/explain.h"

#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "apps/faltung/explanation_text.h"
#include "apps/faltung/machine.h"
#include "apps/faltung/measurement.h"
#include "apps/faltung/noise.h"
#include "apps/faltung/pipeline_file.h"
#include "apps/faltung/signal_shape.h"
#include "apps/faltung/transfer.h"

namespace faltung {
namespace {

// Tried in this order where no signal was given: ten seconds of sound, an image, a volume.
constexpr const char* kUsualShapes[] = {"2x480000", "1x480000", "3x1080x1920", "1x1080x1920",
                                        "1x64x256x256"};

std::unique_ptr<Source> signal(const ExplainOptions& options, const Pipeline& pipeline) {
  SourceOptions source = options.source;
  if (source.rate_hz == 0) source.rate_hz = pipeline.rate_hz;
  if (!options.input.empty()) return open_source(options.input, source);
  return std::make_unique<Noise>(format_of_shape(options.shape, source.rate_hz));
}

struct Prepared {
  std::unique_ptr<Source> source;
  Format in;
  Format out;
  std::vector<std::string> notes;  // what `run` would say on the way
};

Prepared prepare(const ExplainOptions& options, Pipeline& pipeline, Machine& machine) {
  Prepared result;
  result.source = signal(options, pipeline);
  result.in = result.source->format();
  result.in.max_slab = choose_cutting(result.in, options.block).block;
  const Clock clock = options.block > 0 ? Clock::live : Clock::offline;
  Setting setting = machine.setting(clock, "");
  setting.any_length = result.in.is_series();
  setting.note = [&](const std::string& text) { result.notes.push_back(text); };
  result.out = pipeline.stage->prepare(result.in, setting);
  return result;
}

// With the first usual signal that the pipeline takes.
Prepared prepare_usual(ExplainOptions options, Pipeline& pipeline, Machine& machine) {
  std::string reasons;
  for (const char* shape : kUsualShapes) {
    options.shape = shape;
    try {
      return prepare(options, pipeline, machine);
    } catch (const Error& error) {
      reasons += std::string("\n  ") + shape + ": " + error.what();
    }
  }
  throw Error(Code::configuration,
              "this pipeline takes none of the usual signals; give --input or --shape" + reasons);
}

}  // namespace

int run_explain(const ExplainOptions& options) {
  LoadedPipeline loaded = load_pipeline(options.pipeline, options.kernel);
  Pipeline& pipeline = loaded.pipeline;
  Machine machine(options.general);
  const bool given = !options.input.empty() || !options.shape.empty();
  const Prepared prepared = given ? prepare(options, pipeline, machine)
                                  : prepare_usual(options, pipeline, machine);
  const Explanation whole = explain_held(*pipeline.stage, prepared.in, prepared.out);

  const std::string what = !options.input.empty() ? options.input : "noise";
  std::cout << loaded.name << " for " << what << ": " << prepared.in.text()
            << (options.block > 0 ? ", in blocks of " + std::to_string(options.block) : "")
            << '\n';
  for (const std::string& note : prepared.notes) std::cout << note << '\n';
  std::cout << '\n'
            << explanation_text(whole) << '\n'
            << std::flush;
  const Measurement measured = measure(*prepared.source, *pipeline.stage, prepared.in,
                                       prepared.out);
  std::cout << measurement_text(measured, whole);
  return 0;
}

}  // namespace faltung
