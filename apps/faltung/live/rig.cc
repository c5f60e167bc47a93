// The parts of a live run, put together as the command line says.
#include "apps/faltung/live/rig.h"

#include <algorithm>
#include <cmath>

#include "apps/faltung/live/set_up.h"
#include "apps/faltung/live/signals.h"
#include "apps/faltung/outputs.h"

namespace faltung {
namespace {

constexpr Index kUsualRead = 1024;    // frames, of a file at a time
constexpr double kHeadStart_s = 0.2;  // that a file is read ahead of the first call
constexpr double kRing_s = 4;         // between the audio thread and a disk

}  // namespace

LiveRig::LiveRig(const LiveOptions& given, LiveConsole& told)
    : options(given), console(told), machine(given.general), source(given.pipeline, given.kernel) {}

std::function<void(const std::string&)> LiveRig::say() {
  return [this](const std::string& text) { console.say(text); };
}

void LiveRig::prepare() {
  name_client(options.name);
  StagePtr stage = source.load();
  ends = choose_ends(options, source.rate_hz());
  Format in;
  in.channels = ends.channels;
  in.rate_hz = ends.rate_hz;
  in.max_slab = ends.block;
  Setting setting = machine.setting(Clock::live, source.name());
  setting.workers = nullptr;
  setting.tail_threads = options.tail_threads;
  setting.note = [this](const std::string& text) { console.say(source.name() + ": " + text); };
  pipeline = std::make_unique<LivePipeline>(std::move(stage), in, setting);
  source.accept();
  engine = std::make_unique<LiveEngine>(*pipeline, EngineOptions{});
}

void LiveRig::open() {
  LiveWiring wiring;
  wiring.engine = engine.get();
  if (ends.source) {
    player = std::make_unique<Player>(
        std::move(ends.source), PlayerOptions{ring_s(), std::min(ends.block, kUsualRead)});
    wiring.player = player.get();
  }
  if (!options.record.empty()) {
    std::vector<std::string> files = source.files();
    if (!options.play.empty()) files.push_back(options.play);
    refuse_overwriting(options.record, files);
    recorder = recorder_for(options.record);
    wiring.recorder = recorder.get();
  }
  if (ends.out.kind == LiveEnd::Kind::standard) {
    standard_output = recorder_for(kStandardStream);
    wiring.standard_output = standard_output.get();
  }
  wiring.frames = std::llround(options.seconds * ends.rate_hz);
  if (options.seconds > 0) wiring.frames = std::max<Index>(wiring.frames, 1);
  wiring.tail = pipeline->latency() + pipeline->explanation().timing.tail;
  if (ends.capture_hz > 0) wiring.bridge = open_bridge();
  stream = std::make_unique<LiveStream>(wiring, pipeline->input(), pipeline->output());
  const std::string name = source.name();  // from here on the control's, as all of the source
  control = std::make_unique<LiveControl>(
      LiveParts{&source, pipeline.get(), engine.get(), stream.get(), say(), LiveSignals::end},
      options.control, options.watch, options.fade_ms);
  lock_memory(say());
  open_devices(name);
}

std::unique_ptr<Recorder> LiveRig::recorder_for(const std::string& path) const {
  Encoding encoding;
  encoding.sample = path == kStandardStream ? options.raw : Encoding::Sample::f32;
  Format format = pipeline->output();
  format.max_slab = LiveStream::kMostFrames;
  return std::make_unique<Recorder>(path, format, encoding, RecorderOptions{ring_s()});
}

// A clock that waits for files waits until a whole block is there, or fits.
double LiveRig::ring_s() const {
  const Index blocks = 2 * std::max(ends.block, kUsualRead);
  return std::max(kRing_s, static_cast<double>(blocks) / ends.rate_hz);
}

// Of a call: a device has its own mind about blocks, but calls with no more than it buffers.
Index LiveRig::most_frames(double latency_s, double rate_hz) const {
  const Index buffered = options.block > 0 ? 0 : std::llround(latency_s * rate_hz);
  return std::clamp(buffered, ends.block, std::max(ends.block, LiveStream::kMostFrames));
}

TwoClocks* LiveRig::open_bridge() {
  TwoClocksOptions clocks;
  clocks.channels = ends.channels;
  clocks.capture_hz = ends.capture_hz;
  clocks.playback_hz = ends.rate_hz;
  clocks.capture_block = most_frames(ends.in.device.input_latency_s, ends.capture_hz);
  clocks.playback_block = most_frames(ends.out.device.output_latency_s, ends.rate_hz);
  bridge = std::make_unique<TwoClocks>(clocks);
  capture_client = std::make_unique<CaptureClient>(*bridge, pipeline->input());
  return bridge.get();
}

void LiveRig::open_devices(const std::string& name) {
  const bool in = ends.in.kind == LiveEnd::Kind::device;
  const bool out = ends.out.kind == LiveEnd::Kind::device;
  if (in || out) {
    DeviceRequest request;
    request.rate_hz = ends.rate_hz;
    request.block = options.block;
    if (in && !bridge) request.input = std::to_string(ends.in.device.index);
    if (in && !bridge) request.inputs = ends.channels;
    if (out) request.output = std::to_string(ends.out.device.index);
    if (out) request.outputs = pipeline->output().channels;
    device = open_device(request, *stream);
    if (bridge) open_capture(request);
  } else {
    device = open_null_device({0, 0, ends.rate_hz, ends.block, ends.paced}, *stream);
  }
  if (player) player->wait_for(std::llround(kHeadStart_s * ends.rate_hz), 1);
  device->start();
  if (capture) capture->start();
  console.say(ends.in.text() + " -> " + name + " -> " + ends.out.text() + ": " +
               pipeline->input().text() + ", blocks of " + std::to_string(ends.block));
}

void LiveRig::open_capture(DeviceRequest request) {
  request.rate_hz = ends.capture_hz;
  request.input = std::to_string(ends.in.device.index);
  request.inputs = ends.channels;
  request.output.clear();
  request.outputs = 0;
  capture = open_device(request, *capture_client);
}

}  // namespace faltung
