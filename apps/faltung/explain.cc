// faltung explain: plan, candidates, predicted and measured cost.
#include "apps/faltung/explain.h"

#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "apps/faltung/cutting.h"
#include "apps/faltung/explanation_text.h"
#include "apps/faltung/json.h"
#include "apps/faltung/machine.h"
#include "apps/faltung/measurement.h"
#include "apps/faltung/noise.h"
#include "apps/faltung/pipeline_file.h"
#include "apps/faltung/report_json.h"
#include "apps/faltung/signal_shape.h"

namespace faltung {
namespace {

struct Prepared {
  std::unique_ptr<Source> source;
  Format in;
  Format out;
  std::vector<std::string> notes;  // what `run` would say on the way
};

Prepared prepare(std::unique_ptr<Source> source, Index block, Pipeline& pipeline,
                 Machine& machine) {
  Prepared result;
  result.source = std::move(source);
  result.in = result.source->format();
  result.in.max_slab = choose_cutting(result.in, block).block;
  const Clock clock = block > 0 ? Clock::live : Clock::offline;
  Setting setting = machine.setting(clock, "");
  setting.any_length = result.in.is_series();
  setting.note = [&](const std::string& text) { result.notes.push_back(text); };
  result.out = pipeline.stage->prepare(result.in, setting);
  return result;
}

// For what was given, else for the first usual signal that the pipeline takes.
Prepared prepare_for(const ExplainOptions& options, Pipeline& pipeline, Machine& machine) {
  SourceOptions source = options.source;
  if (source.rate_hz == 0) source.rate_hz = pipeline.rate_hz;
  if (!options.input.empty()) {
    return prepare(open_source(options.input, source), options.block, pipeline, machine);
  }
  Prepared result;
  const auto with = [&](const Format& format) {
    result = prepare(std::make_unique<Noise>(format), options.block, pipeline, machine);
  };
  if (options.shape.empty()) {
    prepare_usual(source.rate_hz, with);
  } else {
    with(format_of_shape(options.shape, source.rate_hz));
  }
  return result;
}

std::string heading(const ExplainOptions& options, const std::string& name,
                    const Prepared& prepared) {
  std::string text = name + " for " + (options.input.empty() ? "noise" : options.input) + ": " +
                     prepared.in.text();
  if (options.block > 0) text += ", in blocks of " + std::to_string(options.block);
  for (const std::string& note : prepared.notes) text += "\n" + note;
  return text;
}

std::string measurement_json(const Measurement& measured) {
  return "{\"positions\": " + std::to_string(measured.taken) +
         ", \"seconds\": " + json_number(measured.compute_s) +
         ", \"worst_call_seconds\": " + json_number(measured.worst_block_s) + "}";
}

}  // namespace

int run_explain(const ExplainOptions& options) {
  LoadedPipeline loaded = load_pipeline(options.pipeline, options.kernel);
  Pipeline& pipeline = loaded.pipeline;
  Machine machine(options.general);
  const Prepared prepared = prepare_for(options, pipeline, machine);
  const Explanation whole = explain_held(*pipeline.stage, prepared.in, prepared.out);
  const std::string title = heading(options, loaded.name, prepared);
  if (!options.json) std::cout << title << "\n\n" << explanation_text(whole) << '\n' << std::flush;
  const Measurement measured = measure(*prepared.source, *pipeline.stage, prepared.in,
                                       prepared.out);
  if (options.json) {
    std::cout << "{\"explained\": " << json_text(title)
              << ", \"report\": " << report_json(report_of(whole))
              << ", \"measured\": " << measurement_json(measured) << "}\n";
  } else {
    std::cout << measurement_text(measured, whole);
  }
  return 0;
}

}  // namespace faltung
