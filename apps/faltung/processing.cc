// One input through one pipeline into one output.
#include "apps/faltung/processing.h"

#include <chrono>
#include <filesystem>
#include <optional>

#include "apps/faltung/memory_promise.h"
#include "apps/faltung/placement.h"
#include "apps/faltung/plots/picture_file.h"
#include "apps/faltung/preview.h"
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

void note_lost_place(const Console& console, const std::string& output, const Encoding& like) {
  if (!like.description) return;
  for (const std::string& lost : lost_place(output, *like.description)) {
    console.note(output + ": " + lost);
  }
}

bool is_store(const std::string& path) {
  const Container* container = path == kStandardStream ? nullptr : container_for_path(path);
  return container && container->create_place;
}

// The type that an output has without a word: of images and volumes the input's, of series any.
Encoding::Sample usual_type(const Source& source) {
  const bool any = source.format().is_series();
  return any ? Encoding::Sample::none : source.encoding().sample;
}

// Bytes beside those of the stages and the slabs.
Index held_besides(const Source& source, const Job& job) {
  return source.memory_bytes() + (job.preview.empty() ? 0 : kPreviewBytes);
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
  Stage& stage = *loaded.pipeline.stage;
  const Clock clock = options.block > 0 ? Clock::live : Clock::offline;
  Setting setting = machine.setting(clock, job.input);
  setting.any_length = source->format().is_series();  // planned as live is
  // Jobs that go on with a store, or share it, may run on other machines: all plan alike.
  const bool store = is_store(job.output);
  if (store) setting.costs = nullptr;
  const Index block = options.block > 0 ? options.block : options.slab;
  Encoding like = encoding_for(options, source->encoding(), job);
  const Writing writing = [&](const Format& out, Index slab) {
    return storing_memory_bytes(job.output, out, like, options.storing, slab);
  };
  const auto [in, out, cutting] = prepare_within(options.memory, stage, source->format(), block,
                                                 held_besides(*source, job), writing, setting);
  result.in = in;
  result.out = out;
  // Only now every kernel has been read and is known by name.
  refuse_overwriting(job.output, *loaded.files);

  if (!job.new_folder.empty()) make_folder(job.new_folder);
  like.description = placed(like.description, explain_held(stage, result.in, result.out));
  note_lost_place(Console(options.general), job.output, like);
  StoreOptions kept;
  if (store && result.out.extent) {  // else nobody can say what of it is missing
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
  std::optional<Preview> preview;
  if (!job.preview.empty()) preview.emplace(*source, result.in, *sink, result.out, like);
  {
    Progress progress(Console(options.general),
                      std::filesystem::path(job.input).filename().string(), result.in,
                      options.batch);
    Source& from = preview ? preview->source() : *source;
    Sink& to = preview ? preview->sink() : *sink;
    const Transferred moved = transfer(from, stage, to, result.in, result.out, cutting, segments,
                                       [&](Index taken) { progress.update(taken); });
    result.taken = moved.taken;
    result.given = moved.given;
    result.compute_s = moved.compute_s;
  }
  sink->commit();
  if (preview) {
    const auto name = [](const std::string& path) {
      return std::filesystem::path(path).filename().string();
    };
    const auto folder = std::filesystem::path(job.preview).parent_path();
    if (!folder.empty()) make_folder(folder.string());
    const std::string title = loaded.name + ": " + name(job.input) + " -> " + name(job.output);
    save_picture(preview->picture(title), job.preview);
  }
  note_storing(Console(options.general), job.output, *sink, usual_type(*source), options.storing);
  note_muted(stage, Console(options.general), job.input);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  result.seconds = spent.count();
  return result;
}

}  // namespace faltung
