// One input through one pipeline into one output.
#include "apps/faltung/processing.h"

#include <chrono>
#include <filesystem>

#include "apps/faltung/placement.h"
#include "apps/faltung/store_identity.h"
#include "apps/faltung/transfer.h"
#include "engine/io/formats.h"

namespace faltung {
namespace {

// The output is stored as the input is, except that raw samples are what --raw asked for.
Encoding encoding_for(const ProcessingOptions& options, const Encoding& input, const Job& job) {
  Encoding like = input;
  const bool raw = job.output == kStandardStream;
  if (raw && options.storing.type == Encoding::Sample::none)
    like.sample = options.source.raw_sample;
  return like;
}

// What a plugin gave that no file should hold.
void note_muted(Stage& stage, const Console& console, const std::string& input) {
  for (const Control& control : stage.controls()) {
    if (!control.reading || !control.path.ends_with(".muted")) continue;
    const auto muted = static_cast<Index>(control.reading->value());
    if (muted == 0) continue;
    console.note(input + ": " + control.path + ": " + std::to_string(muted) +
                 " blocks of a channel were not finite and are silent instead");
  }
}

bool is_store(const std::string& path) {
  const Container* container = path == kStandardStream ? nullptr : container_for_path(path);
  return container && container->create_place;
}

}  // namespace

Processed process(const Job& job, LoadedPipeline& loaded, Machine& machine,
                  const ProcessingOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const auto source = open_source(job.input, options.source);
  for (const std::string& note : source->encoding().notes) {
    Console(options.general).note(job.input + ": " + note);
  }
  Processed result;
  result.in = source->format();
  const Cutting cutting =
      choose_cutting(result.in, options.block > 0 ? options.block : options.slab);
  result.in.max_slab = cutting.block;
  Stage& stage = *loaded.pipeline.stage;
  const Clock clock = options.block > 0 ? Clock::live : Clock::offline;
  Setting setting = machine.setting(clock, job.input);
  setting.any_length = result.in.is_series();  // planned as live is
  // Jobs that go on with a store, or share it, may run on other machines: all plan alike.
  const bool store = is_store(job.output);
  if (store) setting.costs = nullptr;
  result.out = stage.prepare(result.in, setting);
  // Only now every kernel has been read and is known by name.
  refuse_overwriting(job.output, *loaded.files);

  if (!job.new_folder.empty()) make_folder(job.new_folder);
  Encoding like = encoding_for(options, source->encoding(), job);
  like.description = placed(like.description, explain_held(stage, result.in, result.out));
  StoreOptions kept;
  if (store) {
    kept.identity =
        store_identity(job, loaded, stage.explain(), source->encoding(), options.storing);
    kept.shards = options.shard.count;
    kept.shard = options.shard.number;
    kept.note = [&](const std::string& note) { Console(options.general).note(note); };
  }
  const auto sink = create_storing(job.output, result.out, like, options.storing, kept);
  const std::vector<Segment> segments =
      plan_segments(stage, result.out, source->encoding().items, *sink, options.shard);
  for (const Segment& s : segments) {
    if (s.count < 0) continue;
    Console(options.general)
        .detail(job.output + ": computes " + std::to_string(s.count) + " positions from " +
                std::to_string(s.first) + " on, reads from " + std::to_string(s.first_in) + " on");
  }
  {
    Progress progress(Console(options.general),
                      std::filesystem::path(job.input).filename().string(), result.in,
                      options.batch);
    const Transferred moved = transfer(*source, stage, *sink, result.in, result.out, cutting,
                                       segments, [&](Index taken) { progress.update(taken); });
    result.taken = moved.taken;
    result.given = moved.given;
    result.compute_s = moved.compute_s;
  }
  sink->commit();
  note_storing(Console(options.general), job.output, *sink, options.storing);
  note_muted(stage, Console(options.general), job.input);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  result.seconds = spent.count();
  return result;
}

}  // namespace faltung
